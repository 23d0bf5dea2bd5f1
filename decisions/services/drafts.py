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
from accounts.models import Centre, User
from accounts.rules import require
from decisions.engine.safety import safety_limits
from decisions.engine.thresholds import ThresholdError, ThresholdSet
from decisions.models import (
    DraftChange,
    DraftStep,
    RulebookDraft,
    RulebookProfile,
    RulebookVersion,
)
from decisions.rulebooks import InForce, differences, layered, thresholds_of

State, Kind = RulebookDraft.State, DraftStep.Kind
LONGEST_WAIT = datetime.timedelta(days=366)


def version_in_force(profile: RulebookProfile | None) -> RulebookVersion:
    """What a draft of this layer changes: the profile's version, or the board's while the profile has none."""
    held = InForce()
    return next((item for item in held.versions if item.profile_id == (profile and profile.pk)), held.board)


def layer_below(draft: RulebookDraft) -> ThresholdSet:
    """What the draft's layer lies on: for a profile the board's set in force, for the board the shipped one."""
    from decisions.engine.thresholds import default

    return InForce().thresholds() if draft.profile_id else default()


def numbers_of(draft: RulebookDraft) -> ThresholdSet:
    """The whole set as the draft would make it. Raises `ThresholdError`."""
    changes = {change.name: change.value for change in draft.changes.all()}
    return layered(thresholds_of(draft.base), changes)


def is_stale(draft: RulebookDraft) -> bool:
    """Whether another version of the layer has come into force since the draft was begun."""
    return draft.base_id != version_in_force(draft.profile).pk


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
            title=_text("title", title, 120),
            profile=profile,
            base=base,
            centres=_centres(profile, following if centres is None else centres),
            holds_from=_day(holds_from or timezone.localdate()),
            author=by,
        )
        draft.save()
        _step(draft, Kind.DRAFTED, by, details={"base": base.number})
    return draft


def set_heading(
    *,
    by: User,
    draft: RulebookDraft,
    revision: int,
    title: str,
    holds_from: datetime.date,
    centres: Iterable[int],
) -> RulebookDraft:
    """Title, the day from which it holds, and the centres that follow the profile."""
    with audited(by=by, action="change rulebook draft"):
        draft = _own(by, draft, revision)
        draft.title, draft.holds_from = _text("title", title, 120), _day(holds_from)
        draft.centres = _centres(draft.profile, centres)
        _saved(draft)
        _step(
            draft,
            Kind.CHANGED,
            by,
            details={"title": draft.title, "holds_from": str(draft.holds_from), "centres": draft.centres},
        )
    return draft


def set_change(
    *, by: User, draft: RulebookDraft, revision: int, name: str, value: Any, reason: str, reference: str
) -> RulebookDraft:
    """Another value of one threshold; the same value as the base takes the change out of the draft.

    Raises `ValidationError` by field (`name`, `value`, `reason`, `reference`, `revision`), `PermissionDenied`.
    """
    with audited(by=by, action="change rulebook draft"):
        draft = _own(by, draft, revision)
        base = thresholds_of(draft.base)
        if name not in base.numbers:
            raise ValidationError({"name": [f"{name!r} is no threshold; see the rulebook for their names."]})
        try:
            number = base.get(name).check(value)
        except ThresholdError as error:
            raise ValidationError({"value": [error.message]}) from error
        if number == base.numbers[name]:
            return _without(draft, by, name)
        others = {change.name: change.value for change in draft.changes.exclude(name=name)}
        _fits(draft, {**others, name: number})
        DraftChange.objects.update_or_create(
            draft=draft,
            name=name,
            defaults={
                "value": number,
                "reason": _text("reason", reason, 300),
                "reference": _text("reference", reference, 300),
            },
        )
        _saved(draft)
        _step(draft, Kind.CHANGED, by, details={"name": name, "from": base.numbers[name], "to": number})
    return draft


def remove_change(*, by: User, draft: RulebookDraft, revision: int, name: str) -> RulebookDraft:
    """Leave a threshold as it is. What the other changes say together is looked at when the draft is sent."""
    with audited(by=by, action="change rulebook draft"):
        return _without(_own(by, draft, revision), by, name)


def _without(draft: RulebookDraft, by: User, name: str) -> RulebookDraft:
    if draft.changes.filter(name=name).delete()[0]:
        _saved(draft)
        _step(draft, Kind.CHANGED, by, details={"name": name, "removed": True})
    return draft


