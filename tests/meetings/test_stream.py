"""The stream of the room: in order, complete, for those who may see it, and never in the way of the work."""

import asyncio
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import redis
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Centre, User
from meetings import live, presence, services
from meetings.models import AgendaItem, Meeting, RoomEvent
from meetings.views import stream
from tests.plugins.web import StartWeb, Web, session_of
from tests.plugins.workers import until

DB = pytest.mark.django_db
REAL = [pytest.mark.django_db(transaction=True), pytest.mark.services, pytest.mark.xdist_group("worker")]


def asked(client: Client, meeting: Meeting, after: object = 0) -> Any:
    return client.get(reverse("meetings:events", args=[meeting.pk]), {"after": after})


# ---------------------------------------------------------------------------------------------- what is told
@DB
def test_everything_that_screens_show_is_told_in_order(
    client: Client, chair: User, coordinator: User, item: AgendaItem
) -> None:
    meeting = item.meeting
    services.show_item(by=chair, meeting=meeting, item=item)
    services.show_item(by=chair, meeting=meeting, item=item)
    services.join_meeting(by=chair, meeting=meeting)
    services.join_meeting(by=chair, meeting=meeting)
    services.record_decision(by=chair, item=item, expected_revision=0, outcome="surveillance")
    services.close_meeting(by=coordinator, meeting=meeting)
    client.force_login(chair)
    found = asked(client, meeting).json()
    assert [one["kind"] for one in found] == ["opened", "agenda", "shown", "attendance", "decided", "closed"]
    assert [one["id"] for one in found] == sorted(one["id"] for one in found)
    assert found[2]["case"] == "2026-001"
    assert found[2]["by"] == "Helen Castle"
    assert [one["kind"] for one in asked(client, meeting, found[3]["id"]).json()] == ["decided", "closed"]


@DB
def test_a_refused_change_is_not_told(coordinator: User, item: AgendaItem) -> None:
    before = RoomEvent.objects.count()
    for note in ("", "x" * 201):
        with pytest.raises(Exception, match="allowed"):
            services.defer_item(by=coordinator, item=item, note=note)
    assert RoomEvent.objects.count() == before


@DB
def test_of_a_case_of_another_centre_only_that_something_happened_is_told(
    client: Client, chair: User, person: Callable[..., User], item: AgendaItem
) -> None:
    south = Centre.objects.create(code="south", name="Southgate")
    stranger = person("sven", "member", centre=south, discipline="radiologist")
    services.show_item(by=chair, meeting=item.meeting, item=item)
    client.force_login(stranger)
    answer = asked(client, item.meeting)
    assert "2026-001" not in answer.content.decode()
    assert [(one["kind"], one["item"], one["case"]) for one in answer.json()][-1] == ("shown", None, "")


@DB
def test_who_is_signed_out_or_asks_for_nonsense_is_told_so(
    client: Client, chair: User, meeting: Meeting
) -> None:
    assert asked(client, meeting).status_code == 401
    assert client.get(reverse("meetings:stream", args=[meeting.pk])).status_code == 204
    client.force_login(chair)
    for nonsense in ("-1", "now", "1e3", "٣", "9" * 30):
        answer = asked(client, meeting, nonsense)
        assert answer.status_code == 400
        assert "allowed: the number of an event" in answer.json()["error"]
    assert client.get("/meetings/987654/events/").status_code == 404


@DB
def test_where_the_server_cannot_stream_it_says_so_at_once(
    client: Client, chair: User, meeting: Meeting
) -> None:
    client.force_login(chair)
    assert client.get(reverse("meetings:stream", args=[meeting.pk])).status_code == 204


# ------------------------------------------------------------------------------------------- without the broker
@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1)
    monkeypatch.setattr(live, "redis_client", lambda: dead)
    monkeypatch.setattr(presence, "redis_client", lambda: dead)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_redis")
def test_without_redis_the_work_goes_on_and_screens_that_ask_miss_nothing(
    client: Client, chair: User, item: AgendaItem
) -> None:
    services.show_item(by=chair, meeting=item.meeting, item=item)
    client.force_login(chair)
    assert asked(client, item.meeting).json()[-1]["kind"] == "shown"
    page = client.get(reverse("meetings:room", args=[item.meeting_id]))
    assert page.status_code == 200
    assert "who is here is not known" in page.content.decode()


