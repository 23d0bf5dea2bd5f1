"""The nightly proof: whoever must be on the clock and is not is found, listed, and put back."""

import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from meetings import services, upkeep
from meetings.models import ClockCheck, Meeting, Reassessment
from meetings.tasks import reconcile_clock
from meetings.upkeep import reconcile
from patients.models import Patient, Staging, TreatmentLine
from patients.services import end_line, start_line, update_patient
from tests.meetings.conftest import RESECTABLE, UNRESECTABLE, day

pytestmark = pytest.mark.django_db
FOLFOX = {"regimen": "FOLFOX", "drugs": "bevacizumab", "intent": "conversion", "cycle_length_days": 14}
NEXT = {"kind": "systemic", "detail": "FOLFIRI + cetuximab", "planned_start": day(3), "cycle_length_days": 14}
Cases = Callable[..., Staging]


@pytest.fixture
def under_therapy(make_case: Cases, oncologist: User) -> Cases:
    def make(case_id: str, started: int = 30, *, blocks: dict[str, Any] = UNRESECTABLE) -> Staging:
        staging = make_case(case_id, blocks, date=day(-started))
        start_line(by=oncologist, patient=staging.patient, actual_start=day(-started), **FOLFOX)
        return staging

    return make


@pytest.fixture
def decide(coordinator: User, chair: User, meeting: Meeting) -> Callable[..., None]:
    def record(staging: Staging, outcome: str, *elements: dict[str, Any]) -> None:
        item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=staging)
        services.record_decision(
            by=chair, item=item, expected_revision=0, outcome=outcome, elements=elements,
            deviation_reason="other", rationale="Discussed with the patient",
        )  # fmt: skip

    return record


def check() -> ClockCheck:
    return reconcile(timezone.now())


def missing(found: ClockCheck) -> dict[str, bool]:
    """Case numbers of those who lacked a reminder, and whether they have one now."""
    return {entry["case_id"]: entry["mended"] for entry in found.missing}


def open_for(staging: Staging) -> Reassessment | None:
    return Reassessment.objects.filter(patient=staging.patient, ended_at__isnull=True).first()


def test_nobody_is_missing_from_a_clock_that_was_left_alone(under_therapy: Cases, make_case: Cases) -> None:
    under_therapy("C-1")
    make_case("C-2", RESECTABLE)
    found = check()
    assert (found.on_therapy, found.on_clock, found.missing) == (1, 1, [])


def test_a_window_deleted_by_hand_is_listed_with_the_reason_before_it_is_put_back(
    under_therapy: Cases,
) -> None:
    staging = under_therapy("C-1")
    Reassessment.objects.all().delete()
    found = check()
    assert (found.on_therapy, found.on_clock, found.opened) == (1, 0, 1)
    assert missing(found) == {"C-1": True}
    assert "systemic therapy since" in found.missing[0]["why"]
    assert "the liver is not resectable" in found.missing[0]["why"]
    assert "an open reminder was deleted" in found.missing[0]["why"]
    assert open_for(staging) is not None
    assert check().missing == []


def test_a_window_deleted_past_the_program_is_found(under_therapy: Cases) -> None:
    under_therapy("C-1")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM meetings_reassessment")
    assert missing(check()) == {"C-1": True}


def test_a_window_that_only_the_staged_case_accounts_for_is_found(make_case: Cases) -> None:
    stated = {"treatment": {"current_start_date": day(-30).isoformat(), "cycle_length_days": 21}}
    make_case("C-1", {**UNRESECTABLE, **stated})
    Reassessment.objects.all().delete()
    assert missing(check()) == {"C-1": True}


def test_a_window_awaiting_its_start_is_found_from_the_decision(
    make_case: Cases, decide: Callable[..., None]
) -> None:
    staging = make_case("C-1", UNRESECTABLE)
    decide(staging, "conversion", NEXT)
    assert check().missing == []
    Reassessment.objects.all().delete()
    found = check()
    assert missing(found) == {"C-1": True}
    assert "the board decided for systemic therapy" in found.missing[0]["why"]
    row = open_for(staging)
    assert row is not None
    assert row.planned_start == day(3)


