"""The agenda as it is read before and after a meeting: each case with what is missing and what was decided."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from accounts.models import User
from decisions.pages.brief import CaseBrief, Completeness, case_briefs, obtain_words
from meetings.models import AgendaItem, BoardDecision, Meeting
from meetings.pace import Expected, expected_of, to_discuss
from meetings.proposals import Proposals, proposals_for
from meetings.selectors import agenda_of, next_planned
from meetings.similar import CRITERION, Likeness, similar_on
from meetings.voting import closed_items
from meetings.waiting import Discussed, PutOff, discussed_items, last_discussed, put_off
from patients.models import Patient, Staging

MISSING_SHOWN = 2


@dataclass(frozen=True, slots=True)
class AgendaRow:
    """One case on an agenda.

    `state` is draft, queued, running, failed or done; `similar` who else on this agenda could be taken for this
    patient; `waits` what the case was put off for before; `last` when a board last had the patient.
    `liver_class` is '' while the advice is `closed` until the vote.
    """

    item: AgendaItem
    staging: Staging
    patient: Patient
    state: str
    liver_class: str
    completeness: Completeness
    decision: BoardDecision | None
    first: bool
    last_one: bool
    closed: bool = False
    ready: bool = False
    """Assessed, with the resectability of the liver decided."""
    similar: Sequence[Likeness] = ()
    last: Discussed | None = None
    waits: PutOff | None = None

    @property
    def missing(self) -> list[str]:
        """The missing facts that matter most."""
        return [ask.label for ask in self.completeness.missing[:MISSING_SHOWN]]

    @property
    def missing_more(self) -> int:
        """How many others there are."""
        return max(0, len(self.completeness.missing) - MISSING_SHOWN)

    @property
    def obtain(self) -> str:
        """What is still to obtain, and by whom."""
        return obtain_words(self.completeness)


@dataclass(slots=True)
class AgendaPage:
    """What the page of a meeting shows besides who is there."""

    rows: list[AgendaRow]
    expected: Expected | None
    next_meeting: Meeting | None = None
    proposals: Proposals = field(default_factory=lambda: Proposals([], []))
    criterion: str = CRITERION

    @property
    def ready(self) -> int:
        """How many cases can be decided on what is known."""
        return sum(row.ready for row in self.rows)

    @property
    def decided(self) -> int:
        return sum(row.item.state == AgendaItem.State.DECIDED for row in self.rows)

    @property
    def any_similar(self) -> bool:
        return any(row.similar for row in self.rows)


def agenda_page(meeting: Meeting, user: User, now: datetime.datetime, *, may_manage: bool) -> AgendaPage:
    """Rows, expected end, where a deferred case would go, and what proposes itself (for who may put it on)."""
    rows = agenda_rows(meeting, user)
    waiting = [row.item for row in rows]
    return AgendaPage(
        rows=rows,
        expected=expected_of(meeting, to_discuss(waiting), now),
        next_meeting=next_planned(waiting[0]) if may_manage and waiting else None,
        proposals=proposals_for(user, meeting) if may_manage else Proposals([], []),
    )


def agenda_rows(meeting: Meeting, user: User) -> list[AgendaRow]:
    """The cases of a meeting that the user may see, in order."""
    items = agenda_of(meeting, user)
    closed = closed_items(items)
    briefs = case_briefs([item.staging_id for item in items])
    people = [item.staging.patient for item in items]
    on_it = [item.staging.patient for item in items if item.state != AgendaItem.State.WITHDRAWN]
    alike = similar_on(on_it)
    last = last_discussed([patient.pk for patient in people], but=[item.pk for item in items])
    before = _before(items)
    return [
        _row(
            item,
            briefs.get(item.staging_id),
            first=place == 0,
            last_one=place == len(items) - 1,
            similar=alike.get(item.staging.patient_id, ()),
            last=last.get(item.staging.patient_id),
            before=before,
            closed=item.pk in closed,
        )
        for place, item in enumerate(items)
    ]


def _before(items: Sequence[AgendaItem]) -> Mapping[int, AgendaItem]:
    """By staging: the item of an earlier meeting that put the case off, for cases that were put on for that."""
    asked = [item for item in items if item.reason == AgendaItem.Reason.DEFERRED]
    return discussed_items([item.staging_id for item in asked], but=[item.pk for item in asked])


def _row(
    item: AgendaItem,
    brief: CaseBrief | None,
    *,
    first: bool,
    last_one: bool,
    similar: Sequence[Likeness],
    last: Discussed | None,
    before: Mapping[int, AgendaItem],
    closed: bool,
) -> AgendaRow:
    earlier = before.get(item.staging_id)
    return AgendaRow(
        item=item,
        staging=item.staging,
        patient=item.staging.patient,
        state=brief.state if brief else "draft",
        liver_class=brief.liver_class if brief and not closed else "",
        completeness=brief.completeness if brief else Completeness(),
        decision=getattr(item, "board_decision", None),
        first=first,
        last_one=last_one,
        similar=similar,
        last=last,
        waits=put_off(earlier, item.staging, brief) if earlier else None,
        closed=closed and brief is not None and bool(brief.liver_class),
        ready=brief is not None and brief.state == "done" and brief.liver_class != "indeterminate",
    )


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A patient who was searched for: the newest staging in use, the place on this agenda, who is alike on it."""

    patient: Patient
    staging: Staging | None
    on_agenda: AgendaItem | None
    similar: Sequence[Likeness]


def found_rows(meeting: Meeting, patients: Sequence[Patient]) -> list[FoundRow]:
    """The patients found (`listed_patients`), as they stand to the agenda of `meeting`."""
    items = [item for item in agenda_of(meeting) if item.state != AgendaItem.State.WITHDRAWN]
    on_it = {item.staging.patient_id: item for item in items}
    people = [item.staging.patient for item in items]
    return [
        FoundRow(
            patient,
            next(iter(patient.listed_stagings), None),  # type: ignore[attr-defined]
            on_it.get(patient.pk),
            similar_on([patient, *people]).get(patient.pk, ()),
        )
        for patient in patients
    ]
