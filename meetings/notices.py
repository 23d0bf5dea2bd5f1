"""Notices: what the scheduler runs. Digests and escalations are written once a person and day, then sent.

Both runs may come twice, at once, late, or be killed anywhere: a notice is unique by its key, claimed before it is
sent, and recorded after. After an outage each person gets the notice of today, and none of the days that were missed:
what was open then and still is stands in today's.
"""

import contextlib
import datetime
import logging
import time
from functools import cached_property
from typing import Any

from django.utils import timezone

from accounts.models import Role, User
from accounts.rules import sees_centre
from decisions.rulebooks import InForce
from meetings.clock import ClockEntry, clock_rows, open_reassessments, status_on
from meetings.delivery import NotSentError, UnclearError, hand_over, open_connection
from meetings.digests import (
    Line,
    clock_line,
    compose_digest,
    compose_escalation,
    late_reminders,
    reminder_line,
    vote_line,
)
from meetings.models import Notice, NoticePreference, Reassessment, Reminder, VoteRound
from meetings.recipients import (
    Reader,
    absences_on,
    is_addressed,
    is_responsible,
    is_writing_time,
    people,
    preference_of,
    reader_of,
)
from meetings.reminders import ReminderEntry
from meetings.selectors import open_votes_for
from meetings.services import notices as services
from patients.selectors import visible_patients

logger = logging.getLogger(__name__)

TOLD = (Notice.State.WAITING, Notice.State.SENDING, Notice.State.SENT)
"""A notice in one of these states has told, or will; a failed or unclear one has not, as far as anybody knows."""
BATCH = 200
RUN_SECONDS = 60.0
"""A run of sending ends after this, well within the time limit of tasks; the next goes on."""


# ----------------------------------------------------------------------------------------------- writing
def write_notices(now: datetime.datetime) -> int:
    """Write the notices of today that are not written yet; returns how many. Nothing outside working mornings.

    `now` is aware; see `recipients.is_writing_time`. When those of a person cannot be written, the error is raised
    after the others'.
    """
    if not is_writing_time(now):
        return 0
    day = _Day(now)
    services.forget_escalations(still_late=[entry.reassessment.pk for entry in day.long_overdue])
    written, failure = 0, None
    for person in day.people:
        try:
            written += _write_digest(day, person)
            if person.has_role(Role.CHAIR):
                written += _write_escalation(day, person)
        except Exception as error:
            # One person's trouble must not keep the others from their notices.
            logger.exception("The notices of %s could not be written.", person)
            failure = error
    if failure is not None:
        raise failure
    return written


class _Day:
    """What is true on the day of the run, read once."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now, self.today = now, timezone.localdate(now)
        self.people = people()
        self.absences = absences_on(self.today)
        self.held = InForce()
        self._seen: dict[tuple[int, int], bool] = {}
        self.written = set(Notice.objects.filter(day=self.today).values_list("key", flat=True))

    @cached_property
    def entries(self) -> list[ClockEntry]:
        """Everybody due or overdue; whom of them a person may see is asked for each person."""
        return late_entries(self.today, self.held)

    @cached_property
    def votes_are_asked(self) -> bool:
        """Somewhere a vote is open before its meeting."""
        return VoteRound.objects.filter(before_meeting=True, revealed_at__isnull=True).exists()

    @cached_property
    def reminders(self) -> list[ReminderEntry]:
        """Every reminder whose window has begun."""
        return late_reminders(self.today, self.held)

    @cached_property
    def long_overdue(self) -> list[ClockEntry]:
        return [entry for entry in self.entries if is_long_overdue(entry, self.today, self.held)]

    def is_written(self, kind: str, person: User) -> bool:
        return services.key_of(kind, person, self.today) in self.written

    def reader(self, person: User) -> Reader:
        return reader_of(person, self.absences)

    def has_addressee(self, reminder: Reminder) -> bool:
        """Somebody is meant by the reminder's recipient, and sees the patient; else the coordinators are told."""
        return any(
            is_addressed(person, reminder) and self._sees(person, reminder.patient.centre_id)
            for person in self.people
        )

    def _sees(self, person: User, centre: int) -> bool:
        if (person.pk, centre) not in self._seen:
            self._seen[person.pk, centre] = sees_centre(person, centre)
        return self._seen[person.pk, centre]


