"""Every change is noted with its author, every read of a record too."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse
from pghistory.models import Context

from accounts.audit import audited
from accounts.models import User
from patients import services
from patients.history import history_of
from patients.models import FactEntry, LabResult, Lesion, Patient, Staging

pytestmark = pytest.mark.django_db(transaction=True)  # each action its own transaction, as in use


def _last(patient: Patient) -> dict[str, object]:
    action = history_of(patient)[0]
    return {"by": action.by, "action": action.action, "source": action.source, "address": action.address}


def test_a_service_notes_who_and_what(coordinator: User, patient: Patient) -> None:
    services.update_patient(by=coordinator, patient=patient, phone="555")
    assert _last(patient) == {
        "by": coordinator,
        "action": "change patient",
        "source": "command",
        "address": "",
    }
    (row,) = history_of(patient)[0].rows
    assert [(c.column, c.old, c.new) for c in row.changes] == [("phone", "", "555")]


def test_a_bulk_update_is_noted_with_its_author(coordinator: User, patient: Patient) -> None:
    for day in range(1, 6):
        services.add_lab_result(
            by=coordinator, patient=patient, analyte="cea_ng_ml", date=f"2026-01-0{day}", value=day
        )
    with audited(by=coordinator, action="recalibrate", source="task"):
        LabResult.objects.filter(patient=patient).update(value=7)
    action = history_of(patient)[0]
    assert (action.by, action.action, action.source, len(action.rows)) == (
        coordinator,
        "recalibrate",
        "task",
        5,
    )


def test_raw_sql_is_noted_with_its_author(coordinator: User, patient: Patient) -> None:
    with audited(by=coordinator, action="repair"), connection.cursor() as cursor:
        cursor.execute("UPDATE patients_patient SET phone = '556' WHERE id = %s", [patient.pk])
    assert _last(patient)["by"] == coordinator
    assert history_of(patient)[0].rows[0].changes[0].new == "556"


def test_a_change_from_outside_the_program_is_noted_too(coordinator: User, patient: Patient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE patients_patient SET phone = '557' WHERE id = %s", [patient.pk])
    action = history_of(patient)[0]
    assert (action.by, action.source, action.rows[0].changes[0].new) == (None, "database", "557")


def test_deletions_are_noted_with_what_was_there(coordinator: User, patient: Patient) -> None:
    row = services.add_lab_result(
        by=coordinator, patient=patient, analyte="cea_ng_ml", date="2026-01-01", value=12
    )
    services.remove_row(by=coordinator, row=row)
    (change,) = history_of(patient)[0].rows
    assert change.verb == "removed"
    assert ("value", "12", "") in [(c.column, c.old, c.new) for c in change.changes]


def test_a_discarded_staging_stays_in_the_history(
    coordinator: User, patient: Patient, staging: Staging
) -> None:
    services.record_fact(by=coordinator, staging=staging, name="liver.lesion_count", value=4)
    services.discard_draft(by=coordinator, staging=staging)
    verbs = {(row.what, row.verb) for row in history_of(patient)[0].rows}
    assert ("facts: liver, staging of 2026-01-15", "removed") in verbs


def test_one_action_of_several_services_is_one_change(coordinator: User, patient: Patient) -> None:
    before = Context.objects.count()
    with audited(by=coordinator, action="import case", source="import"):
        services.update_patient(by=coordinator, patient=patient, phone="558")
        services.open_staging(by=coordinator, patient=patient, date="2026-03-01")
    assert Context.objects.count() == before + 1
    assert _last(patient) == {"by": coordinator, "action": "import case", "source": "import", "address": ""}


def test_a_failed_service_leaves_nothing_behind(coordinator: User, patient: Patient) -> None:
    changes = len(history_of(patient))

    def break_off() -> None:
        with audited(by=coordinator, action="broken"):
            Lesion.objects.create(patient=patient, label="L1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert not Lesion.objects.exists()
    assert len(history_of(patient)) == changes


@pytest.mark.parametrize(
    "statement", ["UPDATE patients_patientevent SET phone = 'x'", "DELETE FROM patients_patientevent"]
)
def test_the_history_is_not_edited(coordinator: User, patient: Patient, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_change_by_page_notes_the_address_and_the_page(signed_in: Client, patient: Patient) -> None:
    url = reverse("patients:add_row", args=[patient.pk, "lab"])
    signed_in.post(url, {"analyte": "cea_ng_ml", "date": "2026-01-01", "value": "12"}, REMOTE_ADDR="10.1.2.3")
    action = history_of(patient)[0]
    assert (action.source, action.address, action.url) == ("web", "10.1.2.3", url)
    assert str(action.by) == "Joan Farrow"


@pytest.mark.parametrize("page", ["patients:detail", "patients:history"])
def test_each_look_at_a_record_is_logged_once(signed_in: Client, patient: Patient, page: str) -> None:
    signed_in.get(reverse(page, args=[patient.pk]), REMOTE_ADDR="10.1.2.3")
    access = patient.accesses.get()
    assert (access.user.username, access.address, access.path) == (
        "joan",
        "10.1.2.3",
        reverse(page, args=[patient.pk]),
    )


def test_a_refused_look_is_no_read(client: Client, stranger: User, patient: Patient) -> None:
    client.force_login(stranger)
    assert client.get(reverse("patients:detail", args=[patient.pk])).status_code == 403
    assert not patient.accesses.exists()


def test_the_history_page_shows_old_and_new_and_who_read(
    signed_in: Client, coordinator: User, patient: Patient, staging: Staging
) -> None:
    services.record_fact(by=coordinator, staging=staging, name="patient.ecog", value=0)
    services.record_fact(by=coordinator, staging=staging, name="patient.ecog", value=1)
    text = signed_in.get(reverse("patients:history", args=[patient.pk])).content.decode()
    assert "0 → 1" in text
    assert "facts: patient, staging of 2026-01-15" in text
    assert "Who read it" in text
    assert "1\xa0read" in text
    assert FactEntry.objects.filter(name="patient.ecog").count() == 1
