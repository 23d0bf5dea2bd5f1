"""What the clock does when facts or advice change; inside the transaction of the change."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from accounts.models import User
from decisions.models import Assessment
from decisions.signals import assessment_stored
from meetings import followup, reassessment
from meetings.models import BoardDecision, DecisionAddendum, Meeting
from meetings.services.documents import queue_drafts
from patients.drawings.course import Event
from patients.models import ImagingStudy, Patient, TreatmentLine
from patients.signals import boards_asked, line_changed, study_recorded, vital_status_changed


@receiver(assessment_stored, dispatch_uid="clock_follows_assessment")
def clock_follows_assessment(sender: Any, assessment: Assessment, **kwargs: Any) -> None:
    """A patient under systemic therapy whose liver is not resectable is put on the clock."""
    reassessment.follow_assessment(assessment)


@receiver(line_changed, dispatch_uid="clock_follows_line")
def clock_follows_line(sender: Any, line: TreatmentLine, **kwargs: Any) -> None:
    """A confirmed or moved day 1 moves the open window."""
    reassessment.follow_line(line)


@receiver(study_recorded, dispatch_uid="clock_follows_study")
def clock_follows_study(sender: Any, study: ImagingStudy, **kwargs: Any) -> None:
    """A scan in the record is the scan of the open window, booked or done."""
    reassessment.follow_study(study)


@receiver(vital_status_changed, dispatch_uid="clock_follows_vital_status")
def clock_follows_vital_status(sender: Any, patient: Patient, by: User, **kwargs: Any) -> None:
    """Reminders of a patient who died or was transferred end with that reason."""
    reassessment.follow_vital_status(patient, by=by)


@receiver(post_save, sender=Meeting, dispatch_uid="documents_follow_closing")
def documents_follow_closing(sender: Any, instance: Meeting, raw: bool = False, **kwargs: Any) -> None:
    """The documents of a meeting are drafted when it closes."""
    if not raw and instance.state == Meeting.State.CLOSED and instance.closed_by is not None:
        queue_drafts(instance, instance.closed_by)


@receiver(post_save, sender=BoardDecision, dispatch_uid="documents_follow_decision")
def documents_follow_decision(sender: Any, instance: BoardDecision, raw: bool = False, **kwargs: Any) -> None:
    """A decision that is signed or changed after the meeting is drafted anew."""
    if not raw and instance.item.meeting.state == Meeting.State.CLOSED:
        queue_drafts(instance.item.meeting, instance.signed_by or instance.recorded_by)


@receiver(post_save, sender=DecisionAddendum, dispatch_uid="documents_follow_addendum")
def documents_follow_addendum(
    sender: Any, instance: DecisionAddendum, raw: bool = False, **kwargs: Any
) -> None:
    """What was added to a decision after the meeting is drafted."""
    if not raw and instance.decision.item.meeting.state == Meeting.State.CLOSED:
        queue_drafts(instance.decision.item.meeting, instance.by)


@receiver(boards_asked, dispatch_uid="boards_on_the_course")
def boards_on_the_course(sender: Any, patient: Patient, **kwargs: Any) -> list[Event]:
    """The timeline shows what the boards decided, and the board to come."""
    return followup.boards_on(patient)
