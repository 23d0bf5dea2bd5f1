"""The minutes of a meeting: who was there, what the board was asked, what it knew, and what it decided."""

from collections.abc import Mapping
from typing import Any

from accounts.models import Discipline
from decisions.pages.advice import asks_of, definitions_of
from decisions.templatetags.advice import grouped
from meetings.models import AgendaItem, BoardDecision
from meetings.papers.blocks import Block, Section, facts, listed, note, paper, section, table, text
from meetings.papers.brief import findings, identity_line, local_day, missing_facts, question_of, when, who
from meetings.papers.records import CaseRecord, MeetingRecord, Tally
from meetings.quorum import WANTED
from patients.states import MARKS, look
from patients.wording import counted, counted_in_words, day, listing, sentence, span

Outcome, State, Comparison = BoardDecision.Outcome, AgendaItem.State, BoardDecision.Comparison
MISSING_NAMED = 4
"""So many of the facts that were missing are named; the case page has the others."""
FOOTMARKS = {"memory": "*", "engine_choice": "†", "external": "‡"}
"""What stands behind the name of a definition whose source was not checked; explained under the line."""


def compose_minutes(record: MeetingRecord) -> dict[str, Any]:
    """The minutes as a document (`blocks`)."""
    meeting = record.meeting
    return paper(
        title=f"Minutes, {meeting.title}",
        subtitle=day(record.day),
        people=None,
        meta=[
            ("Place", meeting.place),
            ("Time", " to ".join(part for part in (record.began, record.closed) if part)),
            ("Centre", str(meeting.centre) if meeting.centre else "all centres"),
            ("Closed by", str(meeting.closed_by or "")),
        ],
        sections=[
            _present(record),
            _tally(record),
            *(_case(place, case) for place, case in enumerate(record.cases, start=1)),
            section("Remarks", [text("", key="remarks")]),
        ],
    )


def _present(record: MeetingRecord) -> Section:
    by_discipline: dict[str, list[str]] = {}
    for attendance in record.attendances:
        by_discipline.setdefault(attendance.discipline, []).append(str(attendance.user))
    rows = [
        (Discipline(code).label if code else "No discipline", listing(names))
        for code, names in sorted(by_discipline.items(), key=lambda entry: _rank(entry[0]))
    ]
    absent = [words for code, words in WANTED.items() if code not in by_discipline]
    return section(
        "Who was there",
        [
            table(["Discipline", "Present"], rows) if rows else text("Nobody was noted as present."),
            text(f"Not noted as present: {listing(absent)}.") if absent else None,
        ],
    )


def _rank(code: str) -> int:
    order = Discipline.values
    return order.index(code) if code in order else len(order)


