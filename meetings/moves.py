"""A rulebook came into force: the windows move with it, and the coordinators are told which."""

import datetime
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from meetings.digests import BOARD, Mail, link_to
from meetings.models import Notice, WindowMove
from meetings.recipients import Reader, absences_on, people, reader_of
from meetings.services.notices import write_notice
from meetings.upkeep import move_windows
from patients.selectors import visible_patients
from patients.wording import NBSP, counted, day

TELL_FOR = datetime.timedelta(days=14)
"""A move that could be told to nobody for so long has been seen on the clock."""


def follow_rulebook(now: datetime.datetime) -> int:
    """Move the open windows to the rulebook in force and tell the coordinators; returns how many moved.

    Safe to run twice, or at once: a window that stands where it should does not move, and a move is told once.
    """
    moved = move_windows().count("moved")
    tell_moves(now)
    return moved


def tell_moves(now: datetime.datetime) -> int:
    """Write one notice to each coordinator of the moves that they have not been told of; returns how many."""
    recent = WindowMove.objects.filter(moved_at__gte=now - TELL_FOR, reassessment__ended_at__isnull=True)
    moves = list(recent.select_related("reassessment__patient", "rulebook").order_by("due_from", "pk"))
    if not moves:
        return 0
    today = timezone.localdate(now)
    absences = absences_on(today)
    return sum(
        _tell(person, reader_of(person, absences), moves, today, now)
        for person in people()
        if person.has_role(Role.COORDINATOR)
    )


def _tell(
    person: User, reader: Reader, moves: list[WindowMove], today: datetime.date, now: datetime.datetime
) -> bool:
    earlier = Notice.objects.filter(
        kind=Notice.Kind.RULEBOOK, key__startswith=f"{Notice.Kind.RULEBOOK}:{person.pk}:"
    )
    told = {pk for contents in earlier.values_list("contents", flat=True) for pk in contents["moves"]}
    patients = [move.reassessment.patient_id for move in moves]
    seen = set(visible_patients(person).filter(pk__in=patients).values_list("pk", flat=True))
    if reader.user.pk != person.pk:
        seen &= set(visible_patients(reader.user).filter(pk__in=patients).values_list("pk", flat=True))
    new = [move for move in moves if move.pk not in told and move.reassessment.patient_id in seen]
    if not new or not reader.user.email:
        return False  # who has no address is a finding of the notices page; the move stands on the clock
    return write_notice(
        kind=Notice.Kind.RULEBOOK,
        person=person,
        reader=reader,
        day=today,
        mail=compose_moves(new, reader=reader, today=today),
        now=now,
        key=f"{Notice.Kind.RULEBOOK}:{person.pk}:{max(move.pk for move in new)}",
    )


def compose_moves(moves: list[WindowMove], *, reader: Reader, today: datetime.date) -> Mail:
    """The mail that names every moved window with its old and new days."""
    subject = f"{counted(len(moves), 'reassessment window')} moved by the rulebook: {BOARD}".replace(
        NBSP, " "
    )
    context: dict[str, Any] = {
        "subject": subject,
        "today": day(today).replace(NBSP, " "),
        "groups": [],
        "moves": [
            {
                "case_id": move.reassessment.patient.case_id,
                "was": _span(move.was_due_from, move.was_overdue_after),
                "now": _span(move.due_from, move.overdue_after),
                "rulebook": f"rulebook version {move.rulebook.number}, {move.rulebook.reason}",
                "link": link_to(reverse("meetings:reassessment", args=[move.reassessment.pk])),
            }
            for move in moves
        ],
        "stands_in_for": reader.stands_in_for,
        "clock": link_to(reverse("meetings:clock")),
        "preferences": link_to(reverse("meetings:preferences")),
    }
    return Mail(
        subject=subject,
        text=render_to_string("meetings/mail/rulebook.txt", context).strip() + "\n",
        html=render_to_string("meetings/mail/rulebook.html", context),
        contents={"reassessments": [], "reminders": [], "moves": [move.pk for move in moves]},
    )


def _span(first: datetime.date, last: datetime.date) -> str:
    return f"{day(first)} to {day(last)}".replace(NBSP, " ")
