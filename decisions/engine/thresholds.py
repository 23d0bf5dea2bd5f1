"""Named thresholds: numbers with a unit, a comparison, sensible bounds and their source, kept as data.

The reviewed values stand in `decisions/rulebook/thresholds/`, one file a topic (specification, part A.2; the
board's own choices in a file of their own). A `ThresholdSet` is never changed: `override` gives another one.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from decisions.engine.packaged import RULEBOOK, Keys, RulebookError, read

Comparison = Literal["at_least", "above", "at_most", "below", "within", "none"]
Verified = Literal["yes", "memory", "engine_choice", "external"]
Number = int | float

SIGNS: Mapping[str, str] = {
    "at_least": "≥",
    "above": ">",
    "at_most": "≤",
    "below": "<",
    "within": "",
    "none": "",
}
"""How a comparison is written before the value; `within`: one end of a range."""
MEASURED = frozenset(
    {"mm", "% of TLV", "%", "ng/mL", "µg/L", "cm³", "TBS", "odds ratio", "odds ratio a cycle",
     "%-points", "%-points a week", "% body weight"}
)  # fmt: skip
"""Units of measured numbers; every other unit counts something, and takes whole numbers only."""
ORDERED: tuple[tuple[str, str], ...] = (
    ("FLR_NORMAL_LOW", "FLR_NORMAL_HIGH"),
    ("FLR_CHEMO_LOW", "FLR_CHEMO_HIGH"),
    ("FLR_CIRRHOSIS_LOW", "FLR_CIRRHOSIS_HIGH"),
    ("REES_FLR_LOW", "REES_FLR_HIGH"),
    ("HUISKENS_FLR_NORMAL_LOW", "HUISKENS_FLR_NORMAL_HIGH"),
    ("HUISKENS_FLR_COMP_LOW", "HUISKENS_FLR_COMP_HIGH"),
    ("REASSESS_MONTHS_MIN", "REASSESS_MONTHS_MAX"),
    ("CONV_CYCLES_MIN", "CONV_CYCLES_MAX"),
    ("SHORT_CHEMO_L1_LT", "SHORT_CHEMO_L2_LT"),
    ("OXALI_WASHOUT_LOW_MONTHS", "OXALI_WASHOUT_HIGH_MONTHS"),
    ("TBS_ZONE1_LT", "TBS_ZONE3_GE"),
    ("PVE_VOLUMETRY_WEEKS_MIN", "PVE_VOLUMETRY_WEEKS_MAX"),
    ("ALPPS_STAGE2_DAYS_MIN", "ALPPS_STAGE2_DAYS_MAX"),
    ("ABL_TIER1_MAX_MM", "ABL_TIER2_MAX_MM"),
    ("TRANSMET_AGE_MIN", "TRANSMET_AGE_MAX"),
)
"""Pairs of which the first may never be the greater."""


class ThresholdError(ValueError):
    """A threshold that cannot be set: `name`, `value` and a message that says what is allowed."""

    def __init__(self, name: str, value: Any, message: str) -> None:
        self.name, self.value, self.message = name, value, message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Threshold:
    """One named number. `minimum` and `maximum` bound what an admin may set, both included; `since` is the day
    from which the shipped value holds; `verified` says how well the source was checked.
    """

    name: str
    label: str
    value: Number
    unit: str
    comparison: Comparison
    minimum: Number
    maximum: Number
    source: str
    verified: Verified
    since: datetime.date
    topic: str
    topic_label: str

    @property
    def whole(self) -> bool:
        """Whether only whole numbers make sense."""
        return self.unit not in MEASURED

    @property
    def allowed(self) -> str:
        """'a whole number from 6 to 24 (calendar months)'."""
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.minimum:g} to {self.maximum:g} ({self.unit})"

    def check(self, value: Any) -> Number:
        """The value as a number; raises `ThresholdError`."""
        number = not isinstance(value, bool) and isinstance(value, int | float)
        if not number or not self.minimum <= value <= self.maximum or (self.whole and value != int(value)):
            raise ThresholdError(
                self.name, value, f"{self.name}: {value!r} is not allowed; allowed: {self.allowed}."
            )
        return int(value) if value == int(value) else float(value)


class ThresholdSet:
    """Every threshold with one value. Immutable; equal values have equal hashes."""

    def __init__(self, thresholds: Iterable[Threshold], version: str) -> None:
        self._thresholds = MappingProxyType({item.name: item for item in thresholds})
        self.numbers: Mapping[str, Number] = {name: item.value for name, item in self._thresholds.items()}
        self.version = version
        canonical = json.dumps(self.numbers, sort_keys=True, separators=(",", ":"))
        self.hash = hashlib.sha256(canonical.encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ThresholdSet) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)

    def get(self, name: str) -> Threshold:
        """The threshold with everything known of it. Raises `KeyError`."""
        return self._thresholds[name]

    def value(self, name: str) -> Number:
        """Its number. Raises `KeyError`."""
        return self.numbers[name]

    def values(self) -> dict[str, Number]:
        """Every number by name."""
        return dict(self.numbers)

    def thresholds(self) -> tuple[Threshold, ...]:
        """All thresholds, by topic."""
        return tuple(self._thresholds.values())

    def override(self, changes: Mapping[str, Any]) -> ThresholdSet:
        """The same set with other values for some names. Raises `ThresholdError` for an unknown name, a value
        that is no number or outside its bounds, and a pair that would stand in the wrong order.
        """
        changed = dict(self._thresholds)
        for name, value in changes.items():
            if name not in changed:
                raise ThresholdError(name, value, f"{name!r} is no threshold; allowed: {', '.join(changed)}.")
            changed[name] = replace(changed[name], value=changed[name].check(value))
        for low, high in ORDERED:
            if changed[low].value > changed[high].value:
                name = low if low in changes else high
                raise ThresholdError(
                    name,
                    changes.get(name),
                    f"{low} ({changed[low].value:g}) lies above {high} ({changed[high].value:g}); "
                    "allowed: the first at most as great as the second.",
                )
        return ThresholdSet(changed.values(), self.version)


def load_topic(path: Path) -> list[Threshold]:
    """The thresholds of one file. Raises `RulebookError` naming file and key."""
    keys = Keys(path.name, "", read(path))
    topic, label = keys.take("topic", str), keys.take("label", str)
    since = keys.take("since", datetime.date)
    entries = keys.take("thresholds", dict)
    keys.finish()
    return [_threshold(path.name, name, entries[name], topic, label, since) for name in entries]


def _threshold(file: str, name: str, content: Any, topic: str, label: str, since: datetime.date) -> Threshold:
    keys = Keys(file, f"thresholds.{name}", content)
    bounds = keys.take("range", list)
    threshold = Threshold(
        name=name,
        label=keys.take("label", str),
        value=keys.take("value", int, float),
        unit=keys.take("unit", str),
        comparison=keys.one_of("comparison", get_args(Comparison)),  # type: ignore[arg-type]
        minimum=bounds[0] if len(bounds) == 2 else math.nan,
        maximum=bounds[1] if len(bounds) == 2 else math.nan,
        source=keys.take("source", str),
        verified=keys.one_of("verified", get_args(Verified)),  # type: ignore[arg-type]
        since=keys.take("since", datetime.date, default=since),
        topic=topic,
        topic_label=label,
    )
    keys.finish()
    numbers = all(isinstance(bound, int | float) and not isinstance(bound, bool) for bound in bounds)
    if len(bounds) != 2 or not numbers or bounds[0] > bounds[1]:
        raise RulebookError(file, f"thresholds.{name}.range", "a smallest and a greatest value are needed")
    try:
        threshold.check(threshold.value)
    except ThresholdError as error:
        raise RulebookError(file, f"thresholds.{name}.value", error.message) from error
    return threshold


def load_set(folder: Path) -> ThresholdSet:
    """All thresholds of a folder. Raises `RulebookError`: a name that stands twice, a pair in the wrong order."""
    found: dict[str, Threshold] = {}
    for path in sorted(folder.glob("*.yaml")):
        for threshold in load_topic(path):
            if threshold.name in found:
                other = found[threshold.name].topic
                raise RulebookError(path.name, f"thresholds.{threshold.name}", f"stands in {other} too")
            found[threshold.name] = threshold
    for low, high in ORDERED:
        if low in found and high in found and found[low].value > found[high].value:
            raise RulebookError(f"{found[low].topic}.yaml", f"thresholds.{low}.value", f"lies above {high}")
    newest = max((threshold.since for threshold in found.values()), default=datetime.date.min)
    return ThresholdSet(found.values(), newest.isoformat())


@cache
def default() -> ThresholdSet:
    """The reviewed set that is shipped with the program."""
    return load_set(RULEBOOK / "thresholds")
