"""Reads of documents: the rows a meeting's documents are composed from, and who may read which of them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from decisions.selectors import latest_frozen
from meetings.models import (
    AgendaItem,
    BoardDecision,
    BoardDocument,
    Confirmation,
    Meeting,
    Reassessment,
    VoteRound,
)
from meetings.models.letter import letter_template_of
from meetings.papers.blocks import edited
from meetings.papers.printing import Sheet
from meetings.papers.records import CaseRecord, MeetingRecord, Tally, minutes_by_item
from meetings.selectors import visible_meetings
from meetings.voting import QUESTIONS
from patients.models import Patient
from patients.selectors import visible_patients
from patients.wording import counted

Kind = BoardDocument.Kind


# ------------------------------------------------------------------------------------ what they are composed from
def record_of(meeting: Meeting) -> MeetingRecord:
    """Everything that the documents of a meeting say, read once."""
    items = meeting.items.select_related(
        "staging__patient__centre", "staging__patient__oncologist", "staging__patient__surgeon"
    ).prefetch_related(
        Prefetch(
            "decision",
            BoardDecision.objects.select_related(
                "staging_version", "assessment", "recorded_by", "signed_by"
            ).prefetch_related("elements__owner", "addenda__by"),
        ),
        Prefetch("confirmations", Confirmation.objects.select_related("by")),
        Prefetch("vote_rounds", VoteRound.objects.exclude(revealed_at=None).prefetch_related("votes")),
    )
    spent = minutes_by_item(meeting.events_in_room.order_by("pk"), meeting.closed_at)
    began, closed = meeting.opened_at or meeting.starts_at, meeting.closed_at
    return MeetingRecord(
        meeting=meeting,
        day=timezone.localdate(meeting.starts_at),
        began=f"{timezone.localtime(began):%H:%M}",
        closed=f"{timezone.localtime(closed):%H:%M}" if closed else "",
        attendances=list(meeting.attendances.select_related("user").order_by("arrived_at", "pk")),
        cases=[_case(item, spent) for item in items.order_by("position")],
    )


def _case(item: AgendaItem, spent: Mapping[int, int]) -> CaseRecord:
    decision: BoardDecision | None = getattr(item, "decision", None)
    version = decision.staging_version if decision else latest_frozen(item.staging)
    assessment = None
    if decision is not None:
        assessment = decision.assessment
    elif version is not None:
        assessment = version.assessments.order_by("-created_at", "-pk").first()
    return CaseRecord(
        item=item,
        staging=item.staging,
        patient=item.staging.patient,
        document=(version.document if version else None) or {},
        result=(assessment.result if assessment else None) or {},
        decision=decision,
        elements=list(decision.elements.all()) if decision else (),
        addenda=list(decision.addenda.all()) if decision else (),
        votes=[_tally(vote) for vote in item.vote_rounds.all()],
        reassessment=_window(decision) if decision else None,
        minutes=spent.get(item.pk),
        letter=letter_template_of(item.staging.patient.centre_id),
        confirmations=list(item.confirmations.all()) if decision and decision.without_discussion else (),
    )


def _window(decision: BoardDecision) -> Reassessment | None:
    return decision.reassessments.order_by("-created_at", "-pk").first()


ABSTAINED = "cannot_say"
"""A vote that is no judgement: it splits nothing."""


def _tally(vote: VoteRound) -> Tally:
    counts = Counter(cast.choice for cast in vote.votes.all())
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return Tally(
        vote.get_question_display(),
        [(QUESTIONS[vote.question].label(code), count) for code, count in ordered],
        split=len(counts.keys() - {ABSTAINED}) > 1,
    )


def undrafted_meetings() -> list[Meeting]:
    """Meetings that are closed and have no minutes yet: their task was lost."""
    minutes = BoardDocument.objects.filter(meeting=OuterRef("pk"), kind=Kind.MINUTES)
    closed = Meeting.objects.filter(~Exists(minutes), state=Meeting.State.CLOSED)
    return list(closed.select_related("closed_by").order_by("closed_at"))


# ------------------------------------------------------------------------------------------------- who reads what
def readable_documents(user: User) -> QuerySet[Any]:
    """Every version that the user may read, each with `replaced` (a newer one exists): minutes, then by case."""
    newer = BoardDocument.objects.filter(
        Q(item=OuterRef("item")) | Q(item__isnull=True, kind=Kind.MINUTES),
        meeting=OuterRef("meeting"),
        kind=OuterRef("kind"),
        version__gt=OuterRef("version"),
    )
    return (
        BoardDocument.objects.filter(
            Q(item__isnull=True, meeting__in=visible_meetings(user))
            | Q(item__staging__patient__in=visible_patients(user))
        )
        .annotate(replaced=Exists(newer))
        .select_related("meeting__centre", "item__staging__patient__centre", "released_by")
        .order_by("meeting", F("item__position").asc(nulls_first=True), "kind", "-version")
    )


def documents_of(user: User, meeting: Meeting) -> list[BoardDocument]:
    """The newest version of each document of the meeting that the user may read: minutes, then by case."""
    return list(readable_documents(user).filter(meeting=meeting, replaced=False))


def released_documents_of(user: User, patient: Patient) -> list[BoardDocument]:
    """The newest released letters and summaries of a patient, newest board first."""
    found: dict[tuple[int | None, str], BoardDocument] = {}
    released = readable_documents(user).filter(item__staging__patient=patient, released_at__isnull=False)
    for document in released.order_by("-meeting__starts_at", "item", "kind", "-version"):
        found.setdefault((document.item_id, document.kind), document)
    return list(found.values())


def get_visible_document(user: User, pk: int) -> BoardDocument:
    """The document with `replaced`; raises `Http404` (there is none) or `PermissionDenied`."""
    document = readable_documents(user).filter(pk=pk).first()
    if document is None:
        if BoardDocument.objects.filter(pk=pk).exists():
            raise PermissionDenied("This document belongs to a centre whose patients you do not see.")
        raise Http404("There is no such document.")
    return document


def patients_in(document: BoardDocument) -> set[int]:
    """The primary keys of the patients that a document speaks of."""
    return {part["patient"] for part in document.contents["composed"]["sections"] if part["patient"]} | (
        {document.item.staging.patient_id} if document.item else set()
    )


def patients_to_read(user: User, document: BoardDocument) -> list[Patient]:
    """Those of them whose records the user sees; minutes are shown without the others."""
    return list(visible_patients(user).filter(pk__in=patients_in(document)))


def sees_all_of(user: User, document: BoardDocument) -> bool:
    """True when every patient in the document is this user's business."""
    return len(patients_to_read(user, document)) == len(patients_in(document))


def sheet_of(user: User, document: BoardDocument) -> Sheet:
    """The document as this user may read it: minutes leave out the cases of centres that the user does not see."""
    contents = document.contents
    composed: dict[str, Any] = edited(contents["composed"], contents["edits"])
    seen = {patient.pk for patient in patients_to_read(user, document)}
    sections = [part for part in composed["sections"] if part["patient"] is None or part["patient"] in seen]
    hidden = len(patients_in(document) - seen)
    return Sheet(
        kind=document.kind,
        composed={**composed, "sections": sections},
        version=document.version,
        signature=contents["signature"],
        changes=tuple(contents["changes"]) if not hidden else (),
        left_out=f"{counted(hidden, 'case')} of centres that you do not see: left out here."
        if hidden
        else "",
    )
