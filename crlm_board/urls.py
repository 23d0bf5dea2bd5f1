"""Addresses. Each app has its own; the API is gathered in `crlm_board.api`."""

from django.contrib import admin
from django.urls import include, path

from crlm_board.components import ComponentsView
from crlm_board.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("components/", ComponentsView.as_view(), name="components"),
    path("admin/", admin.site.urls),
    path("api/", include("crlm_board.api")),
    path("accounts/", include("accounts.urls")),
    path("", include("patients.urls")),
    path("", include("decisions.urls")),
    path("", include("meetings.urls")),
]
