"""Sending: once, whatever happens; and when nobody knows, a person decides."""

import datetime
import io
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from meetings.models import Notice
from meetings.notices import send_due, write_notices
from meetings.services import notices as services
from meetings.services.notices import save_preference, send_again
from tests.meetings.notices.conftest import WEDNESDAY, OnClock, later, travel
from tests.meetings.notices.mailserver import MailServer, closed_port, mail_server

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with travel(WEDNESDAY):
        yield


@pytest.fixture
def notice(joan: User) -> Notice:
    """A digest that waits."""
    return make_notice(joan)


def make_notice(user: User, **columns: Any) -> Notice:
    day = columns.setdefault("day", WEDNESDAY.date())
    return Notice.objects.create(
        **{
            "kind": "digest", "key": f"digest:{user.pk}:{day}", "recipient": user, "address": user.email,
            "subject": "1 overdue: CRLM Board", "text": "2026-001", "html": "<p>2026-001</p>",
            "contents": {"reassessments": [], "reminders": []}, "next_attempt_at": WEDNESDAY, **columns,
        }
    )  # fmt: skip


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    """A real mail server, to which mails really go."""
    with mail_server() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", running.port, 5
        yield running


def fresh(notice: Notice) -> Notice:
    return Notice.objects.get(pk=notice.pk)


# ---------------------------------------------------------------------------------------------- once
def test_a_notice_is_sent_once_and_recorded(notice: Notice, server: MailServer) -> None:
    assert send_due(WEDNESDAY)["sent"] == 1
    assert send_due(later(minutes=1))["sent"] == 0
    (mail,) = server.taken
    assert mail["Subject"] == "1 overdue: CRLM Board"
    assert mail["Message-ID"] == f"<digest.{notice.recipient_id}.2040-03-14@127.0.0.1>"
    assert mail["Auto-Submitted"] == "auto-generated"
    sent = fresh(notice)
    assert (sent.state, sent.sent_at, sent.attempts, sent.error) == ("sent", WEDNESDAY, 1, "")


