"""The dates of part D, on the examples of the specification; nothing is dated without its trigger."""

import datetime

import pytest

from decisions.engine.document import parse
from decisions.engine.logic import Context
from decisions.engine.synthetic import cohort
from decisions.engine.thresholds import default
from decisions.engine.timelines import TIMELINES, timelines


def dates(facts, **changes):
    found = timelines(Context(facts, default().override(changes)))
    return {(item["id"], item["from"], item["to"]) for item in found}


def day(text):
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"volumetry.hypertrophy_procedure": "PVE", "volumetry.hypertrophy_date": day("2025-05-05")},
         ("T-05", "2025-06-02", "2025-06-30")),
        ({"volumetry.hypertrophy_procedure": "ALPPS", "volumetry.hypertrophy_date": day("2025-05-05")},
         ("T-06", "2025-05-12", "2025-05-19")),
        ({"volumetry.hypertrophy_procedure": "LVD", "volumetry.hypertrophy_date": day("2025-05-05")},
         ("T-07", "2025-05-26", "2025-05-26")),
        ({"treatment.current_start_date": day("2025-02-01"), "treatment.current_line": 1,
          "treatment.cycle_length_days": 14}, ("T-04", "2025-04-12", "2025-04-26")),
        ({"treatment.current_start_date": day("2025-11-30"), "treatment.intent": "adjuvant",
          "treatment.regimen": "CAPOX"}, ("T-14", "2026-02-28", "2026-02-28")),
        ({"primary.resection_date": day("2024-10-16"), "plan.r0_feasible": False},
         ("T-10", "2025-10-16", "2025-10-16")),
        ({"patient.birth_date": day("1960-02-29")}, ("T-16", "2027-03-01", "2027-03-01")),
        ({"treatment.current_start_date": day("2025-01-31"), "treatment.intent": "conversion"},
         ("T-08", "2025-05-31", "2025-05-31")),
    ],
)  # fmt: skip
def test_the_dates_of_the_specification(facts, expected):
    assert expected in dates(facts)


def test_without_its_trigger_nothing_is_dated():
    assert dates({}) == set()
    assert dates({"volumetry.hypertrophy_date": day("2025-05-05")}) == set()
    assert not {item for item in dates({"primary.resection_date": day("2024-10-16")}) if item[0] == "T-10"}


def test_an_adjuvant_line_opens_no_window_of_reassessment():
    found = dates({"treatment.current_start_date": day("2025-02-01"), "treatment.intent": "adjuvant"})
    assert not {item for item in found if item[0] in ("T-01", "T-02", "T-03")}


def test_a_changed_threshold_moves_its_dates():
    facts = {"treatment.current_start_date": day("2025-02-01"), "treatment.intent": "conversion"}
    assert ("T-08", "2025-07-01", "2025-07-01") in dates(facts, BEST_RESPONSE_MONTHS=5)


def test_spans_end_after_they_begin_and_every_timeline_of_part_d_is_there():
    assert [row.id for row in TIMELINES] == [f"T-{number:02d}" for number in range(1, 20)]
    for document in cohort(300, 5):
        for item in timelines(Context(parse(document), default())):
            assert item["from"] <= item["to"], item
