"""A version comes into force: it is stored, and every open case is assessed again, in chunks.

How far that is, is read from the assessments themselves. A worker that is killed leaves a chunk that the next run,
or the sweep, takes up again; nothing is assessed twice, as (version of the staging, rulebook, engine) is unique.
"""

import datetime
import logging
from dataclasses import dataclass
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from accounts.audit import audited
from accounts.models import User
from decisions.engine.assess import ENGINE_VERSION
from decisions.engine.thresholds import ThresholdError
from decisions.models import (
    Assessment,
    AssessmentJob,
    DraftStep,
    RulebookActivation,
    RulebookDraft,
    RulebookVersion,
)
from decisions.rulebooks import InForce, differences, follow_board, lock_rulebook, store_version
from decisions.selectors import open_versions
from decisions.services.assessing import MAX_ATTEMPTS, AssessmentBusyError, run_assessment
from decisions.services.draft_checks import is_stale, layer_below, numbers_of
from decisions.signals import rulebook_activated
from patients.models import StagingVersion

logger = logging.getLogger(__name__)

STALLED_FOR = datetime.timedelta(minutes=2)
"""An activation that has not moved for so long may have lost its worker, or its message."""
CHUNK = 25
"""Cases that one task assesses: a few seconds at most, so that other work gets its turn."""


def activate_draft(*, draft: RulebookDraft) -> RulebookVersion:
    """Make the version of an approved draft, and of every profile on top of it, in force from today.

    Raises `ValidationError` when the draft is not approved or no longer stands on the version in force.
    """
    approver = draft.approved_by
    if draft.state != RulebookDraft.State.APPROVED or approver is None:
        raise ValidationError(
            {"state": [f"The draft is “{draft.get_state_display()}”; allowed: an approved one."]}
        )
    with audited(by=approver, action="activate rulebook"):
        lock_rulebook()
        if is_stale(draft):
            raise ValidationError(
                {"base": [f"Version {draft.base.number}, on which the draft stands, is no longer in force."]}
            )
        numbers = numbers_of(draft)
        below = layer_below(draft)
        version = store_version(
            numbers,
            profile=draft.profile,
            reason=draft.title,
            changes=differences(below, numbers),
            centres=draft.centres,
            created_by_id=draft.author_id,
        )
        above = [] if draft.profile_id else follow_board(version, created_by_id=draft.author_id)
        draft.state, draft.version = RulebookDraft.State.ACTIVE, version
        draft.revision += 1
        draft.save()
        DraftStep.objects.create(
            draft=draft,
            kind=DraftStep.Kind.ACTIVATED,
            by=approver,
            details={"version": version.number, "profiles": [item.number for item in above]},
        )
        for item in (version, *above):
            _begin(item, approver)
    return version


def activate_due(today: datetime.date | None = None) -> list[RulebookVersion]:
    """Activate the approved drafts whose day has come, in the order of their days; safe to run twice.

    A draft that cannot be activated any more goes back to its author with the reason.
    """
    today = today or timezone.localdate()
    due = RulebookDraft.objects.filter(state=RulebookDraft.State.APPROVED, holds_from__lte=today)
    found = []
    for pk in due.order_by("holds_from", "approved_at").values_list("pk", flat=True):
        with transaction.atomic():
            draft = RulebookDraft.objects.select_for_update(of=("self",)).select_related("base").get(pk=pk)
            if draft.state != RulebookDraft.State.APPROVED:
                continue
            try:
                with transaction.atomic():
                    found.append(activate_draft(draft=draft))
            except (ValidationError, ThresholdError) as error:
                _give_back(draft, error)
    return found


def _give_back(draft: RulebookDraft, error: Exception) -> None:
    draft.refresh_from_db()
    why = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
    with audited(by=draft.author, action="rulebook draft could not be activated", source="task"):
        draft.state, draft.approved_by, draft.approved_at = RulebookDraft.State.DRAFT, None, None
        draft.revision += 1
        draft.save()
        DraftStep.objects.create(draft=draft, kind=DraftStep.Kind.SENT_BACK, by=None, comment=why)


