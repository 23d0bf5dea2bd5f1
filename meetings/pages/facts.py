"""The judgements that can be given in the room, and what changed when the last ones were."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import Discipline, User
from decisions.judgements import definition_of, judgements, label_of, may_judge, value_of
from decisions.pages.case_page import Advice, advice_on
from decisions.pages.changes import answers_changed, facts_changed
from decisions.selectors import latest_frozen
from meetings.models import AgendaItem
from meetings.voting import advice_is_open
from patients.models import StagingVersion

OVER = ("done", "failed")


@dataclass(frozen=True, slots=True)
class JudgementRow:
    """One judgement: what is asked, what stands there (True, False, None), who answers, and whether it is theirs."""

    name: str
    label: str
    meaning: str
    value: bool | None
    who: str
    mine: bool
    error: str = ""


def judgement_rows(
    user: User,
    document: Mapping[str, Any],
    result: Mapping[str, Any],
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> tuple[list[JudgementRow], list[JudgementRow]]:
    """The missing judgements that could change an answer, and the others; each with what was typed, if anything."""
    useful = [str(one["fact"]) for one in result.get("missing") or ()]
    first: list[JudgementRow] = []
    others: list[JudgementRow] = []
    for name in judgements(document, useful):
        found = definition_of(name)
        assert found is not None
        value = value_of(document, name)
        row = JudgementRow(
            name=name,
            label=label_of(name),
            meaning=found.meaning,
            value=(typed or {}).get(name, value),  # type: ignore[arg-type]
            who=str(Discipline(found.who).label),
            mine=may_judge(user, name),
            error=" ".join((errors or {}).get(name, ())),
        )
        plain = f"lesions[].{name.rpartition('.')[2]}" if name.startswith("lesions[") else name
        (first if value is None and plain in useful else others).append(row)
    return first, others


def facts_context(user: User, item: AgendaItem, found: Advice | None = None, **typed: Any) -> dict[str, Any]:
    """The panel: what may be answered, how far the assessment is, and what the version before it said otherwise.

    `found` is the advice on the newest version, where it was read already.
    """
    version = found.version if found else latest_frozen(item.staging)
    if version is None:
        return {"facts_version": None}
    found = found or advice_on(version)
    asked, others = judgement_rows(user, version.document or {}, found.result, **typed)
    can_write = user.has_perm("decisions.stage_case", item.staging) and item.meeting.state != "closed"
    return {
        "facts_version": version,
        "facts_waiting": found.state not in OVER,
        "facts_failed": found.state == "failed",
        "asked": asked,
        "mine": [row for row in asked if row.mine],
        "others": others,
        "may_judge": can_write and any(row.mine for row in (*asked, *others)),
        "changed": changed_since(item, version),
    }


def changed_since(item: AgendaItem, version: StagingVersion) -> dict[str, Any] | None:
    """What a version that was staged during the meeting changed; the answers only once the advice is open."""
    opened = item.meeting.opened_at
    if opened is None or version.frozen_at is None or version.frozen_at < opened or version.number < 2:
        return None
    before = (
        item.staging.versions.filter(number__lt=version.number, state=StagingVersion.State.FROZEN)
        .order_by("-number")
        .first()
    )
    if before is None:
        return None
    old, new = advice_on(before).result, advice_on(version).result
    shown = bool(old and new) and advice_is_open(item)
    return {
        "by": version.frozen_by,
        "at": version.frozen_at,
        "facts": facts_changed(before.document or {}, version.document or {}),
        "answers": answers_changed(old, new) if shown else [],
        "compared": shown,
    }