def test_only_one_of_those_who_reach_for_a_notice_has_it(notice: Notice) -> None:
    claims = [services.claim(notice_id=notice.pk, now=WEDNESDAY) for _ in range(3)]
    assert [claim is not None for claim in claims] == [True, False, False]


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_two_senders_at_once_send_each_notice_once(person: Callable[..., User], server: MailServer) -> None:
    for number in range(12):
        make_notice(person(f"user{number}", "viewer", email=f"user{number}@example.org"))
    together, counts = threading.Barrier(3), []

    def send() -> None:
        together.wait()
        try:
            counts.append(send_due(WEDNESDAY)["sent"])
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 12
    assert sorted(mail["To"] for mail in server.taken) == sorted(
        f"user{number}@example.org" for number in range(12)
    )
    assert set(Notice.objects.values_list("state", "attempts")) == {("sent", 1)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_two_writers_at_once_write_each_notice_once(
    joan: User, helen: User, omar: User, on_clock: OnClock
) -> None:
    on_clock("2026-001", 20, oncologist=omar)
    together, counts = threading.Barrier(3), []

    def write() -> None:
        together.wait()
        try:
            counts.append(write_notices(WEDNESDAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 3
    assert sorted(Notice.objects.values_list("kind", "recipient__username")) == [
        ("digest", "joan"),
        ("digest", "omar"),
        ("escalation", "helen"),
    ]


# ---------------------------------------------------------------------------------------------- trouble
def test_a_server_that_does_not_answer_is_asked_again_with_growing_pauses(
    notice: Notice, server: MailServer, settings: Any
) -> None:
    settings.EMAIL_PORT = closed_port()
    now, pauses = WEDNESDAY, []
    for attempt in range(1, 8):
        assert send_due(now)["put_off"] == 1
        waiting = fresh(notice)
        assert (waiting.state, waiting.attempts) == ("waiting", attempt)
        assert waiting.error == "The mail server does not answer (connection refused)."
        pauses.append((waiting.next_attempt_at - now).total_seconds() / 60)
        assert send_due(waiting.next_attempt_at - datetime.timedelta(seconds=1))["put_off"] == 0
        now = waiting.next_attempt_at
    for minutes, pause in zip([1, 2, 4, 8, 16, 32, 60], pauses, strict=True):
        assert 0.75 * minutes <= pause <= 1.25 * minutes
    settings.EMAIL_PORT = server.port
    assert send_due(now)["sent"] == 1
    assert fresh(notice).error == ""
    assert len(server.taken) == 1


def test_a_server_that_is_down_is_asked_once_for_all_that_wait(
    person: Callable[..., User], server: MailServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        make_notice(person(f"user{number}", "viewer", email=f"user{number}@example.org"))
    settings.EMAIL_PORT = closed_port()
    from meetings import notices as runs

    asked = []
    open_connection = runs.open_connection
    monkeypatch.setattr(runs, "open_connection", lambda: (asked.append(1), open_connection())[1])
    assert send_due(WEDNESDAY)["put_off"] == 5
    assert len(asked) == 1


def test_it_is_given_up_after_a_good_half_day(notice: Notice, server: MailServer, settings: Any) -> None:
    settings.EMAIL_PORT = closed_port()
    now = WEDNESDAY
    while fresh(notice).state == "waiting":
        send_due(now)
        now = max(now, fresh(notice).next_attempt_at)
    failed = fresh(notice)
    assert (failed.state, failed.attempts) == ("failed", services.MAX_ATTEMPTS)
    assert failed.error.endswith("Given up after 16 attempts.")
    assert datetime.timedelta(hours=6) < now - WEDNESDAY < datetime.timedelta(hours=16)


def test_a_busy_server_is_asked_again_and_an_address_that_is_none_is_not(
    notice: Notice, server: MailServer
) -> None:
    server.behaviour = "busy"
    assert send_due(WEDNESDAY)["put_off"] == 1
    assert fresh(notice).error == "The mail server refused the address (450 try later)."
    server.behaviour = "refuses_address"
    assert send_due(later(minutes=5))["failed"] == 1
    assert fresh(notice).error == "The mail server refused the address (550 no such user)."
    server.behaviour = "takes"
    assert send_due(later(minutes=30))["sent"] == 0


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("nobody@example.org", "The mail server refused the address (550 no such user)."),
        ("two\nlines@example.org", "The mail could not be sent"),
    ],
)
def test_one_bad_address_does_not_keep_the_others_from_theirs(
    person: Callable[..., User], server: MailServer, address: str, words: str
) -> None:
    bad = make_notice(person("a", "viewer"), address=address)
    good = make_notice(person("b", "viewer", email="b@example.org"))
    counts = send_due(WEDNESDAY)
    assert (counts["sent"], counts["failed"]) == (1, 1)
    assert fresh(good).state == "sent"
    assert fresh(bad).state == "failed"
    assert fresh(bad).error.startswith(words)


def test_a_mail_that_was_handed_over_without_an_answer_is_never_sent_again_by_itself(
    notice: Notice, server: MailServer
) -> None:
    server.behaviour = "drops_after_data"
    assert send_due(WEDNESDAY)["unclear"] == 1
    unclear = fresh(notice)
    assert unclear.error == ("The mail server closed the connection. Whether the mail had left is not known.")
    server.behaviour = "takes"
    for hours in range(1, 20):
        send_due(later(hours=hours))
    assert (server.handed_over, server.taken) == (1, [])


def test_a_claim_whose_sender_died_becomes_unclear_and_is_not_doubled(
    notice: Notice, mailoutbox: list[Any]
) -> None:
    services.claim(notice_id=notice.pk, now=WEDNESDAY)
    assert send_due(later(minutes=9))["unclear"] == 0
    assert fresh(notice).state == "sending"
    assert send_due(later(minutes=11))["unclear"] == 1
    assert fresh(notice).error == services.DIED
    send_due(later(hours=1))
    assert mailoutbox == []


def test_a_slow_sender_who_was_given_up_clears_it_up(notice: Notice) -> None:
    claimed = services.claim(notice_id=notice.pk, now=WEDNESDAY)
    assert claimed is not None
    services.mark_unclear(now=later(minutes=11))
    assert services.record_sent(notice=claimed, now=later(minutes=12))
    assert fresh(notice).state == "sent"


def test_a_slow_sender_does_not_write_over_what_a_person_decided(notice: Notice, helen: User) -> None:
    claimed = services.claim(notice_id=notice.pk, now=WEDNESDAY)
    assert claimed is not None
    services.mark_unclear(now=later(minutes=11))
    send_again(by=helen, notice=notice)
    assert not services.record_sent(notice=claimed, now=later(minutes=12))
    assert fresh(notice).state == "waiting"


def test_an_account_closed_meanwhile_is_not_written_to(notice: Notice, mailoutbox: list[Any]) -> None:
    User.objects.update(is_active=False)
    assert send_due(WEDNESDAY)["failed"] == 1
    assert fresh(notice).error == "The account of Joan Farrow is closed."
    assert mailoutbox == []


# ---------------------------------------------------------------------------------------------- outages
def test_after_two_days_without_a_mail_server_only_todays_digest_is_sent(
    joan: User, on_clock: OnClock, server: MailServer, settings: Any
) -> None:
    on_clock("2026-001", 3)
    settings.EMAIL_PORT = closed_port()
    for quarter in range(2 * 24 * 4):
        now = later(minutes=15 * quarter)
        write_notices(now)
        send_due(now)
    settings.EMAIL_PORT = server.port
    for minutes in range(0, 24 * 60, 15):
        now = later(days=2, minutes=minutes)
        write_notices(now)
        send_due(now)
    assert [mail["Subject"] for mail in server.taken] == ["1 overdue: CRLM Board"]
    assert list(Notice.objects.order_by("day").values_list("day", "state")) == [
        (datetime.date(2040, 3, 14), "failed"),
        (datetime.date(2040, 3, 15), "failed"),
        (datetime.date(2040, 3, 16), "sent"),
    ]


def test_what_is_superseded_says_so_and_why(joan: User, server: MailServer, settings: Any) -> None:
    old = make_notice(joan)
    settings.EMAIL_PORT = closed_port()
    send_due(WEDNESDAY)
    settings.EMAIL_PORT = server.port
    # Until the next notice can be written, the old one is still the newest there is.
    assert send_due(later(hours=21, minutes=59))["superseded"] == 0
    assert fresh(old).state == "sent"
    Notice.objects.update(state="waiting", sent_at=None, error="The mail server does not answer.")
    assert send_due(later(hours=22))["superseded"] == 1
    assert fresh(old).error == (
        "Not sent in time; what is still open stands in the next notice. "
        "Last error: The mail server does not answer."
    )
    assert len(server.taken) == 1


def test_fridays_digest_may_still_come_at_the_weekend_and_not_on_monday(
    joan: User, person: Callable[..., User], server: MailServer
) -> None:
    friday = datetime.date(2040, 3, 16)
    make_notice(joan, day=friday)
    assert send_due(later(days=3))["sent"] == 1
    late = make_notice(person("b", "viewer", email="b@example.org"), day=friday)
    assert send_due(later(days=5))["superseded"] == 1
    assert fresh(late).state == "failed"


# ---------------------------------------------------------------------------------------------- again
@pytest.mark.parametrize("state", ["failed", "unclear"])
def test_a_person_sends_again_what_failed_or_is_unclear_even_after_its_day(
    notice: Notice, helen: User, mailoutbox: list[Any], state: str
) -> None:
    Notice.objects.update(state=state, attempts=16, error="words", claimed_at=WEDNESDAY)
    notice.recipient.email = "new@example.org"
    notice.recipient.save()
    with travel(later(days=5)):
        send_again(by=helen, notice=notice)
        assert send_due(later(days=5))["sent"] == 1
    (mail,) = mailoutbox
    assert mail.to == ["new@example.org"]
    sent = fresh(notice)
    assert (sent.state, sent.attempts) == ("sent", 1)
    assert sent.contents["again"]["by"] == helen.pk


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("sent", "was sent on 14"),
        ("waiting", "waits to be sent"),
        ("sending", "is being sent"),
    ],
)
def test_what_was_sent_or_waits_is_not_sent_again(
    notice: Notice, helen: User, state: str, words: str
) -> None:
    Notice.objects.update(state=state, sent_at=WEDNESDAY if state == "sent" else None)
    with pytest.raises(ValidationError, match=words):
        send_again(by=helen, notice=notice)


