"""Assessments, and the runs that make them."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q

from decisions.models.rulebook import RulebookVersion
from patients.models import StagingVersion


@pgtrigger.register(
    pgtrigger.Protect(name="assessment_is_final", operation=pgtrigger.Update | pgtrigger.Delete)
)
@pghistory.track()
class Assessment(models.Model):
    """What the engine said of one staging version under one rulebook and engine version. Never edited.

    `result` is the assessment document (`crlm-assessment/1`), `content_hash` what the engine's
    `content_hash` makes of it: running the version again gives the same.
    """

    staging_version = models.ForeignKey(StagingVersion, on_delete=models.PROTECT, related_name="assessments")
    rulebook = models.ForeignKey(RulebookVersion, on_delete=models.PROTECT, related_name="assessments")
    engine_version = models.CharField(max_length=20)
    result = models.JSONField()
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="assessment_once", fields=["staging_version", "rulebook", "engine_version"]
            )
        ]

    def __str__(self) -> str:
        return f"Assessment of {self.staging_version}"


@pghistory.track()
class AssessmentJob(models.Model):
    """The run that makes an assessment: queued, running, done, or failed with the reason."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    staging_version = models.ForeignKey(StagingVersion, on_delete=models.PROTECT, related_name="jobs")
    rulebook = models.ForeignKey(RulebookVersion, on_delete=models.PROTECT, related_name="+")
    engine_version = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-queued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="assessment_job_once", fields=["staging_version", "rulebook", "engine_version"]
            ),
            models.CheckConstraint(
                name="assessment_job_failed_with_reason", condition=~Q(state="failed") | ~Q(error="")
            ),
            models.CheckConstraint(
                name="assessment_job_finished_with_state",
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "failed"], finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.staging_version}"
