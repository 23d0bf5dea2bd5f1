"""Blind votes: who may vote and when, what is hidden until the reveal, what is shown after it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from meetings import services
from meetings.models import AgendaItem, BoardSettings, Meeting, RoomEvent, Vote, VoteRound
from meetings.selectors import open_votes_for
from meetings.voting import QUESTIONS, advice_is_open, agreement, alpha_of, is_split, round_state
from patients.models import Staging
from tests.meetings.conftest import UNRESECTABLE

pytestmark = pytest.mark.django_db


@pytest.fixture
def surgeon(person: Callable[..., User]) -> User:
    return person("marek", "member", first_name="Marek", last_name="Osei", discipline="colorectal_surgeon")


@pytest.fixture
def round(chair: User, item: AgendaItem) -> VoteRound:
    return services.open_vote(by=chair, item=item, question="resectable")


def attend(coordinator: User, meeting: Meeting, *people: User) -> None:
    for person in people:
        services.record_attendance(by=coordinator, meeting=meeting, user=person)


def kinds(meeting: Meeting) -> list[str]:
    return list(RoomEvent.objects.filter(meeting=meeting).values_list("kind", flat=True))


# ------------------------------------------------------------------------------------------------- who and when
def test_a_vote_may_be_changed_until_the_reveal_and_the_same_vote_twice_is_fine(
    oncologist: User, round: VoteRound
) -> None:
    services.cast_vote(by=oncologist, round=round, choice="yes")
    services.cast_vote(by=oncologist, round=round, choice="yes")
    services.cast_vote(by=oncologist, round=round, choice="no")
    assert [vote.choice for vote in Vote.objects.all()] == ["no"]
    assert kinds(round.item.meeting).count("voted") == 1, "that somebody thought again would be a hint"


def test_a_vote_after_the_reveal_does_not_count_and_is_told_who_revealed_and_when(
    chair: User, oncologist: User, round: VoteRound
) -> None:
    services.cast_vote(by=oncologist, round=round, choice="yes")
    services.reveal_vote(by=chair, round=round)
    for voter in (oncologist, chair):
        with pytest.raises(ValidationError, match=r"revealed at \d\d:\d\d by Helen Castle.*does not count"):
            services.cast_vote(by=voter, round=round, choice="no")
    assert [vote.choice for vote in Vote.objects.all()] == ["yes"]


def test_a_reveal_twice_changes_nothing(chair: User, oncologist: User, round: VoteRound) -> None:
    services.cast_vote(by=oncologist, round=round, choice="yes")
    first = services.reveal_vote(by=chair, round=round)
    assert services.reveal_vote(by=chair, round=round).revealed_at == first.revealed_at
    assert kinds(round.item.meeting).count("revealed") == 1


def test_votes_reveal_themselves_when_everybody_present_has_voted_and_not_before(
    chair: User, coordinator: User, oncologist: User, surgeon: User, round: VoteRound
) -> None:
    attend(coordinator, round.item.meeting, oncologist, surgeon, coordinator)
    services.cast_vote(by=chair, round=round, choice="yes")
    services.cast_vote(by=oncologist, round=round, choice="yes")
    round.refresh_from_db()
    assert round.revealed_at is None, "a present member has not voted"
    services.cast_vote(by=surgeon, round=round, choice="borderline")
    round.refresh_from_db()
    assert round.revealed_at is not None
    assert round.revealed_by is None


def test_one_who_is_alone_in_the_room_reveals_nothing_by_voting(
    coordinator: User, oncologist: User, round: VoteRound
) -> None:
    attend(coordinator, round.item.meeting, oncologist)
    services.cast_vote(by=oncologist, round=round, choice="yes")
    round.refresh_from_db()
    assert round.revealed_at is None


def test_those_without_a_discipline_or_the_role_do_not_vote(
    coordinator: User, viewer: User, person: Callable[..., User], round: VoteRound
) -> None:
    stranger = person("sven", "member", centre=None, discipline="radiologist")
    for somebody in (coordinator, viewer, stranger):
        with pytest.raises(PermissionDenied):
            services.cast_vote(by=somebody, round=round, choice="yes")
    with pytest.raises(PermissionDenied):
        services.reveal_vote(by=coordinator, round=round)
    with pytest.raises(PermissionDenied):
        services.open_vote(by=viewer, item=round.item, question="timing")


@pytest.mark.parametrize("how", ["withdrawn", "deferred"])
def test_the_vote_on_a_case_that_is_over_closes_and_stays_hidden(
    how: str, chair: User, coordinator: User, oncologist: User, round: VoteRound
) -> None:
    services.cast_vote(by=oncologist, round=round, choice="yes")
    if how == "withdrawn":
        services.remove_from_agenda(by=coordinator, item=round.item, note="Scan not read")
    else:
        services.defer_item(by=coordinator, item=round.item, note="Scan not read")
    with pytest.raises(ValidationError, match="Scan not read"):
        services.cast_vote(by=oncologist, round=round, choice="no")
    with pytest.raises(ValidationError, match="stays hidden"):
        services.reveal_vote(by=chair, round=round)
    round.refresh_from_db()
    state = round_state(round, chair)
    assert state.closed_because
    assert state.answers == []


def test_a_choice_or_a_question_that_does_not_exist_is_named_with_what_is_allowed(
    chair: User, oncologist: User, round: VoteRound
) -> None:
    with pytest.raises(
        ValidationError, match="'maybe' is not allowed; allowed: one of yes, borderline, no, cannot_say"
    ):
        services.cast_vote(by=oncologist, round=round, choice="maybe")
    with pytest.raises(ValidationError, match="allowed: one of resectable, strategy, timing"):
        services.open_vote(by=chair, item=round.item, question="colour")
    assert services.open_vote(by=chair, item=round.item, question="resectable") == round
    with pytest.raises(ValidationError, match="Nobody has voted yet"):
        services.reveal_vote(by=chair, round=round)


# ------------------------------------------------------------------------------------------ before the meeting
@pytest.fixture
def planned(coordinator: User, make_case: Callable[..., Staging]) -> AgendaItem:
    meeting = services.create_meeting(
        by=coordinator, title="Next board", starts_at=timezone.now() + timezone.timedelta(days=2)
    )
    return services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("2026-031"))


def test_members_are_asked_before_the_meeting_and_reminded_on_their_home_page(
    client: Client, chair: User, coordinator: User, oncologist: User, viewer: User, planned: AgendaItem
) -> None:
    round = services.open_vote(by=coordinator, item=planned, question="strategy", before_meeting=True)
    assert [row.pk for row in open_votes_for(oncologist)] == [round.pk]
    assert open_votes_for(viewer) == open_votes_for(coordinator) == []
    client.force_login(oncologist)
    page = client.get(reverse("meetings:home")).content.decode()
    assert "Your vote before the meeting" in page
    assert f"?item={planned.pk}&amp;question=strategy" in page
    services.cast_vote(by=oncologist, round=round, choice="resection")
    assert open_votes_for(oncologist) == []
    assert "Your vote before the meeting" not in client.get(reverse("meetings:home")).content.decode()


def test_votes_before_the_meeting_are_revealed_in_it_and_never_by_the_last_vote(
    chair: User, coordinator: User, oncologist: User, planned: AgendaItem
) -> None:
    with pytest.raises(ValidationError, match="not open yet"):
        services.open_vote(by=chair, item=planned, question="timing")
    round = services.open_vote(by=chair, item=planned, question="timing", before_meeting=True)
    attend(coordinator, planned.meeting, chair, oncologist)
    for voter in (chair, oncologist):
        services.cast_vote(by=voter, round=round, choice="now")
    round.refresh_from_db()
    assert round.revealed_at is None
    with pytest.raises(ValidationError, match="revealed in the meeting"):
        services.reveal_vote(by=chair, round=round)
    services.open_meeting(by=coordinator, meeting=planned.meeting)
    services.reveal_vote(by=chair, round=VoteRound.objects.get())


def test_votes_before_the_meeting_are_revealed_when_the_room_looks_at_the_case_and_all_present_have_voted(
    chair: User, coordinator: User, oncologist: User, surgeon: User, planned: AgendaItem,
    make_case: Callable[..., Staging],
) -> None:  # fmt: skip
    meeting = planned.meeting
    first = services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("2026-032"))
    services.move_item(by=coordinator, item=first, position=1)
    round = services.open_vote(by=chair, item=planned, question="timing", before_meeting=True)
    services.cast_vote(by=chair, round=round, choice="now")
    services.open_meeting(by=coordinator, meeting=meeting)
    attend(coordinator, meeting, chair, oncologist)
    meeting.refresh_from_db()
    # The last vote comes in while the room looks at another case: it stays hidden.
    services.cast_vote(by=oncologist, round=round, choice="never")
    round.refresh_from_db()
    assert round.revealed_at is None
    services.show_item(by=chair, meeting=meeting, item=planned)
    round.refresh_from_db()
    assert (round.revealed_at is not None, round.revealed_by) == (True, None)


def test_showing_a_case_reveals_nothing_while_one_who_is_present_has_not_voted(
    chair: User, coordinator: User, oncologist: User, surgeon: User, planned: AgendaItem
) -> None:
    round = services.open_vote(by=chair, item=planned, question="timing", before_meeting=True)
    for voter in (chair, oncologist):
        services.cast_vote(by=voter, round=round, choice="now")
    services.open_meeting(by=coordinator, meeting=planned.meeting)
    attend(coordinator, planned.meeting, chair, oncologist, surgeon)
    services.show_item(by=chair, meeting=planned.meeting, item=planned)
    round.refresh_from_db()
    assert round.revealed_at is None
    services.cast_vote(by=surgeon, round=round, choice="now")
    round.refresh_from_db()
    assert round.revealed_at is not None, "the last one present votes while the case is shown"


def test_a_case_that_was_voted_on_before_the_meeting_is_not_deleted_with_its_votes(
    coordinator: User, oncologist: User, planned: AgendaItem
) -> None:
    round = services.open_vote(by=coordinator, item=planned, question="timing", before_meeting=True)
    services.cast_vote(by=oncologist, round=round, choice="now")
    services.remove_from_agenda(by=coordinator, item=planned, note="Wrong patient")
    planned.refresh_from_db()
    assert planned.state == "withdrawn"
    assert Vote.objects.count() == 1


# ------------------------------------------------------------------------------------------------ blind is blind
PLACES = (
    "room",
    "votes",
    "advice",
    "here",
    "rail",
    "decision",
    "wall",
    "events",
    "detail",
    "home",
    "history",
    "api",
)


def _addresses(item: AgendaItem, after: int) -> Iterator[tuple[str, str, dict[str, str]]]:
    meeting, patient = item.meeting_id, item.staging.patient_id
    for name in PLACES[1:6]:
        yield name, reverse("meetings:part", args=[meeting, item.pk, name]), {"HX-Request": "true"}
    yield "room", reverse("meetings:room", args=[meeting]) + f"?item={item.pk}", {}
    yield "wall", reverse("meetings:wall", args=[meeting]), {}
    yield "events", reverse("meetings:events", args=[meeting]) + f"?after={after}", {}
    yield "detail", reverse("meetings:detail", args=[meeting]), {}
    yield "home", reverse("meetings:home"), {}
    yield "history", f"/patients/{patient}/history/", {}
    yield "api", "/api/cases/", {}


def _seen(client: Client, reader: User, item: AgendaItem) -> dict[str, str]:
    """What a reader is given, without what changes by itself."""
    import re

    client.force_login(reader)
    pages = {}
    for name, url, headers in _addresses(item, 0):
        text = client.get(url, headers=headers).content.decode()
        text = re.sub(r'csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken": "[^"]*"|\d\d:\d\d(:\d\d)?', "", text)
        pages[name] = text
    return pages


def test_no_page_event_or_answer_differs_by_what_somebody_else_voted(
    client: Client,
    chair: User,
    coordinator: User,
    oncologist: User,
    viewer: User,
    surgeon: User,
    round: VoteRound,
) -> None:
    """The strongest blindness: before the reveal, a changed vote changes nothing that another may read."""
    attend(coordinator, round.item.meeting, chair, oncologist, surgeon)
    services.cast_vote(by=oncologist, round=round, choice="yes")
    readers = (chair, surgeon, viewer, coordinator)
    for reader in readers:
        _seen(client, reader, round.item)  # the first look writes who read the record
    before = {reader.username: _seen(client, reader, round.item) for reader in readers}
    services.cast_vote(by=oncologist, round=round, choice="borderline")
    after = {reader.username: _seen(client, reader, round.item) for reader in readers}
    for name in before:
        for place in before[name]:
            if place != "history":  # it lists each reading, this one too
                assert before[name][place] == after[name][place], (name, place)
            assert "borderline" not in after[name]["events"]
    assert "Omar Reyes" in after["marek"]["votes"], "who has voted is seen"
    assert "Omar Reyes" in before["marek"]["events"]


def test_the_history_of_the_record_and_the_events_say_nothing_of_votes(
    client: Client, chair: User, oncologist: User, round: VoteRound
) -> None:
    services.cast_vote(by=oncologist, round=round, choice="borderline")
    client.force_login(chair)
    for name, url, headers in _addresses(round.item, 0):
        if name in ("history", "events", "api", "detail", "home"):
            page = client.get(url, headers=headers).content.decode().lower()
            assert '"borderline"' not in page
            assert ">borderline<" not in page, name
    for event in RoomEvent.objects.all():
        assert "choice" not in event.details
        assert "borderline" not in str(event.details)


def test_ones_own_vote_is_shown_to_oneself_only(
    client: Client, oncologist: User, chair: User, round: VoteRound
) -> None:
    services.cast_vote(by=oncologist, round=round, choice="borderline")
    assert round_state(round, oncologist).mine_label == "Borderline"
    assert round_state(round, chair).mine == ""


def test_after_the_reveal_everybody_sees_who_chose_what_and_a_split_is_marked(
    client: Client, chair: User, oncologist: User, viewer: User, round: VoteRound
) -> None:
    services.cast_vote(by=oncologist, round=round, choice="yes")
    services.cast_vote(by=chair, round=round, choice="borderline")
    services.reveal_vote(by=chair, round=round)
    client.force_login(viewer)
    page = client.get(reverse("meetings:room", args=[round.item.meeting_id])).content.decode()
    assert "split, to be discussed" in page
    assert "Omar Reyes, medical oncology" in page
    assert "No two say the same." in page
    assert "The advice classes the liver as resectable; 1 of 2 judged it so." in page


def test_a_revealed_strategy_stands_beside_the_advice(
    chair: User, oncologist: User, coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("C-9", UNRESECTABLE))
    round = services.open_vote(by=chair, item=item, question="strategy")
    services.cast_vote(by=oncologist, round=round, choice="resection")
    services.cast_vote(by=chair, round=round, choice="supportive")
    services.reveal_vote(by=chair, round=round)
    round = VoteRound.objects.get()
    result = item.staging.versions.get().assessments.get().result
    said = {answer.label: answer.comparison for answer in round_state(round, chair, result).answers}
    assert said == {"Resect now": "deviates", "Best supportive care": "no_comparison"}


# ---------------------------------------------------------------------------------- the advice after the vote
def room(client: Client, item: AgendaItem) -> str:
    return client.get(reverse("meetings:room", args=[item.meeting_id]), {"item": item.pk}).content.decode()


def test_the_advice_is_not_even_sent_before_the_first_reveal(
    client: Client, chair: User, oncologist: User, round: VoteRound
) -> None:
    client.force_login(oncologist)
    wall = reverse("meetings:wall", args=[round.item.meeting_id])
    for page in (room(client, round.item), client.get(wall).content.decode()):
        assert "14 definitions" not in page
        assert "verdict-strip" not in page
    outcome = reverse("meetings:decision", args=[round.item.meeting_id, round.item_id])
    asked = client.get(outcome, {"outcome": "resection"}, headers={"HX-Request": "true"}).content.decode()
    assert "The advice is closed" in asked
    services.cast_vote(by=oncologist, round=round, choice="yes")
    services.reveal_vote(by=chair, round=round)
    assert "14 definitions of resectability" in room(client, round.item)
    assert "verdict-strip" in client.get(wall).content.decode()


def test_the_chair_opens_the_advice_without_a_vote_and_the_room_keeps_who_did(
    client: Client, chair: User, oncologist: User, item: AgendaItem
) -> None:
    client.force_login(oncologist)
    address = reverse("meetings:open_advice", args=[item.meeting_id, item.pk])
    assert client.post(address).status_code == 403
    client.force_login(chair)
    assert "Open it without a vote" in room(client, item)
    client.post(address)
    client.post(address)
    assert "14 definitions of resectability" in room(client, item)
    event = RoomEvent.objects.get(item=item, kind="advice", details__opened=True)
    assert event.by == chair


def test_a_board_may_choose_to_see_the_advice_first(
    client: Client, coordinator: User, viewer: User, item: AgendaItem
) -> None:
    assert not advice_is_open(item)
    client.force_login(coordinator)
    page = client.get(reverse("meetings:settings"))
    assert page.status_code == 200
    client.post(reverse("meetings:settings"), {"centre": ""})
    assert BoardSettings.objects.get(centre=None).advice_after_vote is False
    assert advice_is_open(item)
    refused = client.post(reverse("meetings:settings"), {"centre": "999"})
    assert refused.status_code == 422
    assert "allowed: one of your centres" in refused.content.decode()
    client.force_login(viewer)
    assert client.get(reverse("meetings:settings")).status_code == 403


# ------------------------------------------------------------------------------------------------ by the page
def test_voting_works_without_script_and_a_late_vote_is_answered_in_words(
    client: Client, chair: User, oncologist: User, round: VoteRound
) -> None:
    client.force_login(oncologist)
    cast = reverse("meetings:cast", args=[round.item.meeting_id, round.pk])
    page = client.post(cast, {"choice": "yes"}, follow=True).content.decode()
    assert "yours: <b>Resectable</b>" in page
    services.reveal_vote(by=chair, round=round)
    late = client.post(cast, {"choice": "no"}, headers={"HX-Request": "true"})
    assert late.status_code == 422
    assert "does not count" in late.content.decode()
    assert client.post(cast, {"choice": "no"}, follow=True).status_code == 200
    assert Vote.objects.get().choice == "yes"


def test_the_keys_go_to_the_next_question_when_one_is_answered(
    client: Client, chair: User, oncologist: User, round: VoteRound
) -> None:
    services.open_vote(by=chair, item=round.item, question="timing")
    client.force_login(oncologist)
    assert 'value="borderline" data-key="2"' in room(client, round.item).replace("\n", "")
    services.cast_vote(by=oncologist, round=round, choice="yes")
    page = room(client, round.item)
    assert 'value="after_therapy" data-key="2"' in page
    assert 'data-key-label="Vote: Borderline"' not in page


# -------------------------------------------------------------------------------------------------- agreement
def rounds_of(chair: User, item: AgendaItem, question: str, votes: dict[User, str]) -> VoteRound:
    round = services.open_vote(by=chair, item=item, question=question)
    for voter, choice in votes.items():
        services.cast_vote(by=voter, round=round, choice=choice)
    return services.reveal_vote(by=chair, round=round)


def test_agreement_is_told_for_each_question_with_how_many_cases_and_people(
    chair: User, oncologist: User, surgeon: User, coordinator: User, meeting: Meeting, make_case: Any
) -> None:
    answers = [("yes", "yes", "no"), ("no", "no", "no"), ("yes", "cannot_say", "cannot_say")]
    for place, choices in enumerate(answers):
        item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case(f"K-{place}"))
        rounds_of(chair, item, "resectable", dict(zip((chair, oncologist, surgeon), choices, strict=True)))
    services.open_vote(by=chair, item=item, question="timing")
    [found] = agreement(VoteRound.objects.all())
    assert (found.question.code, found.rounds, found.raters) == ("resectable", 2, 3)
    # By hand: of 6 pairable answers 2 yes and 4 no; observed disagreement 2/6, expected 16/30.
    assert found.alpha == pytest.approx(1 - (2 / 6) / (16 / 30))


def test_agreement_that_cannot_be_computed_is_none() -> None:
    assert alpha_of([]) is None
    assert alpha_of([{1: "yes"}, {2: "no"}]) is None, "nobody judged the same case as somebody else"
    assert alpha_of([{1: "yes", 2: "yes"}, {1: "yes", 2: "yes"}]) is None, "one answer only"
    assert alpha_of([{1: "yes", 2: "yes"}, {1: "no", 2: "no"}]) == pytest.approx(1.0)


units = st.lists(
    st.lists(st.sampled_from("abc"), max_size=4).map(lambda given: dict(enumerate(given))), max_size=5
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(units)
def test_alpha_is_one_exactly_when_nobody_differs_and_does_not_depend_on_order(
    cases: list[dict[int, str]],
) -> None:
    found = alpha_of(cases)
    assert (
        found == pytest.approx(alpha_of(cases[::-1])) if found is not None else alpha_of(cases[::-1]) is None
    )
    if found is not None:
        differ = any(len(set(case.values())) > 1 for case in cases)
        assert found <= 1.0 + 1e-9
        assert (found == pytest.approx(1.0)) is not differ


@given(st.lists(st.sampled_from([choice.code for choice in QUESTIONS["timing"].choices])))
def test_a_split_is_two_different_judgements(choices: list[str]) -> None:
    assert is_split(choices) is (len({code for code in choices if code != "cannot_say"}) >= 2)


def test_every_question_has_choices_with_keys_of_their_own() -> None:
    assert set(QUESTIONS) == set(VoteRound.Question.values)
    for question in QUESTIONS.values():
        keys = [choice.key for choice in question.choices]
        assert len(keys) == len(set(keys))
        assert all(len(choice.code) <= 20 for choice in question.choices)
    from meetings.models import BoardDecision

    assert {choice.code for choice in QUESTIONS["strategy"].choices} == {
        *BoardDecision.Outcome.values,
        "cannot_say",
    }
