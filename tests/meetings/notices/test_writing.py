"""Who is told what, when, and by whom it is read: the notices as they are written."""

import datetime
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Centre, User
from decisions.rulebooks import current_thresholds
from meetings import notices as runs
from meetings.models import Notice, NoticePreference, Reassessment, Reminder
from meetings.notices import send_due, write_notices
from meetings.recipients import notice_findings
from meetings.services.notices import save_preference
from tests.meetings.notices.conftest import WEDNESDAY, OnClock, later, travel

pytestmark = pytest.mark.django_db
LIMIT = 7
"""ESCALATE_OVERDUE_DAYS."""


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with travel(WEDNESDAY):
        assert int(current_thresholds().value("ESCALATE_OVERDUE_DAYS")) == LIMIT
        yield


def digest_of(user: User) -> Notice:
    return Notice.objects.get(kind="digest", recipient=user)


def cases_in(notice: Notice) -> set[str]:
    rows = Reassessment.objects.filter(pk__in=notice.contents["reassessments"])
    return {row.patient.case_id for row in rows.select_related("patient")}


# ------------------------------------------------------------------------------------------ the digest
def test_the_subject_counts_and_the_mail_names_nobody(joan: User, on_clock: OnClock) -> None:
    on_clock("2026-001", 3)
    on_clock("2026-002", -5, brought_forward_reason="", postponed_reason="")
    on_clock("2026-003", -60)
    assert write_notices(WEDNESDAY) == 1
    notice = digest_of(joan)
    assert notice.subject == "1 overdue, 1 due: CRLM Board"
    for body in (notice.text, notice.html):
        assert "2026-001" in body
        assert "3 days over" in body
        assert "no scan booked" in body
        assert f"/patients/{Reassessment.objects.get(patient__case_id='2026-001').patient_id}/" in body
        assert "2026-003" not in body
        for secret in ("Secret", "Name", "1950"):
            assert secret not in body
    assert not any(character.isdigit() for character in notice.subject.replace("1", ""))


def test_nobody_is_written_to_when_nothing_is_open(joan: User, helen: User) -> None:
    assert write_notices(WEDNESDAY) == 0


def test_a_clinician_is_told_of_the_own_patients_only(
    joan: User,
    omar: User,
    marek: User,
    on_clock: OnClock,
) -> None:
    on_clock("2026-001", 3, oncologist=omar)
    on_clock("2026-002", 3, surgeon=marek)
    write_notices(WEDNESDAY)
    assert cases_in(digest_of(omar)) == {"2026-001"}
    assert cases_in(digest_of(marek)) == {"2026-002"}
    assert cases_in(digest_of(joan)) == {"2026-001", "2026-002"}


def test_a_coordinator_is_not_told_of_another_centre(
    joan: User,
    person: Callable[..., User],
    on_clock: OnClock,
) -> None:
    south = Centre.objects.create(code="south", name="Southgate")
    eve = person("eve", "coordinator", centre=south, email="eve@example.org")
    on_clock("2026-001", 3)
    on_clock("2026-002", 3, centre=south)
    write_notices(WEDNESDAY)
    assert cases_in(digest_of(joan)) == {"2026-001"}
    assert cases_in(digest_of(eve)) == {"2026-002"}


@pytest.mark.parametrize(
    ("now", "written"),
    [
        (later(hours=-3), 0),  # 6:00
        (later(hours=-2), 1),  # 7:00
        (later(hours=14), 1),  # 23:00: a scheduler that was down all day
        (later(days=3), 0),  # Saturday
        (later(days=4), 0),  # Sunday
        (later(days=5), 1),
    ],
)
def test_notices_are_written_on_working_days_from_seven_on(
    joan: User,
    on_clock: OnClock,
    now: datetime.datetime,
    written: int,
) -> None:
    on_clock("2026-001", 3)
    assert write_notices(now) == written


