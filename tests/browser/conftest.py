"""People who sign in with a real browser."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from accounts.models import Centre, User

PASSWORD = "a long enough password"
SignIn = Callable[..., Page]


@pytest.fixture
def people(transactional_db: None) -> dict[str, User]:
    """A centre with a coordinator, a chair, an oncologist and a viewer."""
    north = Centre.objects.create(code="north", name="Northgate")
    described: dict[str, dict[str, Any]] = {
        "joan": {"roles": ["coordinator"], "first_name": "Joan", "last_name": "Farrow"},
        "helen": {"roles": ["chair", "member"], "first_name": "Helen", "discipline": "hpb_surgeon"},
        "omar": {"roles": ["member"], "first_name": "Omar", "discipline": "medical_oncologist"},
        "sam": {"roles": ["viewer"], "first_name": "Sam"},
    }
    found = {}
    for name, columns in described.items():
        found[name] = User.objects.create_user(name, password=PASSWORD, **columns)
        found[name].centres.add(north)
    return found


@pytest.fixture
def sign_in(browser: Browser, live_server: Any, people: dict[str, User]) -> Iterator[SignIn]:
    """Sign in by the form, in a browser context of one's own; options as for `Browser.new_context`.

    Every complaint of the browser (console errors, exceptions) fails the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def sign(name: str, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_load_state()
        return page

    yield sign
    for context in contexts:
        context.close()
    # A refused input answers 422 by design, which the browser notes as an error.
    assert [text for text in complaints if "422" not in text] == []
