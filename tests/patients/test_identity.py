"""Who the patient is."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import Centre, User
from patients import services
from patients.models import FactEntry, Patient, Staging
from patients.signals import vital_status_changed


def test_only_the_case_number_and_the_centre_are_needed(coordinator: User, north: Centre) -> None:
    patient = services.create_patient(by=coordinator, case_id="R-1", centre=north)
    assert (patient.name, patient.birth_date, patient.sex) == ("", None, None)


def test_a_case_number_in_use_is_named_and_nothing_is_saved(
    coordinator: User, north: Centre, patient: Patient
) -> None:
    with pytest.raises(ValidationError) as refused:
        services.register_case(by=coordinator, case_id="2026-001", centre=north, staging_date="2026-02-01")
    assert "'2026-001' is already in use" in refused.value.message_dict["case_id"][0]
    assert Patient.objects.count() == 1
    assert Staging.objects.count() == 0


def test_everything_wrong_with_a_new_case_is_said_at_once(coordinator: User) -> None:
    with pytest.raises(ValidationError) as refused:
        services.register_case(
            by=coordinator,
            case_id="",
            centre=None,  # type: ignore[arg-type]
            staging_date="soon",
            birth_date="2999-01-01",
            sex="m",
        )
    errors = refused.value.message_dict
    assert set(errors) == {"case_id", "centre", "staging_date", "birth_date", "sex"}
    assert "2999-01-01 lies in the future" in errors["birth_date"][0]
    assert "'m' is not allowed; allowed: one of female, male, other." in errors["sex"][0]


def test_a_field_that_does_not_exist_is_refused_with_those_that_do(coordinator: User, north: Centre) -> None:
    with pytest.raises(ValidationError) as refused:
        services.create_patient(by=coordinator, case_id="R-2", centre=north, surname="x")
    assert "family_name" in refused.value.message_dict["surname"][0]


def test_two_patients_of_a_centre_do_not_share_a_hospital_number(
    coordinator: User, north: Centre, patient: Patient
) -> None:
    with pytest.raises(ValidationError) as refused:
        services.create_patient(by=coordinator, case_id="R-3", centre=north, hospital_number="N-1")
    assert "'N-1' already belongs to another patient" in refused.value.message_dict["hospital_number"][0]


def test_birth_date_and_sex_carry_their_source_like_other_facts(coordinator: User, patient: Patient) -> None:
    entries = FactEntry.objects.filter(patient=patient, staging=None)
    assert {entry.name for entry in entries} == {"patient.birth_date", "patient.sex"}
    services.update_patient(by=coordinator, patient=patient, sex=None)
    assert not entries.filter(name="patient.sex").exists()


def test_a_death_needs_its_date(coordinator: User, patient: Patient) -> None:
    with pytest.raises(ValidationError) as refused:
        services.update_patient(by=coordinator, patient=patient, vital_status="deceased")
    assert "needs a date" in refused.value.message_dict["vital_status_on"][0]
    patient.refresh_from_db()
    assert patient.vital_status == "alive"


def test_the_rest_of_the_program_is_told_of_a_death_and_can_undo_it(
    coordinator: User, patient: Patient
) -> None:
    told: list[str] = []

    def receiver(sender: object, patient: Patient, by: User, **kwargs: object) -> None:
        told.append(patient.vital_status)
        raise RuntimeError("the clock cannot end its reminder")

    vital_status_changed.connect(receiver)
    try:
        with pytest.raises(RuntimeError):
            services.update_patient(
                by=coordinator, patient=patient, vital_status="deceased", vital_status_on="2026-02-01"
            )
    finally:
        vital_status_changed.disconnect(receiver)
    patient.refresh_from_db()
    assert (told, patient.vital_status) == (["deceased"], "alive")


def test_back_to_alive_takes_the_date_away(coordinator: User, patient: Patient) -> None:
    services.update_patient(
        by=coordinator, patient=patient, vital_status="transferred", vital_status_on="2026-02-01"
    )
    services.update_patient(by=coordinator, patient=patient, vital_status="alive")
    assert patient.vital_status_on is None


@pytest.mark.parametrize("role", ["viewer", "rule_admin", "approver", "administrator"])
def test_roles_that_do_not_write_facts_register_nobody(
    role: str, make_user: Callable[..., User], north: Centre
) -> None:
    with pytest.raises(PermissionDenied):
        services.create_patient(by=make_user("x", role, centre=north), case_id="R-4", centre=north)


def test_a_patient_is_not_moved_to_a_centre_one_does_not_see(
    coordinator: User, patient: Patient, south: Centre
) -> None:
    with pytest.raises(PermissionDenied):
        services.update_patient(by=coordinator, patient=patient, centre=south)


def test_a_refusal_does_not_name_the_patient(stranger: User, patient: Patient) -> None:
    with pytest.raises(PermissionDenied) as refused:
        services.update_patient(by=stranger, patient=patient, phone="1")
    assert "Hartwell" not in str(refused.value)
