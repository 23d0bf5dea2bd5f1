"""What a decision of the board means for the clock; safe to run again after each revision of the decision."""

import datetime
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from accounts.models import User
from meetings.models import BoardDecision, DecisionElement, Reassessment
from meetings.reassessment import (
    LEAVING,
    Ending,
    Outcome,
    answers,
    day_of,
    end_window,
    leaves_clock,
    open_window_of,
    reopen,
    running_therapy,
    set_window,
)
from patients.models import TreatmentLine

OPENING = frozenset({Outcome.CONVERSION, Outcome.CONTINUE})
"""Outcomes that mean systemic therapy, also where nobody wrote down which."""
NOT_DECIDED = frozenset({Outcome.WORK_UP})
"""Outcomes after which the case is discussed again: the scan still waits for its decision."""
OTHER_THERAPY = "The board decided for other systemic therapy"
TAKEN_BACK = "The decision was changed: no systemic therapy"


@dataclass(frozen=True, slots=True)
class Therapy:
    """Systemic therapy that the board decided for.

    `planned` is day 1 as planned; None: what runs goes on, since `since`, as `line` of the record if it is one.
    """

    regimen: str
    cycle_length_days: int | None
    planned: datetime.date | None
    stated: bool
    since: datetime.date | None = None
    line: TreatmentLine | None = None


def refuse_leaving_without_reason(decision: BoardDecision) -> None:
    """Raise `ValidationError` on `rationale` when a decision takes a patient off the clock without a reason."""
    if decision.outcome not in LEAVING or decision.rationale.strip():
        return
    rows = Reassessment.objects.filter(patient=decision.item.staging.patient_id)
    if rows.filter(ended_at__isnull=True).exists() or (
        decision.pk is not None and rows.filter(ending_decision=decision).exists()
    ):
        raise ValidationError(
            {"rationale": [(f"{decision.get_outcome_display()} takes this patient off the conversion clock. "
                            "A reason is needed; allowed: a text of at least 1 character.")]}
        )  # fmt: skip


def follow_decision(decision: BoardDecision, *, by: User) -> Reassessment | None:
    """End the window that the decision answers, and open the next when systemic therapy follows.

    The board ends a window by deciding on the scan that it asks for; on a case that was brought forward, by
    deciding at all; and, with its reason, by leaving the clock. 'More work-up' decides nothing. Therapy opens
    the next window: awaiting start when it has a planned day 1 or when nothing runs, else from the last scan
    (without one, from the meeting). A revision undoes what the decision did before and does what it now says.
    Returns the window that the decision has open, None when there is none.
    """
    patient = decision.item.staging.patient
    rows = Reassessment.objects.select_for_update(of=("self",)).filter(patient=patient)
    current = open_window_of(patient)
    opened = rows.filter(decision=decision).order_by("pk").last()
    if opened is not None and opened.ended_at is not None and opened.ending != Ending.SUPERSEDED:
        return None
    asked = rows.filter(ending_decision=decision).exclude(decision=decision).order_by("pk").last()
    if asked is None and current is not None and current != opened:
        asked = current
    scanned = _scan_of(decision, asked)
    therapy = _therapy_of(decision, asked)
    answered = asked is not None and _is_answered(asked, decision, scanned)
    replaced = asked is not None and not answered and therapy is not None and therapy.stated
    if opened is not None and opened.ended_at is None:
        stays = therapy is not None and (asked is None or answered or replaced)
        if therapy is None or not stays or opened.from_scan != (therapy.planned is None):
            end_window(opened, by=by, ending=Ending.SUPERSEDED, reason=TAKEN_BACK, decision=decision)
            opened = None
    else:
        opened = None
    if asked is not None:
        _settle(asked, decision, scanned, answered=answered, replaced=replaced, by=by)
        if not answered and not replaced:
            return None
    if therapy is None:
        return None
    return _revise(opened, therapy) if opened is not None else _open_for(decision, therapy, scanned, by=by)


