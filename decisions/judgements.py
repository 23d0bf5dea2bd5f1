"""Judgements given where a case is discussed: a clinician of the discipline answers, and the next version is assessed.

A judgement (the plan, fitness, whether something can be resected or ablated) is no measurement: only the
discipline that the vocabulary names for it gives it (design, section 3).
"""

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError

from accounts.audit import audited
from accounts.models import Discipline, User
from accounts.rules import require
from decisions.engine.facts import FACTS, FactDef
from decisions.selectors import latest_frozen
from decisions.services import amend_case, stage_case
from patients.models import Staging, StagingVersion
from patients.services import record_facts, save_lesion

ANSWERS: Mapping[str, bool | None] = {"yes": True, "no": False, "unknown": None}
"""What may be answered; None: asked, and not known."""
_LESION = re.compile(r"lesions\[([^\]]+)\]\.(\w+)")


def definition_of(name: str) -> FactDef | None:
    """The yes-or-no judgement called `name` (`plan.r0_feasible`, `lesions[L1].ablatable`); None for all else."""
    lesion = _LESION.fullmatch(name)
    found = FACTS.get(f"lesions[].{lesion[2]}" if lesion else name)
    return found if found is not None and found.judgement and found.type == "bool" else None


def may_judge(user: User, name: str) -> bool:
    """True when the vocabulary says that this judgement is the user's discipline's."""
    found = definition_of(name)
    return found is not None and bool(user.discipline) and user.discipline == found.who


def judgements(document: Mapping[str, Any], missing: Sequence[str] = ()) -> list[str]:
    """The judgements of a case by name: first the missing ones that could change an answer, in the order of
    `missing`; then those given; then the rest of the surgical plan.
    """
    lesions = [str(lesion["id"]) for lesion in document.get("lesions") or ()]
    names: list[str] = []
    for name in (*missing, *FACTS):
        if not name.startswith("lesions[]."):
            names.append(name)
        elif name in missing:
            names += [name.replace("[]", f"[{label}]") for label in lesions]
    asked = [name for name in dict.fromkeys(names) if definition_of(name)]
    useful = {name.replace("[]", f"[{label}]") for name in missing for label in ("", *lesions)} | set(missing)
    rank = {name: 0 if value_of(document, name) is None and name in useful else 1 for name in asked}
    return sorted(asked, key=lambda name: (rank[name], value_of(document, name) is None))


def value_of(document: Mapping[str, Any], name: str) -> Any:
    """The value of a fact in a case document; None when it is missing."""
    if lesion := _LESION.fullmatch(name):
        found: Mapping[str, Any] = next(
            (one for one in document.get("lesions") or () if str(one["id"]) == lesion[1]), {}
        )
        return found.get(lesion[2])
    block, _, key = name.partition(".")
    return (document.get(block) or {}).get(key)


def label_of(name: str) -> str:
    """'R0 resection feasible', 'L1: Ablatable'."""
    lesion, found = _LESION.fullmatch(name), definition_of(name)
    assert found is not None
    return f"{lesion[1]}: {found.label}" if lesion else found.label


def give_judgements(
    *, by: User, staging: Staging, version: int, answers: Mapping[str, str], on: datetime.date
) -> StagingVersion:
    """Freeze the next version of a staged case with these judgements (`yes`, `no`, `unknown` by name).

    `version` is the version that the answers were given on. The assessment is queued on commit. Answers that say
    what the case says already make no version: the one that stands comes back. All or nothing. Raises
    `PermissionDenied` (also for the judgement of another discipline), and `ValidationError` by name, or on
    `staging` when the case is not staged, changed meanwhile, or is being amended by somebody.
    """
    require(by, "decisions.stage_case", staging)
    problems = {
        name: [f"{answer!r} is not allowed; allowed: yes, no, unknown."]
        for name, answer in answers.items()
        if answer not in ANSWERS
    } | {name: ["This is no judgement to be given here."] for name in answers if definition_of(name) is None}
    if problems:
        raise ValidationError(problems)
    for name in answers:
        if not may_judge(by, name):
            found = definition_of(name)
            assert found is not None
            raise PermissionDenied(
                f"{label_of(name)} is judged by {Discipline(found.who).label.lower()}; {by} is "
                f"{by.get_discipline_display().lower() or 'of no discipline'}."
            )
    with audited(by=by, action="give judgements"):
        Staging.objects.select_for_update().get(pk=staging.pk)
        current = _unchanged(staging, version)
        document = current.document or {}
        given = {name: ANSWERS[answer] for name, answer in answers.items()}
        changed = {
            name: value for name, value in given.items() if value is None or value != value_of(document, name)
        }
        # 'Not known' of what is missing already is worth a version only where something else changes.
        if all(value is None and value_of(document, name) is None for name, value in changed.items()):
            return current
        reason = f"Judged in the meeting: {', '.join(label_of(name) for name in changed)}"
        amend_case(by=by, staging=staging, reason=reason[: _longest_reason()])
        facts = {name: value for name, value in changed.items() if not _LESION.fullmatch(name)}
        if facts:
            record_facts(by=by, staging=staging, values=facts, observed_on=on, note="given in the meeting")
        for name, value in changed.items():
            if lesion := _LESION.fullmatch(name):
                save_lesion(by=by, staging=staging, label=lesion[1], **{lesion[2]: value})
        return stage_case(by=by, staging=staging)


def _longest_reason() -> int:
    return int(StagingVersion._meta.get_field("reason").max_length or 300)


def _unchanged(staging: Staging, version: int) -> StagingVersion:
    """The newest staged version, if it is the one that the answers were given on and nobody is amending it."""
    current = latest_frozen(staging)
    if current is None:
        raise ValidationError(
            {"staging": ["This case is not staged yet; allowed: answer on its entry page."]}
        )
    draft = staging.versions.select_related("opened_by").filter(state=StagingVersion.State.DRAFT).first()
    if draft is not None:
        raise ValidationError(
            {
                "staging": [
                    f"{draft.opened_by} is amending this case; nothing was saved. "
                    "Allowed: answer in that draft, or again once it is staged or discarded."
                ]
            }
        )
    if current.number != version:
        raise ValidationError(
            {
                "staging": [
                    f"{current.frozen_by} staged version {current.number} meanwhile; these answers were given on "
                    f"version {version} and are not saved. Look at what changed, then save again."
                ]
            }
        )
    return current
