"""Template tags of absences: pages say who is away and who reads for them."""

from typing import Any

from django import template
from django.utils import timezone

from accounts.models import User
from meetings.pages.notices import absence_of
from meetings.recipients import absences_on

register = template.Library()


@register.inclusion_tag("meetings/cover_note.html", takes_context=True)
def cover_note(context: template.Context) -> dict[str, Any]:
    """A note for the signed-in user: 'you are away', and for whom they read; nothing otherwise."""
    user = context["request"].user
    if not isinstance(user, User):
        return {}
    absence, covering = absence_of(user, timezone.localdate())
    return {"absence": absence, "covering": covering}


@register.inclusion_tag("meetings/away.html")
def away(person: User | None) -> dict[str, Any]:
    """After a person's name: 'away until 3 Dec, Sofia Lindqvist reads for them'; nothing when they are there."""
    absence = absences_on(timezone.localdate()).get(person.pk) if person is not None else None
    return {"absence": absence}
