"""What is declared names only facts and thresholds that exist, and prescribes nothing."""

import pytest

from decisions.engine import derived
from decisions.engine.conflicts import CONFLICTS
from decisions.engine.definitions import DEFINITIONS, d11_class, d12_class
from decisions.engine.facts import FACTS
from decisions.engine.flags import FLAGS
from decisions.engine.logic import Expr, Fact, Named, Threshold
from decisions.engine.questions import QUESTIONS
from decisions.engine.rules import RULES
from decisions.engine.scores import SCORES
from decisions.engine.thresholds import default
from decisions.engine.transplant import LT01_TERMS, PREDICTORS, TRANSMET

DECLARED: dict[str, Expr] = {
    **{name: expr for name, expr in vars(derived).items() if isinstance(expr, Named)},
    **{definition.id: definition.verdict for definition in DEFINITIONS},
    **{rule.id: rule.expr for rule in RULES.values()},
    **{conflict.id: conflict.active for conflict in CONFLICTS},
    **{f"question {question.id}": question.applies for question in QUESTIONS},
    **{f"flag {name}": expr for name, expr in FLAGS.items()},
    **{
        f"{score.key}.{part}": getattr(score, part)
        for score in SCORES
        for part in ("minimum", "maximum", "score", "risk")
    },
    **{f"transplant {name}": expr for name, expr in (LT01_TERMS | PREDICTORS).items()},
    "transmet": TRANSMET,
    "d11_class": d11_class,
    "d12_class": d12_class,
}


def leaves(expr):
    inside = expr.parts()
    return [expr] if not inside else [leaf for part in inside for leaf in leaves(part)]


@pytest.mark.parametrize("name", DECLARED)
def test_every_fact_and_threshold_exists(name):
    for leaf in leaves(DECLARED[name]):
        if isinstance(leaf, Fact):
            assert leaf.name in FACTS
        if isinstance(leaf, Threshold):
            default().value(leaf.name)


def test_the_specification_is_whole():
    assert len(DEFINITIONS) == 14
    assert len(RULES) == 119
    assert len(CONFLICTS) == 23
    assert len(QUESTIONS) == 18
    assert sum(len(question.arguments) for question in QUESTIONS) == 169


def test_every_argument_belongs_to_a_rule_and_an_option_of_its_question():
    for question in QUESTIONS:
        options = {option.id for option in question.options}
        for argument in question.arguments:
            assert argument.rule in RULES
            assert argument.option is None or argument.option in options


# fmt: off
IMPERATIVES = {
    "add", "avoid", "ask", "consider", "continue", "do", "flag", "give", "include",
    "keep", "label", "list", "never", "obtain", "offer", "operate", "order", "prefer",
    "refer", "resect", "restage", "show", "stage", "start", "state", "warn",
}
# fmt: on


def test_no_argument_begins_with_an_imperative():
    for question in QUESTIONS:
        for argument in question.arguments:
            for sentence in (argument.says, *argument.says.split(": ")[1:]):
                first = sentence.split()[0].strip(",.;").lower()
                assert first not in IMPERATIVES, argument.says
