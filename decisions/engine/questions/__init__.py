"""Clinical questions: options, and the arguments for and against them (specification; `arguments`)."""

from decisions.engine.questions.adjuvant import ADJUVANT
from decisions.engine.questions.biology_prognosis import BIOLOGY_PROGNOSIS
from decisions.engine.questions.conversion_first_line import CONVERSION_FIRST_LINE
from decisions.engine.questions.cytoreduction import CYTOREDUCTION
from decisions.engine.questions.disappearing_lesions import DISAPPEARING_LESIONS
from decisions.engine.questions.extent_approach import EXTENT_APPROACH
from decisions.engine.questions.governance import GOVERNANCE
from decisions.engine.questions.hypertrophy import HYPERTROPHY
from decisions.engine.questions.later_line import LATER_LINE
from decisions.engine.questions.local_therapy import LOCAL_THERAPY
from decisions.engine.questions.lung import LUNG
from decisions.engine.questions.neoadjuvant import NEOADJUVANT
from decisions.engine.questions.question import Argument, Option, Question
from decisions.engine.questions.research import RESEARCH
from decisions.engine.questions.resectability import RESECTABILITY
from decisions.engine.questions.sequence import SEQUENCE
from decisions.engine.questions.stop_conversion import STOP_CONVERSION
from decisions.engine.questions.timing import TIMING
from decisions.engine.questions.transplantation import TRANSPLANTATION

QUESTIONS = (
    TIMING,
    RESECTABILITY,
    CONVERSION_FIRST_LINE,
    LATER_LINE,
    STOP_CONVERSION,
    NEOADJUVANT,
    SEQUENCE,
    HYPERTROPHY,
    EXTENT_APPROACH,
    LOCAL_THERAPY,
    DISAPPEARING_LESIONS,
    LUNG,
    TRANSPLANTATION,
    CYTOREDUCTION,
    ADJUVANT,
    BIOLOGY_PROGNOSIS,
    RESEARCH,
    GOVERNANCE,
)

__all__ = ["QUESTIONS", "Argument", "Option", "Question"]
