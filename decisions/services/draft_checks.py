"""What every write of a rulebook draft looks at: whose it is, its state and revision, and whether its numbers fit."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import Centre, User
from accounts.rules import require
from decisions.engine.thresholds import ThresholdError, ThresholdSet
from decisions.models import DraftStep, RulebookDraft, RulebookProfile, RulebookVersion
from decisions.rulebooks import InForce, layered, thresholds_of

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


def locked(draft: RulebookDraft, revision: int, *states: RulebookDraft.State) -> RulebookDraft:
    """The draft, held until the transaction ends. Raises `ValidationError` on another state or revision."""
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


def own_draft(by: User, draft: RulebookDraft, revision: int) -> RulebookDraft:
    """The draft, held, for its author to edit. Raises `PermissionDenied`, `ValidationError`."""
    require(by, "decisions.draft_rulebook")
    by_author(by, draft)
    return locked(draft, revision, RulebookDraft.State.DRAFT)


def by_author(by: User, draft: RulebookDraft) -> None:
    """Raises `PermissionDenied` for everybody but the author."""
    if by.pk != draft.author_id:
        raise PermissionDenied(f"Only its author, {draft.author}, edits this draft; begin one of your own.")


def saved(draft: RulebookDraft) -> None:
    """Store the draft as its next revision."""
    draft.revision += 1
    draft.save()


def add_step(
    draft: RulebookDraft,
    kind: DraftStep.Kind,
    by: User,
    *,
    comment: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add to the trail."""
    DraftStep.objects.create(
        draft=draft, kind=kind, by=by, comment=comment.strip(), details=dict(details or {})
    )


def snapshot(draft: RulebookDraft) -> dict[str, Any]:
    """What was asked for or approved, in numbers."""
    return {
        "base": draft.base.number,
        "holds_from": str(draft.holds_from),
        "centres": list(draft.centres),
        "changes": {change.name: change.value for change in draft.changes.all()},
        "hash": numbers_of(draft).hash,
    }


def must_be_current(draft: RulebookDraft) -> None:
    """Raises `ValidationError` on `base` when another version of the layer is in force."""
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


def must_fit(draft: RulebookDraft, changes: Mapping[str, float]) -> None:
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


def text_of(field: str, text: str, longest: int) -> str:
    """A text that is needed. Raises `ValidationError` on `field`."""
    text = " ".join(text.split()) if longest < 1000 else text.strip()
    if not text or len(text) > longest:
        shown = f"{len(text)} characters" if text else "nothing"
        raise ValidationError({field: [f"{field}: {shown} given; allowed: 1 to {longest} characters."]})
    return text


def day_of(day: datetime.date) -> datetime.date:
    """A day from which a draft may hold. Raises `ValidationError` on `holds_from`."""
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


def centres_of(profile: RulebookProfile | None, centres: Iterable[int]) -> list[int]:
    """The centres that follow a profile, sorted. Raises `ValidationError` on `centres`."""
    wanted = sorted(set(centres))
    if wanted and profile is None:
        raise ValidationError({"centres": ["Only a profile is followed by single centres."]})
    known = set(Centre.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    if missing := [centre for centre in wanted if centre not in known]:
        raise ValidationError(
            {"centres": [f"centres: {missing} are not known; allowed: centres of the board."]}
        )
    return wanted
