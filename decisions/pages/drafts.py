"""A rulebook draft as its page shows it: the form, the thresholds beside it, and how far its approval is."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from accounts.models import Centre, User
from decisions.engine.thresholds import Threshold, ThresholdSet
from decisions.models import DraftChange, DraftStep, RulebookDraft, RulebookProfile, RulebookVersion
from decisions.pages.impact_page import typed_number
from decisions.pages.readers import safety_words, silent_words
from decisions.pages.rulebook_page import threshold_groups
from decisions.pages.rulebook_page import topics as topics_of
from decisions.rulebooks import differences, thresholds_of
from decisions.selectors import open_versions
from decisions.services import Wanted
from decisions.services.drafts import is_stale, safety_changes, version_in_force
from patients import wording

State, Kind = RulebookDraft.State, DraftStep.Kind
OPEN_STATES = (State.DRAFT, State.SUBMITTED, State.APPROVED)


# ------------------------------------------------------------------------------------------------- what was typed
@dataclass(slots=True)
class Typed:
    """The form of a draft as somebody filled it in; texts are kept as they were typed."""

    title: str = ""
    holds_from: str = ""
    centres: list[int] = field(default_factory=list)
    rows: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def day(self) -> datetime.date | None:
        """The day from which the draft holds; None where none was typed."""
        try:
            return datetime.date.fromisoformat(self.holds_from.strip())
        except ValueError:
            return None

    @property
    def changes(self) -> dict[str, Wanted]:
        """The rows for `save_draft`."""
        return {
            name: Wanted(typed_number(row["value"]), row["reason"], row["reference"])
            for name, row in self.rows.items()
        }


def typed_of(post: Any) -> Typed:
    """What a posted form holds."""
    names = [key.removeprefix("value-") for key in post if key.startswith("value-")]
    return Typed(
        title=post.get("title", ""),
        holds_from=post.get("holds_from", ""),
        centres=[int(text) for text in post.getlist("centres") if text.isdigit()],
        rows={
            name: {part: post.get(f"{part}-{name}", "") for part in ("value", "reason", "reference")}
            for name in names
        },
    )


def saved_form(draft: RulebookDraft, also: Iterable[str] = ()) -> Typed:
    """The form as saved; `also`: thresholds to be changed next, at the value that they have."""
    base = thresholds_of(draft.base)
    rows = {change.name: _saved_row(change) for change in in_order(draft.changes.all(), base)}
    for name in also:
        if name in base.numbers and name not in rows:
            rows[name] = blank_row(base, name)
    return Typed(draft.title, draft.holds_from.isoformat(), list(draft.centres), rows)


def in_order(changes: Iterable[DraftChange], base: ThresholdSet) -> list[DraftChange]:
    """The changes in the order of the rulebook; those of names that the engine has lost are left out."""
    places = {name: place for place, name in enumerate(base.numbers)}
    return sorted((item for item in changes if item.name in places), key=lambda item: places[item.name])


def blank_row(base: ThresholdSet, name: str) -> dict[str, str]:
    """A row of the form for a threshold that has not been changed yet."""
    return {"value": f"{base.numbers[name]:g}", "reason": "", "reference": ""}


def _saved_row(change: DraftChange) -> dict[str, str]:
    return {"value": f"{change.value:g}", "reason": change.reason, "reference": change.reference}


# -------------------------------------------------------------------------------------------------------- the form
def form_rows(
    draft: RulebookDraft,
    typed: Typed,
    errors: Mapping[str, Sequence[str]] | None = None,
    *,
    fresh: bool = True,
) -> list[dict[str, Any]]:
    """The inputs of each threshold in the form; `fresh` False names what was saved by somebody else meanwhile."""
    base, errors = thresholds_of(draft.base), errors or {}
    saved = {change.name: change for change in draft.changes.all()}
    found = []
    for name, row in typed.rows.items():
        if name not in base.numbers:
            continue
        item, held = base.get(name), saved.get(name)
        found.append(
            {
                **row,
                **_threshold(item),
                "errors": {
                    part: " ".join(errors.get(f"{name}.{part}", ()))
                    for part in ("value", "reason", "reference")
                },
                "safety": safety_words(name),
                "silent": silent_words(name),
                "meanwhile": ""
                if fresh or held is None or f"{held.value:g}" == row["value"]
                else wording.quantity(held.value, item.unit),
            }
        )
    return found


def _threshold(item: Threshold) -> dict[str, Any]:
    unit = "" if item.unit in ("", "-") else item.unit
    return {
        "name": item.name,
        "label": item.label,
        "unit": unit,
        "now": wording.quantity(item.value, unit),
        "allowed": f"{wording.number(item.minimum)} to {wording.number(item.maximum)}",
        "minimum": f"{item.minimum:g}",
        "maximum": f"{item.maximum:g}",
        "step": "1" if item.whole else _step(item.maximum - item.minimum),
    }


def _step(width: float) -> str:
    return "0.01" if width <= 1 else "0.1" if width <= 10 else "0.5"


def read_only_rows(draft: RulebookDraft) -> list[dict[str, Any]]:
    """The changes of a draft that is not to be edited: from, to, reason, reference."""
    base = thresholds_of(draft.base)
    return [
        {
            **_threshold(base.get(change.name)),
            "new": wording.quantity(
                change.value, "" if base.get(change.name).unit == "-" else base.get(change.name).unit
            ),
            "reason": change.reason,
            "reference": change.reference,
            "safety": safety_words(change.name),
        }
        for change in in_order(draft.changes.all(), base)
    ]


def centre_choices(draft: RulebookDraft, chosen: Iterable[int]) -> list[dict[str, Any]]:
    """The centres that may follow the profile of a draft; [] for the board's own rulebook."""
    if draft.profile_id is None:
        return []
    wanted = set(chosen)
    return [
        {"pk": centre.pk, "name": centre.name, "chosen": centre.pk in wanted}
        for centre in Centre.objects.order_by("name")
    ]