def note_look(*, by: User, draft: RulebookDraft, figures: Mapping[str, Any]) -> None:
    """Keep that somebody looked at what the draft would do, with the figures as shown; once a person and figures."""
    last = draft.steps.filter(kind=Kind.LOOKED, by=by).last()
    if last is None or last.details != dict(figures):
        with audited(by=by, action="look at the impact of a rulebook draft"):
            _step(draft, Kind.LOOKED, by, details=dict(figures))


def submit_draft(*, by: User, draft: RulebookDraft, revision: int, comment: str = "") -> RulebookDraft:
    """Ask for approval; from then on nothing of it changes. Raises `ValidationError`, `PermissionDenied`."""
    with audited(by=by, action="send rulebook draft for approval"):
        draft = _own(by, draft, revision)
        _current(draft)
        _day(draft.holds_from)
        changes = {change.name: change.value for change in draft.changes.all()}
        if not changes and sorted(draft.centres) == sorted(
            draft.base.centres if draft.base.profile_id else []
        ):
            raise ValidationError({"changes": ["The draft changes nothing; allowed: at least one change."]})
        _fits(draft, changes)
        draft.state = State.SUBMITTED
        _saved(draft)
        _step(draft, Kind.SUBMITTED, by, comment=comment, details=_snapshot(draft))
    return draft


def rebase_draft(*, by: User, draft: RulebookDraft, revision: int) -> RulebookDraft:
    """Put a draft on top of the version that came into force meanwhile; it needs approval again.

    Changes that the newer version holds already fall away. Raises `ValidationError` where the rest does not fit.
    """
    require(by, "decisions.draft_rulebook")
    with audited(by=by, action="rebase rulebook draft"):
        draft = _locked(draft, revision, State.DRAFT, State.SUBMITTED, State.APPROVED)
        _by_author(by, draft)
        newer, older = version_in_force(draft.profile), draft.base
        draft.base, draft.state = newer, State.DRAFT
        draft.approved_by = draft.approved_at = None
        numbers = thresholds_of(newer).numbers
        for change in draft.changes.all():
            if numbers.get(change.name, change.value) == change.value:
                change.delete()
        _fits(draft, {change.name: change.value for change in draft.changes.all()})
        _saved(draft)
        _step(draft, Kind.REBASED, by, details={"from": older.number, "to": newer.number})
    return draft


def withdraw_draft(*, by: User, draft: RulebookDraft, revision: int, comment: str) -> RulebookDraft:
    """Give a draft up, with the reason: by its author, or by who may approve. The trail stays."""
    with audited(by=by, action="withdraw rulebook draft"):
        draft = _locked(draft, revision, State.DRAFT, State.SUBMITTED, State.APPROVED)
        if by.pk != draft.author_id:
            require(by, "decisions.approve_rulebook")
        draft.state, draft.approved_by, draft.approved_at = State.WITHDRAWN, None, None
        _saved(draft)
        _step(draft, Kind.WITHDRAWN, by, comment=_text("comment", comment, 1000))
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
        draft = _own(by, draft, draft.revision)
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
        _fits(draft, {**kept, **wanted})
        why, ground = _text("reason", reason, 300), _text("reference", reference, 300)
        for name, number in wanted.items():
            DraftChange.objects.update_or_create(
                draft=draft, name=name, defaults={"value": number, "reason": why, "reference": ground}
            )
        _saved(draft)
        _step(draft, Kind.CHANGED, by, details={"changes": wanted, "reference": ground})
    return draft


# -------------------------------------------------------------------------------------- the second person
def send_back(*, by: User, draft: RulebookDraft, revision: int, comment: str) -> RulebookDraft:
    """Give a draft back to its author with what should be different."""
    require(by, "decisions.approve_rulebook")
    with audited(by=by, action="send rulebook draft back"):
        draft = _locked(draft, revision, State.SUBMITTED, State.APPROVED)
        draft.state, draft.approved_by, draft.approved_at = State.DRAFT, None, None
        _saved(draft)
        _step(draft, Kind.SENT_BACK, by, comment=_text("comment", comment, 1000))
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
        draft = _locked(draft, revision, State.SUBMITTED)
        if by.pk == draft.author_id:
            raise PermissionDenied(f"{by} wrote this draft; it needs the approval of a second person.")
        _current(draft)
        _fits(draft, {change.name: change.value for change in draft.changes.all()})
        _confirmed(draft, typed or {})
        draft.state, draft.approved_by, draft.approved_at = State.APPROVED, by, timezone.now()
        _saved(draft)
        _step(
            draft,
            Kind.APPROVED,
            by,
            comment=comment,
            details={**_snapshot(draft), "typed": dict(typed or {})},
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
                f"{change.name}: {text or 'nothing'!r} was typed; allowed: the new value of the draft, "
                f"because {rule} guards against {harm}."
            ]
    if problems:
        raise ValidationError(problems)


