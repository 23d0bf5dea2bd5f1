"""What the review says to do, sentence by sentence, and what of the engine carries it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from decisions.engine.packaged import RULEBOOK, Keys, RulebookError, read


@dataclass(frozen=True, slots=True)
class Sentence:
    """One actionable sentence of the review, in our words; `left_out` says why nothing carries it."""

    section: str
    says: str
    rules: tuple[str, ...]
    left_out: str


def load_coverage(path: Path) -> tuple[tuple[Sentence, ...], tuple[str, ...]]:
    """The sentences and what is not considered. Raises `RulebookError` naming file and key."""
    keys = Keys(path.name, "", read(path))
    sentences = []
    for number, content in enumerate(keys.take("sentences", list), start=1):
        one = Keys(path.name, f"sentences.{number}", content)
        rules = tuple(one.take("by", list, default=()))
        left_out = one.take("left_out", str, default="")
        sentences.append(Sentence(one.take("section", str), one.take("says", str), rules, left_out))
        one.finish()
        if bool(rules) == bool(left_out):
            raise RulebookError(
                path.name, f"sentences.{number}", "needs what carries it, or why it is left out"
            )
    beyond = tuple(keys.take("not_considered", list))
    keys.finish()
    return tuple(sentences), beyond


@cache
def _loaded() -> tuple[tuple[Sentence, ...], tuple[str, ...]]:
    return load_coverage(RULEBOOK / "coverage.yaml")


def coverage() -> tuple[Sentence, ...]:
    """The sentences of the review in order."""
    return _loaded()[0]


def not_considered() -> tuple[str, ...]:
    """What the engine does not look at."""
    return _loaded()[1]
