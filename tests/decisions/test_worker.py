"""A real worker on a real broker: it assesses a staged case, and one that is killed in the middle loses nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from accounts.models import User
from crlm_board.celery import app
from decisions.documents import import_documents
from decisions.models import Assessment, AssessmentJob
from decisions.services import stage_case
from patients.models import Staging
from tests.decisions.conftest import document

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.services,
    pytest.mark.xdist_group("worker"),
]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE:.0f} s in vain for: {what}"
        time.sleep(0.1)


def database_url() -> str:
    """The address of the test database."""
    where = connection.settings_dict
    user, password = where["USER"] or "postgres", where["PASSWORD"]
    secret = f":{password}" if password else ""
    host = str(where["HOST"])
    if host.startswith("/"):
        return f"postgres://{user}{secret}@{host.replace('/', '%2F')}/{where['NAME']}"
    return f"postgres://{user}{secret}@{host}:{where['PORT'] or 5432}/{where['NAME']}"


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Start workers as production does, on the test database and a queue of their own."""
    started: list[subprocess.Popen[bytes]] = []
    app.control.purge()

    def start() -> "subprocess.Popen[bytes]":
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "--app", "crlm_board", "worker", "--loglevel", "INFO",
             "--concurrency", "1", "--hostname", f"test-{os.getpid()}-{len(started)}@here"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database_url(), "REDIS_URL": settings.REDIS_URL},
            stdout=(tmp_path / f"worker-{len(started)}.log").open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        started.append(worker)
        return worker

    yield start
    for worker in started:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
    app.control.purge()


@pytest.fixture
def staging(coordinator: User) -> Staging:
    import_documents(by=coordinator, documents=[document(liver={"lesion_count": 3, "max_diameter_mm": 30})])
    return Staging.objects.get()


def state() -> str:
    return AssessmentJob.objects.get().state


def test_a_staged_case_is_assessed_by_a_worker_in_another_process(
    coordinator: User, staging: Staging, start_worker: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    start_worker()
    stage_case(by=coordinator, staging=staging)
    until(lambda: state() == "done", "the assessment")
    assert Assessment.objects.get().staging_version.staging == staging


def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(
    coordinator: User, staging: Staging, start_worker: Callable[[], "subprocess.Popen[bytes]"]
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