def test_two_who_press_send_again_at_once_send_it_once(notice: Notice, helen: User, joan: User) -> None:
    Notice.objects.update(state="failed")
    send_again(by=helen, notice=notice)
    with pytest.raises(ValidationError, match="waits to be sent; allowed: one that failed"):
        send_again(by=joan, notice=notice)


def test_it_is_not_sent_again_to_nobody(notice: Notice, helen: User) -> None:
    Notice.objects.update(state="failed")
    User.objects.filter(pk=notice.recipient_id).update(email="")
    with pytest.raises(ValidationError, match="No mail address is known"):
        send_again(by=helen, notice=notice)
    User.objects.filter(pk=notice.recipient_id).update(is_active=False)
    with pytest.raises(ValidationError, match="The account of Joan Farrow is closed"):
        send_again(by=helen, notice=notice)


def test_a_surgeon_does_not_send_others_mails_again(notice: Notice, marek: User) -> None:
    Notice.objects.update(state="failed")
    with pytest.raises(PermissionDenied):
        send_again(by=marek, notice=notice)


# ---------------------------------------------------------------------------------------------- by hand
def report_of(*arguments: str) -> tuple[dict[str, int], int]:
    out, status = io.StringIO(), 0
    try:
        call_command("send_reminders", "--json", *arguments, stdout=out)
    except SystemExit as end:
        status = int(str(end.code))
    return json.loads(out.getvalue()), status


def test_the_command_does_what_the_scheduler_does(
    joan: User, on_clock: OnClock, server: MailServer, settings: Any
) -> None:
    on_clock("2026-001", 3)
    assert report_of("--dry-run") == ({"written": 1, "to_send": 1}, 0)
    assert not Notice.objects.exists()
    settings.EMAIL_PORT = closed_port()
    report, status = report_of()
    assert (report["written"], report["put_off"], status) == (1, 1, 1)
    settings.EMAIL_PORT = server.port
    with travel(later(minutes=5)):
        report, status = report_of()
    assert (report["written"], report["sent"], status) == (0, 1, 0)
    assert len(server.taken) == 1


