"""The future liver remnant of an assessment as a picture: zones, published limits and measurement error."""

from collections.abc import Mapping
from typing import Any

from patients.drawings.remnant import Limit, Remnant, Zone, draw_remnant
from patients.drawings.shapes import Figure

ZONES = {
    "normal": ("FLR_NORMAL_LOW", "FLR_NORMAL_HIGH", "normal liver"),
    "chemo_injured": ("FLR_CHEMO_LOW", "FLR_CHEMO_HIGH", "liver injured by chemotherapy"),
    "steatosis": ("FLR_CHEMO_LOW", "FLR_CHEMO_HIGH", "steatosis"),
    "fibrosis": ("FLR_CHEMO_LOW", "FLR_CHEMO_HIGH", "fibrosis"),
    "cirrhosis": ("FLR_CIRRHOSIS_LOW", "FLR_CIRRHOSIS_HIGH", "cirrhosis"),
}
"""The zones of a liver background (specification B.1, flr_class) and its name in words."""
LIMITS = (
    ("CHARN_FLR_GT", "Charnsangavej"),
    ("REES_FLR_LOW", "Rees"),
    ("ADAM_FLR_MIN", "Adam"),
    ("ICHIDA_FLR_GT", "Ichida"),
    ("ESMO_FLR_GT", "Cervantes"),
    ("NIEUW_FLR_GT", "Nieuwenhuizen"),
)


def remnant_of(
    result: Mapping[str, Any], background: str | None = None, *, prefix: str = "", text: float = 13
) -> list[Figure]:
    """The drawing for every width of box; [] while the remnant is not known. Limits are the rulebook's."""
    percent = result.get("flr_pct")
    if percent is None:
        return []
    limits: Mapping[str, float] = result["rulebook"]["thresholds"]
    zones: tuple[Zone, ...] = ()
    words = ""
    if background in ZONES:
        low, high, words = ZONES[background]
        zones = (
            Zone(0, limits[low], "inadequate"),
            Zone(limits[low], limits[high], "borderline"),
            Zone(limits[high], 100, "adequate"),
        )
    remnant = Remnant(
        percent=percent,
        zones=zones,
        limits=[Limit(limits[name], author) for name, author in LIMITS],
        error=limits["FIRMNESS_FLR_POINTS"],
        background=words,
    )
    return draw_remnant(remnant, prefix=prefix, text=text)
