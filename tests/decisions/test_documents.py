"""Case documents in and out: the same facts come back, and a record goes in whole or not at all."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings

from accounts.models import Centre, User
from decisions.documents import export_documents, import_documents
from decisions.engine.document import canonical
from decisions.services import stage_case
from patients.models import Patient, Staging, StagingVersion
from patients.services import record_fact
from tests.decisions.conftest import VIGNETTES, day, document
from tests.engine.cases import random_documents

pytestmark = pytest.mark.django_db
LIVER = {"lesion_count": 3, "max_diameter_mm": 30}


def take(by: User, *documents: Any, **options: Any) -> dict[str, Any]:
    return import_documents(by=by, documents=documents, **options).as_dict()


def counts(report: dict[str, Any]) -> tuple[int, int, int, int]:
    return report["created"], report["updated"], report["unchanged"], len(report["refused"])


@pytest.mark.parametrize("number", range(len(VIGNETTES)))
def test_every_published_case_comes_back_as_it_went_in(coordinator: User, number: int) -> None:
    case = copy.deepcopy(VIGNETTES[number]["case"])
    case.setdefault("case", {})["id"] = f"V-{number}"
    assert counts(take(coordinator, case)) == (1, 0, 0, 0)
    assert export_documents(by=coordinator) == [canonical(case)]
    assert counts(take(coordinator, *export_documents(by=coordinator))) == (0, 0, 1, 0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random_documents())
def test_any_case_comes_back_as_it_went_in(coordinator: User, found: dict[str, Any]) -> None:
    Patient.objects.all().delete()
    found["case"] = {**found.get("case", {}), "id": "R-1"}
    report = take(coordinator, found)
    assert report["refused"] == []
    assert export_documents(by=coordinator) == [canonical(found)]


def test_the_same_key_updates_a_draft_and_what_the_document_no_longer_says_is_empty_again(
    coordinator: User,
) -> None:
    take(coordinator, document(liver=LIVER, ehd={"present": False}))
    assert counts(take(coordinator, document(liver={"lesion_count": 4}))) == (0, 1, 0, 0)
    assert export_documents(by=coordinator) == [document(liver={"lesion_count": 4})]


def test_what_people_entered_stays_when_a_document_comes_again(coordinator: User) -> None:
    take(coordinator, document(liver=LIVER))
    record_fact(by=coordinator, staging=Staging.objects.get(), name="ehd.present", value=True)
    take(coordinator, document(liver=LIVER))
    assert export_documents(by=coordinator)[0]["ehd"] == {"present": True}


def test_a_staged_case_changes_only_with_amend_and_the_old_version_stays(coordinator: User) -> None:
    take(coordinator, document(liver=LIVER))
    stage_case(by=coordinator, staging=Staging.objects.get())
    assert counts(take(coordinator, document(liver=LIVER))) == (0, 0, 1, 0)
    refused = take(coordinator, document(liver={"lesion_count": 5}))
    assert refused["refused"][0]["path"] == "case.decision_date"
    assert "'amend'" in refused["refused"][0]["message"]
    assert counts(take(coordinator, document(liver={"lesion_count": 5}), amend=True)) == (0, 1, 0, 0)
    states = list(StagingVersion.objects.order_by("number").values_list("number", "state"))
    assert [number for number, _ in states] == [1, 2]
    first = StagingVersion.objects.get(number=1)
    assert first.document is not None
    assert first.document["liver"]["lesion_count"] == 3


def test_a_wrong_record_is_refused_whole_with_every_reason_and_the_others_go_in(coordinator: User) -> None:
    report = take(
        coordinator,
        document("A", liver=LIVER),
        document("B", liver={"lesion_count": -1, "lesions": 3}, patient={"ecog": 9}),
        document("C", liver=LIVER),
    )
    assert counts(report) == (2, 0, 0, 3)
    assert {item["record"] for item in report["refused"]} == {2}
    assert [item["path"] for item in report["refused"]] == [
        "liver.lesion_count", "liver.lesions", "patient.ecog",
    ]  # fmt: skip
    assert set(Patient.objects.values_list("case_id", flat=True)) == {"A", "C"}


def test_a_record_that_the_database_refuses_leaves_nothing_behind(coordinator: User) -> None:
    wrong = document("A", primary={"diagnosis_date": "2025-12-01", "resection_date": "2025-11-01"})
    report = take(coordinator, wrong)
    assert report["refused"]
    assert not Patient.objects.exists()


def test_without_a_case_id_nothing_is_stored(coordinator: User) -> None:
    report = take(coordinator, {"liver": LIVER}, 7, None, [])
    assert report["created"] == 0
    assert {item["record"] for item in report["refused"]} == {1, 2, 3, 4}
    assert report["refused"][0]["path"] == "case.id"


def test_a_date_in_the_future_is_refused_by_name(coordinator: User) -> None:
    far = day(800).isoformat()
    report = take(coordinator, document(when=far))
    assert report["refused"][0]["path"] == "case.decision_date"
    soon = document(when=day(20).isoformat(), primary={"diagnosis_date": day(10).isoformat()})
    report = take(coordinator, soon)
    assert [item["path"] for item in report["refused"]] == ["primary.diagnosis_date"]


def test_trying_reports_the_same_and_stores_nothing(coordinator: User) -> None:
    assert counts(take(coordinator, document(), document("B"), dry_run=True)) == (2, 0, 0, 0)
    assert not Patient.objects.exists()


def test_staging_on_import_stages_every_record(coordinator: User) -> None:
    take(coordinator, document("A", liver=LIVER), document("B", liver=LIVER), stage=True)
    assert StagingVersion.objects.filter(state="frozen").count() == 2


def test_lesions_are_the_same_at_every_staging_by_name(coordinator: User) -> None:
    first = document(when="2026-01-15", lesions=[{"id": "L1", "segment": "V", "diameter_mm": 30}])
    second = document(when="2026-03-15", lesions=[{"id": "L1", "segment": "V", "diameter_mm": 18}])
    take(coordinator, first, second)
    patient = Patient.objects.get()
    assert patient.lesions.count() == 1
    assert export_documents(by=coordinator) == [canonical(first), canonical(second)]


def test_nobody_imports_without_the_role_or_into_another_centre(
    coordinator: User, viewer: User, person: Callable[..., User]
) -> None:
    with pytest.raises(PermissionDenied):
        take(viewer, document())
    take(coordinator, document())
    elsewhere = Centre.objects.create(code="south", name="Southwell")
    stranger = person("eve", "coordinator", centre=elsewhere)
    report = take(stranger, document(liver=LIVER))
    assert len(report["refused"]) == 1
    assert export_documents(by=stranger) == []
