"""The bibliography of the review and its errata (seed, references 1 to 187; specification, part F)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from decisions.engine.packaged import RULEBOOK, Keys, RulebookError, read


@dataclass(frozen=True, slots=True)
class Source:
    """A reference of the review: its number there, `cite` ('Adam 2012'), and the whole reference as text."""

    number: int
    cite: str
    text: str


@dataclass(frozen=True, slots=True)
class Erratum:
    """A slip of the review: where it stands, what is wrong, and what the program does about it."""

    id: str
    where: str
    problem: str
    resolution: str


def load_sources(path: Path) -> Mapping[int, Source]:
    """The references by number. Raises `RulebookError` naming file and key."""
    found: dict[int, Source] = {}
    for number, content in _entries(path).items():
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise RulebookError(path.name, str(number), "a reference has a number from 1 on")
        keys = Keys(path.name, str(number), content)
        found[number] = Source(number, keys.take("cite", str), keys.take("text", str))
        keys.finish()
    return MappingProxyType(found)


def load_errata(path: Path) -> tuple[Erratum, ...]:
    """The errata in order. Raises `RulebookError` naming file and key."""
    found = []
    for code, content in _entries(path).items():
        keys = Keys(path.name, str(code), content)
        texts = (keys.take(name, str) for name in ("where", "problem", "resolution"))
        found.append(Erratum(str(code), *texts))
        keys.finish()
    return tuple(found)


def _entries(path: Path) -> dict[object, object]:
    content = read(path)
    if not isinstance(content, dict):
        raise RulebookError(path.name, "", "a mapping is needed")
    return content


@cache
def sources() -> Mapping[int, Source]:
    """The references of the review by number."""
    return load_sources(RULEBOOK / "sources.yaml")


@cache
def errata() -> tuple[Erratum, ...]:
    """The errata of the review."""
    return load_errata(RULEBOOK / "errata.yaml")


def citation(number: int | str) -> str:
    """'Adam 2012 (ref 30)'; a number that is no reference of the review stays as it is: 'ref 999'."""
    source = sources().get(int(number)) if str(number).isdigit() else None
    return f"{source.cite} (ref {number})" if source else f"ref {number}"
