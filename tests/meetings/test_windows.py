"""The windows of the clock: calendar months, whatever the month, the leap day or the change of the clocks."""

import datetime

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from decisions.engine.calendar import add_months
from decisions.engine.thresholds import default
from decisions.engine.windows import reassessment_window, rereview_window
from meetings.models import Reassessment
from meetings.reassessment import answers, mark_brought_forward, set_window

DAYS = st.dates(datetime.date(2023, 1, 1), datetime.date(2031, 12, 31))
LENGTHS = st.sampled_from([None, 7, 14, 21, 28, 42])


@given(start=DAYS, length=LENGTHS)
def test_a_window_is_due_before_it_is_overdue_and_the_earlier_of_both_counts(
    start: datetime.date, length: int | None
) -> None:
    for reckon in (reassessment_window, rereview_window):
        window = reckon(start, length, default())
        assert start < window.due_from <= window.overdue_after
        assert window.due_from == min(window.start, window.cycle_start or window.start)
        assert window.overdue_after == min(window.end, window.cycle_end or window.end)


@given(scanned=DAYS, length=LENGTHS, opens=st.integers(1, 6), least=st.integers(1, 2), most=st.integers(3, 6))
def test_the_next_window_opens_with_the_threshold_and_is_as_long_as_the_first(
    scanned: datetime.date, length: int | None, opens: int, least: int, most: int
) -> None:
    changes = {"REREVIEW_MONTHS": opens, "REASSESS_MONTHS_MIN": least, "REASSESS_MONTHS_MAX": most}
    window = rereview_window(scanned, length, default().override(changes))
    assert window.start == add_months(scanned, opens)
    assert window.end == add_months(scanned, opens + most - least)
    if length is not None:
        assert window.cycle_start == scanned + datetime.timedelta(days=4 * length)
        assert window.cycle_end == scanned + datetime.timedelta(days=6 * length)


@pytest.mark.parametrize(
    ("scanned", "start", "end"),
    [
        ("2023-12-31", "2024-02-29", "2024-03-31"),
        ("2024-12-31", "2025-02-28", "2025-03-31"),
        ("2024-02-29", "2024-04-29", "2024-05-29"),
        ("2026-11-30", "2027-01-30", "2027-02-28"),
    ],
)
def test_month_ends_and_leap_days(scanned: str, start: str, end: str) -> None:
    window = rereview_window(datetime.date.fromisoformat(scanned), None, default())
    assert (window.start.isoformat(), window.end.isoformat()) == (start, end)


@pytest.mark.django_db
@given(start=DAYS, length=LENGTHS, offset=st.integers(-120, 200))
def test_a_scan_counts_from_the_day_on_which_it_is_due(
    start: datetime.date, length: int | None, offset: int
) -> None:
    row = Reassessment(actual_start=start, cycle_length_days=length)
    set_window(row)
    scanned = row.due_from + datetime.timedelta(days=offset)
    assert answers(row, scanned) is (offset >= 0)
    row.brought_forward_on = scanned
    assert answers(row, scanned) is (scanned > start)


@pytest.mark.parametrize(
    "moment", ["2026-03-29 00:30", "2026-03-29 03:30", "2026-10-25 00:30", "2026-12-31 23:30"]
)
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Auckland"])
def test_a_case_is_brought_forward_on_the_board_s_own_day_also_in_the_night_when_the_clocks_change(
    monkeypatch: pytest.MonkeyPatch, moment: str, zone: str
) -> None:
    monkeypatch.setattr(Reassessment, "save", lambda self: None)
    row = Reassessment(actual_start=datetime.date(2026, 1, 1))
    with timezone.override(zone):
        local = datetime.datetime.fromisoformat(moment).replace(tzinfo=timezone.get_current_timezone())
        with time_machine.travel(local, tick=False):
            mark_brought_forward(row, by=User(), reason="Progression")
    assert row.brought_forward_on == datetime.date.fromisoformat(moment[:10])
