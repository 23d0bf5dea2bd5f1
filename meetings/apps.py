"""The app: the conversion clock follows what happens to facts and advice."""

from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    """Decision and follow-up."""

    name = "meetings"

    def ready(self) -> None:
        """Connect the receivers."""
        from meetings import receivers  # noqa: F401