def _settle(
    asked: Reassessment,
    decision: BoardDecision,
    scanned: datetime.date | None,
    *,
    answered: bool,
    replaced: bool,
    by: User,
) -> None:
    """Bring the window that was open before the decision to where the decision now leaves it."""
    if answered:
        asked.scan_done_on = asked.scan_done_on or (scanned if answers(asked, scanned) else None)  # type: ignore[assignment]
        reason = decision.rationale.strip() if leaves_clock(decision) else ""
        end_window(asked, by=by, ending=Ending.DECIDED, reason=reason, decision=decision)
    elif replaced:
        end_window(asked, by=by, ending=Ending.SUPERSEDED, reason=OTHER_THERAPY, decision=decision)
    elif asked.ended_at is not None:
        reopen(asked)


def _is_answered(row: Reassessment, decision: BoardDecision, scanned: datetime.date | None) -> bool:
    if decision.outcome in NOT_DECIDED:
        return False
    if leaves_clock(decision):
        return True
    if row.brought_forward_on is not None and day_of(decision) >= row.brought_forward_on:
        return True
    return answers(row, scanned)


def _scan_of(decision: BoardDecision, asked: Reassessment | None) -> datetime.date | None:
    """The last scan that the board could look at."""
    document = decision.staging_version.document or {}
    text = document.get("imaging", {}).get("restaging_date")
    found = [datetime.date.fromisoformat(text)] if text else []
    if asked is not None and asked.scan_done_on is not None:
        staging_date = decision.item.staging.date
        if staging_date is None or staging_date >= asked.scan_done_on:
            found.append(asked.scan_done_on)
    return max(found, default=None)


def _therapy_of(decision: BoardDecision, asked: Reassessment | None) -> Therapy | None:
    """The systemic therapy of a decision; None when it has none, or leaves the clock with it."""
    element = decision.elements.filter(kind=DecisionElement.Kind.SYSTEMIC).first()
    if decision.outcome == Outcome.ADJUVANT or leaves_clock(decision):
        # After resection resectability is not reassessed; off the clock neither.
        return None
    if element is None and decision.outcome not in OPENING:
        return None
    regimen = element.detail if element is not None else asked.regimen if asked is not None else ""
    length = element.cycle_length_days if element is not None else None
    if element is not None and element.planned_start is not None:
        return Therapy(regimen, length, element.planned_start, stated=True)
    running = running_therapy(decision.item.staging.patient, decision.staging_version.document or {})
    if running is None:
        # Nobody said when it begins: it is asked for from the day of the meeting on.
        return Therapy(regimen, length, day_of(decision), stated=False)
    since, line = running
    if length is None:
        length = line.cycle_length_days if line is not None else asked.cycle_length_days if asked else None
    return Therapy(regimen, length, None, stated=False, since=since, line=line)


def _open_for(
    decision: BoardDecision, therapy: Therapy, scanned: datetime.date | None, *, by: User
) -> Reassessment:
    staging = decision.item.staging
    reassessment = Reassessment(
        patient=staging.patient,
        staging=staging,
        decision=decision,
        regimen=therapy.regimen[:120],
        cycle_length_days=therapy.cycle_length_days,  # type: ignore[misc]
        planned_start=therapy.planned,  # type: ignore[misc]
    )
    if therapy.planned is None:
        since = therapy.since or datetime.date.min
        reassessment.line = therapy.line
        # A scan from before day 1 is the baseline, not a restaging: then the window runs from day 1.
        reassessment.actual_start = max(scanned or day_of(decision), since)
        reassessment.start_confirmed_by = by
    set_window(reassessment)
    reassessment.save()
    return reassessment


def _revise(reassessment: Reassessment, therapy: Therapy) -> Reassessment:
    """The window that the decision opened, by what its revision says; a confirmed day 1 stays."""
    reassessment.regimen = therapy.regimen[:120]
    if reassessment.start_confirmed_by is None and therapy.planned is not None:
        reassessment.planned_start = therapy.planned
    if therapy.cycle_length_days is not None:
        reassessment.cycle_length_days = therapy.cycle_length_days
    set_window(reassessment)
    reassessment.save()
    return reassessment
