"""What the record says as of a day: series, lesion list and what follows from them; nothing missing becomes false."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from decisions.case_facts import document_of, resolve
from decisions.case_facts.derivations import from_facts, from_lesions, lesion_visibility
from decisions.case_facts.recist import Measured, Study, recist_facts
from decisions.case_facts.series import Cycle, Done, Lab, Line, Series, from_series
from patients.models import Patient, Staging
from patients.services import add_lab_result, create_patient, open_staging, record_fact
from tests.decisions.conftest import day

SEGMENTS = ["I", "II", "III", "IVa", "IVb", "V", "VI", "VII", "VIII"]
maybe = st.one_of(st.none(), st.booleans())
lesion_lists = st.lists(
    st.fixed_dictionaries(
        {
            "segment": st.one_of(st.none(), st.sampled_from(SEGMENTS)),
            "diameter_mm": st.one_of(st.none(), st.integers(0, 120)),
            "ablatable": maybe,
            "subcapsular": maybe,
            "disappeared": maybe,
            "depth_mm": st.one_of(st.none(), st.integers(0, 100)),
        }
    ),
    max_size=5,
).map(lambda rows: [{**row, "id": f"L{number}"} for number, row in enumerate(rows, start=1)])


def on(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def values(found: dict[str, Any]) -> dict[str, Any]:
    return {name: one.value for name, one in found.items()}


# --------------------------------------------------------------------------------------------- the lesion list
def test_counts_come_only_from_a_list_that_is_complete() -> None:
    lesions = [
        {"id": "L1", "segment": "VII", "diameter_mm": 38},
        {"id": "L2", "segment": "IVa", "diameter_mm": 9},
    ]
    assert "liver.lesion_count" not in from_lesions(lesions, complete=False)
    found = values(from_lesions(lesions, complete=True))
    assert (found["liver.lesion_count"], found["liver.max_diameter_mm"]) == (2, 38)
    assert found["liver.segments_involved_count"] == 2


def test_one_unmeasured_lesion_leaves_the_largest_size_open() -> None:
    lesions = [{"id": "L1", "segment": "VII", "diameter_mm": 38}, {"id": "L2", "segment": "II"}]
    assert "liver.max_diameter_mm" not in from_lesions(lesions, complete=True)


def test_halves_of_segment_four_are_one_and_segment_one_has_no_side() -> None:
    halves = [{"id": "L1", "segment": "IVa"}, {"id": "L2", "segment": "IVb"}]
    found = values(from_lesions(halves, complete=True))
    assert (found["liver.segments_involved_count"], found["liver.distribution"]) == (1, "unilobar")
    caudate = values(from_lesions([{"id": "L1", "segment": "I"}], complete=True))
    assert "liver.distribution" not in caudate


@pytest.mark.parametrize(
    ("segments", "complete", "expected"),
    [
        (["II", "VII"], False, "bilobar"),
        (["II", "III"], True, "unilobar"),
        (["II", "III"], False, None),
        (["II", None], True, None),
    ],
)
def test_unilobar_is_said_only_of_every_lesion(
    segments: list[str | None], complete: bool, expected: str | None
) -> None:
    lesions = [{"id": f"L{number}", "segment": segment} for number, segment in enumerate(segments)]
    assert values(from_lesions(lesions, complete=complete)).get("liver.distribution") == expected


@given(lesion_lists)
def test_an_incomplete_list_never_says_no_to_any_nor_yes_to_all(lesions: list[dict[str, Any]]) -> None:
    found = values(from_lesions(lesions, complete=False))
    for name in (
        "liver.any_lesion_ablatable",
        "liver.posterosuperior",
        "dlm.present",
        "liver.any_lesion_deep",
    ):
        assert found.get(name) is not False
    assert not {"liver.all_lesions_ablatable", "liver.lesion_count"} & set(found)


@given(lesion_lists, st.data())
def test_learning_more_of_a_lesion_never_turns_an_answer(
    lesions: list[dict[str, Any]], data: st.DataObject
) -> None:
    if not lesions:
        return
    before = values(from_lesions(lesions, complete=True))
    unknown = [
        (number, key) for number, row in enumerate(lesions) for key, value in row.items() if value is None
    ]
    if not unknown:
        return
    number, key = data.draw(st.sampled_from(unknown))
    filled = {"segment": "VII", "diameter_mm": 12, "depth_mm": 40}.get(key, data.draw(st.booleans()))
    more = [dict(row) for row in lesions]
    more[number][key] = filled
    after = values(from_lesions(more, complete=True))
    for name in (
        "liver.any_lesion_ablatable",
        "liver.all_lesions_ablatable",
        "liver.posterosuperior",
        "dlm.present",
    ):
        if name in before:
            assert after[name] == before[name]


@pytest.mark.parametrize(
    ("size", "before", "expected"), [(12, 30, False), (0, 30, True), (0, None, None), (None, 30, None)]
)
def test_a_lesion_has_disappeared_only_where_it_once_had_a_size(
    size: int | None, before: int | None, expected: bool | None
) -> None:
    found = lesion_visibility({"diameter_mm": size, "baseline_diameter_mm": before})
    assert (found.value if found else None) is expected


# ----------------------------------------------------------------------------------------------------- RECIST
def study(when: str, *sizes: float | None, **more: Any) -> Study:
    measured = tuple(Measured(f"L{number}", size, True) for number, size in enumerate(sizes, start=1))
    return Study(on(when), "CT", measured, **more)


def test_sums_follow_the_targets_of_the_baseline_study() -> None:
    studies = [
        study("2026-01-05", 60, 40),
        study("2026-03-10", 30, 22, new_lesions=False),
        study("2026-05-12", 36, 24, new_lesions=False),
    ]
    found = values(recist_facts(studies, line_start=on("2026-01-10")))
    assert found == {
        "imaging.recist.baseline_sum_mm": 100,
        "imaging.recist.nadir_sum_mm": 52,
        "imaging.recist.current_sum_mm": 60,
        "imaging.recist.new_lesions": False,
    }


def test_one_unmeasured_target_leaves_the_sum_missing() -> None:
    studies = [study("2026-01-05", 60, 40), study("2026-03-10", 30, None)]
    found = values(recist_facts(studies, line_start=on("2026-01-10")))
    assert "imaging.recist.current_sum_mm" not in found
    assert found["imaging.recist.nadir_sum_mm"] == 100


def test_new_lesions_are_denied_only_when_every_later_study_denies_them() -> None:
    later = [study("2026-03-10", 30, new_lesions=False), study("2026-05-10", 30)]
    start = on("2026-01-10")
    assert "imaging.recist.new_lesions" not in recist_facts(
        [study("2026-01-05", 60), *later], line_start=start
    )
    seen = [study("2026-01-05", 60), study("2026-03-10", 30, new_lesions=True), later[1]]
    assert values(recist_facts(seen, line_start=start))["imaging.recist.new_lesions"] is True


# ------------------------------------------------------------------------------------------------ the series
def line(outcomes: str, number: int = 1, start: str = "2026-02-02", **more: Any) -> Line:
    words = {"g": "given", "r": "reduced", "o": "omitted", "?": ""}
    begun = on(start)
    cycles = tuple(
        Cycle(index, begun + datetime.timedelta(days=14 * (index - 1)), words[letter])
        for index, letter in enumerate(outcomes, start=1)
    )
    return Line(number, begun, cycles=cycles, **more)


def test_the_latest_value_by_the_staging_date_counts() -> None:
    labs = [Lab("labs.cea_ng_ml", on("2026-01-02"), 212), Lab("labs.cea_ng_ml", on("2026-03-01"), 46)]
    found = from_series(Series(on("2026-04-01"), labs=labs), {})
    assert found["labs.cea_ng_ml"].value == 46
    assert "1\u00a0Mar\u00a02026" in found["labs.cea_ng_ml"].basis


def test_cycles_are_counted_as_given_and_an_open_one_leaves_the_count_missing() -> None:
    found = values(from_series(Series(on("2026-06-01"), lines=[line("grog")]), {}))
    assert found["treatment.current_cycles_completed"] == 3
    open_ = values(from_series(Series(on("2026-06-01"), lines=[line("gg?")]), {}))
    assert "treatment.current_cycles_completed" not in open_
    assert open_["treatment.systemic_given"] is True


def test_only_a_line_for_metastases_is_prior_chemotherapy_for_metastases() -> None:
    adjuvant = values(from_series(Series(on("2026-06-01"), lines=[line("gg", intent="adjuvant")]), {}))
    assert adjuvant["treatment.systemic_given"] is True
    assert "treatment.prior_chemo_for_metastatic" not in adjuvant


def test_cycles_before_the_resection_add_up_over_lines_unless_one_is_not_in_the_record() -> None:
    done = [Done("liver_resection", on("2026-07-01"))]
    both = [line("ggg"), line("gg", 2, "2026-05-01")]
    found = values(from_series(Series(on("2026-08-01"), lines=both, procedures=done), {}))
    assert found["treatment.total_preop_cycles"] == 5
    second = values(from_series(Series(on("2026-08-01"), lines=both[1:], procedures=done), {}))
    assert "treatment.total_preop_cycles" not in second


def test_a_resected_primary_is_not_in_place_and_the_day_decides() -> None:
    facts = {"primary.resection_date": on("2026-03-01")}
    assert values(from_facts(facts, on=on("2026-04-01"))) == {
        "primary.resected": True, "primary.in_situ": False,
    }  # fmt: skip
    assert values(from_facts(facts, on=on("2026-02-01")))["primary.in_situ"] is True
    assert from_facts({}, on=on("2026-02-01")) == {}


# -------------------------------------------------------------------------------------------- from the record
@pytest.fixture
def patient(coordinator: User) -> Patient:
    return create_patient(by=coordinator, case_id="2026-050", centre=coordinator.centres.get())


@pytest.mark.django_db
def test_what_was_entered_wins_over_the_series_and_each_is_named(
    coordinator: User, patient: Patient, person: Callable[..., User]
) -> None:
    add_lab_result(by=coordinator, patient=patient, analyte="cea_ng_ml", date=day(-40), value="24")
    add_lab_result(by=coordinator, patient=patient, analyte="cea_ng_ml", date=day(-2), value="99")
    staging = open_staging(by=coordinator, patient=patient, date=day(-5))
    found = resolve(staging)["labs.cea_ng_ml"]
    assert (found.value, found.origin, found.stale) == (24, "series", True)
    record_fact(by=coordinator, staging=staging, name="labs.cea_ng_ml", value=31)
    found = resolve(staging)["labs.cea_ng_ml"]
    assert (found.value, found.origin, found.stale) == (31, "entered", False)


@pytest.mark.django_db
def test_a_value_that_only_the_series_give_is_assessed_and_not_exported(
    coordinator: User, patient: Patient
) -> None:
    add_lab_result(by=coordinator, patient=patient, analyte="cea_ng_ml", date=day(-10), value="24")
    staging = open_staging(by=coordinator, patient=patient, date=day(-5))
    assert document_of(staging, with_derived=True)["labs"] == {"cea_ng_ml": 24}
    assert "labs" not in document_of(Staging.objects.get(), with_derived=False)
