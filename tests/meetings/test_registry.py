"""The board's own figures: what counts as missed, and how long the board took."""

import datetime
import statistics
import zoneinfo
from collections.abc import Callable

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Centre, User
from meetings import services
from meetings.models import Meeting, Reassessment
from meetings.registry import (
    BoardWindow,
    Period,
    Share,
    board_windows,
    by_centre,
    by_month,
    days_to_board,
    figures_of,
    miss_rate,
    not_counted,
    spread,
)
from patients.models import Staging
from patients.services import start_line, update_patient
from tests.meetings.conftest import UNRESECTABLE, day

FIRST = datetime.date(2026, 1, 1)
TODAY = datetime.date(2026, 7, 1)
HALF_YEAR = Period(datetime.date(2026, 1, 1), datetime.date(2026, 6, 30))
days = st.integers(0, 240).map(lambda offset: FIRST + datetime.timedelta(days=offset))


def window(**columns: object) -> BoardWindow:
    given: dict[str, object] = {
        "pk": 1, "patient_id": 1, "case_id": "C-1", "centre": "Northgate",
        "due_from": datetime.date(2026, 3, 1), "overdue_after": datetime.date(2026, 3, 31), **columns,
    }  # fmt: skip
    return BoardWindow(**given)  # type: ignore[arg-type]


@st.composite
def windows(draw: st.DrawFn) -> BoardWindow:
    due = draw(days)
    last = due + datetime.timedelta(days=draw(st.integers(0, 40)))
    ending = draw(st.sampled_from(["", "decided", "deceased", "transferred", "superseded", "not_needed"]))
    ended = draw(days)
    return window(
        centre=draw(st.sampled_from(["Northgate", "Southwell"])),
        due_from=due,
        overdue_after=last,
        ending=ending,
        decided_on=ended if ending == "decided" else None,
        ended_on=ended if ending not in ("", "decided") else None,
    )


def naive(rows: list[BoardWindow], period: Period, today: datetime.date) -> tuple[int, int]:
    """Missed and counted, one window after the other, in the words of the definition."""
    missed = counted = 0
    for row in rows:
        decided_in_time = row.ending == "decided" and row.decided_on is not None
        decided_in_time = decided_in_time and row.decided_on <= row.overdue_after  # type: ignore[operator]
        left = row.ending not in ("", "decided") and row.ended_on is not None
        left = left and row.ended_on <= row.overdue_after  # type: ignore[operator]
        if decided_in_time:
            if row.decided_on is not None and period.first <= row.decided_on <= period.last:
                counted += 1
        elif not left and today > row.overdue_after and period.first <= row.overdue_after <= period.last:
            counted += 1
            missed += 1
    return missed, counted


@given(st.lists(windows(), max_size=30), days, days, days)
def test_the_miss_rate_is_what_a_naive_count_gives(
    rows: list[BoardWindow], one: datetime.date, other: datetime.date, today: datetime.date
) -> None:
    period = Period(min(one, other), max(one, other))
    rate = miss_rate(rows, period, today)
    assert (rate.part, rate.whole) == naive(rows, period, today)


@given(st.lists(windows(), max_size=30), days)
def test_months_and_centres_add_up_to_the_whole(rows: list[BoardWindow], today: datetime.date) -> None:
    whole = figures_of(rows, HALF_YEAR, today)
    for parts in (by_month(rows, HALF_YEAR, today), by_centre(rows, HALF_YEAR, today)):
        assert sum(part.missed.part for _, part in parts) == whole.missed.part
        assert sum(part.missed.whole for _, part in parts) == whole.missed.whole
        assert sum(part.days.n for _, part in parts) == whole.days.n
        assert sum(sum(part.not_counted.values()) for _, part in parts) == sum(whole.not_counted.values())


@given(windows(), days)
def test_every_window_stands_in_one_place_and_a_later_day_never_takes_a_miss_back(
    row: BoardWindow, today: datetime.date
) -> None:
    tomorrow = today + datetime.timedelta(days=1)
    assert (row.settled_on(today) is None) == (row.standing(today) == "running")
    if row.standing(today) != "running":
        assert row.standing(tomorrow) == row.standing(today)
        assert row.settled_on(tomorrow) == row.settled_on(today)


@given(st.lists(st.integers(-20, 120), min_size=1, max_size=40))
def test_the_spread_is_that_of_the_days(values: list[int]) -> None:
    found = spread(sorted(values))
    assert found.n == len(values)
    assert found.median == statistics.median(values)
    assert (found.least, found.most) == (min(values), max(values))
    if len(values) < 4:
        assert found.lower is found.upper is None
    else:
        assert found.lower is not None
        assert found.upper is not None
        assert min(values) <= found.lower <= found.median <= found.upper <= max(values)


