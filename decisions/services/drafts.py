"""Changing the rulebook: a draft by one person, approved by another. Every step is kept.

    draft -> submitted -> approved -> active          sent back: submitted -> draft
                 \\___________\\______> withdrawn

A draft stands on one version (`base`). When another version of the same layer comes into force first, the draft
can be neither sent, approved nor activated before its author has put it on top of the newer one (`rebase_draft`).
"""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from decisions.engine.safety import safety_limits
from decisions.engine.thresholds import ThresholdError
from decisions.models import (
    DraftChange,
    DraftStep,
    RulebookDraft,
    RulebookProfile,
    RulebookVersion,
)
from decisions.rulebooks import thresholds_of
from decisions.services.draft_checks import (
    add_step,
    by_author,
    centres_of,
    day_of,
    locked,
    must_be_current,
    must_fit,
    own_draft,
    saved,
    snapshot,
    text_of,
    version_in_force,
)

State, Kind = RulebookDraft.State, DraftStep.Kind


# ------------------------------------------------------------------------------------------ the author
def start_draft(
    *,
    by: User,
    title: str,
    holds_from: datetime.date | None = None,
    profile: RulebookProfile | None = None,
    centres: Iterable[int] | None = None,
) -> RulebookDraft:
    """An empty draft on top of the version in force. Raises `PermissionDenied`, `ValidationError` by field."""
    require(by, "decisions.draft_rulebook")
    with audited(by=by, action="draft rulebook"):
        base = version_in_force(profile)
        following = list(base.centres) if base.profile_id else []
        draft = RulebookDraft(
            title=text_of("title", title, 120),
            profile=profile,
            base=base,
            centres=centres_of(profile, following if centres is None else centres),
            holds_from=day_of(holds_from or timezone.localdate()),
            author=by,
        )
        draft.save()
        add_step(draft, Kind.DRAFTED, by, details={"base": base.number})
    return draft


def note_look(*, by: User, draft: RulebookDraft, figures: Mapping[str, Any]) -> None:
    """Keep that somebody looked at what the draft would do, with the figures as shown; once a person and figures."""
    last = draft.steps.filter(kind=Kind.LOOKED, by=by).last()
    if last is None or last.details != dict(figures):
        with audited(by=by, action="look at the impact of a rulebook draft"):
            add_step(draft, Kind.LOOKED, by, details=dict(figures))


def submit_draft(*, by: User, draft: RulebookDraft, revision: int, comment: str = "") -> RulebookDraft:
    """Ask for approval; from then on nothing of it changes. Raises `ValidationError`, `PermissionDenied`."""
    with audited(by=by, action="send rulebook draft for approval"):
        draft = own_draft(by, draft, revision)
        must_be_current(draft)
        day_of(draft.holds_from)
        changes = {change.name: change.value for change in draft.changes.all()}
        if not changes and sorted(draft.centres) == sorted(
            draft.base.centres if draft.base.profile_id else []
        ):
            raise ValidationError({"changes": ["The draft changes nothing; allowed: at least one change."]})
        must_fit(draft, changes)
        draft.state = State.SUBMITTED
        saved(draft)
        add_step(draft, Kind.SUBMITTED, by, comment=comment, details=snapshot(draft))
    return draft


def rebase_draft(*, by: User, draft: RulebookDraft, revision: int) -> RulebookDraft:
    """Put a draft on top of the version that came into force meanwhile; it needs approval again.

    Changes that the newer version holds already fall away. Raises `ValidationError` where the rest does not fit.
    """
    require(by, "decisions.draft_rulebook")
    with audited(by=by, action="rebase rulebook draft"):
        draft = locked(draft, revision, State.DRAFT, State.SUBMITTED, State.APPROVED)
        by_author(by, draft)
        newer, older = version_in_force(draft.profile), draft.base
        draft.base, draft.state = newer, State.DRAFT
        draft.approved_by = draft.approved_at = None
        numbers = thresholds_of(newer).numbers
        for change in draft.changes.all():
            if numbers.get(change.name, change.value) == change.value:
                change.delete()
        must_fit(draft, {change.name: change.value for change in draft.changes.all()})
        saved(draft)
        add_step(draft, Kind.REBASED, by, details={"from": older.number, "to": newer.number})
    return draft


def withdraw_draft(*, by: User, draft: RulebookDraft, revision: int, comment: str) -> RulebookDraft:
    """Give a draft up, with the reason: by its author, or by who may approve. The trail stays."""
    with audited(by=by, action="withdraw rulebook draft"):
        draft = locked(draft, revision, State.DRAFT, State.SUBMITTED, State.APPROVED)
        if by.pk != draft.author_id:
            require(by, "decisions.approve_rulebook")
        draft.state, draft.approved_by, draft.approved_at = State.WITHDRAWN, None, None
        saved(draft)
        add_step(draft, Kind.WITHDRAWN, by, comment=text_of("comment", comment, 1000))
    return draft


