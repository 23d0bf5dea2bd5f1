"""The agenda that builds itself: which cases propose themselves for a meeting, and why.

Worked out from the rows whenever somebody looks, and never stored; only a dismissal is (`ProposalDismissal`).
Of every patient the newest staging in use may propose itself, on any of these grounds:

- **advice changed**: the board decided, the case was amended or the rulebook has changed since, and a class, a
  definition or an option differs;
- **pathology**: staged after an operation, or margins came in since the board decided;
- **reassessment**: the patient's window is open by the day of the meeting, or the scan is done, or the case was
  brought forward (`meetings.clock`); a window whose day 1 nobody confirmed asks for that first;
- **deferred**: the newest board put it off; what it waits for has come in, or not yet;
- **new staging**: staged, and no board has had it.

A case that waits on an agenda already does not propose itself. The signature of each ground names what it rests
on, so that a dismissal holds until something new happens.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from decisions.models import Assessment
from decisions.pages.brief import CaseBrief, case_briefs, obtain_words
from decisions.rulebooks import InForce
from meetings.advice_changes import advice_changed
from meetings.clock import due_from_of, status_on
from meetings.models import AgendaItem, BoardDecision, Meeting, ProposalDismissal, Reassessment
from meetings.waiting import Discussed, PutOff, discussed_items, last_discussed, put_off
from patients.models import Patient, Staging, StagingVersion
from patients.selectors import visible_patients
from patients.wording import day, listing

Reason, State = AgendaItem.Reason, AgendaItem.State
ORDER = (Reason.ADVICE_CHANGED, Reason.PATHOLOGY, Reason.REASSESSMENT, Reason.DEFERRED, Reason.NEW_STAGING)
CHANGES_NAMED = 3


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason to bring a case, in words; `signature` names what it rests on."""

    code: str
    words: str
    signature: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A case that proposes itself. `brief` is None while it was never staged; the first ground counts most."""

    staging: Staging
    grounds: tuple[Ground, ...]
    brief: CaseBrief | None
    last: Discussed | None = None
    waits: PutOff | None = None
    dismissed: ProposalDismissal | None = None

    @property
    def patient(self) -> Patient:
        return self.staging.patient

    @property
    def reason(self) -> str:
        """The `AgendaItem.Reason` with which it goes on the agenda."""
        return self.grounds[0].code

    @property
    def signatures(self) -> list[str]:
        """What it rests on, for a dismissal."""
        return sorted(ground.signature for ground in self.grounds)

    @property
    def obtain(self) -> str:
        """What is still to obtain, and by whom; '' when nothing could change an answer."""
        return obtain_words(self.brief.completeness) if self.brief else ""

    @property
    def urgent(self) -> bool:
        """A window has closed, or what was missing has come in."""
        return any(ground.urgent for ground in self.grounds)


@dataclass(slots=True)
class Proposals:
    """What waits for a board, most pressing first, and what a person has turned down for now."""

    open: list[Proposal]
    dismissed: list[Proposal]


def proposals_for(user: User, meeting: Meeting) -> Proposals:
    """The cases that propose themselves for `meeting`, of the patients whom the user may see."""
    on = timezone.localdate(meeting.starts_at)
    around = _around(user, meeting, on)
    found = [proposal for staging in around.stagings if (proposal := _proposal(staging, around, on))]
    found.sort(key=lambda one: (not one.urgent, ORDER.index(Reason(one.reason))))
    turned_down = _dismissals(found)
    last = last_discussed([one.staging.patient_id for one in found])
    told = [
        Proposal(one.staging, one.grounds, one.brief, last.get(one.staging.patient_id), one.waits,
                 turned_down.get(one.staging.pk))
        for one in found
    ]  # fmt: skip
    return Proposals(
        [one for one in told if one.dismissed is None], [one for one in told if one.dismissed is not None]
    )


# --------------------------------------------------------------------------------------- what is read, at once
@dataclass(slots=True)
class _Around:
    """The newest stagings that could propose themselves, and what stands around them."""

    stagings: list[Staging]
    versions: Mapping[int, int]
    items: Mapping[int, AgendaItem]
    windows: Mapping[int, Reassessment]
    briefs: Mapping[int, CaseBrief]
    overdue: frozenset[int]
    ruled: Mapping[int, int]


def _around(user: User, meeting: Meeting, on: datetime.date) -> _Around:
    patients = visible_patients(user).filter(vital_status=Patient.VitalStatus.ALIVE)
    if meeting.centre_id is not None:
        patients = patients.filter(centre=meeting.centre_id)
    windows = _windows(patients, meeting, on)
    on_agenda = AgendaItem.objects.filter(
        Q(state=State.WAITING) & ~Q(meeting__state=Meeting.State.CLOSED)
        | Q(meeting=meeting) & ~Q(state=State.WITHDRAWN)
    )
    newest = (
        Staging.objects.filter(withdrawn_at__isnull=True, patient__in=patients)
        .order_by("patient_id", "-date", "-pk")
        .distinct("patient_id")
    )
    stagings = list(
        Staging.objects.filter(pk__in=newest.values("pk"))
        .exclude(pk__in=on_agenda.values("staging"))
        .select_related("patient__centre")
        .order_by("-date", "-pk")
    )
    keys = [staging.pk for staging in stagings]
    frozen = StagingVersion.objects.filter(staging__in=keys, state=StagingVersion.State.FROZEN)
    versions = dict(frozen.order_by("number").values_list("staging_id", "pk"))
    items = discussed_items(keys)
    # Whoever waits on an agenda with an older staging has a board for the scan already.
    waits = set(
        AgendaItem.objects.filter(
            state=State.WAITING, staging__patient__in=[one.patient_id for one in stagings]
        )
        .exclude(meeting__state=Meeting.State.CLOSED)
        .values_list("staging__patient_id", flat=True)
    )
    windows = {patient: row for patient, row in windows.items() if patient not in waits}
    ruled = _under_another_rulebook(items, versions)
    wanted = [one for one in stagings if _may_propose(one, versions, items, windows, ruled)]
    held, today = InForce(), timezone.localdate()
    overdue = {
        key
        for key, row in windows.items()
        if status_on(row, today, held.thresholds(row.patient.centre_id)) == "overdue"
    }
    briefs = case_briefs([staging.pk for staging in wanted])
    return _Around(wanted, versions, items, windows, briefs, frozenset(overdue), ruled)


def _windows(patients: QuerySet[Patient], meeting: Meeting, on: datetime.date) -> dict[int, Reassessment]:
    """By patient: the windows that ask for a board by the day of the meeting and have none booked elsewhere."""
    rows = Reassessment.objects.filter(
        patient__in=patients, ended_at__isnull=True, actual_start__isnull=False
    ).select_related("meeting", "patient")
    return {
        row.patient_id: row
        for row in rows
        if (row.scan_done_on is not None or due_from_of(row) <= on)
        and (row.meeting is None or row.meeting_id == meeting.pk or row.meeting.state == Meeting.State.CLOSED)
    }


def _may_propose(
    staging: Staging,
    versions: Mapping[int, int],
    items: Mapping[int, AgendaItem],
    windows: Mapping[int, Reassessment],
    ruled: Mapping[int, int],
) -> bool:
    """Leaves out the many cases that were decided and have not changed, before anything large is read."""
    if staging.patient_id in windows:
        return True
    if staging.pk not in versions:
        return False
    decision = _decision(items.get(staging.pk))
    return (
        decision is None
        or decision.outcome == BoardDecision.Outcome.WORK_UP
        or decision.staging_version_id != versions[staging.pk]
        or staging.pk in ruled
    )


def _under_another_rulebook(items: Mapping[int, AgendaItem], versions: Mapping[int, int]) -> dict[int, int]:
    """By staging: the number of the rulebook under which it was assessed since the board decided on that version."""
    seen = {
        staging: decision.assessment_id
        for staging, item in items.items()
        if (decision := _decision(item)) is not None
        and decision.assessment_id is not None
        and decision.staging_version_id == versions.get(staging)
    }
    told = dict(Assessment.objects.filter(pk__in=seen.values()).values_list("pk", "rulebook"))
    newest = (
        Assessment.objects.filter(staging_version__in=[versions[staging] for staging in seen])
        .order_by("staging_version_id", "-created_at", "-pk")
        .distinct("staging_version_id")
        .values_list("staging_version__staging", "rulebook", "rulebook__number")
    )
    return {staging: number for staging, rulebook, number in newest if rulebook != told.get(seen[staging])}


def _decision(item: AgendaItem | None) -> BoardDecision | None:
    decision: BoardDecision | None = getattr(item, "decision", None)
    return decision


# ------------------------------------------------------------------------------------------------ the grounds
def _proposal(staging: Staging, around: _Around, on: datetime.date) -> Proposal | None:
    brief, item = around.briefs.get(staging.pk), around.items.get(staging.pk)
    waits = put_off(item, staging, brief) if item else None
    grounds: list[Ground] = []
    if brief is not None:
        grounds += _of_the_case(staging, brief, item, waits, around.ruled.get(staging.pk))
    window = around.windows.get(staging.patient_id)
    if window is not None:
        overdue = staging.patient_id in around.overdue
        grounds.append(_of_the_window(window, staging, on, overdue=overdue))
    if not grounds:
        return None
    grounds.sort(key=lambda ground: ORDER.index(Reason(ground.code)))
    return Proposal(staging, tuple(grounds), brief, waits=waits)


def _of_the_case(
    staging: Staging, brief: CaseBrief, item: AgendaItem | None, waits: PutOff | None, rulebook: int | None
) -> Iterable[Ground]:
    version = brief.version
    if waits is not None:
        yield _deferred(waits)
        return
    if item is None:
        if staging.kind == Staging.Kind.POST_OPERATIVE or margin_of(brief.document):
            yield Ground(Reason.PATHOLOGY, _pathology(brief), f"pathology:{version.pk}")
        else:
            asked = f": {staging.question}" if staging.question else ""
            yield Ground(
                Reason.NEW_STAGING,
                f"{staging.get_kind_display()} of {day(staging.date)} staged, no board has had it{asked}",
                f"new:{version.pk}",
            )
        return
    decision = _decision(item)
    if decision is None or (decision.staging_version_id == version.pk and rulebook is None):
        return
    if margin_of(brief.document) and not margin_of(decision.staging_version.document or {}):
        yield Ground(Reason.PATHOLOGY, _pathology(brief), f"pathology:{version.pk}")
    changed = _advice_changed(decision, brief)
    if changed:
        named = listing(changed[:CHANGES_NAMED])
        more = f" and {len(changed) - CHANGES_NAMED} more" if len(changed) > CHANGES_NAMED else ""
        why = f"Rulebook version {rulebook} changes the advice" if rulebook else "The advice has changed"
        yield Ground(
            Reason.ADVICE_CHANGED,
            f"{why} since the board decided ({decision.get_outcome_display()}): {named}{more}",
            f"advice:{brief.assessment}",
        )


def margin_of(document: Mapping[str, object]) -> bool:
    """True when the document holds anything of the pathology after a resection."""
    after = document.get("post")
    return isinstance(after, Mapping) and any(key.startswith("margin") for key in after)


def _pathology(brief: CaseBrief) -> str:
    after = brief.document.get("post") or {}
    margin = after.get("margin")
    return (
        f"Pathology after the operation: margin {margin}"
        if margin
        else "After the operation, margin not entered"
    )


def _deferred(waits: PutOff) -> Ground:
    signature = f"deferred:{waits.item.pk}:{'in' if waits.came_in else 'open'}"
    words = f"Put off on {day(waits.on)}"
    came = [one.label for one in waits.awaited if one.came_in]
    still = [f"{one.label} ({one.who})" for one in waits.awaited if not one.came_in]
    if came:
        words += f": {listing(came)} {'has' if len(came) == 1 else 'have'} come in"
    if still:
        words += f"{', and it' if came else ': it'} still waits for {listing(still)}"
    if not waits.awaited and waits.why:
        words += f": {waits.why}"
    return Ground(Reason.DEFERRED, words, signature, urgent=waits.came_in)


def _of_the_window(row: Reassessment, staging: Staging, on: datetime.date, *, overdue: bool) -> Ground:
    opened = due_from_of(row)
    if row.scan_done_on is not None:
        words = f"Restaging scan of {day(row.scan_done_on)} done, no board on it yet"
    elif row.brought_forward_on is not None and row.brought_forward_on <= on:
        words = f"Brought forward from {day(row.brought_forward_on)}: {row.brought_forward_reason}"
    elif overdue:
        words = f"Reassessment overdue since {day(row.overdue_after)}"
    elif opened <= timezone.localdate():
        words = f"Reassessment window open since {day(opened)}"
    else:
        words = f"Reassessment window opens on {day(opened)}, before the meeting"
    if row.scan_done_on is None:
        booked = f"scan booked for {day(row.scan_booked_on)}" if row.scan_booked_on else "no scan booked"
        words += f", {booked}"
    if staging.date is not None and staging.date < (row.scan_done_on or opened):
        words += f"; newest staging is of {day(staging.date)}"
    signature = f"window:{row.pk}:{row.scan_done_on or ''}:{row.brought_forward_on or ''}:{overdue:d}"
    return Ground(Reason.REASSESSMENT, words, signature, urgent=overdue or row.scan_done_on is not None)


def _advice_changed(decision: BoardDecision, brief: CaseBrief) -> list[str]:
    """Classes, definitions and options that differ from what the board saw, in words; empty while unassessed."""
    if decision.assessment_id is None or brief.assessment is None:
        return []
    rows = Assessment.objects.filter(pk__in=(decision.assessment_id, brief.assessment)).in_bulk()
    return advice_changed(rows[decision.assessment_id].result, rows[brief.assessment].result)


# ------------------------------------------------------------------------------------------------- dismissals
def _dismissals(proposals: list[Proposal]) -> dict[int, ProposalDismissal]:
    """By staging: the newest dismissal, where dismissals cover every ground that the proposal has now."""
    rows: dict[int, list[ProposalDismissal]] = {}
    asked = [one.staging.pk for one in proposals]
    for row in ProposalDismissal.objects.filter(staging__in=asked).select_related("by"):
        rows.setdefault(row.staging_id, []).append(row)
    return {
        one.staging.pk: rows[one.staging.pk][0]
        for one in proposals
        if one.staging.pk in rows
        and set(one.signatures) <= {ground for row in rows[one.staging.pk] for ground in row.grounds}
    }
