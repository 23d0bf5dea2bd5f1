"""Previews of great boards: worked out by a worker, kept for a while, and asked for until they are there."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from kombu.exceptions import OperationalError as BrokerError

from decisions.engine.assess import ENGINE_VERSION
from decisions.engine.thresholds import ThresholdError
from decisions.fact_store import board_state
from decisions.models import RulebookDraft
from decisions.previews import BoardImpact, Side, impact_of, sides_of
from decisions.rulebooks import layered, thresholds_of
from decisions.selectors import staged_versions

AT_ONCE = 100_000
"""Stagings up to which a preview is worked out while the page waits."""
KEPT_SECONDS, LOST_AFTER_SECONDS = 900, 180
"""How long a result is kept; when a job that tells nothing any more is given to another worker."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A preview that a worker has in hand: parts done, parts in all, or why it failed."""

    done: int = 0
    of: int = 1
    failed: str = ""


def is_great() -> bool:
    """Whether the board has more stagings than a page waits for; looked at once a minute."""
    found = cache.get_or_set("impact:stagings", lambda: staged_versions().count(), 60)
    return int(found or 0) > AT_ONCE


def impact_or_wait(
    draft: RulebookDraft, sides: Sequence[Side], changes: Mapping[str, float] | None
) -> BoardImpact | Waiting:
    """The impact now, or on a great board as soon as a worker has it; `changes` stand for the draft's own."""
    if not is_great():
        return impact_of(sides)
    key = _key(draft, sides)
    found: BoardImpact | None = cache.get(key)
    if found is not None:
        return found
    state: Waiting = cache.get(f"{key}:state") or Waiting()
    if cache.add(f"{key}:state", state, LOST_AFTER_SECONDS):
        from decisions.tasks import preview_impact

        try:
            preview_impact.delay(
                key, draft.pk, dict(changes) if changes is not None else None, list(draft.centres)
            )
        except (BrokerError, OSError) as error:
            cache.delete(f"{key}:state")
            return Waiting(failed=f"The workers cannot be reached ({error}).")
    return state


def work_out(key: str, draft_id: int, changes: dict[str, float] | None, centres: list[int]) -> None:
    """What the worker does; a second run does nothing new."""
    if cache.get(key) is not None:
        return
    draft = RulebookDraft.objects.select_related("base", "profile").get(pk=draft_id)
    draft.centres = centres
    try:
        numbers = None if changes is None else layered(thresholds_of(draft.base), changes)
        impact = impact_of(sides_of(draft, numbers), lambda done, of: _tell(key, Waiting(done, of)))
    except ThresholdError as error:
        _tell(key, Waiting(failed=error.message))
        return
    cache.set(key, impact, KEPT_SECONDS)
    cache.delete(f"{key}:state")


def _tell(key: str, state: Waiting) -> None:
    cache.set(f"{key}:state", state, LOST_AFTER_SECONDS)


def _key(draft: RulebookDraft, sides: Sequence[Side]) -> str:
    asked: list[Any] = [draft.pk, draft.revision, ENGINE_VERSION, board_state()]
    asked += [(side.centres, side.before.hash, side.after.hash) for side in sides]
    return f"impact:{hashlib.sha256(repr(asked).encode()).hexdigest()}"
