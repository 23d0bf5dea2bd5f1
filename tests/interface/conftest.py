"""A browser, and a signed-in member of staff."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from accounts.models import User
from tests.plugins.servers import chromium


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


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_user(
        "vera", password="a long enough password", is_staff=True, first_name="Vera"
    )


@pytest.fixture
def new_context(browser: Browser, live_server: Any, transactional_db: None) -> Iterator[Any]:
    """Makes browser contexts that are signed in as a member of staff;
    options as for `Browser.new_context`.
    """
    contexts: list[BrowserContext] = []
    user = User.objects.create_user("vera", is_staff=True, first_name="Vera", last_name="Holm")
    client = Client()
    client.force_login(user)
    cookie = client.cookies["sessionid"].value

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(base_url=live_server.url, **options)
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
