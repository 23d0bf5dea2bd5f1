"""The newest staged version of many cases in few words: how complete it is, and what is still to obtain, by whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from decisions.models import Assessment, AssessmentJob
from decisions.pages.advice import discipline_words, liver_state
from decisions.pages.case_page import fact_sections
from decisions.pages.changes import flat
from patients.models import StagingVersion
from patients.wording import sentence

TECHNIQUE = "result__explanations__derived__technical_ok"


@dataclass(frozen=True, slots=True)
class ToObtain:
    """A missing fact that could still change an answer, and the discipline that knows it."""

    fact: str
    label: str
    who: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many of the facts that are known or could matter are known, and what is missing, most useful first."""

    known: int = 0
    total: int = 0
    missing: Sequence[ToObtain] = ()

    @property
    def by_discipline(self) -> list[tuple[str, list[str]]]:
        """Who is to be asked for what; whoever knows the most useful fact first."""
        found: dict[str, list[str]] = {}
        for ask in self.missing:
            found.setdefault(ask.who, []).append(ask.label)
        return list(found.items())


@dataclass(frozen=True, slots=True)
class CaseBrief:
    """One staging's newest staged version and what the newest assessment says in few words.

    `state` is done, queued, running or failed (of the assessment); `liver_class` is '' while there is none.
    """

    version: StagingVersion
    assessment: int | None = None
    state: str = "queued"
    liver_class: str = ""
    completeness: Completeness = field(default_factory=Completeness)

    @property
    def document(self) -> Mapping[str, Any]:
        """The facts as they were staged."""
        return self.version.document or {}


def completeness_of(document: Mapping[str, Any], missing: Iterable[Mapping[str, Any]]) -> Completeness:
    """Counted as on the case page: facts known, of those known or still able to change an answer.

    `missing` is that part of an assessment document.
    """
    asked = [ToObtain(one["fact"], one["label"], discipline_words(one["fact"])) for one in missing]
    sections = fact_sections(flat(document), {}, [ask.fact for ask in asked])
    return Completeness(
        known=sum(section["known"] for section in sections),
        total=sum(section["total"] for section in sections),
        missing=asked,
    )


def obtain_words(completeness: Completeness, shown: int = 3) -> str:
    """'Pathology: RAS; coordinator: Weight, Height; 4 more'; '' when nothing could change an answer."""
    first = Completeness(missing=completeness.missing[:shown])
    parts = [sentence(f"{who}: {', '.join(labels)}") for who, labels in first.by_discipline]
    more = len(completeness.missing) - shown
    return "; ".join([*parts, *([f"{more} more"] if more > 0 else [])])


def case_briefs(stagings: Iterable[int]) -> dict[int, CaseBrief]:
    """The brief of each staging (by primary key) that was ever staged, in three queries whatever their number."""
    frozen = StagingVersion.objects.filter(
        staging__in=list(stagings), state=StagingVersion.State.FROZEN
    ).defer("working", "provenance")
    versions = {
        version.staging_id: version
        for version in frozen.order_by("staging_id", "-number").distinct("staging_id")
    }
    keys = [version.pk for version in versions.values()]
    # An assessment is a quarter of a megabyte, of which a list shows a few words.
    said = {
        row[0]: row[1:]
        for row in Assessment.objects.filter(staging_version__in=keys)
        .order_by("staging_version_id", "-created_at", "-pk")
        .distinct("staging_version_id")
        .values_list("staging_version_id", "pk", "result__liver_class", TECHNIQUE, "result__missing")
    }
    jobs = dict(
        AssessmentJob.objects.filter(staging_version__in=keys)
        .order_by("staging_version_id", "-queued_at", "-pk")
        .distinct("staging_version_id")
        .values_list("staging_version_id", "state")
    )
    return {
        staging: _brief(version, said.get(version.pk), jobs.get(version.pk))
        for staging, version in versions.items()
    }


def _brief(version: StagingVersion, said: tuple[Any, ...] | None, job: str | None) -> CaseBrief:
    if said is None:
        return CaseBrief(
            version, state=job or "queued", completeness=completeness_of(version.document or {}, ())
        )
    assessment, liver, technique, missing = said
    shown = liver_state({"liver_class": liver, "explanations": {"derived": {"technical_ok": technique}}})
    return CaseBrief(
        version,
        assessment=assessment,
        state=str(AssessmentJob.State.DONE),
        liver_class=shown,
        completeness=completeness_of(version.document or {}, missing or ()),
    )
