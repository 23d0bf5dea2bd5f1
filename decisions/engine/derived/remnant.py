"""The future liver remnant and its growth."""

from decisions.engine.derived.people import age
from decisions.engine.logic import Choose, Expr, First, Function, Judgement, fact, named, threshold

_height, _weight = fact("patient.height_cm"), fact("patient.weight_kg")
bsa = named("bsa", Function("sqrt", _height * _weight / 3600), "Body surface area (Mosteller)", "m²")
tlv = named("tlv", -794.41 + 1267.28 * bsa, "Total liver volume (Vauthey)", "mL")
_functional = fact("volumetry.measured_tlv_ml") - fact("volumetry.tumour_volume_ml")
liver_volume = named(
    "liver_volume",
    First(tlv, Choose((_functional > 0, _functional))),
    "Liver volume that the remnant is compared with",
    "mL",
)
_flr_pre = First(fact("volumetry.flr_pct"), 100 * fact("volumetry.flr_ml") / liver_volume)
_flr_post = First(fact("volumetry.flr_pct_post"), 100 * fact("volumetry.flr_ml_post") / liver_volume)
flr_pct = named("flr_pct", First(_flr_post, _flr_pre), "Future liver remnant", "%")

_background = fact("liver.background")
_INJURED = ("chemo_injured", "steatosis", "fibrosis")


def _zone(low: str, high: str) -> Expr:
    return Choose(
        (flr_pct < threshold(low), "inadequate"),
        (flr_pct < threshold(high), "borderline"),
        otherwise="adequate",
    )


_zone_normal = _zone("FLR_NORMAL_LOW", "FLR_NORMAL_HIGH")
_zone_injured = _zone("FLR_CHEMO_LOW", "FLR_CHEMO_HIGH")


def by_background(normal: Expr, injured: Expr, cirrhosis: Expr) -> Expr:
    """The value for the liver's background; an unknown one only decides when normal and injured agree.

    The source of that rule is the specification's convention (B.1), so cirrhosis does not count there.
    """
    return Choose(
        ((_background == "normal").is_true(), normal),
        ((_background == "cirrhosis").is_true(), cirrhosis),
        (_background.isin(*_INJURED).is_true(), injured),
        otherwise=Choose((_background == "normal", normal), otherwise=injured),
    )


flr_class = named(
    "flr_class",
    by_background(_zone_normal, _zone_injured, _zone("FLR_CIRRHOSIS_LOW", "FLR_CIRRHOSIS_HIGH")),
    "Remnant for this liver",
)


def range_zone(low: str, high: str) -> Expr:
    """True from `high`, false below `low`; in between the source leaves it to judgement."""
    return Choose(
        (flr_pct >= threshold(high), True), (flr_pct < threshold(low), False), otherwise=Judgement("flr_pct")
    )


def _adequacy_of(zone: Expr) -> Expr:
    return Choose((zone == "adequate", True), (zone == "inadequate", False), otherwise=Judgement("flr_pct"))


_adequate_injured = _adequacy_of(_zone_injured)
_adequate_cirrhosis = _adequacy_of(_zone("FLR_CIRRHOSIS_LOW", "FLR_CIRRHOSIS_HIGH"))
flr_suff_d02 = named(
    "flr_suff_D02",
    by_background(flr_pct > threshold("CHARN_FLR_GT"), _adequate_injured, _adequate_cirrhosis),
    "Remnant sufficient (Charnsangavej)",
)
flr_suff_d03 = named(
    "flr_suff_D03",
    by_background(range_zone("REES_FLR_LOW", "REES_FLR_HIGH"), _adequate_injured, _adequate_cirrhosis),
    "Remnant sufficient (Rees)",
)
flr_suff_d05 = named(
    "flr_suff_D05",
    by_background(_adequacy_of(_zone_normal), _adequate_injured, _adequate_cirrhosis),
    "Remnant sufficient (Worni)",
)
_compromised = range_zone("HUISKENS_FLR_COMP_LOW", "HUISKENS_FLR_COMP_HIGH")
flr_suff_d10 = named(
    "flr_suff_D10",
    by_background(
        range_zone("HUISKENS_FLR_NORMAL_LOW", "HUISKENS_FLR_NORMAL_HIGH"), _compromised, _compromised
    ),
    "Remnant sufficient (Huiskens)",
)

sflr_pre = named(
    "sflr_pre",
    First(fact("volumetry.flr_pct"), 100 * fact("volumetry.flr_ml") / tlv),
    "Standardised remnant before",
    "%",
)
sflr_post = named(
    "sflr_post",
    First(fact("volumetry.flr_pct_post"), 100 * fact("volumetry.flr_ml_post") / tlv),
    "Standardised remnant after",
    "%",
)
dh = named("dh", sflr_post - sflr_pre, "Degree of hypertrophy", "points")
hypertrophy_weeks = named(
    "weeks",
    Function("days_between", fact("volumetry.hypertrophy_date"), fact("volumetry.post_date")) / 7,
    "Weeks of growth",
    "weeks",
)
kgr = named("kgr", dh / hypertrophy_weeks, "Kinetic growth rate", "points a week")
flr_bw_pct = named(
    "flr_bw_pct", 100 * fact("volumetry.flr_ml") / (_weight * 1000), "Remnant by body weight", "%"
)
alpps_prestage1 = named(
    "alpps_prestage1", Choose((age >= threshold("ALPPS_AGE_GE"), 3), otherwise=0), "ALPPS risk before stage 1"
)
