"""Template tags for what the engine says: the 14 definitions, options, traces. No tag judges; each only
shows.

The shapes that the tags take stand in `templates/README.md`; dicts and objects serve alike.
"""

from collections.abc import Iterable
from typing import Any

from django import template

from patients.states import look

register = template.Library()

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("resectable", ("D02", "D03", "D04", "D05", "D10", "D11", "D13", "D14")),
    ("borderline", ("D07", "D09")),
    ("extends the indication", ("D06", "D08")),
    ("easy", ("D12",)),
    ("historical", ("D01",)),
)
"""What *met* means, and the definitions of Table 1 of which that is said.

Nothing is counted across groups.
"""


def _of(item: Any, name: str) -> Any:
    return item.get(name) if isinstance(item, dict) else getattr(item, name, None)


def grouped(definitions: Iterable[Any]) -> list[dict[str, Any]]:
    """The definitions in their groups, in the order of Table 1;
    one of no known group goes last, under 'other'.
    """
    by_id = {_of(item, "id"): item for item in definitions}
    groups = [
        {"name": name, "definitions": [by_id.pop(code) for code in codes if code in by_id]}
        for name, codes in GROUPS
    ]
    groups.append({"name": "other", "definitions": list(by_id.values())})
    return [{**group, "size": len(group["definitions"])} for group in groups if group["definitions"]]


@register.inclusion_tag("components/verdict_strip.html")
def verdict_strip(definitions: Iterable[Any], names: bool = False) -> dict[str, Any]:
    """The definitions at a glance:
    one box each, grouped by what *met* means; `names` writes the author, not the id.
    """
    return {"groups": grouped(definitions), "names": names}


@register.inclusion_tag("components/verdict_list.html")
def verdict_list(definitions: Iterable[Any]) -> dict[str, Any]:
    """One line each: shape, id, author, and the criterion that decides, in words."""
    return {"groups": grouped(definitions)}


@register.inclusion_tag("components/definitions_table.html")
def definitions_table(definitions: Iterable[Any], trace: bool = True) -> dict[str, Any]:
    """The panel of the case page: definition, verdict, what decides, source; a heading row for each group."""
    return {"groups": grouped(definitions), "trace": trace}


@register.inclusion_tag("components/trace.html")
def trace(node: Any) -> dict[str, Any]:
    """How a value came about: each leaf with the fact, its value, the operator, the limit and the source."""
    return {"nodes": [node] if node else []}


@register.inclusion_tag("components/options.html")
def options(question: Any, folded: bool = True) -> dict[str, Any]:
    """The options of a question with their status and the arguments for and against."""
    return {"question": question, "folded": folded}


@register.filter
def abbreviated(name: str, longest: int = 7) -> str:
    """A name that fits into a box of the projector: 'Charnsangavej' is 'Charns.'."""
    return name if len(name) <= longest else f"{name[: longest - 1]}."


@register.filter
def look_of(code: str) -> Any:
    """`{% with look=definition.verdict|look_of %}`: icon, tone and word of a state."""
    return look(code)
