"""Minutes, letters and summaries: drafted from a closed meeting, edited, and released by a named clinician."""

import logging
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from meetings.documents import record_of, sees_all_of
from meetings.models import AgendaItem, BoardDocument, Meeting
from meetings.papers.blocks import clean, differences, editable, stale_edits
from meetings.papers.brief import local_day
from meetings.papers.letter import compose_letter
from meetings.papers.minutes import compose_minutes
from meetings.papers.records import MeetingRecord
from meetings.papers.summary import compose_summary
from meetings.services.meetings import locked

logger = logging.getLogger(__name__)

Kind = BoardDocument.Kind
LONGEST = 4000
"""Characters of a paragraph that a clinician writes."""


class StaleDocumentError(Exception):
    """Somebody else, or a new draft, changed the document in between: `current` is what it is now."""

    def __init__(self, current: BoardDocument) -> None:
        self.current = current
        super().__init__(
            "The document has changed since this page was opened; nothing of it was overwritten."
        )


# ---------------------------------------------------------------------------------------------------- drafting
def queue_drafts(meeting: Meeting, by: User) -> None:
    """Have the documents drafted once this transaction is committed; at once when the broker does not answer."""
    transaction.on_commit(partial(_send, meeting.pk, by.pk))


def _send(meeting_id: int, user_id: int) -> None:
    from meetings.tasks import draft_meeting_documents

    try:
        draft_meeting_documents.delay(meeting_id, user_id)
    except (BrokerError, OSError) as error:
        logger.warning("The broker does not answer (%s); meeting %s is drafted here.", error, meeting_id)
        draft_meeting_documents(meeting_id, user_id)


def draft_documents(*, by: User, meeting: Meeting) -> list[BoardDocument]:
    """Draft the minutes, and a letter and a summary for each case that the board decided or deferred.

    Doing it again changes only drafts, and only when what they are composed from has changed; paragraphs that
    a clinician wrote are kept. What was released stays: when it would say something else now, its next version
    is drafted and says what changed. Returns what was written. Raises `PermissionDenied`, and
    `ValidationError` on `meeting` while it is not closed.
    """
    require(by, "meetings.draft_document", meeting)
    with audited(by=by, action="draft documents"):
        meeting = locked(meeting)
        if meeting.state != Meeting.State.CLOSED:
            raise ValidationError({"meeting": ["This meeting is not closed yet; allowed: close it first."]})
        latest = {
            (document.kind, document.item_id): document
            for document in BoardDocument.objects.select_for_update(of=("self",))
            .filter(meeting=meeting)
            .order_by("version")
        }
        written = [
            _drafted(meeting, kind, item, composed, latest.get((kind, item.pk if item else None)))
            for kind, item, composed in _compositions(record_of(meeting))
        ]
    return [document for document in written if document is not None]


def _compositions(record: MeetingRecord) -> Iterator[tuple[str, AgendaItem | None, dict[str, Any]]]:
    yield Kind.MINUTES, None, compose_minutes(record)
    for case in record.cases:
        if case.item.state in (AgendaItem.State.DECIDED, AgendaItem.State.DEFERRED):
            yield Kind.LETTER, case.item, compose_letter(record, case)
            yield Kind.SUMMARY, case.item, compose_summary(record, case)


def _drafted(
    meeting: Meeting,
    kind: str,
    item: AgendaItem | None,
    composed: dict[str, Any],
    latest: BoardDocument | None,
) -> BoardDocument | None:
    if latest is None:
        contents = {"composed": composed, "edits": {}, "changes": [], "signature": "", "revision": 1}
        return BoardDocument.objects.create(meeting=meeting, item=item, kind=kind, contents=contents)
    contents = latest.contents
    if contents["composed"] == composed:
        return None
    if latest.released_at is not None:
        following = {
            "composed": composed,
            "edits": contents["edits"],
            "changes": differences(contents["composed"], composed),
            "signature": "",
            "revision": 1,
        }
        return BoardDocument.objects.create(
            meeting=meeting, item=item, kind=kind, version=latest.version + 1, contents=following
        )
    before = _released_before(latest)
    changes = differences(before.contents["composed"], composed) if before else []
    latest.contents = {
        **contents,
        "composed": composed,
        "changes": changes,
        "revision": contents["revision"] + 1,
    }
    latest.save()
    return latest


