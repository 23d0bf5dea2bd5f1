"""The JSON Schema (draft 2020-12) of a case document, made from the vocabulary."""

from functools import cache
from typing import Any

from decisions.engine.document import SCHEMA, TREE, UNKNOWN
from decisions.engine.facts import BLOCKS, FactDef

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def case_schema() -> dict[str, Any]:
    """The schema served at `/api/case.schema.json`. What only the engine can check (dates up to the date of the
    staging, lesion names used once) stands in the descriptions.
    """
    blocks: dict[str, Any] = {"schema": {"const": SCHEMA}}
    for name, fields in TREE.items():
        block = _object(fields) | {"title": BLOCKS[name].label}
        blocks[name] = {"type": ["array", "null"], "items": block} if name == "lesions" else block
    return {
        "$schema": DIALECT,
        "$id": "/api/case.schema.json",
        "title": f"Case document ({SCHEMA})",
        "type": "object",
        "additionalProperties": False,
        "properties": blocks,
    }


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {
            key: _fact(field) if isinstance(field, FactDef) else _object(field)
            for key, field in fields.items()
        },
    }


def _fact(fact: FactDef) -> dict[str, Any]:
    words = ". ".join(part for part in (fact.meaning, f"Allowed: {fact.expected}") if part)
    described = {"title": fact.label, "description": words}
    if fact.unit:
        described["x-unit"] = fact.unit
    return described | _values(fact)


def _values(fact: FactDef) -> dict[str, Any]:
    if fact.type == "bool":
        return {"type": ["boolean", "null"]}
    if fact.type in ("int", "decimal"):
        kind = "integer" if fact.type == "int" else "number"
        return {"type": [kind, "null"], "minimum": fact.minimum, "maximum": fact.maximum}
    if fact.type == "date":
        return {"type": ["string", "null"], "format": "date"}
    if fact.type == "list":
        codes = {"type": "array", "items": {"enum": list(fact.allowed or ())}}
        return {"anyOf": [codes, {"enum": [UNKNOWN, None]}]}
    if fact.allowed is not None:
        return {"enum": [*fact.allowed, UNKNOWN, None]}
    text: dict[str, Any] = {"type": ["string", "null"], "minLength": 1, "maxLength": fact.longest}
    if fact.pattern is not None:
        text["pattern"] = f"^(?:{fact.pattern.pattern}|{UNKNOWN})$"
    return text
