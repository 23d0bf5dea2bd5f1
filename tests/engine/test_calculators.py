"""The worked examples of part C of the specification."""

import datetime

import pytest

from decisions.engine import derived as d
from decisions.engine.calendar import add_months
from decisions.engine.cohort import Cohort
from decisions.engine.logic import Context
from decisions.engine.rules import RULES
from decisions.engine.scores import BRUDVIK, FONG, GAME, META5, OSLO
from decisions.engine.thresholds import default
from decisions.engine.windows import reassessment_window


def day(text):
    return datetime.date.fromisoformat(text)


def case(**facts):
    plain = {name.replace("__", "."): value for name, value in facts.items() if value is not None}
    return Context(
        {name: day(v) if name.endswith("date") else v for name, v in plain.items()},
        default(),
    )


def burden(count=None, size=None, cea=None, n=None):
    return {
        "liver__lesion_count": count,
        "liver__max_diameter_mm": size,
        "labs__cea_ng_ml": cea,
        "primary__n_category": n,
    }


SYNCHRONOUS = {"liver__detected_at_presentation": True}


def metachronous(detected, diagnosed="2023-01-10"):
    return {
        "liver__detected_at_presentation": False,
        "primary__diagnosis_date": diagnosed,
        "liver__detection_date": detected,
    }


@pytest.mark.parametrize(
    ("facts", "low", "high", "risk"),
    [
        (burden(2, 30, 15, "N1") | SYNCHRONOUS, 3, 3, "high"),
        (burden(1, 50, 200, "N0") | metachronous("2024-03-10"), 0, 0, "low"),
        (burden(4, 51, 201, "N2") | metachronous("2023-12-10"), 5, 5, "high"),
        (burden(3, 20, 10, "N0") | metachronous("2024-01-10"), 1, 1, "low"),
        (burden(2, 30, None, "N0") | SYNCHRONOUS, 2, 3, None),
    ],
)
def test_c1_fong(facts, low, high, risk):
    found = FONG.evaluate(case(**facts))
    assert (found["min"], found["max"], found["risk"]) == (low, high, risk)


@pytest.mark.parametrize(
    ("count", "size", "tbs", "zone"),
    [(2, 30, 3.606, 2), (1, 15, 1.803, 1), (12, 40, 12.649, 3), (5, 60, 7.810, 2), (8, 25, 8.382, 2)],
)
def test_c2_tumor_burden_score(count, size, tbs, zone):
    context = case(**burden(count, size))
    assert round(d.tbs.value(context), 3) == tbs
    assert d.tbs_zone.value(context) == zone


@pytest.mark.parametrize(
    ("kras", "facts", "ehd", "low", "high", "risk"),
    [
        ("mutant", burden(6, 30, 201, "N1"), False, 4, 4, "high"),
        ("wild_type", burden(1, 15, 15, "N0"), False, 0, 0, "low"),
        ("wild_type", burden(12, 40, 20, "N0"), True, 5, 5, "high"),
        ("wild_type", burden(2, 30, None, "N0"), False, 1, 2, None),
    ],
)
def test_c3_game(kras, facts, ehd, low, high, risk):
    found = GAME.evaluate(case(molecular__kras=kras, ehd__present=ehd, **facts))
    assert (found["min"], found["max"], found["risk"]) == (low, high, risk)


@pytest.mark.parametrize(
    ("ras", "n", "size", "low", "high"),
    [
        ("mutant", "N1", 30, 2, 2),
        ("wild_type", "N0", 50, 0, 0),
        ("mutant", "N2", 51, 3, 3),
        (None, "N1", 60, 2, 3),
    ],
)
def test_c4_brudvik(ras, n, size, low, high):
    found = BRUDVIK.evaluate(case(molecular__ras=ras, **burden(None, size, None, n)))
    assert (found["min"], found["max"]) == (low, high)


