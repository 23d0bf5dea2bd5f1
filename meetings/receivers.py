"""What the clock and the reminders do when facts or advice change; inside the transaction of the change."""

import logging
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from accounts.models import User
from decisions.closed import Closed
from decisions.models import Assessment, RulebookActivation
from decisions.signals import advice_asked, assessment_stored, case_staged, rulebook_activated
from meetings import course, followup, reassessment
from meetings.live import announce
from meetings.models import AgendaItem, BoardDecision, DecisionAddendum, Meeting, RoomEvent
from meetings.services.documents import queue_drafts
from meetings.services.reminders import sync_reminders
from meetings.voting import closed_for
from patients.drawings.course import Event
from patients.models import ImagingStudy, Patient, Staging, StagingVersion, TreatmentCycle, TreatmentLine
from patients.signals import (
    boards_asked,
    cycles_recorded,
    line_changed,
    record_changed,
    study_recorded,
    study_removed,
    vital_status_changed,
)
from patients.wording import day

logger = logging.getLogger(__name__)


@receiver(assessment_stored, dispatch_uid="room_follows_assessment")
def room_follows_assessment(sender: Any, assessment: Assessment, **kwargs: Any) -> None:
    """Screens that show the case renew its advice. Before the clock: everybody locks the meeting first."""
    version = assessment.staging_version
    _tell(RoomEvent.Kind.ADVICE, version, details={"assessment": assessment.pk, "version": version.number})


@receiver(case_staged, dispatch_uid="room_follows_staging")
def room_follows_staging(sender: Any, version: StagingVersion, by: User, **kwargs: Any) -> None:
    """Screens that show the case renew its facts."""
    _tell(RoomEvent.Kind.FACTS, version, by=by, details={"version": version.number})


def _tell(
    kind: RoomEvent.Kind, version: StagingVersion, *, details: dict[str, Any], by: User | None = None
) -> None:
    """Announce in every meeting to come that has the case on its agenda."""
    items = AgendaItem.objects.filter(staging=version.staging_id).exclude(meeting__state=Meeting.State.CLOSED)
    for item in items.select_related("meeting").order_by("meeting"):
        announce(meeting=item.meeting, kind=kind, by=by, item=item, details=details)


@receiver(assessment_stored, dispatch_uid="clock_follows_assessment")
def clock_follows_assessment(sender: Any, assessment: Assessment, **kwargs: Any) -> None:
    """A patient under systemic therapy whose liver is not resectable is put on the clock."""
    reassessment.follow_assessment(assessment)


@receiver(line_changed, dispatch_uid="clock_follows_line")
def clock_follows_line(sender: Any, line: TreatmentLine, by: User, **kwargs: Any) -> None:
    """A confirmed or moved day 1 moves the open window; a line that ends brings the case forward."""
    course.follow_line(line, by=by)


@receiver(cycles_recorded, dispatch_uid="clock_follows_cycles")
def clock_follows_cycles(
    sender: Any, line: TreatmentLine, cycles: list[TreatmentCycle], by: User, **kwargs: Any
) -> None:
    """Toxicity or progression in a cycle brings the case forward."""
    course.follow_cycles(line, cycles, by=by)


@receiver(study_recorded, dispatch_uid="clock_follows_study")
def clock_follows_study(sender: Any, study: ImagingStudy, by: User, **kwargs: Any) -> None:
    """A scan in the record is the scan of the open window, booked or done; progression brings it forward."""
    course.follow_study(study, by=by)


@receiver(study_removed, dispatch_uid="clock_follows_removed_study")
def clock_follows_removed_study(sender: Any, study: ImagingStudy, by: User, **kwargs: Any) -> None:
    """A window whose scan was taken out of the record waits for its scan again."""
    course.follow_removed_study(study)


@receiver(vital_status_changed, dispatch_uid="clock_follows_vital_status")
def clock_follows_vital_status(sender: Any, patient: Patient, by: User, **kwargs: Any) -> None:
    """Reminders of a patient who died or was transferred end with that reason."""
    reassessment.follow_vital_status(patient, by=by)


# The reminders come after the clock, so that both are always locked in this order.
@receiver(assessment_stored, dispatch_uid="reminders_follow_assessment")
def reminders_follow_assessment(sender: Any, assessment: Assessment, **kwargs: Any) -> None:
    """A staged case asks for its dates."""
    version = assessment.staging_version
    sync_reminders(version.staging.patient, by=version.frozen_by)


@receiver(line_changed, dispatch_uid="reminders_follow_line")
def reminders_follow_line(sender: Any, line: TreatmentLine, by: User, **kwargs: Any) -> None:
    """A line that begins, moves or ends moves or ends what hangs on it."""
    sync_reminders(line.patient, by=by)


@receiver(study_recorded, dispatch_uid="reminders_follow_study")
def reminders_follow_study(sender: Any, study: ImagingStudy, by: User, **kwargs: Any) -> None:
    """An examination that was done closes what asks for imaging."""
    sync_reminders(study.patient, by=by)


@receiver(record_changed, dispatch_uid="reminders_follow_record")
def reminders_follow_record(sender: Any, patient: Patient, by: User, **kwargs: Any) -> None:
    """A volumetry, a procedure, a corrected date."""
    sync_reminders(patient, by=by)


@receiver(vital_status_changed, dispatch_uid="reminders_follow_vital_status")
def reminders_follow_vital_status(sender: Any, patient: Patient, by: User, **kwargs: Any) -> None:
    """Reminders of a patient who died or was transferred end with that reason."""
    sync_reminders(patient, by=by)


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


@receiver(rulebook_activated, dispatch_uid="windows_follow_rulebook")
def windows_follow_rulebook(sender: Any, activation: RulebookActivation, **kwargs: Any) -> None:
    """Open windows move with the rulebook; should the message be lost, the nightly check moves them."""
    transaction.on_commit(_send_follow_rulebook)


def _send_follow_rulebook() -> None:
    from meetings.tasks import follow_rulebook

    try:
        follow_rulebook.delay()
    except (BrokerError, OSError) as error:
        logger.warning("The windows wait for the nightly check: the broker does not answer (%s).", error)


@receiver(advice_asked, dispatch_uid="advice_closed_until_the_vote")
def advice_closed_until_the_vote(sender: Any, staging: Staging, user: User, **kwargs: Any) -> Closed | None:
    """The case page keeps the advice from those who have yet to vote on the case."""
    waiting = closed_for(user, staging)
    if not waiting:
        return None
    meeting = waiting[0].meeting
    return Closed(
        f"This case waits for the vote of {meeting.title} on {day(timezone.localdate(meeting.starts_at))}. Your board "
        "votes first; the advice opens with the first reveal, or with the decision. The facts stand on this page.",
        reverse("meetings:look_at_advice", args=[staging.pk]),
    )
