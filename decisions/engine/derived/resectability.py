"""Resectability of the liver and of disease outside it."""

from decisions.engine.derived.remnant import flr_class
from decisions.engine.logic import All, Choose, fact, named

technical_ok = named(
    "technical_ok",
    All(
        fact("plan.r0_feasible"),
        fact("plan.inflow_preserved"),
        fact("plan.outflow_preserved"),
        fact("plan.biliary_drainage_preserved"),
    ),
    "Technically resectable",
)
liver_class = named(
    "liver_class",
    Choose(
        (All(technical_ok.is_null(), (flr_class == "inadequate").is_true()), "unresectable"),
        (~technical_ok, "unresectable"),
        (flr_class == "adequate", "resectable"),
        (flr_class == "borderline", "borderline_flr"),
        otherwise="unresectable_flr",
    ),
    "Liver resectability",
)
liver_resectable = named(
    "liver_resectable",
    liver_class.isin("resectable", "borderline_flr"),
    "Liver resectable (remnant may be borderline)",
)
liver_unresectable = named(
    "liver_unresectable", liver_class.isin("unresectable", "unresectable_flr"), "Liver unresectable"
)
liver_unresectable_technical = named(
    "liver_unresectable_technical", liver_class == "unresectable", "Liver unresectable for technical reasons"
)
_ehd = fact("ehd.present")
ehd_ok = named(
    "ehd_ok",
    Choose((_ehd.is_null(), _ehd), (~_ehd, True), otherwise=fact("ehd.resectable")),
    "No extrahepatic disease, or resectable",
)
