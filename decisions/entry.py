"""Writes of the entry page: the rows that somebody changed, all or nothing, never over somebody else's change."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError

from accounts.audit import audited
from accounts.models import User
from decisions.case_facts import document_of
from decisions.pages.lesions import next_label, text_of
from decisions.pages.posted import PostedFact, changed_meanwhile
from decisions.pages.rows import as_text, default_day, state_text
from decisions.services import stage_case
from patients.models import Lesion, Staging, StagingVersion
from patients.selectors import fact_entries, stored_facts
from patients.services import (
    clear_facts,
    confirm_previous,
    confirm_previous_lesion,
    discard_draft,
    record_facts,
    remove_lesion,
    save_lesion,
    set_lesions_complete,
    update_staging,
)
from patients.services.drafts import open_draft


def require_draft(*, by: User, staging: Staging, version: int | None) -> StagingVersion:
    """The open draft, locked, if it is the one that the page was made from.

    Raises `PermissionDenied`, and `ValidationError` on `staging` when it was staged meanwhile, or staged and
    amended since.
    """
    draft = open_draft(by, staging)
    if version is not None and draft.number != version:
        raise ValidationError(
            {
                "staging": [
                    f"This page shows version {version}, which was staged meanwhile; version {draft.number} is the "
                    "draft now. Nothing was saved. Reload the page to go on with it."
                ]
            }
        )
    return draft


def save_rows(*, by: User, staging: Staging, version: int | None, posted: Iterable[PostedFact]) -> list[str]:
    """Store the rows that differ from what their page showed; returns their names.

    All or nothing. Raises `PermissionDenied`, and `ValidationError` with messages by fact (`x.y.date` for its
    date, `staging` when the draft is gone), also for facts that somebody else has changed meanwhile.
    """
    with audited(by=by, action="save rows"):
        require_draft(by=by, staging=staging, version=version)
        entries, stored = fact_entries(staging), stored_facts(staging)
        errors: dict[str, list[str]] = {}
        by_day: dict[str, dict[str, str | list[str] | None]] = {}
        cleared: list[str] = []
        for fact in posted:
            entry = entries.get(fact.name)
            now = state_text(stored.get(fact.name), entry)
            date_now = as_text((entry.observed_on if entry else None) or default_day(staging))
            redated = bool(fact.date_text) and fact.date_text != date_now and fact.text != ""
            if not fact.changed and not redated:
                continue
            if conflict := changed_meanwhile(fact, now, entry):
                errors[fact.name] = [conflict]
            elif fact.text == "":
                cleared.append(fact.name)
            else:
                by_day.setdefault(fact.date_text or date_now, {})[fact.name] = fact.value
        if cleared:
            clear_facts(by=by, staging=staging, names=cleared)
        for day, values in by_day.items():
            try:
                record_facts(by=by, staging=staging, values=values, observed_on=day)
            except ValidationError as error:
                messages = dict(error.message_dict)
                for message in messages.pop("observed_on", []):
                    messages.update({f"{name}.date": [message] for name in values})
                errors.update(messages)
        if errors:
            raise ValidationError(errors)
    return cleared + [name for values in by_day.values() for name in values]


def take_over(*, by: User, staging: Staging, version: int | None, name: str) -> None:
    """Confirm one fact as the previous staging had it; a second time changes nothing."""
    with audited(by=by, action="confirm previous"):
        require_draft(by=by, staging=staging, version=version)
        if state_text(stored_facts(staging).get(name), fact_entries(staging).get(name)) == "":
            confirm_previous(by=by, staging=staging, name=name)


def take_back(*, by: User, staging: Staging, version: int | None, name: str) -> None:
    """Clear one fact: as if it had never been asked."""
    with audited(by=by, action="take back"):
        require_draft(by=by, staging=staging, version=version)
        clear_facts(by=by, staging=staging, names=[name])


def save_section(
    *,
    by: User,
    staging: Staging,
    version: int | None,
    posted: Iterable[PostedFact],
    confirm: str = "",
    clear: str = "",
) -> None:
    """A whole section at once: the rows that changed, and the one fact to take over or to take back, if any.

    All or nothing; raises as `save_rows`.
    """
    with audited(by=by, action="save section"):
        save_rows(by=by, staging=staging, version=version, posted=posted)
        if confirm:
            take_over(by=by, staging=staging, version=version, name=confirm)
        if clear:
            take_back(by=by, staging=staging, version=version, name=clear)


def facts_hash(staging: Staging) -> str:
    """What the draft says, as a short text: two pages made from the same facts hold the same."""
    return hashlib.sha256(
        json.dumps(document_of(staging, with_derived=True), sort_keys=True).encode()
    ).hexdigest()[:16]


def stage_seen(*, by: User, staging: Staging, version: int | None, seen: str) -> StagingVersion:
    """Stage the draft that the page was made from, if it still says what the page showed (`seen`: `facts_hash`).

    Raises as `require_draft` and `stage_case`, and `ValidationError` on `facts` when somebody changed a fact.
    """
    with audited(by=by, action="stage case"):
        require_draft(by=by, staging=staging, version=version)
        if seen != facts_hash(staging):
            raise ValidationError(
                {
                    "facts": [
                        "Somebody changed a fact after this page was made. Look at it again, then stage the case."
                    ]
                }
            )
        return stage_case(by=by, staging=staging)


def discard(*, by: User, staging: Staging, version: int | None) -> None:
    """Throw the draft away that the page was made from; raises as `require_draft` and `discard_draft`."""
    with audited(by=by, action="discard draft"):
        require_draft(by=by, staging=staging, version=version)
        discard_draft(by=by, staging=staging)


def set_heading(*, by: User, staging: Staging, version: int | None, **columns: Any) -> None:
    """Question, date and kind of the staging; raises as `require_draft` and `update_staging`."""
    with audited(by=by, action="change staging"):
        require_draft(by=by, staging=staging, version=version)
        update_staging(by=by, staging=staging, **columns)


def set_complete(*, by: User, staging: Staging, version: int | None, complete: bool) -> None:
    """State that the lesion list is complete, or take that back."""
    with audited(by=by, action="set lesions complete"):
        require_draft(by=by, staging=staging, version=version)
        set_lesions_complete(by=by, staging=staging, complete=complete)


def add_lesion(*, by: User, staging: Staging, version: int | None, label: str, segment: str | None) -> str:
    """Put a new lesion on the draft's list, in `segment` (None: not known); returns its label.

    The same form sent twice adds one lesion: a label that already stands there with that segment is left alone,
    one that somebody else has used meanwhile for another segment gives way to the next free one.
    """
    with audited(by=by, action="add lesion"):
        require_draft(by=by, staging=staging, version=version)
        taken = Lesion.objects.filter(patient=staging.patient, label=label).first()
        if taken is not None:
            finding = taken.findings.filter(staging=staging).first()
            if finding is not None and finding.segment == segment:
                return label
            label = next_label(staging)
        save_lesion(by=by, staging=staging, label=label or next_label(staging), segment=segment)
    return label


def change_lesion(
    *,
    by: User,
    staging: Staging,
    version: int | None,
    label: str,
    columns: Mapping[str, Any],
    was: Mapping[str, str],
) -> None:
    """Write the columns of a lesion that differ from what the page showed (`was`, as text); all or nothing.

    Raises `PermissionDenied`, and `ValidationError` by column (`staging` when the draft is gone, `label` when
    somebody has taken the lesion off the list).
    """
    with audited(by=by, action="change lesion"):
        require_draft(by=by, staging=staging, version=version)
        finding = staging.lesion_findings.select_related("lesion").filter(lesion__label=label).first()
        if finding is None:
            raise ValidationError(
                {"label": [f"{label} was taken off the list meanwhile; allowed: add it again."]}
            )
        errors = {
            name: [
                f"Meanwhile this was changed to {text_of(finding, name)!r}. Save it again to replace that."
            ]
            for name in columns
            if text_of(finding, name) not in (was.get(name, ""), as_text(columns[name]))
        }
        if errors:
            raise ValidationError(errors)
        try:
            save_lesion(by=by, staging=staging, label=label, **columns)
        except ValidationError as error:
            raise ValidationError(
                {name.rpartition(".")[2]: said for name, said in error.message_dict.items()}
            ) from error


def drop_lesion(*, by: User, staging: Staging, version: int | None, label: str) -> None:
    """Take a lesion off the list; one that is not there any more is left alone."""
    with audited(by=by, action="remove lesion"):
        require_draft(by=by, staging=staging, version=version)
        if staging.lesion_findings.filter(lesion__label=label).exists():
            remove_lesion(by=by, staging=staging, label=label)


def take_over_lesions(*, by: User, staging: Staging, version: int | None, labels: Iterable[str]) -> None:
    """Confirm lesions as the previous staging described them; those that already stand on the list stay as they are."""
    with audited(by=by, action="confirm previous lesions"):
        require_draft(by=by, staging=staging, version=version)
        here = set(staging.lesion_findings.values_list("lesion__label", flat=True))
        for label in labels:
            if label not in here:
                confirm_previous_lesion(by=by, staging=staging, label=label)
