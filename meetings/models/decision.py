"""What the board decided, and what is to be done."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from decisions.models import Assessment
from meetings.models.meeting import AgendaItem
from patients.models import StagingVersion
from patients.models.columns import Count, Day


@pghistory.track()
class BoardDecision(models.Model):
    """The decision of the board on one agenda item.

    `revision` is counted up with every save and guards against two people typing at once.
    `staging_version` and `assessment` are what the board saw. `without_discussion`: a surgeon and an oncologist
    confirmed what was prepared (`Confirmation`), the meeting did not discuss it. Once the chair has signed,
    nothing of it changes any more: what comes later is an addendum.
    """

    class Outcome(models.TextChoices):
        RESECTION = "resection", "Resection now"
        HYPERTROPHY = "hypertrophy", "Enlarge the remnant, then resect"
        NEOADJUVANT = "neoadjuvant", "Neoadjuvant therapy, then resect"
        CONVERSION = "conversion", "Conversion therapy, then reassess"
        CONTINUE = "continue", "Continue systemic therapy, then reassess"
        ABLATION = "ablation", "Local therapy"
        TRANSPLANT = "transplant", "Transplant evaluation"
        PALLIATIVE = "palliative", "Palliative systemic therapy"
        ADJUVANT = "adjuvant", "Adjuvant therapy"
        SURVEILLANCE = "surveillance", "Surveillance"
        SUPPORTIVE = "supportive", "Best supportive care"
        WORK_UP = "work_up", "More work-up, then discuss again"

    class Intent(models.TextChoices):
        CURE = "cure", "Cure"
        CONVERSION = "conversion", "Conversion to resection"
        CONTROL = "control", "Control of the disease"
        COMFORT = "comfort", "Relief of symptoms"
        NOT_SAID = "", "Not said"

    class Comparison(models.TextChoices):
        FOLLOWS = "follows", "Follows the advice"
        DEVIATES = "deviates", "Deviates from the advice"
        NO_COMPARISON = "no_comparison", "No comparison"

    class DeviationReason(models.TextChoices):
        COMORBIDITY = "comorbidity", "Comorbidity"
        WISH = "wish", "Patient's wish"
        TECHNICAL = "technical", "Technical"
        NEW_INFORMATION = "new_information", "New information"
        RESOURCE = "resource", "Resource"
        LOCAL_POLICY = "local_policy", "Local policy"
        OTHER = "other", "Other"

    item = models.OneToOneField(AgendaItem, on_delete=models.PROTECT, related_name="decision")
    staging_version = models.ForeignKey(StagingVersion, on_delete=models.PROTECT, related_name="decisions")
    assessment = models.ForeignKey(
        Assessment, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    outcome = models.CharField(max_length=14, choices=Outcome)
    rationale = models.TextField(blank=True)
    comparison = models.CharField(max_length=14, choices=Comparison)
    deviation_reason = models.CharField(max_length=16, choices=DeviationReason, blank=True)
    dissent = models.TextField(blank=True)
    intent = models.CharField(max_length=10, choices=Intent, blank=True, default=Intent.NOT_SAID)
    provisional = models.BooleanField(default=False)
    without_discussion = models.BooleanField(default=False)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revision = models.PositiveIntegerField(default=1)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now=True)

    repeated = False
    """Set on the instance that a form gets which was sent twice: nothing was recorded the second time."""

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="decision_deviates_with_reason",
                condition=Q(comparison="deviates") & ~Q(deviation_reason="")
                | ~Q(comparison="deviates") & Q(deviation_reason=""),
            ),
            models.CheckConstraint(
                name="decision_signed_by_someone",
                condition=Q(signed_at__isnull=True, signed_by__isnull=True)
                | Q(signed_at__isnull=False, signed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} ({self.item.staging.patient.case_id})"


@pghistory.track()
class DecisionAddendum(models.Model):
    """What was added to a signed decision, by whom and when."""

    decision = models.ForeignKey(BoardDecision, on_delete=models.PROTECT, related_name="addenda")
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["decision", "at", "pk"]
        verbose_name_plural = "decision addenda"
        constraints = [models.CheckConstraint(name="addendum_says_something", condition=~Q(text=""))]

    def __str__(self) -> str:
        return f"Addendum of {self.at:%d %b %Y}"


@pghistory.track()
class DecisionElement(models.Model):
    """One thing to be done after a decision; it ends as done, changed or not done.

    `owner` is the person whose task it is where they have an account, `responsible` their name or office in any
    case; `missing_fact` is what a deferred case waits for, by its name in the vocabulary.
    """

    class Kind(models.TextChoices):
        SYSTEMIC = "systemic", "Systemic therapy"
        SURGERY = "surgery", "Surgery"
        LOCAL = "local", "Local therapy"
        WORK_UP = "work_up", "Work-up"
        TRIAL = "trial", "Trial"
        SUPPORTIVE = "supportive", "Best supportive care"
        DEFER = "defer", "Defer"

    class Result(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        CHANGED = "changed", "Changed"
        NOT_DONE = "not_done", "Not done"

    class ResultCode(models.TextChoices):
        PATIENT = "patient", "Patient's wish"
        CONDITION = "condition", "Patient's condition"
        PROGRESSION = "progression", "Progression"
        RESPONSE = "response", "Response better than expected"
        TECHNICAL = "technical", "Technical"
        RESOURCE = "resource", "Resource"
        DIED = "died", "Patient died"
        OTHER = "other", "Other"

    decision = models.ForeignKey(BoardDecision, on_delete=models.CASCADE, related_name="elements")
    kind = models.CharField(max_length=10, choices=Kind)
    detail = models.CharField(max_length=200)
    responsible = models.CharField(max_length=120, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="board_tasks"
    )
    missing_fact = models.CharField(max_length=80, blank=True)
    deadline = models.DateField(null=True, blank=True)
    planned_start = Day(help_text="Day 1 as planned; systemic therapy that goes on has none.")
    cycle_length_days = Count(7, 42)
    result = models.CharField(max_length=8, choices=Result, default=Result.OPEN)
    result_on = models.DateField(null=True, blank=True)
    result_code = models.CharField(max_length=12, choices=ResultCode, blank=True)
    result_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["decision", "pk"]
        constraints = [
            models.CheckConstraint(
                name="element_ended_on_a_day",
                condition=Q(result="open", result_on__isnull=True)
                | ~Q(result="open") & Q(result_on__isnull=False),
            ),
            models.CheckConstraint(
                name="element_not_done_with_reason",
                condition=~Q(result__in=["changed", "not_done"]) | ~Q(result_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.detail}"
