"""JSON as people send it in: strict, and with a reason where it is none."""

import json
from typing import Any


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"'{name[:60]}' stands twice in one object")
        found[name] = value
    return found


def load_json(text: str) -> Any:
    """The value in a text of JSON. Raises `ValueError`: no JSON, a name that stands twice, NaN, nested too deeply."""
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_twice)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
