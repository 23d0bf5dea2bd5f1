"""Servers and a browser for the test run; loaded before Django reads its settings.

PostgreSQL and Redis are those of DATABASE_URL and REDIS_URL, else embedded ones in a temporary folder.
What cannot be run is named in the last lines; with CI=true it fails the run instead.
"""

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

IN_CI = os.environ.get("CI", "").lower() == "true"
_stack = contextlib.ExitStack()
_left_out: list[str] = []


def chromium() -> str | None:
    """The path of a Chromium: the system's, or one that Playwright has downloaded."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found:
            return found
    caches = (Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright")
    for cache in caches:
        for found_path in sorted(cache.glob("chromium-*/chrome-*/chrome*")):
            if os.access(found_path, os.X_OK) and found_path.is_file():
                return str(found_path)
    return None


def _prepare() -> None:
    os.environ.update({"DEMO": "0", "DEBUG": "0", "EMAIL_URL": "memorymail://", "TIME_ZONE": "UTC"})
    os.environ.setdefault("SECRET_KEY", "only-for-tests")
    os.environ["ALLOWED_HOSTS"] = "127.0.0.1,localhost,testserver"
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        folder = _stack.enter_context(tempfile.TemporaryDirectory(prefix="crlm-", ignore_cleanup_errors=True))
        Path(folder).chmod(0o755)
        os.environ["CRLM_VAR"] = folder
        sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
        from crlm_board.embedded import embedded_servers

        _stack.enter_context(embedded_servers())
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker.startswith("gw"):
        # Each worker has a Redis database of its own, as pytest-django gives it a database of its own.
        address, _, number = os.environ["REDIS_URL"].rpartition("/")
        os.environ["REDIS_URL"] = f"{address}/{(int(number or 0) + 1 + int(worker[2:])) % 16}"


_prepare()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    browser_tests = [item for item in items if item.get_closest_marker("browser")]
    if browser_tests and chromium() is None:
        if IN_CI:
            pytest.exit("No Chromium was found, and with CI=true the browser tests may not be left out.", 1)
        for item in browser_tests:
            item.add_marker(pytest.mark.skip(reason="no Chromium"))
        _left_out.append(f"{len(browser_tests)} browser tests: no Chromium was found")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _left_out.append(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")
    for line in dict.fromkeys(_left_out):
        terminalreporter.write_line(f"left out: {line}", yellow=True)


def pytest_unconfigure() -> None:
    _stack.close()
