"""What a monitor sees of the board, and who may look."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import User
from meetings import metrics, services
from meetings.models import ClockCheck, Meeting, Notice, Reassessment
from meetings.tasks import beat
from meetings.upkeep import reconcile
from patients.models import Staging
from patients.services import start_line
from tests.meetings.conftest import UNRESECTABLE, day

pytestmark = pytest.mark.django_db
TOKEN = "a token of a monitor"


def scraped(client: Client, **headers: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by its name and labels."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def value(client: Client, name: str, **labels: str) -> float:
    return scraped(client)[(f"crlm_board_{name}", tuple(sorted(labels.items())))]


@pytest.fixture
def decided(
    make_case: Callable[..., Staging], oncologist: User, coordinator: User, chair: User, meeting: Meeting
) -> Staging:
    """A patient whose window was decided today, in time or not as the calendar has it."""
    staging = make_case("C-1", UNRESECTABLE, date=day(-80))
    start_line(by=oncologist, patient=staging.patient, actual_start=day(-75), cycle_length_days=14)
    restaging = {**UNRESECTABLE, "imaging": {"restaging_date": day(-4).isoformat()}}
    restaged = make_case("C-1", restaging, date=day(-3))
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=restaged)
    services.record_decision(
        by=chair,
        item=item,
        expected_revision=0,
        outcome="supportive",
        rationale="Asked for comfort",
        deviation_reason="other",
    )
    return staging


def test_open_windows_are_counted_by_state_and_those_overdue_with_nothing_booked_apart(
    client: Client, make_case: Callable[..., Staging], oncologist: User, coordinator: User
) -> None:
    for case_id, started in (("A", 5), ("B", 100), ("C", 120)):
        staging = make_case(case_id, UNRESECTABLE, date=day(-130))
        start_line(by=oncologist, patient=staging.patient, actual_start=day(-started), cycle_length_days=14)
    assert value(client, "open_windows", state="overdue") == 2
    assert value(client, "open_windows", state="later") == 1
    assert value(client, "open_windows", state="due") == 0
    assert value(client, "overdue_nothing_booked") == 2
    row = Reassessment.objects.get(patient__case_id="B")
    services.book(by=coordinator, reassessment=row, scan_on=day(2), modality="MRI")
    assert value(client, "overdue_nothing_booked") == 1
    services.record_scan(by=coordinator, reassessment=row, date=day(-1))
    assert value(client, "overdue_nothing_booked") == 2


def test_the_miss_rate_is_told_as_numerator_and_denominator(
    client: Client, decided: Staging, make_case: Callable[..., Staging], oncologist: User
) -> None:
    late = make_case("C-2", UNRESECTABLE, date=day(-130))
    start_line(by=oncologist, patient=late.patient, actual_start=day(-120))
    assert (value(client, "windows_missed"), value(client, "windows_counted")) == (1, 2)
    row = Reassessment.objects.get(ending="decided")
    took = (day(0) - row.due_from).days
    assert value(client, "days_to_board_count") == 1
    assert value(client, "days_to_board_sum") == took
    assert value(client, "days_to_board_bucket", le="+Inf") == 1
    assert value(client, "days_to_board_bucket", le="0.0") == (took <= 0)


def test_notices_and_assessments_that_wait_or_failed_are_counted(
    client: Client, coordinator: User, make_case: Callable[..., Staging]
) -> None:
    make_case("C-1", assess=False)
    Notice.objects.create(
        kind="digest", key="x", recipient=coordinator, day=day(0), address="a@b.org", subject="s", text="t",
        html="h", state="failed", next_attempt_at=timezone.now(),
    )  # fmt: skip
    assert value(client, "notices", state="failed") == 1
    assert value(client, "notices", state="unclear") == 0
    assert value(client, "assessment_jobs", state="queued") == 1
    assert value(client, "assessment_jobs", state="failed") == 0


def test_the_age_of_the_last_check_and_what_it_left_undone_are_told(client: Client) -> None:
    assert not any("clock_check" in name for name, _ in scraped(client))
    reconcile(timezone.now() - datetime.timedelta(hours=2))
    ClockCheck.objects.update(missing=[{"patient": 1, "case_id": "C-1", "why": "", "mended": False}])
    assert 7200 <= value(client, "clock_check_age_seconds") < 7260
    assert value(client, "clock_check_missing") == 1
    assert value(client, "clock_check_not_mended") == 1


def test_the_last_beat_is_told_and_nothing_is_made_up_without_one(client: Client) -> None:
    cache.clear()
    assert not any("beat" in name for name, _ in scraped(client))
    beat()
    assert 0 <= value(client, "beat_age_seconds") < 60


def test_nothing_identifies_anybody(client: Client, decided: Staging) -> None:
    reconcile(timezone.now())
    body = client.get("/metrics").content.decode()
    assert "C-1" not in body
    assert "Northgate" not in body
    assert {name for _, labels in scraped(client) for name, _ in labels} == {"state", "le"}


@pytest.mark.parametrize(
    "request_of",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=192.0.2.7"},
    ],
)
def test_without_a_token_only_this_machine_is_answered(client: Client, request_of: dict[str, Any]) -> None:
    assert client.get("/metrics", **request_of).status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200


def test_behind_a_proxy_no_address_counts_as_this_machine(client: Client, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert client.get("/metrics").status_code == 404


def test_with_a_token_it_is_needed_from_everywhere(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    for wrong in (
        {},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": TOKEN},
    ):
        refused = client.get("/metrics", headers=wrong)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert scraped(client, Authorization=f"Bearer {TOKEN}")
    far = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, REMOTE_ADDR="192.0.2.7")
    assert far.status_code == 200


def test_a_database_that_is_away_is_503_and_not_zeros(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(metrics, "board_windows", away)
    assert client.get("/metrics").status_code == 503


def test_it_is_only_read(client: Client) -> None:
    assert client.post("/metrics").status_code == 405