@pytest.mark.parametrize(
    ("size", "cea", "planned", "response", "low", "high"),
    [
        (40, 10, "2024-09-01", "PR", 1, 1),
        (56, 81, "2024-12-01", "PD", 4, 4),
        (55, 80, "2025-01-01", "SD", 0, 0),
        (40, 10, "2024-09-01", None, 1, 2),
    ],
)
def test_c5_oslo(size, cea, planned, response, low, high):
    context = case(
        primary__resection_date="2023-01-01",
        lt__planned_date=planned,
        treatment__best_current_response=response,
        **burden(None, size, cea),
    )
    found = OSLO.evaluate(context)
    assert (found["min"], found["max"]) == (low, high)


@pytest.mark.parametrize(
    ("count", "size", "stage"), [(4, 50, "H1"), (5, 50, "H2"), (4, 51, "H2"), (5, 51, "H3"), (0, 10, "H0")]
)
def test_c6_h_stage(count, size, stage):
    assert d.h_stage.value(case(**burden(count, size))) == stage


@pytest.mark.parametrize(
    ("count", "size", "n", "nodes", "ehd", "grade"),
    [
        (2, 30, "N1", None, False, "A"),
        (2, 30, None, 5, False, "B"),
        (2, 60, "N1", None, False, "B"),
        (5, 30, None, 8, False, "C"),
        (5, 51, "NX", None, False, "C"),
        (2, 30, "N0", None, True, "C"),
        (2, 30, "NX", None, False, None),
        (6, None, None, 8, False, "C"),  # H2 or H3, and C either way
        (6, None, None, 8, None, "C"),
        (6, None, "N1", None, False, None),
        (None, 60, None, 8, False, None),  # no lesion would have no grade
    ],
)
def test_c7_crlm_grade(count, size, n, nodes, ehd, grade):
    context = case(primary__positive_nodes=nodes, ehd__present=ehd, **burden(count, size, None, n))
    assert d.crlm_grade.value(context) == grade


@pytest.mark.parametrize(
    ("facts", "resected", "detected", "score", "risk"),
    [
        (burden(2, 30, 15, "N0"), "2024-02-20", "2024-11-20", 2, "low"),
        (burden(2, 30, 15, "N1"), "2023-03-20", "2024-03-01", 3, "high"),
        (burden(1, 25, 15, "N0"), "2023-03-20", "2024-10-20", 0, "low"),
    ],
)
def test_c8_five_factors(facts, resected, detected, score, risk):
    found = META5.evaluate(case(primary__resection_date=resected, **metachronous(detected), **facts))
    assert (found["score"], found["risk"]) == (score, risk)


@pytest.mark.parametrize(
    ("height", "weight", "bsa", "tlv"),
    [
        (175, 80, 1.9720, 1704.7),
        (170, 70, 1.8181, 1509.7),
        (160, 55, 1.5635, 1186.9),
        (190, 110, 2.4095, 2259.1),
    ],
)
def test_c9_and_c10_body_surface_and_liver_volume(height, weight, bsa, tlv):
    context = case(patient__height_cm=height, patient__weight_kg=weight)
    assert round(d.bsa.value(context), 4) == bsa
    assert round(d.tlv.value(context), 1) == tlv


@pytest.mark.parametrize(
    ("height", "weight", "ml", "pct", "normal", "injured"),
    [
        (175, 80, 345, 20.24, "borderline", "inadequate"),
        (170, 70, 300, 19.87, "inadequate", "inadequate"),
        (170, 70, 480, 31.80, "adequate", "borderline"),
        (160, 55, 420, 35.38, "adequate", "borderline"),
        (190, 110, 700, 30.99, "adequate", "borderline"),
    ],
)
def test_c11_standardised_remnant(height, weight, ml, pct, normal, injured):
    facts = {"patient__height_cm": height, "patient__weight_kg": weight, "volumetry__flr_ml": ml}
    assert round(d.flr_pct.value(case(**facts)), 2) == pct
    assert d.flr_class.value(case(liver__background="normal", **facts)) == normal
    assert d.flr_class.value(case(liver__background="chemo_injured", **facts)) == injured


