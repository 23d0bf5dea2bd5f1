"""Django admin of the rulebook: to look at only. It is changed on its own pages, by a draft and a second person."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import Role, User
from decisions.engine.thresholds import default
from decisions.models import DraftChange, DraftStep, RulebookDraft, RulebookProfile, RulebookVersion
from decisions.views.common import draft_address
from patients import wording


class ReadOnly:
    """Whoever keeps the admin may look; nobody adds, changes or deletes here, superusers included."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user = request.user
        return (
            isinstance(user, User)
            and user.is_active
            and (user.is_superuser or user.has_role(Role.ADMINISTRATOR))
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    """A model to look at, with a link to the page where it is changed."""

    actions = None

    @admin.display(description="On the rulebook's pages")
    def page(self, row: Model) -> SafeString:
        """The link to where this is worked on."""
        return format_html('<a href="{}">open</a>', self.address(row))

    def address(self, row: Any) -> str:
        """The address of the page of a row."""
        raise NotImplementedError


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    extra = 0
    can_delete = False


class ChangesInline(ReadOnlyInline):
    model = DraftChange
    fields = ("name", "value", "reason", "reference")
    readonly_fields = fields


class StepsInline(ReadOnlyInline):
    model = DraftStep
    fields = ("at", "kind", "by", "comment")
    readonly_fields = fields


@admin.register(RulebookVersion)
class RulebookVersionAdmin(ReadOnlyAdmin):
    """Every version with its thresholds."""

    list_display = ("number", "layer", "valid_from", "reason", "created_by", "page")
    list_filter = ("profile",)
    list_select_related = ("profile", "created_by")
    search_fields = ("reason",)
    fields = (
        "number",
        "layer",
        "valid_from",
        "reason",
        "created_by",
        "created_at",
        "hash",
        "page",
        "numbers",
    )
    readonly_fields = fields

    @admin.display(description="Layer", empty_value="the board")
    def layer(self, version: RulebookVersion) -> str | None:
        return version.profile.name if version.profile else None

    @admin.display(description="Thresholds")
    def numbers(self, version: RulebookVersion) -> SafeString:
        known = default()
        rows = [
            (
                reverse("decisions:threshold", args=[name]),
                known.get(name).label,
                wording.quantity(value, known.get(name).unit),
                "set here" if name in version.changes else "",
            )
            for name, value in sorted(version.thresholds.items())
            if name in known.numbers
        ]
        body = format_html_join("", '<tr><th><a href="{}">{}</a></th><td>{}</td><td>{}</td></tr>', rows)
        return format_html("<table>{}</table>", body)

    def address(self, row: Any) -> str:
        return reverse("decisions:version", args=[row.number])


@admin.register(RulebookDraft)
class RulebookDraftAdmin(ReadOnlyAdmin):
    """Every draft with its changes and its trail."""

    list_display = ("title", "profile", "state", "author", "approved_by", "holds_from", "page")
    list_filter = ("state", "profile")
    list_select_related = ("profile", "author", "approved_by")
    search_fields = ("title",)
    fields = (
        "title", "profile", "state", "base", "returns_to", "holds_from", "author", "created_at", "approved_by",
        "approved_at", "version", "page",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (ChangesInline, StepsInline)

    def address(self, row: Any) -> str:
        return draft_address(row.pk)


@admin.register(RulebookProfile)
class RulebookProfileAdmin(ReadOnlyAdmin):
    """The profiles of centres."""

    list_display = ("name", "code", "description", "created_by", "page")
    list_select_related = ("created_by",)
    fields = ("name", "code", "description", "created_by", "created_at", "page")
    readonly_fields = fields

    def address(self, row: Any) -> str:
        return reverse("decisions:profiles")
