"""The summary for the patient: what the board decided, in plain words, and nothing else.

Every sentence comes from the tables below; names and dates are filled in. The board's reasons, its words for
a step, the advice and everything that was only discussed stay out: they are for the clinician to explain, who
may add words of their own before releasing it. No percentages, no names of rules.
"""

from collections.abc import Mapping
from typing import Any

from meetings.models import BoardDecision, DecisionElement
from meetings.papers.blocks import Section, listed, paper, section, text
from meetings.papers.brief import identifiers, who
from meetings.papers.records import CaseRecord, MeetingRecord
from patients.wording import day, span

Outcome, Kind = BoardDecision.Outcome, DecisionElement.Kind

OUTCOMES: Mapping[str, str] = {
    Outcome.RESECTION: "The doctors plan an operation on your liver. It is to take out the tumours.",
    Outcome.HYPERTROPHY: (
        "The doctors plan an operation on your liver. First, the part of the liver that will stay has to grow. "
        "You will have a treatment that helps it to grow."
    ),
    Outcome.NEOADJUVANT: "You will first have medicine against the cancer. After that, the doctors plan an operation.",
    Outcome.CONVERSION: (
        "You will have medicine against the cancer. It is to make the tumours smaller. "
        "Then new scans will show if an operation has become possible."
    ),
    Outcome.CONTINUE: (
        "Your treatment with medicine against the cancer goes on. Then new scans will show how well it works."
    ),
    Outcome.ABLATION: "The doctors plan a treatment that destroys the tumours in your liver where they are.",
    Outcome.TRANSPLANT: (
        "The doctors want to find out if a new liver could be a treatment for you. "
        "For this you will meet the transplant team."
    ),
    Outcome.PALLIATIVE: (
        "You will have medicine against the cancer. It is to hold the disease back and to ease what troubles you."
    ),
    Outcome.ADJUVANT: (
        "You will have more treatment after your operation. It is to lower the risk that the cancer returns."
    ),
    Outcome.SURVEILLANCE: "You need no treatment for now. You will have regular checks.",
    Outcome.SUPPORTIVE: (
        "The care you get now is to ease what troubles you, such as pain. "
        "It is to help you to live as well as possible."
    ),
    Outcome.WORK_UP: "The doctors need more tests before they decide. After that they will talk about you again.",
}
"""Every outcome in plain words."""

STEPS: Mapping[str, str] = {
    Kind.SYSTEMIC: "Medicine against the cancer",
    Kind.SURGERY: "An operation",
    Kind.LOCAL: "A treatment of single tumours in the liver",
    Kind.WORK_UP: "A test",
    Kind.TRIAL: "A talk with you about taking part in a study",
    Kind.SUPPORTIVE: "Care that eases what troubles you",
    Kind.DEFER: "A result that the doctors wait for",
}
"""Every kind of step in plain words."""

MET = "A group of doctors from several fields met to talk about your illness. This group is called the liver board."
NOT_DECIDED = (
    "The doctors have not decided yet. They will talk about you again. Your doctor will tell you why."
)
PROVISIONAL = "This plan may still change. The doctors wait for a result."
ADDED = "Something was added to this plan after the meeting. Your doctor will tell you what it is."
TALK = "Your doctor will talk with you about this plan. You can say yes or no to it, and you can ask for time to think."
QUESTIONS = "Write down your questions and bring them with you."


def compose_summary(record: MeetingRecord, case: CaseRecord) -> dict[str, Any]:
    """The summary as a document (`blocks`)."""
    return paper(
        title="What the liver board decided",
        subtitle=day(record.day),
        people=identifiers(case.patient),
        meta=[],
        sections=[
            section("The meeting", [text(f"{MET} They met on {day(record.day)}.")]),
            section("What was decided", _decided(case)),
            *_next(case),
            section("Your say", [text(f"{TALK} {QUESTIONS}")]),
            section("Who to call", [text(_call(case), key="call")]),
            section("From your doctor", [text("", key="own_words")]),
        ],
    )


def _decided(case: CaseRecord) -> list[dict[str, Any] | None]:
    decision = case.decision
    if decision is None:
        return [text(NOT_DECIDED)]
    return [
        text(OUTCOMES[decision.outcome]),
        text(PROVISIONAL) if decision.provisional else None,
        text(ADDED) if case.addenda else None,
    ]


def _next(case: CaseRecord) -> list[Section]:
    steps = [_step(element) for element in case.elements] if case.decision else []
    row = case.reassessment if case.decision else None
    scan = f"New scans, and then the board again: {span(row.window_start, row.window_end)}." if row else ""
    if not steps and not scan:
        return []
    return [section("What happens next", [listed([*steps, *([scan] if scan else [])])])]


def _step(element: DecisionElement) -> str:
    if element.deadline:
        due = f", until {day(element.deadline)}"
    elif element.planned_start:
        due = f", planned to begin on {day(element.planned_start)}"
    else:
        due = ""
    person = who(element)
    return f"{STEPS[element.kind]}{due}.{f' Who takes care of it: {person}.' if person else ''}"


def _call(case: CaseRecord) -> str:
    patient = case.patient
    people = [str(person) for person in (patient.oncologist, patient.surgeon) if person is not None]
    team = f" Ask for {' or '.join(people)}." if people else ""
    return (
        f"If you have questions, or if you feel worse, call the liver team at {patient.centre}.{team} "
        f"You can also ask {patient.referring_doctor or 'the doctor who sent you to us'}."
    )
