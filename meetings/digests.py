"""What a notice says: who is due or overdue, the reminders, and the votes before a meeting, as text and HTML.

Mails leave the house: case numbers, dates and links only; no name, no birth date, nothing typed by hand.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from decisions.engine.thresholds import ThresholdSet
from decisions.rulebooks import InForce
from meetings.clock import ClockEntry
from meetings.models import Notice, Reminder, VoteRound
from meetings.recipients import Reader
from meetings.reminders import OPERATION, ReminderEntry, entry_of, planned_operations
from patients.states import MARKS
from patients.wording import NBSP, day, day_short

State = Literal["overdue", "due", "vote"]
STATES: dict[State, str] = {"overdue": "Overdue", "due": "Due", "vote": "Your vote before the meeting"}
"""The groups of a mail in their order, with their headings."""
COUNTED: dict[State, str] = {"overdue": "overdue", "due": "due", "vote": "to vote on"}
LATE = ("overdue", "due")
BOARD = "CRLM Board"
BIRTHDAYS = "T-16"


def late_reminders(today: datetime.date, held: InForce) -> list[ReminderEntry]:
    """Every reminder whose window has begun, or against which something is planned, whatever the centre.

    For runs, never for a page.
    """
    rows = Reminder.objects.filter(ended_at__isnull=True, note=False)
    asked = rows.filter(Q(window_start__lte=today) | Q(timeline=OPERATION))
    found = list(asked.select_related("patient__centre"))
    operations = planned_operations(found)
    entries = [entry_of(row, today, held.thresholds(row.patient.centre_id), operations) for row in found]
    return [entry for entry in entries if entry.state in LATE or entry.warning]


# ------------------------------------------------------------------------------------------------- lines
@dataclass(frozen=True, slots=True)
class Line:
    """One thing that stands in a mail. `link` is absolute; `pk` that of the reassessment, the reminder or the vote."""

    of: Literal["reassessment", "reminder", "vote"]
    pk: int
    case_id: str
    state: State
    when: str
    what: str
    link: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail without its recipient. `contents`: `{"reassessments": [pk], "reminders": [pk], "votes": [pk]}`."""

    subject: str
    text: str
    html: str
    contents: dict[str, Any]


def link_to(path: str) -> str:
    """The address of a page as it stands in a mail."""
    return f"{settings.SITE_URL}{path}"


def clock_line(entry: ClockEntry) -> Line:
    """A patient on the clock who is due or overdue, or whose scan was taken out of the record."""
    assert entry.status in LATE or entry.reassessment.lost_its_scan
    return Line(
        of="reassessment",
        pk=entry.reassessment.pk,
        case_id=entry.patient.case_id,
        state="overdue" if entry.status == "overdue" else "due",
        when=_plain(entry.day_words),
        what=_plain(", ".join(_next_words(entry))),
        link=link_to(reverse("patients:detail", args=[entry.patient.pk])),
    )


def _next_words(entry: ClockEntry) -> list[str]:
    row = entry.reassessment
    words = []
    if entry.step == "start":
        words.append(f"day 1 planned for {day(row.planned_start)}, not confirmed")
    elif entry.step == "scan":
        words.append(f"scan booked for {day(row.scan_booked_on)}" if row.scan_booked_on else "no scan booked")
        if row.lost_its_scan:
            words.append(f"the scan of {day(row.removed_scan_on)} was taken out of the record")
    else:
        meeting = entry.agenda_item.meeting if entry.agenda_item else row.meeting
        words.append(f"board on {day(timezone.localdate(meeting.starts_at))}" if meeting else "on no agenda")
    if row.brought_forward_on:
        words.append(f"brought forward on {day_short(row.brought_forward_on)}")
    if row.postponed_to:
        words.append(f"postponed to {day(row.postponed_to)}")
    return words


def reminder_line(entry: ReminderEntry) -> Line | None:
    """A reminder that is due or overdue, or is warned of; None for one that is not yet, and for a mere note."""
    if not (entry.state in LATE or entry.warning) or entry.reminder.note:
        return None
    mark = MARKS.get(entry.verified, MARKS["memory"])
    # The day of a birthday is a birth date, nearly.
    is_birthday = entry.reminder.timeline == BIRTHDAYS
    return Line(
        of="reminder",
        pk=entry.reminder.pk,
        case_id=entry.patient.case_id,
        state="overdue" if entry.state == "overdue" else "due",
        when="see the record" if is_birthday else _plain(entry.words),
        what="An age limit" if is_birthday else _plain(". ".join(filter(None, (entry.label, entry.warning)))),
        link=link_to(reverse("patients:detail", args=[entry.patient.pk])),
        source=", ".join(part for part in (entry.source, mark) if part),
    )


def vote_line(round: VoteRound) -> Line:
    """A vote before a meeting that waits for the reader; the link leads to the ballot."""
    item = round.item
    room = reverse("meetings:room", args=[item.meeting_id])
    return Line(
        of="vote",
        pk=round.pk,
        case_id=item.staging.patient.case_id,
        state="vote",
        when=_plain(f"board on {day(timezone.localdate(item.meeting.starts_at))}"),
        what=str(round.get_question_display()),
        link=link_to(f"{room}?item={item.pk}&question={round.question}"),
    )


def _plain(text: str) -> str:
    return text.replace(NBSP, " ")


# ------------------------------------------------------------------------------------------------- mails
def compose_digest(lines: Iterable[Line], *, reader: Reader, today: datetime.date) -> Mail:
    """What is due and overdue today, and what waits for the reader's vote."""
    listed = list(lines)
    counts = [f"{sum(line.state == state for line in listed)} {words}" for state, words in COUNTED.items()]
    subject = ", ".join(text for text in counts if not text.startswith("0 "))
    return _mail(Notice.Kind.DIGEST, f"{subject}: {BOARD}", listed, reader=reader, today=today)


def compose_escalation(
    lines: Iterable[Line], *, reader: Reader, today: datetime.date, told_before: int, thresholds: ThresholdSet
) -> Mail:
    """Who has newly become overdue by more than the board allows; `told_before`: who still is, and was told."""
    listed = list(lines)
    noun = "patient" if len(listed) == 1 else "patients"
    return _mail(
        Notice.Kind.ESCALATION,
        f"{len(listed)} {noun} long overdue, for the chair: {BOARD}",
        listed,
        reader=reader,
        today=today,
        told_before=told_before,
        limit_days=int(thresholds.value("ESCALATE_OVERDUE_DAYS")),
    )


def _mail(
    kind: str, subject: str, lines: Sequence[Line], *, reader: Reader, today: datetime.date, **more: Any
) -> Mail:
    context = {
        "subject": subject,
        "today": _plain(day(today)),
        "groups": [
            (state, heading, [line for line in lines if line.state == state])
            for state, heading in STATES.items()
            if any(line.state == state for line in lines)
        ],
        "stands_in_for": reader.stands_in_for,
        "clock": link_to(reverse("meetings:clock")),
        "preferences": link_to(reverse("meetings:preferences")),
        **more,
    }
    return Mail(
        subject=subject,
        text=render_to_string(f"meetings/mail/{kind}.txt", context).strip() + "\n",
        html=render_to_string(f"meetings/mail/{kind}.html", context),
        contents={
            "reassessments": [line.pk for line in lines if line.of == "reassessment"],
            "reminders": [line.pk for line in lines if line.of == "reminder"],
            "votes": [line.pk for line in lines if line.of == "vote"],
        },
    )
