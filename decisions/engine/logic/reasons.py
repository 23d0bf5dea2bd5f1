"""Why a value is unknown: sets of reasons, `missing:<fact>` or `range_zone:<criterion>`, one bit each."""

from functools import lru_cache

Reasons = int
"""A set of reasons, one bit each: they are joined some thousand times for each case."""
_REASONS: list[str] = []


def reason(words: str) -> Reasons:
    """The set that holds one reason alone."""
    if words not in _REASONS:
        _REASONS.append(words)
    return 1 << _REASONS.index(words)


@lru_cache(maxsize=8192)
def in_order(reasons: Reasons) -> tuple[str, ...]:
    """The reasons in words, sorted; the same sets come again from rule to rule and from case to case."""
    return tuple(sorted(words for bit, words in enumerate(_REASONS) if reasons >> bit & 1))


@lru_cache(maxsize=8192)
def facts_in(reasons: Reasons) -> frozenset[str]:
    """The facts that the reasons name."""
    return frozenset(words[8:] for words in in_order(reasons) if words.startswith("missing:"))
