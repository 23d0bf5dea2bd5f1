"""The conversion clock: all rows on one axis, today at the same place in each, nothing outside the strip."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from meetings.drawings.clock import ClockRow, draw_axis, draw_strip
from patients.drawings.course import Cycle, Event, Window
from patients.drawings.shapes import Figure

TODAY = date(2026, 4, 16)


def row(start: date, *, given_cycles: int = 0, late: bool = False, confirmed: bool = True) -> ClockRow:
    days = [start + timedelta(14 * n) for n in range(6)]
    return ClockRow(
        "2026-003",
        start,
        Window(start + timedelta(59), start + timedelta(90), days[3], days[5] + timedelta(14), late=late),
        confirmed,
        [Cycle(n + 1, day, "given") for n, day in enumerate(days[:given_cycles])],
        days[given_cycles:],
        scans=[Event(start + timedelta(70), "MRI", planned=True)],
        boards=[Event(start + timedelta(80), "Board", planned=True)],
    )


def today_line(figure: Figure) -> str:
    return next(shape.d for shape in figure.shapes if shape.css == "f-today")


@given(st.lists(st.dates(date(2020, 1, 1), date(2030, 1, 1)), min_size=1, max_size=12))
def test_one_line_of_today_runs_through_all_rows(starts: list[date]) -> None:
    rows = [row(start) for start in starts]
    axis = draw_axis(rows, TODAY)
    for narrow_and_wide in zip(*(draw_strip(item, axis) for item in rows), strict=True):
        assert len({today_line(figure) for figure in narrow_and_wide}) == 1


@given(st.lists(st.dates(date(2020, 1, 1), date(2030, 1, 1)), min_size=1, max_size=12))
def test_a_row_far_away_neither_squeezes_the_others_nor_leaves_the_strip(starts: list[date]) -> None:
    rows = [row(start) for start in starts]
    axis = draw_axis(rows, TODAY)
    assert (axis.time.end - axis.time.start).days <= 2 * 184 + 10
    for item in rows:
        for figure in draw_strip(item, axis):
            for shape in figure.shapes:
                assert shape.x >= -12
                assert shape.x + shape.width <= figure.width + 12


def test_a_late_window_is_marked_in_shape_class_and_words() -> None:
    late = row(date(2025, 12, 31), given_cycles=5, late=True)
    figure = draw_strip(late, draw_axis([late], TODAY))[0]
    assert any(shape.css == "f-window is-late" for shape in figure.shapes)
    assert "Overdue." in figure.desc


def test_an_unconfirmed_start_is_said_and_dotted() -> None:
    waiting = row(date(2026, 4, 23), confirmed=False)
    figure = draw_strip(waiting, draw_axis([waiting], TODAY))[0]
    assert "not confirmed" in figure.desc
    assert any(shape.css == "f-limit" for shape in figure.shapes)


def test_the_words_tell_start_cycles_windows_scan_and_board() -> None:
    item = row(date(2026, 1, 30), given_cycles=5)
    desc = draw_strip(item, draw_axis([item], TODAY))[0].desc.replace("\u00a0", " ")
    assert desc == (
        "Start 30 Jan 2026, five cycles given. Two to three months: 30 Mar – 30 Apr 2026. "
        "Cycles four to six: 13 Mar – 24 Apr 2026. MRI booked 10 Apr. Board 20 Apr."
    )


def test_a_clock_without_rows_still_has_an_axis_around_today() -> None:
    axis = draw_axis([], TODAY)
    assert axis.time.start < TODAY < axis.time.end
    assert "16\u00a0Apr\u00a02026" in axis.figures[0].desc