def test_a_stream_without_redis_says_so_and_ends(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    async def everything() -> list[str]:
        return [part async for part in stream._follow(0, 0, 0)]

    assert asyncio.run(everything()) == ["event: unavailable\ndata: {}\n\n"]
    assert stream._streams.total() == 0


# --------------------------------------------------------------------------------------------------- presence
@pytest.mark.django_db(transaction=True)
def test_who_has_the_room_open_is_shown_until_their_last_screen_is_gone(
    client: Client, chair: User, oncologist: User, item: AgendaItem
) -> None:
    meeting = item.meeting_id
    for user, screen in ((oncologist, "a"), (oncologist, "b"), (chair, "c")):
        presence.note_screen(meeting, user.pk, screen)
    presence.forget_screen(meeting, oncologist.pk, "a")
    assert presence.people_here(meeting) == [chair, oncologist]
    client.force_login(chair)
    here = reverse("meetings:part", args=[meeting, item.pk, "here"])
    assert "Omar Reyes" in client.get(here, headers={"HX-Request": "true"}).content.decode()
    presence.forget_screen(meeting, oncologist.pk, "b")
    assert presence.people_here(meeting) == [chair]


@pytest.mark.django_db(transaction=True)
def test_a_screen_that_gives_no_sign_of_life_is_forgotten(
    chair: User, item: AgendaItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "SECONDS", -1.0)
    presence.note_screen(item.meeting_id, chair.pk, "a")
    assert presence.people_here(item.meeting_id) == []


# ---------------------------------------------------------------------------------------------- order of numbers
@pytest.mark.django_db(transaction=True)
def test_one_who_reads_while_others_write_never_skips_an_event(chair: User, meeting: Meeting) -> None:
    """A number that became visible after a higher one would be missed for good by who has seen the higher."""
    begin = live.last_event(meeting)

    def write() -> None:
        try:
            for _ in range(15):
                with transaction.atomic():
                    live.announce(meeting=meeting, kind="agenda", by=chair)
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT pg_sleep(random() * 0.01)")
        finally:
            connections.close_all()

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    seen: list[int] = []
    while any(writer.is_alive() for writer in writers):
        seen += [one["id"] for one in live.messages_after(meeting, chair, seen[-1] if seen else begin)]
    seen += [one["id"] for one in live.messages_after(meeting, chair, seen[-1] if seen else begin)]
    assert len(seen) == 45
    assert seen == list(RoomEvent.objects.filter(meeting=meeting, pk__gt=begin).values_list("pk", flat=True))


# ------------------------------------------------------------------------------------------------- a real stream
class Screen:
    """One who holds the stream; `next()` is the next message."""

    def __init__(
        self, web: Web, meeting: Meeting, user: User | None, headers: dict[str, str] | None = None
    ) -> None:
        url = f"{web.url}{reverse('meetings:stream', args=[meeting.pk])}"
        request = urllib.request.Request(url, headers=dict(headers or {}))
        if user is not None:
            cookie = session_of(user)
            request.add_header("Cookie", f"{cookie['name']}={cookie['value']}")
        self.answer = urllib.request.urlopen(request, timeout=60)
        self.lines: Iterator[bytes] = iter(self.answer)

    def begun(self) -> "Screen":
        """Wait until the subscription stands."""
        for line in self.lines:
            if line.startswith(b"retry:"):
                return self
        raise AssertionError("the stream has ended")

    def next(self) -> dict[str, Any]:
        for line in self.lines:
            if line.startswith(b"data: ") and line.strip() != b"data: {}":
                found: dict[str, Any] = json.loads(line[6:])
                return found
        raise AssertionError("the stream has ended")

    def close(self) -> None:
        self.answer.close()


@pytest.fixture
def screen(start_web: StartWeb) -> Iterator[Callable[..., Screen]]:
    web = start_web(1)
    with ExitStack() as stack:

        def make(*arguments: Any, **more: Any) -> Screen:
            made = Screen(web, *arguments, **more)
            stack.callback(made.close)
            return made

        yield make


class TestReal:
    pytestmark = REAL

    def test_a_screen_that_was_away_is_told_everything_it_missed_and_then_what_comes(
        self, screen: Callable[..., Screen], chair: User, item: AgendaItem
    ) -> None:
        seen = live.last_event(item.meeting)
        services.join_meeting(by=chair, meeting=item.meeting)
        away = screen(item.meeting, chair, headers={"Last-Event-ID": str(seen)})
        assert away.answer.headers["Content-Type"] == "text/event-stream"
        assert away.answer.headers["X-Accel-Buffering"] == "no"
        assert away.next()["kind"] == "attendance"
        fresh = screen(item.meeting, chair).begun()
        services.record_decision(by=chair, item=item, expected_revision=0, outcome="surveillance")
        assert away.next()["kind"] == fresh.next()["kind"] == "decided"

    def test_who_may_not_see_the_meeting_gets_no_stream(
        self, screen: Callable[..., Screen], person: Callable[..., User], meeting: Meeting, north: Centre
    ) -> None:
        meeting.centre = north
        meeting.save()
        stranger = person("sven", "member", centre=None)
        for user, status in ((None, 401), (stranger, 403)):
            with pytest.raises(urllib.error.HTTPError) as refused:
                screen(meeting, user)
            assert refused.value.code == status

    def test_one_who_loses_the_right_to_see_it_is_told_nothing_more(
        self, screen: Callable[..., Screen], oncologist: User, chair: User, item: AgendaItem
    ) -> None:
        follower = screen(item.meeting, oncologist).begun()
        oncologist.is_active = False
        oncologist.save()
        services.join_meeting(by=chair, meeting=item.meeting)
        with pytest.raises(AssertionError, match="has ended"):
            follower.next()

    def test_many_who_only_listen_hold_no_database_connection_and_leave_no_trace(
        self,
        screen: Callable[..., Screen],
        start_web: StartWeb,
        person: Callable[..., User],
        item: AgendaItem,
    ) -> None:
        people = [person(f"m{place}", "member", discipline="radiologist") for place in range(20)]
        followers = [screen(item.meeting, user).begun() for user in people]
        until(lambda: len(presence.people_here(item.meeting_id) or []) == 20, "everybody to be here")
        # The pool has 8 connections: if a stream held one, nobody could be told anything.
        services.join_meeting(by=people[0], meeting=item.meeting)
        assert {follower.next()["kind"] for follower in followers} == {"attendance"}
        for follower in followers:
            follower.close()
        until(lambda: presence.people_here(item.meeting_id) == [], "everybody to be gone")

    def test_one_person_cannot_take_all_streams(
        self, screen: Callable[..., Screen], chair: User, meeting: Meeting
    ) -> None:
        for _ in range(12):
            screen(meeting, chair).begun()
        with pytest.raises(urllib.error.HTTPError) as refused:
            screen(meeting, chair)
        assert refused.value.code == 503
