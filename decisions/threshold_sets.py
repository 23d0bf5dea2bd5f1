"""Sets of thresholds as files, to keep, to send to another board, and to take into a draft (`crlm-thresholds/1`).

    {"schema": "crlm-thresholds/1", "name": "board", "version": 7, "engine_version": "1.1.0", "hash": "…",
     "thresholds": {"ABL_TIER1_MAX_MM": 30, …}, "changes": {"ADAM_FLR_MIN": 35}}

`name` is the code of the profile, or `board`; `thresholds` the complete set, `changes` what the layer sets itself,
`hash` the SHA-256 of `thresholds` as one line of JSON with sorted names. The same version gives the same bytes.
The plain form `{"ADAM_FLR_MIN": 35}`, which `manage.py assess --thresholds` reads, is read too.
"""

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from decisions.engine.assess import ENGINE_VERSION
from decisions.engine.thresholds import Number, ThresholdError, default
from decisions.json_text import load_json
from decisions.models import RulebookVersion

SCHEMA = "crlm-thresholds/1"
BOARD = "board"
LARGEST = 256 * 1024
"""Bytes; a complete set has about 4,000."""
KEYS = ("schema", "name", "version", "engine_version", "hash", "thresholds", "changes")
SHOWN = 20
"""So many problems of a file are told at once."""
_ALLOWED = f'a file of {SCHEMA}, or one object of names and numbers such as {{"ADAM_FLR_MIN": 35}}'


@dataclass(frozen=True, slots=True)
class GivenSet:
    """What a file says: its name ('' in the plain form), all its numbers, and those that its layer sets itself."""

    name: str
    thresholds: Mapping[str, Number]
    changes: Mapping[str, Number]


def set_document(version: RulebookVersion) -> dict[str, Any]:
    """A version as a document of `crlm-thresholds/1`."""
    return {
        "schema": SCHEMA,
        "name": version.profile.code if version.profile else BOARD,
        "version": version.number,
        "engine_version": ENGINE_VERSION,
        "hash": version.hash,
        "thresholds": dict(sorted(version.thresholds.items())),
        "changes": dict(sorted(version.changes.items())),
    }


def set_text(version: RulebookVersion) -> str:
    """The document as it stands in a file: two spaces deep, names in order, a line feed at the end."""
    return json.dumps(set_document(version), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def near_names(name: str) -> list[str]:
    """The thresholds whose names are most like this one, the nearest first; empty where none is."""
    names = list(default().numbers)
    found = difflib.get_close_matches(name.upper(), names, n=5, cutoff=0.6)
    parts = [other for other in names if name and name.upper() in other and other not in found]
    return (found + parts)[:5]


def read_set(content: bytes) -> GivenSet:
    """The set in a file. Raises `ValidationError` on `file` with everything that is wrong, nothing taken."""
    document = _parsed(content)
    if not isinstance(document, dict):
        raise _refused([f"The file holds {_said(document)}; allowed: {_ALLOWED}."])
    if "schema" not in document and "thresholds" not in document:
        plain = _numbers("", document)
        return GivenSet("", plain, plain)
    problems = [
        f"{key}: this is no part of {SCHEMA}; allowed: {', '.join(KEYS)}."
        for key in document
        if key not in KEYS
    ]
    if document.get("schema") != SCHEMA:
        problems.append(f"schema: {_said(document.get('schema'))} is not allowed; allowed: '{SCHEMA}'.")
    for key in ("thresholds", "changes"):
        if not isinstance(document.get(key, {}), dict) or key not in (*document, "changes"):
            problems.append(
                f"{key}: {_said(document.get(key))} is not allowed; allowed: an object of names and numbers."
            )
    if not isinstance(document.get("name", ""), str):
        problems.append(f"name: {_said(document['name'])} is not allowed; allowed: a text.")
    if problems:
        raise _refused(problems)
    thresholds = _numbers("thresholds.", document["thresholds"])
    changes = _numbers("changes.", document.get("changes", {}))
    _whole(document, thresholds, changes)
    return GivenSet(document.get("name", ""), thresholds, changes)


def _parsed(content: bytes) -> Any:
    if len(content) > LARGEST:
        raise too_large(len(content))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused([f"The file is not UTF-8 text; allowed: {_ALLOWED}."]) from error
    if not text.strip():
        raise _refused([f"The file is empty; allowed: {_ALLOWED}."])
    try:
        return load_json(text)
    except ValueError as error:
        raise _refused([f"The file is not JSON ({error}); allowed: {_ALLOWED}."]) from error


def too_large(size: int) -> ValidationError:
    """The error of a file of so many bytes, so that it is refused before it is read."""
    return _refused([f"The file has {size:,} bytes; allowed: at most {LARGEST:,}."])


def _numbers(place: str, given: Mapping[str, Any]) -> dict[str, Number]:
    known, numbers = default(), {}
    problems: list[str] = []
    for name, value in given.items():
        if name not in known.numbers:
            near = near_names(name[:60]) if len(problems) < SHOWN else []
            allowed = f"near names: {', '.join(near)}" if near else "the names on the rulebook page"
            problems.append(f"{place}{_cut(name)}: there is no such threshold; allowed: {allowed}.")
            continue
        try:
            numbers[name] = known.get(name).check(value)
        except ThresholdError:
            problems.append(
                f"{place}{name}: {_said(value)} is not allowed; allowed: {known.get(name).allowed}."
            )
    if problems:
        raise _refused(problems)
    if not given and place != "changes.":
        raise _refused([f"The file names no threshold; allowed: {_ALLOWED}."])
    return numbers


def _whole(
    document: Mapping[str, Any], thresholds: Mapping[str, Number], changes: Mapping[str, Number]
) -> None:
    canonical = json.dumps(document["thresholds"], sort_keys=True, separators=(",", ":"))
    found = hashlib.sha256(canonical.encode()).hexdigest()
    if "hash" in document and document["hash"] != found:
        raise _refused(
            [
                f"hash: {_said(document['hash'])} is not that of the thresholds in the file ({found[:12]}…): it was "
                "changed after it was exported; allowed: the file as exported, or one without a hash."
            ]
        )
    wrong = [name for name, value in changes.items() if thresholds.get(name) != value]
    if wrong:
        raise _refused(
            [
                f"changes.{name}: {changes[name]:g} does not stand under thresholds; allowed: the same value in both."
                for name in wrong
            ]
        )


def _said(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"
    return _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


def _refused(problems: Iterable[str]) -> ValidationError:
    found = list(problems)
    more = [f"And {len(found) - SHOWN} more of this kind."] if len(found) > SHOWN else []
    return ValidationError({"file": [*found[:SHOWN], *more]})