def draft_roll_back(*, by: User, version: RulebookVersion, reason: str) -> RulebookDraft:
    """A draft that returns its layer to the numbers of an earlier version; approved like any other."""
    with audited(by=by, action="draft roll back"):
        draft = start_draft(by=by, title=f"Back to version {version.number}", profile=version.profile)
        if version.pk == draft.base_id:
            raise ValidationError(
                {"version": [f"Version {version.number} is in force; allowed: an earlier one."]}
            )
        draft.returns_to = version
        draft.save()
        draft = add_changes(
            by=by,
            draft=draft,
            numbers=thresholds_of(version).numbers,
            reason=reason,
            reference=f"Version {version.number}: {version.reason}",
        )
        if version.profile_id and sorted(version.centres) != sorted(draft.centres):
            draft.centres = list(version.centres)
            draft.save()
    return draft


def add_changes(
    *, by: User, draft: RulebookDraft, numbers: Mapping[str, Any], reason: str, reference: str
) -> RulebookDraft:
    """Take many numbers into a draft at once, all or none: those of another version, or of a file.

    Raises `ValidationError` on `changes`, every wrong name and value at once.
    """
    with audited(by=by, action="change rulebook draft"):
        draft = own_draft(by, draft, draft.revision)
        base, wanted, problems = thresholds_of(draft.base), {}, []
        for name, value in numbers.items():
            try:
                if name not in base.numbers:
                    raise ThresholdError(name, value, f"{name}: there is no such threshold.")
                number = base.get(name).check(value)
            except ThresholdError as error:
                problems.append(error.message)
                continue
            if number != base.numbers[name]:
                wanted[name] = number
        if problems:
            raise ValidationError({"changes": problems})
        kept = {change.name: change.value for change in draft.changes.all()}
        must_fit(draft, {**kept, **wanted})
        why, ground = text_of("reason", reason, 300), text_of("reference", reference, 300)
        for name, number in wanted.items():
            DraftChange.objects.update_or_create(
                draft=draft, name=name, defaults={"value": number, "reason": why, "reference": ground}
            )
        saved(draft)
        add_step(draft, Kind.CHANGED, by, details={"changes": wanted, "reference": ground})
    return draft


# -------------------------------------------------------------------------------------- the second person
def send_back(*, by: User, draft: RulebookDraft, revision: int, comment: str) -> RulebookDraft:
    """Give a draft back to its author with what should be different."""
    require(by, "decisions.approve_rulebook")
    with audited(by=by, action="send rulebook draft back"):
        draft = locked(draft, revision, State.SUBMITTED, State.APPROVED)
        draft.state, draft.approved_by, draft.approved_at = State.DRAFT, None, None
        saved(draft)
        add_step(draft, Kind.SENT_BACK, by, comment=text_of("comment", comment, 1000))
    return draft


def approve_draft(
    *,
    by: User,
    draft: RulebookDraft,
    revision: int,
    typed: Mapping[str, str] | None = None,
    comment: str = "",
) -> RulebookDraft:
    """Approve a draft of somebody else. It holds from its day; when that has come, from now on.

    `typed`: the new value of every changed threshold that a safety rule reads, as the approver typed it.
    Raises `PermissionDenied` for the author, whatever roles they have, and `ValidationError`: by threshold for
    what was typed, on `base` when the draft no longer stands on the version in force.
    """
    from decisions.services.activation import activate_draft

    require(by, "decisions.approve_rulebook")
    with audited(by=by, action="approve rulebook draft"):
        draft = locked(draft, revision, State.SUBMITTED)
        if by.pk == draft.author_id:
            raise PermissionDenied(f"{by} wrote this draft; it needs the approval of a second person.")
        must_be_current(draft)
        must_fit(draft, {change.name: change.value for change in draft.changes.all()})
        _confirmed(draft, typed or {})
        draft.state, draft.approved_by, draft.approved_at = State.APPROVED, by, timezone.now()
        saved(draft)
        add_step(
            draft,
            Kind.APPROVED,
            by,
            comment=comment,
            details={**snapshot(draft), "typed": dict(typed or {})},
        )
        if draft.holds_from <= timezone.localdate():
            activate_draft(draft=draft)
    return draft


def safety_changes(draft: RulebookDraft) -> list[DraftChange]:
    """The changes of a draft that a safety rule reads."""
    return [change for change in draft.changes.all() if change.name in safety_limits()]


def _confirmed(draft: RulebookDraft, typed: Mapping[str, str]) -> None:
    problems: dict[str, list[str]] = {}
    for change in safety_changes(draft):
        text = (typed.get(change.name) or "").strip().replace(",", ".")
        try:
            right = float(text) == change.value
        except ValueError:
            right = False
        if not right:
            rule, harm = safety_limits()[change.name]
            problems[change.name] = [
                f"{change.name}: {repr(text) if text else 'nothing'} was typed; allowed: the new value of the draft, "
                f"because {rule} guards against {harm}."
            ]
    if problems:
        raise ValidationError(problems)
