"""What the room shows of one case: built from its staged version and the advice on it."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from decisions.models import AssessmentJob
from decisions.pages.advice import asks_of, definitions_of, questions_of
from decisions.pages.case_page import Advice, advice_context, advice_on, liver_of, timeline_of
from decisions.pages.lesions import tolerance_mm
from decisions.pages.remnant import remnant_of
from decisions.pages.words import value_in_words
from decisions.selectors import latest_frozen
from meetings.models import AgendaItem, BoardDecision
from meetings.selectors import last_decision
from meetings.similar import similar_on
from patients.drawings.lesions import change_since
from patients.drawings.liver import WORDS
from patients.models import Staging, StagingVersion
from patients.selectors import previous_staging
from patients.wording import counted, signed

OVER = frozenset({AssessmentJob.State.DONE.value, AssessmentJob.State.FAILED.value})
QUESTIONS_SHOWN = 3
"""Questions that stand open in the room; the others are one click away."""
LIVER_WORDS, REMNANT_WORDS = {False: WORDS, True: 44.0}, {False: 13.0, True: 32.0}
"""Sizes of drawn words: on a page, on the projector."""


@dataclass(frozen=True, slots=True)
class Brief:
    """A titled line about the patient."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class LesionRow:
    """One lesion: now against before, in mm."""

    id: str
    segment: str | None
    before: float | None
    now: float | None
    change: str
    state: str | None
    plan: str


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
    item: AgendaItem, *, base: str, today: datetime.date, prefix: str = "room-", projector: bool = False
) -> RoomCase:
    """Everything about one case; `base` is the address of its case page; `projector` writes large."""
    staging = item.staging
    version = latest_frozen(staging)
    found = advice_on(version) if version else None
    case = RoomCase(item, staging, version, found)
    document: Mapping[str, Any] = (version.document if version else None) or {}
    earlier = _earlier_document(staging)
    result = found.result if found else {}
    case.context = {
        "briefs": briefs_of(staging, document, result),
        "liver": liver_of(document, earlier, prefix, text=LIVER_WORDS[projector]),
        "compared_with": previous_staging(staging),
        "lesions": lesion_rows(document, earlier),
        "remnant": remnant_of(
            result, document.get("liver", {}).get("background"), prefix=prefix, text=REMNANT_WORDS[projector]
        ),
        "timeline": timeline_of(staging.patient, result, today),
        "last_decision": last_decision(staging),
    }
    if found is not None and result:
        case.context |= _advice(found, base)
    return case


def _earlier_document(staging: Staging) -> Mapping[str, Any] | None:
    before = previous_staging(staging)
    frozen = latest_frozen(before) if before else None
    return frozen.document if frozen else None


def _advice(found: Advice, base: str) -> dict[str, Any]:
    context = advice_context(found, base=base)
    questions, _ = questions_of(found.result)
    telling = [question for question in questions if _speaks(question)]
    asks = asks_of(found.result, base=base)
    return {
        **context,
        "definitions": definitions_of(found.result, base=base),
        "questions": telling[:QUESTIONS_SHOWN],
        "questions_more": telling[QUESTIONS_SHOWN:],
        "asks": asks[:4],
        "asks_more": len(asks) - 4,
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


def lesion_rows(document: Mapping[str, Any], earlier: Mapping[str, Any] | None) -> list[LesionRow]:
    """The lesions with their size before: at the previous staging, else before the therapy."""
    before = {lesion["id"]: lesion.get("diameter_mm") for lesion in (earlier or {}).get("lesions", ())}
    rows = []
    for lesion in document.get("lesions", ()):
        was = before.get(lesion["id"], lesion.get("baseline_diameter_mm"))
        now = lesion.get("diameter_mm")
        changed = was and now is not None
        rows.append(
            LesionRow(
                id=lesion["id"],
                segment=lesion.get("segment"),
                before=was,
                now=now,
                change=signed(100 * (now - was) / was, "%", 0) if changed else "",
                state=change_since(
                    now, was, disappeared=lesion.get("disappeared"), tolerance_mm=tolerance_mm()
                ),
                plan=str(lesion.get("plan") or "").replace("_", " "),
            )
        )
    return rows


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
