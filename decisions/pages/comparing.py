"""Two versions of the rulebook over the same stored cases: what differs, in how many cases, and in which."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from accounts.models import Centre, User
from decisions.engine.definitions import DEFINITIONS
from decisions.engine.impact import Output
from decisions.engine.outputs import flat, in_words
from decisions.fact_store import fact_store
from decisions.models import RulebookVersion
from decisions.pages.words import shown_value
from decisions.previews import FAMILIES, BoardImpact, Side, impact_of
from decisions.rulebooks import thresholds_of
from patients.models import StagingVersion
from patients.selectors import visible_patients

LISTED = ("liver_class", "definitions")
"""The families whose cases are listed one by one."""
NAMES = {item.id: f"{item.author} {item.year}" for item in DEFINITIONS}


class Comparison:
    """Every stored case of every centre under `left` and under `right`."""

    def __init__(self, left: RulebookVersion, right: RulebookVersion) -> None:
        self.before, self.after = thresholds_of(left), thresholds_of(right)
        centres = tuple(Centre.objects.order_by("pk").values_list("pk", flat=True))
        self.impact: BoardImpact = impact_of([Side(centres, self.before, self.after)])
        self.differing = self.impact.version_ids(*LISTED)

    def summary(self) -> dict[str, Any]:
        """Cases in all, how many differ, and by family."""
        return {
            "cases": self.impact.cases,
            "changed": len(self.impact.version_ids()),
            "families": [(label, self.impact.count(family)) for family, label in FAMILIES],
        }

    def transitions(self) -> list[dict[str, Any]]:
        """From which class of the liver to which, the most frequent first, those that stay last."""
        found = [
            {"old": old, "new": new, "count": count, "stays": old == new}
            for (old, new), count in self.impact.flow.items()
        ]
        return sorted(found, key=lambda row: (row["stays"], -row["count"], row["old"], row["new"]))

    def visible(self, user: User) -> list[int]:
        """Those of the differing staging versions whose patients this user sees, newest first."""
        own = StagingVersion.objects.filter(
            pk__in=self.differing.tolist(), staging__patient__in=visible_patients(user)
        )
        return list(own.order_by("-pk").values_list("pk", flat=True))

    def cases(self, versions: Sequence[int]) -> Iterator[dict[str, Any]]:
        """These staging versions with what differs in each: name of the class or definition, left and right value."""
        if not versions:
            return
        keys = [key for key in self.impact.versions if key[0] in LISTED]
        snapshots = fact_store().snapshots(self.before)
        wanted = np.array(sorted(versions), dtype=np.int64)
        rows = np.flatnonzero(np.isin(snapshots.versions, wanted))
        places = {int(version): place for place, version in enumerate(snapshots.versions[rows])}
        left = snapshots.cohort.take(rows)
        right = left.under(self.after)
        said = {key: (_said(key, left), _said(key, right)) for key in keys}
        found = (
            StagingVersion.objects.filter(pk__in=list(versions))
            .select_related("staging__patient__centre")
            .in_bulk()
        )
        for pk in versions:
            if pk not in places or pk not in found:
                continue  # withdrawn while the page was made
            place = places[pk]
            yield {
                "version": found[pk],
                "patient": found[pk].staging.patient,
                "staging": found[pk].staging,
                "moves": [
                    {"name": _name(key), "old": _word(old[place]), "new": _word(new[place])}
                    for key, (old, new) in sorted(said.items(), key=lambda item: item[0][0] != "liver_class")
                    if old[place] != new[place]
                ],
            }


def _said(key: Output, cohort: Any) -> list[str]:
    return [in_words(key[0], value) for value in flat()[key].column(cohort).tolist()]


def _name(key: Output) -> str:
    return NAMES.get(key[1], "Liver class")


def _word(value: str) -> str:
    return shown_value("", value, None)


def csv_rows(comparison: Comparison, versions: Sequence[int]) -> Iterable[list[str]]:
    """The differing cases, one row for each class or definition that differs."""
    yield ["case", "centre", "staging_date", "staging_version", "answer", "left", "right"]
    for case in comparison.cases(versions):
        for move in case["moves"]:
            yield [
                _plain(text)
                for text in (
                    case["patient"].case_id,
                    case["patient"].centre.name,
                    str(case["staging"].date or ""),
                    str(case["version"].number),
                    move["name"],
                    move["old"],
                    move["new"],
                )
            ]


def _plain(text: str) -> str:
    """No cell acts as a formula of a spreadsheet."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
