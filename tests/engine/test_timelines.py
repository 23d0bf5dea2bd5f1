"""The dates of part D, on the examples of the specification; nothing is dated without its trigger."""

import calendar
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions.engine.document import parse
from decisions.engine.logic import Context
from decisions.engine.synthetic import cohort
from decisions.engine.thresholds import default
from decisions.engine.timelines import (
    BY_ID,
    TIMELINES,
    Events,
    Happening,
    LineCourse,
    Occasion,
    occasions,
    timelines,
    under_consideration,
)

DAYS = st.dates(datetime.date(2000, 1, 1), datetime.date(2060, 12, 31))
DATED = {
    "volumetry.hypertrophy_date": DAYS, "treatment.current_start_date": DAYS, "primary.resection_date": DAYS,
    "treatment.last_chemo_date": DAYS, "treatment.prior_adjuvant_oxaliplatin_end_date": DAYS,
    "imaging.restaging_date": DAYS, "patient.birth_date": DAYS, "liver.detection_date": DAYS,
    "lt.planned_date": DAYS, "treatment.cycle_length_days": st.integers(7, 42),
    "treatment.current_line": st.integers(1, 6), "treatment.targeted_agent": st.booleans(),
    "volumetry.hypertrophy_procedure": st.sampled_from(["PVE", "PVL", "LVD", "ALPPS", "TSH"]),
    "treatment.intent": st.sampled_from(["conversion", "neoadjuvant", "adjuvant", "palliative"]),
    "treatment.regimen": st.sampled_from(["FOLFOX", "CAPOX"]), "dlm.present": st.booleans(),
    "plan.surgery_planned": st.booleans(), "plan.r0_feasible": st.booleans(),
    "lt.available": st.booleans(), "case.decision_date": DAYS,
}  # fmt: skip
CASES = st.fixed_dictionaries({}, optional=DATED)


def case(facts):
    return Context(facts, default())


def asked(facts, events=None):
    found = occasions(case(facts), events or Events())
    return {(row.id, occasion.key): occasion for row, occasion in found}


def months(first, last):
    return 12 * (last.year - first.year) + last.month - first.month


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


# ---------------------------------------------------------------------------- properties of every span
@given(CASES)
def test_reckoned_twice_every_case_has_the_same_dates_each_occasion_once_and_no_window_runs_backwards(facts):
    found = [(row.id, occasion) for row, occasion in occasions(case(facts), Events())]
    assert found == [(row.id, occasion) for row, occasion in occasions(case(dict(facts)), Events())]
    keys = [(name, occasion.key) for name, occasion in found]
    assert len(keys) == len(set(keys))
    assert all(occasion.first <= occasion.last and len(occasion.key) <= 40 for _, occasion in found)
    assert [item["id"] for item in timelines(case(facts))] == [
        name for name, _ in sorted(found, key=lambda pair: (pair[1].first, pair[0]))
    ]


@given(CASES)
def test_only_t04_may_begin_before_the_day_that_it_hangs_on(facts):
    early = {name for (name, _), one in asked(facts).items() if one.first < one.trigger}
    assert early <= {"T-04"}


@given(CASES, DAYS)
def test_when_the_trigger_moves_the_occasion_is_the_same_and_its_dates_are_those_of_the_new_day(facts, to):
    for name in ("volumetry.hypertrophy_date", "primary.resection_date", "patient.birth_date"):
        if name in facts:
            before, after = asked(facts), asked({**facts, name: to})
            assert before.keys() == after.keys()
            fresh = asked({key: value for key, value in facts.items() if key != name} | {name: to})
            assert after == fresh


@given(DAYS)
def test_months_are_calendar_months_held_to_the_end_of_the_month(start):
    found = asked({"treatment.current_start_date": start, "treatment.intent": "conversion"})[("T-08", "")]
    last = calendar.monthrange(found.first.year, found.first.month)[1]
    assert months(start, found.first) == 4
    assert found.first.day == min(start.day, last)


