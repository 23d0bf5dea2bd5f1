"""The decision as the room shows it: the outcomes with what the sources say, the rows they offer, what is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.models import Role, User
from decisions.engine.facts import FACTS
from decisions.selectors import latest_assessment, latest_frozen
from meetings.comparison import OPTIONS, compare, open_facts
from meetings.forms.decision import Choices
from meetings.models import AgendaItem, BoardDecision
from meetings.quorum import warnings_on
from meetings.reassessment import running_therapy
from meetings.standard import INTENTS, habits_of, standard_rows, terms_in_words
from meetings.voting import QUESTIONS, advice_is_open, settings_of

Outcome = BoardDecision.Outcome
CHOICES = {choice.code: choice for choice in QUESTIONS["strategy"].choices}
"""An outcome has the key and the few words that it has in the vote on the strategy."""
SAID = ("supported", "supported with conflict", "opposed", "indeterminate")


@dataclass(frozen=True, slots=True)
class OutcomeChoice:
    """One outcome: its key, and of the options it stands for those that the sources argue about."""

    code: str
    label: str
    short: str
    key: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DecisionCase:
    """What the form of a decision on one case rests on, read once."""

    item: AgendaItem
    result: Mapping[str, Any]
    open: bool
    choices: Choices
    habits: Mapping[str, int]

    @property
    def missing(self) -> list[str]:
        """Names of the missing facts, most useful first; none while the advice, which ranks them, is closed."""
        return [name for name, _ in self.choices.missing] if self.open else []

    def rows(self, outcome: str) -> list[dict[str, Any]]:
        """The rows that an outcome offers here."""
        patient, meeting = self.item.staging.patient, self.item.meeting
        version = latest_frozen(self.item.staging)
        running = running_therapy(patient, (version.document if version else None) or {})
        line = running[1] if running else None
        return standard_rows(
            outcome,
            patient=patient,
            today=timezone.localdate(meeting.starts_at),
            people=self.choices.people,
            habits=self.habits,
            present=frozenset(meeting.attendances.values_list("user_id", flat=True)),
            missing=self.missing,
            regimen=line.regimen if line is not None else "",
        )

    def outcomes(self) -> list[OutcomeChoice]:
        """Every outcome in the order of its key, with the options it stands for once the advice is open."""
        statuses = self._statuses() if self.open else {}
        return [
            OutcomeChoice(
                code,
                str(Outcome(code).label),
                choice.label,
                choice.key,
                tuple(statuses[pair] for pair in OPTIONS[code] if statuses.get(pair, ("", ""))[1] in SAID),
            )
            for code, choice in CHOICES.items()
            if code in Outcome.values
        ]

    def _statuses(self) -> dict[tuple[str, str], tuple[str, str]]:
        return {
            (question["id"], option["id"]): (option["label"], option["status"])
            for question in self.result.get("questions") or ()
            if question["applies"] is not False
            for option in question["options"]
        }

    def said_of(self, outcome: str) -> dict[str, Any]:
        """What an outcome is warned of; and, once the advice is open, whether it follows and which facts are open."""
        if outcome not in Outcome.values:
            return {"compared": None, "cautions": [], "open_facts": [], "comparison_closed": not self.open}
        compared = compare(self.result or None, outcome) if self.open else None
        return {
            "compared": compared,
            "comparison_closed": not self.open,
            "terms": terms_in_words(outcome, self.habits),
            "cautions": warnings_on(self.item.meeting, outcome),
            "open_facts": open_facts(self.result, outcome) if self.open else [],
            "deviates": compared is not None and compared.code == BoardDecision.Comparison.DEVIATES,
        }

    def defaults(self, outcome: str) -> dict[str, Any]:
        """What the form holds for an outcome that was just chosen."""
        return {
            "shown_outcome": outcome,
            "intent": INTENTS.get(outcome, ""),
            "provisional": self.open and bool(open_facts(self.result, outcome)),
        }


def decision_case(item: AgendaItem, result: Mapping[str, Any] | None = None) -> DecisionCase:
    """The case of a decision, with the assessment of the newest version; `result` is it, where it was read already."""
    if result is None:
        assessment = latest_assessment(item.staging)
        result = assessment.result if assessment else {}
    missing = [
        (str(one["fact"]), FACTS[one["fact"]].label)
        for one in result.get("missing") or ()
        if one["fact"] in FACTS
    ]
    decision = getattr(item, "decision", None)
    waits = [element.missing_fact for element in decision.elements.all()] if decision else []
    kept = [(name, FACTS[name].label) for name in waits if name in FACTS and name not in dict(missing)]
    open_ = advice_is_open(item)
    if not open_:
        missing.sort(key=lambda pair: pair[1])
    return DecisionCase(
        item=item,
        result=result,
        open=open_,
        choices=Choices(board_people(item), [*missing, *kept]),
        habits=habits_of(settings_of(item.meeting)),
    )


def board_people(item: AgendaItem) -> list[User]:
    """Who may own a task: the board's people who see this patient, by name."""
    people = User.objects.filter(
        is_active=True, roles__overlap=[Role.MEMBER, Role.CHAIR, Role.COORDINATOR]
    ).prefetch_related("centres")
    centre = item.staging.patient.centre_id
    return [
        person
        for person in people
        if person.all_centres or any(own.pk == centre for own in person.centres.all())
    ]