def test_c11_measured_remnant_leaves_the_tumour_out():
    context = case(volumetry__flr_ml=400, volumetry__measured_tlv_ml=1800, volumetry__tumour_volume_ml=200)
    assert d.flr_pct.value(context) == 25


@pytest.mark.parametrize(
    ("before", "after", "height", "weight", "days", "dh", "kgr"),
    [
        (300, 480, 170, 70, 28, 11.92, 2.98),
        (240, 290, 170, 70, 35, 3.31, 0.66),
        (350, 450, 175, 80, 21, 5.87, 1.96),
        (300, 420, 160, 55, 42, 10.11, 1.68),
    ],
)
def test_c12_hypertrophy(before, after, height, weight, days, dh, kgr):
    context = case(
        volumetry__flr_ml=before,
        volumetry__flr_ml_post=after,
        patient__height_cm=height,
        patient__weight_kg=weight,
        volumetry__hypertrophy_date="2025-01-01",
        volumetry__post_date=str(day("2025-01-01") + datetime.timedelta(days=days)),
    )
    assert (round(d.dh.value(context), 2), round(d.kgr.value(context), 2)) == (dh, kgr)


@pytest.mark.parametrize(
    ("background", "pct", "zone"),
    [
        ("normal", 30.0, "adequate"),
        ("normal", 29.9, "borderline"),
        ("normal", 19.9, "inadequate"),
        ("chemo_injured", 38, "borderline"),
        (None, 38, None),
        (None, 45, "adequate"),
        ("cirrhosis", 45, "borderline"),
    ],
)
def test_c13_adequacy_of_the_remnant(background, pct, zone):
    assert d.flr_class.value(case(liver__background=background, volumetry__flr_pct=pct)) == zone


@pytest.mark.parametrize(
    ("baseline", "nadir", "current", "new", "response"),
    [
        (100, None, 66, False, "PR"),
        (100, 60, 72, False, "PD"),
        (100, 60, 71, False, "SD"),
        (20, 20, 24, False, "SD"),
        (50, None, 48, True, "PD"),
        (80, None, 0, False, "CR"),
    ],
)
def test_c14_recist(baseline, nadir, current, new, response):
    context = case(
        imaging__recist__baseline_sum_mm=baseline,
        imaging__recist__nadir_sum_mm=nadir,
        imaging__recist__current_sum_mm=current,
        imaging__recist__new_lesions=new,
    )
    assert d.response.value(context) == response


@pytest.mark.parametrize(
    ("baseline", "nadir", "current", "response"),
    [
        (51, None, 35.7, "PR"),  # -30 % to the tenth of a millimetre
        (51, None, 35.8, "SD"),
        (90, 30.3, 36.36, "PD"),  # +20 % of the nadir
        (90, 30.3, 36.35, "PR"),
        (90, 5.3, 10.3, "PD"),  # +5 mm
    ],
)
def test_c14_recist_holds_its_limits_for_tenths_of_a_millimetre(baseline, nadir, current, response):
    facts = {
        "imaging__recist__baseline_sum_mm": baseline,
        "imaging__recist__nadir_sum_mm": nadir,
        "imaging__recist__current_sum_mm": current,
    }
    context = case(**facts)
    assert d.response.value(context) == response
    assert d.response.column(Cohort.of_cases([context.facts], default())).tolist() == [response]


def test_c12_growth_at_its_limits_is_told_from_growth_above_them():
    weeks_4 = {"volumetry__hypertrophy_date": "2025-01-01", "volumetry__post_date": "2025-01-29"}

    def warns(before, growth):
        after = round(before + growth, 1)
        context = case(volumetry__flr_pct=before, volumetry__flr_pct_post=after, **weeks_4)
        return RULES["HYP-08"].expr.value(context)

    for before in (tenths / 10 for tenths in range(150, 400)):
        answers = [warns(before, growth) for growth in (7.5, 7.9, 8.0)]
        assert answers == [True, True, False], before


@pytest.mark.parametrize(("age", "points"), [(66, 0), (67, 3), (80, 3), (None, None)])
def test_c15_alpps_risk(age, points):
    assert d.alpps_prestage1.value(case(patient__age_years=age)) == points


