"""How far a rulebook draft is: its approval as steps, what came in between, what the approver types, and its trail."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from accounts.models import Centre
from decisions.models import DraftStep, RulebookDraft, RulebookVersion
from decisions.pages.drafts import OPEN_STATES, in_order
from decisions.pages.readers import safety_words
from decisions.rulebooks import differences, thresholds_of
from decisions.selectors import open_versions
from decisions.services.draft_checks import is_stale, version_in_force
from decisions.services.drafts import safety_changes
from patients import wording

State, Kind = RulebookDraft.State, DraftStep.Kind


def approval_steps(draft: RulebookDraft) -> list[dict[str, str]]:
    """Drafted, looked at, approved by a second person, active: each with its state and what is known of it."""
    trail = list(draft.steps.select_related("by"))
    return [_drafted(draft, trail), _looked(draft, trail), _approved(draft, trail), _active(draft)]


def _step_of(state: str, title: str, text: str) -> dict[str, str]:
    icon, tone = {
        "done": ("check", "yes"),
        "now": ("half", "now"),
        "open": ("ring", "none"),
        "back": ("not", "no"),
    }[state]
    return {"icon": icon, "tone": tone, "title": title, "text": text}


def _drafted(draft: RulebookDraft, trail: Sequence[DraftStep]) -> dict[str, str]:
    return _step_of(
        "done", "Drafted", f"{draft.author}, {moment(draft.created_at)}, on version {draft.base.number}"
    )


def _looked(draft: RulebookDraft, trail: Sequence[DraftStep]) -> dict[str, str]:
    edits = (Kind.CHANGED, Kind.REBASED, Kind.DRAFTED)
    last_edit = max((step.pk for step in trail if step.kind in edits), default=0)
    looks = [step for step in trail if step.kind == Kind.LOOKED and step.pk > last_edit]
    if not looks:
        words = "not yet as the draft is now" if draft.state in OPEN_STATES else "by nobody"
        return _step_of("open", "Impact looked at", words)
    people = list(dict.fromkeys(str(step.by) for step in looks))
    figures = looks[-1].details
    return _step_of(
        "done",
        "Impact looked at",
        f"{wording.listing(people)}: {figures.get('changed', 0)} of {figures.get('cases', 0)} cases change",
    )


def _approved(draft: RulebookDraft, trail: Sequence[DraftStep]) -> dict[str, str]:
    title = "Approved by a second person"
    if draft.approved_by is not None and draft.approved_at is not None:
        return _step_of("done", title, f"{draft.approved_by}, {moment(draft.approved_at)}")
    back = next((step for step in reversed(trail) if step.kind in (Kind.SENT_BACK, Kind.SUBMITTED)), None)
    limits = [change.name for change in in_order(safety_changes(draft), thresholds_of(draft.base))]
    typed = (
        f" {wording.listing(limits)}: read by a safety rule, so the approver types the new "
        f"{'value' if len(limits) == 1 else 'values'}."
        if limits
        else ""
    )
    if draft.state == State.SUBMITTED:
        return _step_of("now", title, f"waits for somebody else than {draft.author}.{typed}")
    if draft.state == State.DRAFT and back is not None and back.kind == Kind.SENT_BACK:
        return _step_of("back", title, f"sent back by {back.by or 'the program'}: {back.comment}")
    return _step_of("open", title, f"not the author.{typed}")


def _active(draft: RulebookDraft) -> dict[str, str]:
    if draft.version is not None:
        return _step_of(
            "done", "Active", f"version {draft.version.number} since {wording.day(draft.version.valid_from)}"
        )
    if draft.state == State.WITHDRAWN:
        return _step_of("open", "Not activated", "the draft was withdrawn")
    day = "on approval" if draft.holds_from <= timezone.localdate() else f"on {wording.day(draft.holds_from)}"
    count = open_cases(draft)
    cases = f"{wording.counted(count, 'open case')} {'is' if count == 1 else 'are'} assessed again"
    return _step_of("open", f"Active {day}", f"{cases}; past meetings keep what they saw")


def open_cases(draft: RulebookDraft) -> int:
    """How many open cases the draft's layer is for."""
    found = open_versions()
    if draft.profile_id is not None:
        found = found.filter(staging__patient__centre__in=draft.centres)
    return found.count()


