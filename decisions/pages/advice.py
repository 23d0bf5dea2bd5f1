"""An assessment document in the words of the page: verdicts, classes, what is missing, how firm it is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Discipline
from decisions.engine.facts import FACTS
from decisions.engine.sources import citation
from decisions.pages.layout import anchor
from decisions.pages.sources import definition_source, reference_words
from decisions.pages.traces import Node, trace_node
from decisions.pages.words import answer_words, known_label, shown_value
from patients.wording import counted, listing

Document = Mapping[str, Any]

CLASS_LABELS = {
    "timing_class": "Onset of the metastases",
    "liver_class": "Liver",
    "flr_class": "Future liver remnant",
    "flr_pct": "Future liver remnant",
    "response": "Response",
    "d11_class": "Class after Ichida",
    "d12_class": "Class after Nieuwenhuizen",
    "h_stage": "H-stage",
    "crlm_grade": "Grade",
    "tbs": "Tumour burden score",
    "fong": "Fong score",
    "fong_risk": "Fong risk group",
    "game": "GAME score",
    "game_risk": "GAME risk group",
    "meta5": "Five-factor score",
    "meta5_risk": "Five-factor risk group",
    "brudvik": "Brudvik score",
    "oslo": "Oslo score",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A missing fact: what it is called, what it could settle, how much, who knows it, where it is entered."""

    label: str
    why: str
    effect: str
    href: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """One of the fourteen definitions, as the verdict components take it."""

    id: str
    name: str
    short: str
    verdict: str
    text: str
    source: str
    verified: str
    note: str = ""
    firm: bool = True
    href: str = ""
    trace: list[Node] = field(default_factory=list)


def explanations(document: Document, kind: str) -> Mapping[str, Any]:
    """The part `kind` of the explanations: definitions, scores, rules, derived, conflicts."""
    found: Mapping[str, Any] = (document.get("explanations") or {}).get(kind) or {}
    return found


def definition_names(document: Document) -> dict[str, str]:
    """'Adam 2012' by 'D04'."""
    return {
        code: f"{said['author']} {said['year']}"
        for code, said in explanations(document, "definitions").items()
    }


def result_name(document: Document, key: str) -> str:
    """What a key of the assessment is called: a definition, a class, a score."""
    return definition_names(document).get(key) or CLASS_LABELS.get(key, key.replace("_", " "))


# ---------------------------------------------------------------------------------------------- what is missing
def asks_of(document: Document, *, base: str = "") -> list[Ask]:
    """The missing facts, most useful first, with what each could settle; `base` is the address of the entry page."""
    questions = {question["id"]: question["label"] for question in document.get("questions") or ()}
    asks = [_ask(document, missing, questions, base) for missing in document.get("missing") or ()]
    if "MSI_MMR_DISCORDANT" in (document.get("flags") or ()):
        asks.insert(0, _repeat_test(base))
    return asks


def _repeat_test(base: str) -> Ask:
    """CONV-19: two results that contradict each other are no missing fact, and come before all missing ones."""
    return Ask(
        label="Repeat test of MSI and MMR",
        why="The two results contradict each other; one positive test counts until then. Known to pathology.",
        effect="first-line therapy",
        href=f"{base}#{anchor('molecular.msi')}",
        who=discipline_words("molecular.msi"),
    )


def discipline_words(fact: str) -> str:
    """'radiology': the discipline that the vocabulary says knows this fact."""
    who = FACTS[fact].who if fact in FACTS else ""
    return Discipline(who).label.lower() if who in Discipline.values else who or "radiology"


def _ask(document: Document, missing: Mapping[str, Any], questions: Mapping[str, str], base: str) -> Ask:
    name = str(missing["fact"])
    settles = [result_name(document, key) for key in missing.get("settles") or ()]
    options = list(missing.get("options") or ())
    asked = list(dict.fromkeys(questions.get(option.partition(":")[0], "") for option in options))
    why = _few(settles) or _few([f"“{question}”" for question in asked if question], 1)
    who = discipline_words(name)
    counts = [
        counted(len(settles), "result") if settles else "",
        counted(len(options), "option") if options else "",
    ]
    return Ask(
        label=known_label(name, name),
        why=f"Could settle {why}. Known to {who}." if why else f"Known to {who}.",
        effect=", ".join(part for part in counts if part),
        href=f"{base}#{anchor(name)}",
        who=who,
    )


