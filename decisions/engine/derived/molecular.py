"""Molecular results."""

from decisions.engine.logic import Any_, Choose, First, fact, named

_msi, _mmr = fact("molecular.msi"), fact("molecular.mmr")
msi_high = named(
    "msi_high",
    Choose(
        ((_msi == "MSI-H").is_true(), True),
        ((_mmr == "dMMR").is_true(), True),
        otherwise=First(_msi == "MSI-H", _mmr == "dMMR"),
    ),
    "MSI-H or dMMR",
)
_ras, _kras, _nras = (fact(f"molecular.{gene}") for gene in ("ras", "kras", "nras"))
_variant = fact("molecular.kras_variant")
ras_mut = named(
    "ras_mut",
    Choose(
        (
            Any_(
                (_ras == "mutant").is_true(),
                (_kras == "mutant").is_true(),
                (_nras == "mutant").is_true(),
                ~_variant.is_null(),
            ),
            True,
        ),
        otherwise=First(_ras == "mutant", Any_(_kras == "mutant", _nras == "mutant")),
    ),
    "RAS mutated",
)
kras_mut = named(
    "kras_mut",
    First(
        _kras == "mutant",
        Choose(
            (~_variant.is_null(), True), ((_ras == "wild_type").is_true(), False), otherwise=_kras == "mutant"
        ),
    ),
    "KRAS mutated",
)
braf_mut = named("braf_mut", fact("molecular.braf_v600e") == "mutant", "BRAF V600E mutated")
