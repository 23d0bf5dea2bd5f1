"""The history of the rulebook: its versions by layer, and what last moved each threshold."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from decisions.models import RulebookVersion
from decisions.rulebooks import InForce, differences, thresholds_of
from patients import wording


def last_changes(versions: Iterable[RulebookVersion]) -> dict[str, dict[str, Any]]:
    """For each threshold that the versions of one layer (oldest first) have moved: the last move."""
    found: dict[str, dict[str, Any]] = {}
    below: RulebookVersion | None = None
    for version in versions:
        if below is not None and below.hash != version.hash:
            before = thresholds_of(below)
            for name, value in differences(before, thresholds_of(version)).items():
                found[name] = {
                    "old": wording.number(before.numbers.get(name)),
                    "new": wording.number(value),
                    "version": version,
                }
        below = version
    return found


def history_rows(versions: Sequence[RulebookVersion], held: InForce) -> list[dict[str, Any]]:
    """Every version, newest first, with what it moved in its layer, and whether it holds."""
    newest: dict[int | None, RulebookVersion] = {}
    rows = []
    in_force = {version.pk for version in held.versions}
    for version in sorted(versions, key=lambda item: item.number):
        below = newest.get(version.profile_id)
        moved: Mapping[str, float] = version.changes if version.profile_id and below is None else {}
        before = thresholds_of(below).numbers if below else {}
        if below is not None and below.hash != version.hash:
            moved = differences(thresholds_of(below), thresholds_of(version))
        rows.append(
            {
                "version": version,
                "holds": version.pk in in_force,
                "moves": [
                    {"name": name, "old": wording.number(before.get(name)), "new": wording.number(value)}
                    for name, value in moved.items()
                ],
            }
        )
        newest[version.profile_id] = version
    return rows[::-1]
