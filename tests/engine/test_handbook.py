"""The handbook says what runs, and the review is covered sentence by sentence."""

import io
import re
from pathlib import Path

import pytest

from decisions.engine.command import write_handbook
from decisions.engine.conflicts import CONFLICTS
from decisions.engine.coverage import coverage, load_coverage
from decisions.engine.definitions import DEFINITIONS
from decisions.engine.handbook import handbook
from decisions.engine.in_words import in_words
from decisions.engine.logic import All, Any_, fact, threshold
from decisions.engine.packaged import RulebookError
from decisions.engine.rules import RULES
from decisions.engine.scores import SCORES
from decisions.engine.thresholds import default

WRITTEN = Path(__file__).parents[2] / "docs" / "handbook.md"
BY_ANOTHER_SOURCE = {"CONV-16", "CONV-17", "CONV-19", "DLM-06", "HYP-08"}
"""Rules that rest on sources outside the review (specification, B.3)."""


def test_the_written_handbook_is_what_the_declarations_say() -> None:
    assert WRITTEN.read_text(encoding="utf-8") == handbook(), (
        "renew it: manage.py handbook > docs/handbook.md"
    )


def test_it_names_every_rule_definition_threshold_and_conflict() -> None:
    text = handbook()
    for name in (
        *RULES,
        *(item.id for item in DEFINITIONS),
        *(item.id for item in CONFLICTS),
        *default().values(),
    ):
        assert re.search(rf"\b{re.escape(name)}\b", text), name


def test_it_follows_changed_thresholds() -> None:
    assert "≥ 35 % (ADAM_FLR_MIN)" in handbook(default().override({"ADAM_FLR_MIN": 35}))


def test_conditions_read_as_sentences() -> None:
    condition = All(
        Any_(fact("ehd.present"), fact("liver.lesion_count") >= threshold("H_COUNT_GE")),
        ~fact("liver.ivc_involved"),
        fact("liver.background").isin("fibrosis", "cirrhosis"),
        ~(fact("labs.cea_ng_ml") > 80),
    )
    assert in_words(condition, default()) == (
        "(Disease outside the liver or Lesions to be treated ≥ 5 lesions (H_COUNT_GE)) and "
        "not: Inferior vena cava involved and Liver background is Fibrosis or Cirrhosis and CEA ≤ 80 ng/mL"
    )


def test_every_sentence_of_the_review_has_a_carrier_that_exists_or_a_reason() -> None:
    known = {
        *RULES,
        *(item.id for item in DEFINITIONS),
        *(item.id for item in CONFLICTS),
        *(score.key for score in SCORES),
        *default().values(),
    }
    carried = {name for sentence in coverage() for name in sentence.rules}
    assert carried <= known
    assert set(RULES) - carried == BY_ANOTHER_SOURCE
    assert {item.id for item in DEFINITIONS} | {item.id for item in CONFLICTS} <= carried
    assert {sentence.section.split(".")[0] for sentence in coverage()} == {
        str(number) for number in range(1, 14)
    }


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("sentences: [{section: '1', says: x}]\nnot_considered: []", "sentences.1"),
        ("sentences: [{section: '1', says: x, by: [G-01], left_out: y}]\nnot_considered: []", "sentences.1"),
        ("sentences: [{section: '1', says: x, by: [G-01], why: y}]\nnot_considered: []", "sentences.1.why"),
        ("sentences: []", "not_considered"),
    ],
)
def test_a_broken_coverage_file_is_refused_with_its_key(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "coverage.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RulebookError) as error:
        load_coverage(path)
    assert (error.value.file, error.value.key) == ("coverage.yaml", key)


def test_the_command_writes_it_and_refuses_bad_usage() -> None:
    out, err = io.StringIO(), io.StringIO()
    assert write_handbook([], io.StringIO(), out, err) == 0
    assert out.getvalue() == handbook()
    assert write_handbook(["--thresholds", "nowhere.json"], io.StringIO(), io.StringIO(), err) == 2
    assert "nowhere.json" in err.getvalue()