def test_the_command_says_when_it_is_not_the_time_to_write(joan: User, on_clock: OnClock) -> None:
    on_clock("2026-001", 3)
    out = io.StringIO()
    with travel(later(days=3)):
        call_command("send_reminders", stdout=out)
    assert "0 written" in out.getvalue()
    assert "on working days from DIGEST_HOUR on" in out.getvalue()


# ---------------------------------------------------------------------------------------------- choices
def tomorrow(days: int) -> datetime.date:
    return WEDNESDAY.date() + datetime.timedelta(days=days)


@pytest.mark.parametrize(
    ("choice", "field", "words"),
    [
        ({"digest": "hourly"}, "digest", "hourly is not allowed; allowed: daily, weekly, never."),
        ({"away_from": 1}, "cover", "the first day, the last day and the cover together"),
        ({"away_from": 1, "away_until": 2}, "cover", "or none of the three"),
        ({"cover": "marek"}, "away_from", "Missing"),
        ({"away_from": 5, "away_until": 2, "cover": "marek"}, "away_until", "is before 2040-03-19; allowed: from"),
        ({"away_from": -5, "away_until": -2, "cover": "marek"}, "away_until", "is past; allowed: from 2040-03-14"),
        ({"away_from": 1, "away_until": 2, "cover": "omar"}, "cover", "nobody stands in for themselves"),
        ({"away_from": 1, "away_until": 2, "cover": "gone"}, "cover", "the account of Gone Away is closed"),
        ({"away_from": 1, "away_until": 2, "cover": "mute"}, "cover", "no mail address of mute is known"),
        ({"away_from": 1, "away_until": 2, "cover": "eve"}, "cover", "eve does not see the patients of Northgate"),
        ({"away_from": 1, "away_until": 2, "cover": "rule"}, "cover", "rule may not read patients’ records"),
    ],
)  # fmt: skip
def test_a_choice_that_cannot_be_is_told_with_what_is_allowed(
    omar: User,
    marek: User,
    person: Callable[..., User],
    choice: dict[str, Any],
    field: str,
    words: str,
) -> None:
    person("gone", "member", first_name="Gone", last_name="Away", is_active=False, email="g@example.org")
    person("mute", "member")
    person("eve", "member", centre=None, email="eve@example.org")
    person("rule", "rule_admin", email="rule@example.org")
    given = {"digest": "daily", **choice}
    for name in ("away_from", "away_until"):
        if name in given:
            given[name] = tomorrow(given[name])
    if "cover" in given:
        given["cover"] = User.objects.get(username=given["cover"])
    with pytest.raises(ValidationError) as refusal:
        save_preference(by=omar, **given)
    assert words in refusal.value.message_dict[field][0]


def test_a_cover_who_is_away_in_those_days_is_refused_and_one_who_is_back_is_not(
    omar: User, marek: User, joan: User
) -> None:
    save_preference(by=marek, digest="daily", away_from=tomorrow(3), away_until=tomorrow(6), cover=joan)
    for first, last in ((1, 3), (6, 9), (4, 5), (1, 9)):
        with pytest.raises(ValidationError, match="Marek Osei is away too"):
            save_preference(
                by=omar, digest="daily", away_from=tomorrow(first), away_until=tomorrow(last), cover=marek
            )
    save_preference(by=omar, digest="weekly", away_from=tomorrow(7), away_until=tomorrow(9), cover=marek)
    save_preference(by=omar, digest="weekly")
    omar = User.objects.get(pk=omar.pk)
    assert omar.notice_preference.cover is None


# ---------------------------------------------------------------------------------------------- pauses
@given(attempts=st.integers(1, services.MAX_ATTEMPTS - 1), words=st.text(max_size=600))
def test_a_pause_is_never_shorter_than_45_seconds_nor_longer_than_75_minutes(
    attempts: int, words: str
) -> None:
    step = services._next_step(attempts, words, final=False, now=WEDNESDAY)
    pause = step["next_attempt_at"] - WEDNESDAY
    assert datetime.timedelta(seconds=45) <= pause <= datetime.timedelta(minutes=75)
    assert len(step["error"]) <= 300


@given(words=st.text(max_size=600), final=st.booleans())
def test_the_last_attempt_ends_as_failed_and_its_words_fit(words: str, final: bool) -> None:
    step = services._next_step(services.MAX_ATTEMPTS, words, final=final, now=WEDNESDAY)
    assert step["state"] == "failed"
    assert len(step["error"]) <= 300
