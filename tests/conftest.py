"""What all tests share."""

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Browser, sync_playwright

from tests.plugins.servers import chromium
from tests.plugins.web import start_web
from tests.plugins.workers import start_worker

__all__ = ["browser", "plain_http", "start_web", "start_worker"]


@pytest.fixture(autouse=True, scope="session")
def plain_http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests speak plain HTTP, read static files from where they lie, and keep their columns to themselves.

    For the whole session, because a live server reads its settings once, when the first test asks for it.
    """
    storages = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(
        SECURE_SSL_REDIRECT=False,
        SECURE_HSTS_SECONDS=0,
        SESSION_COOKIE_SECURE=False,
        CSRF_COOKIE_SECURE=False,
        STORAGES=storages,
        FACT_STORE=tmp_path_factory.mktemp("facts"),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright’s loop runs in this thread: Django would take it for asynchronous code and refuse to read.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
        )
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Figures that a test has recorded stand at the end of the log, also when all is well."""
    for report in [*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])]:
        figures = [(name, value) for name, value in report.user_properties if name.startswith("figure: ")]
        if figures and report.when == "call":
            terminalreporter.section(report.nodeid.split("::")[-1].replace("_", " "))
        for name, value in figures if report.when == "call" else ():
            terminalreporter.write_line(f"{name.removeprefix('figure: ')}: {value}")
