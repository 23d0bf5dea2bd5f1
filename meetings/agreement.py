"""Would a draft of the rulebook have agreed with what the board decided?

Every recorded decision is compared with the advice on the version of the case that the board saw, under the
rulebook that holds for its centre and under what would hold instead. It only describes (`meetings.comparison`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts.models import User
from decisions.engine.assess import ENGINE_VERSION, assess
from decisions.engine.cohort import Cohort
from decisions.engine.document import Case, parse
from decisions.engine.impact import Preview
from decisions.previews import Side
from meetings.comparison import compare
from meetings.models import BoardDecision
from patients.selectors import visible_patients

Code = BoardDecision.Comparison
COMPARED = ("options", "liver_class")
"""The families of answers that a comparison reads: where none changes, the comparison stays."""


@dataclass(frozen=True, slots=True)
class ChangedAgreement:
    """A decision that would compare otherwise; `case_id` is empty where the user may not see the patient."""

    decision: BoardDecision
    case_id: str
    before: str
    after: str
    why: str


@dataclass(slots=True)
class Agreement:
    """How many decisions follow, deviate, or have no comparison, before and after; and those that change."""

    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    changed: list[ChangedAgreement] = field(default_factory=list)

    @staticmethod
    def share(counts: Counter[str]) -> float | None:
        """Percent of the compared decisions that follow the advice; None without any."""
        compared = counts[Code.FOLLOWS] + counts[Code.DEVIATES]
        return 100 * counts[Code.FOLLOWS] / compared if compared else None


def agreement_under(sides: Sequence[Side], user: User) -> Agreement:
    """Compare every recorded decision with the advice on both sides."""
    found = Agreement()
    decisions = BoardDecision.objects.select_related(
        "item__staging__patient", "item__meeting", "staging_version", "assessment__rulebook"
    )
    by_centre: dict[int, list[BoardDecision]] = {}
    for decision in decisions.order_by("-item__meeting__starts_at", "-pk"):
        by_centre.setdefault(decision.item.staging.patient.centre_id, []).append(decision)
    for side in sides:
        concerned = [decision for centre in side.centres for decision in by_centre.get(centre, ())]
        if concerned:
            _compare_side(found, side, concerned)
    seen = set(
        visible_patients(user)
        .filter(pk__in=[item.decision.item.staging.patient_id for item in found.changed])
        .values_list("pk", flat=True)
    )
    found.changed = [
        item
        if item.decision.item.staging.patient_id in seen
        else ChangedAgreement(item.decision, "", item.before, item.after, item.why)
        for item in found.changed
    ]
    return found


def _compare_side(found: Agreement, side: Side, decisions: list[BoardDecision]) -> None:
    cases: list[Case] = [parse(decision.staging_version.document) for decision in decisions]
    impact = Preview(Cohort.of_cases(cases, side.before)).under(side.after)
    turned = set(impact.cases_of(*COMPARED).tolist())
    for place, (decision, case) in enumerate(zip(decisions, cases, strict=True)):
        before = compare(_result_before(decision, case, side), decision.outcome)
        after = compare(assess(case, side.after), decision.outcome) if place in turned else before
        found.before[before.code] += 1
        found.after[after.code] += 1
        if before.code != after.code:
            case_id = decision.item.staging.patient.case_id
            found.changed.append(ChangedAgreement(decision, case_id, before.code, after.code, after.why))


def _result_before(decision: BoardDecision, case: Case, side: Side) -> dict[str, object]:
    """What the board saw, where that was under the rulebook in force and by this engine; else worked out anew."""
    seen = decision.assessment
    if (
        seen is not None
        and seen.staging_version_id == decision.staging_version_id
        and seen.engine_version == ENGINE_VERSION
        and seen.rulebook.hash == side.before.hash
    ):
        result: dict[str, object] = seen.result
        return result
    return assess(case, side.before)
