"""The room: next and previous, what is shown of a case, and a decision that is never lost or overwritten."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from meetings import services
from meetings.models import AgendaItem, BoardDecision, Meeting
from patients.models import RecordAccess, Staging
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = pytest.mark.django_db
NO_ELEMENTS = {"element-TOTAL_FORMS": "0", "element-INITIAL_FORMS": "0"}


@pytest.fixture
def as_chair(client: Client, chair: User) -> Client:
    client.force_login(chair)
    return client


def address(name: str, item: AgendaItem) -> str:
    return reverse(f"meetings:{name}", args=[item.meeting_id, item.pk])


def room(client: Client, item: AgendaItem) -> Any:
    return client.get(reverse("meetings:room", args=[item.meeting_id]), {"item": item.pk})


def typed(**more: str) -> dict[str, str]:
    return {"revision": "0", "outcome": "resection", "rationale": "Large remnant.", **NO_ELEMENTS, **more}


def test_next_and_previous_are_links_with_keys_and_work_without_script(
    as_chair: Client, coordinator: User, item: AgendaItem, make_case: Callable[..., Staging]
) -> None:
    second = services.add_to_agenda(by=coordinator, meeting=item.meeting, staging=make_case("2026-002"))
    first_page, second_page = room(as_chair, item).content.decode(), room(as_chair, second).content.decode()
    assert f'?item={second.pk}" data-key="n"' in first_page
    assert 'data-key="p"' not in first_page
    assert f'?item={item.pk}" data-key="p"' in second_page


def test_the_room_shows_two_identifiers_the_advice_and_notes_who_read_the_record(
    as_chair: Client, chair: User, item: AgendaItem
) -> None:
    services.open_advice(by=chair, item=item)
    page = room(as_chair, item)
    assert page.status_code == 200
    assert "14 definitions of resectability" in page.content.decode()
    assert "2026-001" in page.content.decode()
    assert RecordAccess.objects.filter(user=chair, patient=item.staging.patient).exists()


def test_a_case_on_its_way_or_still_a_draft_is_shown_as_such(
    as_chair: Client, coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    from patients.services import open_staging

    services.change_board_settings(
        by=coordinator, centre=None, advice_after_vote=False, confirm_without_discussion=False
    )
    queued = services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("C-1", assess=False))
    assert "on its way" in room(as_chair, queued).content.decode()
    draft = open_staging(by=coordinator, patient=queued.staging.patient, date=day(0), kind="restaging")
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=draft)
    assert "still a draft" in room(as_chair, item).content.decode()


def test_the_chair_records_a_decision_with_what_is_to_be_done(as_chair: Client, item: AgendaItem) -> None:
    answer = as_chair.post(
        address("decision", item),
        typed(
            **{
                "element-TOTAL_FORMS": "2",
                "element-0-kind": "work_up",
                "element-0-detail": "Gadoxetate MRI",
                "element-1-kind": "",
                "element-1-detail": "",
            }
        ),
        follow=True,
    )
    assert "is recorded" in answer.content.decode()
    decision = BoardDecision.objects.get()
    assert (decision.outcome, decision.rationale) == ("resection", "Large remnant.")
    assert decision.elements.get().detail == "Gadoxetate MRI"


def test_a_second_submit_of_the_same_form_overwrites_nothing_and_shows_both(
    as_chair: Client, person: Callable[..., User], item: AgendaItem
) -> None:
    other = person("rosa", "chair", first_name="Rosa", last_name="Diaz")
    services.record_decision(
        by=other, item=item, expected_revision=0, outcome="surveillance", rationale="Wait."
    )
    answer = as_chair.post(address("decision", item), typed(rationale="My words stay."))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Rosa Diaz saved a decision" in page
    assert "My words stay." in page
    assert BoardDecision.objects.get().outcome == "surveillance"
    again = as_chair.post(address("decision", item), typed(revision="1", rationale="My words stay."))
    assert again.status_code == 302
    assert BoardDecision.objects.get().rationale == "My words stay."


def test_a_meeting_closed_while_someone_types_keeps_the_text_and_says_who_closed_it(
    as_chair: Client, coordinator: User, item: AgendaItem
) -> None:
    services.close_meeting(by=coordinator, meeting=item.meeting)
    answer = as_chair.post(address("decision", item), typed(rationale="Typed for ten minutes."))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "was closed by Joan Farrow" in page
    assert "Typed for ten minutes." in page
    assert not BoardDecision.objects.exists()


def test_a_deviation_asks_for_its_reason_beside_the_input_and_keeps_the_rest(
    as_chair: Client, coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("C-1", UNRESECTABLE))
    answer = as_chair.post(address("decision", item), typed())
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This outcome deviates from the advice. A reason is needed." in page
    select = page[page.index('<select name="deviation_reason"') :].partition(">")[0]
    assert "data-focus" in select, "one goes on where the reason is given"
    assert 'class="error-summary"' not in page, "said once, beside the input"
    assert "Large remnant." in page
    assert as_chair.post(address("decision", item), typed(deviation_reason="wish")).status_code == 302


def test_a_wrong_date_of_an_element_is_named_and_the_rest_stays(as_chair: Client, item: AgendaItem) -> None:
    rows = {"element-TOTAL_FORMS": "1", "element-0-kind": "systemic", "element-0-detail": "FOLFOX"}
    answer = as_chair.post(address("decision", item), typed(**rows, **{"element-0-cycle_length_days": "99"}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "FOLFOX" in page
    assert not BoardDecision.objects.exists()


def test_whether_an_outcome_follows_the_advice_is_told_while_choosing(
    as_chair: Client, chair: User, item: AgendaItem
) -> None:
    answer = as_chair.get(
        address("decision", item), {"outcome": "supportive"}, headers={"HX-Request": "true"}
    )
    assert "The advice is closed" in answer.content.decode()
    services.open_advice(by=chair, item=item)
    answer = as_chair.get(
        address("decision", item), {"outcome": "supportive"}, headers={"HX-Request": "true"}
    )
    assert "no comparison" in answer.content.decode()
    assert as_chair.get(address("decision", item)).status_code == 302


def test_others_read_the_decision_and_have_no_form(client: Client, viewer: User, item: AgendaItem) -> None:
    client.force_login(viewer)
    page = room(client, item).content.decode()
    assert "The chair records the decision" in page
    assert "id_outcome" not in page
    assert client.post(address("decision", item), typed()).status_code == 403


def test_a_case_is_deferred_with_a_reason_and_shown_on_the_wall(as_chair: Client, item: AgendaItem) -> None:
    shown = as_chair.post(address("show", item), follow=True)
    assert "Show to the room" not in shown.content.decode()
    item.meeting.refresh_from_db()
    assert item.meeting.current_item == item
    wall = reverse("meetings:wall", args=[item.meeting_id])
    page = as_chair.get(wall).content.decode()
    assert "2026-001" in page
    state = page.split("shown=")[1].split('"')[0]
    assert as_chair.get(wall, {"shown": state}, headers={"HX-Request": "true"}).status_code == 204
    as_chair.post(address("defer", item), {"note": "Scan not read"})
    item.refresh_from_db()
    assert (item.state, item.state_note) == ("deferred", "Scan not read")


def test_the_wall_shows_the_decision_and_when_it_is_signed(
    as_chair: Client, chair: User, item: AgendaItem
) -> None:
    services.open_advice(by=chair, item=item)
    wall = reverse("meetings:wall", args=[item.meeting_id])
    row = {"kind": "surgery", "detail": "Right hepatectomy", "responsible": "Liver surgery"}

    def again(page: str) -> str:
        """The wall as it is then, for a screen that shows `page`."""
        state = page.split("shown=")[1].split('"')[0]
        answer = as_chair.get(wall, {"shown": state}, headers={"HX-Request": "true"})
        assert answer.status_code == 200, "what has changed is sent"
        return answer.content.decode()

    page = as_chair.get(wall).content.decode()
    assert "Decided" not in page
    decided = services.record_decision(
        by=chair, item=item, expected_revision=0, outcome="resection", elements=[row]
    )
    page = again(page)
    assert "Decided, not signed yet" in page
    assert "Resection now" in page
    assert "Right hepatectomy" in page
    services.sign_decision(by=chair, decision=decided, expected_revision=1)
    assert "not signed yet" not in again(page)


def test_the_case_page_says_what_the_last_board_said(
    as_chair: Client, chair: User, item: AgendaItem, make_case: Callable[..., Staging]
) -> None:
    services.record_decision(
        by=chair, item=item, expected_revision=0, outcome="surveillance", rationale="Watch."
    )
    later = make_case("2026-001", date=day(-1))
    page = as_chair.get(reverse("meetings:last-decision", args=[later.pk]))
    assert "Watch." in page.content.decode()


def test_an_agenda_without_cases_leads_back_to_it(as_chair: Client, meeting: Meeting) -> None:
    page = as_chair.get(reverse("meetings:room", args=[meeting.pk]))
    assert "No case is on this agenda yet" in page.content.decode()
