"""What minutes, letters and summaries say, whatever people typed."""

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import typst
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Centre, User
from meetings.models import (
    AgendaItem,
    Attendance,
    BoardDecision,
    DecisionAddendum,
    DecisionElement,
    LetterTemplate,
    Meeting,
    Reassessment,
    RoomEvent,
)
from meetings.papers import printing
from meetings.papers.blocks import NOT_KNOWN, clean, differences, edited
from meetings.papers.letter import compose_letter
from meetings.papers.minutes import compose_minutes
from meetings.papers.printing import PrintError, Sheet, as_pdf, as_text
from meetings.papers.records import CaseRecord, MeetingRecord, Tally, minutes_by_item
from meetings.papers.summary import OUTCOMES, STEPS, compose_summary
from patients.models import Patient, Staging

NOW = datetime.datetime(2026, 4, 16, 9, 0, tzinfo=datetime.UTC)
DAY = NOW.date()
MARKUP = "#emph[x] *bold* _it_ $x^2$ <label> @ref `raw` \\ // /* ~ --- = head - item + 1. [a] {b} \" '"
NASTY = st.one_of(
    st.text(max_size=200),
    st.sampled_from([MARKUP, "#panic()", "#import \"/etc/passwd\"", "= Heading", "x" * 300, "\n\n= a\n- b"]),
    st.text(alphabet="#*_$<>@`\\/~=-+[]{}\"'\n .1aé≥", max_size=80),
)  # fmt: skip


def case(decision: Mapping[str, Any] | None = None, **columns: Any) -> CaseRecord:
    """A case from plain values; what is not given is not known."""
    centre = Centre(code="north", name="Northgate")
    patient = Patient(
        case_id=columns.get("case_id", "2026-014"),
        family_name=columns.get("family_name", "Valente"),
        given_name=columns.get("given_name", "Rui"),
        hospital_number=columns.get("hospital_number", "N-198203"),
        birth_date=datetime.date(1965, 2, 18),
        centre=centre,
        referring_doctor=columns.get("referring_doctor", ""),
        wishes=columns.get("wishes", ""),
        pk=7,
    )
    staging = Staging(patient=patient, question=columns.get("question", ""), date=DAY)
    item = AgendaItem(
        staging=staging, state="decided" if decision else "deferred", state_note=columns.get("note", ""), pk=3
    )
    return CaseRecord(
        item=item,
        staging=staging,
        patient=patient,
        document=columns.get("document", {}),
        result=columns.get("result", {}),
        decision=BoardDecision(**{"comparison": "no_comparison", "outcome": "resection", **decision})
        if decision is not None
        else None,
        elements=[DecisionElement(**element) for element in columns.get("elements", ())],
        addenda=columns.get("addenda", ()),
        votes=columns.get("votes", ()),
        reassessment=columns.get("reassessment"),
        minutes=columns.get("minutes"),
    )


def record(*cases: CaseRecord, **columns: Any) -> MeetingRecord:
    people = columns.pop("people", [("Helen", "hpb_surgeon")])
    meeting = Meeting(title="Liver board", place="Room 2", starts_at=NOW, state="closed", **columns)
    attendances = [Attendance(user=User(username=name), discipline=code) for name, code in people]
    return MeetingRecord(meeting, DAY, "09:00", "10:05", attendances, cases)


def texts_of(value: Any) -> list[str]:
    """Every string of a composition but its keys."""
    if isinstance(value, dict):
        return [
            text for key, inner in value.items() if key not in ("type", "key") for text in texts_of(inner)
        ]
    if isinstance(value, (list, tuple)):
        return [text for inner in value for text in texts_of(inner)]
    return [value] if isinstance(value, str) else []


def said(composed: dict[str, Any]) -> str:
    return as_text(Sheet("letter", composed, 1))


# ------------------------------------------------------------------------------------------------------- minutes
def test_minutes_say_who_was_there_who_was_missing_and_what_was_decided() -> None:
    decided = case(
        {"rationale": "Two lesions.", "intent": "cure", "dissent": "Radiology would wait."},
        question="Operate first?",
        elements=[{"kind": "surgery", "detail": "Right hepatectomy", "responsible": "Liver surgery", "deadline": DAY}],
        votes=[Tally("Is the liver disease resectable?", [("yes", 3), ("no", 1)], split=True)],
        minutes=4,
    )  # fmt: skip
    text = re.sub(r"\s+", " ", said(compose_minutes(record(decided))))
    for words in (
        "Liver surgery; Present: Helen", "Not noted as present: medical oncologist, radiologist",
        "Valente, Rui, born 18 Feb 1965, case 2026-014", "Question: Operate first?", "Decision: Resection now",
        "Intent: Cure", "Dissent: Radiology would wait.", "Right hepatectomy; Who: Liver surgery; When: by 16 Apr 2026",
        "Is the liver disease resectable? Yes 3, no 1; the votes were split", "On the screen: 4 minutes",
    ):  # fmt: skip
        assert words in text
    assert "Helen 3" not in text


