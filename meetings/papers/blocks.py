"""What a document is made of: sections of blocks, as JSON, so that page, plain text and PDF say the same.

A document: `title`, `subtitle`, `people` (identifiers of the one patient, or None), `meta` (label and value),
`sections`. A section: `title`, `patient` (its primary key where the section is about one patient, else None),
`people` (that patient's identifiers, or ''), `blocks`. A block by its `type`:

- `text`: `text`, and `key` where a clinician may write another text; an empty one with a key may be filled
- `facts`: `rows` of `label`, `value`; a value of '' is shown as not known
- `list`: `items`
- `table`: `columns`, `rows` of as many texts
- `note`: `text` in small type
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

NOT_KNOWN = "not known"
DEVICE = "Not certified as a medical device; not for decisions on real patients."
SOURCES = "Sources up to March 2025."

Block = dict[str, Any]
Section = dict[str, Any]


def clean(text: Any) -> str:
    """The text without characters that no page can show: controls, halves of surrogate pairs, non-characters."""
    found = str(text if text is not None else "").replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(
        char for char in found if char == "\n" or unicodedata.category(char) not in _UNSHOWN
    ).strip()


_UNSHOWN = frozenset({"Cc", "Cs", "Cn", "Co", "Cf"})
"""Format characters are left out as well: an override of the direction would show a name backwards."""


def text(said: Any, key: str = "") -> Block:
    """A paragraph; with `key` a clinician may write another one instead."""
    return {"type": "text", "text": clean(said), **({"key": key} if key else {})}


def facts(rows: Iterable[tuple[str, Any]]) -> Block:
    """Labels and values; a missing value stays, and is shown as not known."""
    return {"type": "facts", "rows": [{"label": label, "value": clean(value)} for label, value in rows]}


def listed(items: Iterable[Any]) -> Block:
    """A list of sentences."""
    return {"type": "list", "items": [clean(item) for item in items]}


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Block:
    """A table; an empty cell is shown as not known."""
    return {
        "type": "table",
        "columns": list(columns),
        "rows": [[clean(cell) for cell in row] for row in rows],
    }


def note(said: Any) -> Block:
    """A sentence in small type."""
    return {"type": "note", "text": clean(said)}


def section(
    title: str, blocks: Iterable[Block | None], *, patient: int | None = None, people: str = ""
) -> Section:
    """A section; blocks that are None are left out."""
    return {
        "title": clean(title),
        "patient": patient,
        "people": clean(people),
        "blocks": [block for block in blocks if block is not None],
    }


def paper(
    *,
    title: str,
    subtitle: str,
    people: Mapping[str, str] | None,
    meta: Iterable[tuple[str, Any]],
    sections: Iterable[Section],
) -> dict[str, Any]:
    """A document of these parts, every text of it clean."""
    return {
        "title": clean(title),
        "subtitle": clean(subtitle),
        "people": {name: clean(value) for name, value in people.items()} if people is not None else None,
        "meta": [[label, clean(value)] for label, value in meta],
        "sections": list(sections),
    }


def edited(composed: Mapping[str, Any], edits: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The document with the paragraphs that a clinician wrote in the place of the drafted ones."""
    return {
        **composed,
        "sections": [
            {**part, "blocks": [_edited(block, edits) for block in part["blocks"]]}
            for part in composed["sections"]
        ],
    }


def _edited(block: Block, edits: Mapping[str, Mapping[str, Any]]) -> Block:
    own = edits.get(block.get("key", ""))
    return block if own is None else {**block, "text": own["text"]}


def editable(composed: Mapping[str, Any]) -> dict[str, Block]:
    """The paragraphs that may be written anew, by their key, in the order of the document."""
    return {
        block["key"]: block for part in composed["sections"] for block in part["blocks"] if "key" in block
    }


def stale_edits(composed: Mapping[str, Any], edits: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The keys of paragraphs whose draft has changed since a clinician wrote another text."""
    drafted = editable(composed)
    return [key for key, own in edits.items() if key not in drafted or own["was"] != drafted[key]["text"]]


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What changed between two compositions, a sentence each; empty when they say the same."""
    found = []
    if {**before, "sections": []} != {**now, "sections": []}:
        found.append("The head of the document has changed.")
    old = {_name(part): part for part in before["sections"]}
    new = {_name(part): part for part in now["sections"]}
    for name, part in new.items():
        if name not in old:
            found.append(f"New: {name}.")
        elif old[name] != part:
            found += _changed(name, old[name], part)
    return found + [f"Left out: {name}." for name in old if name not in new]


def _name(part: Section) -> str:
    return " ".join(word for word in (part["title"], part["people"]) if word)


def _changed(name: str, before: Section, now: Section) -> list[str]:
    old, new = _lines(before), _lines(now)
    added = [line for line in new if line not in old]
    gone = [line for line in old if line not in new]
    found = [f"{name}: now says “{line}”" for line in added] + [
        f"{name}: no longer says “{line}”" for line in gone
    ]
    return found or [f"{name}: in another order."]


def _lines(part: Section) -> list[str]:
    found: list[str] = []
    for block in part["blocks"]:
        match block["type"]:
            case "facts":
                found += [f"{row['label']}: {row['value'] or NOT_KNOWN}" for row in block["rows"]]
            case "list":
                found += block["items"]
            case "table":
                found += [", ".join(cell or NOT_KNOWN for cell in row) for row in block["rows"]]
            case _:
                found.append(block["text"])
    return [line for line in found if line]
