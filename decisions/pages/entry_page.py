"""The entry page of a draft: its sections of rows, how complete they are, and the panel beside them."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from decisions import case_facts, selectors
from decisions.case_facts import ResolvedFact
from decisions.engine.document import DocumentError
from decisions.pages.advice import Ask, Definition, asks_of, classes_of, definitions_of, warnings_of
from decisions.pages.layout import SECTIONS, Group, Section
from decisions.pages.rows import FactRow, Sources, Typed, build_row, build_rows
from decisions.pages.words import known_label
from patients.models import Staging
from patients.selectors import fact_entries, previous_staging, stored_facts

log = logging.getLogger(__name__)

SHOWN_ASKS = 7
"""Missing facts before the list is folded (design, section 2: at most seven lines)."""


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group of rows; folded while its gate is not yes and nothing in it is known."""

    title: str
    rows: list[FactRow]
    folded: bool
    open: bool
    gate: str = ""

    @property
    def known(self) -> int:
        return sum(row.known for row in self.rows)


@dataclass(frozen=True, slots=True)
class ShownSection:
    """One panel of the page; `known` of `total` counts what is asked, not what stands folded away."""

    code: str
    title: str
    who: str
    groups: list[ShownGroup]
    lesions: bool
    known: int
    total: int


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands beside the form: what is missing, the answers so far, completeness, notices about the data."""

    sections: list[ShownSection]
    asks: list[Ask] = field(default_factory=list)
    asks_more: list[Ask] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    classes: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failed: str = ""

    @property
    def asks_total(self) -> int:
        return len(self.asks) + len(self.asks_more)

    @property
    def known(self) -> int:
        return sum(section.known for section in self.sections)

    @property
    def total(self) -> int:
        return sum(section.total for section in self.sections)


def gather(staging: Staging) -> Sources:
    """Everything that the rows are made of, read once."""
    before = previous_staging(staging)
    return Sources(
        staging=staging,
        stored=stored_facts(staging),
        entries=fact_entries(staging),
        resolved=case_facts.resolve(staging),
        before=before,
        before_resolved=case_facts.resolve(before) if before else {},
    )


def build_sections(sources: Sources, typed: Mapping[str, Typed] | None = None) -> list[ShownSection]:
    """The page's sections; `typed` holds what was sent and refused, by fact."""
    return [_section(section, sources, typed or {}) for section in SECTIONS]


def _section(section: Section, sources: Sources, typed: Mapping[str, Typed]) -> ShownSection:
    groups = [_group(group, sources, typed) for group in section.groups]
    asked = [row for group in groups for row in group.rows if group.open]
    return ShownSection(
        section.code, section.title, section.who, groups, section.lesions,
        known=sum(row.known for row in asked), total=len(asked),
    )  # fmt: skip


def _group(group: Group, sources: Sources, typed: Mapping[str, Typed]) -> ShownGroup:
    rows = build_rows(group.names, sources, typed)
    folded = bool(group.gate or group.folded)
    gate = sources.resolved.get(group.gate)
    wanted = bool(gate and gate.value) or any(row.origin or row.error for row in rows)
    return ShownGroup(group.title, rows, folded, open=wanted or not folded, gate=group.gate)


def build_panel(staging: Staging, sections: list[ShownSection]) -> Panel:
    """The panel, with a preview of the assessment; nothing of it is stored.

    A preview that fails does not take the form with it: what is typed is more precious than the answer.
    """
    try:
        preview = selectors.preview(staging)
    except DocumentError as error:
        said = " ".join(f"{known_label(item.path, item.path)}: {item.message}" for item in error.errors)
        return Panel(sections, failed=f"The facts are saved. They cannot be assessed as they are. {said}")
    except Exception:
        log.exception("preview of staging %s failed", staging.pk)
        return Panel(sections, failed="The facts are saved. What they mean could not be worked out just now.")
    asks = asks_of(preview)
    return Panel(
        sections,
        asks=asks[:SHOWN_ASKS],
        asks_more=asks[SHOWN_ASKS:],
        definitions=definitions_of(preview),
        classes=classes_of(preview),
        warnings=warnings_of(preview),
    )


def reworked_rows(before: Mapping[str, ResolvedFact], sources: Sources, but: Iterable[str]) -> list[FactRow]:
    """Rows without an answer of their own whose value was worked out anew; `before`: what was known before the save."""
    skipped = set(but)

    def said(resolved: Mapping[str, ResolvedFact], name: str) -> tuple[Any, str]:
        found = resolved.get(name)
        return (found.value, found.basis) if found and found.origin != "entered" else (None, "")

    return [
        build_row(name, sources)
        for section in SECTIONS
        for name in section.names
        if name not in skipped and said(before, name) != said(sources.resolved, name)
    ]
