"""An assessment run again: under its own rulebook and the same engine it comes to the same bytes.

Nothing is stored. Under another version of the engine the differences are told; they are no fault.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from decisions.engine.assess import ENGINE_VERSION, assess, content_hash
from decisions.engine.document import parse
from decisions.engine.thresholds import ThresholdSet
from decisions.models import Assessment
from decisions.pages.changes import answers_changed
from decisions.rulebooks import thresholds_of


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of it.

    `identical`: the new document has the stored hash. `intact`: the stored document still has the hash that it was
    stored with. `parts`: the keys of the document that differ, `answers` the answers among them, old and new.
    """

    assessment: Assessment
    identical: bool
    intact: bool
    parts: list[str] = field(default_factory=list)
    answers: list[dict[str, str]] = field(default_factory=list)

    @property
    def same_engine(self) -> bool:
        """Whether the engine that runs now is of the version that made the assessment."""
        return self.assessment.engine_version == ENGINE_VERSION

    @property
    def holds(self) -> bool:
        """False where something is wrong: other bytes under the same engine, or a document that was altered."""
        return self.intact and (self.identical or not self.same_engine)


def replay(assessment: Assessment, thresholds: ThresholdSet | None = None) -> Replay:
    """Run one stored assessment again under its own rulebook. `thresholds`: that rulebook's, where known already."""
    stored = assessment.result
    result = assess(
        parse(assessment.staging_version.document), thresholds or thresholds_of(assessment.rulebook)
    )
    intact = content_hash(stored) == assessment.content_hash
    if content_hash(result) == assessment.content_hash:
        return Replay(assessment, identical=True, intact=intact)
    return Replay(
        assessment,
        identical=False,
        intact=intact,
        parts=[key for key in {**result, **stored} if _other(result.get(key), stored.get(key))],
        answers=answers_changed(stored, result),
    )


def _other(one: Any, other: Any) -> bool:
    return content_hash({"": one}) != content_hash({"": other})


def replay_all(assessments: Iterable[Assessment]) -> Iterator[Replay]:
    """Run many again, one after the other; each should come with `staging_version` and `rulebook`."""
    sets: dict[int, ThresholdSet] = {}
    for assessment in assessments:
        if assessment.rulebook_id not in sets:
            sets[assessment.rulebook_id] = thresholds_of(assessment.rulebook)
        yield replay(assessment, sets[assessment.rulebook_id])
