"""Django admin of the board's regular days; meetings themselves are planned on their own pages."""

from django import forms
from django.contrib import admin

from accounts.admin import AuditedAdmin
from meetings.models import LetterTemplate, MeetingDay


class MeetingDayForm(forms.ModelForm):
    every_weeks = forms.IntegerField(
        min_value=1, max_value=8, initial=1, help_text="1: every week, 2: every other week, up to 8."
    )

    class Meta:
        model = MeetingDay
        fields = ("title", "centre", "place", "first_on", "starts_at", "every_weeks", "last_on")


@admin.register(MeetingDay)
class MeetingDayAdmin(AuditedAdmin):
    """The regular days of the board. A day is ended (`last_on`), not deleted, when the rhythm changes."""

    form = MeetingDayForm
    list_display = ("title", "centre", "weekday", "starts_at", "every_weeks", "first_on", "last_on", "place")
    list_filter = ("centre",)
    list_select_related = ("centre",)
    search_fields = ("title", "place")
    fieldsets = (
        (None, {"fields": ("title", "centre", "place")}),
        ("When the board meets", {"fields": ("first_on", "starts_at", "every_weeks", "last_on")}),
    )

    @admin.display(description="Weekday", ordering="first_on__iso_week_day")
    def weekday(self, day: MeetingDay) -> str:
        return f"{day.first_on:%A}"


@admin.register(LetterTemplate)
class LetterTemplateAdmin(AuditedAdmin):
    """The sentences around the decision in a centre's letters; what the board decided is never part of it."""

    list_display = ("__str__", "sender", "opening")
    fields = ("centre", "sender", "opening", "closing")
