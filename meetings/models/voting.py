"""Blind votes: what each member thinks, before anybody sees what the others think."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Discipline
from meetings.models.meeting import AgendaItem


@pghistory.track()
class VoteRound(models.Model):
    """One question put to the vote on one case; hidden until it is revealed.

    It is revealed when everybody present has voted (`revealed_by` is None) or by the chair. It may be opened
    before the meeting (`before_meeting`): then it is not revealed before the room looks at its case. The choices of
    each question stand in `meetings/voting.py`.
    """

    class Question(models.TextChoices):
        RESECTABLE = "resectable", "Is the liver disease resectable?"
        STRATEGY = "strategy", "Which strategy?"
        TIMING = "timing", "When to operate?"

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="vote_rounds")
    question = models.CharField(max_length=10, choices=Question)
    before_meeting = models.BooleanField(default=False)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    revealed_at = models.DateTimeField(null=True, blank=True)
    revealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["item", "opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(name="vote_question_once", fields=["item", "question"]),
            models.CheckConstraint(
                name="vote_revealed_at_a_time",
                condition=Q(revealed_by__isnull=True) | Q(revealed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_question_display()} ({self.item.staging.patient.case_id})"


@pghistory.track()
class AdviceLook(models.Model):
    """A member of the board read the advice on a case page before the board had voted on it."""

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="advice_looks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["item", "at"]
        constraints = [models.UniqueConstraint(name="advice_look_once", fields=["item", "by"])]

    def __str__(self) -> str:
        return f"{self.by} read the advice on {self.item}"


@pghistory.track()
class Vote(models.Model):
    """One person's vote; it may be changed until the reveal, and never after."""

    round = models.ForeignKey(VoteRound, on_delete=models.PROTECT, related_name="votes")
    voter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="votes")
    discipline = models.CharField(max_length=40, choices=Discipline, blank=True)
    choice = models.CharField(max_length=20)
    cast_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["round", "cast_at", "pk"]
        constraints = [models.UniqueConstraint(name="vote_once", fields=["round", "voter"])]

    def __str__(self) -> str:
        return f"Vote of {self.voter}"
