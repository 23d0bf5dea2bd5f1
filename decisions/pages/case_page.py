"""The case page of a staged version: its facts, lesions and course, and what the engine says of it."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from decisions.models import Assessment, AssessmentJob, RulebookVersion
from decisions.pages import advice
from decisions.pages.changes import answers_changed, facts_changed
from decisions.pages.layout import SECTIONS, Section
from decisions.pages.lesions import draw
from decisions.pages.scores import scores_of
from decisions.pages.words import known_label, value_in_words
from decisions.selectors import current_rulebook, is_current
from patients import wording
from patients.courses import boards_of, course_of
from patients.drawings.course import Window
from patients.drawings.liver import WORDS, LiverDrawing
from patients.drawings.shapes import WIDTHS
from patients.drawings.timeline import draw_timeline
from patients.models import Patient, Staging, StagingVersion
from patients.record import Record, record_of
from patients.resections import resected_segments
from patients.selectors import previous_staging
from patients.wording import span

DONE = AssessmentJob.State.DONE


# ------------------------------------------------------------------------------------------------------- facts
def fact_sections(
    facts: Mapping[str, Any], provenance: Mapping[str, Any], useful: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The facts by section: what is known, what is missing and could change an answer, how many more are missing."""
    wanted = set(useful)
    return [shown for section in SECTIONS if (shown := _fact_section(section, facts, provenance, wanted))]


def _fact_section(
    section: Section, facts: Mapping[str, Any], provenance: Mapping[str, Any], wanted: set[str]
) -> dict[str, Any]:
    known = [name for name in section.names if name in facts]
    missing = [name for name in section.names if name not in facts]
    asked = [name for name in section.names if name in facts or name in wanted]
    return {
        "code": section.code,
        "title": section.title,
        "facts": [_fact(name, facts.get(name), provenance.get(name) or {}) for name in asked],
        "others": [value_label(name) for name in missing if name not in wanted],
        "known": len(known),
        "total": len(asked),
    }


def value_label(name: str) -> str:
    """The label of a fact."""
    return known_label(name, name)


def _fact(name: str, value: Any, source: Mapping[str, Any]) -> dict[str, Any]:
    observed = source.get("observed_on")
    origin = source.get("origin")
    return {
        "label": value_label(name),
        "value": value_in_words(name, value) if value is not None else "",
        "known": None,
        "observed_on": datetime.date.fromisoformat(observed) if observed else None,
        "stale": bool(source.get("stale")),
        "note": str(source.get("basis") or "")
        if value is not None and origin in ("series", "derived")
        else "",
    }


# -------------------------------------------------------------------------------------------- lesions, course
def liver_of(
    document: Mapping[str, Any],
    earlier: Mapping[str, Any] | None,
    prefix: str,
    *,
    text: float = WORDS,
    **more: Any,
) -> LiverDrawing:
    """The lesions of a case document on the liver, compared with an earlier document; `text`: size of its words.

    `more` is what a document does not hold: `plans` by label, and what `draw_liver` takes of the planned resection.
    """
    plans: Mapping[str, str] = more.pop("plans", {})
    lesions = lesions_of(document, plans)
    before = sizes_of(earlier)
    return draw(lesions, before, compared=bool(before), prefix=prefix, text=text, **more)


def lesions_of(document: Mapping[str, Any], plans: Mapping[str, str]) -> list[dict[str, Any]]:
    """The lesions of a document with their label and what is planned for each."""
    return [
        {"plan": plans.get(lesion.get("id", "")), **lesion, "label": lesion.get("id", "")}
        for lesion in document.get("lesions") or ()
    ]


def sizes_of(document: Mapping[str, Any] | None) -> dict[str, float | None]:
    """Diameter in mm by label."""
    return {lesion.get("id"): lesion.get("diameter_mm") for lesion in (document or {}).get("lesions") or ()}


def plans_of(staging: Staging) -> dict[str, str]:
    """What is planned for each lesion, by label: resect, ablate or leave. It is no fact that the engine reads."""
    return dict(staging.lesion_findings.exclude(plan="").values_list("lesion__label", "plan"))


def resection_of(record: Record, on: datetime.date | None, result: Mapping[str, Any]) -> dict[str, Any]:
    """The planned resection by its last volumetry up to the staging: its name, segments, and what remains."""
    named = [row for row in record.volumetries if row.planned_resection and (on is None or row.date <= on)]
    if not named:
        return {}
    name = named[0].planned_resection
    segments = resected_segments(name)
    share = result.get("flr_pct")
    return {
        "resection": name,
        "resected_segments": segments,
        "remnant": wording.percent(share) if share is not None and segments else "",
    }


