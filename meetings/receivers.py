"""What the clock does when facts or advice change; inside the transaction of the change."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from decisions.models import Assessment
from decisions.signals import assessment_stored, case_staged
from meetings import course, reassessment
from meetings.live import announce
from meetings.models import AgendaItem, Meeting, RoomEvent
from patients.models import ImagingStudy, Patient, StagingVersion, TreatmentCycle, TreatmentLine
from patients.signals import cycles_recorded, line_changed, study_recorded, vital_status_changed


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


@receiver(vital_status_changed, dispatch_uid="clock_follows_vital_status")
def clock_follows_vital_status(sender: Any, patient: Patient, by: User, **kwargs: Any) -> None:
    """Reminders of a patient who died or was transferred end with that reason."""
    reassessment.follow_vital_status(patient, by=by)
