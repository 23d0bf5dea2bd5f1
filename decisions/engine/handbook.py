"""The handbook for clinicians: every declaration in words, with its limits, its source and what it needs.

It is written from the declarations themselves (`manage.py handbook`), so that it cannot drift from what runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from decisions.engine import derived
from decisions.engine.conflicts import CONFLICTS
from decisions.engine.coverage import coverage, not_considered
from decisions.engine.definitions import DEFINITIONS
from decisions.engine.in_words import in_words, names_in
from decisions.engine.logic import Expr, Named
from decisions.engine.questions import QUESTIONS
from decisions.engine.rules import RULES, Rule
from decisions.engine.scores import SCORES
from decisions.engine.sources import citation, errata, sources
from decisions.engine.thresholds import SIGNS, ThresholdSet, default
from decisions.engine.timelines import TIMELINES

MARKS = {
    "yes": "",
    "memory": "not verified against the original paper",
    "engine_choice": "board's own choice",
    "external": "source outside the review",
}


def handbook(thresholds: ThresholdSet | None = None) -> str:
    """The whole handbook as Markdown, under the given rulebook."""
    return "\n".join(_lines(thresholds or default())) + "\n"


def _lines(rulebook: ThresholdSet) -> Iterator[str]:
    yield "# What the engine knows"
    yield ""
    yield "Written from the declarations by `manage.py handbook`; not edited by hand. Sources up to March 2025."
    yield "The sources argue, the board decides. Not certified as a medical device."
    yield ""
    yield "A fact that is missing leaves a condition open; it never counts as no."
    for chapter in (_definitions, _derived, _rules, _questions, _scores, _conflicts, _timelines, _thresholds):
        yield from chapter(rulebook)
    yield from _coverage()
    yield from _errata()
    yield from _references()


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |"


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    heads = list(heads)
    yield ""
    yield _row(*heads)
    yield _row(*("---" for _ in heads))
    for row in rows:
        yield _row(*row)


def _head(text: str, level: int = 2) -> Iterator[str]:
    yield ""
    yield f"{'#' * level} {text}"


def _needs(expr: Expr) -> str:
    return ", ".join(names_in(expr)[0])


def _definitions(rulebook: ThresholdSet) -> Iterator[str]:
    yield from _head("The 14 definitions of resectability (Table 1)")
    for item in DEFINITIONS:
        yield from _head(f"{item.id} {item.author} {item.year}, {item.origin}", 3)
        yield ""
        yield f"*As printed:* {item.text}"
        yield ""
        yield f"*Met when* {in_words(item.condition, rulebook)}."
        yield ""
        source = citation(item.true_ref.split()[0]) if item.true_ref else "not in the list of references"
        yield f"*Met means:* {item.polarity.replace('_', ' ')}. *Source:* {source}; printed as {item.seed_ref}."
        if item.note:
            yield ""
            yield f"*Note:* {item.note}"


def _derived(rulebook: ThresholdSet) -> Iterator[str]:
    yield from _head("Derived variables")
    names = [expr for expr in vars(derived).values() if isinstance(expr, Named)]
    yield from _table(
        ("Name", "Is", "Unit"),
        ((expr.label, in_words(expr.expr, rulebook), expr.unit or "") for expr in names),
    )


def _references_of(rule: Rule) -> str:
    listed = [part.strip() for part in rule.refs.replace(";", ",").split(",")]
    return "; ".join(citation(part) if part.isdigit() else part for part in listed if part not in ("", "-"))


def _rules(rulebook: ThresholdSet) -> Iterator[str]:
    yield from _head("Rules by section of the review")
    ordered = sorted(RULES.values(), key=lambda rule: (rule.section == "ext", rule.section))
    for section, rules in groupby(ordered, key=lambda rule: rule.section):
        yield from _head("Outside the review" if section == "ext" else f"Section {section}", 3)
        for rule in rules:
            yield ""
            yield f"**{rule.id} {rule.title}.** When {in_words(rule.condition, rulebook)}."
            yield f"Needs: {_needs(rule.condition) or 'nothing'}. Strength: {rule.strength}."
            source = _references_of(rule)
            if source:
                yield f"Source: {source}."
            if rule.note:
                yield f"Note: {rule.note}"
            for question in QUESTIONS:
                options = {option.id: option.label for option in question.options}
                for argument in question.arguments:
                    if argument.rule == rule.id:
                        about = options.get(argument.option or "", question.label)
                        mark = MARKS.get(argument.verified, "")
                        yield f"- {argument.polarity}, {about}: {argument.says}{f' ({mark})' if mark else ''}"


def _questions(rulebook: ThresholdSet) -> Iterator[str]:
    yield from _head("Questions and their options")
    for question in QUESTIONS:
        yield from _head(question.label, 3)
        yield ""
        yield f"Asked when {in_words(question.applies, rulebook)}."
        for option in question.options:
            yield f"- {option.label}"


def _scores(rulebook: ThresholdSet) -> Iterator[str]:
    yield from _head("Scores")
    for score in SCORES:
        yield from _head(f"{score.name}, 0 to {score.full}", 3)
        yield from _table(
            ("Item", "Points"), ((item.label, in_words(item.points, rulebook)) for item in score.items)
        )
        yield ""
        mark = MARKS.get(score.verified, score.verified)
        yield f"Source: {score.source}{f' ({mark})' if mark else ''}. {score.note}".rstrip()


def _conflicts(rulebook: ThresholdSet) -> Iterator[str]:
    yield from _head("Where the sources disagree")
    for conflict in CONFLICTS:
        yield ""
        yield f"**{conflict.id} {conflict.question}**"
        yield from (f"- {side}" for side in conflict.sides)
        yield f"- *Shown when* {in_words(conflict.active, rulebook)}."


KEPT = {
    "note": "a note",
    "note_or_reminder": "a note; a reminder while transplantation is under consideration",
    "reassessment": "one row of the conversion clock",
}


def _timelines(rulebook: ThresholdSet) -> Iterator[str]:
    yield from _head("Dates to keep")
    yield from _table(
        ("", "What", "From", "Closed by", "For", "Source"),
        (
            (
                row.id,
                f"{row.label} ({KEPT[row.kept]})" if row.kept in KEPT else row.label,
                row.trigger,
                row.closes,
                row.recipient,
                row.source + (f" ({MARKS[row.verified]})" if MARKS[row.verified] else ""),
            )
            for row in TIMELINES
        ),
    )


def _thresholds(rulebook: ThresholdSet) -> Iterator[str]:
    yield from _head("Thresholds")
    yield from _table(
        ("Name", "What", "Value", "Allowed", "Source"),
        (
            (
                item.name,
                item.label,
                f"{SIGNS[item.comparison]} {item.value:g} {item.unit}".strip(),
                f"{item.minimum:g} to {item.maximum:g}",
                item.source + (f" ({MARKS[item.verified]})" if MARKS[item.verified] else ""),
            )
            for item in rulebook.thresholds()
        ),
    )


def _coverage() -> Iterator[str]:
    yield from _head("What the review says to do, and where it is carried")
    yield from _table(
        ("Section", "The review", "Carried by", "Left out because"),
        ((item.section, item.says, ", ".join(item.rules) or "–", item.left_out or "") for item in coverage()),
    )
    yield from _head("What the engine does not consider")
    yield ""
    yield from (f"- {text}" for text in not_considered())


def _errata() -> Iterator[str]:
    yield from _head("Slips found in the review")
    yield from _table(
        ("", "Where", "What", "What the program does"),
        ((item.id, item.where, item.problem, item.resolution) for item in errata()),
    )


def _references() -> Iterator[str]:
    yield from _head("References of the review")
    yield ""
    yield from (f"{number}. {source.text}" for number, source in sorted(sources().items()))
