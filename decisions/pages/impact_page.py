"""What a draft would do, as its page shows it: figures, the flow of classes, and the cases that change."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from accounts.models import User
from accounts.rules import visible_centres
from decisions.changed_cases import Change, ChangedCase, changed_cases, of_centres
from decisions.drawings.flow import class_words, describe_flow, draw_flow, rank, sums
from decisions.engine.thresholds import Number, ThresholdError, ThresholdSet
from decisions.impact_jobs import Waiting, impact_or_wait
from decisions.models import RulebookDraft
from decisions.pages.output_words import family_words, output_words, value_words
from decisions.pages.readers import silent_words
from decisions.pages.words import cell
from decisions.previews import FAMILIES, BoardImpact, Side, sides_of
from decisions.rulebooks import layered, thresholds_of
from decisions.services.draft_checks import is_stale
from patients import wording
from patients.models import StagingVersion
from patients.selectors import visible_patients

CHANGES = {
    "liver_class": "change class",
    "definitions": "definition verdicts change",
    "options": "option status changes",
    "reassess": "reassessment windows move",
    "conflicts": "conflicts change",
}
"""The figures at the head, each a count of stagings, in order."""
SHOWN, MOST = 12, 500
"""Rows of the table at first, and at most on one page; the export has all."""
AT_ONCE = 2_000
"""Cases that an export works out together."""


@dataclass(slots=True)
class Asked:
    """What somebody wants to see: the draft as saved, or with `changes` instead of its own; which family of changes."""

    draft: RulebookDraft
    changes: dict[str, Number] | None = None
    numbers: ThresholdSet | None = None
    problems: list[str] = field(default_factory=list)
    family: str = ""
    everything: bool = False
    query: list[tuple[str, str]] = field(default_factory=list)

    @property
    def live(self) -> bool:
        """Whether this is about numbers that are not saved."""
        return self.changes is not None

    def address(self, **changed: str) -> str:
        """The query of the same preview with another family, or everything."""
        given = {"family": self.family, "all": "1" if self.everything else "", **changed}
        found = urlencode([*self.query, *((key, value) for key, value in given.items() if value)])
        return f"?{found}" if found else "?"


def typed_number(text: str) -> Any:
    """'25,5' as 25.5; what is no number stays as it was typed, for the check that refuses it."""
    text = text.strip()
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def read_asked(draft: RulebookDraft, query: Mapping[str, Any]) -> Asked:
    """From the address: `live=1` with `value-NAME=…` for each changed number (and `centres`), `family`, `all`."""
    asked = Asked(draft)
    family = str(query.get("family", ""))
    asked.family = family if family in {code for code, _ in FAMILIES} else ""
    asked.everything = query.get("all") == "1"
    if query.get("live") != "1":
        return asked
    base, asked.changes = thresholds_of(draft.base), {}
    asked.query.append(("live", "1"))
    if draft.profile_id is not None:
        centres = query.getlist("centres")  # type: ignore[attr-defined]
        draft.centres = sorted({int(text) for text in centres if text.isdigit()})
        asked.query += [("centres", str(pk)) for pk in draft.centres]
    for key in query:
        name = key.removeprefix("value-")
        if name == key or name not in base.numbers:
            continue
        asked.query.append((key, str(query[key])))
        try:
            asked.changes[name] = base.get(name).check(typed_number(str(query[key])))
        except ThresholdError as error:
            asked.problems.append(error.message)
    if not asked.problems:
        try:
            asked.numbers = layered(base, asked.changes)
        except ThresholdError as error:
            asked.problems.append(error.message)
    return asked


# --------------------------------------------------------------------------------------------- the whole part
def impact_context(asked: Asked, user: User) -> dict[str, Any]:
    """Everything that the impact part shows; with `refusals` or `waiting` instead of figures where there are none."""
    context: dict[str, Any] = {
        "asked": asked,
        "draft": asked.draft,
        "refusals": asked.problems,
        "silent": _silent(asked),
    }
    if asked.problems:
        return context
    try:
        sides = sides_of(asked.draft, asked.numbers)
    except ThresholdError as error:
        return {**context, "refusals": [error.message]}
    impact = impact_or_wait(asked.draft, sides, asked.changes)
    if isinstance(impact, Waiting):
        return {**context, "waiting": impact}
    return {**context, **_figures(asked, impact), **_cases(asked, sides, impact, user)}


def _silent(asked: Asked) -> list[dict[str, str]]:
    names = asked.changes if asked.changes is not None else [item.name for item in asked.draft.changes.all()]
    return [{"name": name, "words": silent_words(name)} for name in names if silent_words(name)]


def _figures(asked: Asked, impact: BoardImpact) -> dict[str, Any]:
    families = [(code, words, impact.count(code)) for code, words in FAMILIES]
    today, then = sums(impact.flow, 0), sums(impact.flow, 1)
    return {
        "impact": impact,
        "figures": impact.figures(),
        "changed": len(impact.version_ids()),
        "families": [
            {"code": code, "words": words, "count": count, "address": asked.address(family=code, all="")}
            for code, words, count in families
        ],
        "headline": [{"count": impact.count(code), "words": words} for code, words in CHANGES.items()],
        "all_address": asked.address(family="", all=""),
        "everything_address": asked.address(all="1"),
        "milliseconds": wording.number(max(impact.seconds * 1000, 0.1), 0 if impact.seconds >= 0.01 else 1),
        "drawing": draw_flow(
            impact.flow,
            left=f"{'' if is_stale(asked.draft) else 'today, '}version {asked.draft.base.number}",
            right="under the draft",
            prefix="impact-",
        ),
        "flow_words": describe_flow(impact.flow),
        "classes": [
            {"words": class_words(code), "today": today.get(code, 0), "then": then.get(code, 0)}
            for code in sorted({*today, *then}, key=rank)
        ],
        "moves": [
            {"old": class_words(old), "new": class_words(new), "count": count}
            for (old, new), count in sorted(
                impact.flow.items(), key=lambda item: (rank(item[0][0]), rank(item[0][1]))
            )
            if old != new
        ],
    }


# ------------------------------------------------------------------------------------------------- the cases
def listed_versions(user: User, impact: BoardImpact, family: str = "") -> NDArray[np.int64]:
    """The changed staging versions that this user may read, newest first."""
    found = impact.version_ids(*([family] if family else []))
    if not user.has_perm("patients.view_patient"):
        return found[:0]
    if user.is_superuser or user.all_centres:
        return found
    return of_centres(found, visible_centres(user).values_list("pk", flat=True))


def _cases(asked: Asked, sides: Sequence[Side], impact: BoardImpact, user: User) -> dict[str, Any]:
    all_of_them = len(impact.version_ids(*([asked.family] if asked.family else [])))
    mine = listed_versions(user, impact, asked.family)
    shown = mine[: MOST if asked.everything else SHOWN].tolist()
    return {
        "listed_cases": [_row(case, staging) for case, staging in _with_stagings(user, sides, impact, shown)],
        "listed": len(mine),
        "of_family": all_of_them,
        "elsewhere": all_of_them - len(mine),
        "reads_records": user.has_perm("patients.view_patient"),
        "more": len(mine) - len(shown),
        "most": MOST,
    }


def _with_stagings(
    user: User, sides: Sequence[Side], impact: BoardImpact, versions: Sequence[int]
) -> Iterator[tuple[ChangedCase, StagingVersion]]:
    allowed = StagingVersion.objects.filter(pk__in=versions, staging__patient__in=visible_patients(user))
    found = {item.pk: item for item in allowed.select_related("staging__patient")}
    for case in changed_cases(sides, impact, [pk for pk in versions if pk in found]):
        yield case, found[case.version]


def _row(case: ChangedCase, version: StagingVersion) -> dict[str, Any]:
    others: dict[str, int] = {}
    for change in case.changes:
        if change.family not in ("definitions", "liver_class"):
            others[change.family] = others.get(change.family, 0) + 1
    return {
        "version": version.pk,
        "case": version.staging.patient.case_id,
        "staged": version.staging.date,
        "flr": case.flr,
        "old": class_words(case.old_class),
        "new": class_words(case.new_class),
        "new_code": case.new_class,
        "moved": case.old_class != case.new_class,
        "definitions": [_words(change) for change in case.changes if change.family == "definitions"],
        "others": ", ".join(
            f"{family_words(family)} {count}" if count > 1 else family_words(family)
            for family, count in others.items()
        ),
    }


def _words(change: Change) -> dict[str, str]:
    return {
        "name": output_words(change.family, change.name),
        "old": value_words(change.family, change.old),
        "new": value_words(change.family, change.new),
    }


# ------------------------------------------------------------------------------------------------- the export
COLUMNS = ("case", "staging", "version", "flr_pct", "family", "answer", "today", "under_the_draft")


def export(asked: Asked, sides: Sequence[Side], impact: BoardImpact, user: User) -> Iterator[str]:
    """Every change of every case that the user may read, one a line, as CSV; no cell can act as a formula."""
    yield _line(COLUMNS)
    versions = listed_versions(user, impact, asked.family).tolist()
    for start in range(0, len(versions), AT_ONCE):
        for case, version in _with_stagings(user, sides, impact, versions[start : start + AT_ONCE]):
            staging = version.staging
            share = "" if case.flr is None else f"{case.flr:.1f}"
            for change in case.changes:
                if asked.family in ("", change.family):
                    said = _words(change)
                    yield _line(
                        (staging.patient.case_id, staging.date or "", version.number, share,
                         family_words(change.family), said["name"], said["old"], said["new"])
                    )  # fmt: skip


def _line(cells: Iterable[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([cell(str(value)) for value in cells])
    return out.getvalue()
