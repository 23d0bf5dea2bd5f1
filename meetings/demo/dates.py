"""Dates of the demo board, written relative to the day of loading."""

import datetime
import re

from decisions.engine.calendar import add_months

_RELATIVE = re.compile(r"^(?P<count>[+-]?\d+)(?P<unit>[dwm])(?P<days>[+-]\d+d)?$")


def resolve_date(text: str, *, today: datetime.date) -> datetime.date:
    """The day that `text` names: '-70d', '-5w', '-4m' (calendar months), '-14m+3d', '0d'.

    Raises:
        ValueError: `text` is no relative date.
    """
    match = _RELATIVE.match(text)
    if match is None:
        raise ValueError(f"{text!r} is no relative date; allowed: '-70d', '-5w', '-4m', '-14m+3d'.")
    count, extra = int(match["count"]), int((match["days"] or "0d")[:-1])
    if match["unit"] == "m":
        day = add_months(today, count)
    else:
        day = today + datetime.timedelta(days=count * (7 if match["unit"] == "w" else 1))
    return day + datetime.timedelta(days=extra)


def resolve_dates(value: object, *, today: datetime.date) -> object:
    """`value` with every relative date in it resolved, through lists and mappings; all else as it is."""
    if isinstance(value, dict):
        return {key: resolve_dates(item, today=today) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve_dates(item, today=today) for item in value]
    if isinstance(value, str) and _RELATIVE.match(value):
        return resolve_date(value, today=today)
    return value
