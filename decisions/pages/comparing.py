"""Two versions of the rulebook over the same stored cases: what differs, in how many cases, and in which."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from accounts.models import Centre, User
from decisions.changed_cases import changed_cases
from decisions.drawings.flow import class_words, describe_flow, draw_flow, rank
from decisions.models import RulebookVersion
from decisions.pages.output_words import output_words, value_words
from decisions.pages.words import cell
from decisions.previews import FAMILIES, BoardImpact, Side, impact_of
from decisions.rulebooks import thresholds_of
from patients.models import StagingVersion
from patients.selectors import visible_patients

LISTED = ("liver_class", "definitions")
"""The families whose cases are listed one by one."""


class Comparison:
    """Every stored case of every centre under `left` and under `right`."""

    def __init__(self, left: RulebookVersion, right: RulebookVersion) -> None:
        self.compared = (left, right)
        self.before, self.after = thresholds_of(left), thresholds_of(right)
        centres = tuple(Centre.objects.order_by("pk").values_list("pk", flat=True))
        self.sides = [Side(centres, self.before, self.after)]
        self.impact: BoardImpact = impact_of(self.sides)
        self.differing = self.impact.version_ids(*LISTED)

    def summary(self) -> dict[str, Any]:
        """Cases in all, how many differ, and by family."""
        return {
            "cases": self.impact.cases,
            "changed": len(self.impact.version_ids()),
            "families": [(label, self.impact.count(family)) for family, label in FAMILIES],
        }

    def flow(self) -> dict[str, Any]:
        """The classes of the liver as a drawing, in words, and as a table with those that stay."""
        flow, names = self.impact.flow, [f"version {version.number}" for version in self.compared]
        return {
            "drawing": draw_flow(
                flow, left=names[0], right=names[1], title=f"Class of the liver, {' and '.join(names)}"
            ),
            "words": describe_flow(flow),
            "rows": [
                {"old": class_words(old), "new": class_words(new), "count": count, "stays": old == new}
                for (old, new), count in sorted(
                    flow.items(), key=lambda item: (rank(item[0][0]), rank(item[0][1]))
                )
            ],
        }

    def visible(self, user: User) -> list[int]:
        """Those of the differing staging versions whose patients this user sees, newest first."""
        own = StagingVersion.objects.filter(
            pk__in=self.differing.tolist(), staging__patient__in=visible_patients(user)
        )
        return list(own.order_by("-pk").values_list("pk", flat=True))

    def cases(self, versions: Sequence[int]) -> Iterator[dict[str, Any]]:
        """These staging versions with what differs in each: name of the class or definition, left and right value."""
        found = (
            StagingVersion.objects.filter(pk__in=list(versions))
            .select_related("staging__patient__centre")
            .in_bulk()
        )
        for changed in changed_cases(self.sides, self.impact, versions):
            version = found.get(changed.version)
            if version is None:
                continue  # withdrawn while the page was made
            yield {
                "version": version,
                "patient": version.staging.patient,
                "staging": version.staging,
                "moves": [
                    {
                        "name": output_words(change.family, change.name),
                        "old": value_words(change.family, change.old),
                        "new": value_words(change.family, change.new),
                    }
                    for change in sorted(changed.changes, key=lambda change: change.family != "liver_class")
                    if change.family in LISTED
                ],
            }


def csv_rows(comparison: Comparison, versions: Sequence[int]) -> Iterable[list[str]]:
    """The differing cases, one row for each class or definition that differs."""
    yield ["case", "centre", "staging_date", "staging_version", "answer", "left", "right"]
    for case in comparison.cases(versions):
        for move in case["moves"]:
            yield [
                cell(text)
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
