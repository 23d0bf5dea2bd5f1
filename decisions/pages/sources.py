"""Where a number or a sentence comes from, in the short form that stands beside it."""

from collections.abc import Iterable, Mapping
from typing import Any

from decisions.engine.sources import citation
from decisions.engine.thresholds import default
from patients.wording import listing

NAMED = 2
"""So many references are named by author and year; more only by number."""


def threshold_source(name: str | None) -> tuple[str, str]:
    """Source and mark of threshold `name`: ('ADAM_FLR_MIN, Table 1 Adam', 'yes'); two empty texts without one."""
    if not name:
        return "", ""
    threshold = default().get(name)
    return f"{name}, {threshold.source}", threshold.verified


def reference_words(refs: Iterable[Any], section: str | None = None) -> str:
    """'section 3.1, Adam 2012 (ref 30)': a section of the review and its references, by number where they are many;
    sources outside the review by their key.
    """
    listed = [str(ref) for ref in refs]
    inside = [ref for ref in listed if ref.isdigit()]
    outside = [ref.removeprefix("ext:") for ref in listed if not ref.isdigit()]
    sections = [part.strip() for part in (section or "").split(";") if part.strip()]
    parts = [f"{'section' if len(sections) == 1 else 'sections'} {listing(sections)}"] if sections else []
    if len(inside) <= NAMED:
        parts += [citation(number) for number in inside]
    else:
        parts.append(f"refs {', '.join(inside)}")
    return ", ".join(parts + outside)


def definition_source(explanation: Mapping[str, Any]) -> str:
    """'ref 30 (printed as 29)': the reference of a definition, and what the review prints where that is wrong."""
    printed, true = explanation.get("seed_ref"), explanation.get("true_ref")
    printed = str(printed).split(" ")[0] if printed else ""
    if not true or not str(true).strip()[:1].isdigit():
        return (
            f"not in the list of references (printed as {printed})"
            if printed
            else "not in the list of references"
        )
    return f"ref {true}" if str(true) == printed else f"ref {true} (printed as {printed})"
