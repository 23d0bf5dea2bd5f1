"""A draft is saved as its form shows it: heading and every change at once, all or nothing."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from accounts.audit import audited
from accounts.models import User
from decisions.engine.thresholds import Number, ThresholdError
from decisions.models import DraftChange, DraftStep, RulebookDraft
from decisions.rulebooks import thresholds_of
from decisions.services.draft_checks import (
    add_step,
    centres_of,
    day_of,
    must_fit,
    own_draft,
    saved,
    text_of,
)
from decisions.services.drafts import submit_draft


@dataclass(frozen=True, slots=True)
class Wanted:
    """Another value of a threshold as it was given: a number (or what was typed instead), why, on what ground."""

    value: Any
    reason: str
    reference: str


def save_draft(
    *,
    by: User,
    draft: RulebookDraft,
    revision: int,
    title: str,
    holds_from: datetime.date | None,
    centres: Iterable[int],
    changes: Mapping[str, Wanted],
) -> RulebookDraft:
    """Heading and changes of a draft as they shall be from now on; a change that is not given falls away.

    The value of the base is no change. Saving what is saved already does nothing. Raises `PermissionDenied`, and
    `ValidationError` with everything that is wrong: `title`, `holds_from`, `centres`, `revision`, `state`, and by
    threshold `NAME.value`, `NAME.reason`, `NAME.reference`; `value` where the numbers do not fit each other.
    """
    with audited(by=by, action="change rulebook draft"):
        draft = own_draft(by, draft, revision)
        problems: dict[str, list[str]] = {}
        title = _taken(problems, "title", text_of, "title", title, 120) or draft.title
        centres = _taken(problems, "centres", centres_of, draft.profile, centres)
        if holds_from is None:
            problems["holds_from"] = ["holds_from: no date given; allowed: a date, such as 2026-05-01."]
        elif holds_from != draft.holds_from:
            _taken(problems, "holds_from", day_of, holds_from)
        numbers = _changes(draft, changes, problems)
        if problems:
            raise ValidationError(problems)
        must_fit(draft, {name: change.value for name, change in numbers.items()})
        assert holds_from is not None
        heading = {"title": title, "holds_from": holds_from, "centres": centres}
        _store(
            by, draft, {key: value for key, value in heading.items() if value != getattr(draft, key)}, numbers
        )
    return draft


def _taken(problems: dict[str, list[str]], key: str, check: Any, *given: Any) -> Any:
    """What a check makes of it; None, and its messages in `problems`, where it refuses."""
    try:
        return check(*given)
    except ValidationError as error:
        problems[key] = [message for messages in error.message_dict.values() for message in messages]
        return None


def _changes(
    draft: RulebookDraft, changes: Mapping[str, Wanted], problems: dict[str, list[str]]
) -> dict[str, Wanted]:
    base = thresholds_of(draft.base)
    found: dict[str, Wanted] = {}
    for name, wanted in changes.items():
        if name not in base.numbers:
            problems[f"{name}.value"] = [f"{name!r} is no threshold; see the rulebook for their names."]
            continue
        number: Number | None = None
        try:
            number = base.get(name).check(wanted.value)
        except ThresholdError as error:
            problems[f"{name}.value"] = [error.message]
        if number == base.numbers[name]:
            continue
        reason = _taken(problems, f"{name}.reason", text_of, f"{name}, reason", wanted.reason, 300)
        reference = _taken(
            problems, f"{name}.reference", text_of, f"{name}, reference", wanted.reference, 300
        )
        if number is not None and reason and reference:
            found[name] = Wanted(number, reason, reference)
    return found


def _store(by: User, draft: RulebookDraft, heading: Mapping[str, Any], numbers: Mapping[str, Wanted]) -> None:
    held = {change.name: change for change in draft.changes.all()}
    base = thresholds_of(draft.base).numbers
    steps: list[dict[str, Any]] = []
    if heading:
        for key, value in heading.items():
            setattr(draft, key, value)
        steps.append(
            {"title": draft.title, "holds_from": str(draft.holds_from), "centres": list(draft.centres)}
        )
    for name in [name for name in held if name not in numbers]:
        held[name].delete()
        steps.append({"name": name, "removed": True})
    for name, wanted in numbers.items():
        old = held.get(name)
        if old is None:
            DraftChange.objects.create(
                draft=draft, name=name, value=wanted.value, reason=wanted.reason, reference=wanted.reference
            )
        elif (old.value, old.reason, old.reference) != (wanted.value, wanted.reason, wanted.reference):
            old.value, old.reason, old.reference = wanted.value, wanted.reason, wanted.reference
            old.save()
        else:
            continue
        steps.append({"name": name, "from": base[name], "to": wanted.value})
    if steps:
        saved(draft)
        for details in steps:
            add_step(draft, DraftStep.Kind.CHANGED, by, details=details)


def save_and_submit(
    *, by: User, draft: RulebookDraft, revision: int, comment: str = "", **form: Any
) -> RulebookDraft:
    """Save a draft as its form shows it, and ask for approval of exactly that; both or neither.

    `form` as for `save_draft`. Raises what `save_draft` and `submit_draft` raise.
    """
    with audited(by=by, action="send rulebook draft for approval"):
        draft = save_draft(by=by, draft=draft, revision=revision, **form)
        return submit_draft(by=by, draft=draft, revision=draft.revision, comment=comment)
