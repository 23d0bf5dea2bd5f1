"""Alive, ready, and closed to what browsers should not be allowed."""

import pytest
from django.test import Client, override_settings

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def test_alive_and_ready_when_database_and_broker_answer(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ok", "database": "ok", "broker": "ok"}


@override_settings(REDIS_URL="redis://127.0.0.1:1/0")
def test_without_a_broker_it_says_so_in_plain_words(client: Client) -> None:
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert (
        ready.json()["broker"] == "The broker does not answer: pages work, assessments wait until it is back."
    )


def test_pages_carry_a_strict_policy_and_cannot_be_framed(client: Client) -> None:
    page = client.get("/accounts/login/")
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self'" in policy
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_the_api_describes_itself_and_answers_errors_as_problem_json(client: Client) -> None:
    assert client.get("/api/schema/", headers={"Accept": "application/json"}).status_code in (200, 401, 403)
    refused = client.post("/api/assess", data="{}", content_type="application/json")
    assert refused.status_code == 401
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    schema = client.get("/api/case.schema.json")
    assert schema.status_code == 200
    assert schema.json()["title"] == "Case document (crlm-case/1)"
