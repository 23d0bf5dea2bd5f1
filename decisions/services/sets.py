"""A set of thresholds from a file becomes a draft."""

import datetime

from django.core.exceptions import ValidationError

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from decisions.models import RulebookDraft, RulebookProfile
from decisions.services.drafts import add_changes, start_draft
from decisions.threshold_sets import read_set


def draft_from_set(
    *,
    by: User,
    content: bytes,
    title: str,
    reason: str,
    reference: str,
    profile: RulebookProfile | None = None,
    holds_from: datetime.date | None = None,
    only_changes: bool = False,
) -> RulebookDraft:
    """A new draft of the board (or of a profile) with the numbers of a file; all of them or no draft at all.

    `only_changes`: take only what the file's own layer sets itself. What the file does not name stays. Raises
    `PermissionDenied`, and `ValidationError`: on `file` what cannot be read or is not allowed, on `value` where the
    numbers do not fit each other or a profile on top, else by field as `start_draft` and `add_changes`.
    """
    require(by, "decisions.draft_rulebook")
    given = read_set(content)
    numbers = given.changes if only_changes else given.thresholds
    with audited(by=by, action="import thresholds"):
        draft = start_draft(by=by, title=title, profile=profile, holds_from=holds_from)
        draft = add_changes(by=by, draft=draft, numbers=numbers, reason=reason, reference=reference)
        if not draft.changes.exists():
            raise ValidationError(
                {
                    "file": [
                        f"The file changes nothing: its numbers are those of version {draft.base.number}, which is "
                        "in force; allowed: a set with at least one other number."
                    ]
                }
            )
    return draft
