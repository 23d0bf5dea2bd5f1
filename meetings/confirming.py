"""Which cases may be confirmed without discussion, and which confirmations still count.

Only where the board has switched it on (`BoardSettings.confirm_without_discussion`). A person prepares the
decision; nothing here decides. `against_confirming` is the one place that says what stands in the way, on purpose
narrow: whatever it does not know to be clear is discussed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from accounts.models import Discipline, User
from decisions.models import Assessment
from decisions.pages.advice import CLASS_LABELS, definition_names, result_name
from decisions.selectors import is_current, latest_assessment
from meetings.comparison import OPTIONS, compare, open_facts
from meetings.models import AgendaItem, BoardDecision, Confirmation, Meeting, PreparedDecision
from meetings.selectors import visible_meetings
from meetings.voting import is_split, settings_of
from patients.selectors import visible_patients
from patients.wording import listing

NEEDED: Mapping[str, str] = {
    Discipline.HPB_SURGEON: "liver surgeon",
    Discipline.MEDICAL_ONCOLOGIST: "medical oncologist",
}
"""Both confirm, each case by itself."""
DECIDING = ("liver_class", "timing_class")
"""Classes without which no answer stands. The remnant counts through the class of the liver."""
Votes = Literal["none", "alike", "split", "hidden"]


# --------------------------------------------------------------------------------------- what stands in the way
def against_confirming(
    result: Mapping[str, Any] | None, outcome: str, *, current: bool = True, votes: Votes = "none"
) -> list[str]:
    """Why this case must be discussed before `outcome` is decided, in sentences; empty: it may be confirmed.

    `result` is the newest assessment document, `current` whether it was made of the newest facts under the
    rulebook in force, `votes` how the board's votes on the case stand. The case qualifies only if all hold:

    - the classes of liver and onset and all fourteen definitions are decided, and no missing fact could settle
      one of them or an option that the outcome stands for;
    - no disagreement of the sources is active on this case, and no option of any question is in conflict;
    - no result turns within the measurement error, and the engine raises no flag and no notice about the data;
    - every question behind the outcome applies, leaves no option open, and supports exactly one: the outcome's;
    - the members' votes were not split, and none is still hidden.
    """
    if not result:
        return ["There is no assessment of this case."]
    found = [] if current else ["The facts or the rulebook have changed since this was assessed."]
    found += _undecided(result)
    found += _disputed(result)
    found += _unsure(result)
    found += _behind(result, outcome)
    missing = open_facts(result, outcome)
    if missing:
        found.append(f"Missing facts could change the answer: {listing(missing[:3])}.")
    if votes == "split":
        found.append("The members' votes on it were split.")
    if votes == "hidden":
        found.append("A blind vote on it is not revealed yet.")
    return found


def _undecided(result: Mapping[str, Any]) -> list[str]:
    open_classes = [CLASS_LABELS[key] for key in DECIDING if result.get(key) in (None, "", "indeterminate")]
    names, verdicts = definition_names(result), result.get("definitions") or {}
    open_definitions = [
        names.get(code, code) for code, verdict in verdicts.items() if verdict == "indeterminate"
    ]
    settles = {key for one in result.get("missing") or () for key in one.get("settles") or ()}
    could = sorted(settles & {*DECIDING, *verdicts})
    found = []
    if open_classes:
        found.append(f"Not decided: {listing(open_classes)}.")
    if open_definitions or not verdicts:
        found.append(f"Definitions indeterminate: {listing(open_definitions) or 'all'}.")
    if could and not open_classes and not open_definitions:
        found.append(f"A missing fact could settle {listing(result_name(result, key) for key in could)}.")
    return found


def _disputed(result: Mapping[str, Any]) -> list[str]:
    said = (result.get("explanations") or {}).get("conflicts") or {}
    topics = [str((said.get(code) or {}).get("question") or code) for code in result.get("conflicts") or ()]
    options = [
        str(option.get("label") or option["id"])
        for question in _asked(result)
        for option in question["options"]
        if option["status"] == "supported with conflict"
    ]
    found = []
    if topics:
        found.append(f"The sources disagree: {listing(topics)}.")
    if options:
        found.append(f"Supported with conflict: {listing(options)}.")
    return found


def _unsure(result: Mapping[str, Any]) -> list[str]:
    near = sorted({key for shift in result.get("firmness") or () for key in shift.get("flips") or ()})
    found = []
    if result.get("firmness"):
        found.append(
            f"Near a limit, within the measurement error: {listing(result_name(result, key) for key in near)}."
        )
    if result.get("flags"):
        found.append("The engine raises a flag on this case.")
    if result.get("warnings"):
        found.append("There is a notice about the data of this case.")
    return found


def _behind(result: Mapping[str, Any], outcome: str) -> list[str]:
    wanted = OPTIONS.get(outcome, ())  # type: ignore[call-overload]
    by_question: dict[str, set[str]] = {}
    for name, option in wanted:
        by_question.setdefault(name, set()).add(option)
    asked = [question for question in _asked(result) if question["id"] in by_question]
    if not asked:
        return ["No question of the sources stands behind this outcome here."]
    found = []
    for question in asked:
        label = str(question.get("label") or question["id"])
        statuses = [option["status"] for option in question["options"]]
        supported = [option["id"] for option in question["options"] if option["status"] == "supported"]
        if question["applies"] is not True:
            found.append(f"Whether this question applies is open: {label}")
        if "indeterminate" in statuses:
            found.append(f"An option is still open: {label}")
        if len(supported) != 1:
            found.append(
                f"{len(supported) or 'No'} option{'s are' if len(supported) > 1 else ' is'} supported: {label}"
            )
        elif supported[0] not in by_question[question["id"]]:
            found.append(f"The supported option is another one: {label}")
    if not found and compare(result, outcome).code != BoardDecision.Comparison.FOLLOWS:
        found.append("The outcome does not follow the advice.")
    return found


def _asked(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [question for question in result.get("questions") or () if question["applies"] is not False]


def confirmable(
    result: Mapping[str, Any] | None, *, current: bool = True, votes: Votes = "none"
) -> list[str]:
    """The outcomes for which nothing stands in the way, as a person may prepare them; mostly none, else one."""
    return [
        str(outcome)
        for outcome in BoardDecision.Outcome.values
        if not against_confirming(result, outcome, current=current, votes=votes)
    ]


# --------------------------------------------------------------------------------------------- the rows behind it
@dataclass(frozen=True, slots=True)
class Confirmed:
    """One discipline's word: `by` None while it is waited for."""

    discipline: str
    words: str
    by: Confirmation | None


