"""The sum of the target diameters and the category of RECIST, with what each is relative to."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from patients.wording import NBSP, day, listing, quantity, signed

CATEGORIES = {
    "CR": "complete response",
    "PR": "partial response",
    "SD": "stable disease",
    "PD": "progression",
}
SUMS = (("baseline_sum_mm", "baseline"), ("nadir_sum_mm", "nadir"), ("current_sum_mm", "now"))
ASSUMES = "RESPONSE_ASSUMES_NO_NEW_LESION"


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of target diameters: what it is called, mm, the day of its study, and how it came about."""

    name: str
    mm: float
    on: datetime.date | None
    basis: str

    @property
    def words(self) -> str:
        """'baseline 103 mm, 3 Sep 2026'."""
        return f"{self.name} {quantity(self.mm, 'mm')}{f', {day(self.on)}' if self.on else ''}"


@dataclass(frozen=True, slots=True)
class Recist:
    """The response as it can be shown. `category` is '' while it is not known; `missing` says what that waits for.

    `from_baseline` and `from_nadir` are changes in percent with their sign; '' where a sum is missing.
    """

    category: str
    meaning: str
    sums: list[Sum]
    from_baseline: str
    from_nadir: str
    missing: str
    notes: list[str]

    @property
    def known(self) -> bool:
        """True when there is anything to say."""
        return bool(self.category or self.sums)


def recist_of(
    document: Mapping[str, Any], provenance: Mapping[str, Any], result: Mapping[str, Any]
) -> Recist:
    """RECIST 1.1 of a staged version: its sums with their days, and the category of its assessment."""
    facts: Mapping[str, Any] = (document.get("imaging") or {}).get("recist") or {}
    sums = {key: _sum(name, facts[key], provenance.get(f"imaging.recist.{key}") or {}) for key, name in SUMS
            if facts.get(key) is not None}  # fmt: skip
    current = sums.get("current_sum_mm")
    category = str(result.get("response") or "")
    stated = (document.get("treatment") or {}).get("best_current_response")
    return Recist(
        category=category,
        meaning=CATEGORIES.get(category, ""),
        sums=list(sums.values()),
        from_baseline=_change(current, sums.get("baseline_sum_mm")),
        from_nadir=_change(current, sums.get("nadir_sum_mm")),
        missing="" if category else _missing(sums),
        notes=_notes(facts, result, str(stated or "")),
    )


def _sum(name: str, mm: float, source: Mapping[str, Any]) -> Sum:
    on = source.get("observed_on")
    return Sum(name, mm, datetime.date.fromisoformat(on) if on else None, str(source.get("basis") or ""))


def _change(now: Sum | None, before: Sum | None) -> str:
    return signed(100 * (now.mm - before.mm) / before.mm, "%", 1) if now and before and before.mm else ""


def _missing(sums: Mapping[str, Sum]) -> str:
    absent = [
        {"now": "current"}.get(name, name) for key, name in SUMS if key not in sums and key != "nadir_sum_mm"
    ]
    if not absent:
        return "whether there are new lesions or progression outside the targets"
    return f"the {listing(absent)} sum of the target lesions"


def _notes(facts: Mapping[str, Any], result: Mapping[str, Any], stated: str) -> list[str]:
    notes = []
    if stated:
        notes.append("as stated, not from the sums")
    if facts.get("new_lesions"):
        notes.append("new lesions")
    if facts.get("nontarget_progression"):
        notes.append("progression outside the targets")
    if any(warning.get("code") == ASSUMES for warning in result.get("warnings") or ()):
        notes.append(
            f"counts what was not reported as none:{NBSP}new lesions, progression outside the targets"
        )
    return notes
