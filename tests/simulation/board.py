"""What the simulated people do, done to the real program.

A sample of the patients goes through the services and the engine throughout. For the others the rows of facts
are written directly, and the program is told by its own receivers and by `follow_decision`, as the services do:
windows open, move and end by the real code for everybody.
"""

import datetime
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from accounts.models import Centre, User
from decisions.documents import import_documents
from decisions.engine.assess import ENGINE_VERSION, assess
from decisions.engine.document import parse
from decisions.models import Assessment
from decisions.rulebooks import current_rulebook, current_thresholds
from meetings import receivers, services
from meetings.models import AgendaItem, BoardDecision, DecisionElement, Meeting, Reassessment
from meetings.services.decisions import follow_decision
from patients.models import ImagingStudy, Patient, Staging, StagingVersion, TreatmentLine
from patients.services import add_study, confirm_line_start, end_line, start_line, update_patient

PLAN = {
    "r0_feasible": False, "r0_r1_feasible": False, "complete_resection_feasible": False,
    "inflow_preserved": True, "outflow_preserved": False, "biliary_drainage_preserved": True,
}  # fmt: skip
TEMPLATES: dict[str, dict[str, Any]] = {
    "unresectable": {
        "liver": {"lesion_count": 11, "max_diameter_mm": 64, "distribution": "bilobar", "background": "normal"},
        "ehd": {"present": False},
        "plan": PLAN,
    },
    "not known": {"liver": {"lesion_count": 5}},
    "resectable": {
        "liver": {"lesion_count": 2, "max_diameter_mm": 30, "distribution": "unilobar", "background": "normal"},
        "ehd": {"present": False},
        "volumetry": {"flr_pct": 62},
        "plan": {**PLAN, "r0_feasible": True, "r0_r1_feasible": True, "complete_resection_feasible": True,
                 "outflow_preserved": True},
    },
}  # fmt: skip
BULKY = ("explanations", "counterfactuals", "firmness", "questions", "rules", "missing", "timelines")


@dataclass(slots=True, eq=False)
class Case:
    """One patient of the simulation. `real` ones are of the sample."""

    case_id: str
    real: bool
    template: str
    length: int
    centre: Centre
    patient: Patient = None  # type: ignore[assignment]
    line: TreatmentLine | None = None
    stated_start: datetime.date | None = None
    version: StagingVersion = None  # type: ignore[assignment]
    story: list[str] = field(default_factory=list)


