"""The form of a meeting."""

from typing import Any

from django import forms

from accounts.models import Centre, User
from accounts.rules import visible_centres
from meetings.models import Meeting


class MeetingForm(forms.Form):
    """Title, start, place and centre; the service says what is wrong with them."""

    title = forms.CharField(label="Title", max_length=120, initial="Liver board")
    starts_at = forms.DateTimeField(
        label="Starts",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        help_text="Day and time, such as 2026-04-16 09:00.",
        error_messages={"invalid": "This is no day and time; allowed: such as 2026-04-16 09:00."},
    )
    place = forms.CharField(label="Place", max_length=120, required=False)
    centre = forms.ModelChoiceField(
        label="Centre", queryset=Centre.objects.none(), required=False, empty_label="all centres"
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        centre = self.fields["centre"]
        if isinstance(centre, forms.ModelChoiceField):
            centre.queryset = visible_centres(user)

    @classmethod
    def of(cls, meeting: Meeting, *, user: User) -> "MeetingForm":
        """The form of a meeting as it stands."""
        names = ("title", "starts_at", "place", "centre")
        return cls(user=user, initial={name: getattr(meeting, name) for name in names})
