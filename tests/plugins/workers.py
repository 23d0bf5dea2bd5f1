"""Real workers for tests, started as production does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0
StartWorker = Callable[[], "subprocess.Popen[bytes]"]


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE:.0f} s in vain for: {what}"
        time.sleep(0.1)


def database_url() -> str:
    """The address of the test database."""
    address = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[StartWorker]:
    """Start workers as production does, on the test database and a queue of their own."""
    started: list[subprocess.Popen[bytes]] = []
    from crlm_board.celery import app

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
