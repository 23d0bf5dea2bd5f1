"""The case page: what was staged, what the engine says of it, and what changed."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from decisions.documents import import_documents
from decisions.engine.thresholds import default
from decisions.models import Assessment, AssessmentJob, RulebookVersion
from decisions.rulebooks import current_rulebook
from decisions.services import amend_case, run_assessment, stage_case
from patients.models import RecordAccess, Staging
from patients.services import record_fact
from tests.decisions.conftest import VIGNETTES, day, document

pytestmark = pytest.mark.django_db
CASE: dict[str, Any] = next(item["case"] for item in VIGNETTES if item["id"] == "W1")


@pytest.fixture
def staging(coordinator: User) -> Staging:
    case = {**CASE, "case": {**CASE["case"], "id": "2026-001"}}
    assert import_documents(by=coordinator, documents=[case], stage=True).refused == []
    return Staging.objects.get()


@pytest.fixture
def assessed(staging: Staging) -> Staging:
    run_assessment(staging.versions.get().jobs.get().pk)
    return staging


@pytest.fixture
def as_coordinator(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def page(client: Client, staging: Staging, **query: Any) -> str:
    answer = client.get(reverse("decisions:staging", args=[staging.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def newer_rulebook(**changes: float) -> RulebookVersion:
    first, changed = current_rulebook(), default().override(changes)
    return RulebookVersion.objects.create(
        number=first.number + 1, hash=changed.hash, thresholds=changed.values(), valid_from=first.valid_from,
        reason="Local audit",
    )  # fmt: skip


def test_every_definition_stands_with_its_verdict_source_and_trace(
    as_coordinator: Client, assessed: Staging
) -> None:
    shown = page(as_coordinator, assessed)
    for number in range(1, 15):
        assert f'id="D{number:02d}"' in shown
    for heading in ("Missing, most useful first", "Scores", "Reassessment", "Course", "Lesions", "Facts"):
        assert heading in shown
    assert "Trace of Adam 2012" in shown
    assert "ADAM_FLR_MIN" in shown


def test_reading_the_page_is_logged(as_coordinator: Client, coordinator: User, assessed: Staging) -> None:
    page(as_coordinator, assessed)
    assert RecordAccess.objects.filter(user=coordinator, patient=assessed.patient).exists()


def test_queued_failed_and_done_are_told_and_a_failed_one_can_be_asked_for_again(
    as_coordinator: Client, staging: Staging
) -> None:
    assert "waits for its turn" in page(as_coordinator, staging)
    AssessmentJob.objects.update(
        state="failed", error="The engine could not finish: out of memory", finished_at=timezone.now()
    )
    shown = page(as_coordinator, staging)
    assert "out of memory" in shown
    assert "Ask for it again" in shown
    as_coordinator.post(reverse("decisions:assess_again", args=[staging.pk]))
    assert AssessmentJob.objects.get().state == "queued"


def test_an_assessment_under_an_earlier_rulebook_says_so_and_the_new_one_shows_what_changed(
    as_coordinator: Client, assessed: Staging
) -> None:
    assert "is in force" not in page(as_coordinator, assessed)
    newer_rulebook(ADAM_FLR_MIN=50, ESMO_FLR_GT=50)
    shown = page(as_coordinator, assessed)
    assert "rulebook 2 is in force" in shown
    as_coordinator.post(reverse("decisions:assess_again", args=[assessed.pk]))
    assert "being assessed again" in page(as_coordinator, assessed)
    run_assessment(AssessmentJob.objects.latest("pk").pk)
    shown = page(as_coordinator, assessed)
    assert "is in force" not in shown
    assert "Since rulebook 1" in shown
    assert Assessment.objects.count() == 2


def test_an_amendment_keeps_the_old_version_readable_and_says_what_changed(
    as_coordinator: Client, coordinator: User, assessed: Staging
) -> None:
    amend_case(by=coordinator, staging=assessed, reason="second reading of the MRI")
    record_fact(by=coordinator, staging=assessed, name="liver.lesion_count", value=9)
    version = stage_case(by=coordinator, staging=assessed)
    run_assessment(version.jobs.get().pk)
    shown = page(as_coordinator, assessed)
    assert "second reading of the MRI" in shown
    assert "What changed" in shown
    assert "This version was superseded" in page(as_coordinator, assessed, version=1)
    assert (
        as_coordinator.get(reverse("decisions:staging", args=[assessed.pk]), {"version": "7"}).status_code
        == 404
    )


def test_a_later_staging_shows_what_the_engine_says_otherwise(
    as_coordinator: Client, coordinator: User
) -> None:
    many = {"lesion_count": 12, "max_diameter_mm": 60}
    few = {"lesion_count": 2, "max_diameter_mm": 20}
    for when, liver in ((day(-90), many), (day(-1), few)):
        import_documents(by=coordinator, documents=[document(when=when.isoformat(), liver=liver)], stage=True)
    for job in AssessmentJob.objects.all():
        run_assessment(job.pk)
    shown = page(as_coordinator, Staging.objects.latest("date"))
    assert "H-stage" in shown
    assert "that staging" in shown


def test_a_small_remnant_without_a_technical_assessment_is_not_called_unresectable(
    as_coordinator: Client, coordinator: User
) -> None:
    facts: dict[str, Any] = {
        "liver": {"lesion_count": 3, "background": "normal"},
        "volumetry": {"flr_pct": 12},
    }
    import_documents(by=coordinator, documents=[document(**facts)], stage=True)
    run_assessment(AssessmentJob.objects.get().pk)
    shown = page(as_coordinator, Staging.objects.get())
    assert "remnant too small, technique open" in shown
    assert Assessment.objects.get().result["liver_class"] == "unresectable"


def test_results_that_contradict_each_other_put_the_repeat_test_first(
    as_coordinator: Client, coordinator: User
) -> None:
    facts = {"molecular": {"msi": "MSI-H", "mmr": "pMMR"}, "liver": {"lesion_count": 3}}
    import_documents(by=coordinator, documents=[document(**facts)], stage=True)
    run_assessment(AssessmentJob.objects.get().pk)
    asks = page(as_coordinator, Staging.objects.get()).split("Missing, most useful first")[1]
    assert asks.index("Repeat test of MSI and MMR") < asks.index("Could settle")


def test_the_dates_that_the_sources_ask_to_keep_stand_with_who_keeps_them(
    as_coordinator: Client, coordinator: User
) -> None:
    facts = {"volumetry": {"hypertrophy_procedure": "PVE", "hypertrophy_date": "2026-01-05"}}
    import_documents(by=coordinator, documents=[document(**facts)], stage=True)
    run_assessment(AssessmentJob.objects.get().pk)
    shown = page(as_coordinator, Staging.objects.get())
    assert "Dates to keep" in shown
    assert "2 Feb – 2 Mar 2026" in shown
