"""What the room shows of one case: built from its staged version and the advice on it."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from decisions.models import AssessmentJob
from decisions.pages import advice
from decisions.pages.case_page import (
    Advice,
    advice_on,
    lesions_of,
    plans_of,
    reassess_of,
    resection_of,
    sizes_of,
    timeline_of,
)
from decisions.pages.lesions import drawn_lesions
from decisions.pages.recist import recist_of
from decisions.pages.remnant import background_words, growth_of, remnant_of
from decisions.pages.scores import scores_of
from decisions.pages.words import value_in_words
from decisions.rulebooks import current_thresholds
from decisions.selectors import latest_frozen
from meetings.clock import open_reassessments, status_on
from meetings.models import AgendaItem, BoardDecision
from meetings.pages.lesions import lesions_context, newest_study
from meetings.selectors import last_decision
from meetings.similar import similar_on
from patients.drawings.lesions import DrawnLesion
from patients.drawings.liver import WORDS, draw_liver
from patients.models import Patient, Staging, StagingVersion
from patients.record import record_of
from patients.selectors import previous_staging
from patients.wording import counted, span

OVER = frozenset({AssessmentJob.State.DONE.value, AssessmentJob.State.FAILED.value})
QUESTIONS_SHOWN = 3
"""Questions that stand open in the room; the others are one click away."""
LIVER_WORDS, REMNANT_WORDS = {False: WORDS, True: 44.0}, {False: 13.0, True: 32.0}
"""Sizes of drawn words: on a page, on the projector."""
WIDTHS = (("for-small", 330), ("for-medium", 480), ("for-wide", 740), ("for-room", 1000))
"""The widths of the boxes that figures stand in here."""


@dataclass(frozen=True, slots=True)
class Brief:
    """A titled line about the patient."""

    title: str
    text: str


@dataclass(slots=True)
class RoomCase:
    """One case as the room sees it. `version` and `advice` are None while it was never staged."""

    item: AgendaItem
    staging: Staging
    version: StagingVersion | None
    advice: Advice | None
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def waiting(self) -> bool:
        """True while the assessment is queued or running."""
        return self.advice is not None and self.advice.state not in OVER


def room_case(
    item: AgendaItem,
    *,
    base: str,
    today: datetime.date,
    advice_open: bool,
    prefix: str = "room-",
    projector: bool = False,
    lesion: str = "",
    lesion_href: Callable[[str], str] | None = None,
) -> RoomCase:
    """Everything about one case; `base` is the address of its case page; `projector` writes large.

    `lesion` is the one whose series is shown, `lesion_href(label)` the address of such a series. What stands on the
    remnant keeps to the numbers until `advice_open`.
    """
    staging = item.staging
    case = read_case(item)
    document: Mapping[str, Any] = (case.version.document if case.version else None) or {}
    before = previous_staging(staging)
    result = case.advice.result if case.advice else {}
    record = record_of(staging.patient)
    resection = resection_of(record, staging.date, result)
    drawn = _drawn(staging, document, before)
    case.context = {
        "briefs": briefs_of(staging, document, result),
        "liver": draw_liver(
            drawn,
            prefix=prefix,
            text=LIVER_WORDS[projector],
            lesion_href=lesion_href,
            chosen=lesion,
            **resection,
        ),
        "resection": resection.get("resection", ""),
        "compared_with": before,
        "study": newest_study(record, staging.date),
        "recist": recist_of(document, (case.version.provenance if case.version else None) or {}, result),
        "timeline": []
        if projector
        else timeline_of(staging.patient, result, today, record=record, widths=WIDTHS),
        "reassess": _reassessment(staging.patient, result, today),
        "last_decision": last_decision(staging),
        **lesions_context(staging.patient, record, drawn, lesion, today),
        **_remnant(document, result, advice_open=advice_open, prefix=prefix, text=REMNANT_WORDS[projector]),
    }
    if case.advice is not None and result:
        case.context |= _advice(case.advice, base)
    return case


def _reassessment(patient: Patient, result: Mapping[str, Any], today: datetime.date) -> dict[str, Any] | None:
    """The window in words with where it stands today by the clock, else as the staging's assessment knew it."""
    row = open_reassessments().filter(patient=patient).first()
    if row is None:
        return reassess_of(result)
    return {
        "status": status_on(row, today, current_thresholds()),
        "months": span(row.window_start, row.window_end),
    }


def lesions_case(item: AgendaItem, *, lesion: str, today: datetime.date) -> dict[str, Any]:
    """The table of the lesions, or the series of the one asked for, without anything else of the case."""
    staging = item.staging
    version = latest_frozen(staging)
    before = previous_staging(staging)
    document: Mapping[str, Any] = (version.document if version else None) or {}
    drawn = _drawn(staging, document, before)
    context = lesions_context(staging.patient, record_of(staging.patient), drawn, lesion, today)
    return {"compared_with": before, **context}


def _drawn(staging: Staging, document: Mapping[str, Any], before: Staging | None) -> list[DrawnLesion]:
    """The lesions with what happened to them since the staging before."""
    frozen = latest_frozen(before) if before else None
    sizes = sizes_of(frozen.document if frozen else None)
    return drawn_lesions(lesions_of(document, plans_of(staging)), sizes, compared=bool(sizes))


