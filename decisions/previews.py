"""What a draft, or another profile, would do to the board's own cases.

Every stored staging is looked at under the rulebook that holds for its centre and under what would hold instead:
for a draft of the board's own rulebook the profiles that lie on top move with it.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from accounts.models import Centre
from decisions.engine.impact import Impact, Output, Preview
from decisions.engine.logic.forms import limits_of
from decisions.engine.outputs import flat
from decisions.engine.thresholds import ThresholdSet, default
from decisions.fact_store import fact_store
from decisions.models import RulebookDraft
from decisions.rulebooks import InForce, layered, thresholds_of
from decisions.services.draft_checks import numbers_of

FAMILIES = (
    ("liver_class", "liver class"),
    ("definitions", "verdicts of definitions"),
    ("options", "option status"),
    ("reassess", "reassessment windows"),
    ("conflicts", "conflicts"),
    ("scores", "scores"),
    ("rules", "rules"),
)
"""What the page counts, in order: the family of outputs and its name."""


class Side(NamedTuple):
    """The centres whose cases move from one set to another."""

    centres: tuple[int, ...]
    before: ThresholdSet
    after: ThresholdSet


@dataclass(slots=True)
class BoardImpact:
    """What changes over all stored stagings: by family of outputs, as a flow of classes, and case by case."""

    cases: int = 0
    changed: dict[Output, Counter[str]] = field(default_factory=dict)
    versions: dict[Output, NDArray[np.int64]] = field(default_factory=dict)
    flow: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: float = 0.0

    def count(self, family: str) -> int:
        """In how many cases something of this family changes."""
        found = [rows for (name, _), rows in self.versions.items() if name == family]
        return len(np.unique(np.concatenate(found))) if found else 0

    def version_ids(self, *families: str) -> NDArray[np.int64]:
        """The staging versions in which something (of these families) changes, newest first."""
        found = [rows for (name, _), rows in self.versions.items() if not families or name in families]
        return np.unique(np.concatenate(found))[::-1] if found else np.empty(0, dtype=np.int64)

    def figures(self) -> dict[str, Any]:
        """The counts that are kept with a look: cases, changed, and by family."""
        return {
            "cases": self.cases,
            "changed": len(self.version_ids()),
            **{family: self.count(family) for family, _ in FAMILIES},
        }


def sides_of(draft: RulebookDraft, numbers: ThresholdSet | None = None) -> list[Side]:
    """Which centres a draft moves from what to what. `numbers`: a set to try instead of the draft's own.

    Raises `ThresholdError` where the draft's numbers do not fit each other or a profile on top.
    """
    held = InForce()
    after = numbers or numbers_of(draft)
    if draft.profile_id is None:
        return sides_of_board(after)
    return [Side((centre,), held.thresholds(centre), after) for centre in draft.centres] + [
        Side((centre,), held.thresholds(centre), held.thresholds())
        for version in held.versions[1:]
        if version.profile_id == draft.profile_id
        for centre in held.followers(version)
        if centre not in draft.centres
    ]


def sides_of_board(after: ThresholdSet) -> list[Side]:
    """What another set of the board's own moves: the centres without a profile, and the profiles on top.

    Raises `ThresholdError` where a profile does not fit on top of it.
    """
    held = InForce()
    following = {version.pk: held.followers(version) for version in held.versions[1:]}
    taken = {centre for centres in following.values() for centre in centres}
    others = tuple(pk for pk in Centre.objects.order_by("pk").values_list("pk", flat=True) if pk not in taken)
    return [Side(others, held.thresholds(), after)] + [
        Side(tuple(following[version.pk]), thresholds_of(version), layered(after, version.changes))
        for version in held.versions[1:]
        if following[version.pk]
    ]


def impact_of(sides: Sequence[Side], told: Callable[[int, int], None] | None = None) -> BoardImpact:
    """Every stored staging under both sets of its centre; `told(done, of)` is called as sides are done."""
    total = BoardImpact()
    merged = list(_merged(sides))
    for place, side in enumerate(merged):
        if told is not None:
            told(place, len(merged))
        with _LOCK:
            preview, versions = _preview(side)
            start = time.perf_counter()
            impact = preview.under(side.after)
        total.seconds += time.perf_counter() - start
        total.cases += impact.cases
        for key, counter in impact.changed.items():
            total.changed.setdefault(key, Counter()).update(counter)
            found = versions[impact.rows[key]]
            earlier = total.versions.get(key)
            total.versions[key] = found if earlier is None else np.concatenate([earlier, found])
        _flow(total.flow, preview, impact)
    return total


def _merged(sides: Sequence[Side]) -> Iterator[Side]:
    """Centres that move alike are looked at together."""
    found: dict[tuple[str, str], Side] = {}
    for side in sides:
        key = (side.before.hash, side.after.hash)
        earlier = found.get(key)
        found[key] = side if earlier is None else earlier._replace(centres=earlier.centres + side.centres)
    yield from (side for side in found.values() if side.centres)


_PREVIEWS: dict[tuple[tuple[int, ...], str], tuple[object, Preview, NDArray[np.int64]]] = {}
_LOCK = Lock()
KEPT = 4
"""Previews that a process keeps ready, so that a number can be dragged."""


def _preview(side: Side) -> tuple[Preview, NDArray[np.int64]]:
    key = (tuple(sorted(side.centres)), side.before.hash)
    snapshots = fact_store().snapshots(side.before)
    kept = _PREVIEWS.get(key)
    if kept is not None and kept[0] is snapshots.origin:
        return kept[1], kept[2]
    own = snapshots.of(side.centres)
    found = (snapshots.origin, Preview(own.cohort), own.versions)
    _PREVIEWS[key] = found
    while len(_PREVIEWS) > KEPT:
        _PREVIEWS.pop(next(iter(_PREVIEWS)))
    return found[1], found[2]


def _flow(flow: Counter[tuple[str, str]], preview: Preview, impact: Impact) -> None:
    """From which class of the liver to which, those that stay included."""
    key = ("liver_class", "")
    stay = Counter(preview.counted(key))
    for words, count in impact.changed.get(key, Counter()).items():
        old, _, new = words.partition("->")
        flow[old, new] += count
        stay[old] -= count
    for name, count in stay.items():
        if count:
            flow[name, name] += count


def silent_thresholds() -> frozenset[str]:
    """Thresholds that no counted answer rests on: they are read for single lesions, dates and marks only."""
    read: set[str] = set()
    for expr in flat().values():
        read |= limits_of(expr)
    return frozenset(default().numbers) - read
