"""What is decided stays decided however the missing facts turn out; what stays open for good reason is counted."""

import itertools
import random

import pytest

from decisions.engine.facts import FACTS
from decisions.engine.logic import Context, Fact, Named
from decisions.engine.thresholds import default
from tests.engine.cases import CODES, DATES, NUMBERS, any_case
from tests.engine.test_adding_a_fact import DECIDED, IMPLIED, OVERRIDING

MOST = 3
"""So many missing facts are enumerated at once."""


def facts_of(expr, seen=None):
    seen = set() if seen is None else seen
    if isinstance(expr, Fact):
        seen.add(expr.name)
    for part in expr.parts():
        facts_of(part, seen)
    return seen


READ = {name: frozenset(facts_of(expr)) for name, expr in DECIDED.items()}


def turns(name):
    """Ways in which a missing fact may turn out: every code, both truths, every date, numbers on and around limits."""
    fact = FACTS[name]
    if fact.type == "bool":
        return [True, False]
    if fact.type == "date":
        return list(DATES)
    if fact.type.startswith("list"):
        return [(), tuple(fact.allowed), *((code,) for code in fact.allowed)]
    if fact.type in {"int", "decimal"}:
        low, high = fact.minimum or 0, fact.maximum or 100
        return list(NUMBERS.get(name) or (low, low + 1, low + 2, (low + high) // 2, high))
    if name in CODES:
        return list(CODES[name])
    return [code for code in fact.allowed if code not in {"unknown", "..."}]


def completions(name, case, draw):
    missing = sorted(READ[name] - case.keys() - OVERRIDING - IMPLIED)
    chosen = draw.sample(missing, k=min(MOST, len(missing)))
    ways = [turns(fact) for fact in chosen]
    return missing, [dict(zip(chosen, values, strict=True)) for values in itertools.product(*ways)]


@pytest.mark.parametrize("seed", range(120))
def test_every_completion_agrees_with_what_was_decided(seed):
    draw, thresholds = random.Random(seed), default()
    case = any_case(seed)
    before = Context(case, thresholds)
    for name in draw.sample(sorted(DECIDED), k=12):
        decided = DECIDED[name].value(before)
        if decided is None:
            continue
        for completion in completions(name, case, draw)[1]:
            after = DECIDED[name].value(Context({**case, **completion}, thresholds))
            assert after == decided, f"{name} was {decided}, with {completion} it is {after}"


def test_little_is_left_open_that_every_completion_would_settle_alike():
    """Kleene's logic reads each part for itself, so it may miss that two open parts can only fall together.

    Counted over open results whose missing facts can all be enumerated: most of these are truly open.
    """
    thresholds, asked, alike = default(), 0, []
    for seed in range(400):
        draw, case = random.Random(seed), any_case(seed)
        before = Context(case, thresholds)
        for name in draw.sample(sorted(DECIDED), k=20):
            if DECIDED[name].value(before) is not None or isinstance(DECIDED[name], Named) is False:
                continue
            missing, ways = completions(name, case, draw)
            if not missing or len(missing) > MOST or READ[name] & (OVERRIDING | IMPLIED) - case.keys():
                continue
            asked += 1
            answers = {DECIDED[name].value(Context({**case, **way}, thresholds)) for way in ways}
            if len(answers) == 1 and None not in answers:
                alike.append(name)
    assert asked > 100
    assert len(alike) < 0.1 * asked, sorted(set(alike))
