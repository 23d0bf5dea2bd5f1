"""The dated reminders: the list, and ending one that is not needed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.rules import require, visible_centres
from meetings import services
from meetings.forms.reminder import ReminderNotNeededForm
from meetings.models import Reminder
from meetings.pages.reminders import counts_of, filtered, groups_of, within_a_year
from meetings.reminders import entry_of, open_notes, open_reminders, recipients_of
from meetings.views.common import show_refusal, signed_in


@login_required
@require_GET
def reminders(request: HttpRequest) -> HttpResponse:
    """What the sources ask to keep, of whom, and by when: overdue first."""
    user = signed_in(request)
    require(user, "meetings.view_meeting")
    today = timezone.localdate()
    recipient, centre = request.GET.get("for", ""), request.GET.get("centre", "")
    own = recipients_of(user)
    everything = open_reminders(user, today)
    notes = filtered(open_notes(user, today), recipient=recipient, centre=centre, own=own)
    near = within_a_year(notes, today)
    shown = filtered(everything, recipient=recipient, centre=centre, own=own)
    context = {
        "groups": groups_of(shown),
        "notes": near,
        "later_notes": len(notes) - len(near),
        "counts": counts_of(everything),
        "total": len(everything),
        "recipient": recipient,
        "recipients": Reminder.Recipient.choices,
        "has_own": bool(own),
        "centre": centre,
        "centres": visible_centres(user),
        "may_change": user.has_perm("meetings.change_reminder"),
    }
    return render(request, "meetings/reminders.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def reminder_not_needed(request: HttpRequest, pk: int) -> HttpResponse:
    """End one, with the reason; back to the record with `?back=record`, else to the list."""
    user = signed_in(request)
    row = Reminder.objects.select_related("patient__centre", "ended_by").filter(pk=pk).first()
    if row is None:
        raise Http404("There is no such reminder.")
    if not user.has_perm("patients.view_patient", row.patient):
        raise PermissionDenied("This patient belongs to a centre whose patients you do not see.")
    require(user, "meetings.change_reminder", row.patient)
    to_record = request.GET.get("back") == "record"
    form = ReminderNotNeededForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.reminder_not_needed(by=user, reminder=row, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(
                request, f"The reminder of case {row.patient.case_id} has ended, with your reason."
            )
            return (
                redirect("patients:detail", row.patient.pk) if to_record else redirect("meetings:reminders")
            )
    context = {
        "form": form,
        "row": row,
        "entry": entry_of(row, timezone.localdate()),
        "patient": row.patient,
        "to_record": to_record,
    }
    return render(request, "meetings/reminder_not_needed.html", context, status=422 if form.errors else 200)
