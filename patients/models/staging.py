"""A staging: the disease as known on a date, its versions, and where each fact comes from."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from patients.models.columns import Day
from patients.models.patient import Patient


@pghistory.track()
class Staging(models.Model):
    """The disease of one patient as known on `date` (fact `case.decision_date`).

    Its working facts stand in the block tables; what was frozen stands in its versions.
    """

    class Kind(models.TextChoices):
        BASELINE = "baseline", "Baseline"
        RESTAGING = "restaging", "Restaging"
        POST_OPERATIVE = "post_operative", "Post-operative"

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="stagings")
    date = Day(verbose_name="staging date")
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.BASELINE)
    question = models.CharField("question to the board", max_length=300, blank=True)
    lesions_complete = models.BooleanField(
        default=False, help_text="The lesion list holds every liver lesion, so counts may be read from it."
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["patient", "-date", "-pk"]
        constraints = [
            # One document is one staging: (case.id, case.decision_date) is its key.
            models.UniqueConstraint(
                name="staging_once_a_date", fields=["patient", "date"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="staging_kind_known", condition=Q(kind__in=["baseline", "restaging", "post_operative"])
            ),
            models.CheckConstraint(
                name="staging_withdrawn_with_reason",
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.patient.case_id}, {self.date or 'no date'}"


@pghistory.track()
@pgtrigger.register(
    pgtrigger.Protect(
        name="frozen_is_final",
        operation=pgtrigger.Update | pgtrigger.Delete,
        condition=pgtrigger.Q(old__state="frozen"),
    )
)
class StagingVersion(models.Model):
    """One version of a staging's facts.

    While it is a draft the facts are edited in the block tables; freezing copies them into `document`
    (a canonical case document, `crlm-case/1`) with `provenance` by fact, and ends all change.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        FROZEN = "frozen", "Staged"

    staging = models.ForeignKey(Staging, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    reason = models.CharField("reason for the amendment", max_length=300, blank=True)
    document = models.JSONField(null=True, blank=True)
    provenance = models.JSONField(default=dict, blank=True)
    working = models.JSONField(
        null=True,
        blank=True,
        help_text="What the tables held when it was frozen; a discarded amendment returns to it.",
    )
    content_hash = models.CharField(max_length=64, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    frozen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["staging", "number"]
        constraints = [
            models.UniqueConstraint(name="staging_version_number_once", fields=["staging", "number"]),
            models.UniqueConstraint(name="staging_one_draft", fields=["staging"], condition=Q(state="draft")),
            models.CheckConstraint(
                name="staging_version_frozen_whole",
                condition=Q(
                    state="draft", document__isnull=True, frozen_by__isnull=True, frozen_at__isnull=True
                )
                | (
                    Q(
                        state="frozen",
                        document__isnull=False,
                        frozen_by__isnull=False,
                        frozen_at__isnull=False,
                    )
                    & ~Q(content_hash="")
                ),
            ),
            models.CheckConstraint(name="staging_amended_with_reason", condition=Q(number=1) | ~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.staging}, version {self.number}"


@pghistory.track()
class FactEntry(models.Model):
    """Where one fact comes from: its date, its source and who entered it.

    `name` is the fact's name in the vocabulary ('liver.background'). Facts of the patient have no
    staging. `state` tells 'asked, and not known' from 'never asked' (no entry).
    """

    class State(models.TextChoices):
        KNOWN = "known", "Known"
        NOT_KNOWN = "not_known", "Not known"

    class Source(models.TextChoices):
        ENTERED = "entered", "Entered"
        CONFIRMED = "confirmed", "Confirmed from the previous staging"
        IMPORTED = "imported", "Imported"

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="fact_entries")
    staging = models.ForeignKey(
        Staging, null=True, blank=True, on_delete=models.CASCADE, related_name="fact_entries"
    )
    name = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=State, default=State.KNOWN)
    observed_on = Day()
    source = models.CharField(max_length=10, choices=Source, default=Source.ENTERED)
    note = models.CharField(max_length=200, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["patient", "staging", "name"]
        constraints = [
            models.UniqueConstraint(
                name="fact_entry_once", fields=["patient", "staging", "name"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="fact_entry_state_known", condition=Q(state__in=["known", "not_known"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_state_display()}"