@pytest.mark.parametrize(
    ("now", "written"),
    [
        # Rome, on the Mondays after the clocks go forward (25 Mar) and back (28 Oct): seven is seven.
        (datetime.datetime(2040, 3, 26, 4, 59, tzinfo=datetime.UTC), 0),
        (datetime.datetime(2040, 3, 26, 5, 0, tzinfo=datetime.UTC), 1),
        (datetime.datetime(2040, 10, 29, 5, 59, tzinfo=datetime.UTC), 0),
        (datetime.datetime(2040, 10, 29, 6, 0, tzinfo=datetime.UTC), 1),
    ],
)
def test_the_hour_is_the_boards_own_across_daylight_saving(
    joan: User,
    on_clock: OnClock,
    settings: Any,
    now: datetime.datetime,
    written: int,
) -> None:
    settings.TIME_ZONE = "Europe/Rome"
    timezone.get_default_timezone.cache_clear()
    on_clock("2026-001", 3)
    try:
        assert write_notices(now) == written
    finally:
        settings.TIME_ZONE = "UTC"
        timezone.get_default_timezone.cache_clear()


def test_a_run_that_comes_again_the_same_day_writes_nothing(joan: User, on_clock: OnClock) -> None:
    on_clock("2026-001", 3)
    assert [write_notices(later(minutes=minutes)) for minutes in (0, 15, 30)] == [1, 0, 0]
    assert write_notices(later(days=1)) == 1


def test_a_scheduler_that_was_down_for_days_writes_one_digest_on_its_return(
    joan: User,
    on_clock: OnClock,
) -> None:
    on_clock("2026-001", 3)
    write_notices(WEDNESDAY)
    with travel(later(days=12, hours=3)):
        assert write_notices(later(days=12, hours=3)) == 1
    assert list(Notice.objects.order_by("day").values_list("day", flat=True)) == [
        datetime.date(2040, 3, 14),
        datetime.date(2040, 3, 26),
    ]


def test_a_person_without_a_mail_address_is_one_finding_and_no_failed_notice_a_day(
    joan: User, person: Callable[..., User], on_clock: OnClock
) -> None:
    nobody = person("ann", "coordinator", "chair")
    on_clock("2026-001", 30)
    for offset in (0, 1, 2):
        write_notices(later(days=offset))
    assert not Notice.objects.filter(recipient=nobody).exists()
    assert Notice.objects.filter(recipient=joan).count() == 3
    assert notice_findings().without_address == [nobody]
    nobody.email = "ann@example.org"
    nobody.save()
    assert not notice_findings().without_address
    write_notices(later(days=2))
    kinds = Notice.objects.filter(recipient=nobody).values_list("kind", flat=True)
    assert set(kinds) == {"digest", "escalation"}, "what nobody could tell her before is told now"


def test_a_centre_of_which_no_coordinator_gets_the_daily_digest_is_a_finding(
    joan: User, north: Centre
) -> None:
    south = Centre.objects.create(code="south", name="Southgate")
    assert notice_findings().centres_without_digest == [south]
    joan.centres.add(south)
    assert not notice_findings()
    joan.is_active = False
    joan.save()
    assert notice_findings().centres_without_digest == [north, south]


def test_a_closed_account_is_not_written_to(joan: User, on_clock: OnClock) -> None:
    joan.is_active = False
    joan.save()
    on_clock("2026-001", 3)
    assert write_notices(WEDNESDAY) == 0


def test_a_public_holiday_of_the_region_is_no_working_day(
    joan: User, on_clock: OnClock, settings: Any
) -> None:
    settings.HOLIDAYS = "IT"
    on_clock("2026-001", 3)
    # 25 April 2040 is a Wednesday, and the day of the liberation of Italy.
    assert write_notices(datetime.datetime(2040, 4, 25, 9, tzinfo=datetime.UTC)) == 0
    assert write_notices(datetime.datetime(2040, 4, 26, 9, tzinfo=datetime.UTC)) == 1
    settings.HOLIDAYS = "GB-ENG"
    assert write_notices(datetime.datetime(2040, 4, 25, 9, tzinfo=datetime.UTC)) == 1


