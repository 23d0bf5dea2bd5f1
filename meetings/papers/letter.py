"""The letter to the referring doctor: what the board decided, and nothing that it only discussed.

The advice of the engine has no place here: `compose_letter` reads facts and the decision, no assessment but
the share of the remnant.
"""

from typing import Any

from meetings.models import AgendaItem
from meetings.models.letter import filled
from meetings.papers.blocks import Block, facts, listed, paper, section, text
from meetings.papers.brief import findings, identifiers, local_day, question_of
from meetings.papers.minutes import elements_table, outcome_words, provisional_words, window_words
from meetings.papers.records import CaseRecord, MeetingRecord
from patients.wording import day


def compose_letter(record: MeetingRecord, case: CaseRecord) -> dict[str, Any]:
    """The letter as a document (`blocks`)."""
    patient, meeting = case.patient, record.meeting
    doctor = patient.referring_doctor
    return paper(
        title="Letter from the liver board",
        subtitle=f"Board of {day(record.day)}",
        people=identifiers(patient),
        meta=[
            ("To", doctor),
            ("From", case.letter.sender or ", ".join(filter(None, (meeting.title, str(patient.centre))))),
            ("Board of", day(record.day)),
        ],
        sections=[
            section("", [text(_opening(doctor, record, case), key="opening")]),
            section("Question to the board", [text(question_of(case) or "No question was entered.")]),
            section("Findings", [facts(findings(case))]),
            section("Decision of the board", _decision(case)),
            *_next_steps(case),
            section("", [text(filled(case.letter.closing, board=meeting.title), key="closing")]),
        ],
    )


def _opening(doctor: str, record: MeetingRecord, case: CaseRecord) -> str:
    greeting = f"Dear {doctor}," if doctor else "Dear colleague,"
    name = case.patient.name or case.patient.case_id
    if case.decision is None:
        return f"{greeting}\nOn {day(record.day)} our board was to discuss your patient {name}."
    told = filled(case.letter.opening, date=day(record.day), patient=name, board=record.meeting.title)
    return f"{greeting}\n{told}"


def _decision(case: CaseRecord) -> list[Block | None]:
    decision = case.decision
    if decision is None:
        return [
            text("The board has not decided on this case."),
            facts([("Reason", case.item.state_note)]),
            text("The case will be discussed again.")
            if case.item.state == AgendaItem.State.DEFERRED
            else None,
        ]
    words = outcome_words(case)
    provisional = [("Provisional", provisional_words(case))] if decision.provisional else []
    return [
        facts(
            [
                ("Decision", words["outcome"]),
                ("Intent", words["intent"]),
                *([("Reasons of the board", decision.rationale)] if decision.rationale else []),
                *provisional,
            ]
        ),
        listed(f"Added on {local_day(added.at)} by {added.by}: {added.text}" for added in case.addenda)
        if case.addenda
        else None,
    ]


def _next_steps(case: CaseRecord) -> list[dict[str, Any]]:
    if case.decision is None:
        return []
    steps = elements_table(case) or text("The board named no steps.")
    window = window_words(case)
    return [
        section(
            "Next steps",
            [steps, facts([("Reassessment by the board", window)]) if window else None],
        )
    ]