@pytest.mark.parametrize(
    ("columns", "standing"),
    [
        ({}, "missed"),
        ({"overdue_after": TODAY}, "running"),
        ({"overdue_after": TODAY - datetime.timedelta(days=1)}, "missed"),
        ({"decided_on": datetime.date(2026, 3, 31)}, "in_time"),
        ({"decided_on": datetime.date(2026, 4, 1)}, "missed"),
        ({"ending": "deceased", "ended_on": datetime.date(2026, 3, 31)}, "not_counted"),
        ({"ending": "deceased", "ended_on": datetime.date(2026, 4, 1)}, "missed"),
        ({"ending": "superseded", "ended_on": datetime.date(2026, 2, 1)}, "not_counted"),
        ({"ending": "not_needed", "ended_on": datetime.date(2026, 3, 2)}, "not_counted"),
        ({"ending": "not_needed", "ended_on": datetime.date(2026, 4, 2)}, "missed"),
    ],
)
def test_the_last_day_belongs_to_the_window(columns: dict[str, object], standing: str) -> None:
    assert window(**columns).standing(TODAY) == standing


def test_few_windows_are_told_as_numbers_and_never_as_a_percentage() -> None:
    assert Share(2, 9).percent is None
    assert Share(0, 0).percent is None
    assert Share(2, 10).percent == 20


def test_a_decision_before_the_window_opened_counts_below_zero() -> None:
    row = window(ending="decided", decided_on=datetime.date(2026, 2, 27))
    assert days_to_board([row], HALF_YEAR) == [-2]
    assert not_counted([row], HALF_YEAR, TODAY) == {}


@pytest.mark.django_db
def test_a_decision_counts_by_the_local_date_of_its_meeting_not_by_when_it_was_typed(
    coordinator: User,
    chair: User,
    oncologist: User,
    meeting: Meeting,
    make_case: Callable[..., Staging],
) -> None:
    staging = make_case("C-1", UNRESECTABLE, date=day(-100))
    start_line(by=oncologist, patient=staging.patient, actual_start=day(-85), cycle_length_days=14)
    last = Reassessment.objects.get().overdue_after
    restaging = {**UNRESECTABLE, "imaging": {"restaging_date": (last - datetime.timedelta(3)).isoformat()}}
    item = services.add_to_agenda(
        by=coordinator,
        meeting=meeting,
        staging=make_case("C-1", restaging, date=last - datetime.timedelta(2)),
    )
    services.record_decision(
        by=chair,
        item=item,
        expected_revision=0,
        outcome="supportive",
        rationale="Asked for comfort",
        deviation_reason="other",
    )
    # 23:30 in Auckland on the window's last day is still the day before in UTC.
    zone = zoneinfo.ZoneInfo("Pacific/Auckland")
    Meeting.objects.update(starts_at=datetime.datetime.combine(last, datetime.time(0, 30), tzinfo=zone))
    with timezone.override(zone):
        (row,) = board_windows()
        assert row.decided_on == last
        assert row.standing(day(0)) == "in_time"
    with timezone.override("America/Los_Angeles"):
        (row,) = board_windows()
        assert row.decided_on == last - datetime.timedelta(days=1)


@pytest.mark.django_db
def test_a_death_that_the_record_hears_of_late_is_no_miss(
    coordinator: User, oncologist: User, make_case: Callable[..., Staging]
) -> None:
    staging = make_case("C-1", UNRESECTABLE, date=day(-100))
    start_line(by=oncologist, patient=staging.patient, actual_start=day(-100), cycle_length_days=14)
    (row,) = board_windows()
    assert row.standing(day(0)) == "missed"
    update_patient(
        by=coordinator, patient=staging.patient, vital_status="deceased", vital_status_on=row.overdue_after
    )
    (row,) = board_windows()
    assert row.standing(day(0)) == "not_counted"


@pytest.mark.django_db
def test_people_see_the_windows_of_their_own_centres(
    person: Callable[..., User], oncologist: User, make_case: Callable[..., Staging], coordinator: User
) -> None:
    staging = make_case("C-1", UNRESECTABLE, date=day(-100))
    start_line(by=oncologist, patient=staging.patient, actual_start=day(-100))
    south = Centre.objects.create(code="south", name="Southwell")
    assert len(board_windows(coordinator)) == len(board_windows()) == 1
    assert board_windows(person("eve", "coordinator", centre=south)) == []