def is_switched_on(meeting: Meeting) -> bool:
    """The board of this meeting lets standard cases be confirmed without discussion."""
    return settings_of(meeting).confirm_without_discussion


def votes_on(item: AgendaItem) -> Votes:
    """How the votes on a case stand; what was voted in a round that is not revealed is never looked at."""
    rounds = list(item.vote_rounds.prefetch_related("votes"))
    if any(one.revealed_at is None and one.votes.all() for one in rounds):
        return "hidden"
    if any(is_split(vote.choice for vote in one.votes.all()) for one in rounds):
        return "split"
    return "alike" if rounds else "none"


def standing_of(item: AgendaItem) -> tuple[Assessment | None, bool, Votes]:
    """The newest assessment of the case, whether it is of the rulebook in force, and how the votes stand."""
    assessment = latest_assessment(item.staging)
    return assessment, assessment is not None and is_current(assessment), votes_on(item)


def why_void(prepared: PreparedDecision, item: AgendaItem) -> list[str]:
    """Why a prepared decision cannot be confirmed any more; empty while it stands."""
    assessment, current, votes = standing_of(item)
    if assessment is None or assessment.pk != prepared.assessment_id:
        return ["The case was amended or assessed anew since this was prepared."]
    return against_confirming(assessment.result, prepared.outcome, current=current, votes=votes)


def confirmed_by(confirmations: Iterable[Confirmation]) -> list[Confirmed]:
    """Whose word is there and whose is waited for, surgeon first."""
    given = {row.discipline: row for row in confirmations}
    return [Confirmed(code, words, given.get(code)) for code, words in NEEDED.items()]


def may_confirm(user: User, item: AgendaItem) -> bool:
    """A liver surgeon or a medical oncologist of the board, on a patient whom they may see."""
    return user.has_perm("meetings.confirm_case", item)


def waiting_for(user: User) -> list[PreparedDecision]:
    """What is prepared, of meetings to come, and waits for the word of this user's discipline; soonest first.

    What has become void since is told on the page of the meeting.
    """
    if user.discipline not in NEEDED or not user.has_perm("meetings.confirm_case"):
        return []
    rows = (
        PreparedDecision.objects.filter(
            pulled_back_at__isnull=True,
            item__state=AgendaItem.State.WAITING,
            item__meeting__in=visible_meetings(user),
            item__staging__patient__in=visible_patients(user),
        )
        .exclude(item__meeting__state=Meeting.State.CLOSED)
        .exclude(item__confirmations__discipline=user.discipline)
        .select_related("item__meeting__centre", "item__staging__patient")
        .order_by("item__meeting__starts_at", "item__position")
    )
    return [row for row in rows if is_switched_on(row.item.meeting)]
