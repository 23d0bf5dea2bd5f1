"""Loads the demo board through the services, as its users would have entered it."""

import datetime
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from django.db import connection
from django.utils import timezone

from accounts.audit import audited
from accounts.models import Centre, User
from decisions.models import Assessment, AssessmentJob
from decisions.rulebooks import sync_rulebook
from decisions.selectors import assessment_job
from decisions.services import amend_case, run_assessment, stage_case
from meetings import services as board
from meetings.demo.dates import resolve_date, resolve_dates
from meetings.demo.people import load_people
from meetings.demo.rulebook import load_activated, load_waiting
from meetings.meeting_days import board_days
from meetings.models import AgendaItem, Meeting, MeetingDay, Reassessment
from meetings.pages.decision import decision_case
from meetings.standard import INTENTS
from meetings.upkeep import reconcile
from patients import services as record
from patients.models import Patient, Staging, TreatmentLine

DATA = Path(__file__).with_name("board.yaml")


def is_empty() -> bool:
    """True when the board holds no patient."""
    return not Patient.objects.exists()


def clear_board() -> None:
    """Empty the demo board, rulebook, assessments and audit events included; accounts and the shipped set stay."""
    kept = {"accounts_user", "accounts_userevent"}
    prefixes = ("patients_", "decisions_", "meetings_", "accounts_")
    tables = [
        name
        for name in connection.introspection.table_names()
        if name.startswith(prefixes) and name not in kept
    ]
    quoted = ", ".join(connection.ops.quote_name(name) for name in tables)
    with connection.cursor() as cursor:
        # Row triggers guard what is final; TRUNCATE is the one way to begin a demo anew.
        cursor.execute(f"TRUNCATE {quoted} CASCADE")
    sync_rulebook()


def load_board(*, today: datetime.date | None = None) -> dict[str, int]:
    """Load centres, people, the sixteen patients and the meetings; returns how many of each.

    `today` is the day that all dates of the data are relative to.
    """
    today = today or timezone.localdate()
    data = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    centres = {
        code: Centre.objects.get_or_create(code=code, defaults={"name": name})[0]
        for code, name in data["centres"].items()
    }
    people = load_people(centres)
    load_activated(people)
    loader = _Loader(today=today, centres=centres, people=people)
    for entry in data["patients"]:
        loader.patient(entry)
    board.change_board_settings(
        by=people["coordinator"], centre=None, advice_after_vote=True, confirm_without_discussion=True
    )
    loader.meeting("past", data["meetings"]["past"])
    loader.amendments()
    loader.meeting("today", data["meetings"]["today"])
    loader.meeting("next", data["meetings"]["next"])
    loader.regular_days(data["meeting_days"])
    loader.bookings(data["patients"])
    reconcile(timezone.now())
    load_waiting(people)
    return {
        "centres": len(centres),
        "people": len(people),
        "patients": Patient.objects.count(),
        "stagings": Staging.objects.count(),
        "assessments": Assessment.objects.count(),
        "meetings": Meeting.objects.count(),
        "reassessments": Reassessment.objects.count(),
    }


@contextmanager
def _in_demo(case_id: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(f"while loading demo patient {case_id}")
        raise


def _study_uid(case_id: str, row: dict[str, Any]) -> str:
    """An identifier that is the same at each load, made as DICOM PS3.5, annex B.2, makes one of a UUID."""
    name = f"{case_id} {row['date']} {row['modality']}"
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_URL, name).int}"


