"""What a reader of the record returns: a value, where it comes from in words, and the day it was observed."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Truth = bool | None


@dataclass(frozen=True, slots=True)
class Found:
    """One value that nobody entered: read from a series, or derived."""

    value: Any
    basis: str
    observed_on: datetime.date | None = None


Findings = dict[str, Found]
Values = Mapping[str, Any]


def any_true(answers: Iterable[Truth], *, complete: bool) -> Truth:
    """Kleene 'any': true as soon as one is; false only when the list is complete and every answer is no."""
    known = list(answers)
    if any(answer is True for answer in known):
        return True
    return False if complete and known and all(answer is False for answer in known) else None


def all_true(answers: Iterable[Truth], *, complete: bool) -> Truth:
    """Kleene 'all', and only of a complete list that is not empty."""
    known = list(answers)
    if not complete or not known:
        return None
    if any(answer is False for answer in known):
        return False
    return True if all(answer is True for answer in known) else None


def counted(number: int, noun: str) -> str:
    """'1 lesion', '3 lesions'."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
