"""Numbers, dates and lists in words, the same on pages, in drawings and in text output.

A number and its unit are joined by a no-break space (`NBSP`), a minus is a real minus sign, and every
function returns '' for a missing value: who shows it decides how 'missing' looks there.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime

NBSP = "\u00a0"
MINUS = "\u2212"
EN_DASH = "\u2013"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = r"%|mm|cm|mL|ml|ng/mL|U/mL|kPa|g|kg|y|points?|days?|weeks?|months?|years?"
_NUMBER_AND_UNIT = re.compile(rf"(?<=\d) (?=(?:{_UNITS})(?!\w))|(?<=[<>≤≥±]) (?=\d)")
_SMALL_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(value: float | None, digits: int | None = None) -> str:
    """`value` with thousands separated; `digits` decimals, or as many as it needs, at most two."""
    if value is None:
        return ""
    text = f"{value:,.2f}".rstrip("0").rstrip(".") if digits is None else f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def quantity(value: float | None, unit: str = "", digits: int | None = None) -> str:
    """'38 mm': the number and its unit on one line."""
    text = number(value, digits)
    return f"{text}{NBSP}{unit}" if text and unit else text


def percent(value: float | None, digits: int = 1) -> str:
    """'29.6 %'. The value is in percent, not a fraction."""
    return quantity(value, "%", digits)


def signed(value: float | None, unit: str = "", digits: int | None = None) -> str:
    """'+12 mm', '−36.9 %': for changes."""
    text = quantity(value, unit, digits)
    return f"+{text}" if value is not None and value > 0 else text


def day(value: date | datetime | None) -> str:
    """'31 Mar 2026'."""
    return f"{day_short(value)}{NBSP}{value.year}" if value else ""


def day_short(value: date | datetime | None) -> str:
    """'31 Mar', where the year is plain from the page."""
    return f"{value.day}{NBSP}{MONTHS[value.month - 1]}" if value else ""


def span(start: date | None, end: date | None) -> str:
    """'22 Mar – 22 Apr 2026'; both years when they differ."""
    if start is None or end is None:
        return day(start or end)
    first = day_short(start) if start.year == end.year else day(start)
    return f"{first} {EN_DASH} {day(end)}"


def counted(count: int | None, singular: str, plural: str = "") -> str:
    """'1 lesion', '6 lesions', '0 lesions'."""
    if count is None:
        return ""
    return f"{number(count)}{NBSP}{singular if count == 1 else plural or singular + 's'}"


def counted_in_words(count: int, singular: str, plural: str = "") -> str:
    """'six lesions' up to ten, figures above: for sentences that are read aloud."""
    noun = singular if count == 1 else plural or singular + "s"
    return f"{_SMALL_NUMBERS[count] if 0 <= count <= 10 else number(count)} {noun}"


def listing(items: Iterable[str], joint: str = "and") -> str:
    """'a', 'a and b', 'a, b and c'."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def sentence(text: str) -> str:
    """The text with its first letter raised."""
    return text[:1].upper() + text[1:]


def unbroken(text: str) -> str:
    """The text with numbers held to their units and to the signs before them: 'needs ≥ 30 %'."""
    return _NUMBER_AND_UNIT.sub(NBSP, text)