def lesion_table(document: Mapping[str, Any], result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lesions with what the sources say of ablation and radiotherapy by size."""
    said = result.get("lesions") or {}
    return [
        {**lesion, "advice": said.get(lesion.get("id")) or {}} for lesion in document.get("lesions") or ()
    ]


def timeline_of(
    patient: Patient,
    result: Mapping[str, Any],
    today: datetime.date,
    *,
    record: Record | None = None,
    widths: Sequence[tuple[str, float]] = WIDTHS,
) -> list[Any]:
    """The patient's course with the reassessment window of this assessment, and what the boards decided."""
    window = window_of(result)
    course = course_of(
        record or record_of(patient),
        today=today,
        windows=[window] if window else [],
        boards=boards_of(patient),
    )
    return draw_timeline(course, widths=widths)


def window_of(result: Mapping[str, Any]) -> Window | None:
    """The reassessment window as dates."""
    found = result.get("reassess")
    if not found:
        return None
    days = {
        key: datetime.date.fromisoformat(value) for key, value in found.items() if key != "status" and value
    }
    return Window(
        days["start"],
        days["end"],
        days.get("cycle_start"),
        days.get("cycle_end"),
        late=found.get("status") == "overdue",
    )


# ------------------------------------------------------------------------------------------------------ advice
@dataclass(frozen=True, slots=True)
class Advice:
    """What the engine says of one version, or how far it is with that."""

    version: StagingVersion
    assessment: Assessment | None
    job: AssessmentJob | None

    @property
    def result(self) -> dict[str, Any]:
        return self.assessment.result if self.assessment else {}

    @property
    def state(self) -> str:
        """done, running, failed, or queued (also while there is no job yet: the sweep makes one)."""
        if self.assessment is not None:
            return str(DONE)
        return str(self.job.state) if self.job else "queued"

    @property
    def again(self) -> bool:
        """True while the same facts are assessed once more, under another rulebook."""
        waits = (AssessmentJob.State.QUEUED, AssessmentJob.State.RUNNING)
        return self.assessment is not None and self.job is not None and self.job.state in waits


def advice_on(version: StagingVersion) -> Advice:
    """The newest assessment and job of a version."""
    return Advice(
        version,
        version.assessments.select_related("rulebook__profile").order_by("-created_at", "-pk").first(),
        version.jobs.order_by("-queued_at", "-pk").first(),
    )


def advice_context(found: Advice, *, base: str = "") -> dict[str, Any]:
    """Everything that the advice part of the page shows; almost nothing while there is no assessment."""
    document = found.result
    context: dict[str, Any] = {"advice": found, "result": document}
    if not document:
        return context
    asks = advice.asks_of(document, base=base)
    questions, folded = advice.questions_of(document)
    return {
        **context,
        "definitions": advice.definitions_of(document, traced=True),
        "classes": advice.classes_of(document),
        "timing": str(document.get("timing_class", "")).replace("_", " "),
        "asks": asks[:7],
        "asks_more": asks[7:],
        "warnings": advice.warnings_of(document),
        "flags": advice.flags_of(document),
        "firmness": advice.firmness_of(document),
        "counterfactuals": advice.counterfactuals_of(document),
        "questions": questions,
        "questions_folded": folded,
        "conflicts": advice.conflicts_of(document),
        "scores": scores_of(document),
        "reassess": reassess_of(document),
        "dates": dates_of(document, found.version.staging.date),
        "lesion_table": lesion_table(found.version.document or {}, document),
        "since": changes_since_previous(found),
        "between": changes_between_rulebooks(found),
        "newer_rulebook": newer_rulebook(found),
    }


def reassess_of(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """The reassessment window in words, with its status."""
    window, found = window_of(document), document.get("reassess") or {}
    if window is None:
        return None
    cycles = span(window.cycle_start, window.cycle_end) if window.cycle_start else ""
    return {"status": found.get("status"), "months": span(window.start, window.end), "cycles": cycles}


def dates_of(document: Mapping[str, Any], on: datetime.date | None) -> list[dict[str, Any]]:
    """The dates that the sources ask to keep, from the day of the staging on; the reassessment stands by itself."""
    shown = []
    for item in (document.get("explanations") or {}).get("timelines") or ():
        first, last = (datetime.date.fromisoformat(item[end]) for end in ("from", "to"))
        if item["id"] not in ("T-01", "T-02", "T-03") and (on is None or last >= on):
            when = wording.day(first) if first == last else span(first, last)
            shown.append({**item, "when": when})
    return shown


# ---------------------------------------------------------------------------------------------------- versions
def version_list(staging: Staging) -> list[dict[str, Any]]:
    """All versions, newest first, each with its reason and what changed from the one before it."""
    versions = list(staging.versions.select_related("frozen_by", "opened_by").order_by("number"))
    frozen = [version for version in versions if version.state == StagingVersion.State.FROZEN]
    results = {version.pk: advice_on(version).result for version in frozen}
    shown = []
    for before, version in zip([None, *frozen], frozen, strict=False):
        changed = before is not None
        shown.append(
            {
                "version": version,
                "current": version is frozen[-1],
                "facts": facts_changed(before.document or {}, version.document or {}) if before else [],
                "answers": answers_changed(results[before.pk], results[version.pk])
                if before and results[before.pk] and results[version.pk]
                else [],
                "compared": changed,
            }
        )
    return shown[::-1]


def changes_between_rulebooks(found: Advice) -> dict[str, Any] | None:
    """What the same facts gave under the rulebook or engine before this one; None when there was none."""
    if found.assessment is None:
        return None
    earlier = (
        found.version.assessments.select_related("rulebook")
        .exclude(pk=found.assessment.pk)
        .order_by("-created_at", "-pk")
        .first()
    )
    if earlier is None:
        return None
    return {"assessment": earlier, "answers": answers_changed(earlier.result, found.result)}


def newer_rulebook(found: Advice) -> RulebookVersion | None:
    """The rulebook in force, when the assessment was made under another one or by an earlier engine."""
    if found.assessment is None or is_current(found.assessment):
        return None
    return current_rulebook(found.version.staging.patient)


def changes_since_previous(found: Advice) -> dict[str, Any] | None:
    """What the engine says otherwise than at the previous staging, or None when there is nothing to compare with."""
    before = previous_staging(found.version.staging)
    frozen = (
        before.versions.filter(state=StagingVersion.State.FROZEN).order_by("-number").first()
        if before
        else None
    )
    earlier = advice_on(frozen).result if frozen else None
    if before is None or not earlier or not found.result:
        return None
    return {"staging": before, "answers": answers_changed(earlier, found.result)}
