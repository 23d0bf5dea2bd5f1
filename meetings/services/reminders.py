"""Writes of dated reminders: the rows follow the facts, and a person may say that one is not needed."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from decisions.engine.timelines import BY_ID, Occasion, Timeline
from meetings.models import Reminder
from meetings.reminders import Key, Reckoning, reckon
from patients.models import Patient, StagingVersion
from patients.wording import day

Ending = Reminder.Ending
CHUNK = 200
"""Patients whose facts are read at once by the nightly look."""
LEFT = {
    Patient.VitalStatus.DECEASED: "The patient died",
    Patient.VitalStatus.TRANSFERRED: "The patient was transferred to another board",
}
NO_CASE = "No staged case is in use any more"


def sync_reminders(patient: Patient, *, by: User | None) -> Counter[str]:
    """Make the stored reminders of a patient follow the facts; a second call changes nothing.

    Returns how many were `opened`, `moved`, `done` and `superseded`. Runs inside the transaction of the change
    that calls it and checks no permission. `by` is whose change it was; None when only time has passed.
    """
    return _follow(patient, reckon([patient.pk], timezone.localdate()).get(patient.pk), by)


def sync_all_reminders() -> dict[str, int]:
    """The nightly look: `sync_reminders` for everybody with a staged case; safe to run twice or to be killed.

    Each patient whose reminders change is one transaction; the others cost no lock and no query of their own.
    """
    counts: Counter[str] = Counter()
    for chunk in _chunks():
        pks = [patient.pk for patient in chunk]
        reckonings = reckon(pks, timezone.localdate())
        rows: dict[int, list[Reminder]] = defaultdict(list)
        for row in Reminder.objects.filter(patient__in=pks, ended_at__isnull=True):
            rows[row.patient_id].append(row)
        for patient in chunk:
            reckoning = reckonings.get(patient.pk)
            if _settled(patient, rows[patient.pk], reckoning):
                continue
            with pghistory.context(action="follow reminders", source="task"), transaction.atomic():
                counts += _follow(patient, reckoning, None)
    return {name: counts[name] for name in ("opened", "moved", "done", "superseded")}


def _chunks() -> Iterator[list[Patient]]:
    frozen = StagingVersion.objects.filter(state=StagingVersion.State.FROZEN)
    known = set(frozen.values_list("staging__patient", flat=True))
    known |= set(Reminder.objects.filter(ended_at__isnull=True).values_list("patient", flat=True))
    pks = sorted(known)
    for start in range(0, len(pks), CHUNK):
        yield list(Patient.objects.filter(pk__in=pks[start : start + CHUNK]).order_by("pk"))


def _settled(patient: Patient, rows: list[Reminder], reckoning: Reckoning | None) -> bool:
    """True when nothing would change."""
    if patient.vital_status in LEFT or reckoning is None:
        return not rows
    still = all(not _verdict(row, reckoning)[0] for row in rows)
    return still and not _wanted(reckoning, {(row.timeline, row.occasion) for row in rows})


def _follow(patient: Patient, reckoning: Reckoning | None, by: User | None) -> Counter[str]:
    counts: Counter[str] = Counter()
    rows = list(_open_rows(patient))
    why = LEFT.get(patient.vital_status) or (NO_CASE if reckoning is None else "")  # type: ignore[call-overload]
    if why or reckoning is None:
        for row in rows:
            _end(row, Ending.SUPERSEDED, why, by)
            counts["superseded"] += 1
        return counts
    for row in rows:
        change, reason = _verdict(row, reckoning)
        if change == "moved":
            timeline, occasion = reckoning.asked[(row.timeline, row.occasion)]
            _set(row, timeline, occasion, reckoning)
            row.staging = reckoning.staging
            row.save()
        elif change:
            _end(row, change, reason, by)
        if change:
            counts[change] += 1
    open_keys = {(row.timeline, row.occasion) for row in rows if row.ended_at is None}
    counts["opened"] += _open(patient, reckoning, _wanted(reckoning, open_keys))
    return counts


def _open_rows(patient: Patient) -> Iterable[Reminder]:
    rows = Reminder.objects.select_for_update(of=("self",)).filter(patient=patient, ended_at__isnull=True)
    return rows.order_by("timeline", "occasion", "pk")


def _wanted(reckoning: Reckoning, open_keys: Collection[Key]) -> list[tuple[Timeline, Occasion]]:
    """What is asked, not open, and has not happened."""
    return [
        (timeline, occasion)
        for key, (timeline, occasion) in reckoning.asked.items()
        if key not in open_keys and timeline.closed_by(reckoning.ctx, reckoning.events, occasion) is None
    ]


def _verdict(row: Reminder, reckoning: Reckoning) -> tuple[str, str]:
    """What becomes of an open reminder, and why: `done`, `superseded`, `moved`, or '' when nothing does."""
    timeline = BY_ID[row.timeline]
    found = reckoning.asked.get((row.timeline, row.occasion))
    # The event of one that repeats has moved its trigger already, and one whose trigger is gone has only its
    # own dates left; every other is asked about where the trigger puts it now.
    stored = Occasion(row.occasion, row.triggered_on, row.window_start, row.window_end)
    occasion = stored if timeline.repeats or found is None else found[1]
    event = timeline.closed_by(reckoning.ctx, reckoning.events, occasion)
    if event is not None:
        return Ending.DONE.value, f"{event.what} {day(event.on)}"
    if found is None:
        why = timeline.why_gone(reckoning.ctx, reckoning.events, stored)
        return Ending.SUPERSEDED.value, why if isinstance(why, str) else f"{why.what} {day(why.on)}"
    wanted = Reminder()
    _set(wanted, timeline, found[1], reckoning)
    return ("" if _columns(row) == _columns(wanted) else "moved"), ""


def _columns(row: Reminder) -> tuple[object, ...]:
    return row.triggered_on, row.window_start, row.window_end, row.recipient, row.note


def _set(row: Reminder, timeline: Timeline, occasion: Occasion, reckoning: Reckoning) -> None:
    row.triggered_on = occasion.trigger
    row.window_start, row.window_end = occasion.first, occasion.last
    row.recipient = timeline.to[0]
    row.note = timeline.is_note(reckoning.ctx, reckoning.events)


def _open(patient: Patient, reckoning: Reckoning, wanted: list[tuple[Timeline, Occasion]]) -> int:
    if not wanted:
        return 0
    # What a person has called not needed stays so, until its trigger is another.
    refused = set(
        Reminder.objects.filter(patient=patient, ending=Ending.NOT_NEEDED).values_list(
            "timeline", "occasion", "triggered_on"
        )
    )
    opened = 0
    for timeline, occasion in sorted(wanted, key=lambda pair: (pair[0].id, pair[1].key)):
        if (timeline.id, occasion.key, occasion.trigger) in refused:
            continue
        row = Reminder(
            patient=patient, staging=reckoning.staging, timeline=timeline.id, occasion=occasion.key
        )
        _set(row, timeline, occasion, reckoning)
        # Whoever comes second finds the row that the first has opened.
        Reminder.objects.bulk_create([row], ignore_conflicts=True)
        opened += 1
    return opened


def _end(row: Reminder, ending: str, reason: str, by: User | None) -> None:
    row.ending, row.ending_reason = ending, reason
    row.ended_at, row.ended_by = timezone.now(), by
    row.save()


def reminder_not_needed(*, by: User, reminder: Reminder, reason: str) -> Reminder:
    """End a reminder or a note that is not needed; `by` stands for it, the row stays.

    Raises `PermissionDenied`, and `ValidationError` on `reason`, or on `reminder` when it has ended.
    """
    require(by, "meetings.change_reminder", reminder.patient)
    text = reason.strip()
    if not 3 <= len(text) <= 300:
        raise ValidationError(
            {"reason": [f"{len(text)} characters are not allowed; allowed: a reason of 3 to 300 characters."]}
        )
    with audited(by=by, action="reminder not needed"):
        row = Reminder.objects.select_for_update(of=("self",)).select_related("ended_by").get(pk=reminder.pk)
        if row.ended_at is not None:
            who = f", by {row.ended_by}" if row.ended_by else ""
            raise ValidationError(
                {
                    "reminder": [
                        f"This reminder ended on {day(timezone.localdate(row.ended_at))} "
                        f"({row.get_ending_display().lower()}: {row.ending_reason}){who}; "
                        "nothing of it changes any more."
                    ]
                }
            )
        _end(row, Ending.NOT_NEEDED, text, by)
    return row
