"""What follow-up adds to a page of another app."""

from typing import Any

from django import template
from django.utils import timezone

from accounts.models import User
from meetings.reminders import reminders_of
from patients.models import Patient

register = template.Library()


@register.inclusion_tag("meetings/patient_reminders.html")
def patient_reminders(patient: Patient, user: User) -> dict[str, Any]:
    """The dated reminders and notes of one patient, and those that have ended, with who and why."""
    return {
        "patient": patient,
        "found": reminders_of(patient, timezone.localdate()),
        "may_change": user.has_perm("meetings.change_reminder", patient),
    }
