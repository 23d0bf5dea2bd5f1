"""Does a decision follow the advice? (design, section 2: 'Questions, options, arguments')

A decision *follows* an option with at least one argument for; it *deviates* when all arguments of its options
are against, or when the sources argue only for other options of the question; there is *no comparison* while
the question is indeterminate, in conflict, silent or folded away. It only describes: nothing is refused
because of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meetings.models import BoardDecision

Outcome, Code = BoardDecision.Outcome, BoardDecision.Comparison

OPTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    Outcome.RESECTION: (("resectability", "resectable"), ("neoadjuvant", "upfront")),
    Outcome.HYPERTROPHY: (
        ("hypertrophy", "pve_two_stage"),
        ("hypertrophy", "lvd"),
        ("hypertrophy", "alpps"),
        ("hypertrophy", "resection_plus_ablation"),
    ),
    Outcome.NEOADJUVANT: (("neoadjuvant", "neoadjuvant"),),
    Outcome.CONVERSION: (
        ("conversion_first_line", "DOUBLET_BACKBONE"),
        ("conversion_first_line", "DOUBLET_ANTI_EGFR"),
        ("conversion_first_line", "DOUBLET_BEV"),
        ("conversion_first_line", "PEMBROLIZUMAB"),
        ("conversion_first_line", "TRIPLET_BACKBONE"),
        ("conversion_first_line", "TRIPLET_BEV"),
    ),
    Outcome.CONTINUE: (("stop_conversion", "continue_reassess"), ("stop_conversion", "restage_4_6")),
    Outcome.ABLATION: (("local_therapy", "ablation"), ("local_therapy", "sbrt")),
    Outcome.TRANSPLANT: (
        ("transplantation", "transplant_evaluation"),
        ("transplantation", "transplant_segmental"),
    ),
    Outcome.ADJUVANT: (
        ("adjuvant", "adjuvant_chemotherapy"),
        ("adjuvant", "adjuvant_haic"),
        ("adjuvant", "oxaliplatin_doublet"),
    ),
    Outcome.SURVEILLANCE: (("adjuvant", "no_adjuvant"), ("disappearing_lesions", "surveillance")),
    Outcome.PALLIATIVE: (),
    Outcome.SUPPORTIVE: (),
    Outcome.WORK_UP: (),
}
"""Which options of the engine an outcome stands for. Of one question the best is enough; where there are
several questions, all are looked at. Empty: the sources that the review cites do not argue about it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The code, a sentence that says why, and the options looked at: question, option, status."""

    code: BoardDecision.Comparison
    why: str
    options: tuple[tuple[str, str, str], ...] = ()


def compare(result: Mapping[str, Any] | None, outcome: str) -> Compared:
    """Compare an outcome with an assessment document (None: there is none yet)."""
    if not result:
        return Compared(Code.NO_COMPARISON, "There is no assessment of this case yet.")
    wanted = OPTIONS[outcome]
    if not wanted:
        return Compared(Code.NO_COMPARISON, "The review has no argument for or against this outcome.")
    by_question: dict[str, set[str]] = {}
    for question_id, option_id in wanted:
        by_question.setdefault(question_id, set()).add(option_id)
    judged = [
        _judge(question, by_question[question["id"]], str(result.get("liver_class")))
        for question in result["questions"]
        if question["id"] in by_question and question["applies"] is not False
    ]
    if not judged:
        return Compared(Code.NO_COMPARISON, "The question behind this outcome does not apply to this case.")
    options = tuple(option for compared in judged for option in compared.options)
    worst = min(judged, key=lambda compared: _ORDER.index(compared.code))
    return Compared(worst.code, worst.why, options)


_ORDER = (Code.DEVIATES, Code.NO_COMPARISON, Code.FOLLOWS)


def _judge(question: Mapping[str, Any], wanted: set[str], liver_class: str) -> Compared:
    chosen = [option for option in question["options"] if option["id"] in wanted]
    others = [option for option in question["options"] if option["id"] not in wanted]
    options = tuple((question["label"], option["label"], option["status"]) for option in chosen)
    names = {option["status"]: option["label"] for option in reversed(chosen)}
    where = f"({question['label']})"
    if "supported" in names:
        return Compared(
            Code.FOLLOWS, f"The sources have arguments for: {names['supported']} {where}.", options
        )
    if "supported with conflict" in names:
        name = names["supported with conflict"]
        return Compared(Code.NO_COMPARISON, f"The sources disagree on: {name} {where}.", options)
    if "indeterminate" in names or question["applies"] is None:
        name = names.get("indeterminate", "whether the question applies")
        return Compared(Code.NO_COMPARISON, f"Facts are missing for: {name} {where}.", options)
    if "opposed" in names:
        return Compared(
            Code.DEVIATES, f"The sources have only arguments against: {names['opposed']} {where}.", options
        )
    # The class of the liver decides the resectability question also where no rule argues for it in words.
    instead = [
        option["label"] for option in others if option["status"] == "supported" or option["id"] == liver_class
    ]
    if instead:
        return Compared(Code.DEVIATES, f"The advice says: {', '.join(instead)} {where}.", options)
    return Compared(
        Code.NO_COMPARISON, f"No argument of the sources applies to this outcome here {where}.", options
    )


RESTS_ON_RESECTABILITY = frozenset(
    {Outcome.RESECTION, Outcome.HYPERTROPHY, Outcome.NEOADJUVANT, Outcome.CONVERSION, Outcome.CONTINUE,
     Outcome.TRANSPLANT, Outcome.PALLIATIVE, Outcome.SUPPORTIVE}
)  # fmt: skip
"""Outcomes that another class of the liver would call into question."""


def open_facts(result: Mapping[str, Any] | None, outcome: str) -> list[str]:
    """Labels of missing facts that could change the answer behind an outcome, most useful first.

    They are those that could still settle an option that the outcome stands for, or, where it rests on
    resectability, the class of the liver. 'More work-up' decides nothing that could change.
    """
    if not result or outcome not in OPTIONS or outcome == Outcome.WORK_UP:
        return []
    options = {f"{question}:{option}" for question, option in OPTIONS[outcome]}
    classes = {"liver_class"} if outcome in RESTS_ON_RESECTABILITY else set()
    return [
        str(missing["label"])
        for missing in result.get("missing") or ()
        if options & set(missing.get("options") or ()) or classes & set(missing.get("settles") or ())
    ]
