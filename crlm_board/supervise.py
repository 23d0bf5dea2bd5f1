"""What `make run` runs: servers, web, task worker and scheduler, started and watched by one process.

A child that dies is started again; Ctrl-C or SIGTERM stops everything; nothing is left behind, even when
this process itself is killed (on Linux the children ask the kernel to be told).
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from crlm_board.embedded import VAR, embedded_servers

LOGS = VAR / "log"
STOP_SECONDS = 15.0
READY_SECONDS = 90.0
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One program under supervision, with its restarts and the pause before the next."""

    name: str
    arguments: list[str]
    process: subprocess.Popen[str] | None = None
    pause: float = 1.0
    started: float = 0.0
    restart_at: float = field(default=0.0)

    def start(self) -> None:
        """Start the program in a group of its own; its lines go to the screen and to `var/log`."""
        self.process = subprocess.Popen(
            self.arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            bufsize=1,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        self.started = time.monotonic()
        assert self.process.stdout is not None
        threading.Thread(target=self._relay, args=(self.process.stdout,), daemon=True).start()

    def _relay(self, lines: IO[str]) -> None:
        with (LOGS / f"{self.name}.log").open("a", encoding="utf-8") as file:
            for line in lines:
                file.write(line)
                file.flush()
                print(f"{self.name:>6} | {line}", end="", flush=True)

    def watch(self) -> None:
        """Start the program again when it has died, after a pause that doubles while it keeps dying."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            code = self.process.returncode
            self.pause = 1.0 if now - self.started > 60 else min(self.pause * 2, 30.0)
            self.restart_at = now + self.pause
            _say(f"{self.name} ended with code {code}; starting it again in {self.pause:.0f} s")
            self.signal(signal.SIGKILL)
            self.process = None
        if self.process is None and now >= self.restart_at:
            self.start()

    def signal(self, number: int) -> None:
        """Send a signal to the program and all that it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


def _say(text: str) -> None:
    print(f" board | {text}", flush=True)


def _manage(*arguments: str) -> None:
    result = subprocess.run([sys.executable, "manage.py", *arguments], check=False)
    if result.returncode:
        raise SystemExit(f"manage.py {arguments[0]} failed; the lines above say why.")


def _address() -> tuple[str, int]:
    host, port = os.environ.get("HOST", "127.0.0.1").strip(), os.environ.get("PORT", "8000").strip()
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise SystemExit(f"PORT is {port!r}; allowed: a number from 1 to 65535.")
    if os.environ.get("DEMO", "0").strip().lower() in {"1", "true", "yes", "on"} and not _is_loopback(host):
        raise SystemExit(f"DEMO is on and HOST is {host!r}; allowed with DEMO=1: 127.0.0.1, localhost, ::1.")
    return host, int(port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refuse_taken(host: str, port: int) -> None:
    """A port that something else listens on is told before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SystemExit(
                f"{host}:{port} cannot be used ({error.strerror}); allowed: a free PORT, such as PORT=8001 make run."
            ) from error


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Only one board runs from a checkout: its servers, logs and schedule are one."""
    VAR.mkdir(parents=True, exist_ok=True)
    with (VAR / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SystemExit(
                f"The board of this checkout runs already (its data are in {VAR}); stop that one first."
            ) from error
        yield


def _children(host: str, port: int) -> list[Child]:
    celery = [sys.executable, "-m", "celery", "--app", "crlm_board", "--quiet"]
    return [
        Child("web", [sys.executable, "-m", "uvicorn", "crlm_board.asgi:application", "--host", host,
                      "--port", str(port), "--log-level", "warning", "--lifespan", "off",
                      # Screens hold their streams for minutes; they come back by themselves.
                      "--timeout-graceful-shutdown", "2"]),
        Child("worker", [*celery, "worker", "--loglevel", "WARNING", "--concurrency", "2"]),
        Child("beat", [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""]),
    ]  # fmt: skip


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=3) as response:  # noqa: S310 (our own address)
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextlib.contextmanager
def _running(children: list[Child]) -> Iterator[None]:
    try:
        for child in children:
            child.start()
        yield
    finally:
        _say("stopping")
        for child in children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            if child.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.1, deadline - time.monotonic()))
                child.signal(signal.SIGKILL)
                child.process.wait()


def _prepare() -> None:
    LOGS.mkdir(parents=True, exist_ok=True)
    _manage("migrate", "--verbosity", "0")
    _manage("collectstatic", "--no-input", "--verbosity", "0")
    if os.environ.get("DEMO", "0").strip().lower() in {"1", "true", "yes", "on"}:
        _say("loading the demo board, unless it is there already")
        _manage("load_demo")


def _announce(url: str) -> None:
    _say("")
    _say(f"CRLM Board is ready: {url}/")
    if os.environ.get("DEMO", "0").strip().lower() in {"1", "true", "yes", "on"}:
        password = os.environ.get("DEMO_PASSWORD") or "demo-board"
        names = "chair, surgeon, oncologist, radiologist, pathologist, coordinator, ruleadmin, approver, viewer, admin"
        _say(f"demo accounts: {names}")
        _say(f"their password: {password}")
    _say("Not certified as a medical device; not for decisions on real patients. Ctrl-C stops everything.")


def main() -> int:
    """Run the board until it is told to stop."""
    host, port = _address()
    os.chdir(Path(__file__).resolve().parent.parent)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    with _alone(), embedded_servers():
        _refuse_taken(host, port)
        _prepare()
        if stop.is_set():
            return 0
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        children = _children(host, port)
        with _running(children):
            ready, deadline = False, time.monotonic() + READY_SECONDS
            while not stop.wait(0.5):
                for child in children:
                    child.watch()
                if not ready and _ready(url):
                    ready = True
                    _announce(url)
                if not ready and time.monotonic() > deadline:
                    _say(f"not ready after {READY_SECONDS:.0f} s; see {LOGS}")
                    deadline = float("inf")
    _say("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
