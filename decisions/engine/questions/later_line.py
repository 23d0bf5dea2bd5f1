"""Which systemic therapy after the first line?"""

from decisions.engine import derived as d
from decisions.engine.logic import All, Any_, fact
from decisions.engine.questions.question import Argument, Option, Question

LATER_LINE = Question(
    "later_line",
    "Which systemic therapy after the first line?",
    applies=Any_(
        All(~fact("treatment.current_line").is_null(), (fact("treatment.current_line") >= 2)),
        All(~d.response.is_null(), (d.response == "PD")),
    ),
    options=(
        Option("ENCORAFENIB_CETUXIMAB", "Encorafenib plus cetuximab"),
        Option("KRAS_G12C_INHIBITOR", "KRAS G12C inhibitor (trial or later line)"),
        Option("SECOND_LINE_CHEMO", "Second-line chemotherapy"),
    ),
    arguments=(
        Argument(
            "CONV-15",
            "KRAS_G12C_INHIBITOR",
            "for",
            "Early-phase trials (adagrasib, divarasib, sometimes with an anti-EGFR antibody): promising results in KRAS G12C-mutated disease; an emerging option in a trial or later line.",
            section="3.2",
            refs=("49",),
            verified="yes",
        ),
        Argument(
            "CONV-17",
            "ENCORAFENIB_CETUXIMAB",
            "for",
            "ASCO 2023 (guideline; not in the review): encorafenib plus cetuximab is recommended for previously treated BRAF V600E-mutated disease.",
            section="ext",
            refs=("43",),
            verified="external",
            external=True,
        ),
        Argument(
            "NEO-08",
            "SECOND_LINE_CHEMO",
            "for",
            "Review evidence: progression during neoadjuvant therapy brings second-line therapy to the board; surgery now may be futile.",
            section="3.3",
            refs=("55",),
            verified="yes",
        ),
    ),
)
