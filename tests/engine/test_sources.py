"""The bibliography: every number that the engine cites is a reference, and a broken file is refused."""

from pathlib import Path

import pytest

from decisions.engine.definitions import DEFINITIONS
from decisions.engine.packaged import RulebookError
from decisions.engine.questions import QUESTIONS
from decisions.engine.sources import citation, errata, load_errata, load_sources, sources


def test_the_187_references_are_there_in_the_numbering_of_the_review() -> None:
    assert list(sources()) == list(range(1, 188))
    assert sources()[30].cite == "Adam 2012"
    assert "multidisciplinary international consensus" in sources()[30].text
    assert citation(30) == "Adam 2012 (ref 30)"
    assert citation("999") == "ref 999"


def test_every_reference_that_an_argument_or_a_definition_names_is_in_the_bibliography() -> None:
    cited = {ref for question in QUESTIONS for argument in question.arguments for ref in argument.refs}
    cited |= {str(definition.true_ref) for definition in DEFINITIONS if definition.true_ref}
    numbers = {int(ref) for ref in cited if ref.isdigit()}
    assert len(numbers) > 60
    assert numbers <= set(sources())


def test_the_errata_say_what_is_wrong_and_what_is_done() -> None:
    assert len(errata()) == 35
    assert all(item.where and item.problem and item.resolution for item in errata())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1: {cite: A}", "1.text"),
        ("x: {cite: A, text: B}", "x"),
        ("1: {cite: A, text: B, doi: C}", "1.doi"),
        ("- 1", ""),
    ],
)
def test_a_broken_bibliography_is_refused_with_the_key(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(text)
    with pytest.raises(RulebookError) as error:
        load_sources(file)
    assert (error.value.file, error.value.key) == ("sources.yaml", key)


def test_a_broken_erratum_is_refused_with_the_key(tmp_path: Path) -> None:
    file = tmp_path / "errata.yaml"
    file.write_text("E-01: {where: here, problem: x}")
    with pytest.raises(RulebookError) as error:
        load_errata(file)
    assert error.value.key == "E-01.resolution"