def _few(items: list[str], shown: int = 3) -> str:
    more = len(items) - shown
    return listing([*items[:shown], f"{more} more"]) if more > 0 else listing(items)


# ------------------------------------------------------------------------------------------ verdicts and classes
def flipping(document: Document) -> set[str]:
    """The keys of results that turn within the measurement error."""
    return {key for shift in document.get("firmness") or () for key in shift.get("flips") or ()}


def definitions_of(document: Document, *, base: str = "", traced: bool = False) -> list[Definition]:
    """The fourteen definitions in the order of Table 1."""
    said, unsure = explanations(document, "definitions"), flipping(document)
    derived = explanations(document, "derived")
    found = []
    for code, verdict in (document.get("definitions") or {}).items():
        one = said.get(code) or {}
        found.append(
            Definition(
                id=code,
                name=f"{one['author']} {one['year']}" if one else code,
                short=str(one.get("author") or code),
                verdict=str(verdict),
                text=str(one.get("sentence") or ""),
                source=definition_source(one),
                verified=str(one.get("verified") or ("yes" if one.get("true_ref") else "memory")),
                note=str(one.get("note") or ""),
                firm=code not in unsure,
                href=f"{base}#{code}",
                trace=[trace_node(one["trace"], derived)] if traced and one.get("trace") else [],
            )
        )
    return found


def liver_state(document: Document) -> str:
    """The class of the liver as a state to show.

    A remnant that is too small, with nothing known of the technique, is called that, and not 'unresectable'.
    """
    found = str(document.get("liver_class") or "indeterminate")
    technique: Mapping[str, Any] = explanations(document, "derived").get("technical_ok") or {}
    if found == "unresectable" and technique.get("truth") is None and technique:
        return "unresectable_unassessed"
    return found


def classes_of(document: Document) -> list[dict[str, str]]:
    """The classes of the liver and of the remnant, as states."""
    found = [{"label": CLASS_LABELS["liver_class"], "code": liver_state(document)}]
    remnant = str(document.get("flr_class") or "indeterminate")
    share = document.get("flr_pct")
    word = "" if share is None else f"{shown_value('', share, '%')}, {remnant}"
    return [*found, {"label": CLASS_LABELS["flr_class"], "code": remnant, "word": word}]


def warnings_of(document: Document) -> list[str]:
    """Notices about the data, as sentences."""
    return [str(warning["message"]) for warning in document.get("warnings") or ()]


FLAG_WORDS = {
    "READING_SENSITIVE": "Another reading of the source would change {}.",
    "BOUNDARY_GAP": "The value lies exactly where the source leaves a gap; how it is read decides {}.",
    "RELATIVE_CONTRAINDICATION_EHD": "Resectable extrahepatic disease: a relative contraindication in Worni 2014.",
    "TIMING_INFERRED": "The onset was inferred from the dates; nobody stated it.",
    "TIMING_DATA_CONFLICT": "The stated onset and the dates contradict each other; what was stated counts.",
    "MSI_MMR_DISCORDANT": "MSI and MMR contradict each other: a repeat test first; until then one positive counts.",
    "CYCLES_EXCEED_RECOMMENDED": "More cycles were given than the sources recommend before reassessment.",
    "LONG_CHEMO": "Long chemotherapy by the source's limit for this line.",
    "TRIPLE_MUTATION": "RAS, TP53 and SMAD4 are all mutated.",
}


def flags_of(document: Document) -> list[dict[str, str]]:
    """The engine's flags as sentences, each with its code."""
    found = []
    for flag in document.get("flags") or ():
        code, _, about = str(flag).partition(":")
        words = FLAG_WORDS.get(code, code.replace("_", " ").capitalize() + ".")
        found.append({"code": str(flag), "text": words.format(result_name(document, about))})
    return found


