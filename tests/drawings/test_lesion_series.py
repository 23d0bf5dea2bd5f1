"""The small drawing of one lesion's sizes: true to scale from nothing up, and said in words."""

import datetime

from hypothesis import given
from hypothesis import strategies as st

from patients.drawings.lesion_series import SizeOn, Therapy, draw_series

DAY = datetime.date(2026, 3, 1)


def on(days: int) -> datetime.date:
    return DAY + datetime.timedelta(days=days)


def test_the_words_name_every_day_its_size_and_the_therapy() -> None:
    figure = draw_series(
        "L1",
        [SizeOn(on(0), 62), SizeOn(on(60), None), SizeOn(on(120), 0)],
        [Therapy(on(10), on(110), "FOLFOX")],
    )
    assert figure is not None
    assert figure.desc.replace("\u00a0", " ") == (
        "L1: 62 mm on 1 Mar 2026, not measured on 30 Apr 2026 and not seen on 29 Jun 2026. "
        "Therapy meanwhile: FOLFOX from 11 Mar 2026 to 19 Jun 2026."
    )


def test_a_size_that_was_not_measured_is_a_dashed_diamond_and_no_point_of_the_line() -> None:
    figure = draw_series("L1", [SizeOn(on(0), 62), SizeOn(on(60), None), SizeOn(on(120), 31)])
    assert figure is not None
    assert [shape.css for shape in figure.shapes].count("f-missing") == 1
    line = next(shape for shape in figure.shapes if shape.css == "f-ink")
    assert line.d.count("L") == 1


def test_nothing_measured_is_no_drawing() -> None:
    assert draw_series("L1", []) is None


@given(st.lists(st.tuples(st.integers(0, 900), st.none() | st.floats(0, 300)), min_size=1, max_size=12))
def test_everything_stays_inside_the_drawing(points: list[tuple[int, float | None]]) -> None:
    figure = draw_series(
        "L1", [SizeOn(on(days), size) for days, size in sorted(points, key=lambda pair: pair[0])]
    )
    assert figure is not None
    for shape in figure.shapes:
        if shape.kind == "circle":
            assert 0 <= shape.x <= figure.width
            assert 0 <= shape.y <= figure.height
