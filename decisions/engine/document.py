"""Case documents (`crlm-case/1`): read strictly, written canonically.

A document is one JSON object of blocks; its fields are the engine's vocabulary. A missing key, `null`, or the
string 'unknown' in a coded field is a missing value. Everything that is wrong is told at once, each with its
path, its value and what is allowed.
"""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from typing import Any, cast

from decisions.engine.facts import BLOCKS, EARLIEST_DAY, FACTS, LATEST_DAY, FactDef

SCHEMA = "crlm-case/1"
UNKNOWN = "unknown"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (`volumetry.flr_pct`, `lesions[0].segment`), the value, what is allowed."""

    path: str
    value: Any
    message: str


class DocumentError(ValueError):
    """A case document that cannot be taken; `errors` holds every problem, in the order of the document."""

    def __init__(self, errors: Sequence[Problem]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(error.message for error in self.errors))


class Case(dict[str, Any]):
    """The known facts of a case by dotted name; what is missing is not in it.

    Dates are `datetime.date`, lists are tuples, numbers int or float. `lesions` holds the lesions, each with
    its known keys.
    """

    @property
    def id(self) -> str | None:
        """The pseudonymous number of the case."""
        return self.get("case.id")

    @property
    def lesions(self) -> tuple[dict[str, Any], ...]:
        """The lesions in the order of the document."""
        found: tuple[dict[str, Any], ...] = self.get("lesions", ())
        return found


def _tree() -> dict[str, Any]:
    """The vocabulary as nested blocks; a leaf is a fact."""
    tree: dict[str, Any] = {}
    for fact in FACTS.values():
        *path, key = fact.name.replace("[]", "").split(".")
        here = tree
        for step in path:
            here = here.setdefault(step, {})
        here[key] = fact
    return {name: tree.get(name, {}) for name in BLOCKS}


TREE: Mapping[str, Any] = _tree()
"""Block by block: key to fact, or to a block within (`imaging.recist`); `lesions` describes one lesion."""


DEEPEST = 4
"""Levels of a refused value that are told again."""


def _told(value: Any, depth: int = 0) -> Any:
    """A refused value as JSON can hold it: no infinite number, no half of a character, nothing endlessly deep."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping | list | tuple) and depth >= DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {_told(str(key)): _told(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_told(inner, depth + 1) for inner in value]
    return value


class _Reader:
    def __init__(self) -> None:
        self.case = Case()
        self.problems: list[Problem] = []

    def refuse(self, path: str, value: Any, allowed: str) -> None:
        told = _told(value)
        shown = json.dumps(told, ensure_ascii=False, default=str)
        shown = shown if len(shown) <= 60 else shown[:57] + "…"
        place = path or "document"
        self.problems.append(Problem(path, told, f"{place}: {shown} is not allowed; allowed: {allowed}."))

    def refuse_key(self, path: str, key: Any, value: Any, known: Sequence[str]) -> None:
        path, key = _told(path), _told(str(key))
        near = get_close_matches(key, known, n=1)
        allowed = f"{near[0]} (perhaps meant)" if near else ", ".join(known)
        message = f"{path}: {key!r} is not a known key; allowed: {allowed}."
        self.problems.append(Problem(path, _told(value), message))

    def block(
        self, path: str, content: Any, fields: Mapping[str, Any], put: Callable[[FactDef, Any], None]
    ) -> None:
        if content is None:
            return
        if not isinstance(content, Mapping):
            self.refuse(path, content, "an object")
            return
        for key, value in content.items():
            name = _told(str(key))
            inner = f"{path}.{name}" if path else name
            field = fields.get(key)
            if field is None:
                self.refuse_key(inner, name, value, list(fields))
            elif isinstance(field, FactDef):
                self.fact(inner, field, value, put)
            else:
                self.block(inner, value, field, put)

    def fact(self, path: str, fact: FactDef, value: Any, put: Callable[[FactDef, Any], None]) -> None:
        if value is None or (value == UNKNOWN and fact.coded):
            return
        read = _READERS[fact.type](fact, value)
        if read is None:
            self.refuse(path, value, fact.expected)
        else:
            put(fact, read)

    def lesions(self, content: Any) -> None:
        if content is None:
            return
        if not isinstance(content, list | tuple):
            self.refuse("lesions", content, "a list of objects")
            return
        found: list[dict[str, Any]] = []
        for position, entry in enumerate(content):
            path = f"lesions[{position}]"
            if not isinstance(entry, Mapping):
                self.refuse(path, entry, "an object")
                continue
            lesion: dict[str, Any] = {}
            self.block(path, entry, TREE["lesions"], partial(_put, lesion))
            found.append(lesion)
        for position, lesion in enumerate(found):
            name = lesion.setdefault("id", f"L{position + 1}")
            if any(other.get("id") == name for other in found[:position]):
                self.refuse(f"lesions[{position}].id", name, "a name that no other lesion has")
        if found:
            self.case["lesions"] = tuple({"id": lesion["id"], **lesion} for lesion in found)

    def check_dates(self) -> None:
        """Convention 13: 'today' is the date of the staging; without it the upper end is open."""
        today = self.case.get("case.decision_date")
        for name, value in self.case.items():
            if not isinstance(value, datetime.date):
                continue
            fact = FACTS[name]
            if fact.latest and today is not None and value > today:
                self.refuse(
                    name, value.isoformat(), f"a date up to the date of the staging ({today.isoformat()})"
                )
            earlier = self.case.get(fact.not_before) if fact.not_before else None
            if earlier is not None and value < earlier:
                self.refuse(
                    name, value.isoformat(), f"a date from {fact.not_before} on ({earlier.isoformat()})"
                )