def test_the_window_that_a_decision_to_continue_opened_is_found(
    under_therapy: Cases, make_case: Cases, decide: Callable[..., None]
) -> None:
    under_therapy("C-1", 75)
    restaging = {**UNRESECTABLE, "imaging": {"restaging_date": day(-4).isoformat()}}
    staging = make_case("C-1", restaging, date=day(-3))
    decide(staging, "continue", {"kind": "systemic", "detail": "goes on"})
    assert check().missing == []
    Reassessment.objects.filter(ended_at__isnull=True).delete()
    assert missing(check()) == {"C-1": True}
    assert open_for(staging) is not None


def test_a_window_ended_by_hand_as_superseded_by_nothing_is_found(under_therapy: Cases, chair: User) -> None:
    under_therapy("C-1")
    Reassessment.objects.update(ending="superseded", ended_at=timezone.now(), ended_by=chair)
    assert list(missing(check())) == ["C-1"]


def test_a_line_written_past_the_services_is_found(make_case: Cases, oncologist: User) -> None:
    staging = make_case("C-1", UNRESECTABLE)
    TreatmentLine.objects.bulk_create(
        [
            TreatmentLine(
                patient=staging.patient, number=1, actual_start=day(-9), start_confirmed_by=oncologist
            )
        ]
    )
    assert missing(check()) == {"C-1": True}


def test_therapy_without_any_staged_case_is_listed_because_nobody_knows_the_liver(
    make_case: Cases, oncologist: User
) -> None:
    staging = make_case("C-1", UNRESECTABLE)
    other = Patient.objects.create(case_id="C-2", centre=staging.patient.centre)
    start_line(by=oncologist, patient=other, actual_start=day(-9), **FOLFOX)
    found = check()
    assert missing(found) == {"C-2": False}
    assert "nobody knows whether the liver is resectable" in found.missing[0]["why"]


def test_a_reminder_deleted_after_the_therapy_was_stopped_is_known_from_the_audit_trail(
    under_therapy: Cases, oncologist: User
) -> None:
    staging = under_therapy("C-1")
    line = staging.patient.treatment_lines.get()
    end_line(by=oncologist, line=line, ended_on=day(-1), reason="Toxicity")
    assert check().missing == []
    Reassessment.objects.all().delete()
    found = check()
    assert [entry["why"] for entry in found.missing] == [f"an open reminder was deleted on {_today()}"]


def _today() -> str:
    from patients.wording import day as in_words

    return in_words(timezone.localdate())


def test_a_patient_who_came_back_after_a_transfer_is_listed_until_a_reminder_is_open(
    under_therapy: Cases, coordinator: User
) -> None:
    staging = under_therapy("C-1")
    update_patient(
        by=coordinator, patient=staging.patient, vital_status="transferred", vital_status_on=day(-1)
    )
    assert check().missing == []
    update_patient(by=coordinator, patient=staging.patient, vital_status="alive", vital_status_on=None)
    if open_for(staging) is None:
        assert list(missing(check())) == ["C-1"]


@pytest.mark.parametrize("left", ["died", "not needed", "decided", "ended", "adjuvant"])
def test_who_has_left_the_clock_for_good_is_not_missing(
    left: str,
    under_therapy: Cases,
    make_case: Cases,
    decide: Callable[..., None],
    coordinator: User,
    oncologist: User,
) -> None:
    if left == "adjuvant":
        staging = make_case("C-1", UNRESECTABLE)
        start_line(
            by=oncologist, patient=staging.patient, actual_start=day(-9), **{**FOLFOX, "intent": "adjuvant"}
        )
    else:
        staging = under_therapy("C-1", 75)
    patient = staging.patient
    if left == "died":
        update_patient(by=coordinator, patient=patient, vital_status="deceased", vital_status_on=day(-1))
    if left == "not needed":
        row = open_for(staging)
        assert row is not None
        services.mark_not_needed(by=coordinator, reassessment=row, reason="Treated elsewhere")
    if left in ("decided", "ended"):
        restaging = {**UNRESECTABLE, "imaging": {"restaging_date": day(-4).isoformat()}}
        decide(make_case("C-1", restaging, date=day(-3)), "supportive")
    if left == "ended":
        end_line(
            by=oncologist, line=patient.treatment_lines.get(), ended_on=day(-1), reason="Best supportive care"
        )
    assert open_for(staging) is None
    found = check()
    assert (found.on_therapy, found.missing) == (0, [])