@pytest.mark.parametrize(
    ("start", "expected"),
    [("2025-10-31", "2026-02-28"), ("2023-10-31", "2024-02-29"), ("2024-10-30", "2025-02-28"),
     ("2024-02-29", "2024-06-29"), ("2025-12-31", "2026-04-30")],
)  # fmt: skip
def test_four_months_over_month_ends_and_leap_days(start, expected):
    facts = {"treatment.current_start_date": day(start), "treatment.intent": "conversion"}
    assert asked(facts)[("T-08", "")].first == day(expected)


@given(DAYS)
def test_a_birthday_is_the_day_on_which_the_age_is_reached(born):
    for (name, _), one in asked({"patient.birth_date": born}).items():
        if name == "T-16":
            assert (one.first.month, one.first.day) == (born.month, born.day) or (
                (born.month, born.day) == (2, 29) and (one.first.month, one.first.day) == (3, 1)
            )


def test_the_three_birthdays_and_the_two_dates_of_oxaliplatin_are_told_apart_in_words():
    facts = {
        "patient.birth_date": day("1960-05-01"),
        "treatment.prior_adjuvant_oxaliplatin_end_date": day("2025-08-31"),
    }
    found = {(item["id"], item["occasion"]): item for item in timelines(case(facts))}
    assert [item["detail"] for item in found.values() if item["id"] == "T-16"] == [
        "66 years", "67 years", "70 years",
    ]  # fmt: skip
    assert found[("T-13", "low")]["detail"] == "6 months"
    assert (found[("T-13", "high")]["to"], found[("T-13", "low")]["to"]) == ("2026-08-31", "2026-02-28")


def test_an_adjuvant_line_has_no_limit_of_short_chemotherapy():
    facts = {
        "treatment.current_start_date": day("2025-02-01"), "treatment.current_line": 1,
        "treatment.cycle_length_days": 14,
    }  # fmt: skip
    assert ("T-04", "line 1") in asked(facts)
    assert ("T-04", "line 1") not in asked({**facts, "treatment.intent": "adjuvant"})


# ------------------------------------------------------------------------------------ what closes them
def closed(name, events=None, facts=None, key="", first="2025-06-02", last="2025-06-30"):
    occasion = Occasion(key, day("2025-05-05"), day(first), day(last))
    return BY_ID[name].closed_by(case(facts or {}), events or Events(), occasion)


@pytest.mark.parametrize("name", ["T-05", "T-06", "T-07"])
def test_a_volumetry_counts_from_the_first_day_on_from_the_record_or_the_staging(name):
    assert closed(name, Events(volumetries=(day("2025-06-01"),))) is None
    assert closed(name, Events(volumetries=(day("2025-06-09"), day("2025-06-02")))) == Happening(
        "Volumetry of", day("2025-06-02")
    )
    assert closed(name, facts={"volumetry.post_date": day("2025-06-02")}) is not None
    assert closed(name, Events(procedures=(("ablation", day("2025-06-09")),))) is None
    assert closed(name, Events(procedures=(("liver_resection", day("2025-05-20")),))) is not None


@pytest.mark.parametrize("name", ["T-04", "T-08", "T-09"])
def test_a_decision_of_the_board_counts_from_the_first_day_on(name):
    assert closed(name, Events(boards=(day("2025-06-01"),))) is None
    assert closed(name, Events(boards=(day("2025-06-02"),))) == Happening(
        "Decision of the board of", day("2025-06-02")
    )


@pytest.mark.parametrize("name", ["T-04", "T-14"])
def test_the_end_of_its_own_line_closes_it_and_of_another_does_not(name):
    running = LineCourse(2, day("2025-05-05"))
    ended = LineCourse(1, day("2025-01-05"), day("2025-04-01"))
    assert closed(name, Events(lines=(ended, running)), key="line 2") is None
    assert closed(name, Events(lines=(ended, running)), key="line 1") == Happening(
        "Line 1 ended on", day("2025-04-01")
    )
    by_start = LineCourse(3, day("2025-05-05"), day("2025-06-05"))
    assert closed(name, Events(lines=(by_start,))) is not None