def late_entries(today: datetime.date, held: InForce) -> list[ClockEntry]:
    """The clock of everybody who is due or overdue, or whose scan was taken out of the record, whatever the centre.

    For runs, never for a page.
    """
    still_open = Reassessment.objects.filter(ended_at__isnull=True).select_related("patient")
    late = [
        row.pk
        for row in still_open
        if status_on(row, today, held.thresholds(row.patient.centre_id)) in ("overdue", "due")
        or row.lost_its_scan
    ]
    # The user of `clock_rows` chooses the rows, which are chosen here.
    return clock_rows(User(), today, reassessments=open_reassessments().filter(pk__in=late)) if late else []


def is_long_overdue(entry: ClockEntry, today: datetime.date, held: InForce) -> bool:
    """Overdue by more days than the board allows; not while it is postponed."""
    postponed_to = entry.reassessment.postponed_to
    if postponed_to is not None and today <= postponed_to:
        return False
    limit = int(held.thresholds(entry.patient.centre_id).value("ESCALATE_OVERDUE_DAYS"))
    return entry.status == "overdue" and entry.late_days > limit


def _write_digest(day: _Day, person: User) -> bool:
    if day.is_written(Notice.Kind.DIGEST, person) or not _wants_digest(day, person):
        return False
    reader = day.reader(person)
    if not reader.user.email:
        return False
    lines = _digest_lines(day, person, reader)
    if not lines:
        return False
    mail = compose_digest(lines, reader=reader, today=day.today)
    return services.write_notice(
        kind=Notice.Kind.DIGEST, person=person, reader=reader, day=day.today, mail=mail, now=day.now
    )


def _wants_digest(day: _Day, person: User) -> bool:
    """Weekly: on Monday, else on the first working day on which there is something, or the last one failed."""
    wanted = preference_of(person).digest
    if wanted != NoticePreference.Digest.WEEKLY:
        return wanted == NoticePreference.Digest.DAILY
    monday = day.today - datetime.timedelta(days=day.today.weekday())
    this_week = Notice.objects.filter(
        kind=Notice.Kind.DIGEST,
        key__startswith=f"{Notice.Kind.DIGEST}:{person.pk}:",
        day__gte=monday,
        state__in=TOLD,
    )
    return not this_week.exists()


def _digest_lines(day: _Day, person: User, reader: Reader) -> list[Line]:
    entries = [entry for entry in day.entries if is_responsible(person, entry.patient)]
    reminders = [
        entry
        for entry in day.reminders
        if is_addressed(person, entry.reminder)
        or (person.has_role(Role.COORDINATOR) and not day.has_addressee(entry.reminder))
    ]
    patients = [entry.patient.pk for entry in entries] + [entry.patient.pk for entry in reminders]
    seen = _seen_by_both(person, reader, patients)
    lines: list[Line | None] = [clock_line(entry) for entry in entries if entry.patient.pk in seen]
    lines += [reminder_line(entry) for entry in reminders if entry.patient.pk in seen]
    # Nobody votes for another: who stands in is not asked.
    if day.votes_are_asked and reader.user.pk == person.pk:
        lines += [vote_line(round) for round in open_votes_for(person)]
    return [line for line in lines if line is not None]


def _seen_by_both(person: User, reader: Reader, patients: list[int]) -> set[int]:
    """Those of these patients who are the person's business and may be read by the reader."""
    seen = set(visible_patients(person).filter(pk__in=patients).values_list("pk", flat=True))
    if reader.user.pk != person.pk:
        seen &= set(visible_patients(reader.user).filter(pk__in=patients).values_list("pk", flat=True))
    return seen


def _write_escalation(day: _Day, chair: User) -> bool:
    if not day.long_overdue or day.is_written(Notice.Kind.ESCALATION, chair):
        return False
    reader = day.reader(chair)
    if not reader.user.email:
        return False
    seen = _seen_by_both(chair, reader, [entry.patient.pk for entry in day.long_overdue])
    concerned = [entry for entry in day.long_overdue if entry.patient.pk in seen]
    told = _told(chair, concerned)
    new = [entry for entry in concerned if entry.reassessment.pk not in told]
    if not new:
        return False
    mail = compose_escalation(
        [clock_line(entry) for entry in new],
        reader=reader,
        today=day.today,
        told_before=len(told),
        thresholds=day.held.thresholds(),
    )
    return services.write_notice(
        kind=Notice.Kind.ESCALATION, person=chair, reader=reader, day=day.today, mail=mail, now=day.now
    )


