"""The profiles: what each sets itself, and which centre follows which since when."""

import datetime
from typing import Any

from django.utils import timezone

from accounts.models import Centre
from decisions.engine.thresholds import default
from decisions.models import RulebookDraft, RulebookProfile, RulebookVersion
from decisions.pages.thresholds import in_full
from decisions.rulebooks import InForce, thresholds_of

OPEN = (RulebookDraft.State.DRAFT, RulebookDraft.State.SUBMITTED, RulebookDraft.State.APPROVED)


def profiles_page() -> dict[str, Any]:
    """Every profile with its version in force and its open drafts, and every centre with what it follows."""
    held = InForce()
    since = followed_since()
    versions = {version.profile_id: version for version in held.versions}
    drafts: dict[int, list[RulebookDraft]] = {}
    for draft in RulebookDraft.objects.filter(state__in=OPEN, profile__isnull=False).select_related("author"):
        drafts.setdefault(draft.profile_id or 0, []).append(draft)
    centres = list(Centre.objects.all())
    follows = {centre.pk: held.rulebook(centre.pk) for centre in centres}
    return {
        "board": held.board,
        "profiles": [
            {
                "profile": profile,
                "version": versions.get(profile.pk),
                "sets": _sets(versions.get(profile.pk), held.board),
                "centres": [centre.name for centre in centres if follows[centre.pk].profile_id == profile.pk],
                "drafts": drafts.get(profile.pk, []),
            }
            for profile in RulebookProfile.objects.select_related("created_by")
        ],
        "centres": [
            {"centre": centre, "version": follows[centre.pk], "since": since.get(centre.pk)}
            for centre in centres
        ],
    }


def _sets(version: RulebookVersion | None, board: RulebookVersion) -> list[dict[str, str]]:
    """What a profile sets itself, each beside the board's value."""
    if version is None:
        return []
    below, known = thresholds_of(board), default()
    rows = []
    for name, value in sorted(version.changes.items()):
        if name in known.numbers:
            item = below.get(name)
            rows.append(
                {
                    "name": name,
                    "label": item.label,
                    "value": in_full(value, item.comparison, item.unit),
                    "board": in_full(item.value, item.comparison, item.unit),
                }
            )
    return rows


def followed_since(today: datetime.date | None = None) -> dict[int, datetime.date]:
    """Since when each centre (primary key) follows, without a break, the profile that it follows today."""
    held: dict[int, RulebookVersion] = {}
    follows: dict[int, tuple[int, datetime.date]] = {}
    known = RulebookVersion.objects.filter(
        profile__isnull=False, valid_from__lte=today or timezone.localdate()
    )
    for version in known.order_by("valid_from", "number"):
        held[version.profile_id or 0] = version
        now: dict[int, int] = {}
        for item in sorted(held.values(), key=lambda other: other.number):
            now |= dict.fromkeys(item.centres, item.profile_id or 0)
        follows = {
            centre: follows[centre]
            if follows.get(centre, (0, None))[0] == profile
            else (profile, version.valid_from)
            for centre, profile in now.items()
        }
    return {centre: since for centre, (_, since) in follows.items()}
