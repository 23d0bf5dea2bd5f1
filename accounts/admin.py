"""Django admin for people and centres. Changes are audited: who, when, from where."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import Count, Q, Value
from django.http import HttpRequest, HttpResponse

from accounts.audit import audited
from accounts.models import Centre, Role, User


class RolesField(forms.TypedMultipleChoiceField):
    """Several roles, as check boxes."""

    def __init__(self, *, help_text: str = "") -> None:
        super().__init__(
            choices=Role.choices, widget=forms.CheckboxSelectMultiple, required=False, help_text=help_text
        )


class UserForm(UserChangeForm):
    roles = RolesField(help_text="What the person may do. Disciplines say what the person knows.")


class NewUserForm(AdminUserCreationForm):
    roles = RolesField()

    class Meta:
        model = User
        fields = ("username",)


class AuditedAdmin(admin.ModelAdmin):
    """Saves inside `audited`; nothing is deleted here, because records refer to it."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return super().changeform_view(request, *args, **kwargs)
        with audited(
            by=cast("User", request.user),
            action=f"change {self.opts.verbose_name} in the admin",
            source="web",
        ):
            return super().changeform_view(request, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RoleFilter(admin.SimpleListFilter):
    """The accounts that hold a role."""

    title, parameter_name = "role", "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(role.value, str(role.label)) for role in Role]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(roles__contains=[self.value()]) if self.value() else queryset


@admin.register(User)
class BoardUserAdmin(AuditedAdmin, UserAdmin):
    """Who signs in, what they may do, and whose patients they see."""

    form = UserForm
    add_form = NewUserForm
    list_display = (
        "username",
        "full_name",
        "role_names",
        "discipline",
        "centre_names",
        "is_active",
        "last_login",
    )
    list_filter = ("is_active", RoleFilter, "discipline", "all_centres", "centres")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ("centres",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email", "discipline")}),
        ("What the person may do", {"fields": ("roles", "is_active", "is_staff", "is_superuser")}),
        ("Whose patients the person sees", {"fields": ("all_centres", "centres")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2")}),
        ("Person", {"fields": ("first_name", "last_name", "email", "discipline")}),
        ("What the person may do", {"fields": ("roles",)}),
        ("Whose patients the person sees", {"fields": ("all_centres", "centres")}),
    )

    @admin.display(description="Name", ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description="Roles")
    def role_names(self, user: User) -> str:
        return user.role_names

    @admin.display(description="Centres")
    def centre_names(self, user: User) -> str:
        return "all" if user.all_centres else ", ".join(str(centre) for centre in user.centres.all())

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("centres")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser's account, password included, is changed by superusers only."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        always = ("last_login", "date_joined")
        return always if request.user.is_superuser else (*always, "is_superuser")


@admin.register(Centre)
class CentreAdmin(AuditedAdmin):
    """The hospitals that send patients."""

    list_display = ("name", "code", "people")
    search_fields = ("name", "code")

    @admin.display(description="Accounts that see its patients")
    def people(self, centre: Centre) -> int:
        return int(centre.number_of_users)  # type: ignore[attr-defined]

    def get_queryset(self, request: HttpRequest) -> Any:
        own = Count("users", filter=Q(users__is_active=True, users__all_centres=False), distinct=True)
        everywhere = User.objects.filter(is_active=True, all_centres=True).count()
        return super().get_queryset(request).annotate(number_of_users=own + Value(everywhere))


admin.site.unregister(Group)  # roles say what a person may do
admin.site.site_header = "CRLM Board: administration"
admin.site.site_title = "CRLM Board"
admin.site.index_title = "People, centres and meeting days"
