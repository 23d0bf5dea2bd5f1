"""Real web processes for tests, started as production does: several uvicorn behind one address."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from tests.plugins.workers import ROOT, database_url, until

StartWeb = Callable[..., "Web"]


@dataclass
class Web:
    """Web processes that accept from one listening socket, so that a connection goes to any that lives."""

    listener: socket.socket
    folder: Path
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def start(self) -> None:
        """One more process."""
        number = self.listener.fileno()
        self.processes.append(
            subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "crlm_board.asgi:application", "--fd", str(number),
                 "--log-level", "warning", "--lifespan", "off"],
                cwd=ROOT,
                # DEBUG serves static files from where they lie and lets cookies travel over plain HTTP.
                env={**os.environ, "DATABASE_URL": database_url(), "REDIS_URL": settings.REDIS_URL, "DEBUG": "1"},
                pass_fds=[number],
                stdout=(self.folder / f"web-{len(self.processes)}.log").open("wb"),
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        )  # fmt: skip

    def kill(self, place: int) -> None:
        """End one process as a crash would: its connections break, the others go on."""
        process = self.processes[place]
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def answers(self) -> bool:
        """Whether somebody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture
def start_web(transactional_db: None, tmp_path: Path) -> Iterator[StartWeb]:
    """`start_web(2)`: so many web processes on the test database, one Redis and one address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        web = Web(listener, tmp_path)

        def start(count: int = 1) -> Web:
            for _ in range(count):
                web.start()
            until(web.answers, "a web process to answer")
            return web

        yield start
        for place in range(len(web.processes)):
            web.kill(place)


def session_of(user: User) -> dict[str, str]:
    """The cookie of somebody who has signed in."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value}
