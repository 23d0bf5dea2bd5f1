"""When did the liver metastases appear?"""

from decisions.engine.logic import Any_, fact
from decisions.engine.questions.question import Argument, Option, Question

TIMING = Question(
    "timing",
    "When did the liver metastases appear?",
    applies=Any_(
        ~fact("liver.lesion_count").is_null(),
        ~fact("liver.detection_date").is_null(),
        ~fact("liver.detected_at_presentation").is_null(),
    ),
    options=(
        Option("early_metachronous", "Early metachronous (within 12 months of diagnosis of the primary)"),
        Option("late_metachronous", "Late metachronous (after 12 months)"),
        Option("synchronous", "Synchronous (at or before presentation)"),
    ),
    arguments=(
        Argument(
            "MET-01",
            None,
            "information",
            "European multisocietal consensus (Delphi): synchronous is at or before presentation, early metachronous within 12 months of diagnosis of the primary, late metachronous after 12 months.",
            section="2",
            refs=("12",),
            verified="yes",
        ),
    ),
)
