"""Django admin for records, to look only: every write goes through the services and their checks."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from patients.models import FactEntry, Patient, RecordAccess, Staging, StagingVersion
from patients.selectors import log_access, visible_patients


class _LookOnly:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("patients.view_patient")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("patients.view_patient")


class StagingInline(_LookOnly, admin.TabularInline):
    model = Staging
    fields = ("date", "kind", "question", "withdrawn_reason", "created_by", "created_at")
    readonly_fields = fields
    extra = 0
    show_change_link = True


class VersionInline(_LookOnly, admin.TabularInline):
    model = StagingVersion
    fk_name = "staging"
    fields = ("number", "state", "reason", "opened_by", "opened_at", "frozen_by", "frozen_at", "content_hash")
    readonly_fields = fields
    extra = 0


class EntryInline(_LookOnly, admin.TabularInline):
    model = FactEntry
    fields = ("name", "state", "observed_on", "source", "note", "recorded_by", "recorded_at")
    readonly_fields = fields
    extra = 0


class _RecordAdmin(_LookOnly, admin.ModelAdmin):
    """Shows the records of the centres that the user sees, and logs each one that is opened."""

    patient_path = ""

    def get_queryset(self, request: HttpRequest) -> Any:
        visible = visible_patients(cast("User", request.user))
        rows = super().get_queryset(request)
        return rows.filter(**{f"{self.patient_path}__in" if self.patient_path else "pk__in": visible})

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is not None:
            log_access(request, row if isinstance(row, Patient) else row.patient)
        return super().change_view(request, object_id, *args, **kwargs)


@admin.register(Patient)
class PatientAdmin(_RecordAdmin):
    list_display = ("case_id", "name", "hospital_number", "birth_date", "centre", "vital_status")
    list_filter = ("centre", "vital_status")
    search_fields = ("case_id", "family_name", "given_name", "hospital_number")
    inlines = (StagingInline,)


@admin.register(Staging)
class StagingAdmin(_RecordAdmin):
    patient_path = "patient"
    list_display = ("patient", "date", "kind", "created_by", "created_at")
    list_filter = ("kind", "patient__centre")
    search_fields = ("patient__case_id", "patient__family_name")
    list_select_related = ("patient", "created_by")
    inlines = (VersionInline, EntryInline)


@admin.register(RecordAccess)
class RecordAccessAdmin(_RecordAdmin):
    """Who read whose record."""

    patient_path = "patient"
    list_display = ("at", "user", "patient", "path", "address")
    list_filter = ("at",)
    search_fields = ("patient__case_id", "user__username")
    list_select_related = ("patient", "user")
    date_hierarchy = "at"