def test_a_deferred_case_says_why_and_what_is_not_known_says_so() -> None:
    text = said(compose_minutes(record(case(None, note="MRI not read yet"))))
    assert "Decision: deferred. Reason: MRI not read yet." in text
    assert f"Question: {NOT_KNOWN}" in text
    assert f"Liver: {NOT_KNOWN}" in text


def test_a_provisional_decision_names_what_is_missing() -> None:
    waiting = case(
        {"provisional": True},
        elements=[{"kind": "defer", "detail": "Wait for RAS", "missing_fact": "molecular.ras"}],
    )
    assert "Provisional: until this is known: RAS" in re.sub(
        r"\s+", " ", said(compose_minutes(record(waiting)))
    )


@pytest.mark.parametrize("verdicts", [{"D01": "met", "D02": "not_met", "D07": "indeterminate"}])
def test_definitions_stand_in_their_groups_and_are_never_counted(verdicts: dict[str, str]) -> None:
    names = {
        code: {"author": f"Author{code}", "year": 2000, "verified": "memory", "sentence": ""}
        for code in verdicts
    }
    result = {"definitions": verdicts, "explanations": {"definitions": names}}
    text = re.sub(r"\s+", " ", said(compose_minutes(record(case({}, result=result)))))
    assert "Resectable – not met: AuthorD02 2000*. Borderline – indeterminate: AuthorD07 2000*." in text
    assert "Historical – met: AuthorD01 2000*." in text
    assert "* not verified against the original paper" in text


def test_minutes_of_a_case_count_until_the_next_one_is_shown_or_the_meeting_closes() -> None:
    def event(kind: str, item: int | None, minute: float) -> RoomEvent:
        return RoomEvent(kind=kind, item_id=item, at=NOW + datetime.timedelta(minutes=minute))

    events = [
        event("opened", None, 0), event("shown", 1, 1), event("voted", 1, 2), event("shown", 2, 4),
        event("shown", 1, 5), event("closed", None, 6.5),
    ]  # fmt: skip
    assert minutes_by_item(events, NOW) == {1: 5, 2: 1}
    assert minutes_by_item(events[:-1], None) == {1: 3, 2: 1}
    assert minutes_by_item([], NOW) == {}


def test_all_cases_together_were_not_on_the_screen_for_longer_than_the_meeting() -> None:
    cases = [case(None, case_id=f"C-{number}", minutes=1) for number in range(5)]
    whole = {"opened_at": NOW - datetime.timedelta(seconds=130), "closed_at": NOW}
    assert "On the screen for 3 minutes in all." in said(compose_minutes(record(*cases, **whole)))
    assert "On the screen for 5 minutes in all." in said(compose_minutes(record(*cases)))


# -------------------------------------------------------------------------------------------- letter and summary
def test_a_letter_of_a_provisional_decision_names_what_is_missing_and_leaves_out_reasons_that_nobody_gave() -> (
    None
):
    asked = {"fact": "molecular.ras", "label": "RAS", "settles": [], "options": []}
    one = case({"provisional": True}, result={"missing": [asked]})
    text = re.sub(r"\s+", " ", said(compose_letter(record(one), one)))
    assert "Provisional: until this is known: RAS" in text
    assert "Reasons of the board" not in text