def test_a_palliative_decision_takes_off_with_a_reason_until_a_newer_staging_asks_again(
    make_case: Cases, decide: Callable[..., None], oncologist: User
) -> None:
    staging = make_case("C-1", UNRESECTABLE, date=day(-9))
    decide(staging, "palliative", {"kind": "systemic", "detail": "5FU"})
    Reassessment.objects.all().delete()
    start_line(
        by=oncologist, patient=staging.patient, actual_start=day(-2), **{**FOLFOX, "intent": "palliative"}
    )
    Reassessment.objects.all().delete()
    assert "systemic therapy" not in " ".join(entry["why"] for entry in check().missing)
    make_case("C-1", UNRESECTABLE, date=day(2))
    Reassessment.objects.all().delete()
    assert "systemic therapy since" in check().missing[0]["why"]


def test_a_decision_to_continue_asks_for_the_next_window_also_where_nobody_wrote_down_the_therapy(
    under_therapy: Cases, make_case: Cases, decide: Callable[..., None]
) -> None:
    under_therapy("C-1", 75)
    restaging = {**UNRESECTABLE, "imaging": {"restaging_date": day(-4).isoformat()}}
    staging = make_case("C-1", restaging, date=day(-3))
    decide(staging, "continue")
    if open_for(staging) is None:
        assert list(missing(check())) == ["C-1"]


def test_a_new_line_after_the_board_had_ended_the_last_puts_the_patient_back_on_duty(
    under_therapy: Cases, make_case: Cases, decide: Callable[..., None], oncologist: User
) -> None:
    staging = under_therapy("C-1", 75)
    restaging = {**UNRESECTABLE, "imaging": {"restaging_date": day(-4).isoformat()}}
    decide(make_case("C-1", restaging, date=day(-3)), "resection")
    line = staging.patient.treatment_lines.get()
    end_line(by=oncologist, line=line, ended_on=day(-2), reason="Progression")
    start_line(by=oncologist, patient=staging.patient, actual_start=day(-1), **FOLFOX)
    assert (check().on_therapy, check().missing) == (1, [])
    Reassessment.objects.filter(ended_at__isnull=True).delete()
    assert missing(check()) == {"C-1": True}


def test_a_check_that_is_killed_half_way_has_said_what_it_found_and_the_next_one_goes_on(
    under_therapy: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging = under_therapy("C-1")
    Reassessment.objects.all().delete()

    def killed() -> dict[str, int]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(upkeep, "refresh", killed)
        with pytest.raises(KeyboardInterrupt):
            check()
    assert missing(ClockCheck.objects.get()) == {"C-1": False}
    assert missing(check()) == {"C-1": True}
    assert open_for(staging) is not None


def test_running_twice_changes_nothing_but_adds_the_second_check(under_therapy: Cases) -> None:
    under_therapy("C-1")
    reconcile_clock()
    before = list(Reassessment.objects.values())
    assert reconcile_clock() == 0
    assert list(Reassessment.objects.values()) == before
    assert ClockCheck.objects.count() == 2


def test_the_check_carries_the_hour_it_was_asked_for(db: None) -> None:
    now = datetime.datetime(2026, 3, 29, 3, 0, tzinfo=datetime.UTC)
    assert reconcile(now).ran_at == now
    assert ClockCheck.objects.get().ran_at == now


def test_the_command_ends_with_1_when_somebody_was_missing_and_with_0_when_nobody_was(
    under_therapy: Cases, capsys: pytest.CaptureFixture[str]
) -> None:
    under_therapy("C-1")
    Reassessment.objects.all().delete()
    with pytest.raises(SystemExit) as ended:
        call_command("reconcile", "--json")
    assert ended.value.code == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["on_therapy"], report["on_clock"], report["opened"]) == (1, 0, 1)
    assert [entry["case_id"] for entry in report["missing"]] == ["C-1"]
    call_command("reconcile", "--json")
    assert json.loads(capsys.readouterr().out)["missing"] == []
    call_command("reconcile")
    assert "1 must be on the clock, 1 were, 0 were missing" in capsys.readouterr().out


def test_a_dry_run_tells_who_is_missing_and_changes_nothing(
    under_therapy: Cases, capsys: pytest.CaptureFixture[str]
) -> None:
    under_therapy("C-1")
    Reassessment.objects.all().delete()
    with pytest.raises(SystemExit):
        call_command("reconcile", "--dry-run")
    assert "C-1: systemic therapy since" in capsys.readouterr().out
    assert not Reassessment.objects.exists()
    assert not ClockCheck.objects.exists()