def _put(into: dict[str, Any], fact: FactDef, value: Any) -> None:
    into[fact.key] = value


def _read_bool(fact: FactDef, value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _read_number(fact: FactDef, value: Any) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not _finite(value):
        return None
    number = _plain_number(value)
    if fact.type == "int" and not isinstance(number, int):
        return None
    # The loader of the vocabulary refuses a number without its bounds.
    low, high = cast("float", fact.minimum), cast("float", fact.maximum)
    if not low <= number <= high:
        return None
    return number


def _finite(value: float | Decimal) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def _plain_number(value: float | Decimal) -> int | float:
    """3.0 and 3 are the same number, and are written the same."""
    return int(value) if value == int(value) else float(value)


def _read_date(fact: FactDef, value: Any) -> datetime.date | None:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        day = value
    elif isinstance(value, str) and _DAY.fullmatch(value):
        try:
            day = datetime.date.fromisoformat(value)
        except ValueError:
            return None
    else:
        return None
    return day if (fact.earliest or EARLIEST_DAY) <= day <= LATEST_DAY else None


def _read_code(fact: FactDef, value: Any) -> str | None:
    return value if isinstance(value, str) and value in (fact.allowed or ()) else None


def _read_text(fact: FactDef, value: Any) -> str | None:
    if not isinstance(value, str) or not value.strip() or len(value) > fact.longest:
        return None
    if any(not character.isprintable() for character in value):
        return None
    if fact.allowed is not None and value not in fact.allowed:
        return None
    return value if fact.pattern is None or fact.pattern.fullmatch(value) else None


def _read_list(fact: FactDef, value: Any) -> tuple[str, ...] | None:
    allowed = fact.allowed or ()
    if not isinstance(value, list | tuple) or any(item not in allowed for item in value):
        return None
    return tuple(code for code in allowed if code in value)


_READERS: Mapping[str, Callable[[FactDef, Any], Any]] = {
    "bool": _read_bool,
    "int": _read_number,
    "decimal": _read_number,
    "date": _read_date,
    "enum": _read_code,
    "code": _read_text,
    "string": _read_text,
    "list": _read_list,
}


def parse(document: Any) -> Case:
    """The known facts of a case document. Raises `DocumentError` with every problem."""
    reader = _Reader()
    if not isinstance(document, Mapping):
        raise DocumentError([Problem("", _told(document), "The document must be a JSON object of blocks.")])
    for key, content in document.items():
        if key == "schema":
            if content not in (None, SCHEMA):
                reader.refuse("schema", content, SCHEMA)
        elif key == "lesions":
            reader.lesions(content)
        elif key in TREE:
            reader.block(
                str(key), content, TREE[key], lambda fact, value: reader.case.__setitem__(fact.name, value)
            )
        else:
            reader.refuse_key(str(key), key, content, list(TREE))
    reader.check_dates()
    if reader.problems:
        raise DocumentError(reader.problems)
    return reader.case


def canonical(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same document with missing keys left out and everything in the order of the vocabulary.

    Values are not judged (a draft may hold what staging will refuse), only written in one way: dates as text,
    3.0 as 3, lists in the order of their codes.
    """
    ordered: dict[str, Any] = {}
    for name, fields in TREE.items():
        content = document.get(name)
        if name == "lesions":
            lesions = [
                _ordered({**lesion, "id": lesion.get("id") or f"L{position}"}, fields)
                for position, lesion in enumerate(content or (), start=1)
            ]
            if lesions:
                ordered[name] = lesions
        elif content and (block := _ordered(content, fields)):
            ordered[name] = block
    return ordered


def _ordered(content: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    ordered: dict[str, Any] = {}
    for key, field in fields.items():
        value = content.get(key)
        if value is None:
            continue
        if not isinstance(field, FactDef):
            if block := _ordered(value, field):
                ordered[key] = block
        elif not (value == UNKNOWN and field.coded):
            ordered[key] = _written(field, value)
    return ordered


def _written(fact: FactDef, value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float | Decimal) and _finite(value):
        return _plain_number(value)
    if fact.type == "list" and isinstance(value, list | tuple):
        known = [code for code in fact.allowed or () if code in value]
        return known + [code for code in value if code not in known]
    return value


def dumps(document: Mapping[str, Any]) -> str:
    """The document as one line of JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
