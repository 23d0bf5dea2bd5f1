"""Changes of an agenda: put off to the next meeting and taken back, added late, similar people, how long it takes."""

import datetime
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Centre, User
from meetings import services
from meetings.models import AgendaItem, Meeting, RoomEvent
from meetings.pace import ENOUGH, PUBLISHED_MINUTES, expected_of, pace_of
from meetings.pages.agenda import agenda_rows
from meetings.similar import exchanged, similar_on, slips_apart, why_alike
from patients.models import Patient, Staging
from tests.meetings.conftest import UNRESECTABLE


# ------------------------------------------------------------------------------------------- put off, taken back
@pytest.fixture
def following(coordinator: User) -> Meeting:
    return services.create_meeting(
        by=coordinator, title="Next", starts_at=timezone.now() + datetime.timedelta(days=7)
    )


@pytest.mark.django_db
def test_a_case_put_off_goes_on_the_next_agenda_with_what_it_waits_for(
    coordinator: User, item: AgendaItem, following: Meeting
) -> None:
    deferred, placed = services.defer_to_next(by=coordinator, item=item, missing_fact="molecular.ras")
    assert (deferred.state, deferred.state_note) == ("deferred", "Until known: RAS")
    assert placed is not None
    assert (placed.meeting_id, placed.reason) == (following.pk, "deferred")
    row = agenda_rows(following, coordinator)[0]
    assert row.waits is not None
    assert [(one.label, one.who, one.came_in) for one in row.waits.awaited] == [("RAS", "pathology", False)]


