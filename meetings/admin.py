"""Django admin of the board's regular days; meetings themselves are planned on their own pages."""

from django.contrib import admin

from meetings.models import LetterTemplate, MeetingDay


@admin.register(MeetingDay)
class MeetingDayAdmin(admin.ModelAdmin):
    """The regular days of the board. A day is ended (`last_on`), not deleted, when the rhythm changes."""

    list_display = ("title", "centre", "first_on", "starts_at", "every_weeks", "last_on", "place")
    list_filter = ("centre",)


@admin.register(LetterTemplate)
class LetterTemplateAdmin(admin.ModelAdmin):
    """The sentences around the decision in a centre's letters; what the board decided is never part of it."""

    list_display = ("__str__", "sender", "opening")
    fields = ("centre", "sender", "opening", "closing")
