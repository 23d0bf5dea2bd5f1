"""`make run` in small: everything starts, what dies comes back, nothing stays behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.services, pytest.mark.xdist_group("board")]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE:.0f} s in vain for: {what}"
        time.sleep(0.2)


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def processes(mark: str) -> dict[int, str]:
    """Every process whose environment or command line carries `mark`."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            about = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if mark.encode() in about and int(entry.name) != os.getpid():
            found[int(entry.name)] = command_line(int(entry.name))
    return found


class Board:
    """A supervisor with embedded servers of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.mark = str(folder)
        self.log = folder / "output"
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp"), "CRLM_VAR": str(folder / "var"),
            "PORT": str(self.port), "DEMO": "0",
        }  # fmt: skip
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "crlm_board.supervise"],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def ready(self) -> bool:
        assert self.process.poll() is None, self.said
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def children(self, part: str) -> list[int]:
        return [pid for pid, command in processes(self.mark).items() if part in command]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    if not sys.platform.startswith("linux"):
        pytest.skip("processes are looked up in /proc")
    folder = tmp_path_factory.mktemp("board")
    # PostgreSQL refuses to run as root and works as another user, who must reach the folder.
    for parent in (folder, *folder.parents):
        if parent == Path("/tmp"):
            break
        parent.chmod(0o755)
    running = Board(folder)
    try:
        until(running.ready, "an answer of the board")
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        for pid in processes(running.mark):
            os.kill(pid, signal.SIGKILL)


def test_it_prints_its_address_once_it_can_answer(board: Board) -> None:
    until(lambda: "CRLM Board is ready" in board.said, "the address")
    assert f"http://127.0.0.1:{board.port}/" in board.said


@pytest.mark.parametrize("part", ["uvicorn", "celery --app crlm_board --quiet worker", "beat"])
def test_a_part_that_is_killed_comes_back(board: Board, part: str) -> None:
    until(lambda: board.children(part), f"{part} to run")
    before = set(board.children(part))
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: set(board.children(part)) - before, f"{part} to come back")
    until(board.ready, "an answer after that")


def test_a_second_board_of_the_same_data_says_that_one_runs(board: Board) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "crlm_board.supervise"],
        cwd=ROOT, env={**board.environment, "PORT": str(free_port())}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert second.returncode != 0
    assert "runs already" in second.stderr


def test_a_port_that_is_taken_is_told(board: Board, tmp_path: Path) -> None:
    environment = {
        **board.environment,
        "CRLM_VAR": str(tmp_path),
        "DATABASE_URL": "postgres://x@127.0.0.1:1/x",
    }
    second = subprocess.run(
        [sys.executable, "-m", "crlm_board.supervise"],
        cwd=ROOT, env={**environment, "REDIS_URL": "redis://127.0.0.1:1/0"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert second.returncode != 0
    assert re.search(rf"127\.0\.0\.1:{board.port} cannot be used", second.stderr)


def test_stopping_it_leaves_no_process_behind(board: Board) -> None:
    board.process.send_signal(signal.SIGINT)
    board.process.wait(PATIENCE)
    assert board.process.returncode == 0, board.said
    until(lambda: not processes(board.mark), f"the end of {processes(board.mark)}")
