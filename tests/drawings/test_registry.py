"""The board's figures by month: every bar inside its drawing, every month told in words."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from meetings.drawings.registry import draw_days, draw_missed
from meetings.registry import Share, Spread, WindowFigures, spread

FIRST = date(2024, 5, 1)


@st.composite
def months(draw: st.DrawFn) -> list[tuple[date, WindowFigures]]:
    found = []
    for place in range(draw(st.integers(1, 40))):
        month = date(FIRST.year + (FIRST.month - 1 + place) // 12, (FIRST.month - 1 + place) % 12 + 1, 1)
        whole = draw(st.integers(0, 400))
        missed = draw(st.integers(0, whole))
        days = spread(sorted(draw(st.lists(st.integers(-14, 150), max_size=12))))
        found.append((month, WindowFigures(Share(missed, whole), days, {})))
    return found


@given(months())
def test_nothing_is_drawn_outside_the_picture(rows: list[tuple[date, WindowFigures]]) -> None:
    for drawing in (*draw_missed(rows), *draw_days(rows)):
        for shape in drawing.shapes:
            assert -0.1 <= shape.x <= drawing.width + 0.1
            assert -0.1 <= shape.y <= drawing.height + 0.1
            assert shape.x + shape.width <= drawing.width + 0.1
            assert shape.y + shape.height <= drawing.height + 0.1
            assert shape.height >= 0


@given(months())
def test_bars_are_as_high_as_the_windows_they_stand_for(rows: list[tuple[date, WindowFigures]]) -> None:
    drawing = draw_missed(rows)[-1]
    missed = sum(found.missed.part for _, found in rows)
    in_time = sum(found.missed.whole - found.missed.part for _, found in rows)
    dark = sum(shape.height for shape in drawing.shapes if shape.kind == "rect" and shape.css == "f-no")
    light = sum(
        shape.height for shape in drawing.shapes if shape.kind == "rect" and shape.css == "f-yes-soft"
    )
    if missed and in_time:
        assert abs(dark / light - missed / in_time) < 0.05 * (1 + missed / in_time)


def test_the_text_alternative_tells_every_month_that_has_something() -> None:
    rows = [
        (date(2026, 1, 1), WindowFigures(Share(2, 14), spread([3, 5, 9, 20]), {})),
        (date(2026, 2, 1), WindowFigures(Share(0, 0), Spread(0), {})),
        (date(2026, 3, 1), WindowFigures(Share(0, 1), spread([4]), {})),
    ]
    bars, dots = draw_missed(rows)[0], draw_days(rows)[0]
    assert bars.desc.replace("\xa0", " ") == (
        "Jan 2026: 2 missed of 14 windows. Mar 2026: 0 missed of 1 window."
    )
    assert dots.desc == (
        "Jan 2026: median 7 days, quartiles 4.5 and 11.75, n = 4. Mar 2026: median 4 days, n = 1."
    )


def test_an_empty_period_says_so() -> None:
    rows = [(date(2026, 1, 1), WindowFigures(Share(0, 0), Spread(0), {}))]
    assert draw_missed(rows)[0].desc == "No window was settled in this period."
    assert draw_days(rows)[0].desc == "No board decided in this period."
