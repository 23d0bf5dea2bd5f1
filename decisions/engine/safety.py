"""Which thresholds keep a patient from harm: a change of one asks for more than a signature.

The specification calls T-18 and CONV-16 safety rules; that the remnant's limits (RES-01), its growth (HYP-08) and
the risk of ALPPS (HYP-05) belong to them is the program's own choice.
"""

from functools import cache

from decisions.engine.logic.forms import limits_of
from decisions.engine.rules import RULES

SAFETY_RULES = {
    "RES-01": "a liver remnant that is too small",
    "HYP-05": "the risk of ALPPS before its first stage",
    "HYP-08": "a remnant that has not grown enough",
    "CONV-16": "the stop of an anti-EGFR antibody",
}
"""Rule and what it keeps a patient from."""
SAFETY_DATES = {"BEVACIZUMAB_SURGERY_WEEKS": ("T-18", "an operation too soon after bevacizumab")}


@cache
def safety_limits() -> dict[str, tuple[str, str]]:
    """The thresholds that safety rules read: name to (rule, what it keeps a patient from)."""
    found = dict(SAFETY_DATES)
    for rule, harm in SAFETY_RULES.items():
        for name in sorted(limits_of(RULES[rule].expr)):
            found.setdefault(name, (rule, harm))
    return found
