"""Addresses of decisions."""

from django.urls import path

from decisions.views import (
    case,
    comparing,
    drafts,
    entry,
    impact,
    imports,
    lesions,
    profiles,
    rulebook,
    staging,
    versions,
)

app_name = "decisions"
urlpatterns = [
    path("stagings/<int:pk>/", staging.staging, name="staging"),
    path("stagings/<int:pk>/heading/", entry.heading, name="heading"),
    path("stagings/<int:pk>/facts/<str:name>/", entry.fact, name="fact"),
    path("stagings/<int:pk>/blocks/<slug:code>/", entry.block, name="block"),
    path("stagings/<int:pk>/lesions/", lesions.add, name="lesion_add"),
    path("stagings/<int:pk>/lesions/complete/", lesions.complete, name="lesions_complete"),
    path("stagings/<int:pk>/lesions/previous/", lesions.confirm, name="lesion_confirm"),
    path("stagings/<int:pk>/lesions/<str:label>/", lesions.lesion, name="lesion"),
    path("stagings/<int:pk>/stage/", staging.stage, name="stage"),
    path("stagings/<int:pk>/amend/", staging.amend, name="amend"),
    path("stagings/<int:pk>/discard/", entry.discard, name="discard"),
    path("stagings/<int:pk>/assessment/", case.assessment, name="assessment"),
    path("stagings/<int:pk>/assessment.json", case.assessment_json, name="assessment_json"),
    path("stagings/<int:pk>/assess/", case.assess_again, name="assess_again"),
    path("stagings/<int:pk>/replay/", case.run_again, name="replay"),
    path("rulebook/", rulebook.rulebook, name="rulebook"),
    path("rulebook/handbook.md", rulebook.handbook, name="handbook"),
    path("rulebook/drafts/new/", drafts.draft_new, name="draft_new"),
    path("rulebook/drafts/<int:pk>/", drafts.draft, name="draft"),
    path("rulebook/drafts/<int:pk>/trail/", drafts.trail, name="draft_trail"),
    path("rulebook/drafts/<int:pk>/impact/", impact.draft_impact, name="draft_impact"),
    path("rulebook/drafts/<int:pk>/impact.csv", impact.draft_impact_csv, name="draft_impact_csv"),
    path("rulebook/drafts/<int:pk>/cases/<int:version>/", impact.draft_case, name="draft_case"),
    path("rulebook/thresholds/<str:name>/", versions.threshold, name="threshold"),
    path("rulebook/versions/<int:number>/", versions.version, name="version"),
    path("rulebook/versions/<int:number>/set.json", versions.version_set, name="version_set"),
    path("rulebook/activations/<int:pk>/", versions.activation, name="activation"),
    path("rulebook/import/", versions.set_import, name="set_import"),
    path("rulebook/profiles/", profiles.profiles, name="profiles"),
    path("rulebook/profiles/new/", profiles.profile_new, name="profile_new"),
    path("rulebook/compare/", comparing.compare, name="compare"),
    path("rulebook/compare.csv", comparing.compare_csv, name="compare_csv"),
    path("import/", imports.import_page, name="import"),
]
