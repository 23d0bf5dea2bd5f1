"""The future liver remnant of an assessment as a picture: zones, published limits and measurement error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from decisions.engine.thresholds import Threshold, default
from patients.drawings.remnant import Limit, Remnant, Zone, draw_remnant
from patients.drawings.shapes import WIDTHS, Figure
from patients.wording import signed

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


@dataclass(frozen=True, slots=True)
class Growth:
    """How the remnant grew between two volumetries: points, weeks, points a week, and the limits with their source.

    `before` and `after` are the standardised remnant in percent; `note` says what is missing for the rate.
    """

    before: float
    after: float
    points: float
    weeks: float | None
    rate: float | None
    rate_limit: Threshold
    points_limit: Threshold
    points_limit_value: float
    rate_limit_value: float
    note: str

    @property
    def words(self) -> str:
        """'+11.4 points'."""
        return signed(self.points, "points", 1)


def growth_of(result: Mapping[str, Any]) -> Growth | None:
    """Degree of hypertrophy and kinetic growth rate (specification C12); None without two volumetries to compare."""
    grown: Mapping[str, Any] = result.get("hypertrophy") or {}
    points = grown.get("dh")
    if points is None:
        return None
    limits: Mapping[str, float] = result["rulebook"]["thresholds"]
    rate = grown.get("kgr")
    return Growth(
        before=grown["sflr_pre"],
        after=grown["sflr_post"],
        points=points,
        weeks=grown.get("weeks"),
        rate=rate,
        rate_limit=default().get("KGR_MIN_PCT_PER_WEEK"),
        points_limit=default().get("DH_MIN_PCT"),
        points_limit_value=limits["DH_MIN_PCT"],
        rate_limit_value=limits["KGR_MIN_PCT_PER_WEEK"],
        note="" if rate is not None else "the dates of the procedure and of the volumetry after it",
    )


def remnant_of(
    result: Mapping[str, Any],
    background: str | None = None,
    *,
    prefix: str = "",
    text: float = 13,
    judged: bool = True,
    widths: Sequence[tuple[str, float]] = WIDTHS,
) -> list[Figure]:
    """The drawing for every width of box; [] while the remnant is not known. Limits are the rulebook's.

    `judged=False` leaves out the names and colours of the zones: numbers only, for a board that has not voted.
    """
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
        before=growth.before if (growth := growth_of(result)) else None,
        background=words,
        judged=judged,
    )
    return draw_remnant(remnant, prefix=prefix, text=text, widths=widths)


def background_words(background: str | None) -> str:
    """'normal liver'; '' while it is not known."""
    return ZONES[background][2] if background in ZONES else ""
