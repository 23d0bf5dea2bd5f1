"""Suggested days for a restaging scan and the board after it keep what they promise."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions.engine.thresholds import default
from decisions.engine.windows import reassessment_window
from meetings.scheduling import (
    CycleLimit,
    Plan,
    described,
    projected_start,
    suggest,
    what_can_be_met,
    working_days_between,
)

Date = datetime.date
DAYS = st.dates(Date(2024, 1, 1), Date(2028, 12, 31))


def plan(
    start: Date, length: int | None, today: Date, *, report_days: int = 3, holidays: dict[Date, str] | None = None,
    limit: CycleLimit | None = None, scan_done_on: Date | None = None,
) -> Plan:  # fmt: skip
    window = reassessment_window(start, length, default())
    return Plan(
        today=today, window=window, scan_from=window.start, report_days=report_days, holidays=holidays or {},
        cycle_limit=limit, scan_done_on=scan_done_on,
    )  # fmt: skip


def thursdays(first: Date, weeks: int = 40) -> list[Date]:
    begin = first + datetime.timedelta(days=(3 - first.weekday()) % 7)
    return [begin + datetime.timedelta(weeks=week) for week in range(weeks)]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    start = draw(DAYS)
    length = draw(st.none() | st.integers(7, 42))
    today = start + datetime.timedelta(days=draw(st.integers(0, 200)))
    off = draw(st.lists(st.integers(0, 220), max_size=12))
    holidays = {start + datetime.timedelta(days=days): "Holiday" for days in off}
    limit = None
    if length is not None:
        begins = projected_start(7, start=start, cycle_length_days=length)
        limit = CycleLimit(7, 1, begins)
    done = draw(st.none() | st.integers(0, 30))
    return plan(
        start, length, today, report_days=draw(st.integers(0, 10)), holidays=holidays, limit=limit,
        scan_done_on=today - datetime.timedelta(days=done) if done is not None else None,
    )  # fmt: skip


@settings(deadline=None)
@given(plans(), st.lists(st.integers(0, 250), max_size=30))
def test_every_suggestion_keeps_its_promises(given_plan: Plan, offsets: list[int]) -> None:
    """A working day that counts for the scan, time for the report, a day of the board; and what it says is so."""
    boards = [given_plan.today + datetime.timedelta(days=days) for days in offsets]
    found = suggest(given_plan, boards)
    assert len({pair.board for pair in found}) == len(found) <= 6
    for pair in found:
        assert pair.board in boards
        assert pair.board > given_plan.today
        if given_plan.scan_done_on is not None:
            assert pair.scan is None
        else:
            assert pair.scan is not None
            assert given_plan.is_working_day(pair.scan)
            assert (
                max(given_plan.today + datetime.timedelta(days=1), given_plan.scan_from)
                <= pair.scan
                < pair.board
            )
            assert working_days_between(given_plan, pair.scan, pair.board) >= given_plan.report_days
        window = given_plan.window
        days = [day for day in (pair.scan, pair.board) if day]
        assert pair.in_months == all(window.start <= day <= window.end for day in days)
        if window.cycle_start is None or window.cycle_end is None:
            assert pair.in_cycles is None
        else:
            assert pair.in_cycles == all(window.cycle_start <= day <= window.cycle_end for day in days)
        codes = {caution.code for caution in pair.cautions}
        assert ("late" in codes) == (pair.board > window.overdue_after)
        assert ("holiday" in codes) == (pair.board in given_plan.holidays)
        limit = given_plan.cycle_limit
        assert ("cycle" in codes) == (limit is not None and pair.board >= limit.begins_on)
        assert not codes & {"weekend", "early"}


@settings(deadline=None)
@given(plans(), st.lists(st.integers(1, 250), min_size=1, max_size=12, unique=True))
def test_no_pair_inside_both_windows_is_overlooked(given_plan: Plan, offsets: list[int]) -> None:
    """When any working day and any board fit both windows, the first suggestion does."""
    if given_plan.scan_done_on is not None:
        return
    boards = [given_plan.today + datetime.timedelta(days=days) for days in offsets]
    window = given_plan.window
    first = max(given_plan.today + datetime.timedelta(days=1), given_plan.scan_from)
    scans = [first + datetime.timedelta(days=n) for n in range((window.end - first).days + 1)]
    possible = any(
        described(given_plan, scan, board).fits == "both"
        for board in boards
        for scan in scans
        if scan < board
        and given_plan.is_working_day(scan)
        and working_days_between(given_plan, scan, board) >= given_plan.report_days
    )
    found = suggest(given_plan, boards)
    assert (bool(found) and found[0].fits == "both") == possible


def test_the_scan_is_as_near_to_the_board_as_the_report_allows() -> None:
    course = plan(Date(2026, 2, 5), 14, Date(2026, 3, 20))
    first = suggest(course, thursdays(Date(2026, 3, 20)))[0]
    # Two months after 5 February is Sunday 5 April; cycles four to six run from 2 to 30 April.
    assert (first.scan, first.board) == (Date(2026, 4, 10), Date(2026, 4, 16))
    assert (first.fits, first.cautions) == ("both", ())


def test_holidays_move_the_scan_and_a_board_on_a_holiday_says_so() -> None:
    easter = {Date(2026, 4, 3): "Good Friday", Date(2026, 4, 6): "Easter Monday"}
    course = plan(Date(2026, 1, 30), 14, Date(2026, 3, 20), holidays=easter)
    pair = next(
        pair for pair in suggest(course, thursdays(Date(2026, 3, 20))) if pair.board == Date(2026, 4, 9)
    )
    # Friday and Monday are holidays: Thursday is the last day with three working days before the board.
    assert pair.scan == Date(2026, 4, 1)
    held = plan(Date(2026, 1, 30), 14, Date(2026, 3, 20), holidays={Date(2026, 4, 16): "Some day"})
    said = next(
        pair for pair in suggest(held, thursdays(Date(2026, 3, 20))) if pair.board == Date(2026, 4, 16)
    )
    assert "is a holiday: Some day" in said.cautions[0].text


@pytest.mark.parametrize(
    ("length", "today", "expected"),
    [
        (14, Date(2026, 3, 20), ""),
        (28, Date(2026, 3, 20), "Only the window of two to three months can be met"),
        (21, Date(2026, 5, 7), "Only the window of the cycles can be met"),
        (14, Date(2026, 6, 20), "Neither window can be met any more"),
        (None, Date(2026, 3, 20), ""),
        (None, Date(2026, 6, 20), "The window of two to three months cannot be met any more"),
    ],
)
def test_it_is_said_when_only_one_window_or_none_can_be_met(
    length: int | None, today: Date, expected: str
) -> None:
    course = plan(Date(2026, 2, 5), length, today)
    found = suggest(course, thursdays(today))
    assert found
    assert what_can_be_met(found, course).startswith(expected)
    assert bool(what_can_be_met(found, course)) == bool(expected)


def test_without_a_board_nothing_is_suggested_and_that_is_said() -> None:
    course = plan(Date(2026, 2, 5), 14, Date(2026, 3, 20))
    assert suggest(course, []) == []
    assert "No day of the board" in what_can_be_met([], course)


def test_a_plan_that_would_cross_the_seventh_cycle_is_warned_of_with_its_source() -> None:
    begins = projected_start(7, start=Date(2026, 1, 8), cycle_length_days=14)
    assert begins == Date(2026, 4, 2)
    limit = CycleLimit(7, 1, begins, "section 3.2 ref 40", "yes")
    course = plan(Date(2026, 1, 8), 14, Date(2026, 3, 1), limit=limit)
    crossing = described(course, Date(2026, 4, 1), Date(2026, 4, 9))
    said = next(caution for caution in crossing.cautions if caution.code == "cycle")
    assert "Cycle 7 of the first line begins on 2" in said.text.replace("\u00a0", " ")
    assert said.source == "section 3.2 ref 40"
    before = described(course, Date(2026, 3, 20), Date(2026, 3, 26))
    assert not any(caution.code == "cycle" for caution in before.cautions)


def test_a_delayed_cycle_moves_the_seventh() -> None:
    begins = projected_start(7, start=Date(2026, 1, 8), cycle_length_days=14, last=(5, Date(2026, 3, 19)))
    assert begins == Date(2026, 4, 16)


def test_days_of_ones_own_are_told_what_is_wrong_with_them() -> None:
    course = plan(Date(2026, 2, 5), 14, Date(2026, 3, 20), holidays={Date(2026, 4, 6): "Easter Monday"})

    def codes(scan: Date, board: Date) -> set[str]:
        return {caution.code for caution in described(course, scan, board).cautions}

    assert codes(Date(2026, 4, 11), Date(2026, 4, 23)) == {"weekend"}
    assert codes(Date(2026, 4, 6), Date(2026, 4, 16)) == {"holiday"}
    assert codes(Date(2026, 4, 2), Date(2026, 4, 16)) == {"early"}
    assert codes(Date(2026, 4, 14), Date(2026, 4, 16)) == {"report"}
    assert codes(Date(2026, 4, 20), Date(2026, 5, 7)) == {"late"}


def test_a_case_brought_forward_is_scanned_before_the_window_and_the_earlier_board_is_the_better() -> None:
    window = reassessment_window(Date(2026, 2, 5), 14, default())
    today = Date(2026, 3, 2)
    course = Plan(today=today, window=window, scan_from=today, report_days=3)
    found = suggest(course, thursdays(today))
    assert (found[0].scan, found[0].board) == (Date(2026, 3, 6), Date(2026, 3, 12))
    assert [pair.board for pair in found] == sorted(pair.board for pair in found)
    assert (found[0].fits, found[0].cautions) == ("forward", ())
    assert what_can_be_met(found, course) == ""
