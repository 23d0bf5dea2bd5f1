"""A case in a few lines: who it is about, what is known, what is to be done. Shared by all documents."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from decisions.pages.words import known_label, value_in_words
from meetings.models import DecisionElement
from meetings.pages.room import briefs_of
from meetings.papers.records import CaseRecord
from patients.models import Patient
from patients.wording import counted, day, percent, quantity


def identifiers(patient: Patient) -> dict[str, str]:
    """Name, birth date and numbers; what is not known is ''."""
    return {
        "name": patient.name,
        "born": day(patient.birth_date),
        "case": patient.case_id,
        "hospital_number": patient.hospital_number,
    }


def identity_line(patient: Patient) -> str:
    """'Valente, Rui, born 18 Feb 1965, case 2026-014, hospital number N-198203'."""
    born = day(patient.birth_date)
    return ", ".join(
        part
        for part in (
            patient.name or "no name",
            f"born {born}" if born else "birth date not known",
            f"case {patient.case_id}",
            f"hospital number {patient.hospital_number}" if patient.hospital_number else "",
        )
        if part
    )


def question_of(case: CaseRecord) -> str:
    """What the board was asked."""
    return case.staging.question


def findings(case: CaseRecord) -> list[tuple[str, str]]:
    """Fitness, disease, liver and remnant as they were known at the meeting; '' for what was not."""
    said = {brief.title: brief.text for brief in briefs_of(case.staging, case.document, case.result)}
    return [
        ("Fitness", said.get("Fitness", "")),
        ("What the patient wants", case.patient.wishes),
        ("Disease", said.get("Disease", "")),
        ("Liver", _liver(case.document)),
        ("Future liver remnant", _remnant(case)),
    ]


def _liver(document: Mapping[str, Any]) -> str:
    lesions = [lesion for lesion in document.get("lesions") or () if not lesion.get("disappeared")]
    gone = len(document.get("lesions") or ()) - len(lesions)
    block = document.get("liver") or {}
    count = len(lesions) if document.get("lesions") else block.get("lesion_count")
    sizes = [lesion["diameter_mm"] for lesion in lesions if lesion.get("diameter_mm") is not None]
    largest = max(sizes) if sizes and len(sizes) == len(lesions) else block.get("max_diameter_mm")
    spread = block.get("distribution")
    background = block.get("background")
    parts = [
        counted(count, "lesion") if count is not None else "",
        f"largest {quantity(largest, 'mm')}" if largest is not None else "",
        f"{gone} no longer seen" if gone else "",
        value_in_words("liver.distribution", spread) if spread else "",
        f"background {value_in_words('liver.background', background)}" if background else "",
    ]
    return " · ".join(part for part in parts if part)


def _remnant(case: CaseRecord) -> str:
    share = case.result.get("flr_pct")
    if share is None:
        share = (case.document.get("volumetry") or {}).get("flr_pct")
    return percent(share) if share is not None else ""


def missing_facts(case: CaseRecord) -> list[str]:
    """What the decision waits for: the facts that its elements name."""
    names = [element.missing_fact for element in case.elements if element.missing_fact]
    return list(dict.fromkeys(known_label(name, name) for name in names))


def local_day(moment: datetime.datetime | None) -> str:
    """The board's date of a moment, in words."""
    return day(timezone.localdate(moment)) if moment else ""


def who(element: DecisionElement) -> str:
    """Whose task an element is: the person with an account, and the office; '' when nobody was named."""
    owner = str(element.owner) if element.owner_id is not None and element.owner else ""
    office = element.responsible if element.responsible != owner else ""
    return ", ".join(part for part in (owner, office) if part)


def when(element: DecisionElement) -> str:
    """The deadline, or the day 1 that is planned; '' when none was set."""
    if element.deadline:
        return f"by {day(element.deadline)}"
    return f"day 1 planned {day(element.planned_start)}" if element.planned_start else ""
