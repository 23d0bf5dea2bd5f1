"""The course of a patient in sentences: the text alternative of the timeline."""

from collections.abc import Sequence

from patients.drawings.course import Course, Event, Line, Window
from patients.wording import counted_in_words, day, day_short, listing, number, span


def describe(course: Course) -> str:
    """All that the drawing shows, in words and in the order of its rows."""
    parts = [f"Today is {day(course.today)}."]
    parts += [_line(line) for line in course.lines]
    parts += [_window(window) for window in course.windows]
    parts += [
        _events("Imaging", course.scans, "booked"),
        _events("Procedures", course.procedures, "planned"),
        _events("Volumetry", course.volumetries, "planned"),
    ]
    if course.cea:
        values = listing(f"{number(reading.value)} ({day_short(reading.date)})" for reading in course.cea)
        parts.append(f"CEA in ng/mL: {values}.")
    parts += [_events("Stagings", course.stagings, "planned"), _events("Board", course.boards, "planned")]
    return " ".join(part for part in parts if part)


def _line(line: Line) -> str:
    begun = f" from {day(line.first)}" if line.first else ", start not known"
    ended = f" to {day(line.end)}" if line.end else ""
    given = sum(cycle.given for cycle in line.cycles)
    cycles = f", {counted_in_words(given, 'cycle')} given" if line.cycles else ""
    return f"{line.name}{', planned' if line.planned else ''}{begun}{ended}{cycles}."


def _window(window: Window) -> str:
    kind = "Provisional reassessment window" if window.provisional else "Reassessment window"
    words = f"{kind}: two to three months, {span(window.start, window.end)}"
    if window.cycle_start and window.cycle_end:
        words += f"; cycles four to six, {span(window.cycle_start, window.cycle_end)}"
    return f"{words}{'; overdue' if window.late else ''}."


def _events(name: str, events: Sequence[Event], ahead: str) -> str:
    if not events:
        return ""
    items = listing(
        f"{event.name} {day(event.date)}{f' ({ahead})' if event.planned else ''}" for event in events
    )
    return f"{name}: {items}."
