"""A lesion as the drawings know it: where, how large, and what happened to it since the earlier scan."""

from dataclasses import dataclass
from typing import Literal

from patients.states import LOOKS
from patients.wording import quantity

LesionState = Literal["new", "grown", "stable", "shrunk", "disappeared"]
Plan = Literal["resect", "ablate", "leave"]

GLYPHS: dict[str, str] = {"new": "+", "grown": "↑", "stable": "=", "shrunk": "↓", "disappeared": "×"}
PLAN_WORDS: dict[str, str] = {"resect": "to be resected", "ablate": "to be ablated", "leave": "left in place"}


@dataclass(frozen=True, slots=True)
class DrawnLesion:
    """One lesion at one staging. `None` is 'not known' everywhere; diameters in mm;
    0 mm is not seen any more.
    """

    label: str
    segment: str | None = None
    diameter_mm: float | None = None
    previous_diameter_mm: float | None = None
    disappeared: bool | None = None
    state: LesionState | None = None
    plan: Plan | None = None

    @property
    def gone(self) -> bool:
        return bool(self.disappeared) or self.state == "disappeared" or self.diameter_mm == 0

    @property
    def shown_state(self) -> str:
        return "disappeared" if self.gone else self.state or "unknown"

    @property
    def words(self) -> str:
        """'L1, segment VII, 38 mm, was 62 mm, smaller, to be resected'."""
        parts = [self.label, f"segment {self.segment}" if self.segment else "segment not known"]
        if self.gone:
            was = f", was {quantity(self.previous_diameter_mm, 'mm')}" if self.previous_diameter_mm else ""
            parts.append(f"not seen any more{was}")
        else:
            parts.append(quantity(self.diameter_mm, "mm") or "size not known")
            if self.state == "new":
                parts.append("new")
            elif self.previous_diameter_mm:
                parts.append(f"was {quantity(self.previous_diameter_mm, 'mm')}")
            if self.state and self.state != "new":
                parts.append(LOOKS[self.state].word)
        if self.plan:
            parts.append(PLAN_WORDS[self.plan])
        return ", ".join(parts)


def change_since(
    diameter_mm: float | None,
    previous_diameter_mm: float | None,
    *,
    disappeared: bool | None,
    tolerance_mm: float,
    seen_before: bool | None = None,
) -> LesionState | None:
    """What happened to a lesion since the earlier scan, or `None` when that is not known.

    A change of at most `tolerance_mm` (the measurement error of the rulebook) is stable. `seen_before=False`
    makes a lesion new; without an earlier size and without that, its state is not known.
    """
    if disappeared or diameter_mm == 0:
        return "disappeared"
    if seen_before is False:
        return "new"
    if diameter_mm is None or previous_diameter_mm is None:
        return None
    change = diameter_mm - previous_diameter_mm
    if abs(change) <= tolerance_mm:
        return "stable"
    return "grown" if change > 0 else "shrunk"