@pytest.mark.django_db
def test_without_a_next_meeting_the_case_is_put_off_and_proposes_itself_later(
    coordinator: User, item: AgendaItem
) -> None:
    deferred, placed = services.defer_to_next(by=coordinator, item=item, note="The patient is away")
    assert placed is None
    assert deferred.state_note == "The patient is away"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given_", "field", "why"),
    [
        ({}, "note", "A reason is needed"),
        ({"missing_fact": "liver.colour"}, "missing_fact", "allowed: the name of a fact"),
    ],
)
def test_a_case_is_not_put_off_without_a_reason_or_for_a_fact_that_does_not_exist(
    coordinator: User, item: AgendaItem, following: Meeting, given_: dict[str, str], field: str, why: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        services.defer_to_next(by=coordinator, item=item, **given_)
    assert why in refused.value.message_dict[field][0]
    item.refresh_from_db()
    assert item.state == "waiting"
    assert not following.items.exists()


@pytest.mark.django_db
def test_a_deferral_taken_back_takes_the_case_off_the_next_agenda(
    coordinator: User, item: AgendaItem, following: Meeting
) -> None:
    deferred, _ = services.defer_to_next(by=coordinator, item=item, missing_fact="molecular.ras")
    back = services.bring_back(by=coordinator, item=deferred)
    assert (back.state, back.state_note, back.missing_fact) == ("waiting", "", "")
    assert not following.items.exists()
    with pytest.raises(ValidationError) as refused:
        services.bring_back(by=coordinator, item=back)
    assert "is not deferred" in refused.value.message_dict["item"][0]


# --------------------------------------------------------------------------------------------------- added late
@pytest.mark.django_db
def test_a_case_that_comes_after_the_meeting_was_opened_is_marked_as_late(
    coordinator: User, item: AgendaItem, following: Meeting, make_case: Callable[..., Staging]
) -> None:
    assert services.add_to_agenda(by=coordinator, meeting=item.meeting, staging=make_case("C-1")).late
    assert not services.add_to_agenda(by=coordinator, meeting=following, staging=make_case("C-2")).late
    assert services.add_to_agenda(by=coordinator, meeting=following, staging=make_case("C-3"), late=True).late


@pytest.mark.django_db
def test_a_patient_is_found_by_name_or_number_added_late_and_the_room_is_shown_again(
    client: Client, coordinator: User, item: AgendaItem, make_case: Callable[..., Staging]
) -> None:
    found = make_case("2026-060", UNRESECTABLE)
    Patient.objects.filter(pk=found.patient_id).update(family_name="Novotna", hospital_number="N-77")
    client.force_login(coordinator)
    late = reverse("meetings:late", args=[item.meeting_id])
    for query in ("novot", "N-77", "2026-060"):
        page = client.get(late, {"q": query, "item": item.pk}).content.decode()
        assert "Add late" in page
        assert "Back to the room" in page
    assert "No patient whom you may see" in client.get(late, {"q": "nobody"}).content.decode()
    assert "on this agenda, number 1" in client.get(late, {"q": "2026-001"}).content.decode()
    sent = {"staging": found.pk, "late": "1", "item": item.pk}
    done = client.post(reverse("meetings:add", args=[item.meeting_id]), sent)
    assert done.headers["Location"].endswith(f"/room/?item={item.pk}")
    assert item.meeting.items.get(staging=found).late
    room = client.get(done.headers["Location"]).content.decode()
    assert "<b>late</b>" in room


@pytest.mark.django_db
def test_only_who_leads_the_board_adds_puts_off_and_brings_back(
    client: Client, oncologist: User, item: AgendaItem
) -> None:
    client.force_login(oncologist)
    keys = [item.meeting_id, item.pk]
    assert client.get(reverse("meetings:late", args=keys[:1])).status_code == 403
    for name in ("defer_to_next", "bring_back"):
        assert client.post(reverse(f"meetings:{name}", args=keys), {"note": "later"}).status_code == 403
    item.refresh_from_db()
    assert item.state == "waiting"


# ---------------------------------------------------------------------------------------------- similar people
def person_(
    case_id: str, family: str, given_: str = "Ana", born: str | None = None, number: str = ""
) -> Patient:
    birth = datetime.date.fromisoformat(born) if born else None
    return Patient(
        case_id=case_id, family_name=family, given_name=given_, birth_date=birth, hospital_number=number
    )


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (person_("A-1", "Hartwell"), person_("B-2", "HARTWELL"), "same surname"),
        (person_("A-1", "Müller-Brandt"), person_("B-2", "Muller Brandt"), "same surname"),
        (person_("A-1", "Hartwell"), person_("B-2", "Hartnell"), "similar surname"),
        (person_("A-1", "Marta", "Rossi"), person_("B-2", "Rossi", "Marta"), "names crossed over"),
        (person_("A-1", "Osei", born="1961-05-10"), person_("B-2", "Vale", born="1961-05-10"), "same birth date"),
        (person_("A-1", "Osei", number="N-204417"), person_("B-2", "Vale", number="N-204471"), "hospital numbers"),
        (person_("A-1", "Osei", number="N-204417"), person_("B-2", "Vale", number="N-204418"), "hospital numbers"),
        (person_("2026-041", "Osei"), person_("2026-014", "Vale"), "case numbers"),
    ],
)  # fmt: skip
def test_people_who_could_be_mixed_up_are_marked_and_it_is_said_why(
    one: Patient, other: Patient, why: str
) -> None:
    assert why in ", ".join(why_alike(one, other))
    assert why in ", ".join(why_alike(other, one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (person_("2026-041", "Amsel", number="N-200512"), person_("2026-042", "Marsh", number="S-071003")),
        (person_("A-1", ""), person_("B-2", "")),
        (person_("A-1", "Osei"), person_("B-2", "Rossi")),
    ],
)
def test_numbers_in_a_row_unknown_names_and_different_people_are_not_marked(
    one: Patient, other: Patient
) -> None:
    assert why_alike(one, other) == ()


@given(st.text("0123456789", min_size=2, max_size=8), st.data())
def test_a_number_with_one_digit_other_or_two_exchanged_is_always_caught(
    number: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(number) - 2))
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert exchanged(number, swapped) is (number != swapped)
    digit = data.draw(st.sampled_from([one for one in "0123456789" if one != number[place]]))
    assert slips_apart(number, number[:place] + digit + number[place + 1 :])
    assert not slips_apart(number, number)
    assert not slips_apart(number, number + "0")