# -------------------------------------------------------------------------------------- firm, and what would change
def firmness_of(document: Document) -> list[dict[str, str]]:
    """Which results turn within the error of one measurement, as a bold word and a sentence."""
    return [
        {
            "lead": f"{_fact_name(shift['fact'])} ± {shown_value('', shift['error'], _unit(shift['fact']))}",
            "text": "; ".join(_flip(document, key, values) for key, values in shift["flips"].items()),
        }
        for shift in document.get("firmness") or ()
    ]


def _flip(document: Document, key: str, values: list[Any]) -> str:
    now, *others = ["open" if value is None else answer_words(str(value)) for value in values]
    return f"{result_name(document, key)}: {now} → {listing(dict.fromkeys(others), 'or')}"


def _fact_name(name: str) -> str:
    return known_label(name, CLASS_LABELS.get(name, name))


def _unit(name: str) -> str:
    if name == "flr_pct":
        return "points"
    return str(FACTS[name].unit or "").split(" (")[0] if name in FACTS else ""


def counterfactuals_of(document: Document) -> list[dict[str, Any]]:
    """The smallest changes of what can be changed that make a definition met: the action, its source, what it meets."""
    return [
        {
            "changes": [
                {
                    "text": f"{_fact_name(change['fact'])} {shown_value('', change['to'], _measure(change['fact']))}",
                    "action": change.get("action", ""),
                    "source": change.get("source", ""),
                }
                for change in item["changes"]
            ],
            "meets": listing(result_name(document, code) for code in item["definitions"]),
        }
        for item in document.get("counterfactuals") or ()
    ]


def _measure(name: str) -> str:
    return "%" if name == "flr_pct" else _unit(name)


# ------------------------------------------------------------------------------------ questions and disagreement
def questions_of(document: Document) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The questions that apply or may apply, and those that do not, each with its options and arguments."""
    shown: list[dict[str, Any]] = []
    folded: list[dict[str, Any]] = []
    for question in document.get("questions") or ():
        entry = {
            "id": question["id"],
            "label": question["label"],
            "applies": question.get("applies"),
            "reason": question.get("reason", ""),
            "options": [_option(option) for option in question.get("options") or ()],
            "about": [_argument(item) for item in question.get("about") or ()],
        }
        entry["silent"] = [option["name"] for option in entry["options"] if option["status"] == "no argument"]
        (folded if question.get("applies") is False else shown).append(entry)
    return shown, folded


def _option(option: Mapping[str, Any]) -> dict[str, Any]:
    arguments = [(str(item.get("polarity")), _argument(item)) for item in option.get("arguments") or ()]
    return {
        "name": option["label"],
        "status": option["status"],
        "for": [item for polarity, item in arguments if polarity == "for"],
        "against": [item for polarity, item in arguments if polarity in ("against", "excludes")],
        "also": [item for polarity, item in arguments if polarity not in ("for", "against", "excludes")],
        "open": option["status"] == "supported with conflict",
    }


def _argument(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "rule": item.get("rule", ""),
        "text": item["says"],
        "source": reference_words(item.get("refs") or (), item.get("section")),
        "verified": item.get("verified") or "memory",
        "value": str(item.get("state") or ""),
    }


def conflicts_of(document: Document) -> list[dict[str, Any]]:
    """Where the sources disagree: every side, none preferred."""
    said = explanations(document, "conflicts")
    return [
        {"id": code, "topic": said.get(code, {}).get("question", code), "sides": _sides(said.get(code, {}))}
        for code in document.get("conflicts") or ()
    ]


_REFS = re.compile(r"\((\d+(?:, ?\d+)*)\)")
"""References as the review prints them: '(51)', '(12,51)'."""


def _named_refs(found: re.Match[str]) -> str:
    numbers = [number.strip() for number in found[1].split(",")]
    return f"({'; '.join(citation(number) for number in numbers).replace(' (ref', ', ref').replace(')', '')})"


def _sides(conflict: Mapping[str, Any]) -> list[dict[str, str]]:
    sides: Iterable[Any] = conflict.get("sides") or ()
    return [
        {"title": side.get("title", ""), "text": side.get("text", ""), "source": side.get("source", "")}
        if isinstance(side, Mapping)
        else {"title": "", "text": _REFS.sub(_named_refs, str(side)), "source": ""}
        for side in sides
    ]