def test_a_letter_says_decision_reasons_steps_and_window_and_nothing_of_the_advice() -> None:
    result = {
        "definitions": {"D02": "met"},
        "explanations": {"definitions": {"D02": {"author": "Charnsangavej", "year": 2006, "verified": "yes"}}},
        "questions": [{"id": "q", "label": "ALPPS?", "options": [{"label": "ALPPS", "status": "supported"}]}],
    }  # fmt: skip
    window = Reassessment(window_start=DAY, window_end=DAY + datetime.timedelta(days=30))
    one = case(
        {"outcome": "conversion", "rationale": "Eleven lesions.", "comparison": "follows"},
        result=result, reassessment=window, referring_doctor="Dr M. Osei",
        elements=[{"kind": "systemic", "detail": "FOLFOX", "planned_start": DAY}],
    )  # fmt: skip
    text = said(compose_letter(record(one), one))
    for words in ("Dear Dr M. Osei,", "Eleven lesions.", "FOLFOX", "16 Apr – 16 May 2026, provisional"):
        assert words in text
    for words in ("Charnsangavej", "ALPPS", "Follows the advice", "advice"):
        assert words not in text


OUTCOME = st.sampled_from(sorted(OUTCOMES))
ELEMENT = st.fixed_dictionaries(
    {"kind": st.sampled_from(sorted(STEPS)), "detail": NASTY}, optional={"deadline": st.just(DAY)}
)


@given(
    outcome=OUTCOME, rationale=NASTY, dissent=NASTY, elements=st.lists(ELEMENT, max_size=4),
    option=st.sampled_from(["ALPPS 29.6 %", "Transplant evaluation", "FLR-03"]), addendum=st.booleans(),
)  # fmt: skip
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_summary_holds_only_sentences_of_the_decision_taken(
    outcome: str, rationale: str, dissent: str, elements: list[dict[str, Any]], option: str, addendum: bool
) -> None:
    """Nothing that was only discussed, argued or advised reaches the patient: not even as a part of a sentence."""
    result = {
        "questions": [{"id": "q", "label": option, "options": [{"label": option, "status": "supported"}]}]
    }
    one = case(
        {"outcome": outcome, "rationale": rationale, "dissent": dissent},
        elements=elements, result=result, document={"volumetry": {"flr_pct": 29.6}},
        addenda=[DecisionAddendum(text=option, by=User(username="h"), at=NOW)] if addendum else (),
    )  # fmt: skip
    composed = compose_summary(record(one), one)
    plain = case(
        {"outcome": outcome},
        elements=[{**element, "detail": ""} for element in elements],
        addenda=[DecisionAddendum(text="x", by=User(username="h"), at=NOW)] if addendum else (),
    )
    assert composed == compose_summary(record(plain), plain)
    text = " ".join(texts_of(composed))
    assert OUTCOMES[outcome] in text
    assert not [other for other in OUTCOMES if other != outcome and OUTCOMES[other] in text]
    assert "%" not in text
    assert not re.search(r"\b[A-Z]{1,6}-\d{2}\b", text)


def test_every_outcome_and_step_has_plain_words_in_short_sentences() -> None:
    assert set(OUTCOMES) == set(BoardDecision.Outcome.values)
    assert set(STEPS) == set(DecisionElement.Kind.values)
    jargon = (
        "resect",
        "systemic",
        "ablat",
        "palliat",
        "adjuvant",
        "remnant",
        "metast",
        "hepat",
        "MDT",
        "conversion",
    )
    for text in (*OUTCOMES.values(), *STEPS.values()):
        assert not [word for word in jargon if word in text.lower()], text
        for sentence in re.split(r"(?<=[.!?])\s+", text):
            assert len(sentence.split()) <= 20, sentence
            assert sum(len(word) > 11 for word in sentence.split()) == 0, sentence


def test_a_patient_whose_case_was_not_decided_is_told_just_that() -> None:
    one = case(None, note="Chair ill; ALPPS was discussed")
    text = " ".join(texts_of(compose_summary(record(one), one)))
    assert "have not decided yet" in text
    assert "ALPPS" not in text


# ---------------------------------------------------------------------------------------------- printing
def spoken(pdf_text: str) -> str:
    return re.sub(r"[\s\u00ad-]+", "", pdf_text)


@given(typed=NASTY)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_breaks_the_pdf_or_adds_to_it(typed: str) -> None:
    one = case(
        {"rationale": typed, "dissent": typed}, family_name=typed[:80], given_name="", question=typed, note=typed,
        wishes=typed, referring_doctor=typed[:120],
        elements=[{"kind": "work_up", "detail": typed, "responsible": typed}],
    )  # fmt: skip
    for kind, composed in (
        ("minutes", compose_minutes(record(one))),
        ("letter", compose_letter(record(one), one)),
        ("summary", compose_summary(record(one), one)),
    ):
        made = as_pdf(Sheet(kind, composed, 1, changes=(clean(typed),)), at=NOW)
        assert made.startswith(b"%PDF-")
        assert as_text(Sheet(kind, composed, 1)).endswith("\n")