def test_imaging_counts_from_the_day_on():
    assert closed("T-15", Events(studies=(day("2025-06-01"),))) is None
    assert closed("T-15", Events(studies=(day("2025-06-02"),))) is not None
    assert closed("T-15", facts={"imaging.restaging_date": day("2025-06-02")}) is not None


def test_the_panel_looks_again_after_each_decision_and_never_once_the_line_has_ended():
    facts = {
        "treatment.current_start_date": day("2025-01-31"), "treatment.current_line": 1, "plan.r0_feasible": False,
    }  # fmt: skip
    assert asked(facts)[("T-09", "line 1")].first == day("2025-03-31")
    after = asked(facts, Events(boards=(day("2024-12-01"), day("2025-04-30"))))
    assert after[("T-09", "line 1")].first == day("2025-06-30")
    over = Events(lines=(LineCourse(1, day("2025-01-31"), day("2025-03-01")),))
    assert ("T-09", "line 1") not in asked(facts, over)


@pytest.mark.parametrize("name", ["T-10", "T-11", "T-13", "T-16"])
def test_a_note_ends_with_its_day_and_is_no_note_only_when_transplantation_is_considered(name):
    row, planned = BY_ID[name], {"lt.planned_date": day("2025-12-01")}
    assert row.is_note(case({}))
    assert row.is_note(case({"lt.available": True}))
    assert row.is_note(case(planned)) is (name == "T-13")
    assert closed(name, Events(today=day("2025-06-30"))) is None
    assert closed(name, Events(today=day("2025-07-01"))) == Happening("The day passed on", day("2025-06-30"))
    still = closed(name, Events(today=day("2025-07-01")), facts=planned)
    assert (still is None) is (name != "T-13")


def test_not_known_whether_transplantation_is_considered_is_neither_yes_nor_no():
    assert under_consideration(case({})) is None
    assert under_consideration(case({"lt.available": True})) is None
    assert under_consideration(case({"lt.available": False})) is False
    assert under_consideration(case({"lt.planned_date": day("2025-12-01")})) is True
    assert under_consideration(case({}), Events(last_outcome="transplant")) is True
    done = Events(last_outcome="transplant", procedures=(("transplant", day("2025-12-01")),))
    assert under_consideration(case({}), done) is False


def test_every_row_names_its_trigger_its_closing_event_its_source_and_what_it_is_kept_as():
    for row in TIMELINES:
        assert row.trigger, row.id
        assert row.closes, row.id
        assert row.source, row.id
        assert row.verified in ("yes", "memory", "engine_choice", "external")
        if row.kept not in ("reassessment", "program"):
            assert row.gone, row.id
            assert row.to, row.id
    kept = {row.id for row in TIMELINES if row.kept == "reassessment"}
    assert kept == {"T-01", "T-02", "T-03"}
    assert BY_ID["T-19"].kept == "program"


def test_the_wait_after_bevacizumab_is_not_asked_for_where_the_record_names_another_agent():
    start = day("2025-01-31")
    facts = {
        "treatment.current_start_date": start, "treatment.current_line": 1, "treatment.targeted_agent": True,
        "treatment.last_chemo_date": day("2025-03-31"), "plan.surgery_planned": True,
    }  # fmt: skip

    def with_drugs(drugs):
        return ("T-18", "") in asked(facts, Events(lines=(LineCourse(1, start, drugs=drugs),)))

    assert not with_drugs("Panitumumab")
    assert with_drugs("bevacizumab")
    assert with_drugs("")
    assert with_drugs("bevacizumab, then cetuximab")
