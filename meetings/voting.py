"""Blind votes: what is asked, what a member may see of a round, and how far the members agree.

Nothing that anybody chose leaves this module before the reveal, except a voter's own choice to that voter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from meetings.comparison import compare
from meetings.models import (
    AdviceLook,
    AgendaItem,
    Attendance,
    BoardDecision,
    BoardSettings,
    Meeting,
    RoomEvent,
    Vote,
    VoteRound,
)
from patients.models import Staging

CANNOT_SAY = "cannot_say"
"""Allowed to every question. It is no judgement: neither a split nor the agreement counts it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question; `key` presses it."""

    code: str
    label: str
    key: str


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that a board votes on; `short` is its name in tight places, `key` opens the vote on it."""

    code: str
    title: str
    short: str
    key: str
    choices: tuple[Choice, ...]

    def label(self, code: str) -> str:
        """The words of a choice."""
        return next(choice.label for choice in self.choices if choice.code == code)


def _question(code: str, short: str, key: str, choices: Sequence[tuple[str, str]]) -> Question:
    keys = "123456789abu"
    numbered = [Choice(name, label, keys[place]) for place, (name, label) in enumerate(choices)]
    return Question(
        code,
        str(VoteRound.Question(code).label),
        short,
        key,
        (*numbered, Choice(CANNOT_SAY, "Cannot say", "0")),
    )


Outcome = BoardDecision.Outcome
QUESTIONS: Mapping[str, Question] = {
    question.code: question
    for question in (
        _question(
            VoteRound.Question.RESECTABLE,
            "Resectable",
            "r",
            [("yes", "Resectable"), ("borderline", "Borderline"), ("no", "Not resectable")],
        ),
        _question(
            VoteRound.Question.STRATEGY,
            "Strategy",
            "g",
            [
                (Outcome.RESECTION, "Resect now"),
                (Outcome.HYPERTROPHY, "Enlarge remnant"),
                (Outcome.NEOADJUVANT, "Neoadjuvant"),
                (Outcome.CONVERSION, "Conversion"),
                (Outcome.CONTINUE, "Continue therapy"),
                (Outcome.ABLATION, "Local therapy"),
                (Outcome.TRANSPLANT, "Transplant evaluation"),
                (Outcome.PALLIATIVE, "Palliative therapy"),
                (Outcome.WORK_UP, "More work-up"),
                (Outcome.ADJUVANT, "Adjuvant"),
                (Outcome.SUPPORTIVE, "Best supportive care"),
                (Outcome.SURVEILLANCE, "Surveillance"),
            ],
        ),
        _question(
            VoteRound.Question.TIMING,
            "Timing",
            "t",
            [
                ("now", "Now"),
                ("after_therapy", "After more therapy"),
                ("after_hypertrophy", "After hypertrophy"),
                ("never", "No operation"),
            ],
        ),
    )
}
"""The questions by code. The choices of *strategy* are the outcomes of a decision in few words."""

CLASSES: Mapping[str, str] = {
    "resectable": "yes",
    "borderline_flr": "borderline",
    "unresectable": "no",
    "unresectable_flr": "no",
    "unresectable_unassessed": "no",
}
"""Which answer to *resectable* says the same as a class of the liver."""


# ------------------------------------------------------------------------------------------- what a round shows
@dataclass(frozen=True, slots=True)
class Voter:
    """Somebody whose vote is in, or is waited for."""

    name: str
    discipline: str
    voted: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """One choice after the reveal: who chose it, and for a strategy whether it follows the advice."""

    label: str
    people: list[Voter]
    comparison: str = ""
    why: str = ""


@dataclass(slots=True)
class RoundState:
    """A round as one user may see it. Before the reveal `answers` is empty and `mine` is the user's own."""

    round: VoteRound
    question: Question
    voters: list[Voter]
    mine: str = ""
    mine_label: str = ""
    may_vote: bool = False
    closed_because: str = ""
    answers: list[Answer] = field(default_factory=list)
    split: bool = False
    agreement: str = ""
    against_advice: str = ""
    had_read: int = 0
    """How many of the voters had read the advice on the case page before; it names nobody."""

    @property
    def revealed(self) -> bool:
        """What was voted may be seen."""
        return self.round.revealed_at is not None

    @property
    def votes_in(self) -> int:
        """How many have voted."""
        return sum(voter.voted for voter in self.voters)

    @property
    def waited_for(self) -> list[Voter]:
        """Those present who have not voted."""
        return [voter for voter in self.voters if not voter.voted]


