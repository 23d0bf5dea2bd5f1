"""The pages of notices: what was sent and what failed, and what each person chooses."""

import datetime
import re
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Centre, User
from meetings.models import Notice, NoticePreference
from meetings.notices import send_due, write_notices
from patients.wording import NBSP
from tests.meetings.notices.conftest import WEDNESDAY, OnClock, later, travel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with travel(WEDNESDAY):
        yield


def page(client: Client, address: str, user: User, **parameters: str) -> str:
    client.force_login(user)
    answer = client.get(address, parameters)
    assert answer.status_code == 200
    return answer.content.decode().replace(NBSP, " ")


@pytest.fixture
def written(joan: User, helen: User, omar: User, on_clock: OnClock) -> None:
    """A digest that was sent to Joan, one that failed for Omar, and an escalation of which nobody knows."""
    on_clock("2026-001", 20, oncologist=omar)
    write_notices(WEDNESDAY)
    send_due(WEDNESDAY)
    Notice.objects.filter(recipient=omar).update(
        state="failed", sent_at=None, attempts=16, error="The mail server does not answer."
    )
    Notice.objects.filter(recipient=helen).update(state="unclear", sent_at=None, claimed_at=WEDNESDAY)


def test_the_list_shows_what_was_sent_to_whom_and_what_failed_and_why(
    client: Client, joan: User, written: None
) -> None:
    text = page(client, "/notices/", joan)
    assert "joan@example.org" in text
    assert "14 Mar 09:00" in text
    assert "The mail server does not answer." in text
    assert "not known whether sent" in text
    # Those that failed or are unclear, and no other, have the button.
    assert len(re.findall("Send again<span", text)) == 2
    assert "It may have arrived already." in text


@pytest.mark.parametrize(
    ("filtered", "shown", "hidden"),
    [
        ({"state": "failed"}, "omar@", "joan@"),
        ({"kind": "escalation"}, "helen@", "omar@"),
        ({"state": "nonsense", "kind": "x", "person": "y"}, "omar@", "nothing"),
    ],
)
def test_the_filter_leaves_what_is_asked_for(
    client: Client, joan: User, written: None, filtered: dict[str, str], shown: str, hidden: str
) -> None:
    table = page(client, "/notices/", joan, **filtered).split("<tbody>")[1]
    assert shown in table
    assert hidden not in table


def test_the_filter_by_person_finds_also_what_another_read_for_them(
    client: Client, joan: User, omar: User, marek: User, on_clock: OnClock
) -> None:
    on_clock("2026-001", 3, oncologist=omar)
    NoticePreference.objects.create(
        user=omar, away_from=WEDNESDAY.date(), away_until=later(days=2).date(), cover=marek
    )
    write_notices(WEDNESDAY)
    text = page(client, "/notices/", joan, person=str(omar.pk))
    assert "marek@example.org" in text
    assert "for Omar Reyes, who is away" in text
    assert "Omar Reyes is away until 16 Mar 2040; Marek Osei reads for them." in text


def test_an_empty_list_says_why(client: Client, joan: User) -> None:
    assert "No notice was written yet" in page(client, "/notices/", joan)


def test_send_again_is_a_button_that_works_once(
    client: Client, joan: User, omar: User, written: None
) -> None:
    client.force_login(joan)
    address = reverse("meetings:send_again", args=[Notice.objects.get(recipient=omar).pk])
    assert client.get(address).status_code == 405
    first = client.post(address, {"next": "/notices/?state=failed"}, follow=True)
    assert "waits to be sent again" in first.content.decode()
    assert first.redirect_chain == [("/notices/?state=failed", 302)]
    second = client.post(address, {"next": "https://elsewhere.example.org/"}, follow=True)
    assert "allowed: one that failed" in second.content.decode()
    assert second.redirect_chain == [("/notices/", 302)]
    assert Notice.objects.get(recipient=omar).state == "waiting"


def test_surgeons_and_viewers_do_not_see_the_list(
    client: Client, marek: User, viewer: User, written: None
) -> None:
    for user in (marek, viewer):
        client.force_login(user)
        assert client.get("/notices/").status_code == 403
        address = reverse("meetings:send_again", args=[Notice.objects.latest("pk").pk])
        assert client.post(address).status_code == 403


def test_an_administrator_sees_the_list_and_no_case_number(
    client: Client, person: Callable[..., User], written: None
) -> None:
    text = page(client, "/notices/", person("ada", "administrator", centre=None))
    assert "omar@example.org" in text
    assert "2026-001" not in text


def test_a_mail_is_read_by_its_recipient_and_by_nobody_else(
    client: Client, joan: User, omar: User, written: None
) -> None:
    address = reverse("meetings:notice", args=[Notice.objects.get(recipient=omar).pk])
    assert "2026-001" in page(client, address, omar)
    client.force_login(joan)
    assert client.get(address).status_code == 403


