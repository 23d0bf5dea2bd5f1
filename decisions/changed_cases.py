"""Which cases a rulebook change touches, one by one: what each answer is today and what it would be."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from decisions.engine.derived.remnant import flr_pct
from decisions.engine.impact import Output
from decisions.engine.outputs import RAISED, flat, in_words
from decisions.engine.thresholds import ThresholdSet
from decisions.fact_store import fact_store
from decisions.previews import BoardImpact, Side

LIVER: Output = ("liver_class", "")
_NO_LIMITS = ThresholdSet((), "")


@dataclass(frozen=True, slots=True)
class Change:
    """One answer that comes out otherwise, in the words of the assessment document ('met', '2026-06-01')."""

    family: str
    name: str
    old: str
    new: str


@dataclass(slots=True)
class ChangedCase:
    """A staging version (primary key), the share of its remnant (percent), its class on both sides, every change."""

    version: int
    flr: float | None
    old_class: str
    new_class: str
    changes: list[Change] = field(default_factory=list)


def of_centres(versions: NDArray[np.int64], centres: Collection[int]) -> NDArray[np.int64]:
    """Those of the staging versions whose patients belong to these centres, in their order."""
    snapshots = fact_store().snapshots(_NO_LIMITS)
    own = snapshots.versions[np.isin(snapshots.centres, list(centres))]
    return versions[np.isin(versions, own)]


def changed_cases(sides: Iterable[Side], impact: BoardImpact, versions: Sequence[int]) -> list[ChangedCase]:
    """What changes in these staging versions, in their order; those that are not in use any more are left out."""
    found: dict[int, ChangedCase] = {}
    for side in sides:
        snapshots = fact_store().snapshots(side.before)
        rows = np.flatnonzero(
            np.isin(snapshots.versions, list(versions)) & np.isin(snapshots.centres, list(side.centres))
        )
        if not len(rows):
            continue
        before = snapshots.cohort.take(rows)
        after = before.under(side.after)
        keys = snapshots.versions[rows].tolist()
        shares = flr_pct.column(before).tolist()
        told = {
            key: ([_said(key, value) for value in flat()[key].column(before).tolist()],
                  [_said(key, value) for value in flat()[key].column(after).tolist()])
            for key in {LIVER, *impact.changed}
        }  # fmt: skip
        for place, version in enumerate(keys):
            found[version] = ChangedCase(
                version,
                shares[place],
                told[LIVER][0][place],
                told[LIVER][1][place],
                [
                    Change(*key, old[place], new[place])
                    for key, (old, new) in sorted(told.items())
                    if old[place] != new[place]
                ],
            )
    return [found[version] for version in versions if version in found]


def _said(key: Output, value: object) -> str:
    return in_words(key[0], bool(value) if key[0] in RAISED else value)