def moment(at: datetime.datetime) -> str:
    """'16 Apr 2026 09:14', in the board's time."""
    local = timezone.localtime(at)
    return f"{wording.day(local)} {local:%H:%M}"


def in_between(draft: RulebookDraft) -> list[dict[str, Any]]:
    """For a draft that no longer stands on the version in force: the versions since, with what each changed."""
    if draft.state not in OPEN_STATES or not is_stale(draft):
        return []
    mine = {change.name for change in draft.changes.all()}
    newer = version_in_force(draft.profile)
    versions = RulebookVersion.objects.filter(number__gt=draft.base.number, number__lte=newer.number)
    versions = versions.filter(profile=newer.profile_id).select_related("created_by").order_by("number")
    found, below = [], thresholds_of(draft.base)
    for version in versions:
        numbers = thresholds_of(version)
        found.append(
            {
                "version": version,
                "changes": [
                    {
                        "name": name,
                        "old": wording.number(below.numbers.get(name)),
                        "new": wording.number(value),
                        "mine": name in mine,
                    }
                    for name, value in differences(below, numbers).items()
                ],
            }
        )
        below = numbers
    return found


def confirmations(
    draft: RulebookDraft, typed: Mapping[str, str], errors: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """The fields in which the approver types the new value of each limit that a safety rule reads."""
    base = thresholds_of(draft.base)
    return [
        {
            "name": change.name,
            "label": base.get(change.name).label,
            "unit": base.get(change.name).unit,
            "now": wording.quantity(base.numbers[change.name], base.get(change.name).unit),
            "safety": safety_words(change.name),
            "typed": typed.get(change.name, ""),
            "error": " ".join(errors.get(change.name, ())),
        }
        for change in in_order(safety_changes(draft), base)
    ]


# ------------------------------------------------------------------------------------------------------- the trail
FIGURES = (
    ("cases", "cases"), ("changed", "change"), ("liver_class", "liver class"), ("definitions", "definitions"),
    ("options", "options"), ("reassess", "windows"), ("conflicts", "conflicts"),
)  # fmt: skip


def trail_rows(draft: RulebookDraft) -> list[dict[str, Any]]:
    """Every step on the way of a draft in words: who, when, what, the figures seen, what was typed, the numbers."""
    centres = dict(Centre.objects.values_list("pk", "name"))
    return [
        {
            "at": moment(step.at),
            "by": step.by or "the program",
            "kind": step.get_kind_display(),
            "comment": step.comment,
            "details": _details(step, centres),
            "hash": step.details.get("hash", ""),
        }
        for step in draft.steps.select_related("by")
    ]


def _details(step: DraftStep, centres: Mapping[int, str]) -> list[str]:
    said = step.details
    if step.kind == Kind.LOOKED:
        return [", ".join(f"{words} {said[key]}" for key, words in FIGURES if key in said)]
    found = []
    if step.kind == Kind.DRAFTED and "base" in said:
        found.append(f"on version {said['base']}")
    if step.kind == Kind.REBASED:
        found.append(f"from version {said.get('from')} to version {said.get('to')}")
    if "name" in said:
        found.append(
            f"{said['name']}: left as it is"
            if said.get("removed")
            else f"{said['name']}: {_number(said.get('from'))} → {_number(said.get('to'))}"
        )
    if "title" in said:
        found.append(f"“{said['title']}”")
    if "holds_from" in said:
        found.append(f"holds from {wording.day(datetime.date.fromisoformat(said['holds_from']))}")
    if said.get("centres"):
        found.append(
            f"followed by {wording.listing(centres.get(pk, f'centre {pk}') for pk in said['centres'])}"
        )
    if said.get("changes"):
        found += [f"{name} = {_number(value)}" for name, value in said["changes"].items()]
    if said.get("typed"):
        found.append(f"typed: {', '.join(f'{name} {text}' for name, text in said['typed'].items())}")
    if step.kind == Kind.ACTIVATED and "version" in said:
        found.append(f"version {said['version']}")
        above = [str(number) for number in said.get("profiles") or ()]
        found += [f"profiles on top: version {wording.listing(above)}"] if above else []
    return found


def _number(value: Any) -> str:
    return wording.number(value) if isinstance(value, int | float) else str(value)
