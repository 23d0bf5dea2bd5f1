"""Documents: drafted when a meeting closes, kept, corrected by the next version, released by a named clinician."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Centre, User
from meetings import services
from meetings.documents import released_documents_of, undrafted_meetings
from meetings.models import (
    AgendaItem,
    BoardDecision,
    BoardDocument,
    DecisionAddendum,
    Meeting,
    Vote,
    VoteRound,
)
from meetings.papers.printing import PrintError
from meetings.tasks import draft_meeting_documents, sweep_documents
from meetings.views import documents as views
from patients.models import RecordAccess, Staging
from tests.meetings.conftest import UNRESECTABLE

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(chair: User, coordinator: User, item: AgendaItem, make_case: Callable[..., Staging]) -> Meeting:
    """A closed meeting: one case decided, one deferred."""
    services.add_to_agenda(by=coordinator, meeting=item.meeting, staging=make_case("2026-002", UNRESECTABLE))
    services.record_decision(
        by=chair, item=item, expected_revision=0, outcome="resection", rationale="Two lesions.",
        elements=[{"kind": "surgery", "detail": "Right hepatectomy", "responsible": "Liver surgery"}],
    )  # fmt: skip
    return services.close_meeting(by=chair, meeting=item.meeting)


@pytest.fixture
def drafts(closed: Meeting, chair: User) -> dict[tuple[str, str], BoardDocument]:
    """The drafts by kind and case number ('' for the minutes)."""
    return by_case(services.draft_documents(by=chair, meeting=closed))


def by_case(documents: list[BoardDocument]) -> dict[tuple[str, str], BoardDocument]:
    return {
        (document.kind, document.item.staging.patient.case_id if document.item else ""): document
        for document in documents
    }


def add(by: User, text: str = "Operation on 3 May.") -> DecisionAddendum:
    return DecisionAddendum.objects.create(decision=BoardDecision.objects.get(), text=text, by=by)


def test_a_closed_meeting_has_minutes_and_two_papers_for_each_case(
    drafts: dict[tuple[str, str], BoardDocument],
) -> None:
    assert set(drafts) == {
        ("minutes", ""), ("letter", "2026-001"), ("summary", "2026-001"), ("letter", "2026-002"),
        ("summary", "2026-002"),
    }  # fmt: skip
    assert all(draft.released_at is None and draft.version == 1 for draft in drafts.values())


def test_a_case_taken_off_the_agenda_gets_no_letter(chair: User, item: AgendaItem) -> None:
    services.remove_from_agenda(by=chair, item=item, note="Patient moved away")
    services.close_meeting(by=chair, meeting=item.meeting)
    written = services.draft_documents(by=chair, meeting=item.meeting)
    assert [document.kind for document in written] == ["minutes"]
    assert "Patient moved away" in str(written[0].contents)


def test_minutes_count_revealed_votes_only_and_name_nobody(
    closed: Meeting, chair: User, oncologist: User, item: AgendaItem
) -> None:
    for question, revealed in (("resectable", timezone.now()), ("timing", None)):
        asked = VoteRound.objects.create(item=item, question=question, opened_by=chair, revealed_at=revealed)
        for voter, choice in ((chair, "yes"), (oncologist, "no")):
            Vote.objects.create(round=asked, voter=voter, choice=choice)
    minutes = by_case(services.draft_documents(by=chair, meeting=closed))["minutes", ""]
    said = str(minutes.contents)
    assert "Is the liver disease resectable? Not resectable 1, Resectable 1; the votes were split." in said
    assert "When to operate?" not in said
    assert "Omar" not in said


def test_closing_queues_the_drafts_once_it_is_committed(
    chair: User, item: AgendaItem, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(draft_meeting_documents, "delay", lambda *given: sent.append(given))
    with django_capture_on_commit_callbacks(execute=True):
        services.close_meeting(by=chair, meeting=item.meeting)
    assert sent == [(item.meeting_id, chair.pk)]
    assert draft_meeting_documents(*sent[0]) == 3
    assert draft_meeting_documents(*sent[0]) == 0


def test_a_broker_that_is_away_loses_no_draft(
    chair: User, item: AgendaItem, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def away(*given: Any) -> None:
        raise OSError("connection refused")

    monkeypatch.setattr(draft_meeting_documents, "delay", away)
    with django_capture_on_commit_callbacks(execute=True):
        services.close_meeting(by=chair, meeting=item.meeting)
    assert BoardDocument.objects.count() == 3


def test_the_sweep_drafts_what_a_lost_task_left_and_then_rests(closed: Meeting) -> None:
    assert undrafted_meetings() == [closed]
    assert sweep_documents() == 1
    assert BoardDocument.objects.count() == 5
    assert sweep_documents() == 0


def test_an_open_meeting_is_not_drafted(chair: User, meeting: Meeting) -> None:
    with pytest.raises(ValidationError, match="not closed yet"):
        services.draft_documents(by=chair, meeting=meeting)


def test_drafting_again_changes_nothing_while_nothing_changed(
    drafts: dict[tuple[str, str], BoardDocument], chair: User, closed: Meeting
) -> None:
    before = list(BoardDocument.objects.values_list("pk", "drafted_at", "contents"))
    assert services.draft_documents(by=chair, meeting=closed) == []
    assert list(BoardDocument.objects.values_list("pk", "drafted_at", "contents")) == before


def test_a_draft_follows_an_addendum_and_keeps_what_a_clinician_wrote(
    drafts: dict[tuple[str, str], BoardDocument], chair: User, closed: Meeting
) -> None:
    letter = drafts["letter", "2026-001"]
    services.edit_document(by=chair, document=letter, expected_revision=1, texts={"closing": "Call me."})
    add(chair)
    written = by_case(services.draft_documents(by=chair, meeting=closed))
    assert set(written) == {("minutes", ""), ("letter", "2026-001"), ("summary", "2026-001")}
    letter.refresh_from_db()
    assert (letter.version, letter.contents["edits"]["closing"]["text"]) == (1, "Call me.")
    assert "Operation on 3 May." in str(letter.contents["composed"])


def test_after_the_release_an_addendum_makes_a_next_version_that_says_what_changed(
    drafts: dict[tuple[str, str], BoardDocument], chair: User, closed: Meeting
) -> None:
    letter = services.release_document(by=chair, document=drafts["letter", "2026-001"])
    kept = letter.contents
    add(chair)
    following = by_case(services.draft_documents(by=chair, meeting=closed))["letter", "2026-001"]
    assert (following.version, following.released_at) == (2, None)
    assert any("Operation on 3 May." in change for change in following.contents["changes"])
    letter.refresh_from_db()
    assert letter.contents == kept
    add(chair, "On 4 May rather.")
    again = by_case(services.draft_documents(by=chair, meeting=closed))["letter", "2026-001"]
    assert (again.pk, again.version) == (following.pk, 2)
    assert any("On 4 May rather." in change for change in again.contents["changes"])


def test_an_addendum_after_the_meeting_has_the_documents_drafted(
    closed: Meeting, chair: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(draft_meeting_documents, "delay", lambda *given: sent.append(given))
    with django_capture_on_commit_callbacks(execute=True):
        add(chair)
    assert sent == [(closed.pk, chair.pk)]


# ---------------------------------------------------------------------------------------------- edit and release
def test_a_release_names_the_clinician_and_is_final(
    drafts: dict[tuple[str, str], BoardDocument], chair: User, oncologist: User
) -> None:
    letter = services.release_document(
        by=oncologist, document=drafts["letter", "2026-001"], expected_revision=1
    )
    assert letter.released_by == oncologist
    assert letter.contents["signature"].startswith("Omar Reyes, Medical oncology, ")
    with pytest.raises(ValidationError, match="was released by Omar Reyes"):
        services.release_document(by=chair, document=letter)
    with pytest.raises(ValidationError, match="never changes"):
        services.edit_document(by=chair, document=letter, expected_revision=1, texts={"closing": "x"})


def test_only_a_member_or_chair_with_a_discipline_releases(
    drafts: dict[tuple[str, str], BoardDocument], coordinator: User, viewer: User, person: Callable[..., User]
) -> None:
    nobody = person("nils", "member")
    nurse = person("rita", "coordinator", discipline="radiologist")
    root = person("root", is_superuser=True)
    for user in (coordinator, viewer, nobody, nurse, root):
        with pytest.raises(PermissionDenied, match="with a discipline"):
            services.release_document(by=user, document=drafts["letter", "2026-001"])
    assert not BoardDocument.objects.exclude(released_at=None).exists()


def test_a_clinician_of_another_centre_neither_reads_nor_releases(
    drafts: dict[tuple[str, str], BoardDocument], person: Callable[..., User], client: Client
) -> None:
    south = Centre.objects.create(code="south", name="Southwell")
    stranger = person("sven", "member", centre=south, discipline="hpb_surgeon")
    for key in (("letter", "2026-001"), ("minutes", "")):
        with pytest.raises(PermissionDenied):
            services.release_document(by=stranger, document=drafts[key])
    client.force_login(stranger)
    assert client.get(reverse("meetings:document", args=[drafts["letter", "2026-001"].pk])).status_code == 403
    minutes = client.get(reverse("meetings:document", args=[drafts["minutes", ""].pk]))
    assert minutes.status_code == 200
    assert b"2026-001" not in minutes.content
    assert "2 cases of centres that you do not see" in minutes.content.decode().replace("\u00a0", " ")
    text = client.get(reverse("meetings:document_text", args=[drafts["minutes", ""].pk])).content.decode()
    assert "2026-001" not in text
    assert not RecordAccess.objects.filter(user=stranger).exists()


def test_two_people_editing_lose_nothing(
    drafts: dict[tuple[str, str], BoardDocument], chair: User, coordinator: User
) -> None:
    letter = drafts["letter", "2026-001"]
    services.edit_document(by=chair, document=letter, expected_revision=1, texts={"closing": "First."})
    with pytest.raises(services.StaleDocumentError) as error:
        services.edit_document(
            by=coordinator, document=letter, expected_revision=1, texts={"closing": "Second."}
        )
    assert error.value.current.contents["edits"]["closing"]["text"] == "First."
    with pytest.raises(services.StaleDocumentError):
        services.release_document(by=chair, document=letter, expected_revision=1)


def test_a_paragraph_that_is_none_or_too_long_is_refused(
    drafts: dict[tuple[str, str], BoardDocument], chair: User
) -> None:
    for texts in ({"decision": "Cured."}, {"closing": "x" * 4001}):
        with pytest.raises(ValidationError):
            services.edit_document(
                by=chair, document=drafts["letter", "2026-001"], expected_revision=1, texts=texts
            )


def test_words_written_on_an_older_draft_are_read_again_before_the_release(
    drafts: dict[tuple[str, str], BoardDocument], chair: User, closed: Meeting
) -> None:
    letter = drafts["letter", "2026-001"]
    services.edit_document(by=chair, document=letter, expected_revision=1, texts={"opening": "Dear Maria,"})
    patient = letter.item.staging.patient  # type: ignore[union-attr]
    patient.referring_doctor = "Dr M. Osei"
    patient.save()
    services.draft_documents(by=chair, meeting=closed)
    with pytest.raises(ValidationError, match="read and save it again"):
        services.release_document(by=chair, document=letter)
    services.edit_document(by=chair, document=letter, expected_revision=3, texts={"opening": "Dear Maria,"})
    assert services.release_document(by=chair, document=letter).released_by == chair


# ---------------------------------------------------------------------------------------------------------- pages
@pytest.fixture
def at_desk(client: Client, chair: User) -> Client:
    client.force_login(chair)
    return client


def test_the_page_lists_the_documents_and_leads_to_the_next_draft(
    at_desk: Client, drafts: dict[tuple[str, str], BoardDocument], closed: Meeting
) -> None:
    page = (
        at_desk.get(reverse("meetings:documents", args=[closed.pk])).content.decode().replace("\u00a0", " ")
    )
    assert "5 documents, 5 drafts to release" in page
    letter = drafts["letter", "2026-001"]
    answer = at_desk.post(
        reverse("meetings:release_document", args=[letter.pk]), {"revision": "1"}, follow=True
    )
    assert "Released: letter to the referring doctor, case 2026-001." in answer.content.decode()
    assert answer.redirect_chain[0][0] == reverse("meetings:document", args=[drafts["minutes", ""].pk])
    again = at_desk.post(
        reverse("meetings:release_document", args=[letter.pk]), {"revision": "1"}, follow=True
    )
    assert "it never changes any more" in again.content.decode()


def test_reading_a_document_is_logged_for_each_patient_in_it(
    at_desk: Client, drafts: dict[tuple[str, str], BoardDocument], chair: User
) -> None:
    for name in ("document", "document_text", "document_pdf"):
        RecordAccess.objects.all().delete()
        assert at_desk.get(reverse(f"meetings:{name}", args=[drafts["minutes", ""].pk])).status_code == 200
        assert RecordAccess.objects.filter(user=chair).count() == 2


def test_pdf_and_text_are_files_with_the_case_in_their_name(
    at_desk: Client, drafts: dict[tuple[str, str], BoardDocument]
) -> None:
    letter = drafts["letter", "2026-001"]
    day = timezone.localdate(letter.meeting.starts_at).isoformat()
    pdf = at_desk.get(reverse("meetings:document_pdf", args=[letter.pk]))
    assert pdf.content.startswith(b"%PDF-")
    assert pdf["Content-Disposition"] == f'attachment; filename="letter-2026-001-{day}-v1.pdf"'
    text = at_desk.get(reverse("meetings:document_text", args=[letter.pk])).content.decode()
    assert "Not certified as a medical device; not for decisions on real patients." in text
    assert "Draft, version 1" in text
    assert "Reasons of the board: Two lesions." in text


def test_when_the_pdf_cannot_be_made_the_page_says_so_and_the_text_stays(
    at_desk: Client, drafts: dict[tuple[str, str], BoardDocument], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> bytes:
        raise PrintError("The program that sets the pages refused: no typeface")

    monkeypatch.setattr(views, "as_pdf", broken)
    letter = drafts["letter", "2026-001"]
    page = at_desk.get(reverse("meetings:document_pdf", args=[letter.pk]), follow=True).content.decode()
    assert "There is no PDF of this document." in page
    assert "no typeface" in page
    assert at_desk.get(reverse("meetings:document_text", args=[letter.pk])).status_code == 200


def test_who_comes_second_sees_both_texts(
    at_desk: Client, drafts: dict[tuple[str, str], BoardDocument], coordinator: User
) -> None:
    letter = drafts["letter", "2026-001"]
    services.edit_document(
        by=coordinator, document=letter, expected_revision=1, texts={"closing": "First <b>."}
    )
    typed = {"revision": "1", "opening": "Dear all,", "closing": "Second & last."}
    answer = at_desk.post(reverse("meetings:edit_document", args=[letter.pk]), typed)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "First &lt;b&gt;." in page
    assert "Second &amp; last." in page
    saved = at_desk.post(reverse("meetings:edit_document", args=[letter.pk]), {**typed, "revision": "2"})
    assert saved.status_code == 302
    letter.refresh_from_db()
    assert letter.contents["edits"]["closing"]["text"] == "Second & last."


def test_a_refused_text_is_shown_again_with_what_is_allowed(
    at_desk: Client, drafts: dict[tuple[str, str], BoardDocument]
) -> None:
    letter = drafts["letter", "2026-001"]
    typed = {"revision": "1", "opening": "", "closing": "y" * 4001}
    answer = at_desk.post(reverse("meetings:edit_document", args=[letter.pk]), typed)
    assert answer.status_code == 422
    assert "4001 characters; allowed: at most 4000." in answer.content.decode()


def test_the_record_leads_to_released_letters_only(
    at_desk: Client, drafts: dict[tuple[str, str], BoardDocument], chair: User
) -> None:
    letter = drafts["letter", "2026-001"]
    patient = letter.item.staging.patient  # type: ignore[union-attr]
    assert released_documents_of(chair, patient) == []
    services.release_document(by=chair, document=letter)
    page = at_desk.get(reverse("meetings:patient_decisions", args=[patient.pk])).content.decode()
    assert reverse("meetings:document", args=[letter.pk]) in page
    assert "Resection now" in page
    assert "Right hepatectomy" in page
    assert reverse("meetings:document", args=[drafts["summary", "2026-001"].pk]) not in page
    record = at_desk.get(reverse("patients:detail", args=[patient.pk])).content.decode()
    today = timezone.localdate(letter.meeting.starts_at)
    assert f"Board: Resection now {today.day}" in record.replace("\u00a0", " ")
