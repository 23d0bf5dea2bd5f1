"""Facts of a draft: typed, taken back, confirmed."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from patients import services
from patients.models import FactEntry, LiverFindings, Patient, Staging
from patients.selectors import fact_entries, stored_facts


def test_a_new_staging_knows_nothing(staging: Staging) -> None:
    assert set(stored_facts(staging)) == {"patient.birth_date", "patient.sex"}


def test_a_fact_stands_in_its_column_with_its_source(coordinator: User, staging: Staging) -> None:
    services.record_fact(
        by=coordinator,
        staging=staging,
        name="liver.lesion_count",
        value="3",
        observed_on="2026-01-10",
        note="MRI",
    )
    assert stored_facts(staging)["liver.lesion_count"] == 3
    entry = fact_entries(staging)["liver.lesion_count"]
    assert (entry.state, entry.observed_on, entry.source, entry.note, entry.recorded_by) == (
        "known", datetime.date(2026, 1, 10), "entered", "MRI", coordinator,
    )  # fmt: skip


def test_zero_and_no_are_values(coordinator: User, staging: Staging) -> None:
    services.record_facts(
        by=coordinator,
        staging=staging,
        values={"liver.lesion_count": 0, "ehd.present": False, "ehd.sites": []},
    )
    facts = stored_facts(staging)
    assert (facts["liver.lesion_count"], facts["ehd.present"], facts["ehd.sites"]) == (0, False, [])


def test_asked_and_not_known_differs_from_never_asked(coordinator: User, staging: Staging) -> None:
    services.record_fact(by=coordinator, staging=staging, name="patient.ecog", value=None)
    assert "patient.ecog" not in stored_facts(staging)
    assert fact_entries(staging)["patient.ecog"].state == "not_known"
    services.clear_fact(by=coordinator, staging=staging, name="patient.ecog")
    assert "patient.ecog" not in fact_entries(staging)


def test_not_known_empties_an_earlier_value(coordinator: User, staging: Staging) -> None:
    services.record_fact(by=coordinator, staging=staging, name="patient.ecog", value=1)
    services.record_fact(by=coordinator, staging=staging, name="patient.ecog", value=None)
    assert "patient.ecog" not in stored_facts(staging)


def test_a_fact_of_the_patient_serves_every_staging(
    coordinator: User, patient: Patient, staging: Staging
) -> None:
    services.record_fact(by=coordinator, staging=staging, name="molecular.ras", value="mutant")
    later = services.open_staging(by=coordinator, patient=patient, date="2026-04-15", kind="restaging")
    assert stored_facts(later)["molecular.ras"] == "mutant"
    assert FactEntry.objects.get(name="molecular.ras").staging is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("liver.lesion_count", -1, "-1 is not allowed; allowed: a whole number from 0 to 99."),
        ("liver.lesion_count", 2.5, "2.5 is not allowed; allowed: a whole number from 0 to 99."),
        ("liver.lesion_count", True, "True is not allowed; allowed: a whole number from 0 to 99."),
        ("liver.lesion_count", "three", "'three' is not allowed; allowed: a whole number from 0 to 99."),
        ("liver.max_diameter_mm", float("nan"), "nan is not allowed; allowed: a number from 1 to 300."),
        ("liver.max_diameter_mm", 301, "301 is not allowed; allowed: a number from 1 to 300."),
        ("molecular.ras", "wild", "'wild' is not allowed; allowed: one of wild_type, mutant."),
        ("ehd.present", 2, "2 is not allowed; allowed: yes or no."),
        ("ehd.sites", ["lung", "liver"], "'liver' is not allowed; allowed: any of lung, peritoneum"),
        ("primary.diagnosis_date", "2999-01-01", "2999-01-01 lies in the future"),
        ("primary.diagnosis_date", "1989-12-31", "'1989-12-31' is not allowed"),
        (
            "primary.diagnosis_date",
            "31.12.2025",
            "'31.12.2025' is not allowed; allowed: a date as YYYY-MM-DD",
        ),
        ("primary.histology_icdo3", "", "'' is not allowed; allowed: a text of 1 to 120 characters."),
        ("primary.histology_icdo3", "a\x00b", "is not allowed"),
        ("liver.colour", "red", "'liver.colour' is no fact"),
    ],
)
def test_bad_values_are_refused_by_name_with_what_is_allowed(
    coordinator: User, staging: Staging, name: str, value: object, said: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        services.record_fact(by=coordinator, staging=staging, name=name, value=value)
    assert said in refused.value.message_dict[name][0]
    assert not FactEntry.objects.filter(name=name).exists()


def test_a_transplant_may_be_planned_ahead(coordinator: User, staging: Staging) -> None:
    services.record_fact(by=coordinator, staging=staging, name="lt.planned_date", value="2999-01-01")
    assert stored_facts(staging)["lt.planned_date"] == datetime.date(2999, 1, 1)


def test_many_facts_are_written_all_or_none(coordinator: User, staging: Staging) -> None:
    with pytest.raises(ValidationError) as refused:
        services.record_facts(
            by=coordinator,
            staging=staging,
            values={"liver.lesion_count": 3, "liver.ivc_involved": "maybe", "x": 1},
        )
    assert set(refused.value.message_dict) == {"liver.ivc_involved", "x"}
    assert not LiverFindings.objects.exists()


def test_a_resection_before_the_diagnosis_is_refused_in_either_order(
    coordinator: User, staging: Staging
) -> None:
    services.record_fact(by=coordinator, staging=staging, name="primary.resection_date", value="2025-03-01")
    with pytest.raises(ValidationError) as refused:
        services.record_fact(
            by=coordinator, staging=staging, name="primary.diagnosis_date", value="2025-03-02"
        )
    assert refused.value.message_dict["primary.resection_date"] == [
        "2025-03-01 lies before the diagnosis (2025-03-02); allowed: the day of the diagnosis or later."
    ]
    services.record_facts(
        by=coordinator,
        staging=staging,
        values={"primary.diagnosis_date": "2025-03-02", "primary.resection_date": "2025-03-02"},
    )


def test_a_staged_case_takes_no_facts(coordinator: User, staged: Staging) -> None:
    with pytest.raises(ValidationError) as refused:
        services.record_fact(by=coordinator, staging=staged, name="liver.lesion_count", value=4)
    assert "amend it" in refused.value.message_dict["staging"][0]
    assert stored_facts(staged)["liver.lesion_count"] == 3


def test_the_previous_value_is_taken_over_with_its_own_date(
    coordinator: User, patient: Patient, staged: Staging
) -> None:
    later = services.open_staging(by=coordinator, patient=patient, date="2026-04-15", kind="restaging")
    services.confirm_previous(by=coordinator, staging=later, name="liver.lesion_count")
    entry = fact_entries(later)["liver.lesion_count"]
    assert stored_facts(later)["liver.lesion_count"] == 3
    assert (entry.source, entry.observed_on) == ("confirmed", datetime.date(2026, 1, 15))


@pytest.mark.parametrize(
    ("name", "said"), [("molecular.ras", "belongs to the patient"), ("liver.ivc_involved", "has no value")]
)
def test_there_must_be_a_previous_value_of_the_staging(
    coordinator: User, patient: Patient, staged: Staging, name: str, said: str
) -> None:
    later = services.open_staging(by=coordinator, patient=patient, date="2026-04-15")
    with pytest.raises(ValidationError) as refused:
        services.confirm_previous(by=coordinator, staging=later, name=name)
    assert said in refused.value.message_dict[name][0]


def test_facts_of_the_patient_are_entered_outside_a_staging_and_others_are_not(
    coordinator: User, patient: Patient
) -> None:
    services.record_patient_facts(by=coordinator, patient=patient, values={"molecular.ras": "mutant"})
    with pytest.raises(ValidationError) as refused:
        services.record_patient_facts(by=coordinator, patient=patient, values={"liver.lesion_count": 1})
    assert "belongs to a staging" in refused.value.message_dict["liver.lesion_count"][0]


def test_nobody_writes_facts_of_another_centre(stranger: User, viewer: User, staging: Staging) -> None:
    for user in (stranger, viewer):
        with pytest.raises(PermissionDenied):
            services.record_fact(by=user, staging=staging, name="liver.lesion_count", value=1)


def test_someone_who_left_writes_nothing(coordinator: User, staging: Staging) -> None:
    coordinator.is_active = False
    coordinator.save()
    with pytest.raises(PermissionDenied):
        services.record_fact(by=coordinator, staging=staging, name="liver.lesion_count", value=1)