def test_one_persons_trouble_does_not_keep_the_others_from_their_notices(
    joan: User, omar: User, marek: User, on_clock: OnClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_clock("2026-001", 3, oncologist=omar, surgeon=marek)
    compose = runs.compose_digest

    def troubled(lines: Any, *, reader: Any, today: Any) -> Any:
        if reader.user == omar:
            raise RuntimeError("trouble")
        return compose(lines, reader=reader, today=today)

    monkeypatch.setattr(runs, "compose_digest", troubled)
    with pytest.raises(RuntimeError, match="trouble"):
        write_notices(WEDNESDAY)
    assert set(Notice.objects.values_list("recipient__username", flat=True)) == {"joan", "marek"}
    monkeypatch.setattr(runs, "compose_digest", compose)
    assert write_notices(WEDNESDAY) == 1


# ------------------------------------------------------------------------------------------ preferences
@pytest.fixture
def eve(person: Callable[..., User]) -> User:
    """A second coordinator, who gets the digest every working day."""
    return person("eve", "coordinator", first_name="Eve", last_name="Moss", email="eve@example.org")


def test_of_each_centre_one_coordinator_keeps_the_daily_digest(
    joan: User, eve: User, omar: User, north: Centre
) -> None:
    save_preference(by=joan, digest="weekly")
    for choice in ("weekly", "never"):
        with pytest.raises(ValidationError, match=r"No other coordinator of Northgate .* allowed: daily"):
            save_preference(by=eve, digest=choice)
    save_preference(by=omar, digest="never")
    save_preference(by=joan, digest="daily")
    save_preference(by=eve, digest="weekly")
    # One without an address is reached by nothing.
    joan.email = ""
    joan.save()
    save_preference(by=eve, digest="daily")
    with pytest.raises(ValidationError, match="Northgate"):
        save_preference(by=eve, digest="weekly")


def test_a_coordinator_of_two_centres_is_told_which_one_would_go_without(
    joan: User, eve: User, north: Centre
) -> None:
    joan.centres.add(Centre.objects.create(code="south", name="Southgate"))
    with pytest.raises(ValidationError) as error:
        save_preference(by=joan, digest="never")
    assert "coordinator of Southgate gets" in error.value.message_dict["digest"][0]


def test_never_means_no_digest_and_weekly_one_a_week(
    joan: User,
    omar: User,
    eve: User,
    on_clock: OnClock,
) -> None:
    save_preference(by=omar, digest="never")
    save_preference(by=joan, digest="weekly")
    User.objects.filter(pk=eve.pk).update(is_active=False)
    on_clock("2026-001", 3, oncologist=omar)
    days = [later(days=offset) for offset in (-2, -1, 0, 1, 2, 5)]
    assert [write_notices(day) for day in days] == [1, 0, 0, 0, 0, 1]
    assert not Notice.objects.filter(recipient=omar).exists()


def test_a_weekly_digest_that_failed_on_monday_is_written_again_on_tuesday(
    joan: User,
    eve: User,
    on_clock: OnClock,
) -> None:
    save_preference(by=joan, digest="weekly")
    User.objects.filter(pk=eve.pk).update(is_active=False)
    on_clock("2026-001", 3)
    write_notices(later(days=-2))
    Notice.objects.update(state="failed")
    assert write_notices(later(days=-1)) == 1
    assert write_notices(WEDNESDAY) == 0


# ------------------------------------------------------------------------------------------ the chair
def test_the_chair_is_told_once_in_one_mail_of_everybody_long_overdue(
    helen: User,
    on_clock: OnClock,
) -> None:
    for number in range(3):
        on_clock(f"2026-00{number}", LIMIT + 1)
    on_clock("2026-009", LIMIT)
    assert write_notices(WEDNESDAY) == 1
    notice = Notice.objects.get()
    assert notice.kind == "escalation"
    assert cases_in(notice) == {"2026-000", "2026-001", "2026-002"}
    assert "Secret" not in notice.text + notice.html + notice.subject
    assert Reassessment.objects.filter(escalated_at=WEDNESDAY).count() == 3
    # The next day one more has passed the limit; the three are not told again, only counted.
    assert write_notices(later(days=1)) == 1
    second = Notice.objects.latest("day")
    assert cases_in(second) == {"2026-009"}
    assert "Told earlier and still open: 3" in second.text
    assert write_notices(later(days=2)) == 0


def test_every_chair_is_told_also_one_who_comes_later(
    helen: User,
    person: Callable[..., User],
    on_clock: OnClock,
) -> None:
    on_clock("2026-001", 20)
    write_notices(WEDNESDAY)
    ruth = person("ruth", "chair", email="ruth@example.org")
    assert write_notices(later(days=1)) == 1
    assert Notice.objects.latest("day").recipient == ruth


def test_a_postponed_patient_is_not_escalated_until_that_day_has_passed(
    helen: User,
    on_clock: OnClock,
) -> None:
    row = on_clock(
        "2026-001",
        20,
        postponed_to=datetime.date(2040, 3, 15),
        postponed_by=helen,
        postponed_reason="Holiday",
    )
    assert [write_notices(later(days=days)) for days in (0, 1, 2)] == [0, 0, 1]
    assert "postponed to 15 Mar 2040" in Notice.objects.get().text
    assert "Holiday" not in Notice.objects.get().text
    row.refresh_from_db()
    assert row.escalated_at is not None


def test_the_chair_is_told_again_when_something_changed_and_it_became_long_overdue_anew(
    helen: User,
    on_clock: OnClock,
) -> None:
    row = on_clock("2026-001", 20)
    write_notices(WEDNESDAY)
    Reassessment.objects.update(scan_done_on=datetime.date(2040, 3, 15))
    assert write_notices(later(days=1)) == 0
    row.refresh_from_db()
    assert row.escalated_at is None
    with travel(later(days=12)):
        assert write_notices(later(days=12)) == 1


@pytest.mark.parametrize("state", ["failed", "unclear"])
def test_an_escalation_of_which_nobody_knows_that_it_arrived_is_told_again(
    helen: User,
    on_clock: OnClock,
    state: str,
) -> None:
    on_clock("2026-001", 20)
    write_notices(WEDNESDAY)
    Notice.objects.update(state=state)
    assert write_notices(later(hours=1)) == 0
    assert write_notices(later(days=1)) == 1
    assert write_notices(later(days=2)) == 0


def test_an_unconfirmed_start_is_escalated_as_well(helen: User, on_clock: OnClock) -> None:
    on_clock("2026-001", -80)
    Reassessment.objects.update(
        actual_start=None, start_confirmed_by=None, planned_start=datetime.date(2040, 2, 10)
    )
    write_notices(WEDNESDAY)
    assert "day 1 planned for 10 Feb 2040, not confirmed" in Notice.objects.get().text


def test_patients_whom_no_chair_sees_are_named_to_those_who_see_them(
    helen: User,
    person: Callable[..., User],
    on_clock: OnClock,
) -> None:
    south = Centre.objects.create(code="south", name="Southgate")
    eve = person("eve", "coordinator", centre=south)
    on_clock("2026-001", 20)
    on_clock("2026-002", 20, centre=south)
    today = timezone.localdate()
    assert [entry.patient.case_id for entry in runs.without_chair(eve, today)] == ["2026-002"]
    assert runs.without_chair(helen, today) == []


# ------------------------------------------------------------------------------------------ reminders
def reminder(row: Reassessment, recipient: str, *, note: bool = False) -> SimpleNamespace:
    """What the reminders give, without storing one."""
    stored = Reminder(
        pk=1000 + row.pk, patient=row.patient, timeline="T-05", recipient=recipient, note=note,
        triggered_on=WEDNESDAY.date(), window_start=WEDNESDAY.date(), window_end=WEDNESDAY.date(),
    )  # fmt: skip
    return SimpleNamespace(
        reminder=stored, patient=row.patient, label="Volumetry and restaging", state="due", words="2 days left",
        source="s5.1 ref 102", verified="memory", warning="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("recipient", "read_by"),
    [
        ("coordinator", {"joan"}),
        ("oncologist", {"omar"}),
        ("surgeon", {"joan"}),  # the patient has none: nobody else would be told
        ("radiologist", {"rita"}),
        ("transplant", {"joan"}),  # the board has none
        ("board", {"joan", "helen"}),
    ],
)
def test_a_reminder_goes_to_its_recipient_and_to_the_coordinators_when_there_is_none(
    joan: User,
    omar: User,
    helen: User,
    person: Callable[..., User],
    on_clock: OnClock,
    monkeypatch: pytest.MonkeyPatch,
    recipient: str,
    read_by: set[str],
) -> None:
    person("rita", "member", discipline="radiologist", email="rita@example.org")
    row = on_clock("2026-001", -60, oncologist=omar)
    monkeypatch.setattr(runs, "late_reminders", lambda today, thresholds: [reminder(row, recipient)])
    write_notices(WEDNESDAY)
    assert set(Notice.objects.values_list("recipient__username", flat=True)) == read_by
    text = Notice.objects.first().text  # type: ignore[union-attr]
    assert "Volumetry and restaging" in text
    assert "s5.1 ref 102, not verified against the original paper" in text


def test_a_note_on_the_timeline_is_never_mailed(
    joan: User,
    on_clock: OnClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = on_clock("2026-001", -60)
    given = [reminder(row, "coordinator", note=True)]
    monkeypatch.setattr(runs, "late_reminders", lambda today, thresholds: given)
    assert write_notices(WEDNESDAY) == 0


def test_a_birthday_is_not_told_by_mail(
    joan: User, on_clock: OnClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = reminder(on_clock("2026-001", -60), "coordinator")
    entry.reminder.timeline, entry.label, entry.words = "T-16", "70th birthday", "today"
    monkeypatch.setattr(runs, "late_reminders", lambda today, thresholds: [entry])
    write_notices(WEDNESDAY)
    notice = Notice.objects.get()
    assert "2026-001: see the record; An age limit" in notice.text
    assert "birthday" not in notice.text + notice.html


# ------------------------------------------------------------------------------------------ absences
def away(person: User, cover: User, *, first: int = 0, last: int = 2) -> None:
    days = [timezone.localdate() + datetime.timedelta(days=offset) for offset in (first, last)]
    NoticePreference.objects.update_or_create(
        user=person, defaults={"away_from": days[0], "away_until": days[1], "cover": cover}
    )


def test_while_a_person_is_away_the_cover_reads_for_them_and_not_a_day_longer(
    omar: User,
    marek: User,
    on_clock: OnClock,
) -> None:
    on_clock("2026-001", 3, oncologist=omar)
    away(omar, marek, first=0, last=1)
    for days in (-1, 0, 1, 2):
        write_notices(later(days=days))
    read = list(Notice.objects.order_by("day").values_list("recipient__username", "stands_in_for__username"))
    assert read == [("omar", None), ("marek", "omar"), ("marek", "omar"), ("omar", None)]
    covered = Notice.objects.filter(stands_in_for=omar).first()
    assert covered is not None
    assert "You read this for Omar Reyes, who is away." in covered.text
    assert covered.address == "marek@example.org"


def test_a_cover_who_is_away_too_passes_it_on_and_a_circle_ends_at_the_person(
    omar: User,
    marek: User,
    joan: User,
    on_clock: OnClock,
) -> None:
    on_clock("2026-001", 3, oncologist=omar)
    away(omar, marek)
    away(marek, joan)
    write_notices(WEDNESDAY)
    assert set(Notice.objects.values_list("recipient__username", "stands_in_for__username")) == {
        ("joan", None),
        ("joan", "omar"),
    }
    away(joan, omar)
    write_notices(later(days=1))
    assert Notice.objects.filter(day=later(days=1).date(), recipient=omar, stands_in_for=None).count() == 1


def test_the_cover_is_never_shown_a_patient_they_may_not_see(
    omar: User,
    person: Callable[..., User],
    on_clock: OnClock,
) -> None:
    stranger = person("eve", "member", centre=None, email="eve@example.org")
    on_clock("2026-001", 3, oncologist=omar)
    away(omar, stranger)
    write_notices(WEDNESDAY)
    assert Notice.objects.get().recipient == omar


def test_a_cover_reads_only_what_is_the_absent_persons_business(
    omar: User,
    joan: User,
    person: Callable[..., User],
    on_clock: OnClock,
) -> None:
    south = Centre.objects.create(code="south", name="Southgate")
    ada = person("ada", "member", all_centres=True, email="ada@example.org")
    on_clock("2026-001", 3)
    on_clock("2026-002", 3, centre=south)
    away(joan, ada)
    write_notices(WEDNESDAY)
    assert cases_in(Notice.objects.get(stands_in_for=joan)) == {"2026-001"}


def test_the_chairs_cover_is_told_of_the_long_overdue(
    helen: User,
    marek: User,
    on_clock: OnClock,
) -> None:
    on_clock("2026-001", 20)
    away(helen, marek)
    write_notices(WEDNESDAY)
    notice = Notice.objects.get()
    assert (notice.kind, notice.recipient, notice.stands_in_for) == ("escalation", marek, helen)


def test_what_was_written_is_sent(joan: User, on_clock: OnClock, mailoutbox: list[Any]) -> None:
    on_clock("2026-001", 3)
    write_notices(WEDNESDAY)
    assert send_due(WEDNESDAY)["sent"] == 1
    (mail,) = mailoutbox
    assert mail.to == ["joan@example.org"]
    assert mail.subject == "1 overdue: CRLM Board"
    assert [kind for _, kind in mail.alternatives] == ["text/html"]
    assert mail.extra_headers["Message-ID"] == f"<digest.{joan.pk}.2040-03-14@127.0.0.1>"