def advice_case(item: AgendaItem, *, base: str, advice_open: bool) -> RoomCase:
    """The advice on one case, and the remnant that names its zones once the advice is open: without the pictures."""
    case = read_case(item)
    document: Mapping[str, Any] = (case.version.document if case.version else None) or {}
    result = case.advice.result if case.advice else {}
    case.context = _remnant(document, result, advice_open=advice_open)
    if case.advice is not None and result:
        case.context |= _advice(case.advice, base)
    return case


def read_case(item: AgendaItem) -> RoomCase:
    """The case with its newest version and the advice on it, and no context yet."""
    version = latest_frozen(item.staging)
    return RoomCase(item, item.staging, version, advice_on(version) if version else None)


def _remnant(
    document: Mapping[str, Any],
    result: Mapping[str, Any],
    *,
    advice_open: bool,
    prefix: str = "room-",
    text: float = REMNANT_WORDS[False],
) -> dict[str, Any]:
    background = document.get("liver", {}).get("background")
    return {
        "remnant": remnant_of(
            result, background, prefix=prefix, text=text, judged=advice_open, widths=WIDTHS[:3]
        ),
        "growth": growth_of(result),
        "background": background_words(background),
    }


def _advice(found: Advice, base: str) -> dict[str, Any]:
    """What the room shows of an assessment. Traces, dates and changes stay on the case page, one key away.

    Without `base` there is nothing to follow: the projector has no links.
    """
    result = found.result
    telling = [question for question in advice.questions_of(result)[0] if _speaks(question)]
    asks = advice.asks_of(result, base=base)
    definitions = advice.definitions_of(result, base=base)
    return {
        "result": result,
        "definitions": definitions if base else [replace(one, href="") for one in definitions],
        "classes": advice.classes_of(result),
        "firmness": advice.firmness_of(result),
        "counterfactuals": advice.counterfactuals_of(result),
        "conflicts": advice.conflicts_of(result),
        "questions": telling[:QUESTIONS_SHOWN],
        "questions_more": telling[QUESTIONS_SHOWN:],
        "asks": asks[:4],
        "asks_more": len(asks) - 4,
        "scores": scores_of(result),
    }


def _speaks(question: Mapping[str, Any]) -> bool:
    """True when a source argues for or against an option here."""
    return any(option["for"] or option["against"] for option in question["options"])


def briefs_of(staging: Staging, document: Mapping[str, Any], result: Mapping[str, Any]) -> list[Brief]:
    """Fitness, wishes and disease in a line each; what is missing is left to the list of missing facts."""
    return [
        Brief("Fitness", _fitness(document, result)),
        Brief("Wishes", staging.patient.wishes),
        Brief("Disease", _disease(document, result)),
    ]


def _said(document: Mapping[str, Any], name: str) -> str:
    block, key = name.split(".")
    value = document.get(block, {}).get(key)
    return value_in_words(name, value) if value is not None else ""


def _fitness(document: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    patient = document.get("patient", {})
    age = result.get("age")
    parts = [f"{age} y" if age is not None else ""]
    parts += [
        f"{word} {patient[key]}"
        for key, word in (("ecog", "ECOG"), ("asa", "ASA"))
        if patient.get(key) is not None
    ]
    for key, words in (("fit_for_surgery", "surgery"), ("fit_for_intensive_chemo", "intensive chemotherapy")):
        if patient.get(key) is not None:
            parts.append(f"{'fit' if patient[key] else 'not fit'} for {words}")
    return " · ".join(part for part in parts if part)


def _disease(document: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    parts = [_said(document, "primary.site_icdo3")]
    stage = [_said(document, "primary.t_category"), _said(document, "primary.n_category")]
    parts.append(" ".join(word for word in stage if word))
    if result.get("timing_class") not in (None, "indeterminate"):
        parts.append(str(result["timing_class"]).replace("_", " "))
    for name, word in (
        ("molecular.ras", "RAS"),
        ("molecular.braf_v600e", "BRAF V600E"),
        ("molecular.msi", ""),
    ):
        said = _said(document, name)
        parts.append(f"{word} {said}".strip() if said else "")
    outside = document.get("ehd", {}).get("present")
    if outside is not None:
        parts.append("disease outside the liver" if outside else "no disease outside the liver")
    return " · ".join(part for part in parts if part)


def agenda_rows(items: list[AgendaItem], current: AgendaItem | None) -> list[dict[str, Any]]:
    """The rail: each case with its state, which one is open, and who else could be taken for this patient."""
    alike = similar_on([item.staging.patient for item in items])
    return [
        {
            "item": item,
            "patient": item.staging.patient,
            "current": current is not None and item.pk == current.pk,
            "topic": item.staging.question or item.staging.get_kind_display(),
            "similar": alike.get(item.staging.patient_id, []),
        }
        for item in items
    ]


def tally(items: list[AgendaItem]) -> str:
    """'3 of 11 cases decided'."""
    done = sum(item.state == AgendaItem.State.DECIDED for item in items)
    return f"{done} of {counted(len(items), 'case')} decided"


def recorded(item: AgendaItem) -> BoardDecision | None:
    """The decision on this item, if there is one."""
    return (
        BoardDecision.objects.filter(item=item)
        .select_related("recorded_by", "signed_by")
        .prefetch_related("elements__owner", "addenda__by")
        .first()
    )