class _Loader:
    def __init__(self, *, today: datetime.date, centres: dict[str, Centre], people: dict[str, User]) -> None:
        self.today, self.centres, self.people = today, centres, people
        self.coordinator = people["coordinator"]
        self.agenda: dict[str, list[tuple[Staging, dict[str, Any]]]] = {"past": [], "today": [], "next": []}
        self.amended: list[tuple[Staging, dict[str, Any]]] = []

    def patient(self, entry: dict[str, Any]) -> None:
        with _in_demo(entry["case_id"]):
            patient = record.create_patient(
                by=self.coordinator,
                case_id=entry["case_id"],
                centre=self.centres[entry["centre"]],
                family_name=entry["family_name"],
                given_name=entry["given_name"],
                hospital_number=entry["hospital_number"],
                birth_date=entry["birth_date"],
                sex=entry["sex"],
                phone=entry["phone"],
                referring_doctor=entry["referring_doctor"],
                wishes=entry["wishes"],
                comorbidity=entry["comorbidity"],
                surgeon=self.people["surgeon"],
                oncologist=self.people["oncologist"],
            )
            record.record_patient_facts(
                by=self.coordinator, patient=patient, values=self._facts(entry["facts"]), source="entered"
            )
            self._series(patient, entry)
            for staging in entry["stagings"]:
                self._staging(patient, staging)

    def _facts(self, blocks: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return {
            f"{block}.{key.replace('recist_', 'recist.')}": resolve_dates(value, today=self.today)
            for block, values in blocks.items()
            for key, value in values.items()
        }

    def _series(self, patient: Patient, entry: dict[str, Any]) -> None:
        by, today = self.coordinator, self.today
        for analyte, results in entry.get("labs", {}).items():
            for date, value in results:
                record.add_lab_result(
                    by=by,
                    patient=patient,
                    analyte=analyte,
                    date=resolve_date(date, today=today),
                    value=value,
                )
        for row in entry.get("studies", []):
            study = resolve_dates(row, today=today)
            assert isinstance(study, dict)
            sizes, targets = study.pop("sizes", None), study.pop("targets", None)
            study.setdefault("study_uid", _study_uid(entry["case_id"], row))
            added = record.add_study(by=self.people["radiologist"], patient=patient, **study)
            if sizes:
                record.measure_lesions(
                    by=self.people["radiologist"], study=added, diameters=sizes, targets=targets
                )
        for row in entry.get("volumetries", []):
            volumetry = resolve_dates(row, today=today)
            assert isinstance(volumetry, dict)
            record.add_volumetry(by=self.people["radiologist"], patient=patient, **volumetry)
        for row in entry.get("procedures", []):
            procedure = resolve_dates(row, today=today)
            assert isinstance(procedure, dict)
            record.add_procedure(by=by, patient=patient, **procedure)
        for row in entry.get("lines", []):
            self._line(patient, dict(row))

    def _line(self, patient: Patient, row: dict[str, Any]) -> None:
        oncologist = self.people["oncologist"]
        start = resolve_date(row.pop("start"), today=self.today)
        cycles = row.pop("cycles", 0)
        line: TreatmentLine = record.start_line(
            by=oncologist, patient=patient, planned_start=start, actual_start=start, **row
        )
        for number in range(1, cycles + 1):
            date = start + datetime.timedelta(days=(number - 1) * row["cycle_length_days"])
            record.record_cycle(by=oncologist, line=line, number=number, date=date, outcome="given")

    def _staging(self, patient: Patient, entry: dict[str, Any]) -> None:
        by = self.coordinator
        date = resolve_date(entry["date"], today=self.today)
        staging = record.open_staging(
            by=by, patient=patient, date=date, kind=entry["kind"], question=entry["question"]
        )
        record.record_facts(by=by, staging=staging, values=self._facts(entry["facts"]), observed_on=date)
        for lesion in entry.get("lesions", []):
            columns = dict(lesion)
            record.save_lesion(by=by, staging=staging, label=columns.pop("label"), **columns)
        if entry.get("complete"):
            record.set_lesions_complete(by=by, staging=staging, complete=True)
        if entry.get("stage", True):
            self._stage(staging)
        agendas = entry.get("agenda", [])
        for name in [agendas] if isinstance(agendas, str) else agendas:
            self.agenda[name].append((staging, entry))
        if "amended" in entry:
            self.amended.append((staging, entry["amended"]))

    def _stage(self, staging: Staging) -> None:
        stage_case(by=self.coordinator, staging=staging)
        job = assessment_job(staging)
        if job is not None and job.state != AssessmentJob.State.DONE:
            run_assessment(job.pk)

    def amendments(self) -> None:
        """What came in between the meetings."""
        for staging, entry in self.amended:
            with _in_demo(staging.patient.case_id):
                amend_case(by=self.coordinator, staging=staging, reason=entry["reason"])
                record.record_patient_facts(
                    by=self.coordinator,
                    patient=staging.patient,
                    values=self._facts(entry["patient"]),
                    source="entered",
                )
                self._stage(staging)

    def regular_days(self, entries: list[dict[str, Any]]) -> None:
        """The board's rhythm: the weekday comes from the data, the first day lies in the past."""
        for entry in entries:
            begin = self.today - datetime.timedelta(weeks=12)
            first = begin + datetime.timedelta(days=(entry["weekday"] - begin.weekday()) % 7)
            with audited(by=self.coordinator, action="plan regular days"):
                MeetingDay.objects.create(
                    title=entry["title"],
                    place=entry["place"],
                    first_on=first,
                    starts_at=datetime.time(entry["hour"]),
                    every_weeks=entry["every_weeks"],
                )

    def bookings(self, entries: list[dict[str, Any]]) -> None:
        """Scans, and the board that is suggested first for them where the data ask for it."""
        for entry in entries:
            booked = entry.get("scan_booked")
            row = Reassessment.objects.filter(
                patient__case_id=entry["case_id"], ended_at__isnull=True
            ).first()
            if booked and row is not None:
                scan = resolve_date(booked, today=self.today)
                coming = board_days(row.patient.centre_id, scan, scan + datetime.timedelta(weeks=3))
                board.book(
                    by=self.coordinator,
                    reassessment=row,
                    scan_on=scan,
                    modality=entry["scan_modality"],
                    meeting_on=coming[1].on if entry.get("board_booked") and len(coming) > 1 else None,
                )

    def meeting(self, name: str, entry: dict[str, Any]) -> None:
        starts_at = timezone.make_aware(
            datetime.datetime.combine(
                resolve_date(entry["date"], today=self.today), datetime.time(entry["hour"])
            )
        )
        meeting = board.create_meeting(
            by=self.coordinator,
            title=entry["title"],
            place=entry["place"],
            starts_at=starts_at,
            allow_past=True,
        )
        items = [
            (self._put_on(meeting, staging, entry, again=name != "past"), entry)
            for staging, entry in self.agenda[name]
        ]
        for username in entry["attendance"]:
            board.record_attendance(by=self.coordinator, meeting=meeting, user=self.people[username])
        for item, said in items:
            if name == "today" and "prepared" in said:
                self._prepare(item, said["prepared"])
        if name == "past":
            board.open_meeting(by=self.people["chair"], meeting=meeting)
            for item, said in items:
                if "decision" in said:
                    self._decide(item, said["decision"])
                else:
                    board.defer_item(by=self.coordinator, item=item, missing_fact=said["deferred"])
            meeting = board.close_meeting(by=self.people["chair"], meeting=meeting)
            self._release(meeting)

    def _put_on(self, meeting: Meeting, staging: Staging, said: dict[str, Any], *, again: bool) -> AgendaItem:
        """`again`: with the reason of the later meeting, which is not that of the first."""
        reason = said.get("reason", AgendaItem.Reason.BY_HAND) if again else AgendaItem.Reason.NEW_STAGING
        return board.add_to_agenda(by=self.coordinator, meeting=meeting, staging=staging, reason=reason)

    def _prepare(self, item: AgendaItem, said: dict[str, Any]) -> None:
        rows = decision_case(item).rows(said["outcome"])
        rows[0]["detail"] = said["detail"]
        board.prepare_confirmation(
            by=self.coordinator,
            item=item,
            outcome=said["outcome"],
            intent=INTENTS[said["outcome"]],
            rationale=said["rationale"],
            elements=rows,
        )

    def _release(self, meeting: Meeting) -> None:
        """The minutes and the letters of the case decided last wait as drafts; all others are released."""
        drafts = board.draft_documents(by=self.people["chair"], meeting=meeting)
        last = meeting.items.filter(state=AgendaItem.State.DECIDED).latest("position").pk
        for draft in drafts:
            if draft.item_id not in (None, last):
                board.release_document(by=self.people["chair"], document=draft)

    def _decide(self, item: AgendaItem, entry: dict[str, Any]) -> None:
        elements = []
        if "systemic" in entry:
            elements.append(
                {
                    "kind": "systemic",
                    "detail": entry["systemic"],
                    "responsible": "Medical oncology",
                    "planned_start": resolve_date(entry["planned_start"], today=self.today),
                    "cycle_length_days": entry["cycle_length_days"],
                }
            )
        if "work_up" in entry:
            elements.append(
                {
                    "kind": "work_up",
                    "detail": entry["work_up"],
                    "responsible": entry["responsible"],
                    "deadline": resolve_date(entry["deadline"], today=self.today),
                }
            )
        board.record_decision(
            by=self.people["chair"],
            item=item,
            expected_revision=0,
            outcome=entry["outcome"],
            rationale=entry["rationale"],
            elements=elements,
            sign=True,
        )
