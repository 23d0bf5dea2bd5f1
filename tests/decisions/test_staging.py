"""Staging: facts are frozen once, assessed once, and never edited after."""

import threading
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from decisions.documents import import_documents
from decisions.engine.assess import assess, content_hash
from decisions.engine.document import parse
from decisions.models import Assessment, AssessmentJob
from decisions.services import (
    amend_case,
    queue_again,
    request_assessment,
    run_assessment,
    stage_case,
    unassessed_jobs,
)
from decisions.tasks import assess_staging, sweep_unassessed
from patients.models import Staging, StagingVersion
from patients.services import record_fact
from tests.decisions.conftest import document

pytestmark = [pytest.mark.django_db, pytest.mark.services]
LIVER = {"lesion_count": 3, "max_diameter_mm": 30}


@pytest.fixture
def staging(coordinator: User) -> Staging:
    import_documents(by=coordinator, documents=[document(liver=LIVER)])
    return Staging.objects.get()


def job_of(staging: Staging) -> AssessmentJob:
    return AssessmentJob.objects.get(staging_version__staging=staging)


def test_staging_freezes_the_facts_and_queues_one_job_on_commit(
    coordinator: User,
    staging: Staging,
    django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(assess_staging, "delay", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        version = stage_case(by=coordinator, staging=staging)
        assert sent == []
    assert version.document is not None
    assert version.document["liver"]["lesion_count"] == 3
    assert sent == [job_of(staging).pk]


def test_a_second_submit_says_that_it_is_staged_already(coordinator: User, staging: Staging) -> None:
    stage_case(by=coordinator, staging=staging)
    with pytest.raises(ValidationError) as error:
        stage_case(by=coordinator, staging=staging)
    assert "staging" in error.value.message_dict
    assert AssessmentJob.objects.count() == 1


def test_a_viewer_stages_nothing(viewer: User, staging: Staging) -> None:
    with pytest.raises(PermissionDenied):
        stage_case(by=viewer, staging=staging)


def test_facts_that_contradict_the_day_of_the_staging_stop_it_by_name(
    coordinator: User, staging: Staging
) -> None:
    record_fact(by=coordinator, staging=staging, name="primary.diagnosis_date", value="2026-02-01")
    with pytest.raises(ValidationError) as error:
        stage_case(by=coordinator, staging=staging)
    assert list(error.value.message_dict) == ["primary.diagnosis_date"]
    assert not StagingVersion.objects.filter(state="frozen").exists()


def test_running_the_job_twice_gives_one_assessment(coordinator: User, staging: Staging) -> None:
    stage_case(by=coordinator, staging=staging)
    first = run_assessment(job_of(staging).pk)
    second = run_assessment(job_of(staging).pk)
    assert first is not None
    assert first == second
    assert Assessment.objects.count() == 1
    assert job_of(staging).state == "done"


def test_amending_makes_a_second_version_and_the_first_stays_with_its_assessment(
    coordinator: User, staging: Staging
) -> None:
    stage_case(by=coordinator, staging=staging)
    run_assessment(job_of(staging).pk)
    amend_case(by=coordinator, staging=staging, reason="CEA arrived")
    record_fact(by=coordinator, staging=staging, name="labs.cea_ng_ml", value=240)
    version = stage_case(by=coordinator, staging=staging)
    run_assessment(version.jobs.get().pk)
    assert version.number == 2
    assert version.reason == "CEA arrived"
    results = [item.result["fong"] for item in Assessment.objects.order_by("pk")]
    assert results[0]["min"] + 1 == results[1]["min"]


def test_a_frozen_version_and_an_assessment_cannot_be_changed_in_the_database(
    coordinator: User, staging: Staging
) -> None:
    stage_case(by=coordinator, staging=staging)
    run_assessment(job_of(staging).pk)
    for statement in (
        "UPDATE decisions_assessment SET content_hash = 'x'",
        "DELETE FROM decisions_assessment",
        "UPDATE patients_stagingversion SET document = '{}'",
        "UPDATE decisions_rulebookversion SET thresholds = '{}'",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_failure_is_stored_with_its_reason_and_can_be_asked_for_again(
    coordinator: User, staging: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_case(by=coordinator, staging=staging)

    def broken(*_: Any) -> None:
        raise RuntimeError("no such rule")

    with monkeypatch.context() as patch:
        patch.setattr("decisions.services.assessing.assess", broken)
        assert run_assessment(job_of(staging).pk) is None
    job = job_of(staging)
    assert (job.state, "no such rule" in job.error) == ("failed", True)
    assert request_assessment(staging_version=job.staging_version).state == "queued"
    assert run_assessment(job.pk) is not None


def test_running_the_frozen_facts_again_gives_what_is_stored(coordinator: User, staging: Staging) -> None:
    version = stage_case(by=coordinator, staging=staging)
    assessment = run_assessment(job_of(staging).pk)
    assert assessment is not None
    again = assess(parse(version.document))
    stored = Assessment.objects.get()
    assert content_hash(again) == content_hash(stored.result) == stored.content_hash


def test_a_broker_that_is_away_loses_nothing_the_sweep_queues_it(
    coordinator: User,
    staging: Staging,
    django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from kombu.exceptions import OperationalError

    def away(*_: Any) -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(assess_staging, "delay", away)
        with django_capture_on_commit_callbacks(execute=True):
            stage_case(by=coordinator, staging=staging)
    AssessmentJob.objects.update(queued_at="2026-01-01T00:00Z")
    sent: list[int] = []
    monkeypatch.setattr(assess_staging, "delay", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_unassessed() == 1
    assert sent == [job_of(staging).pk]
    assert run_assessment(sent[0]) is not None
    assert unassessed_jobs() == []


def test_a_staged_case_that_never_had_a_job_gets_one_from_the_sweep(
    coordinator: User, staging: Staging
) -> None:
    stage_case(by=coordinator, staging=staging)
    AssessmentJob.objects.all().delete()
    assert [job.staging_version.staging_id for job in unassessed_jobs()] == [staging.pk]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_give_one_assessment(coordinator: User, staging: Staging) -> None:
    stage_case(by=coordinator, staging=staging)
    job = job_of(staging)
    queue_again(job)
    problems: list[BaseException] = []

    def work() -> None:
        try:
            assess_staging.apply(args=(job.pk,)).get()
        except BaseException as error:
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Assessment.objects.count() == 1
    assert job_of(staging).state == "done"
    assert all("Busy" in type(problem).__name__ or "Retry" in type(problem).__name__ for problem in problems)
