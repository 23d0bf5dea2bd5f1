"""Kleene's logic: missing is never false, and only two operators turn it into an answer."""

import itertools

import pytest

from decisions.engine.logic import All, Any_, Choose, Const, Context, First, fact, threshold
from decisions.engine.thresholds import default

TRUTHS = (True, False, None)


def value(expr, **facts):
    return expr.value(Context({name.replace("__", "."): v for name, v in facts.items()}, default()))


@pytest.mark.parametrize(("left", "right"), list(itertools.product(TRUTHS, TRUTHS)))
def test_and_is_false_as_soon_as_one_side_is_false(left, right):
    expected = False if False in (left, right) else None if None in (left, right) else True
    assert value(All(Const(left), Const(right))) is expected
    assert value(Const(left) & Const(right)) is expected


@pytest.mark.parametrize(("left", "right"), list(itertools.product(TRUTHS, TRUTHS)))
def test_or_is_true_as_soon_as_one_side_is_true(left, right):
    expected = True if True in (left, right) else None if None in (left, right) else False
    assert value(Any_(Const(left), Const(right))) is expected
    assert value(Const(left) | Const(right)) is expected


@pytest.mark.parametrize(("term", "expected"), [(True, False), (False, True), (None, None)])
def test_not_unknown_is_unknown(term, expected):
    assert value(~Const(term)) is expected


@pytest.mark.parametrize("operator", ["__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__"])
def test_a_comparison_with_a_missing_fact_is_unknown(operator):
    compare = getattr(fact("liver.lesion_count"), operator)(4)
    assert value(compare) is None
    assert value(compare, liver__lesion_count=3) in (True, False)


@pytest.mark.parametrize(
    ("term", "null", "true"), [(True, False, True), (False, False, False), (None, True, False)]
)
def test_is_null_and_is_true_are_always_decided(term, null, true):
    assert value(Const(term).is_null()) is null
    assert value(Const(term).is_true()) is true


@pytest.mark.parametrize(
    ("condition", "first", "otherwise", "expected"),
    [
        (True, "a", "b", "a"),
        (False, "a", "b", "b"),
        (None, "a", "b", None),
        (None, "a", "a", "a"),
        (None, "a", None, None),
    ],
)
def test_a_choice_is_unknown_unless_every_way_still_open_agrees(condition, first, otherwise, expected):
    assert value(Choose((Const(condition), first), otherwise=otherwise)) == expected


def test_what_is_given_overrides_what_is_computed():
    assert value(First(Const(None), Const(2), Const(3))) == 2


def test_only_facts_along_undecided_branches_are_missing():
    expr = (fact("liver.lesion_count") < threshold("EKBERG_MAX_LESIONS_EXCL")) & ~fact("ehd.present")
    assert expr.missing(Context({"ehd.present": True}, default())) == frozenset()
    assert expr.missing(Context({"liver.lesion_count": 2}, default())) == {"ehd.present"}
    assert expr.missing(Context({}, default())) == {"liver.lesion_count", "ehd.present"}
