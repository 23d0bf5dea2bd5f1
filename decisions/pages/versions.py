"""One version of the rulebook: its complete set by topic, where it comes from, and what another version says."""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.models import Centre
from decisions.engine.thresholds import Threshold, ThresholdSet, default
from decisions.models import RulebookActivation, RulebookVersion
from decisions.pages.rulebook_page import TOPICS
from decisions.pages.thresholds import in_full, unit_of
from decisions.rulebooks import InForce, thresholds_of
from decisions.services import progress
from patients import wording


def layer_name(version: RulebookVersion) -> str:
    """'the board' or the name of the profile."""
    return version.profile.name if version.profile else "the board"


def all_versions() -> list[RulebookVersion]:
    """Every version, the newest first, with its layer: what a select offers."""
    return list(RulebookVersion.objects.select_related("profile").order_by("-number"))


def version_page(version: RulebookVersion) -> dict[str, Any]:
    """The whole set of a version with its origin and its place among the others."""
    numbers = thresholds_of(version)
    below = _below(version, numbers)
    draft = getattr(version, "draft", None)
    return {
        "version": version,
        "layer": layer_name(version),
        "draft": draft,
        "held": _held(version),
        "centres": list(Centre.objects.filter(pk__in=version.centres)),
        "topics": _by_topic([_row(item, version, below) for item in numbers.thresholds()]),
        "sets": len(version.changes),
        "total": len(numbers.thresholds()),
        "gone": sorted(set(version.thresholds) - set(numbers.numbers)),
        "activation": activation_of(version),
    }


def _held(version: RulebookVersion) -> dict[str, Any]:
    """Whether a version holds, and the one that came after it in its layer."""
    later = RulebookVersion.objects.filter(profile=version.profile_id, number__gt=version.number)
    return {
        "now": version.pk in {item.pk for item in InForce().versions},
        "next": later.order_by("number").first(),
    }


def _below(version: RulebookVersion, numbers: ThresholdSet) -> Mapping[str, float]:
    """What each number that the layer sets itself would be without it: under the board at the time, or as shipped."""
    if version.profile_id is None:
        return default().numbers
    board = RulebookVersion.objects.filter(profile__isnull=True, number__lt=version.number)
    below = board.order_by("-number").first()
    return thresholds_of(below).numbers if below else numbers.numbers


def _row(item: Threshold, version: RulebookVersion, below: Mapping[str, float]) -> dict[str, Any]:
    sets = item.name in version.changes
    return {
        "item": item,
        "value": in_full(item.value, item.comparison, item.unit),
        "sets": sets,
        "below": in_full(below.get(item.name), item.comparison, item.unit) if sets else "",
    }


def _by_topic(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        item: Threshold = row["item"]
        topic = found.setdefault(item.topic, {"code": item.topic, "label": item.topic_label, "rows": []})
        topic["rows"].append(row)
    return sorted(
        found.values(), key=lambda topic: TOPICS.index(topic["code"]) if topic["code"] in TOPICS else 99
    )


def versus(here: RulebookVersion, there: RulebookVersion) -> list[dict[str, Any]]:
    """The thresholds in which two versions differ, by topic: both values, and whether its layer sets it itself."""
    mine, theirs = thresholds_of(here), thresholds_of(there)
    return _by_topic(
        {
            "item": item,
            "here": in_full(item.value, item.comparison, item.unit),
            "there": in_full(theirs.value(item.name), item.comparison, item.unit),
            "by": _apart(theirs.value(item.name), item),
            "sets_here": item.name in here.changes,
            "sets_there": item.name in there.changes,
        }
        for item in mine.thresholds()
        if item.value != theirs.value(item.name)
    )


def _apart(other: float, item: Threshold) -> str:
    return wording.signed(round(item.value - other, 6), unit_of(item.unit))


def activation_of(version: RulebookVersion) -> dict[str, Any] | None:
    """The re-assessment that followed a version, and how far it is; None for a version without."""
    activation = RulebookActivation.objects.select_related("version__profile", "by").filter(version=version)
    found = activation.first()
    return None if found is None else activation_page(found)


def activation_page(activation: RulebookActivation) -> dict[str, Any]:
    """How far a re-assessment is: `progress` in cases, `state` running or done, `failed` for given up cases."""
    return {
        "activation": activation,
        "progress": progress(activation),
        "state": "done" if activation.finished_at else "running",
        "layer": layer_name(activation.version),
    }