def _released_before(document: BoardDocument) -> BoardDocument | None:
    return BoardDocument.objects.filter(
        meeting=document.meeting_id, item=document.item_id, kind=document.kind, version=document.version - 1
    ).first()


# --------------------------------------------------------------------------------------------- editing, releasing
def edit_document(
    *, by: User, document: BoardDocument, expected_revision: int, texts: Mapping[str, str]
) -> BoardDocument:
    """Write the free paragraphs of a draft; an empty text for one that was drafted leaves it out.

    `expected_revision` is the revision that the form was opened on. Raises `PermissionDenied`,
    `StaleDocumentError`, and `ValidationError` on `document` (released) or the key of a paragraph.
    """
    require(by, "meetings.edit_document", document)
    _require_whole(by, document)
    with audited(by=by, action="edit document"):
        row = _locked_draft(document, expected_revision)
        contents = row.contents
        paragraphs = editable(contents["composed"])
        problems: dict[str, list[str]] = {}
        edits = dict(contents["edits"])
        for key, typed in texts.items():
            said = clean(typed)
            if key not in paragraphs:
                problems[key] = [f"{key!r} is no paragraph to edit; allowed: {', '.join(paragraphs)}."]
            elif len(said) > LONGEST:
                problems[key] = [f"{len(said)} characters; allowed: at most {LONGEST}."]
            elif said == paragraphs[key]["text"]:
                edits.pop(key, None)
            else:
                edits[key] = {"text": said, "was": paragraphs[key]["text"], "by": str(by)}
        if problems:
            raise ValidationError(problems)
        edits = {key: own for key, own in edits.items() if key in paragraphs}
        if edits != contents["edits"]:
            row.contents = {**contents, "edits": edits, "revision": contents["revision"] + 1}
            row.save()
    return row


def release_document(
    *, by: User, document: BoardDocument, expected_revision: int | None = None
) -> BoardDocument:
    """Release a draft: `by`, a clinician of the board, stands for it by name, and it never changes again.

    `expected_revision` is the revision that was read. Raises `PermissionDenied`, `StaleDocumentError`, and
    `ValidationError` on `document` (released already) or `edits` (their draft has changed since).
    """
    # Whoever has every permission has no discipline by that: a release is a clinician's word.
    if not by.discipline or not by.has_perm("meetings.release_document", document):
        raise PermissionDenied(
            f"{by} may not release documents here; allowed: a board member or chair with a discipline, "
            "of the centre."
        )
    _require_whole(by, document)
    with audited(by=by, action="release document"):
        row = _locked_draft(document, expected_revision)
        contents = row.contents
        stale = stale_edits(contents["composed"], contents["edits"])
        if stale:
            raise ValidationError(
                {
                    "edits": [
                        "What was decided has changed since a paragraph was written by hand "
                        f"({', '.join(stale)}). Allowed: read and save it again, then release."
                    ]
                }
            )
        row.released_at, row.released_by = timezone.now(), by
        row.contents = {**contents, "signature": f"{by.introduction}, {local_day(row.released_at)}"}
        row.save()
    return row


def _require_whole(by: User, document: BoardDocument) -> None:
    if not sees_all_of(by, document):
        raise PermissionDenied(
            f"{by} does not see every case in these minutes; allowed: somebody who sees all its centres."
        )


def _locked_draft(document: BoardDocument, expected_revision: int | None) -> BoardDocument:
    row = (
        BoardDocument.objects.select_for_update(of=("self",))
        .select_related("released_by", "meeting", "item__staging__patient")
        .get(pk=document.pk)
    )
    if row.released_at is not None:
        raise ValidationError(
            {
                "document": [
                    f"{row} was released by {row.released_by} on {local_day(row.released_at)}; it never changes "
                    "any more. Allowed: its next version, drafted when the decision changes or is added to."
                ]
            }
        )
    if expected_revision is not None and row.contents["revision"] != expected_revision:
        raise StaleDocumentError(row)
    return row