class Board:
    """The people, and what they do on the day that it is."""

    def __init__(self, *, coordinator: User, chair: User, oncologist: User) -> None:
        self.coordinator, self.chair, self.oncologist = coordinator, chair, oncologist
        self.results = {name: self._slim(blocks) for name, blocks in TEMPLATES.items()}
        self.rulebook = current_rulebook()
        self.jobs_wait = False

    @staticmethod
    def _slim(blocks: dict[str, Any]) -> dict[str, Any]:
        """What the engine says of a template, without the long lists that the clock does not read."""
        result = assess(parse({"case": {"decision_date": "2031-09-01"}, **blocks}), current_thresholds())
        return {name: value for name, value in result.items() if name not in BULKY}

    # ------------------------------------------------------------------------------------------- stagings
    def register(self, cases: Iterable[Case], day: datetime.date, *, assessed: bool) -> None:
        """New patients with their first staged case; without `assessed` the advice waits for the workers."""
        cases = list(cases)
        cheap = [case for case in cases if not case.real]
        patients = Patient.objects.bulk_create(
            Patient(case_id=case.case_id, centre=case.centre, oncologist=self.oncologist) for case in cheap
        )
        for case, patient in zip(cheap, patients, strict=True):
            case.patient = patient
        self.stage(cases, day, assessed=assessed)

    def stage(
        self,
        cases: Iterable[Case],
        day: datetime.date,
        *,
        assessed: bool,
        scanned: dict[str, datetime.date] | None = None,
        progression: Iterable[str] = (),
    ) -> None:
        """Stage these cases as of `day`, after the scan of `scanned` (by case number)."""
        cases = list(cases)
        documents = {
            case.case_id: self._document(case, day, (scanned or {}).get(case.case_id)) for case in cases
        }
        for case in cases:
            if case.real:
                self._stage_really(case, day, documents[case.case_id])
        cheap = [case for case in cases if not case.real]
        now = timezone.now()
        stagings = Staging.objects.bulk_create(
            Staging(patient=case.patient, date=day, created_by=self.coordinator) for case in cheap
        )
        versions = StagingVersion.objects.bulk_create(
            StagingVersion(
                staging=staging, number=1, state="frozen", document=documents[case.case_id],
                content_hash=hashlib.sha256(case.case_id.encode()).hexdigest(),
                opened_by=self.coordinator, frozen_by=self.coordinator, frozen_at=now,
            )
            for case, staging in zip(cheap, stagings, strict=True)
        )  # fmt: skip
        for case, version in zip(cheap, versions, strict=True):
            case.version = version
        if not assessed:
            self.jobs_wait = bool(cases) or self.jobs_wait
            return
        assessments = Assessment.objects.bulk_create(
            Assessment(
                staging_version=version, rulebook=self.rulebook, engine_version=ENGINE_VERSION,
                result=self._result(case, progression), content_hash=version.content_hash,
            )
            for case, version in zip(cheap, versions, strict=True)
        )  # fmt: skip
        for assessment in assessments:
            receivers.clock_follows_assessment(sender=Assessment, assessment=assessment)

    def _document(self, case: Case, day: datetime.date, scanned: datetime.date | None) -> dict[str, Any]:
        document: dict[str, Any] = {name: dict(block) for name, block in TEMPLATES[case.template].items()}
        document["case"] = {"id": case.case_id, "decision_date": day.isoformat()}
        if case.stated_start is not None:
            document["treatment"] = {
                "current_start_date": case.stated_start.isoformat(), "cycle_length_days": case.length,
            }  # fmt: skip
        if scanned is not None:
            document["imaging"] = {"restaging_date": scanned.isoformat()}
        return document

    def _result(self, case: Case, progression: Iterable[str]) -> dict[str, Any]:
        result = self.results[case.template]
        return {**result, "response": "PD"} if case.case_id in progression else result

    def _stage_really(self, case: Case, day: datetime.date, document: dict[str, Any]) -> None:
        report = import_documents(by=self.coordinator, documents=[document], stage=True, centre=case.centre)
        assert report.refused == [], report.refused
        staging = Staging.objects.select_related("patient").get(patient__case_id=case.case_id, date=day)
        case.patient, case.version = staging.patient, staging.versions.latest("number")
        self.jobs_wait = True

    # -------------------------------------------------------------------------------------------- therapy
    def start(self, case: Case, day: datetime.date) -> None:
        """A line begins, and is written down today."""
        drugs: dict[str, Any] = {
            "regimen": "FOLFOX",
            "intent": "conversion",
            "cycle_length_days": case.length,
        }
        if case.real:
            case.line = start_line(by=self.oncologist, patient=case.patient, actual_start=day, **drugs)
            return
        number = case.patient.treatment_lines.count() + 1
        case.line = TreatmentLine.objects.create(
            patient=case.patient, number=number, actual_start=day, start_confirmed_by=self.oncologist, **drugs
        )
        self._line_changed(case.line)

    def move_start(self, case: Case, day: datetime.date) -> None:
        """Day 1 was another day."""
        assert case.line is not None
        case.line.refresh_from_db()
        confirm_line_start(by=self.oncologist, line=case.line, actual_start=day)

    def confirm(self, case: Case, day: datetime.date) -> None:
        """Somebody confirms day 1 of what the board decided for."""
        if case.real:
            row = self.window(case)
            services.confirm_start(
                by=self.oncologist, reassessment=row, started_on=day, cycle_length_days=case.length
            )
            case.line = case.patient.treatment_lines.order_by("number").last()
            return
        self.start(case, day)

    def stop(self, case: Case, day: datetime.date, reason: str) -> None:
        """The line ends, if one runs."""
        if case.line is None:
            return
        case.line.refresh_from_db()
        if case.line.ended_on is None:
            if case.real:
                end_line(by=self.oncologist, line=case.line, ended_on=day, reason=reason)
            else:
                case.line.ended_on, case.line.end_reason = day, reason
                case.line.save()
                self._line_changed(case.line)
        case.line = None

    def _line_changed(self, line: TreatmentLine) -> None:
        receivers.clock_follows_line(sender=TreatmentLine, line=line, by=self.oncologist)

    def scan(self, case: Case, day: datetime.date) -> None:
        """The scan was done."""
        if case.real:
            add_study(by=self.coordinator, patient=case.patient, date=day, modality="CT")
            return
        study = ImagingStudy.objects.create(patient=case.patient, date=day, modality="CT")
        receivers.clock_follows_study(sender=ImagingStudy, study=study, by=self.coordinator)

    def leave(self, case: Case, status: str, day: datetime.date | None) -> None:
        """The patient died, was transferred, or was not after all."""
        case.patient.refresh_from_db()
        update_patient(by=self.coordinator, patient=case.patient, vital_status=status, vital_status_on=day)

    def window(self, case: Case) -> Reassessment:
        """The open window; there must be one."""
        return Reassessment.objects.get(patient=case.patient, ended_at__isnull=True)

    def not_needed(self, case: Case, reason: str) -> None:
        services.mark_not_needed(by=self.coordinator, reassessment=self.window(case), reason=reason)

    def on_clock(self, case: Case, act: Callable[..., Any], **given: Any) -> None:
        """One of the services of the clock, by the chair."""
        act(by=self.chair, reassessment=self.window(case), **given)

    # -------------------------------------------------------------------------------------------- meeting
    def convene(self) -> Meeting:
        """Today's meeting, open."""
        starts_at = timezone.localtime().replace(hour=14, minute=0, second=0, microsecond=0)
        planned = services.create_meeting(
            by=self.coordinator, title="Liver board", starts_at=starts_at, place="Room 2"
        )
        return services.open_meeting(by=self.chair, meeting=planned)

    def decide(
        self, meeting: Meeting, case: Case, outcome: str, element: dict[str, Any] | None, rationale: str
    ) -> None:
        """The board decides on the newest staging of the case."""
        if case.real:
            item = services.add_to_agenda(by=self.coordinator, meeting=meeting, staging=case.version.staging)
            services.record_decision(
                by=self.chair, item=item, expected_revision=0, outcome=outcome, rationale=rationale,
                deviation_reason="other", elements=[element] if element else [],
            )  # fmt: skip
            return
        item = self._item(meeting, case, AgendaItem.State.DECIDED)
        decision = BoardDecision.objects.create(
            item=item, staging_version=case.version, outcome=outcome, rationale=rationale,
            comparison="no_comparison", recorded_by=self.chair,
        )  # fmt: skip
        if element:
            DecisionElement.objects.create(decision=decision, **element)
        follow_decision(decision, by=self.chair)

    def defer(self, meeting: Meeting, case: Case, note: str) -> None:
        """The board puts the case off."""
        if case.real:
            item = services.add_to_agenda(by=self.coordinator, meeting=meeting, staging=case.version.staging)
            services.defer_item(by=self.coordinator, item=item, note=note)
            return
        self._item(meeting, case, AgendaItem.State.DEFERRED, note)

    def _item(self, meeting: Meeting, case: Case, state: str, note: str = "") -> AgendaItem:
        last = meeting.items.order_by("-position").values_list("position", flat=True).first()
        return AgendaItem.objects.create(
            meeting=meeting, staging=case.version.staging, position=(last or 0) + 1, state=state,
            state_note=note, added_by=self.coordinator,
        )  # fmt: skip