# ------------------------------------------------------------------------------------------- what all need
def _locked(draft: RulebookDraft, revision: int, *states: RulebookDraft.State) -> RulebookDraft:
    found = (
        RulebookDraft.objects.select_for_update(of=("self",))
        .select_related("base", "profile")
        .get(pk=draft.pk)
    )
    if found.state not in states:
        wanted = " or ".join(f"“{state.label}”" for state in states)
        raise ValidationError({"state": [f"The draft is “{found.get_state_display()}”; allowed: {wanted}."]})
    if found.revision != revision:
        raise ValidationError(
            {
                "revision": [
                    "The draft was changed meanwhile; nothing was saved. See it as it is now, then do it again."
                ]
            }
        )
    return found


def _own(by: User, draft: RulebookDraft, revision: int) -> RulebookDraft:
    require(by, "decisions.draft_rulebook")
    _by_author(by, draft)
    return _locked(draft, revision, State.DRAFT)


def _by_author(by: User, draft: RulebookDraft) -> None:
    if by.pk != draft.author_id:
        raise PermissionDenied(f"Only its author, {draft.author}, edits this draft; begin one of your own.")


def _saved(draft: RulebookDraft) -> None:
    draft.revision += 1
    draft.save()


def _step(
    draft: RulebookDraft,
    kind: DraftStep.Kind,
    by: User,
    *,
    comment: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    DraftStep.objects.create(
        draft=draft, kind=kind, by=by, comment=comment.strip(), details=dict(details or {})
    )


def _snapshot(draft: RulebookDraft) -> dict[str, Any]:
    """What was asked for or approved, in numbers."""
    return {
        "base": draft.base.number,
        "holds_from": str(draft.holds_from),
        "centres": list(draft.centres),
        "changes": {change.name: change.value for change in draft.changes.all()},
        "hash": numbers_of(draft).hash,
    }


def _current(draft: RulebookDraft) -> None:
    if is_stale(draft):
        newer = version_in_force(draft.profile)
        raise ValidationError(
            {
                "base": [
                    f"The draft stands on version {draft.base.number}, and version {newer.number} is in force; "
                    "allowed: a draft that its author has put on top of that."
                ]
            }
        )


def _fits(draft: RulebookDraft, changes: Mapping[str, float]) -> None:
    """The numbers fit each other, in this layer and in every profile above it."""
    try:
        numbers = layered(thresholds_of(draft.base), changes)
    except ThresholdError as error:
        raise ValidationError({"value": [error.message]}) from error
    if draft.profile_id is not None:
        return
    for version in InForce().versions[1:]:
        try:
            layered(numbers, version.changes)
        except ThresholdError as error:
            raise ValidationError(
                {"value": [f"Under the profile “{version.profile}”, which lies on top: {error.message}"]}
            ) from error


def _text(field: str, text: str, longest: int) -> str:
    text = " ".join(text.split()) if longest < 1000 else text.strip()
    if not text or len(text) > longest:
        shown = f"{len(text)} characters" if text else "nothing"
        raise ValidationError({field: [f"{field}: {shown} given; allowed: 1 to {longest} characters."]})
    return text


def _day(day: datetime.date) -> datetime.date:
    today = timezone.localdate()
    if not today <= day <= today + LONGEST_WAIT:
        raise ValidationError(
            {
                "holds_from": [
                    f"holds_from: {day} is not allowed; allowed: a date from {today} to {today + LONGEST_WAIT}."
                ]
            }
        )
    return day


def _centres(profile: RulebookProfile | None, centres: Iterable[int]) -> list[int]:
    wanted = sorted(set(centres))
    if wanted and profile is None:
        raise ValidationError({"centres": ["Only a profile is followed by single centres."]})
    known = set(Centre.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    if missing := [centre for centre in wanted if centre not in known]:
        raise ValidationError(
            {"centres": [f"centres: {missing} are not known; allowed: centres of the board."]}
        )
    return wanted


__all__ = [
    "add_changes",
    "approve_draft",
    "differences",
    "draft_roll_back",
    "is_stale",
    "layer_below",
    "note_look",
    "numbers_of",
    "rebase_draft",
    "remove_change",
    "safety_changes",
    "send_back",
    "set_change",
    "set_heading",
    "start_draft",
    "submit_draft",
    "version_in_force",
    "withdraw_draft",
]
