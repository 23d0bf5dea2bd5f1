"""Rulebook versions: the one in force, and the default that is shipped with the program."""

import logging

from django.db import transaction
from django.utils import timezone

from decisions.engine import thresholds as shipped
from decisions.engine.thresholds import ThresholdSet
from decisions.models import RulebookVersion

logger = logging.getLogger(__name__)


def sync_rulebook() -> RulebookVersion:
    """Store the shipped default as a rulebook version, unless it is stored already; returns the one in force.

    The first becomes version 1. A changed default becomes the next version, so that what was assessed under
    the old one stays what it was. Called after every `migrate`; a second call changes nothing.
    """
    default = shipped.default()
    with transaction.atomic():
        RulebookVersion.objects.select_for_update().order_by("number").first()
        if not RulebookVersion.objects.filter(hash=default.hash, created_by__isnull=True).exists():
            last = RulebookVersion.objects.order_by("-number").first()
            number = last.number + 1 if last else 1
            RulebookVersion.objects.create(
                number=number,
                hash=default.hash,
                thresholds=default.values(),
                valid_from=timezone.localdate(),
                reason="Shipped with the program" if number == 1 else "The shipped default changed",
            )
            logger.info("Rulebook %s: the shipped default was stored.", number)
    return _in_force() or RulebookVersion.objects.order_by("number").first()  # type: ignore[return-value]


def _in_force() -> RulebookVersion | None:
    return RulebookVersion.objects.filter(valid_from__lte=timezone.localdate()).order_by("-number").first()


def current_rulebook() -> RulebookVersion:
    """The rulebook in force: the highest number whose day has come; before the first day of all, the first."""
    return _in_force() or sync_rulebook()


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


def current_thresholds() -> ThresholdSet:
    """The thresholds in force."""
    return thresholds_of(current_rulebook())
