"""Columns for facts. All are nullable: a missing value is a value, and it is NULL, never 0, '' or false.

Bounds and codes are those of the clinical specification (part A.1); the database itself refuses
anything else, because every column carries its own CHECK. Labels are not written here: they belong
to the engine's vocabulary, and a test holds the two together.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class _Ranged:
    """A number between `low` and `high`, both included, held by validators and by the database."""

    def __init__(self, low: float | None = None, high: float | None = None, **options: Any) -> None:
        self.low, self.high = low, high
        options.setdefault("null", True)
        options.setdefault("blank", True)
        super().__init__(**options)

    @property
    def validators(self) -> list[Any]:
        bounds: list[Any] = []
        if self.low is not None:
            bounds.append(MinValueValidator(self.low))
        if self.high is not None:
            bounds.append(MaxValueValidator(self.high))
        return [*super().validators, *bounds]  # type: ignore[misc]

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        return name, path, args, {**kwargs, "low": self.low, "high": self.high}

    def db_check(self, connection: Any) -> str | None:
        column = connection.ops.quote_name(self.column)  # type: ignore[attr-defined]
        return None if self.low is None else f"{column} >= {self.low} AND {column} <= {self.high}"


class Quantity(_Ranged, models.FloatField):  # type: ignore[type-arg]
    """A measured number, in the unit that its name ends with (`_mm`, `_ml`, `_pct` …)."""


class Count(_Ranged, models.IntegerField):  # type: ignore[type-arg]
    """A whole number."""


def _quoted(codes: tuple[str, ...]) -> str:
    return ", ".join("'" + code.replace("'", "''") + "'" for code in codes)


class Coded(models.CharField):  # type: ignore[type-arg]
    """One of the codes of the specification; 'unknown' is not a code but NULL."""

    def __init__(self, *codes: str, **options: Any) -> None:
        self.codes = codes or tuple(code for code, _ in options.get("choices") or ())
        options["choices"] = [(code, code) for code in self.codes]
        options.setdefault("max_length", 40)
        options.setdefault("null", True)
        options.setdefault("blank", True)
        super().__init__(**options)

    def db_check(self, connection: Any) -> str | None:
        return f"{connection.ops.quote_name(self.column)} IN ({_quoted(self.codes)})" if self.codes else None


class CodedList(ArrayField):  # type: ignore[type-arg]
    """Several codes; NULL is unknown, an empty list is 'none of them'."""

    def __init__(self, *codes: str, **options: Any) -> None:
        base = options.pop("base_field", None) or models.CharField(
            max_length=40, choices=[(code, code) for code in codes]
        )
        self.codes = codes or tuple(code for code, _ in base.choices or ())
        options.setdefault("null", True)
        options.setdefault("blank", True)
        super().__init__(base, **options)

    def db_check(self, connection: Any) -> str | None:
        column = connection.ops.quote_name(self.column)
        return f"{column} <@ ARRAY[{_quoted(self.codes)}]::varchar[]" if self.codes else None


class YesNo(models.BooleanField):  # type: ignore[type-arg]
    """Yes, no, or not known (NULL)."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("null", True)
        options.setdefault("blank", True)
        super().__init__(**options)


class Day(models.DateField):  # type: ignore[type-arg]
    """A calendar day."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("null", True)
        options.setdefault("blank", True)
        super().__init__(**options)


class Words(models.CharField):  # type: ignore[type-arg]
    """A short open text, such as a histology code or a variant; NULL when missing."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 120)
        options.setdefault("null", True)
        options.setdefault("blank", True)
        super().__init__(**options)
