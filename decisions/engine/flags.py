"""Flags of an assessment (specification G): where a reading, a boundary or the data deserve a second look."""

from decisions.engine import derived as d
from decisions.engine.definitions import D07, D12
from decisions.engine.logic import All, Any_, Expr, fact, threshold

_count, _veins = fact("liver.lesion_count"), fact("liver.hepatic_veins_involved")
_cycles = fact("treatment.current_cycles_completed")
_msi, _mmr = fact("molecular.msi"), fact("molecular.mmr")


def _without_veins(terms: tuple[Expr, ...]) -> Expr:
    def asks_veins(term: Expr) -> bool:
        return any(getattr(part, "name", "") == "liver.hepatic_veins_involved" for part in term.parts())

    return All(*(term for term in terms if not asks_veins(term)))


MSI_MMR_DISCORDANT = Any_(
    All(_msi == "MSI-H", _mmr == "pMMR"), All(_msi.isin("MSS", "MSI-L"), _mmr == "dMMR")
)
CYCLES_EXCEED = All(
    fact("treatment.intent").isin("conversion", "neoadjuvant"), _cycles > threshold("CONV_CYCLES_MAX")
)
TRIPLE_MUTATION = All(d.ras_mut, fact("molecular.tp53") == "mutant", fact("molecular.smad4") == "mutant")

FLAGS: dict[str, Expr] = {
    "TIMING_INFERRED": d.timing_inferred,
    "TIMING_DATA_CONFLICT": d.timing_data_conflict,
    "MSI_MMR_DISCORDANT": MSI_MMR_DISCORDANT,
    "CYCLES_EXCEED_RECOMMENDED": CYCLES_EXCEED,
    "LONG_CHEMO": d.long_chemo,
    "TRIPLE_MUTATION": TRIPLE_MUTATION,
    "RELATIVE_CONTRAINDICATION_EHD": All(fact("ehd.present"), fact("ehd.resectable")),
    "BOUNDARY_GAP:D11": Any_(
        fact("liver.max_diameter_mm") == threshold("ICHIDA_SIZE_LT_MM"),
        d.flr_pct == threshold("ICHIDA_FLR_GT"),
    ),
    "BOUNDARY_GAP:D12": d.flr_pct == threshold("NIEUW_FLR_GT"),
    "BOUNDARY_GAP:D14": d.flr_pct == threshold("ESMO_FLR_GT"),
    "READING_SENSITIVE:D06": _count == threshold("VIGANO_MIN_LESIONS"),
    "READING_SENSITIVE:D07": All(_veins >= 1, _veins <= 2, _without_veins(D07.condition.parts())),
    "READING_SENSITIVE:D08": _count == threshold("ALLARD_MIN_LESIONS"),
    "READING_SENSITIVE:D12": All(
        _veins == 1, _veins > threshold("NIEUW_HV_MAX_EASY"), _without_veins(D12.condition.parts())
    ),
}
"""Each flag is raised when its condition is true; unknown raises nothing."""