def _tally(record: MeetingRecord) -> Section:
    states = [case.item.state for case in record.cases]
    said = ", ".join(
        f"{states.count(state)} {look(state).word}"
        for state in (State.DECIDED, State.DEFERRED, State.WITHDRAWN)
        if states.count(state)
    )
    confirmed = sum(case.decision is not None and case.decision.without_discussion for case in record.cases)
    if confirmed:
        said += f"; {confirmed} of them confirmed without discussion"
    # Each case is rounded up to a minute; all together they were not on the screen for longer than the meeting.
    total = sum(case.minutes for case in record.cases if case.minutes is not None)
    began, closed = record.meeting.opened_at, record.meeting.closed_at
    if began and closed:
        total = min(total, max(1, -int(-(closed - began).total_seconds() // 60)))
    timed = sum(case.minutes is not None for case in record.cases)
    blocks: list[Block | None] = [
        text(f"{sentence(counted(len(states), 'case'))}{f': {said}' if said else ''}."),
        text(f"On the screen for {counted(total, 'minute')} in all.")
        if timed and timed == len(states)
        else None,
    ]
    return section("Cases", blocks)


def _case(place: int, case: CaseRecord) -> Section:
    return section(
        f"{place}. {case.patient.case_id}",
        [
            facts(
                [
                    ("Question", question_of(case)),
                    *findings(case),
                    *(
                        [("On the screen", counted(case.minutes, "minute"))]
                        if case.minutes is not None
                        else []
                    ),
                ]
            ),
            *_advice(case),
            *(text(_vote(tally)) for tally in case.votes),
            *_decided(case),
        ],
        patient=case.patient.pk,
        people=identity_line(case.patient),
    )


def _advice(case: CaseRecord) -> list[Block]:
    if not case.result:
        return [text("Definitions: this case was not assessed.")]
    definitions = definitions_of(case.result)
    line = " ".join(
        f"{sentence(group['name'])} – {_verdicts(group['definitions'])}." for group in grouped(definitions)
    )
    used = dict.fromkeys(one.verified for one in definitions if one.verified in FOOTMARKS)
    marks = "; ".join(f"{FOOTMARKS[code]} {MARKS[code]}" for code in used)
    return [
        text(f"Definitions, by what “met” means. {line}"),
        *([note(f"{marks}.")] if marks else []),
    ]


def _verdicts(definitions: list[Any]) -> str:
    by_verdict: dict[str, list[str]] = {}
    for one in definitions:
        by_verdict.setdefault(one.verdict, []).append(f"{one.name}{FOOTMARKS.get(one.verified, '')}")
    return "; ".join(f"{look(verdict).word}: {listing(names)}" for verdict, names in by_verdict.items())


def _vote(tally: Tally) -> str:
    said = ", ".join(f"{choice} {count}" for choice, count in tally.counts) or "nobody voted"
    return f"Vote: {tally.question} {sentence(said)}{'; the votes were split' if tally.split else ''}."


def _decided(case: CaseRecord) -> list[Block | None]:
    decision = case.decision
    if decision is None:
        why = case.item.state_note or "no reason was given"
        state = look(case.item.state).word
        return [text(f"Decision: {state}. Reason: {why}.")]
    return [
        facts(
            [
                ("Decision", decision.get_outcome_display()),
                ("Intent", decision.get_intent_display() if decision.intent else ""),
                *([("Reasons", decision.rationale)] if decision.rationale else []),
                *([("Without discussion", _confirmed(case))] if decision.without_discussion else []),
                ("Compared with the advice", _compared(decision)),
                *([("Provisional", provisional_words(case))] if decision.provisional else []),
                *([("Dissent", decision.dissent)] if decision.dissent else []),
                ("Signed", _signed(decision)),
            ]
        ),
        elements_table(case),
        _window(case),
        listed(f"Addendum of {local_day(added.at)}, {added.by}: {added.text}" for added in case.addenda)
        if case.addenda
        else None,
    ]


def _confirmed(case: CaseRecord) -> str:
    words = [
        f"{row.by} ({row.get_discipline_display().lower()}, {local_day(row.at)})"
        for row in case.confirmations
    ]
    return f"Confirmed by {listing(words)}; the meeting did not discuss it"


def _compared(decision: BoardDecision) -> str:
    words = Comparison(decision.comparison).label
    reason = decision.get_deviation_reason_display()
    return f"{words}: {reason.lower()}" if reason else words


def provisional_words(case: CaseRecord) -> str:
    """Until what is known a provisional decision holds: what its elements name, else what could change an answer."""
    missing = missing_facts(case)
    if not missing and case.result:
        asked = [ask.label for ask in asks_of(case.result)]
        missing = asked[:MISSING_NAMED]
        if len(asked) > MISSING_NAMED:
            missing = [*missing, f"{counted_in_words(len(asked) - MISSING_NAMED, 'more fact')}"]
    return f"until this is known: {listing(missing)}" if missing else "what is missing was not named"


def _signed(decision: BoardDecision) -> str:
    if decision.signed_at is None:
        return "not signed"
    return f"{decision.signed_by}, {local_day(decision.signed_at)}"


def elements_table(case: CaseRecord) -> Block | None:
    """What is to be done, by whom, until when; None when the decision has no element."""
    if not case.elements:
        return None
    rows = [
        (element.get_kind_display(), element.detail, who(element), when(element)) for element in case.elements
    ]
    return table(["Step", "What", "Who", "When"], rows)


def _window(case: CaseRecord) -> Block | None:
    window = window_words(case)
    return text(f"Reassessment: {window}.") if window else None


def window_words(case: CaseRecord) -> str:
    """'22 Mar – 22 Apr 2026, provisional until day 1 is confirmed'; '' when there is none."""
    row = case.reassessment
    if row is None:
        return ""
    words = span(row.window_start, row.window_end)
    return words if row.actual_start else f"{words}, provisional until day 1 is confirmed"


def outcome_words(case: CaseRecord) -> Mapping[str, str]:
    """The outcome and the intent of a decided case, in the board's own terms."""
    assert case.decision is not None
    intent = case.decision.get_intent_display() if case.decision.intent else ""
    return {"outcome": case.decision.get_outcome_display(), "intent": intent}