def round_state(round: VoteRound, user: User, result: Mapping[str, Any] | None = None) -> RoundState:
    """What `user` may see of a round; `result` is the assessment that revealed votes are compared with."""
    votes = list(round.votes.select_related("voter"))
    question = QUESTIONS[round.question]
    own = next((vote.choice for vote in votes if vote.voter_id == user.pk), "")
    state = RoundState(
        round=round,
        question=question,
        voters=_voters(round.item, votes),
        mine=own,
        mine_label=question.label(own) if own else "",
        closed_because=why_closed(round.item),
    )
    if state.revealed:
        state.answers = _answers(question, votes, result)
        state.split = is_split(vote.choice for vote in votes)
        state.agreement = _agreement_in_words(question, votes)
        state.against_advice = _against_class(question, votes, result)
        voters = [vote.voter_id for vote in votes]
        state.had_read = AdviceLook.objects.filter(item=round.item_id, by__in=voters).count()
    else:
        state.may_vote = not state.closed_because and user.has_perm("meetings.cast_vote", round.item)
    return state


def why_closed(item: AgendaItem) -> str:
    """Why nobody can vote on this case any more; '' while they can."""
    if item.meeting.state == Meeting.State.CLOSED:
        return "The meeting is closed."
    if item.state in (AgendaItem.State.WITHDRAWN, AgendaItem.State.DEFERRED):
        note = f": {item.state_note}" if item.state_note else ""
        return f"The case was {'taken off the agenda' if item.state == 'withdrawn' else 'deferred'}{note}."
    return ""


def expected_voters(item: AgendaItem) -> list[Attendance]:
    """Those noted as present, for a discipline, who may vote on this case."""
    present = Attendance.objects.filter(meeting=item.meeting_id).exclude(discipline="").select_related("user")
    return [row for row in present if row.user.has_perm("meetings.cast_vote", item)]


def _voters(item: AgendaItem, votes: list[Vote]) -> list[Voter]:
    voted = {vote.voter_id: vote for vote in votes}
    found = [_voter(vote, True) for vote in votes]
    found += [
        Voter(str(row.user), row.get_discipline_display(), False)
        for row in expected_voters(item)
        if row.user_id not in voted
    ]
    return sorted(found, key=lambda voter: (voter.discipline, voter.name))


def _voter(vote: Vote, voted: bool) -> Voter:
    return Voter(str(vote.voter), vote.get_discipline_display(), voted)


def _answers(question: Question, votes: list[Vote], result: Mapping[str, Any] | None) -> list[Answer]:
    answers = []
    for choice in question.choices:
        people = [_voter(vote, True) for vote in votes if vote.choice == choice.code]
        if not people:
            continue
        if question.code == VoteRound.Question.STRATEGY and choice.code != CANNOT_SAY:
            found = compare(result, choice.code)
            answers.append(Answer(choice.label, people, found.code, found.why))
        else:
            answers.append(Answer(choice.label, people))
    return sorted(answers, key=lambda answer: -len(answer.people))


def is_split(choices: Iterable[str]) -> bool:
    """True when members who judged did not judge alike; *cannot say* is no judgement."""
    return len(set(choices) - {CANNOT_SAY}) > 1


def _agreement_in_words(question: Question, votes: list[Vote]) -> str:
    judged = [vote.choice for vote in votes if vote.choice != CANNOT_SAY]
    if not judged:
        return "Nobody could say."
    if len(judged) == 1:
        return "One judged it."
    alike = max(judged.count(code) for code in judged)
    if alike == len(judged):
        return f"All {alike} who judged it say the same."
    if alike == 1:
        return "No two say the same."
    return f"{alike} of {len(judged)} say the same."


def _against_class(question: Question, votes: list[Vote], result: Mapping[str, Any] | None) -> str:
    """How the answers on resectability stand to the class of the liver; it describes and does not judge."""
    if question.code != VoteRound.Question.RESECTABLE:
        return ""
    found = str((result or {}).get("liver_class") or "")
    if not found:
        return "There is no assessment to compare with."
    if found not in CLASSES:
        return "The advice leaves the class of the liver open: facts are missing."
    judged = [vote.choice for vote in votes if vote.choice != CANNOT_SAY]
    same = sum(choice == CLASSES[found] for choice in judged)
    label = question.label(CLASSES[found]).lower()
    return f"The advice classes the liver as {label}; {same} of {len(judged)} judged it so."


