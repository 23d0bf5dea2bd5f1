"""The public vignettes: 40 cases, and five whose whole output is asserted."""

import json
from pathlib import Path

import pytest

from decisions.engine.assess import assess, canonical_json
from decisions.engine.document import parse

VIGNETTES = json.loads((Path(__file__).parent / "vignettes.json").read_text(encoding="utf-8"))


def differences(expected, found, path=""):
    """Every asserted value that differs; keys that are not asserted are free."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            d
            for key in expected
            for d in differences(expected[key], found.get(key, "absent"), f"{path}.{key}")
        ]
    return [] if expected == found else [f"{path}: expected {expected!r}, found {found!r}"]


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda vignette: vignette["id"])
def test_a_vignette_comes_out_as_the_specification_says(vignette):
    document = assess(parse(vignette["case"]))
    expected = dict(vignette["expected"])
    wanted = {
        rule: state
        for key, state in (
            ("rules_fire", "fired"),
            ("rules_not_fire", "not_fired"),
            ("rules_indeterminate", "indeterminate"),
        )
        for rule in expected.pop(key, [])
    }
    active = set(document["conflicts"])
    assert set(expected.pop("conflicts_include", [])) <= active
    assert not set(expected.pop("conflicts_exclude", [])) & active
    assert differences(expected | {"rules": wanted}, document) == []


def test_the_same_case_gives_the_same_bytes():
    for vignette in VIGNETTES:
        assert canonical_json(assess(parse(vignette["case"]))) == canonical_json(
            assess(parse(vignette["case"]))
        )
