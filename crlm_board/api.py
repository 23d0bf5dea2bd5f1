"""The REST API: what the apps offer, with its OpenAPI document."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView
from rest_framework.routers import SimpleRouter

from decisions import api as decisions
from decisions import api_rulebook as rulebook

router = SimpleRouter()
router.register("cases", decisions.CasesView, basename="api-cases")
router.register("stagings", decisions.StagingsView, basename="api-stagings")
router.register("assessments", decisions.AssessmentsView, basename="api-assessments")
router.register("rulebook-versions", rulebook.VersionsView, basename="api-rulebook-versions")
router.register("rulebook-drafts", rulebook.DraftsView, basename="api-rulebook-drafts")

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularRedocView.as_view(url_name="api-schema"), name="api-docs"),
    path("assess", decisions.assess_document, name="api-assess"),
    path("case.schema.json", decisions.case_document_schema, name="api-case-schema"),
    *router.urls,
]
