"""What happened in the room, in order: every screen follows it, and the board measures itself by it."""

import pghistory
from django.conf import settings
from django.db import models

from meetings.models.meeting import AgendaItem, Meeting


@pghistory.track()
class RoomEvent(models.Model):
    """One thing that happened in a meeting; its primary key is the place in the stream that screens follow.

    `details` never says what somebody voted. A screen that was away asks for everything after the last one it saw.
    """

    class Kind(models.TextChoices):
        OPENED = "opened", "Meeting opened"
        SHOWN = "shown", "Case shown"
        AGENDA = "agenda", "Agenda changed"
        ATTENDANCE = "attendance", "Attendance changed"
        FACTS = "facts", "Facts changed"
        ADVICE = "advice", "Advice renewed"
        VOTE_OPENED = "vote_opened", "Vote opened"
        VOTED = "voted", "Somebody voted"
        REVEALED = "revealed", "Votes revealed"
        DECIDED = "decided", "Decision recorded"
        SIGNED = "signed", "Decision signed"
        DEFERRED = "deferred", "Case deferred"
        WITHDRAWN = "withdrawn", "Case withdrawn"
        CLOSED = "closed", "Meeting closed"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="events_in_room")
    item = models.ForeignKey(
        AgendaItem, null=True, blank=True, on_delete=models.SET_NULL, related_name="events_in_room"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    details = models.JSONField(default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(name="room_event_stream", fields=["meeting", "id"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.at:%H:%M:%S}"
