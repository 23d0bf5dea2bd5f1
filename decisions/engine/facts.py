"""The vocabulary: every fact that the engine knows, with type, unit, range, codes and words.

The facts stand in `decisions/rulebook/facts/`, one file a block (specification, part A.1). A fact is known by
its dotted name: `liver.lesion_count`, `imaging.recist.current_sum_mm`; facts of a lesion are `lesions[].segment`.
The case documents, their JSON Schema, the forms and the traces are all made from here.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from decisions.engine.packaged import RULEBOOK, Keys, RulebookError, read

FactType = Literal["bool", "int", "decimal", "date", "enum", "code", "string", "list"]
Group = Literal["patient", "staging", "series"]

BLOCK_ORDER = (
    "case", "patient", "primary", "liver", "lesions", "ehd", "lung", "imaging", "dlm", "volumetry", "labs",
    "molecular", "treatment", "plan", "lt", "post",
)  # fmt: skip
"""The blocks of a case document (contract), in order; `lesions` is a list."""
DISCIPLINES = (
    "coordinator", "medical_oncologist", "hpb_surgeon", "colorectal_surgeon", "radiologist", "pathologist",
    "interventional_radiologist", "radiation_oncologist", "geneticist", "transplant_surgeon", "thoracic_surgeon",
)  # fmt: skip
EARLIEST_DAY, LATEST_DAY = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)
"""Any date of a document lies between these, so that adding months to it stays a date."""
LONGEST_TEXT = 120
"""Characters of a string fact; `case.id` has 60."""


@dataclass(frozen=True, slots=True)
class FactDef:
    """One fact of the vocabulary.

    `allowed` holds the codes of a coded fact ('unknown' is no code: it means missing) and `code_labels` their
    words. `minimum` and `maximum` bound a number, both included, in `unit`; `earliest` and `latest` bound a date,
    where `latest` 'today' means the date of the staging inside the engine (convention 13). `code_verified` says
    whether the standard code was seen in a source (`yes`) or recalled (`memory`); None: no standard code, or not
    stated. `group` says whose fact it is: the patient's, the staging's, or read from a series. `who` is the
    discipline that knows it, and `judgement` says that it is a clinician's judgement, not a measurement.
    """

    name: str
    block: str
    key: str
    type: FactType
    label: str
    meaning: str
    unit: str | None
    allowed: tuple[str, ...] | None
    minimum: float | None
    maximum: float | None
    earliest: datetime.date | None
    latest: Literal["today"] | None
    not_before: str | None
    pattern: re.Pattern[str] | None
    pattern_words: str
    code: str
    code_verified: Literal["yes", "memory"] | None
    group: Group
    who: str
    judgement: bool
    code_labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def coded(self) -> bool:
        """Whether 'unknown' means missing: every code field, and texts that follow a pattern."""
        return self.allowed is not None or self.pattern is not None

    @property
    def expected(self) -> str:
        """What is allowed, as the end of a sentence: 'a whole number from 0 to 99 (lesions)'."""
        if self.type == "bool":
            return "true or false"
        if self.allowed is not None:
            codes = ", ".join(self.allowed)
            return f"a list of codes out of {codes}" if self.type == "list" else f"one of {codes}"
        if self.type in ("int", "decimal"):
            kind = "a whole number" if self.type == "int" else "a number"
            unit = f" ({self.unit})" if self.unit else ""
            return f"{kind} from {self.minimum:g} to {self.maximum:g}{unit}"
        if self.type == "date":
            first = (self.earliest or EARLIEST_DAY).isoformat()
            last = "the date of the staging" if self.latest else LATEST_DAY.isoformat()
            return f"a date as YYYY-MM-DD from {first} to {last}"
        return self.pattern_words or f"a text of 1 to {self.longest} characters"

    @property
    def longest(self) -> int:
        """The greatest number of characters of a string fact."""
        return 60 if self.name == "case.id" else 40 if self.name == "lesions[].id" else LONGEST_TEXT


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a case document; `facts` in the order of the vocabulary."""

    name: str
    label: str
    facts: tuple[FactDef, ...]


def load_block(path: Path) -> Block:
    """One block from its file. Raises `RulebookError` naming file and key."""
    keys = Keys(path.name, "", read(path))
    name, label = keys.take("block", str), keys.take("label", str)
    defaults = {
        "group": keys.one_of("group", get_args(Group)),
        "who": keys.one_of("who", DISCIPLINES),
        "judgement": keys.take("judgement", bool),
    }
    entries = keys.take("facts", dict)
    keys.finish()
    return Block(name, label, tuple(_fact(path.name, name, key, entries[key], defaults) for key in entries))


def _fact(file: str, block: str, key: str, content: object, defaults: Mapping[str, object]) -> FactDef:
    name = f"{block}{'[]' if block == 'lesions' else ''}.{key}"
    keys = Keys(file, f"facts.{key}", content)
    kind: FactType = keys.one_of("type", get_args(FactType))  # type: ignore[assignment]
    labels = keys.take("allowed", dict, default=None)
    low, high = keys.take("range", list, default=None) or (None, None)
    pattern = keys.take("pattern", str, default=None)
    numeric = kind in ("int", "decimal")
    fact = FactDef(
        name=name,
        block=block,
        key=key,
        type=kind,
        label=keys.take("label", str),
        meaning=keys.take("meaning", str, default=""),
        unit=keys.take("unit", str, default=None),
        allowed=None if labels is None else tuple(labels),
        code_labels=MappingProxyType(labels or {}),
        minimum=low if numeric else None,
        maximum=high if numeric else None,
        earliest=low if kind == "date" else None,
        latest=high if kind == "date" else None,
        not_before=keys.take("not_before", str, default=None),
        pattern=None if pattern is None else re.compile(pattern),
        pattern_words=keys.take("pattern_words", str, default=""),
        code=keys.take("code", str, default=""),
        code_verified=keys.maybe("code_verified", ("yes", "memory")),  # type: ignore[arg-type]
        group=keys.one_of("group", get_args(Group), default=defaults["group"]),  # type: ignore[arg-type]
        who=keys.one_of("who", DISCIPLINES, default=defaults["who"]),
        judgement=keys.take("judgement", bool, default=defaults["judgement"]),
    )
    keys.finish()
    if numeric and not all(isinstance(bound, int | float) for bound in (low, high)):
        raise RulebookError(file, f"facts.{key}.range", "a number needs a smallest and a greatest value")
    if kind in ("enum", "list") and not labels:
        raise RulebookError(file, f"facts.{key}.allowed", "a coded fact needs its codes")
    if kind == "date" and high not in (None, "today"):
        raise RulebookError(file, f"facts.{key}.range", "a date ends with today or null")
    return fact


BLOCKS: Mapping[str, Block] = MappingProxyType(
    {name: load_block(RULEBOOK / "facts" / f"{name}.yaml") for name in BLOCK_ORDER}
)
"""The blocks by name, in order."""
FACTS: Mapping[str, FactDef] = MappingProxyType(
    {fact.name: fact for block in BLOCKS.values() for fact in block.facts}
)
"""Every fact by its dotted name, in order."""
