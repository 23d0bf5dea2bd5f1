"""An assessment as a clinician reads it: plain text, 100 characters wide."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from decisions.engine.document import Case

WIDTH = 100
NOTICE = (
    "Not certified as a medical device; not for decisions on real patients. It advises, the board decides."
)
MARKS = {
    "yes": "",
    "memory": " [not verified against the original paper]",
    "engine_choice": " [board's own choice]",
    "external": " [source outside the review]",
}
POLARITY = {"for": "for", "against": "against", "caution": "caution", "information": "note"}
POINT_SCORES = ("fong", "meta5", "game", "brudvik", "oslo")
Document = Mapping[str, Any]


def as_text(case: Case, result: Document) -> str:
    """The assessment document `result` of `case` in words, ending with an empty line."""
    return "\n".join([*_head(case, result), *_definitions(result), *_scores(result), *_follow_up(result),
                      *_questions(result), *_missing(result), *_notices(result), ""])  # fmt: skip


def _words(value: Any) -> str:
    return "not known" if value is None else str(value).replace("_", " ")


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def _title(text: str) -> list[str]:
    return ["", text.upper()]


def _head(case: Case, result: Document) -> Iterator[str]:
    date = case.get("case.decision_date")
    yield f"Case {case.id or 'without number'}, {date.isoformat() if date else 'date not known'}"
    percent = result["flr_pct"]
    yield f"Onset      {_words(result['timing_class'])}"
    yield f"Liver      {_words(result['liver_class'])}"
    yield f"Remnant    {'not known' if percent is None else f'{percent:g} %'}, {_words(result['flr_class'])}"
    yield f"Response   {_words(result['response'])}"


def _definitions(result: Document) -> Iterator[str]:
    yield from _title("14 definitions of resectability (what 'met' means stands in brackets)")
    for name, said in result["explanations"]["definitions"].items():
        source = f"ref {said['true_ref']}" if said["true_ref"] else "not in the review's list"
        text = (
            f"{name} {said['author']} {said['year']} [{_words(said['polarity'])}]: {_words(said['verdict'])}: "
            f"{said['sentence']} ({source})"
        )
        yield _wrapped(text, "  ")


def _scores(result: Document) -> Iterator[str]:
    yield from _title("Scores")
    said = result["explanations"]["scores"]
    for key in POINT_SCORES:
        score = result[key]
        about = said[key]
        if score["score"] is not None:
            value = f"{score['score']:g}"
        elif score["min"] is None:
            value = _words(score.get("status") or "not known")
        else:
            value = f"between {score['min']:g} and {score['max']:g}, facts are missing"
        risk = f", {score['risk']} risk" if score.get("risk") else ""
        yield _wrapped(f"{about['name']}: {value}{risk}{MARKS[about['verified']]}", "  ")
    burden = result["tbs"]
    shown = f"{burden['value']:g}, zone {burden['zone']}" if burden else "not known"
    yield f"  Tumour burden score: {shown}"
    yield f"  H-stage {_words(result['h_stage'])}, grade {_words(result['crlm_grade'])}"


def _follow_up(result: Document) -> Iterator[str]:
    window = result["reassess"]
    if window is None:
        return
    yield from _title("Reassessment")
    cycles = ""
    if window.get("cycle_start"):
        cycles = f"; by cycles {window['cycle_start']} to {window['cycle_end']}"
    status = f" ({_words(window['status'])})" if window.get("status") else ""
    yield f"  2-3 months: {window['start']} to {window['end']}{cycles}{status}"


def _questions(result: Document) -> Iterator[str]:
    for question in result["questions"]:
        if question["applies"] is False:
            continue
        yield from _title(question["label"])
        for option in question["options"]:
            yield f"  {option['label']}: {option['status']}"
            for argument in option["arguments"]:
                yield _argument(argument, "    ")
        for argument in question["about"]:
            yield _argument(argument, "  ")


def _argument(argument: Document, indent: str) -> str:
    refs = ", ".join(argument["refs"])
    source = f"section {argument['section']}" + (f", refs {refs}" if refs else "")
    still = "" if argument["state"] == "fired" else " [facts are missing]"
    kind = POLARITY[argument["polarity"]]
    return _wrapped(f"{kind}: {argument['says']} ({source}){MARKS[argument['verified']]}{still}", indent)


def _missing(result: Document) -> Iterator[str]:
    if not result["missing"]:
        return
    yield from _title("Missing, most useful first")
    for fact in result["missing"]:
        settles = len(fact["settles"]) + len(fact["options"])
        yield f"  {fact['label']} ({fact['fact']}): could settle {settles}"


def _notices(result: Document) -> Iterator[str]:
    notices = [*result["flags"], *(warning["message"] for warning in result["warnings"])]
    if notices or result["conflicts"]:
        yield from _title("Notices")
    for code in result["conflicts"]:
        said = result["explanations"]["conflicts"][code]
        yield _wrapped(f"The sources disagree ({code}): {said['question']}: {said['sides']}", "  ")
    for notice in notices:
        yield _wrapped(notice, "  ")
    yield ""
    yield _wrapped(
        f"Rulebook {result['rulebook']['version']}, engine {result['engine_version']}, sources up to "
        f"{result['sources_up_to']}. {NOTICE}",
        "",
    )
