"""The rulebook: its versions, the profiles of centres, and the drafts from which versions come.

A version is complete and final. The board's own versions have no profile; a profile is a layer above them: its
`changes` are set on top of the board's thresholds, and follow when those change. A version comes from an approved
draft only, or from the set that is shipped with the program.
"""

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


@pghistory.track()
class RulebookProfile(models.Model):
    """A named set of thresholds on top of the board's own, for the centres that follow it."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120, unique=True)
    description = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@pgtrigger.register(
    pgtrigger.Protect(name="rulebook_is_final", operation=pgtrigger.Update | pgtrigger.Delete)
)
@pghistory.track()
class RulebookVersion(models.Model):
    """One complete set of thresholds. Never edited: a change is a new version.

    `thresholds` maps every name to its value; `hash` is that of the engine's `ThresholdSet`. `changes` holds what
    this layer sets itself: of the board's own the differences from the shipped set, of a profile those from the
    board's own. `centres` (primary keys) are those that follow a profile from this version on.
    """

    number = models.PositiveIntegerField(unique=True)
    profile = models.ForeignKey(
        RulebookProfile, null=True, blank=True, on_delete=models.PROTECT, related_name="versions"
    )
    hash = models.CharField(max_length=64)
    thresholds = models.JSONField()
    changes = models.JSONField(default=dict, blank=True)
    centres = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    valid_from = models.DateField()
    reason = models.CharField(max_length=300)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty for the default that is shipped with the program.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"Rulebook {self.number}"


@pghistory.track()
class RulebookDraft(models.Model):
    """A change of the rulebook in the making. Nothing of it holds before a second person has approved it.

    `base` is the version that it changes; when another one comes into force first, the draft must be put on top
    of that. `centres` (primary keys) are those that follow the profile once it holds. `revision` is counted up with
    every save and guards against two screens. Only the author edits it, and never approves it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Waits for approval"
        APPROVED = "approved", "Approved, waits for its day"
        ACTIVE = "active", "Activated"
        WITHDRAWN = "withdrawn", "Withdrawn"

    title = models.CharField(max_length=120)
    profile = models.ForeignKey(
        RulebookProfile, null=True, blank=True, on_delete=models.PROTECT, related_name="drafts"
    )
    base = models.ForeignKey(RulebookVersion, on_delete=models.PROTECT, related_name="drafts")
    centres = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    returns_to = models.ForeignKey(
        RulebookVersion,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The earlier version that this draft rolls back to.",
    )
    holds_from = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rulebook_drafts"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    version = models.OneToOneField(
        RulebookVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="draft"
    )

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="draft_state_known",
                condition=Q(state__in=["draft", "submitted", "approved", "active", "withdrawn"]),
            ),
            models.CheckConstraint(
                name="draft_approved_by_a_second_person",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("author")),
            ),
            models.CheckConstraint(
                name="draft_approved_whole",
                condition=Q(
                    state__in=["approved", "active"], approved_by__isnull=False, approved_at__isnull=False
                )
                | Q(
                    state__in=["draft", "submitted", "withdrawn"],
                    approved_by__isnull=True,
                    approved_at__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="draft_active_with_its_version",
                condition=Q(state="active", version__isnull=False)
                | (~Q(state="active") & Q(version__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.title


@pghistory.track()
class DraftChange(models.Model):
    """Another value of one threshold, with why and on what ground."""

    draft = models.ForeignKey(RulebookDraft, on_delete=models.CASCADE, related_name="changes")
    name = models.CharField(max_length=60)
    value = models.FloatField()
    reason = models.CharField(max_length=300)
    reference = models.CharField(max_length=300)

    class Meta:
        ordering = ["draft", "name"]
        constraints = [models.UniqueConstraint(name="draft_change_once", fields=["draft", "name"])]

    def __str__(self) -> str:
        return f"{self.name} = {self.value:g}"


@pgtrigger.register(
    pgtrigger.Protect(name="draft_step_is_final", operation=pgtrigger.Update | pgtrigger.Delete)
)
@pghistory.track()
class DraftStep(models.Model):
    """One step on the way of a draft: who did what, when, with which figures. Never edited: the trail of an audit."""

    class Kind(models.TextChoices):
        DRAFTED = "drafted", "Drafted"
        CHANGED = "changed", "Changed"
        LOOKED = "looked", "Impact looked at"
        SUBMITTED = "submitted", "Sent for approval"
        SENT_BACK = "sent_back", "Sent back"
        REBASED = "rebased", "Put on top of a newer version"
        APPROVED = "approved", "Approved"
        ACTIVATED = "activated", "Activated"
        WITHDRAWN = "withdrawn", "Withdrawn"

    draft = models.ForeignKey(RulebookDraft, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: the program itself, when an approved draft could not be activated any more.",
    )
    at = models.DateTimeField(auto_now_add=True)
    comment = models.TextField(blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["draft", "pk"]

    def __str__(self) -> str:
        return f"{self.draft}: {self.get_kind_display()}"


@pghistory.track()
class RulebookActivation(models.Model):
    """The re-assessment of every open case after a version came into force; `total` as counted at the start.

    How far it is, is counted from the assessments themselves, so that a killed worker leaves nothing wrong.
    """

    version = models.OneToOneField(RulebookVersion, on_delete=models.PROTECT, related_name="activation")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    total = models.PositiveIntegerField()
    started_at = models.DateTimeField(auto_now_add=True)
    moved_at = models.DateTimeField(auto_now=True, help_text="When the last chunk was done.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"Activation of {self.version}"
