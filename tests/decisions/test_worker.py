"""A real worker on a real broker: it assesses a staged case, and one that is killed in the middle loses nothing."""

import os
import signal
from collections.abc import Callable

import psycopg
import pytest
from django.utils import timezone

from accounts.models import User
from decisions.documents import import_documents
from decisions.models import Assessment, AssessmentJob, RulebookActivation
from decisions.selectors import open_versions
from decisions.services import stage_case
from decisions.services.activation import STALLED_FOR
from decisions.tasks import activate_rulebooks
from patients.models import Staging
from tests.decisions.conftest import document
from tests.decisions.rulebooks import activated, stage_cohort
from tests.plugins.workers import StartWorker, database_url, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.services,
    pytest.mark.xdist_group("worker"),
]


@pytest.fixture
def staging(coordinator: User) -> Staging:
    import_documents(by=coordinator, documents=[document(liver={"lesion_count": 3, "max_diameter_mm": 30})])
    return Staging.objects.get()


def state() -> str:
    return AssessmentJob.objects.get().state


def test_a_staged_case_is_assessed_by_a_worker_in_another_process(
    coordinator: User, staging: Staging, start_worker: StartWorker
) -> None:
    start_worker()
    stage_case(by=coordinator, staging=staging)
    until(lambda: state() == "done", "the assessment")
    assert Assessment.objects.get().staging_version.staging == staging


def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(
    coordinator: User, staging: Staging, start_worker: StartWorker
) -> None:
    # The work stops at this lock: the worker has claimed the job and waits to store the assessment.
    with psycopg.connect(database_url()) as hold:
        hold.execute("LOCK TABLE decisions_assessment IN ACCESS EXCLUSIVE MODE")
        first = start_worker()
        stage_case(by=coordinator, staging=staging)
        until(lambda: state() == "running", "the first worker to begin")
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
        assert state() == "running"
    # Late acknowledgement gives the message to another worker after the broker's visibility timeout; the
    # sweep, which the scheduler runs each minute, does not wait for that.
    from decisions.tasks import sweep_unassessed

    start_worker()
    until(lambda: sweep_unassessed() >= 0 and state() == "done", "a second worker to finish the job")
    assert Assessment.objects.count() == 1
    assert AssessmentJob.objects.get().attempts >= 2


def test_an_activation_whose_worker_is_killed_ends_complete_and_single(
    coordinator: User, person: Callable[..., User], start_worker: StartWorker
) -> None:
    stage_cohort(coordinator, 30)
    first = start_worker()
    version = activated(person("tomas", "rule_admin"), person("wanda", "approver"), FLR_NORMAL_HIGH=35)
    done = Assessment.objects.filter(rulebook=version)
    until(lambda: done.count() >= 3, "the first worker to begin")
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert RulebookActivation.objects.get().finished_at is None
    start_worker()
    RulebookActivation.objects.update(moved_at=timezone.now() - STALLED_FOR * 2)
    activate_rulebooks()
    until(lambda: RulebookActivation.objects.get().finished_at is not None, "a second worker to finish it")
    assert done.count() == open_versions().count() == 30
