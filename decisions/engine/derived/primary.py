"""The primary tumour."""

from decisions.engine.logic import All, Assessed, Choose, First, Function, fact, named, threshold

_site = fact("primary.site_icdo3")
primary_side = named(
    "primary_side",
    First(
        fact("primary.side"),
        Choose(
            (_site.isin("C18.0", "C18.1", "C18.2", "C18.3", "C18.4"), "right"),
            (_site.isin("C18.5", "C18.6", "C18.7", "C19.9", "C20.9"), "left"),
            otherwise=fact("primary.side"),
        ),
    ),
    "Side of the primary",
)
is_rectal = named("is_rectal", _site == "C20.9", "Rectal primary")
_nodes, _n = fact("primary.positive_nodes"), Assessed("primary.n_category", "NX")
_n_positive = _n.isin("N1", "N1a", "N1b", "N1c", "N2", "N2a", "N2b")
node_positive = named(
    "node_positive",
    First(
        Choose(
            ((_nodes > 0).is_true(), True),
            (_n_positive.is_true(), True),
            ((_n == "N0").is_true(), False),
            otherwise=_nodes > 0,
        ),
        _n_positive,
    ),
    "Node-positive primary",
)
pn2 = named(
    "pn2",
    First(_nodes >= threshold("PN2_NODES_GE"), _n.isin("N2", "N2a", "N2b")),
    "pN2 (by nodes, else by category)",
)
_t = Assessed("primary.t_category", "TX")
_t_number = Choose(
    (_t.isin("T0", "Tis"), 0),
    (_t == "T1", 1),
    (_t == "T2", 2),
    (_t == "T3", 3),
    otherwise=Choose((_t.isin("T4", "T4a", "T4b"), 4)),
)
t_lt4 = named("t_lt4", _t_number < threshold("LT_T_STAGE_LT"), "T category below 4")
preop_rt_standard = named(
    "preop_rt_standard",
    Choose(
        (is_rectal.is_null(), is_rectal),
        (~is_rectal, False),
        otherwise=All(fact("primary.rectal_level").isin("mid", "low"), ~_t.isin("T1", "T2")),
    ),
    "Pre-operative radiotherapy is standard",
)
primary_ge_12m = named(
    "primary_ge_12m",
    fact("case.decision_date")
    >= Function("add_months", fact("primary.resection_date"), threshold("LT_PRIMARY_INTERVAL_MONTHS")),
    "Primary resected long enough ago",
)
