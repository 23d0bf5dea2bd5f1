"""A rulebook draft as its page shows it: the form, the thresholds beside it, and how far its approval is."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Centre, User
from decisions.engine.thresholds import Threshold, ThresholdSet
from decisions.models import DraftChange, DraftStep, RulebookDraft, RulebookProfile
from decisions.pages.impact_page import typed_number
from decisions.pages.readers import safety_words, silent_words
from decisions.pages.rulebook_page import threshold_groups
from decisions.pages.rulebook_page import topics as topics_of
from decisions.rulebooks import thresholds_of
from decisions.services import Wanted
from decisions.services.draft_checks import is_stale
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


# --------------------------------------------------------------------------------------------- lists
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


def layer_choices() -> list[tuple[str, str]]:
    """The layers that a draft may change: the board's own rulebook, or a profile on top."""
    return [("", "The board’s own rulebook"), *RulebookProfile.objects.values_list("code", "name")]
