"""What the views of meetings share."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.models import User
from accounts.rules import require
from meetings.models import Meeting, Reassessment
from meetings.selectors import get_visible_meeting
from meetings.services import as_seen, state_seen


def signed_in(request: HttpRequest) -> User:
    """The user behind a request that `login_required` let through."""
    assert isinstance(request.user, User)
    return request.user


def sentences(error: ValidationError) -> list[str]:
    """Every message of a refusal, without the names of fields."""
    if hasattr(error, "error_dict"):
        return [message for messages in error.message_dict.values() for message in messages]
    return list(error.messages)


def show_refusal(form: Any, error: ValidationError) -> None:
    """Put a service's messages beside the inputs that they are about; the others above the form."""
    for name, texts in error.message_dict.items():
        form.add_error(name if name in form.fields else None, texts)


def act_on_meeting(
    request: HttpRequest, pk: int, work: Callable[[User, Meeting], Any], done: str, *, to: str = ""
) -> HttpResponse:
    """Do one thing to a meeting and go back to its agenda, with what was done or what is wrong.

    What `work` returns as text is said instead of `done`; `to` is the place on the page to go back to. What is
    wrong is said at the top, so a refusal goes there.
    """
    user = signed_in(request)
    meeting = get_visible_meeting(user, pk)
    address = reverse("meetings:detail", args=[pk])
    try:
        said = work(user, meeting)
    except ValidationError as error:
        for text in sentences(error):
            messages.error(request, text)
        return redirect(address)
    if text := said if isinstance(said, str) else done:
        messages.success(request, text)
    return redirect(f"{address}#{to}" if to else address)


def reassessment_of(user: User, pk: int) -> Reassessment:
    """The reassessment; raises `Http404` (there is none) or `PermissionDenied` (not this user's patient)."""
    people = ("start_confirmed_by", "scan_accepted_by", "brought_forward_by", "postponed_by", "ended_by")
    rows = Reassessment.objects.select_related("patient__centre", "line", "decision", "meeting", *people)
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404("There is no such reassessment.")
    if not user.has_perm("patients.view_patient", row.patient):
        raise PermissionDenied("This patient belongs to a centre whose patients you do not see.")
    return row


def change_page(
    request: HttpRequest,
    pk: int,
    *,
    title: str,
    action: str,
    done: str,
    blank: Callable[[Reassessment, User], Any],
    bound: Callable[[User], Any],
    work: Callable[[User, Reassessment, dict[str, Any]], Any],
    permission: str = "meetings.change_reassessment",
    note: str = "",
) -> HttpResponse:
    """A small form about one reassessment.

    It carries the state that it was opened on (`seen`): of two people at once the second is told what the
    first did, sees the row as it is now, and may send again.
    """
    user = signed_in(request)
    row = reassessment_of(user, pk)
    require(user, permission, row)
    form = bound(user) if request.method == "POST" else blank(row, user)
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("seen", "")
        try:
            with as_seen(row, int(seen) if seen.isdecimal() else None):
                work(user, row, form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, done.format(case=row.patient.case_id))
            return redirect("meetings:clock")
    context = {
        "form": form, "row": row, "patient": row.patient, "title": title, "action": action, "note": note,
        "seen": state_seen(row),
    }  # fmt: skip
    return render(request, "meetings/clock_form.html", context, status=422 if form.errors else 200)
