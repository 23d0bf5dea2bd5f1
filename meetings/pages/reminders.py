"""The page of all reminders: groups by state, and the filters."""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from decisions.engine.calendar import add_months
from meetings.models import Reminder
from meetings.reminders import ORDER, ReminderEntry

TITLES = {
    "overdue": ("Overdue", "the last day has passed"),
    "due": ("Due", "the first day has come"),
    "soon": ("Soon", "the first day comes within weeks"),
    "later": ("Later", ""),
}
MINE = "mine"


@dataclass(frozen=True, slots=True)
class ReminderGroup:
    """The reminders that stand at one point."""

    code: str
    title: str
    words: str
    entries: list[ReminderEntry]


def groups_of(entries: Sequence[ReminderEntry]) -> list[ReminderGroup]:
    """The groups that have something, overdue first."""
    groups = [
        ReminderGroup(code, *TITLES[code], [entry for entry in entries if entry.state == code])
        for code in ORDER
    ]
    return [group for group in groups if group.entries]


def within_a_year(notes: Iterable[ReminderEntry], today: datetime.date) -> list[ReminderEntry]:
    """The notes whose day comes within twelve months; the others stand on the patients' records."""
    last = add_months(today, 12)
    return [entry for entry in notes if entry.reminder.window_start <= last]


def counts_of(entries: Sequence[ReminderEntry]) -> list[tuple[str, int]]:
    """How many stand where, every state named."""
    return [(code, sum(entry.state == code for entry in entries)) for code in ORDER]


def filtered(
    entries: Iterable[ReminderEntry], *, recipient: str, centre: str, own: Collection[str]
) -> list[ReminderEntry]:
    """Those that speak to one recipient (by code, or 'mine': to the user's own) and of one centre (by code).

    An empty or unknown filter leaves everything.
    """
    found = list(entries)
    if recipient == MINE:
        found = [entry for entry in found if entry.reminder.recipient in own]
    elif recipient in Reminder.Recipient.values:
        found = [entry for entry in found if entry.reminder.recipient == recipient]
    if centre:
        found = [entry for entry in found if entry.patient.centre.code == centre]
    return found