def test_a_patient_whom_no_chair_sees_is_shown_on_the_list(
    client: Client, person: Callable[..., User], on_clock: OnClock
) -> None:
    south = Centre.objects.create(code="south", name="Southgate")
    eve = person("eve", "coordinator", centre=south, email="eve@example.org")
    on_clock("2026-002", 20, centre=south)
    assert "No chair sees 1 patient who is long overdue" in page(client, "/notices/", eve)


def test_a_person_without_an_address_is_a_finding_that_leads_to_their_account(
    client: Client, joan: User, omar: User, person: Callable[..., User]
) -> None:
    nobody = person("sam", "viewer", first_name="Sam", last_name="Ito")
    ada = person("ada", "administrator", centre=None)
    account = reverse("admin:accounts_user_change", args=[nobody.pk])
    for address in ("/", "/notices/"):
        text = page(client, address, ada)
        assert "No mail address is known for 1 person" in text
        assert f'<a href="{account}">Sam Ito</a>' in text
    text = page(client, "/notices/", joan)
    assert "An administrator adds the address." in text
    assert account not in text
    assert "No mail address is known for 1 person" not in page(client, "/", omar)
    nobody.email = "sam@example.org"
    nobody.save()
    assert "No mail address is known" not in page(client, "/", ada)


def test_a_centre_without_a_daily_digest_is_told_and_the_choice_that_would_make_it_so_is_refused(
    client: Client, joan: User, person: Callable[..., User]
) -> None:
    client.force_login(joan)
    refused = client.post("/notices/preferences/", {"digest": "never"})
    assert refused.status_code == 422
    assert "No other coordinator of Northgate gets the digest every working day" in refused.content.decode()
    joan.is_active = False
    joan.save()
    text = page(client, "/", person("ada", "administrator", centre=None, email="ada@example.org"))
    assert "No coordinator gets the daily digest of Northgate." in text


def test_absence_is_chosen_and_pages_say_so_to_both(client: Client, omar: User, marek: User) -> None:
    client.force_login(omar)
    today, friday = WEDNESDAY.date(), later(days=2).date()
    answer = client.post(
        "/notices/preferences/",
        {
            "digest": "weekly",
            "away_from": today.isoformat(),
            "away_until": friday.isoformat(),
            "cover": marek.pk,
        },
    )
    assert answer.status_code == 302
    stored = NoticePreference.objects.get(user=omar)
    assert (stored.digest, stored.away_from, stored.away_until, stored.cover) == (
        "weekly",
        today,
        friday,
        marek,
    )
    assert "You are away until 16 Mar 2040; Marek Osei is sent your notices." in page(client, "/", omar)
    assert "You stand in for Omar Reyes until 16 Mar 2040" in page(client, "/", marek)
    with travel(later(days=3)):
        assert "You are away" not in page(client, "/", omar)
        # What is over is not offered again, so that the digest alone can be changed.
        assert friday.isoformat() not in page(client, "/notices/preferences/", omar)


@pytest.mark.parametrize(
    ("posted", "words"),
    [
        ({"digest": "hourly"}, "hourly is not allowed; allowed: daily, weekly, never."),
        ({"digest": "daily", "away_from": "soon"}, "This is no date; allowed: a date as YYYY-MM-DD."),
        ({"digest": "daily", "cover": "999999999999999999999"}, "is no person; allowed: one of the list."),
        ({"digest": "daily", "cover": "²"}, "² is no person; allowed: one of the list."),
        (
            {"digest": "daily", "away_from": "2040-03-20"},
            "the first day, the last day and the cover together",
        ),
        ({}, "This field is required."),
    ],
)
def test_a_wrong_choice_is_told_and_what_was_chosen_before_stays(
    client: Client, omar: User, posted: dict[str, str], words: str
) -> None:
    NoticePreference.objects.create(user=omar, digest="never")
    client.force_login(omar)
    answer = client.post("/notices/preferences/", posted)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert NoticePreference.objects.get().digest == "never"


def test_a_person_without_an_address_is_told_so(client: Client, viewer: User) -> None:
    assert "No mail address is known for you" in page(client, "/notices/preferences/", viewer)


def test_who_reads_no_records_has_no_notices(client: Client, person: Callable[..., User]) -> None:
    client.force_login(person("ada", "administrator", centre=None))
    assert client.get("/notices/preferences/").status_code == 403


def test_the_own_notices_are_listed_also_those_that_a_cover_received(
    client: Client, omar: User, marek: User, on_clock: OnClock
) -> None:
    on_clock("2026-001", 3, oncologist=omar)
    NoticePreference.objects.create(
        user=omar,
        away_from=WEDNESDAY.date(),
        away_until=WEDNESDAY.date() + datetime.timedelta(2),
        cover=marek,
    )
    write_notices(WEDNESDAY)
    assert "sent to Marek Osei" in page(client, "/notices/preferences/", omar)
    assert "for Omar Reyes" in page(client, "/notices/preferences/", marek)