def test_markup_is_printed_as_it_was_typed() -> None:
    one = case({"rationale": MARKUP})
    sheet = Sheet("letter", compose_letter(record(one), one), 1)
    inputs = {"sheet": json.dumps(printing._for_print(sheet))}
    source = str(printing.folder() / "document.typ")
    compiler = typst.Compiler(input=source, root=str(printing.folder()), sys_inputs=inputs)
    headings = json.loads(compiler.query("heading", field="body"))
    assert [heading.get("text") for heading in headings] == [
        "Letter from the liver board", "Question to the board", "Findings", "Decision of the board", "Next steps",
    ]  # fmt: skip
    for made_by_markup in ("emph", "math.equation", "raw", "ref", "link"):
        assert json.loads(compiler.query(made_by_markup)) == []
    assert MARKUP in texts_of(sheet.composed)
    assert re.sub(r"\s+", "", MARKUP) in re.sub(r"\s+", "", as_text(sheet))


def test_a_name_without_a_glyph_in_the_typeface_still_gets_its_pdf() -> None:
    one = case({}, family_name="王小明", given_name="☃")
    assert as_pdf(Sheet("letter", compose_letter(record(one), one), 1), at=NOW).startswith(b"%PDF-")


def test_characters_that_nothing_can_show_are_left_out_everywhere() -> None:
    one = case({}, family_name="Va\ue000len\u202ete", referring_doctor="Dr\x07 Osei")
    composed = compose_letter(record(one), one)
    assert (composed["people"]["name"], composed["meta"][0][1]) == ("Valente, Rui", "Dr Osei")
    assert not [text for text in texts_of(composed) if text != clean(text)]


def test_the_same_document_is_the_same_file() -> None:
    one = case({})
    sheet = Sheet("letter", compose_letter(record(one), one), 1)
    assert as_pdf(sheet, at=NOW) == as_pdf(sheet, at=NOW)


def test_a_printer_that_fails_says_so_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> bytes:
        raise typst.TypstError("file not found")

    monkeypatch.setattr(printing, "_compiled", broken)
    one = case({})
    with pytest.raises(PrintError, match="refused: file not found"):
        as_pdf(Sheet("letter", compose_letter(record(one), one), 1), at=NOW)


@given(typed=st.text(max_size=100))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_cleaned_text_is_always_shown_and_stays_clean(typed: str) -> None:
    found = clean(typed)
    assert clean(found) == found
    json.dumps(found).encode()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", found)


def test_what_changed_between_two_compositions_is_said_line_by_line() -> None:
    before, now = case({"rationale": "Two lesions."}), case({"rationale": "Three lesions."})
    old, new = compose_letter(record(before), before), compose_letter(record(now), now)
    assert differences(old, old) == []
    assert differences(old, new) == [
        "Decision of the board: now says “Reasons of the board: Three lesions.”",
        "Decision of the board: no longer says “Reasons of the board: Two lesions.”",
    ]


def test_a_clinicians_paragraph_stands_in_the_place_of_the_drafted_one() -> None:
    one = case({})
    composed = edited(
        compose_summary(record(one), one), {"own_words": {"text": "See you on Monday.", "was": ""}}
    )
    assert "See you on Monday." in said(composed)
    assert "See you on Monday." not in said(compose_summary(record(one), one))


def test_a_letter_says_a_centres_own_sentences_around_the_decision() -> None:
    own = LetterTemplate(
        sender="Liver unit, Northgate", opening="{board} spoke of {patient}.", closing="Call {board}."
    )
    one = replace(case({}), letter=own)
    told = said(compose_letter(record(one), one))
    assert "Liver unit, Northgate" in told
    assert f"Liver board spoke of {one.patient.name}." in told
    assert "Call Liver board." in told


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("opening", "Dear {doctor}", "{doctor} is not filled in; allowed: {date}, {patient}, {board}"),
        ("closing", "Until {date}", "{date} is not filled in; allowed: {board}"),
        ("opening", "{patient.birth_date}", "is not filled in"),
        ("opening", "{}", "is not filled in"),
    ],
)
def test_a_letter_template_names_only_what_is_filled_in(field: str, text: str, says: str) -> None:
    with pytest.raises(ValidationError) as error:
        LetterTemplate(**{field: text}).clean_fields()
    assert says in str(error.value.message_dict[field])
