"""A signed-in member of staff."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext

from accounts.models import User


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
