"""The app: after every `migrate` the shipped rulebook is stored."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.db.models.signals import post_migrate


def _store_shipped_rulebook(apps: Any = installed, **kwargs: Any) -> None:
    """`flush` sends the signal without `apps`."""
    try:
        apps.get_model("decisions", "RulebookVersion")
    except LookupError:  # migrated back to before the table
        return
    from decisions.rulebooks import sync_rulebook

    sync_rulebook()


class DecisionsConfig(AppConfig):
    """Advice: what the guidelines say of a staged case."""

    name = "decisions"

    def ready(self) -> None:
        """Connect the receiver."""
        post_migrate.connect(_store_shipped_rulebook, sender=self, dispatch_uid="store_shipped_rulebook")
