"""Calendar arithmetic (specification, convention 5): months are calendar months, never 30 days."""

import calendar
import datetime


def add_months(day: datetime.date, months: int) -> datetime.date:
    """`day` moved by calendar months, clamped to the last day of the month (31 Jan + 3 = 30 Apr)."""
    index = day.year * 12 + day.month - 1 + int(months)
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def completed_years(birth: datetime.date, day: datetime.date) -> int:
    """Age in completed years; a 29 February birthday advances on 1 March in common years (C18)."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
