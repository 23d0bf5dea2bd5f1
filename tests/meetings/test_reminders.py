"""Dated reminders: they follow their trigger, end by the event they ask for, and never vanish."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Centre, User
from decisions.engine.calendar import add_months
from decisions.models import RulebookVersion
from decisions.rulebooks import current_rulebook
from meetings import services
from meetings.models import Meeting, Reminder
from meetings.reminders import open_notes, open_reminders, own_first, reminders_of
from meetings.tasks import sync_all_reminders
from patients.models import Patient, Procedure, Staging
from patients.services import (
    add_procedure,
    add_study,
    add_volumetry,
    correct_procedure,
    end_line,
    record_cycle,
    record_patient_facts,
    remove_row,
    remove_treatment_row,
    start_line,
    update_patient,
    withdraw_staging,
)
from tests.meetings.conftest import RESECTABLE, UNRESECTABLE, day

pytestmark = pytest.mark.django_db
FOLFOX = {"regimen": "FOLFOX", "intent": "conversion", "cycle_length_days": 14}
TWELVE = datetime.timedelta(hours=12)


def rows(patient: Patient, timeline: str) -> list[Reminder]:
    return list(Reminder.objects.filter(patient=patient, timeline=timeline).order_by("pk"))


def only(patient: Patient, timeline: str) -> Reminder:
    found = rows(patient, timeline)
    assert len(found) == 1, found
    return found[0]


def stored() -> list[Any]:
    return list(Reminder.objects.order_by("pk").values())


@pytest.fixture
def embolised(make_case: Callable[..., Staging], coordinator: User) -> Procedure:
    """A staged patient whose portal vein was embolised five weeks ago."""
    staging = make_case("R-1", UNRESECTABLE)
    return add_procedure(by=coordinator, patient=staging.patient, kind="PVE", done_on=day(-35))


def decide(chair: User, coordinator: User, staging: Staging, meeting: Meeting, outcome: str) -> None:
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=staging)
    services.record_decision(
        by=chair, item=item, expected_revision=0, outcome=outcome, deviation_reason="comorbidity"
    )


# ------------------------------------------------------------------------------ they follow what they hang on
def test_a_procedure_in_the_record_opens_the_reminder_that_it_asks_for(embolised: Procedure) -> None:
    row = only(embolised.patient, "T-05")
    assert (row.triggered_on, row.window_start, row.window_end) == (day(-35), day(-7), day(21))
    assert (row.recipient, row.occasion, row.note) == ("radiologist", "PVE", False)


def test_a_corrected_day_moves_the_open_reminder_and_opens_no_second(
    embolised: Procedure, coordinator: User
) -> None:
    before = only(embolised.patient, "T-05")
    correct_procedure(by=coordinator, procedure=embolised, done_on=day(-20))
    after = only(embolised.patient, "T-05")
    assert after.pk == before.pk
    assert (after.triggered_on, after.window_start, after.window_end) == (day(-20), day(8), day(36))


def test_an_ended_reminder_stays_what_it_was_when_its_trigger_moves(
    embolised: Procedure, coordinator: User
) -> None:
    add_volumetry(by=coordinator, patient=embolised.patient, date=day(-1), flr_ml=400)
    correct_procedure(by=coordinator, procedure=embolised, done_on=day(-36))
    row = only(embolised.patient, "T-05")
    assert (row.ending, row.triggered_on) == ("done", day(-35))


def test_a_changed_threshold_moves_what_is_open(embolised: Procedure, coordinator: User) -> None:
    rulebook = current_rulebook()
    changed = {**rulebook.thresholds, "PVE_VOLUMETRY_WEEKS_MAX": 9}
    RulebookVersion.objects.create(
        number=rulebook.number + 1, hash="x" * 64, thresholds=changed, valid_from=day(0), reason="Local",
        created_by=coordinator,
    )  # fmt: skip
    assert services.sync_all_reminders()["moved"] == 1
    assert only(embolised.patient, "T-05").window_end == day(-35 + 63)


def test_a_line_confirmed_later_moves_its_reminders_and_a_next_line_has_its_own(
    make_case: Callable[..., Staging], oncologist: User
) -> None:
    patient = make_case("R-1", UNRESECTABLE).patient
    line = start_line(by=oncologist, patient=patient, actual_start=day(-40), **FOLFOX)
    assert only(patient, "T-04").window_end == day(-40 + 6 * 14)
    assert only(patient, "T-08").window_start == add_months(day(-40), 4)
    end_line(by=oncologist, line=line, ended_on=day(-6), reason="Progression")
    start_line(by=oncologist, patient=patient, actual_start=day(-3), **FOLFOX)
    first, second = rows(patient, "T-04")
    assert (first.occasion, first.ending) == ("line 1", "done")
    assert first.ending_reason.replace("\u00a0", " ").startswith("Line 1 ended on ")
    assert (second.occasion, second.ended_at) == ("line 2", None)
    assert second.window_end == day(-3 + 12 * 14)


def test_facts_of_the_patient_corrected_after_staging_are_followed(
    make_case: Callable[..., Staging], coordinator: User
) -> None:
    patient = make_case("R-1", UNRESECTABLE).patient
    assert rows(patient, "T-10") == []
    values = {"primary.diagnosis_date": day(-200), "primary.resection_date": day(-100)}
    record_patient_facts(by=coordinator, patient=patient, values=values)
    assert only(patient, "T-10").window_start == add_months(day(-100), 12)
    update_patient(by=coordinator, patient=patient, birth_date=add_months(day(30), -12 * 67))
    (birthday, last) = rows(patient, "T-16")
    assert (birthday.window_start, last.window_start) == (day(30), add_months(day(30), 36))


# ------------------------------------------------------------------------------- the event that each asks for
def test_a_volumetry_in_the_window_closes_it_with_words_and_who_recorded_it(
    embolised: Procedure, coordinator: User
) -> None:
    add_volumetry(by=coordinator, patient=embolised.patient, date=day(-8), flr_ml=400)
    assert only(embolised.patient, "T-05").ended_at is None
    add_volumetry(by=coordinator, patient=embolised.patient, date=day(-7), flr_ml=410)
    row = only(embolised.patient, "T-05")
    assert (row.ending, row.ended_by) == ("done", coordinator)
    assert row.ending_reason.startswith("Volumetry of ")


def test_a_volumetry_taken_back_asks_again(embolised: Procedure, coordinator: User) -> None:
    wrong = add_volumetry(by=coordinator, patient=embolised.patient, date=day(-2), flr_ml=400)
    remove_row(by=coordinator, row=wrong)
    ended, again = rows(embolised.patient, "T-05")
    assert (ended.ending, again.ended_at, again.window_start) == ("done", None, day(-7))


@pytest.mark.parametrize(("kind", "timeline"), [("PVL", "T-05"), ("ALPPS", "T-06"), ("LVD", "T-07")])
def test_the_operation_closes_what_asks_for_a_volumetry(
    kind: str, timeline: str, make_case: Callable[..., Staging], coordinator: User
) -> None:
    patient = make_case("R-1", UNRESECTABLE).patient
    add_procedure(by=coordinator, patient=patient, kind=kind, done_on=day(-20))
    assert only(patient, timeline).ended_at is None
    add_procedure(by=coordinator, patient=patient, kind="liver_resection", done_on=day(-2))
    row = only(patient, timeline)
    assert row.ending == "done"
    assert row.ending_reason.startswith("Liver resection of ")


def test_a_decision_of_the_board_closes_what_asks_for_one_and_opens_the_next_look(
    make_case: Callable[..., Staging], oncologist: User, coordinator: User, chair: User, meeting: Meeting
) -> None:
    staging = make_case("R-1", UNRESECTABLE)
    start = add_months(day(0), -5)
    start_line(by=oncologist, patient=staging.patient, actual_start=start, **FOLFOX)
    assert only(staging.patient, "T-09").window_start == add_months(start, 2)
    decide(chair, coordinator, staging, meeting, "continue")
    assert only(staging.patient, "T-08").ending == "done"
    assert only(staging.patient, "T-04").ending == "done"
    first, second = rows(staging.patient, "T-09")
    assert (first.ending, first.ended_by) == ("done", chair)
    held = timezone.localdate(meeting.starts_at)
    assert (second.triggered_on, second.window_start) == (held, add_months(held, 2))


def test_imaging_closes_the_watch_on_vanished_sites_and_opens_the_next(
    make_case: Callable[..., Staging], coordinator: User
) -> None:
    blocks = {**RESECTABLE, "dlm": {"present": True}}
    patient = make_case("R-1", blocks, date=day(-100)).patient
    assert rows(patient, "T-15") == []
    early = day(-100)
    add_study(by=coordinator, patient=patient, date=early, modality="CT")
    add_study(by=coordinator, patient=patient, date=day(-30), modality="CEUS")
    due = only(patient, "T-15")
    assert due.window_start == add_months(early, 3)
    add_study(by=coordinator, patient=patient, date=day(-1), modality="MRI")
    first, second = rows(patient, "T-15")
    assert first.ending == "done"
    assert first.ending_reason.startswith("Imaging of ")
    assert second.window_start == add_months(day(-1), 3)


def test_an_earlier_scan_moves_the_next_look_at_vanished_sites_along(
    make_case: Callable[..., Staging], coordinator: User
) -> None:
    patient = make_case("R-1", {**RESECTABLE, "dlm": {"present": True}}).patient
    add_study(by=coordinator, patient=patient, date=day(-40), modality="CT")
    add_study(by=coordinator, patient=patient, date=day(-10), modality="CT")
    add_study(by=coordinator, patient=patient, date=day(20), modality="CT", booked=True)
    assert only(patient, "T-15").window_start == add_months(day(-10), 3)


def test_a_planned_transplantation_has_its_limit_until_it_is_done_or_not_planned_any_more(
    make_case: Callable[..., Staging], oncologist: User, coordinator: User
) -> None:
    blocks = {**UNRESECTABLE, "lt": {"planned_date": day(30).isoformat()}}
    patient = make_case("R-1", blocks).patient
    other = make_case("R-2", blocks).patient
    for one in (patient, other):
        line = start_line(by=oncologist, patient=one, actual_start=day(-60), **FOLFOX)
        record_cycle(by=oncologist, line=line, number=1, date=day(-60), outcome="given")
        assert only(one, "T-12").window_end == add_months(day(-60), 2)
    add_procedure(by=coordinator, patient=patient, kind="transplant", done_on=day(-1))
    assert only(patient, "T-12").ending_reason.startswith("Liver transplantation of ")
    make_case("R-2", UNRESECTABLE, date=day(-1))
    row = only(other, "T-12")
    assert (row.ending, row.ending_reason) == ("superseded", "No transplantation is planned any more")


def test_adjuvant_capox_ends_with_its_line_and_has_no_limit_of_short_chemotherapy(
    make_case: Callable[..., Staging], oncologist: User
) -> None:
    patient = make_case("R-1", RESECTABLE).patient
    line = start_line(
        by=oncologist, patient=patient, actual_start=day(-80), regimen="CAPOX", intent="adjuvant",
        cycle_length_days=21,
    )  # fmt: skip
    assert only(patient, "T-14").window_start == add_months(day(-80), 3)
    assert rows(patient, "T-04") == []
    end_line(by=oncologist, line=line, ended_on=day(-1), reason="Completed")
    assert only(patient, "T-14").ending == "done"


def test_the_first_discussion_is_asked_for_until_the_board_has_decided(
    make_case: Callable[..., Staging], coordinator: User, chair: User, meeting: Meeting
) -> None:
    found = {**RESECTABLE, "liver": {**RESECTABLE["liver"], "detection_date": day(-20).isoformat()}}
    staging = make_case("R-1", found)
    row = only(staging.patient, "T-17")
    assert (row.window_start, row.window_end, row.recipient) == (day(-20), day(8), "coordinator")
    decide(chair, coordinator, staging, meeting, "resection")
    assert only(staging.patient, "T-17").ending == "done"


def test_a_case_discussed_at_diagnosis_is_not_asked_for_and_one_amended_so_is_done(
    make_case: Callable[..., Staging],
) -> None:
    found = {**RESECTABLE, "liver": {**RESECTABLE["liver"], "detection_date": day(-20).isoformat()}}
    make_case("R-1", {**found, "case": {"mdt_discussed_at_diagnosis": True}})
    assert not Reminder.objects.filter(timeline="T-17").exists()
    patient = make_case("R-2", found).patient
    make_case("R-2", {**found, "case": {"mdt_discussed_at_diagnosis": True}}, date=day(-1))
    row = only(patient, "T-17")
    assert (row.ending, row.ending_reason.startswith("Discussed at diagnosis")) == ("done", True)


def test_the_earliest_operation_after_bevacizumab_ends_with_its_day(
    make_case: Callable[..., Staging], oncologist: User
) -> None:
    blocks = {**RESECTABLE, "plan": {**RESECTABLE["plan"], "surgery_planned": True}}
    patient = make_case("R-1", blocks).patient
    line = start_line(by=oncologist, patient=patient, actual_start=day(-20), drugs="bevacizumab", **FOLFOX)
    record_cycle(by=oncologist, line=line, number=1, date=day(-20), outcome="given")
    assert only(patient, "T-18").window_start == day(-20 + 42)
    with time_machine.travel(timezone.now() + datetime.timedelta(days=22)):
        services.sync_all_reminders()
        assert only(patient, "T-18").ended_at is None
    with time_machine.travel(timezone.now() + datetime.timedelta(days=23)):
        services.sync_all_reminders()
        row = only(patient, "T-18")
        assert (row.ending, row.ended_by) == ("done", None)
        assert row.ending_reason.startswith("The day passed on ")


# ---------------------------------------------------------------------------------------------- notes
def test_ages_and_intervals_are_notes_until_transplantation_is_considered(
    make_case: Callable[..., Staging], coordinator: User, chair: User, meeting: Meeting
) -> None:
    staging = make_case("R-1", UNRESECTABLE)
    patient = staging.patient
    record_patient_facts(by=coordinator, patient=patient, values={"primary.resection_date": day(-100)})
    update_patient(by=coordinator, patient=patient, birth_date=add_months(day(60), -12 * 70))
    assert open_reminders(coordinator, day(0)) == []
    assert {entry.reminder.timeline for entry in open_notes(coordinator, day(0))} == {"T-10", "T-11", "T-16"}
    assert reminders_of(patient, day(0)).transplantation is None
    decide(chair, coordinator, staging, meeting, "transplant")
    asked = open_reminders(coordinator, day(0))
    assert {entry.reminder.timeline for entry in asked} >= {"T-10", "T-11", "T-16"}
    assert open_notes(coordinator, day(0)) == []
    assert reminders_of(patient, day(0)).transplantation is True


def test_the_time_since_oxaliplatin_is_a_note_on_two_dates_and_ends_with_its_day(
    make_case: Callable[..., Staging], coordinator: User
) -> None:
    patient = make_case("R-1", RESECTABLE).patient
    values = {
        "treatment.prior_adjuvant_oxaliplatin": True,
        "treatment.prior_adjuvant_oxaliplatin_end_date": day(-100),
    }
    record_patient_facts(by=coordinator, patient=patient, values=values)
    low, high = sorted(rows(patient, "T-13"), key=lambda row: row.window_start)
    assert (low.occasion, high.occasion, low.note) == ("low", "high", True)
    later = datetime.datetime.combine(low.window_start, datetime.time()) + datetime.timedelta(days=1) + TWELVE
    with time_machine.travel(timezone.make_aware(later)):
        services.sync_all_reminders()
    low, high = sorted(rows(patient, "T-13"), key=lambda row: row.window_start)
    assert (low.ending, high.ended_at) == ("done", None)


def test_a_birthday_long_past_asks_nothing_even_when_transplantation_is_considered(
    make_case: Callable[..., Staging], coordinator: User
) -> None:
    patient = make_case("R-1", {**UNRESECTABLE, "lt": {"planned_date": day(30).isoformat()}}).patient
    update_patient(by=coordinator, patient=patient, birth_date=add_months(day(0), -12 * 75))
    assert rows(patient, "T-16") == []


# --------------------------------------------------------------------------------- how they end, and never vanish
@pytest.mark.parametrize("status", ["deceased", "transferred"])
def test_reminders_of_a_patient_who_died_or_left_end_with_that_reason(
    status: str, embolised: Procedure, coordinator: User
) -> None:
    update_patient(by=coordinator, patient=embolised.patient, vital_status=status, vital_status_on=day(-1))
    row = only(embolised.patient, "T-05")
    assert (row.ending, row.ended_by) == ("superseded", coordinator)
    assert row.ending_reason in ("The patient died", "The patient was transferred to another board")
    assert services.sync_all_reminders() == {"opened": 0, "moved": 0, "done": 0, "superseded": 0}
    update_patient(by=coordinator, patient=embolised.patient, vital_status="alive")
    assert [item.ended_at is None for item in rows(embolised.patient, "T-05")] == [False, True]


def test_a_procedure_taken_back_supersedes_its_reminder_with_why(
    embolised: Procedure, coordinator: User
) -> None:
    patient = embolised.patient
    remove_treatment_row(by=coordinator, row=embolised)
    row = only(patient, "T-05")
    assert (row.ending, row.ending_reason) == (
        "superseded", "That procedure is not the last one on record any more",
    )  # fmt: skip


def test_without_a_staged_case_nothing_is_asked_any_more(embolised: Procedure, coordinator: User) -> None:
    withdraw_staging(by=coordinator, staging=embolised.patient.stagings.get(), reason="Wrong patient")
    assert only(embolised.patient, "T-05").ending_reason == "No staged case is in use any more"


def test_not_needed_wants_a_reason_and_a_person_who_may_and_stays_not_needed(
    embolised: Procedure, coordinator: User, viewer: User, person: Callable[..., User]
) -> None:
    row = only(embolised.patient, "T-05")
    for text in ("", "no", "x" * 301):
        with pytest.raises(ValidationError, match="allowed: a reason of 3 to 300"):
            services.reminder_not_needed(by=coordinator, reminder=row, reason=text)
    elsewhere = person("far", "coordinator", centre=Centre.objects.create(code="south", name="South"))
    for nobody in (viewer, elsewhere):
        with pytest.raises(PermissionDenied):
            services.reminder_not_needed(by=nobody, reminder=row, reason="Treated elsewhere")
    ended = services.reminder_not_needed(by=coordinator, reminder=row, reason="Treated elsewhere")
    assert (ended.ending, ended.ended_by) == ("not_needed", coordinator)
    assert services.sync_all_reminders()["opened"] == 0
    with pytest.raises(ValidationError, match=r"ended on .*Treated elsewhere.*Joan Farrow"):
        services.reminder_not_needed(by=coordinator, reminder=row, reason="Again")


def test_not_needed_is_asked_again_when_the_trigger_is_another(
    embolised: Procedure, coordinator: User
) -> None:
    services.reminder_not_needed(
        by=coordinator, reminder=only(embolised.patient, "T-05"), reason="Done before"
    )
    add_procedure(by=coordinator, patient=embolised.patient, kind="PVE", done_on=day(-2))
    assert [row.ended_at is None for row in rows(embolised.patient, "T-05")] == [False, True]


def test_a_second_look_changes_nothing(embolised: Procedure, coordinator: User) -> None:
    before = stored()
    assert sum(services.sync_reminders(embolised.patient, by=coordinator).values()) == 0
    assert sync_all_reminders() == {"opened": 0, "moved": 0, "done": 0, "superseded": 0}
    assert stored() == before


def test_the_nightly_look_asks_the_database_no_more_for_many_settled_patients_than_for_one(
    embolised: Procedure, make_case: Callable[..., Staging], coordinator: User
) -> None:
    services.sync_all_reminders()
    with CaptureQueriesContext(connection) as one:
        services.sync_all_reminders()
    for number in range(2, 6):
        staging = make_case(f"R-{number}", UNRESECTABLE)
        add_procedure(by=coordinator, patient=staging.patient, kind="PVE", done_on=day(-35))
    with CaptureQueriesContext(connection) as five:
        assert sum(services.sync_all_reminders().values()) == 0
    assert len(five) == len(one)


def test_the_nightly_look_finds_what_no_signal_has_told(embolised: Procedure) -> None:
    Reminder.objects.all().delete()
    Procedure.objects.update(done_on=day(-30))
    assert services.sync_all_reminders()["opened"] == 1
    Procedure.objects.all().delete()
    assert services.sync_all_reminders()["superseded"] == 1


def test_one_occasion_has_one_open_reminder_whoever_comes_second(embolised: Procedure) -> None:
    row = only(embolised.patient, "T-05")
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_whatever_happens_no_reminder_is_deleted_and_every_ended_one_says_why(
    embolised: Procedure, coordinator: User, oncologist: User
) -> None:
    patient = embolised.patient
    seen: set[int] = set()
    line = start_line(by=oncologist, patient=patient, actual_start=day(-60), **FOLFOX)
    for step in (
        lambda: correct_procedure(by=coordinator, procedure=embolised, kind="LVD"),
        lambda: add_volumetry(by=coordinator, patient=patient, date=day(-3), flr_ml=300),
        lambda: end_line(by=oncologist, line=line, ended_on=day(-1), reason="Toxicity"),
        lambda: update_patient(
            by=coordinator, patient=patient, vital_status="deceased", vital_status_on=day(0)
        ),
    ):
        step()
        now = set(Reminder.objects.values_list("pk", flat=True))
        assert seen <= now
        seen = now
    assert len(seen) >= 5
    assert all(row.ending and row.ending_reason and row.ended_at for row in Reminder.objects.all())


# ------------------------------------------------------------------------------------------- what is shown
def test_open_reminders_stand_overdue_first_and_only_of_patients_one_may_see(
    make_case: Callable[..., Staging], coordinator: User, person: Callable[..., User]
) -> None:
    for number, since in enumerate((70, 30, 10, 1), start=1):
        staging = make_case(f"R-{number}", UNRESECTABLE)
        add_procedure(by=coordinator, patient=staging.patient, kind="PVE", done_on=day(-since))
    entries = open_reminders(coordinator, day(0))
    assert [(entry.patient.case_id, entry.state) for entry in entries] == [
        ("R-1", "overdue"), ("R-2", "due"), ("R-3", "soon"), ("R-4", "later"),
    ]  # fmt: skip
    first = entries[0]
    assert (first.words.replace("\u00a0", " "), first.verified) == ("14 days over", "yes")
    assert first.source == "section 5.1, ref 102"
    south = person("far", "coordinator", centre=Centre.objects.create(code="south", name="South"))
    assert open_reminders(south, day(0)) == []


def test_ones_own_reminders_come_first(
    make_case: Callable[..., Staging], coordinator: User, oncologist: User
) -> None:
    staging = make_case("R-1", UNRESECTABLE)
    start_line(by=oncologist, patient=staging.patient, actual_start=day(-80), **FOLFOX)
    add_procedure(by=coordinator, patient=staging.patient, kind="PVE", done_on=day(-70))
    entries = open_reminders(oncologist, day(0))
    assert entries[0].reminder.timeline == "T-09"
    assert own_first(entries, oncologist)[0].reminder.timeline == "T-04"
