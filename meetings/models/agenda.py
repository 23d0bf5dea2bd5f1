"""What people say of the agenda before the meeting: proposals turned down, decisions prepared for confirmation."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from decisions.models import Assessment
from meetings.models.decision import BoardDecision
from meetings.models.meeting import AgendaItem
from patients.models import Staging


@pghistory.track()
class ProposalDismissal(models.Model):
    """A person's word that a case that proposed itself needs no board, with the reason.

    Proposals are worked out from the rows and never stored. `grounds` are those that the person saw (see
    `meetings.proposals`); as soon as the case has any other, it proposes itself again.
    """

    staging = models.ForeignKey(Staging, on_delete=models.CASCADE, related_name="proposal_dismissals")
    grounds = models.JSONField()
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="proposal_dismissed_once", fields=["staging", "grounds"]),
            models.CheckConstraint(name="proposal_dismissed_with_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.staging} is not proposed: {self.reason}"


@pghistory.track()
class PreparedDecision(models.Model):
    """A decision that a person prepared for confirmation without discussion (where the board allows it).

    It rests on `assessment`: under any other it is void. `elements` are rows as `record_decision` takes them,
    with dates as text and the owner by key. Once somebody has pulled the case back it is discussed.
    """

    item = models.OneToOneField(AgendaItem, on_delete=models.CASCADE, related_name="prepared")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=14, choices=BoardDecision.Outcome)
    intent = models.CharField(max_length=10, choices=BoardDecision.Intent, blank=True)
    rationale = models.TextField(blank=True)
    elements = models.JSONField(default=list)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(auto_now=True)
    pulled_back_at = models.DateTimeField(null=True, blank=True)
    pulled_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["item"]
        constraints = [
            models.CheckConstraint(
                name="prepared_pulled_back_by_someone",
                condition=Q(pulled_back_at__isnull=True, pulled_back_by__isnull=True)
                | Q(pulled_back_at__isnull=False, pulled_back_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}, prepared for {self.item}"