def _begin(version: RulebookVersion, by: User) -> RulebookActivation:
    activation = RulebookActivation.objects.create(version=version, by=by, total=remaining(version).count())
    transaction.on_commit(partial(_send, activation.pk))
    return activation


def _send(activation_id: int) -> None:
    """Tell the workers. A broker that does not answer costs time only: the sweep sends it later."""
    from decisions.tasks import assess_under_rulebook

    try:
        assess_under_rulebook.delay(activation_id)
    except (BrokerError, OSError) as error:
        logger.warning("Activation %s waits: the broker does not answer (%s).", activation_id, error)


def concerned(version: RulebookVersion) -> QuerySet[StagingVersion]:
    """The newest staged version of every open case for which this rulebook version holds."""
    return InForce().concerned(version, open_versions())


def remaining(version: RulebookVersion) -> QuerySet[StagingVersion]:
    """Those of `concerned` that have no assessment under this version, and are not given up."""
    key = {"staging_version": OuterRef("pk"), "rulebook": version, "engine_version": ENGINE_VERSION}
    given_up = AssessmentJob.objects.filter(
        **key, state=AssessmentJob.State.FAILED, attempts__gte=MAX_ATTEMPTS
    )
    return concerned(version).filter(~Exists(Assessment.objects.filter(**key)), ~Exists(given_up))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an activation is: cases in all, assessed, given up after several attempts."""

    total: int
    done: int
    failed: int

    @property
    def percent(self) -> int:
        """Whole percent of the cases that are done or given up."""
        return 100 if not self.total else 100 * (self.done + self.failed) // self.total


def progress(activation: RulebookActivation) -> Progress:
    """Counted now, from the assessments."""
    version = activation.version
    jobs = AssessmentJob.objects.filter(rulebook=version, engine_version=ENGINE_VERSION)
    failed = jobs.filter(state=AssessmentJob.State.FAILED, attempts__gte=MAX_ATTEMPTS).count()
    left = remaining(version).count() if activation.finished_at is None else 0
    total = max(activation.total, left + failed)
    return Progress(total=total, done=total - left - failed, failed=failed)


def run_chunk(activation_id: int, size: int = CHUNK) -> int:
    """Assess the next cases of an activation; returns how many are left. Safe to run twice, at once, and to be killed.

    When none is left the activation ends, once, and `rulebook_activated` tells the rest of the program.
    A version that is no longer in force has nothing left: its successor sees to the cases.
    """
    activation = RulebookActivation.objects.select_related("version", "by").get(pk=activation_id)
    version = activation.version
    for staging_version in remaining(version).order_by("pk")[:size]:
        job, _ = AssessmentJob.objects.get_or_create(
            staging_version=staging_version,
            rulebook=version,
            engine_version=ENGINE_VERSION,
            defaults={"queued_at": timezone.now()},
        )
        try:
            run_assessment(job.pk)
        except AssessmentBusyError:
            continue
    left = remaining(version).count()
    if left:
        RulebookActivation.objects.filter(pk=activation_id).update(moved_at=timezone.now())
    else:
        _finish(activation_id)
    return left


def _finish(activation_id: int) -> None:
    with transaction.atomic():
        activation = RulebookActivation.objects.select_for_update(of=("self",)).get(pk=activation_id)
        if activation.finished_at is not None:
            return
        with audited(by=activation.by, action="finish rulebook activation", source="task"):
            activation.finished_at = timezone.now()
            activation.save()
            rulebook_activated.send(RulebookActivation, activation=activation)


def stalled_activations() -> list[int]:
    """Activations that are not at their end and have not moved for a while: what the sweep sends again."""
    return list(
        RulebookActivation.objects.filter(finished_at__isnull=True, moved_at__lt=timezone.now() - STALLED_FOR)
        .order_by("version__number")
        .values_list("pk", flat=True)
    )
