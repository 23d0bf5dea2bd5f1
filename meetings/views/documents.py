"""Minutes, letters and summaries: the list of a meeting, one document, editing, releasing, PDF and plain text."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from meetings import services
from meetings.documents import (
    documents_of,
    get_visible_document,
    patients_to_read,
    readable_documents,
    sees_all_of,
    sheet_of,
)
from meetings.forms.document import ParagraphsForm
from meetings.models import BoardDocument, Meeting
from meetings.papers.blocks import stale_edits
from meetings.papers.printing import PrintError, as_pdf, as_text, shown_sections
from meetings.selectors import get_visible_meeting
from meetings.views.common import sentences, show_refusal, signed_in
from patients.selectors import log_access

UNPROCESSABLE, CONFLICT = 422, 409


@login_required
@require_GET
def documents(request: HttpRequest, pk: int) -> HttpResponse:
    """The documents of a meeting: what each one is, its state, and where it is read, printed and released."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    rows = documents_of(user, meeting)
    context = {
        "meeting": meeting,
        "rows": rows,
        "waiting": next((row for row in rows if row.released_at is None), None),
        "drafts": sum(row.released_at is None for row in rows),
        "closed": meeting.state == Meeting.State.CLOSED,
        "may_draft": user.has_perm("meetings.draft_document", meeting),
    }
    return render(request, "meetings/documents.html", context)


@login_required
@require_POST
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft what is missing or has changed, now."""
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    try:
        written = services.draft_documents(by=user, meeting=meeting)
    except ValidationError as error:
        for text in sentences(error):
            messages.error(request, text)
    else:
        messages.success(request, "The drafts are up to date." if written else "Nothing has changed.")
    return redirect("meetings:documents", pk)


@login_required
@require_GET
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """One document as it will be printed, its paragraphs to edit, and its release."""
    found = get_visible_document(signed_in(request), pk)
    return _page(request, found, ParagraphsForm(found))


def _page(
    request: HttpRequest,
    found: BoardDocument,
    form: ParagraphsForm,
    *,
    status: int = 200,
    stale: bool = False,
) -> HttpResponse:
    user = signed_in(request)
    _log(request, user, found)
    siblings = documents_of(user, found.meeting)
    places = [row.pk for row in siblings]
    place = places.index(found.pk) if found.pk in places else None
    whole = sees_all_of(user, found)
    open_ = found.released_at is None and whole
    sheet = sheet_of(user, found)
    context = {
        "document": found,
        "meeting": found.meeting,
        "patient": found.item.staging.patient if found.item else None,
        "sheet": sheet,
        "sections": shown_sections(sheet),
        "form": form,
        "stale": stale,
        "stale_edits": stale_edits(found.contents["composed"], found.contents["edits"]),
        "may_edit": open_ and user.has_perm("meetings.edit_document", found),
        "may_release": open_ and user.has_perm("meetings.release_document", found),
        "versions": readable_documents(user)
        .filter(meeting=found.meeting_id, item=found.item_id, kind=found.kind)
        .exclude(pk=found.pk),
        "previous": siblings[place - 1] if place else None,
        "next": siblings[place + 1] if place is not None and place + 1 < len(siblings) else None,
    }
    return render(request, "meetings/document.html", context, status=status)


def _log(request: HttpRequest, user: User, found: BoardDocument) -> None:
    for patient in patients_to_read(user, found):
        log_access(request, patient)


@login_required
@require_POST
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the paragraphs; whoever comes second sees what the first wrote beside the own text."""
    user = signed_in(request)
    found = get_visible_document(user, pk)
    form = ParagraphsForm(found, request.POST)
    if form.is_valid():
        try:
            services.edit_document(
                by=user, document=found, expected_revision=form.cleaned_data["revision"], texts=form.texts
            )
        except services.StaleDocumentError as error:
            typed = request.POST.copy()
            typed["revision"] = str(error.current.contents["revision"])
            found = get_visible_document(user, pk)
            return _page(request, found, ParagraphsForm(found, typed), status=CONFLICT, stale=True)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, "The text is saved.")
            return redirect("meetings:document", pk)
    return _page(request, found, form, status=UNPROCESSABLE)


@login_required
@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Release a draft, and go on to the next one that waits."""
    user = signed_in(request)
    found = get_visible_document(user, pk)
    typed = request.POST.get("revision", "")
    try:
        services.release_document(
            by=user, document=found, expected_revision=int(typed) if typed.isdigit() else None
        )
    except services.StaleDocumentError as error:
        messages.error(request, f"{error} Read it again before it is released.")
    except ValidationError as error:
        for text in sentences(error):
            messages.error(request, text)
    else:
        messages.success(request, f"Released: {found.get_kind_display().lower()}{_about(found)}.")
        waiting = [row for row in documents_of(user, found.meeting) if row.released_at is None]
        if waiting:
            return redirect("meetings:document", waiting[0].pk)
        return redirect("meetings:documents", found.meeting_id)
    return redirect("meetings:document", pk)


def _about(found: BoardDocument) -> str:
    return f", case {found.item.staging.patient.case_id}" if found.item else ""


@login_required
@require_GET
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF; when it cannot be made, the page says so, and the text is still there."""
    user = signed_in(request)
    found = get_visible_document(user, pk)
    try:
        made = as_pdf(sheet_of(user, found), at=found.released_at or found.drafted_at)
    except PrintError as error:
        messages.error(request, f"There is no PDF of this document. {error} The plain text is available.")
        return redirect("meetings:document", pk)
    _log(request, user, found)
    return _file(found, made, "application/pdf", "pdf")


@login_required
@require_GET
def plain_text(request: HttpRequest, pk: int) -> HttpResponse:
    """The plain text."""
    user = signed_in(request)
    found = get_visible_document(user, pk)
    _log(request, user, found)
    return _file(found, as_text(sheet_of(user, found)).encode(), "text/plain; charset=utf-8", "txt")


def _file(found: BoardDocument, content: bytes, kind: str, ending: str) -> HttpResponse:
    case = found.item.staging.patient.case_id if found.item else ""
    day = timezone.localdate(found.meeting.starts_at).isoformat()
    name = "-".join(part for part in (found.kind, slugify(case), day, f"v{found.version}") if part)
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
