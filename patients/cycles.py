"""The cycles of a line: which are expected and when, and what a reason says. No clock: `today` is passed in."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from patients.models import TreatmentCycle, TreatmentLine

WHY = {
    "toxicity": "Toxicity",
    "progression": "Progression",
    "illness": "Other illness",
    "wish": "Patient's wish",
    "procedure": "Procedure or scan",
    "organisation": "Organisation",
    "other": "Other",
}
"""Why a cycle was delayed, reduced or not given. Stored as the word, a colon, and what was added."""
WHY_STOPPED = {
    "toxicity": "Toxicity",
    "progression": "Progression",
    "completed": "Completed as planned",
    "board": "Decided by the board",
    "illness": "Other illness",
    "wish": "Patient's wish",
    "other": "Other",
}
"""Why a line ended."""
BRINGS_FORWARD = frozenset({"toxicity", "progression"})
"""What the board should hear of before the window opens."""
NEEDS_REASON = frozenset(
    {TreatmentCycle.Outcome.REDUCED, TreatmentCycle.Outcome.DELAYED, TreatmentCycle.Outcome.OMITTED}
)
LAST_NUMBER = 60
LONGEST_LIST = 12
"""Expected cycles that are shown at once; a line without records for longer needs its end more than rows."""


@dataclass(frozen=True, slots=True)
class ExpectedCycle:
    """A cycle that nothing is recorded of yet, and the day on which it falls when nothing else shifts it."""

    number: int
    date: datetime.date


def reason_text(why: str, more: str = "", known: dict[str, str] = WHY) -> str:
    """'Toxicity: neutropenia', from a code and what was added; '' for neither."""
    label = known.get(why, why)
    return ": ".join(part for part in (label, more.strip()) if part)


def read_reason(text: str, known: dict[str, str] = WHY) -> tuple[str, str]:
    """The code and the rest of a stored or imported reason; one that begins with no known word is `other`."""
    plain = text.strip()
    words = sorted(
        ((word.casefold(), code) for code, label in known.items() for word in (label, code)), reverse=True
    )
    for word, code in words:
        rest = plain[len(word) :]
        if plain.casefold().startswith(word) and not rest[:1].isalnum():
            return code, rest.strip(" :;,.-")
    return ("other", plain) if plain else ("", "")


def brings_forward(reason: str) -> bool:
    """True when the reason of a cycle is toxicity or progression."""
    return read_reason(reason)[0] in BRINGS_FORWARD


def projected(
    start: datetime.date | None,
    cycle_length_days: int | None,
    recorded: Sequence[tuple[int, datetime.date]],
    today: datetime.date,
    *,
    until: datetime.date | None = None,
) -> list[ExpectedCycle]:
    """The cycles that come after the last recorded one (number, date), each a cycle length later.

    Without a record the first falls on `start`. They reach up to `until`, and at least to the first one after
    `today`. Without a cycle length, or without a start, nothing can be projected.
    """
    if cycle_length_days is None or (start is None and not recorded):
        return []
    length = datetime.timedelta(days=cycle_length_days)
    if recorded:
        last, last_day = max(recorded)
        number, day = last + 1, last_day + length
    else:
        assert start is not None
        number, day = 1, start
    found: list[ExpectedCycle] = []
    while number <= LAST_NUMBER:
        enough = bool(found) and found[-1].date > today
        if enough and (until is None or day > until):
            break
        found.append(ExpectedCycle(number, day))
        number, day = number + 1, day + length
    return found


def _recorded(line: TreatmentLine) -> list[tuple[int, datetime.date]]:
    return [(cycle.number, cycle.date) for cycle in line.cycles.all()]


def projected_cycles(
    line: TreatmentLine, today: datetime.date, *, until: datetime.date | None = None
) -> list[ExpectedCycle]:
    """The cycles of a line that are not recorded yet, those overdue for recording included (see `projected`).

    None once the line has ended. Reads `line.cycles.all()`: prefetch it for many.
    """
    if line.ended_on is not None:
        return []
    start = line.actual_start or line.planned_start
    return projected(start, line.cycle_length_days, _recorded(line), today, until=until)


def day_of_given(line: TreatmentLine, nth: int, today: datetime.date) -> datetime.date | None:
    """The day on which the `nth` cycle that is given falls, recorded or projected; None when that is not known.

    Cycles without an outcome, and those between recorded ones that nobody recorded, count as given: the day
    is never reckoned too late. A cycle that was not given does not count.
    """
    cycles = sorted(line.cycles.all(), key=lambda cycle: cycle.number)
    given = 0
    for cycle in cycles:
        omitted = sum(
            one.outcome == TreatmentCycle.Outcome.OMITTED for one in cycles if one.number <= cycle.number
        )
        given = cycle.number - omitted
        if given >= nth and cycle.outcome != TreatmentCycle.Outcome.OMITTED:
            return cycle.date
    if line.cycle_length_days is None or line.ended_on is not None:
        return None
    ahead = datetime.timedelta(days=line.cycle_length_days * (nth - given))
    first = line.actual_start or line.planned_start
    last = cycles[-1].date if cycles else first and first - datetime.timedelta(days=line.cycle_length_days)
    return last + ahead if last is not None else None


def rows_to_record(
    line: TreatmentLine, today: datetime.date
) -> list[tuple[int, datetime.date | None, TreatmentCycle | None]]:
    """Number, expected day and record (None: nothing yet) of each cycle of a line, in order.

    Numbers that were skipped stand with a day only where the cycle length places them before the next record.
    """
    cycles = {cycle.number: cycle for cycle in line.cycles.all()}
    rows: list[tuple[int, datetime.date | None, TreatmentCycle | None]] = []
    day: datetime.date | None = line.actual_start
    length = datetime.timedelta(days=line.cycle_length_days) if line.cycle_length_days else None
    for number in range(1, max(cycles, default=0) + 1):
        cycle = cycles.get(number)
        if cycle is not None:
            day = cycle.date
        later = min((one.date for one in cycles.values() if one.number > number), default=None)
        rows.append((number, day if later is None or day is None or day < later else None, cycle))
        day = day + length if day is not None and length is not None else None
    coming = projected_cycles(line, today)[:LONGEST_LIST]
    if not coming and line.ended_on is None:
        coming_number = max(cycles, default=0) + 1
        return [*rows, (coming_number, line.actual_start if coming_number == 1 else None, None)]
    return [*rows, *((cycle.number, cycle.date, None) for cycle in coming)]
