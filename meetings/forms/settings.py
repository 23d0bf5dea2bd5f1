"""What a board chooses for itself."""

from django import forms

from meetings.models import BoardSettings


class BoardSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """The switches of one board."""

    class Meta:
        model = BoardSettings
        fields = ("advice_after_vote", "confirm_without_discussion")
