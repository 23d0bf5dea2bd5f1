"""Stagings and their versions."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError
from django.utils import timezone

from accounts.models import User
from patients import services
from patients.models import FactEntry, Lesion, LesionFinding, Patient, Staging, StagingVersion
from patients.selectors import previous_staging, stored_facts


def test_a_staging_begins_with_one_draft(staging: Staging) -> None:
    version = staging.versions.get()
    assert (version.number, version.state) == (1, "draft")


def test_two_stagings_of_one_date_are_refused(coordinator: User, patient: Patient, staging: Staging) -> None:
    with pytest.raises(ValidationError) as refused:
        services.open_staging(by=coordinator, patient=patient, date="2026-01-15")
    assert "already has a staging of 2026-01-15" in refused.value.message_dict["date"][0]


@pytest.mark.parametrize("date", ["1999-12-31", "yesterday", "", None])
def test_a_staging_needs_a_sensible_date(coordinator: User, patient: Patient, date: str | None) -> None:
    with pytest.raises(ValidationError) as refused:
        services.open_staging(by=coordinator, patient=patient, date=date)  # type: ignore[arg-type]
    assert "from 2000-01-01 to a year from today" in refused.value.message_dict["date"][0]


def test_a_staging_may_be_dated_up_to_a_year_ahead(coordinator: User, patient: Patient) -> None:
    today = timezone.localdate()
    assert services.open_staging(by=coordinator, patient=patient, date=today + datetime.timedelta(days=300))
    with pytest.raises(ValidationError):
        services.open_staging(by=coordinator, patient=patient, date=today + datetime.timedelta(days=400))


def test_freezing_keeps_who_when_and_a_hash(coordinator: User, staged: Staging) -> None:
    version = staged.versions.get()
    assert (version.state, version.frozen_by, len(version.content_hash)) == ("frozen", coordinator, 64)


def test_freezing_twice_is_refused(coordinator: User, staged: Staging) -> None:
    with pytest.raises(ValidationError, match="is staged and cannot be changed"):
        services.freeze_version(by=coordinator, staging=staged, document={}, provenance={})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE patients_stagingversion SET document = '{}' WHERE id = %s",
        "UPDATE patients_stagingversion SET state = 'draft', document = NULL WHERE id = %s",
        "DELETE FROM patients_stagingversion WHERE id = %s",
    ],
)
def test_a_frozen_version_is_not_changed_even_by_raw_sql(staged: Staging, statement: str) -> None:
    version = staged.versions.get()
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [version.pk])
    version.refresh_from_db()
    assert version.document == {"case": {"id": "2026-001"}, "liver": {"lesion_count": 3}}


def test_a_patient_with_a_staged_case_is_not_deleted(staged: Staging) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        staged.patient.delete()


def test_the_database_holds_one_draft_a_staging(coordinator: User, staging: Staging) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        StagingVersion.objects.create(staging=staging, number=2, reason="again", opened_by=coordinator)


def test_an_amendment_needs_a_reason(coordinator: User, staged: Staging) -> None:
    with pytest.raises(ValidationError) as refused:
        services.open_amendment(by=coordinator, staging=staged, reason="  ")
    assert "why the staged case is changed" in refused.value.message_dict["reason"][0]


def test_a_second_amendment_waits_for_the_first(coordinator: User, staged: Staging) -> None:
    services.open_amendment(by=coordinator, staging=staged, reason="late RAS result")
    with pytest.raises(ValidationError) as refused:
        services.open_amendment(by=coordinator, staging=staged, reason="late RAS result")
    assert "already has an open draft" in refused.value.message_dict["staging"][0]


def test_an_amendment_is_the_next_version_and_the_old_one_stays(coordinator: User, staged: Staging) -> None:
    services.open_amendment(by=coordinator, staging=staged, reason="one lesion more")
    services.record_fact(by=coordinator, staging=staged, name="liver.lesion_count", value=4)
    services.freeze_version(
        by=coordinator, staging=staged, document={"liver": {"lesion_count": 4}}, provenance={}
    )
    documents = [version.document["liver"]["lesion_count"] for version in staged.versions.all()]
    assert documents == [3, 4]


def test_a_discarded_amendment_leaves_what_was_staged(coordinator: User, staging: Staging) -> None:
    services.record_facts(
        by=coordinator,
        staging=staging,
        values={"liver.lesion_count": 3, "imaging.restaging_date": "2026-01-10", "patient.ecog": None},
        observed_on="2026-01-10",
    )
    services.save_lesion(
        by=coordinator, staging=staging, label="L1", segment="IVa", diameter_mm=22, plan="resect"
    )
    services.set_lesions_complete(by=coordinator, staging=staging, complete=True)
    before = stored_facts(staging)
    services.freeze_version(by=coordinator, staging=staging, document={"x": 1}, provenance={})
    services.open_amendment(by=coordinator, staging=staging, reason="correction")
    services.record_facts(
        by=coordinator, staging=staging, values={"liver.lesion_count": 9, "ehd.present": True}
    )
    services.clear_fact(by=coordinator, staging=staging, name="patient.ecog")
    services.remove_lesion(by=coordinator, staging=staging, label="L1")
    services.save_lesion(by=coordinator, staging=staging, label="L2", segment="V")
    services.set_lesions_complete(by=coordinator, staging=staging, complete=False)

    services.discard_draft(by=coordinator, staging=staging)

    assert stored_facts(staging) == before
    assert LesionFinding.objects.get(staging=staging).plan == "resect"
    assert FactEntry.objects.get(name="patient.ecog").state == "not_known"
    assert FactEntry.objects.get(name="liver.lesion_count").observed_on == datetime.date(2026, 1, 10)
    assert (staging.lesions_complete, staging.versions.count()) == (True, 1)


def test_a_discarded_first_draft_leaves_no_staging(
    coordinator: User, patient: Patient, staging: Staging
) -> None:
    services.save_lesion(by=coordinator, staging=staging, label="L1")
    services.discard_draft(by=coordinator, staging=Staging.objects.get(pk=staging.pk))
    assert not patient.stagings.exists()


def test_a_withdrawn_staging_stays_readable_and_is_no_previous_one(
    coordinator: User, patient: Patient, staged: Staging
) -> None:
    services.withdraw_staging(by=coordinator, staging=staged, reason="wrong patient")
    later = services.open_staging(by=coordinator, patient=patient, date="2026-04-15")
    assert previous_staging(later) is None
    assert stored_facts(staged)["liver.lesion_count"] == 3
    with pytest.raises(ValidationError, match="withdrawn"):
        services.open_amendment(by=coordinator, staging=staged, reason="late")


def test_the_previous_staging_is_the_one_before_by_date(
    coordinator: User, patient: Patient, staging: Staging
) -> None:
    third = services.open_staging(by=coordinator, patient=patient, date="2026-07-15")
    second = services.open_staging(by=coordinator, patient=patient, date="2026-04-15")
    assert previous_staging(third) == second
    assert previous_staging(second) == staging
    assert previous_staging(staging) is None


def test_lesions_are_known_by_their_label_through_all_stagings(
    coordinator: User, patient: Patient, staging: Staging
) -> None:
    services.save_lesion(by=coordinator, staging=staging, label="L1", segment="VII", diameter_mm="62")
    later = services.open_staging(by=coordinator, patient=patient, date="2026-04-15")
    services.confirm_previous_lesion(by=coordinator, staging=later, label="L1")
    services.save_lesion(by=coordinator, staging=later, label="L1", diameter_mm=38)
    assert Lesion.objects.count() == 1
    assert stored_facts(later)["lesions"] == [{"id": "L1", "segment": "VII", "diameter_mm": 38.0}]
    assert stored_facts(staging)["lesions"] == [{"id": "L1", "segment": "VII", "diameter_mm": 62.0}]


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"diameter_mm": -1}, "lesions[L1].diameter_mm"),
        ({"segment": "IX"}, "lesions[L1].segment"),
        ({"plan": "burn"}, "lesions[L1].plan"),
        ({"colour": "red"}, "lesions[L1].colour"),
    ],
)
def test_a_bad_lesion_is_refused_whole(
    coordinator: User, staging: Staging, columns: dict[str, object], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        services.save_lesion(by=coordinator, staging=staging, label="L1", depth_mm=3, **columns)
    assert list(refused.value.message_dict) == [field]
    assert not Lesion.objects.exists()


def test_a_lesion_needs_a_label(coordinator: User, staging: Staging) -> None:
    with pytest.raises(ValidationError) as refused:
        services.save_lesion(by=coordinator, staging=staging, label=" ")
    assert "lesions[].id" in refused.value.message_dict


def test_versions_belong_to_those_who_may_change_the_record(viewer: User, staged: Staging) -> None:
    for act in (
        lambda: services.open_amendment(by=viewer, staging=staged, reason="x"),
        lambda: services.withdraw_staging(by=viewer, staging=staged, reason="x"),
        lambda: services.open_staging(by=viewer, patient=staged.patient, date="2026-04-15"),
    ):
        with pytest.raises(PermissionDenied):
            act()