# ------------------------------------------------------------------------------------------------ the thresholds
def beside(draft: RulebookDraft, typed: Typed, *, query: str, topic: str) -> dict[str, Any]:
    """The list at the left: those in the draft with old and new value first, then the topic or what was searched."""
    base = thresholds_of(draft.base)
    named = {name: typed_number(row["value"]) for name, row in typed.rows.items() if name in base.numbers}
    codes = {code for code, _, _ in topics_of(base)}
    if topic not in codes and topic != "all":
        first = next(iter(named), "")
        topic = base.get(first).topic if first else "remnant"
    groups = threshold_groups(base, words=query.split(), topic="" if query or topic == "all" else topic)
    for group in groups:
        group["rows"] = [row for row in group["rows"] if row["name"] not in named]
    mine = [row for group in threshold_groups(base) for row in group["rows"] if row["name"] in named]
    return {
        "mine": [
            {
                **row,
                "new": wording.number(named[row["name"]])
                if isinstance(named[row["name"]], int | float)
                else "?",
            }
            for row in mine
        ],
        "groups": [group for group in groups if group["rows"]],
        "topics": topics_of(base),
        "topic": topic,
        "query": query,
        "total": len(base.numbers),
    }


# ---------------------------------------------------------------------------------------------------- the approval
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


# --------------------------------------------------------------------------------------------- lists and the trail
def open_drafts(user: User) -> list[dict[str, Any]]:
    """Drafts that are not at their end: state, author, day, stale or not; those that wait for this user first."""
    drafts = (
        RulebookDraft.objects.filter(state__in=OPEN_STATES)
        .select_related("author", "base", "profile")
        .prefetch_related("changes")
    )
    approver = user.has_perm("decisions.approve_rulebook")
    found = [
        {
            "draft": draft,
            "stale": is_stale(draft),
            "for_me": approver and draft.state == State.SUBMITTED and draft.author_id != user.pk,
            "mine": draft.author_id == user.pk,
            "changes": [
                {
                    "name": change.name,
                    "old": wording.number(thresholds_of(draft.base).numbers.get(change.name)),
                    "new": wording.number(change.value),
                }
                for change in in_order(draft.changes.all(), thresholds_of(draft.base))
            ],
        }
        for draft in drafts
    ]
    return sorted(found, key=lambda item: not item["for_me"])


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
    return found


def _number(value: Any) -> str:
    return wording.number(value) if isinstance(value, int | float) else str(value)


def layer_choices() -> list[tuple[str, str]]:
    """The layers that a draft may change: the board's own rulebook, or a profile on top."""
    return [("", "The board’s own rulebook"), *RulebookProfile.objects.values_list("code", "name")]
