"""Case documents: what is wrong is named with path, value and what is allowed; nothing is guessed."""

import contextlib
import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions.engine.document import DocumentError, canonical, dumps, parse
from decisions.engine.facts import FACTS
from decisions.engine.quality import data_warnings
from decisions.engine.schema import case_schema
from tests.engine.cases import random_documents

VIGNETTES = [entry["case"] for entry in json.loads(Path(__file__).with_name("vignettes.json").read_text())]


def problems(document: object) -> list[tuple[str, object, str]]:
    with pytest.raises(DocumentError) as caught:
        parse(document)
    return [(error.path, error.value, error.message) for error in caught.value.errors]


@pytest.mark.parametrize(
    ("document", "path", "allowed"),
    [
        ({"volumetry": {"flr_pct": 140}}, "volumetry.flr_pct", "from 1 to 100 (%)"),
        ({"volumetry": {"flr_pct": "40"}}, "volumetry.flr_pct", "a number"),
        ({"volumetry": {"flr_pct": float("nan")}}, "volumetry.flr_pct", "a number"),
        ({"liver": {"lesion_count": 2.5}}, "liver.lesion_count", "a whole number from 0 to 99"),
        ({"liver": {"lesion_count": True}}, "liver.lesion_count", "a whole number"),
        ({"ehd": {"present": "yes"}}, "ehd.present", "true or false"),
        ({"ehd": {"present": "unknown"}}, "ehd.present", "true or false"),
        ({"liver": {"distribution": "both"}}, "liver.distribution", "unilobar, bilobar"),
        ({"case": {"decision_date": "2025-02-30"}}, "case.decision_date", "YYYY-MM-DD"),
        ({"case": {"decision_date": "20250228"}}, "case.decision_date", "YYYY-MM-DD"),
        ({"case": {"mdt_members_present": ["chef"]}}, "case.mdt_members_present", "hpb_surgeon"),
        ({"imaging": {"recist": {"current_sum_mm": -1}}}, "imaging.recist.current_sum_mm", "a number from 0"),
        ({"imaging": {"recist": {"size": 1}}}, "imaging.recist.size", "not a known key"),
        ({"livers": {}}, "livers", "liver (perhaps meant)"),
        ({"liver": 3}, "liver", "an object"),
        ({"lesions": {}}, "lesions", "a list of objects"),
        ({"lesions": [{"segment": "IX"}]}, "lesions[0].segment", "VIII"),
        ({"lesions": [{"id": "A"}, {"id": "A"}]}, "lesions[1].id", "no other lesion"),
        ({"schema": "crlm-case/2"}, "schema", "crlm-case/1"),
        ([], "", "a JSON object"),
        (None, "", "a JSON object"),
    ],
)
def test_an_error_names_the_path_the_value_and_what_is_allowed(
    document: object, path: str, allowed: str
) -> None:
    (found,) = problems(document)
    assert found[0] == path
    assert allowed in found[2]


def test_every_problem_of_a_document_is_told_at_once() -> None:
    found = problems({"liver": {"lesion_count": -1, "lesion_cnt": 2}, "patient": {"ecog": 9}})
    assert [path for path, _, _ in found] == ["liver.lesion_count", "liver.lesion_cnt", "patient.ecog"]


def test_a_date_after_the_staging_is_refused_and_without_a_staging_date_it_is_not_judged() -> None:
    late = {"primary": {"diagnosis_date": "2025-06-01"}}
    (found,) = problems({"case": {"decision_date": "2025-05-31"}, **late})
    assert found[0] == "primary.diagnosis_date"
    assert "2025-05-31" in found[2]
    assert parse(late)["primary.diagnosis_date"].year == 2025


def test_null_an_absent_key_and_unknown_in_a_coded_field_all_mean_missing() -> None:
    assert (
        parse({"liver": {"distribution": "unknown", "lesion_count": None}, "ehd": None, "lesions": None})
        == {}
    )


def test_a_lesion_without_a_name_gets_its_place_in_the_list() -> None:
    assert [lesion["id"] for lesion in parse({"lesions": [{"segment": "V"}, {"id": "B"}]}).lesions] == [
        "L1",
        "B",
    ]


@pytest.mark.parametrize("document", VIGNETTES, ids=range(len(VIGNETTES)))
def test_the_canonical_form_says_the_same_and_is_its_own_canonical_form(document: dict) -> None:
    ordered = canonical(document)
    assert parse(ordered) == parse(document)
    assert dumps(canonical(ordered)) == dumps(ordered)


@settings(max_examples=200, deadline=None)
@given(random_documents())
def test_any_valid_document_survives_the_canonical_form_and_fits_the_published_schema(document: dict) -> None:
    ordered = canonical(document)
    assert parse(ordered) == parse(document)
    jsonschema.Draft202012Validator(case_schema()).validate(ordered)


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["case", "liver", "lesions", "id", "lesion_count", "x"]), inner, max_size=3
            )
        ),
        max_leaves=12,
    )
)
def test_no_input_makes_the_reader_fail_in_another_way(document: object) -> None:
    with contextlib.suppress(DocumentError):
        parse(document)


def test_the_schema_names_every_fact_of_the_vocabulary() -> None:
    schema = case_schema()["properties"]
    for name in FACTS:
        *path, key = name.replace("[]", "").split(".")
        here = schema[path[0]]
        here = here.get("items", here)
        for step in path[1:]:
            here = here["properties"][step]
        assert key in here["properties"], name


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (
            {"primary": {"diagnosis_date": "2025-02-01", "resection_date": "2025-01-01"}},
            "RESECTION_BEFORE_DIAGNOSIS",
        ),
        ({"volumetry": {"flr_ml": 400, "flr_ml_post": 350}}, "REMNANT_SHRANK"),
        ({"liver": {"max_diameter_mm": 20}, "lesions": [{"diameter_mm": 31}]}, "LESION_LARGER_THAN_LARGEST"),
        ({"liver": {"max_diameter_mm": 2.5, "lesion_count": 1}}, "DIAMETER_IN_CM"),
        ({"labs": {"cea_ng_ml": 0.01}}, "CEA_UNIT"),
    ],
)
def test_a_likely_slip_in_the_data_is_told_and_does_not_stop_the_case(document: dict, code: str) -> None:
    assert [warning["code"] for warning in data_warnings(parse(document))] == [code]