@pytest.mark.django_db
def test_the_agenda_and_the_room_name_the_one_who_is_like_the_patient(
    client: Client, coordinator: User, item: AgendaItem, make_case: Callable[..., Staging]
) -> None:
    services.add_to_agenda(by=coordinator, meeting=item.meeting, staging=make_case("2026-077"))
    for case_id, name in (("2026-001", "Hartwell"), ("2026-077", "Hartnell")):
        Patient.objects.filter(case_id=case_id).update(family_name=name, given_name="Edith")
    client.force_login(coordinator)
    agenda = client.get(reverse("meetings:detail", args=[item.meeting_id])).content.decode()
    assert "like 2026-077 Hartnell, Edith: similar surname" in agenda
    room = client.get(reverse("meetings:room", args=[item.meeting_id]), {"item": item.pk}).content.decode()
    assert "Not to be taken for 2026-077 Hartnell, Edith: similar surname" in room
    assert "Similar on this agenda: 2026-001 Hartwell, Edith: similar surname" in room
    assert similar_on(list(Patient.objects.all())).keys() == set(Patient.objects.values_list("pk", flat=True))


# ------------------------------------------------------------------------------------------------- how long
def held(by: User, minutes: list[int]) -> None:
    """A closed meeting whose cases were on the screen for so many minutes each."""
    start = timezone.now() - datetime.timedelta(days=10)
    meeting = Meeting.objects.create(
        created_by=by, starts_at=start, state="closed", opened_at=start, closed_by=by,
        closed_at=start + datetime.timedelta(minutes=sum(minutes)),
    )  # fmt: skip
    at = start
    for number, length in enumerate(minutes):
        staging = Staging.objects.create(
            patient=Patient.objects.create(case_id=f"P-{meeting.pk}-{number}", centre=Centre.objects.get()),
            created_by=by,
        )
        item = AgendaItem.objects.create(meeting=meeting, staging=staging, position=number + 1, added_by=by)
        event = RoomEvent.objects.create(meeting=meeting, item=item, kind="shown")
        RoomEvent.objects.filter(pk=event.pk).update(at=at)
        at += datetime.timedelta(minutes=length)


@pytest.mark.django_db
def test_the_expected_end_uses_the_published_mean_until_the_board_has_measured_ten_cases(
    coordinator: User, following: Meeting
) -> None:
    now = timezone.now()
    assert pace_of(following, now).minutes == PUBLISHED_MINUTES
    held(coordinator, [5] * (ENOUGH - 1))
    assert pace_of(following, now).cases == 0
    held(coordinator, [5])
    pace = pace_of(following, now)
    assert (pace.minutes, pace.cases) == (5.0, ENOUGH)
    expected = expected_of(following, 4, now)
    assert expected is not None
    assert expected.minutes == 20
    assert expected.ends_at == following.starts_at + datetime.timedelta(minutes=20)
    assert expected_of(following, 0, now) is None


@pytest.mark.django_db
def test_an_open_meeting_counts_from_now_and_a_closed_one_expects_nothing(
    coordinator: User, item: AgendaItem
) -> None:
    now = timezone.now()
    expected = expected_of(item.meeting, 10, now)
    assert expected is not None
    assert expected.ends_at == now + datetime.timedelta(minutes=32)
    closed = services.close_meeting(by=coordinator, meeting=item.meeting)
    assert expected_of(closed, 10, now) is None


@pytest.mark.django_db
def test_the_page_says_where_the_minutes_come_from(
    client: Client, coordinator: User, item: AgendaItem
) -> None:
    client.force_login(coordinator)
    page = client.get(reverse("meetings:detail", args=[item.meeting_id])).content.decode()
    assert "BMJ 2017;356:j114" in page
    assert "expected to end at" in page
