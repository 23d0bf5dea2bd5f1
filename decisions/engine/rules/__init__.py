"""The rules of the specification (B.3), by section of the seed."""

from decisions.engine.rules import (
    adjuvant,
    conversion,
    disappearing,
    emerging,
    governance,
    hypertrophy,
    locoregional,
    lung,
    neoadjuvant,
    prognosis,
    resectability,
    sequence,
    surgery,
    timing,
    transplant,
)
from decisions.engine.rules.rule import STATE, Rule

RULES: dict[str, Rule] = {
    rule.id: rule
    for module in (
        governance,
        timing,
        resectability,
        conversion,
        neoadjuvant,
        lung,
        sequence,
        adjuvant,
        emerging,
        hypertrophy,
        surgery,
        locoregional,
        disappearing,
        transplant,
        prognosis,
    )
    for rule in module.RULES
}

__all__ = ["RULES", "STATE", "Rule"]
