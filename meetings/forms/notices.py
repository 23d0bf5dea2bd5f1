"""Forms of notices: what one wants to be sent, and the filter of the list."""

from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from meetings.models import Notice, NoticePreference
from meetings.recipients import possible_covers, preference_of

WRONG_DAY = {"invalid": "This is no date; allowed: a date as YYYY-MM-DD."}


def _day(label: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, required=False, error_messages=WRONG_DAY)


class PreferenceForm(forms.Form):
    """One's own digest, and who reads it while one is away. What is allowed, the service says."""

    digest = forms.CharField(label="Digest", widget=forms.Select(choices=NoticePreference.Digest.choices))
    away_from = _day("First day away")
    away_until = _day("Last day away")
    cover = forms.CharField(label="Who reads for you", required=False, widget=forms.Select())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "nobody chosen")]
        choices += [(str(person.pk), person.introduction) for person in possible_covers(user)]
        widget = self.fields["cover"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = choices

    @classmethod
    def of(cls, user: User) -> "PreferenceForm":
        """Filled with what is stored; an absence that is over is not shown again."""
        stored = preference_of(user)
        initial: dict[str, Any] = {"digest": stored.digest}
        if stored.away_until is not None and stored.away_until >= timezone.localdate():
            initial |= {
                "away_from": stored.away_from,
                "away_until": stored.away_until,
                "cover": str(stored.cover_id),
            }
        return cls(user=user, initial=initial)

    def clean_cover(self) -> User | None:
        """The person, by primary key."""
        given = self.cleaned_data["cover"]
        if not given:
            return None
        found = User.objects.filter(pk=int(given)).first() if given.isascii() and given.isdigit() else None
        if found is None:
            raise forms.ValidationError(f"{given} is no person; allowed: one of the list.")
        return found


class NoticeFilterForm(forms.Form):
    """What the list of notices shows; anything unknown is as if it were not given."""

    state = forms.ChoiceField(required=False, choices=Notice.State.choices)
    kind = forms.ChoiceField(required=False, choices=Notice.Kind.choices)
    person = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)

    @property
    def given(self) -> dict[str, Any]:
        """Of `state`, `kind`, `person`: those that were given and are known."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
