"""The case under the rulebook of another day, or under any version: worked out when asked for, never stored."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from decisions.engine.assess import ENGINE_VERSION, assess
from decisions.engine.document import parse
from decisions.models import Assessment, RulebookVersion
from decisions.pages.case_page import Advice, advice_context
from decisions.pages.changes import answers_changed
from decisions.rulebooks import InForce, thresholds_of
from patients import wording
from patients.models import Patient, StagingVersion


class AsOfError(ValueError):
    """What was asked for is no version or no day with a rulebook; the message says what is allowed."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """A rulebook to look at a case under; `day` where a day was asked for."""

    rulebook: RulebookVersion
    day: datetime.date | None

    @property
    def words(self) -> str:
        """'As of 3 Mar 2026, rulebook 4' or 'Under rulebook 4'."""
        number = f"rulebook {self.rulebook.number}"
        return f"As of {wording.day(self.day)}, {number}" if self.day else f"Under {number}"


def asked_rulebook(asked: Mapping[str, str], patient: Patient) -> AsOf | None:
    """What `rulebook=<number>` or `as_of=YYYY-MM-DD` names for this patient; None without. Raises `AsOfError`."""
    number, day = asked.get("rulebook", "").strip(), asked.get("as_of", "").strip()
    if number:
        return AsOf(_numbered(number), None)
    return _on(day, patient) if day else None


def _numbered(number: str) -> RulebookVersion:
    versions = RulebookVersion.objects.select_related("profile")
    known = number.isdecimal() and len(number) < 10
    found = versions.filter(number=int(number)).first() if known else None
    if found is None:
        last = versions.order_by("-number").first()
        raise AsOfError(
            f"There is no rulebook {number[:20]!r}; allowed: a number from 1 to {last.number if last else 1}."
        )
    return found


def _on(text: str, patient: Patient) -> AsOf:
    today, first = timezone.localdate(), first_day()
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not first <= day <= today:
        shown = wording.day(day) if day else repr(text[:20])
        raise AsOfError(
            f"No rulebook is known for {shown}; allowed: a day from {wording.day(first)}, when the first "
            f"rulebook came into force, to today, {wording.day(today)}, written like {today.isoformat()}."
        )
    return AsOf(InForce(day).rulebook(patient.centre_id), day)


def first_day() -> datetime.date:
    """The day from which a rulebook of the board is known."""
    first = RulebookVersion.objects.filter(profile__isnull=True).order_by("valid_from", "number").first()
    return first.valid_from if first else timezone.localdate()


def advice_under(asked: AsOf, version: StagingVersion) -> Advice:
    """The advice on a staged version under another rulebook, as this engine gives it; nothing of it is stored."""
    result = assess(parse(version.document), thresholds_of(asked.rulebook))
    made = Assessment(
        staging_version=version, rulebook=asked.rulebook, engine_version=ENGINE_VERSION, result=result
    )
    return Advice(version, made, None)


def as_of_context(asked: AsOf, found: Advice, current: Advice, *, base: str) -> dict[str, Any]:
    """What the advice part of the page shows, with what differs from the current advice."""
    differs = answers_changed(current.result, found.result) if current.result else []
    return {
        **advice_context(found, base=base),
        "since": None,
        "between": None,
        "newer_rulebook": None,
        "as_of": {"asked": asked, "current": current.assessment, "answers": differs},
    }