@pytest.mark.parametrize(("ml", "weight", "pct"), [(270, 70, 0.386), (400, 70, 0.571), (300, 75, 0.4)])
def test_c15_remnant_by_body_weight(ml, weight, pct):
    assert round(d.flr_bw_pct.value(case(volumetry__flr_ml=ml, patient__weight_kg=weight)), 3) == pct


@pytest.mark.parametrize(
    ("diagnosis", "detection", "present", "timing"),
    [
        ("2025-03-03", "2025-03-10", True, "synchronous"),
        ("2024-01-15", "2024-11-20", False, "early_metachronous"),
        ("2024-02-29", "2025-02-28", False, "early_metachronous"),
        ("2024-02-29", "2025-03-01", False, "late_metachronous"),
        ("2023-08-31", "2024-08-31", False, "early_metachronous"),
        ("2023-08-31", "2024-09-01", False, "late_metachronous"),
        ("2025-03-03", "2025-03-23", None, "synchronous"),
        ("2025-03-03", None, None, None),
    ],
)
def test_c16_timing(diagnosis, detection, present, timing):
    context = case(
        primary__diagnosis_date=diagnosis,
        liver__detection_date=detection,
        liver__detected_at_presentation=present,
    )
    assert d.timing_class.value(context) == timing


@pytest.mark.parametrize(
    ("lesions", "cycles", "odds"), [(6, 6, 18.24), (4, 4, 13.1), (3, 12, 3.76), (3, 4, 1)]
)
def test_c17_relative_odds_of_disappearing_lesions(lesions, cycles, odds):
    context = case(liver__lesion_count_baseline=lesions, treatment__total_preop_cycles=cycles)
    assert round(d.dlm_relative_odds.value(context), 2) == odds


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [("1955-09-15", "2025-09-15", 70), ("1955-09-16", "2025-09-15", 69), ("2000-02-29", "2025-02-28", 24)],
)
def test_c18_age(born, on, age):
    assert d.age.value(case(patient__birth_date=born, case__decision_date=on)) == age


@pytest.mark.parametrize(
    ("start", "length", "due", "overdue"),
    [
        ("2025-01-31", 14, "2025-03-28", "2025-04-25"),
        ("2024-12-31", 21, "2025-02-28", "2025-03-31"),
        ("2025-02-01", 14, "2025-03-29", "2025-04-26"),
        ("2023-12-31", None, "2024-02-29", "2024-03-31"),
    ],
)
def test_c19_reassessment_window(start, length, due, overdue):
    window = reassessment_window(day(start), length, default())
    assert (window.due_from, window.overdue_after) == (day(due), day(overdue))


@pytest.mark.parametrize(
    ("restaged", "status"),
    [("2025-03-28", "due"), ("2025-03-29", "done"), ("2025-03-31", "done"), (None, "due")],
)
def test_c19_a_restaging_counts_from_the_day_that_it_is_due(restaged, status):
    """Due after the fourth cycle, 29 March, although two calendar months end on 1 April only."""
    window = reassessment_window(day("2025-02-01"), 14, default())
    assert window.status(day("2025-04-10"), restaged and day(restaged)) == status


@pytest.mark.parametrize(
    ("end", "on", "zone"),
    [
        ("2024-06-10", "2025-02-10", "6to12"),
        ("2024-07-31", "2025-07-31", "ge12"),
        ("2025-01-31", "2025-07-30", "lt6"),
        ("2025-01-31", "2025-07-31", "6to12"),
    ],
)
def test_c20_oxaliplatin_wash_out(end, on, zone):
    context = case(
        treatment__prior_adjuvant_oxaliplatin=True,
        treatment__prior_adjuvant_oxaliplatin_end_date=end,
        case__decision_date=on,
    )
    assert d.oxali_zone.value(context) == zone


def test_months_are_calendar_months():
    assert add_months(day("2025-01-31"), 3) == day("2025-04-30")
    assert add_months(day("2024-02-29"), 12) == day("2025-02-28")