def _told(chair: User, entries: list[ClockEntry]) -> set[int]:
    """The reassessments of which this chair was told since they became long overdue, by a mail that left or will."""
    since = {
        entry.reassessment.pk: timezone.localdate(entry.reassessment.escalated_at)
        for entry in entries
        if entry.reassessment.escalated_at is not None
    }
    if not since:
        return set()
    notices = Notice.objects.filter(
        kind=Notice.Kind.ESCALATION,
        key__startswith=f"{Notice.Kind.ESCALATION}:{chair.pk}:",
        day__gte=min(since.values()),
        state__in=TOLD,
    )
    return {
        pk
        for day, contents in notices.values_list("day", "contents")
        for pk in contents["reassessments"]
        if pk in since and day >= since[pk]
    }


def without_chair(user: User, today: datetime.date) -> list[ClockEntry]:
    """Whom nobody can be told of: long overdue, and no chair sees the patient. Of the patients whom `user` may see."""
    held = InForce()
    late = [entry for entry in late_entries(today, held) if is_long_overdue(entry, today, held)]
    chairs = [person for person in people() if person.has_role(Role.CHAIR)]
    unheard = [
        entry for entry in late if not any(sees_centre(chair, entry.patient.centre_id) for chair in chairs)
    ]
    patients = [entry.patient.pk for entry in unheard]
    seen = set(visible_patients(user).filter(pk__in=patients).values_list("pk", flat=True))
    return [entry for entry in unheard if entry.patient.pk in seen]


# ----------------------------------------------------------------------------------------------- sending
def send_due(now: datetime.datetime) -> dict[str, int]:
    """Send what waits and is due at `now` (aware).

    Counts: `sent`; `put_off` (will be tried again), `failed` (given up), `unclear` (nobody knows whether it left),
    `superseded` (of an earlier day, today's stands for it).
    """
    counts = dict.fromkeys(("sent", "put_off", "failed", "unclear", "superseded"), 0)
    counts["unclear"] += services.mark_unclear(now=now)
    counts["superseded"] += services.supersede(now=now)
    due = Notice.objects.filter(state=Notice.State.WAITING, next_attempt_at__lte=now)
    waiting = list(due.order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:BATCH])
    mailbox, deadline = _Mailbox(), time.monotonic() + RUN_SECONDS
    try:
        while waiting and time.monotonic() < deadline:
            try:
                mailbox.open()
            except NotSentError as error:
                # One attempt for all: a server that is down is not asked once for each.
                for outcome, count in services.put_off(notice_ids=waiting, words=str(error), now=now).items():
                    counts[outcome] += count
                break
            outcome = _send_one(waiting.pop(0), mailbox, now)
            if outcome:
                counts[outcome] += 1
    finally:
        mailbox.close()
    return counts


class _Mailbox:
    """One connection for a run, opened anew after trouble."""

    def __init__(self) -> None:
        self.connection: Any = None

    def open(self) -> None:
        if self.connection is None:
            self.connection = open_connection()

    def close(self) -> None:
        if self.connection is not None:
            with contextlib.suppress(Exception):
                self.connection.close()
        self.connection = None


def _send_one(pk: int, mailbox: _Mailbox, now: datetime.datetime) -> str:
    """What became of it; '' when somebody else has it."""
    notice = services.claim(notice_id=pk, now=now)
    if notice is None:
        return ""
    if not notice.recipient.is_active:
        words = f"The account of {notice.recipient} is closed."
        services.record_failure(notice=notice, words=words, final=True, now=now)
        return "failed"
    try:
        hand_over(notice, mailbox.connection)
    except NotSentError as error:
        mailbox.close()
        again = services.record_failure(notice=notice, words=str(error), final=error.final, now=now)
        return "put_off" if again else "failed"
    except UnclearError as error:
        mailbox.close()
        services.record_unclear(notice=notice, words=str(error))
        logger.warning("It is not known whether notice %s was sent.", notice.key)
        return "unclear"
    if not services.record_sent(notice=notice, now=now):
        logger.warning("Notice %s was sent, and somebody else took it meanwhile.", notice.key)
    return "sent"
