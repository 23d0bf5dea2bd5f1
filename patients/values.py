"""Turn what came in (typed or as text) into the value of a column, or say what is wrong with it.

Every message names the value and what is allowed; the caller adds the name of the field.
"""

import datetime
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from patients.models.columns import CodedList, Count, Quantity

EARLIEST = {
    "birth_date": datetime.date(1900, 1, 1),
    "diagnosis_date": datetime.date(1990, 1, 1),
    "detection_date": datetime.date(1990, 1, 1),
}
"""Lower bounds of dates (specification A.1)."""
MAY_LIE_AHEAD = frozenset({"planned_date", "planned_start", "planned_on"})
"""Dates that are plans. Every other date is refused when it lies in the future."""

_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _number(number: float | None) -> str:
    return f"{number:g}" if number is not None else ""


def codes_of(field: "models.Field[Any, Any]") -> tuple[str, ...]:
    """The codes that a coded column takes."""
    if isinstance(field, CodedList):
        return tuple(field.codes)
    return tuple(str(code) for code, _ in field.choices or () if code != "")


def allowed(field: "models.Field[Any, Any]") -> str:
    """What the column takes, as the end of a sentence."""
    if isinstance(field, models.ForeignKey):
        return "one of the list"
    if isinstance(field, models.BooleanField):
        return "yes or no"
    if isinstance(field, CodedList):
        return f"any of {', '.join(codes_of(field))}"
    if field.choices:
        return f"one of {', '.join(codes_of(field))}"
    if isinstance(field, (Count, Quantity)):
        kind = "a whole number" if isinstance(field, Count) else "a number"
        return f"{kind} from {_number(field.low)} to {_number(field.high)}"
    if isinstance(field, models.DateField):
        first = EARLIEST.get(field.name)
        since = f" from {first.isoformat()} on" if first else ""
        until = "" if field.name in MAY_LIE_AHEAD else ", not in the future"
        return f"a date as YYYY-MM-DD{since}{until}"
    if isinstance(field, models.CharField):
        return f"a text of 1 to {field.max_length} characters"
    if isinstance(field, models.TextField):
        return "a text"
    return "a number of 0 or more"


def _refuse(field: "models.Field[Any, Any]", value: Any) -> ValidationError:
    shown = value.isoformat() if isinstance(value, datetime.date) else value
    return ValidationError(f"{shown!r} is not allowed; allowed: {allowed(field)}.", code="invalid")


def _clean_number(field: "models.Field[Any, Any]", value: Any) -> int | float:
    if isinstance(value, str):
        try:
            value = Decimal(value.strip())
        except ArithmeticError:
            raise _refuse(field, value) from None
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)) or not math.isfinite(value):
        raise _refuse(field, value)
    if isinstance(field, (Count, Quantity)):
        low = -math.inf if field.low is None else field.low
        high = math.inf if field.high is None else field.high
        if not low <= value <= high:
            raise _refuse(field, value if not isinstance(value, Decimal) else float(value))
    elif value < 0:
        raise _refuse(field, value)
    if isinstance(field, models.IntegerField):
        if value != int(value):
            raise _refuse(field, float(value))
        return int(value)
    return float(value)


def _clean_date(field: "models.Field[Any, Any]", value: Any) -> datetime.date:
    day = value
    if isinstance(value, str):
        try:
            day = datetime.date.fromisoformat(value.strip())
        except ValueError:
            raise _refuse(field, value) from None
    if not isinstance(day, datetime.date) or isinstance(day, datetime.datetime):
        raise _refuse(field, value)
    if day < EARLIEST.get(field.name, datetime.date(1900, 1, 1)):
        raise _refuse(field, day)
    if day > timezone.localdate() and field.name not in MAY_LIE_AHEAD:
        raise ValidationError(
            f"{day.isoformat()} lies in the future; allowed: {allowed(field)}.", code="future"
        )
    return day


def _clean_list(field: CodedList, value: Any) -> list[str]:
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, (list, tuple, set, frozenset)):
        raise _refuse(field, value)
    chosen = {str(code).strip() for code in given if str(code).strip()}
    for code in chosen:
        if code not in field.codes:
            raise _refuse(field, code)
    return [code for code in field.codes if code in chosen]


def _clean_text(field: "models.Field[Any, Any]", value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise _refuse(field, value)
    text = value.strip()
    limit = getattr(field, "max_length", None)
    if limit is not None and len(text) > limit:
        raise _refuse(field, text)
    if text == "" and (field.null or not field.blank):
        raise _refuse(field, value)
    return text


def clean_value(field: "models.Field[Any, Any]", value: Any) -> Any:
    """The value to store in `field`'s column.

    Takes typed values and their text (yes/no, ISO dates, numbers with a decimal point, codes with commas
    between them). `None` passes where the column is nullable. Raises `ValidationError` with one message.
    """
    if value is None:
        if not field.null:
            raise ValidationError(f"A value is needed; allowed: {allowed(field)}.", code="required")
        return None
    if isinstance(field, models.ForeignKey):
        return value
    if isinstance(field, models.BooleanField):
        answer = value if isinstance(value, bool) else _YES_NO.get(str(value).strip().lower())
        if answer is None:
            raise _refuse(field, value)
        return answer
    if isinstance(field, CodedList):
        return _clean_list(field, value)
    if field.choices:
        if value not in codes_of(field) and not (value == "" and field.blank and not field.null):
            raise _refuse(field, value)
        return value
    if isinstance(field, (models.IntegerField, models.FloatField)):
        return _clean_number(field, value)
    if isinstance(field, models.DateField):
        return _clean_date(field, value)
    return _clean_text(field, value)


def clean_columns(
    model: type[models.Model], values: Mapping[str, Any], *, editable: frozenset[str], prefix: str = ""
) -> dict[str, Any]:
    """Clean several columns; raises one `ValidationError` with every message, by `prefix` + column."""
    cleaned: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, value in values.items():
        if name not in editable:
            errors[prefix + name] = [f"There is no such field; allowed: {', '.join(sorted(editable))}."]
            continue
        field = cast("models.Field[Any, Any]", model._meta.get_field(name))
        try:
            cleaned[name] = clean_value(field, value)
        except ValidationError as error:
            errors[prefix + name] = list(error.messages)
    if errors:
        raise ValidationError(errors)
    return cleaned