# ------------------------------------------------------------------------------------- the advice and the vote
def settings_of(meeting: Meeting) -> BoardSettings:
    """What the board of this meeting has chosen; the defaults where it has not."""
    return BoardSettings.objects.filter(centre=meeting.centre_id).first() or BoardSettings(
        centre=meeting.centre
    )


def advice_is_open(item: AgendaItem) -> bool:
    """Whether the room may see the advice on this case.

    It opens with the first reveal, by the chair's key, by a decision that deviates from it, with the decision, and
    when the meeting is closed.
    """
    return item.pk not in closed_items([item])


def closed_items(items: Iterable[AgendaItem]) -> set[int]:
    """Keys of those on which the advice is closed until the vote, in three queries whatever their number.

    On these no page of the meeting (room, wall, agenda, list, first page, clock) shows what the engine says.
    """
    waiting = [
        item
        for item in items
        if item.state != AgendaItem.State.DECIDED and item.meeting.state != Meeting.State.CLOSED
    ]
    if not waiting:
        return set()
    chosen: dict[int | None, bool] = dict(BoardSettings.objects.values_list("centre", "advice_after_vote"))
    closed = {item.pk for item in waiting if chosen.get(item.meeting.centre_id, True)}
    closed -= set(
        VoteRound.objects.filter(item__in=closed, revealed_at__isnull=False).values_list("item", flat=True)
    )
    # The room's events say who opened it before any vote was revealed, and when.
    opened = RoomEvent.objects.filter(item__in=closed, kind=RoomEvent.Kind.ADVICE, details__opened=True)
    return closed - set(opened.values_list("item", flat=True))


def closed_for(user: User, staging: Staging) -> list[AgendaItem]:
    """The agenda items for whose vote the case page keeps the advice from `user`; empty when it is open.

    It is kept from those who vote, while the case waits on a meeting and its advice is closed there, and until they
    have asked for it (`AdviceLook`). Who has no vote, as the coordinator who stages, reads it at once.
    """
    waiting = (
        staging.agenda_items.filter(state=AgendaItem.State.WAITING)
        .exclude(meeting__state=Meeting.State.CLOSED)
        .exclude(advice_looks__by=user)
        .select_related("meeting", "staging__patient")
    )
    asked = [item for item in waiting if user.discipline and user.has_perm("meetings.cast_vote", item)]
    closed = closed_items(asked)
    return [item for item in asked if item.pk in closed]


# ---------------------------------------------------------------------------------------------------- agreement
@dataclass(frozen=True, slots=True)
class Agreement:
    """Krippendorff's alpha (nominal) of one question: 1 is perfect, 0 what chance would give.

    `alpha` is None when it cannot be computed: nobody judged the same case as somebody else, or everybody gave
    the same answer to every case. `rounds` and `raters` say how many cases and people were counted.
    """

    question: Question
    alpha: float | None
    rounds: int
    raters: int


def agreement(rounds: Iterable[VoteRound]) -> list[Agreement]:
    """How far the members agree, over all revealed rounds given; one for each question that was asked.

    Each question is a scale of its own. Pooled, answers to different questions could never agree by chance,
    and alpha would flatter. *Cannot say* is a missing rating. Rounds that are not revealed are left out.
    """
    revealed = [round for round in rounds if round.revealed_at is not None]
    ratings: dict[str, dict[int, dict[int, str]]] = {}
    votes = Vote.objects.filter(round__in=revealed).exclude(choice=CANNOT_SAY)
    for vote in votes.values_list("round__question", "round_id", "voter_id", "choice"):
        ratings.setdefault(vote[0], {}).setdefault(vote[1], {})[vote[2]] = vote[3]
    asked = {round.question for round in revealed}
    return [
        _agreement(question, list(ratings.get(code, {}).values()))
        for code, question in QUESTIONS.items()
        if code in asked
    ]


def _agreement(question: Question, units: list[dict[int, str]]) -> Agreement:
    pairable = [unit for unit in units if len(unit) > 1]
    raters = {rater for unit in pairable for rater in unit}
    return Agreement(question, alpha_of(pairable), len(pairable), len(raters))


def alpha_of(units: Sequence[Mapping[int, str]]) -> float | None:
    """Krippendorff's alpha over cases, each a rating by rater; None when it is not defined."""
    pairable = [unit for unit in units if len(unit) > 1]
    values = sorted({value for unit in pairable for value in unit.values()})
    if len(values) < 2:
        return None
    import krippendorff  # brings numpy, which no other page needs

    counts = [[list(unit.values()).count(value) for value in values] for unit in pairable]
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))
