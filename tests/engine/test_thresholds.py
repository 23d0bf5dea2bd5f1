"""Thresholds are data: read strictly, bounded, ordered, and never changed in place."""

import math
from pathlib import Path

import pytest

from decisions.engine.packaged import RulebookError
from decisions.engine.thresholds import ORDERED, ThresholdError, default, load_set

GOOD = """\
topic: remnant
label: Future liver remnant
since: 2025-03-01
thresholds:
  FLR_NORMAL_LOW:
    label: Normal liver, lower bound
    value: 20
    unit: "% of TLV"
    comparison: within
    range: [15, 30]
    source: section 3.1
    verified: yes
"""


def load(tmp_path: Path, text: str) -> object:
    (tmp_path / "remnant.yaml").write_text(text, encoding="utf-8")
    return load_set(tmp_path)


def test_the_shipped_set_holds_the_97_of_the_specification_and_the_board_s_own_choices() -> None:
    by_topic: dict[str, int] = {}
    for threshold in default().thresholds():
        by_topic[threshold.topic] = by_topic.get(threshold.topic, 0) + 1
    assert sum(number for topic, number in by_topic.items() if topic != "board") == 97
    assert all(
        threshold.verified == "engine_choice"
        for threshold in default().thresholds()
        if threshold.topic == "board"
    )


def test_every_shipped_value_lies_in_its_bounds_and_every_pair_in_order() -> None:
    for threshold in default().thresholds():
        assert threshold.check(threshold.value) == threshold.value
        assert threshold.label
        assert threshold.source
    for low, high in ORDERED:
        assert default().value(low) <= default().value(high)


def test_overriding_gives_another_set_and_leaves_the_first_as_it_was() -> None:
    shipped = default()
    stricter = shipped.override({"ADAM_FLR_MIN": 35})
    assert (shipped.value("ADAM_FLR_MIN"), stricter.value("ADAM_FLR_MIN")) == (30, 35)
    assert stricter.hash != shipped.hash
    assert stricter.override({"ADAM_FLR_MIN": 30.0}) == shipped


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ADAM_FLR", 35, "is no threshold"),
        ("ADAM_FLR_MIN", 51, "from 20 to 50"),
        ("ADAM_FLR_MIN", "35", "a number"),
        ("ADAM_FLR_MIN", True, "a number"),
        ("ADAM_FLR_MIN", None, "a number"),
        ("ADAM_FLR_MIN", math.nan, "a number"),
        ("ADAM_FLR_MIN", math.inf, "a number"),
        ("REASSESS_MONTHS_MIN", 2.5, "a whole number from 1 to 3"),
        ("FLR_NORMAL_HIGH", 20, None),
        ("FONG_HIGH_MIN", 5, "from 2 to 4"),
    ],
)
def test_a_wrong_override_names_the_threshold_the_value_and_what_is_allowed(
    name: str, value: object, words: str | None
) -> None:
    if words is None:
        assert default().override({name: value}).value(name) == value
        return
    with pytest.raises(ThresholdError) as error:
        default().override({name: value})
    assert error.value.name == name
    assert words in error.value.message


def test_a_lower_bound_above_its_upper_bound_is_refused() -> None:
    with pytest.raises(ThresholdError) as error:
        default().override({"FLR_NORMAL_LOW": 30, "FLR_NORMAL_HIGH": 25})
    assert "FLR_NORMAL_LOW (30) lies above FLR_NORMAL_HIGH (25)" in error.value.message


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("    value: 20\n", "", "thresholds.FLR_NORMAL_LOW.value", "is missing"),
        ("value: 20", "value: twenty", "thresholds.FLR_NORMAL_LOW.value", "not a value of type"),
        ("value: 20", "value: true", "thresholds.FLR_NORMAL_LOW.value", "not a value of type"),
        ("value: 20", "value: 12", "thresholds.FLR_NORMAL_LOW.value", "from 15 to 30"),
        ("range: [15, 30]", "range: [30, 15]", "thresholds.FLR_NORMAL_LOW.range", "smallest"),
        ("range: [15, 30]", "range: [15]", "thresholds.FLR_NORMAL_LOW.range", "smallest"),
        ("comparison: within", "comparison: near", "thresholds.FLR_NORMAL_LOW.comparison", "not one of"),
        ("verified: yes", "verified: maybe", "thresholds.FLR_NORMAL_LOW.verified", "not one of"),
        ("source: section 3.1", 'source: ""', "thresholds.FLR_NORMAL_LOW.source", "is empty"),
        (
            "source: section 3.1",
            "source: a\n    sauce: b",
            "thresholds.FLR_NORMAL_LOW.sauce",
            "not a known key",
        ),
        ("since: 2025-03-01", "since: soon", "since", "not a value of type"),
        ("    value: 20\n", "    value: 20\n    value: 21\n", "value", "stands twice"),
        ("topic: remnant\n", "- topic\n", "", "cannot be read"),
    ],
)
def test_a_broken_file_is_refused_with_file_and_key(
    tmp_path: Path, old: str, new: str, key: str, words: str
) -> None:
    assert load(tmp_path, GOOD)
    with pytest.raises(RulebookError) as error:
        load(tmp_path, GOOD.replace(old, new))
    assert error.value.file == "remnant.yaml"
    assert error.value.key == key
    assert words in error.value.message


def test_a_threshold_stands_in_one_file_only(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(GOOD.replace("topic: remnant", "topic: other"), encoding="utf-8")
    with pytest.raises(RulebookError) as error:
        load(tmp_path, GOOD)
    assert "stands in other too" in error.value.message
