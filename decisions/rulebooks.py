"""Which rulebook holds where and when: the board's own, and the profiles of centres on top of it."""

import datetime
import logging
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from decisions.engine import thresholds as shipped
from decisions.engine.thresholds import ThresholdError, ThresholdSet
from decisions.models import RulebookProfile, RulebookVersion
from patients.models import Patient, StagingVersion

logger = logging.getLogger(__name__)


class InForce:
    """The rulebooks that hold on one day (default: today), read once for any number of centres."""

    def __init__(self, day: datetime.date | None = None) -> None:
        day = day or timezone.localdate()
        newest = RulebookVersion.objects.filter(valid_from__lte=day).order_by("profile_id", "-number")
        held = list(newest.distinct("profile_id").select_related("profile"))
        self._board = next((version for version in held if version.profile_id is None), None)
        self._profiles = sorted(
            (version for version in held if version.profile_id is not None), key=lambda item: item.number
        )
        self._sets: dict[int, ThresholdSet] = {}

    @property
    def board(self) -> RulebookVersion:
        """The board's own version: of every centre that follows no profile. Before the first day of all, the first."""
        if self._board is None:
            self._board = sync_rulebook()
        return self._board

    @property
    def versions(self) -> list[RulebookVersion]:
        """Every version that holds: the board's own, then the profiles'."""
        return [self.board, *self._profiles]

    def rulebook(self, centre_id: int | None = None) -> RulebookVersion:
        """The version that holds for the patients of a centre (None: no particular one)."""
        following = [version for version in self._profiles if centre_id in version.centres]
        return following[-1] if following else self.board

    def thresholds(self, centre_id: int | None = None) -> ThresholdSet:
        """The numbers of `rulebook`."""
        version = self.rulebook(centre_id)
        if version.pk not in self._sets:
            self._sets[version.pk] = thresholds_of(version)
        return self._sets[version.pk]

    def followers(self, version: RulebookVersion) -> list[int]:
        """The centres that really follow this version of a profile: another one may have taken some since."""
        return [centre for centre in version.centres if self.rulebook(centre).pk == version.pk]

    def concerned(
        self, version: RulebookVersion, stagings: QuerySet[StagingVersion]
    ) -> QuerySet[StagingVersion]:
        """Those of the staging versions whose patients' centres this rulebook version holds for."""
        if version.pk == self.board.pk:
            elsewhere = [centre for item in self._profiles for centre in self.followers(item)]
            return stagings.exclude(staging__patient__centre__in=elsewhere)
        return stagings.filter(staging__patient__centre__in=self.followers(version))


def current_rulebook(patient: Patient | None = None) -> RulebookVersion:
    """The rulebook in force, for this patient's centre or in general."""
    return InForce().rulebook(patient.centre_id if patient else None)


def current_thresholds(patient: Patient | None = None) -> ThresholdSet:
    """The thresholds in force, for this patient's centre or in general."""
    return InForce().thresholds(patient.centre_id if patient else None)


def thresholds_of(rulebook: RulebookVersion) -> ThresholdSet:
    """The rulebook's thresholds for the engine; names that the engine has gained since hold their default."""
    default = shipped.default()
    if rulebook.hash == default.hash:
        return default
    known = default.values()
    changed = {
        name: value for name, value in rulebook.thresholds.items() if name in known and known[name] != value
    }
    return default.override(changed)


def layered(below: ThresholdSet, changes: Mapping[str, float]) -> ThresholdSet:
    """A layer on top of another set; names that the engine has lost are left out. Raises `ThresholdError`."""
    return below.override({name: value for name, value in changes.items() if name in below.numbers})


def differences(below: ThresholdSet, above: ThresholdSet) -> dict[str, float]:
    """The numbers of `above` that are not those of `below`."""
    return {name: value for name, value in above.numbers.items() if below.numbers.get(name) != value}


def store_version(
    numbers: ThresholdSet,
    *,
    reason: str,
    profile: RulebookProfile | None = None,
    changes: Mapping[str, float] | None = None,
    centres: Iterable[int] = (),
    created_by_id: int | None = None,
) -> RulebookVersion:
    """The next version, in force from today; the caller holds the lock of `lock_rulebook`."""
    last = RulebookVersion.objects.order_by("-number").first()
    return RulebookVersion.objects.create(
        number=last.number + 1 if last else 1,
        profile=profile,
        hash=numbers.hash,
        thresholds=numbers.values(),
        changes=dict(changes or {}),
        centres=sorted(centres),
        valid_from=timezone.localdate(),
        reason=reason[:300],
        created_by_id=created_by_id,
    )


def lock_rulebook() -> None:
    """One writer at a time; ends with the transaction."""
    RulebookVersion.objects.select_for_update().order_by("number").first()


def sync_rulebook() -> RulebookVersion:
    """Store the shipped set as the board's rulebook, unless it holds already; returns the board's version in force.

    The first becomes version 1. When the shipped set has changed, the next version holds the new numbers with what
    the board had set itself on top, so that nothing of the board's is lost, and what was assessed under the old one
    stays what it was. Called after every `migrate`; a second call changes nothing.
    """
    default = shipped.default()
    with transaction.atomic():
        lock_rulebook()
        held = RulebookVersion.objects.filter(profile__isnull=True, valid_from__lte=timezone.localdate())
        board = held.order_by("-number").first()
        if board is None:
            # A first day that lies ahead is the caller's doing; the newest of those holds until then.
            board = RulebookVersion.objects.filter(profile__isnull=True).order_by("number").first()
            return board or store_version(default, reason="Shipped with the program")
        try:
            wanted = layered(default, board.changes)
        except ThresholdError as error:
            logger.warning("The shipped set changed, but not under the board's own numbers: %s", error)
            return board
        if wanted.hash == board.hash:
            return board
        if not board.changes and board.created_by_id is not None:
            return board  # set as a whole by a person, by an earlier release
        board = store_version(wanted, reason="The shipped default changed", changes=board.changes)
        logger.info("Rulebook %s: the shipped default was stored.", board.number)
        follow_board(board)
    return board


def follow_board(board: RulebookVersion, *, created_by_id: int | None = None) -> list[RulebookVersion]:
    """Put every profile on top of the board's new version. Raises `ThresholdError` where one does not fit."""
    below = thresholds_of(board)
    found = []
    held = InForce()
    for version in held.versions[1:]:
        numbers = layered(below, version.changes)
        if numbers.hash != version.hash:
            found.append(
                store_version(
                    numbers,
                    profile=version.profile,
                    reason=f"Follows version {board.number} of the board",
                    changes=version.changes,
                    centres=held.followers(version),
                    created_by_id=created_by_id,
                )
            )
    return found
