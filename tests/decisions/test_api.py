"""The API: documents assessed, taken in and given out, for those who are signed in, with errors that name the place."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Centre, User
from decisions.documents import import_documents
from decisions.engine.assess import assess
from decisions.engine.document import parse
from decisions.models import Assessment
from decisions.services import run_assessment
from patients.models import Patient, RecordAccess, Staging
from tests.decisions.conftest import VIGNETTES, document

pytestmark = pytest.mark.django_db
LIVER = {"lesion_count": 3, "max_diameter_mm": 30}


@pytest.fixture
def api(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def post(client: Client, path: str, data: Any) -> Any:
    return client.post(path, data, content_type="application/json")


def test_a_document_is_assessed_as_the_engine_does_and_nothing_is_stored(api: Client) -> None:
    case = VIGNETTES[0]["case"]
    answer = post(api, "/api/assess", case)
    assert answer.status_code == 200
    told, own = answer.json(), assess(parse(case))
    assert told["definitions"] == own["definitions"]
    assert (told["liver_class"], told["fong"]["min"]) == (own["liver_class"], own["fong"]["min"])
    assert not Patient.objects.exists()


def test_a_bad_document_is_refused_with_path_value_and_what_is_allowed(api: Client) -> None:
    bad = document(liver={"lesion_count": -1, "colour": "red"}, labs={"cea_ng_ml": "high"})
    answer = post(api, "/api/assess", bad)
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    told = {item["path"]: item for item in answer.json()["errors"]}
    assert {"liver.lesion_count", "liver.colour", "labs.cea_ng_ml"} <= set(told)
    assert told["liver.lesion_count"]["value"] == -1
    assert "99" in told["liver.lesion_count"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        '{"case": {"id": "a\\ud800"}}',
        '{"liver": {"lesion_count": 1e400}}',
        '{"labs": {"cea_ng_ml": 1' + "0" * 400 + "}}",
        '{"molecular": {"kras_variant": "\\u0000"}}',
        "[" * 5000 + "]" * 5000,
        '{"lesions": ' + "[" * 300 + "]" * 300 + "}",
        '{"\\ud800": 1}',
    ],
)  # fmt: skip
def test_what_json_allows_and_no_document_may_hold_is_refused_in_words(api: Client, body: str) -> None:
    answer = post(api, "/api/assess", body)
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    assert post(api, "/api/cases/", body).status_code in (400, 422)


def test_a_case_number_that_no_database_can_hold_is_not_there(api: Client) -> None:
    answer = api.get("/api/cases/?case=%00")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["path"] == "case"


@pytest.mark.parametrize("body", ["{", '{"case": NaN}', "[]", '"text"'])
def test_what_is_no_document_at_all_is_refused_and_not_a_server_error(api: Client, body: str) -> None:
    assert post(api, "/api/assess", body).status_code == 400


def test_the_schema_is_open_and_names_every_block(client: Client) -> None:
    answer = client.get("/api/case.schema.json")
    assert answer.status_code == 200
    assert {"case", "patient", "liver", "lesions", "molecular"} <= set(answer.json()["properties"])


def test_cases_go_in_and_come_out_the_same(api: Client) -> None:
    told = post(api, "/api/cases/", [document(liver=LIVER), document("2026-002", ehd={"present": False})])
    assert (told.status_code, told.json()["created"]) == (200, 2)
    assert api.get("/api/cases/").json() == [
        document(liver=LIVER),
        document("2026-002", ehd={"present": False}),
    ]
    assert api.get("/api/cases/?case=2026-002").json() == [document("2026-002", ehd={"present": False})]
    assert RecordAccess.objects.filter(patient__case_id="2026-002").exists()


def test_good_records_go_in_beside_a_bad_one_which_is_told(api: Client) -> None:
    told = post(
        api, "/api/cases/", [document(liver={"lesion_count": 200}), document("2026-002", liver=LIVER)]
    )
    assert told.status_code == 422
    report = told.json()
    assert (report["created"], len(report["refused"])) == (1, 1)
    assert report["refused"][0]["path"] == "liver.lesion_count"
    assert list(Patient.objects.values_list("case_id", flat=True)) == ["2026-002"]


def test_a_trial_run_stores_nothing(api: Client) -> None:
    told = post(api, "/api/cases/?dry_run=true", document(liver=LIVER))
    assert told.json()["created"] == 1
    assert not Patient.objects.exists()


@pytest.mark.parametrize(("query", "path"), [("dry_run=perhaps", "dry_run"), ("centre=nowhere", "centre")])
def test_a_parameter_that_is_not_allowed_is_named(api: Client, query: str, path: str) -> None:
    answer = post(api, f"/api/cases/?{query}", document())
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["path"] == path


def test_stagings_and_assessments_are_there_to_read(api: Client, coordinator: User) -> None:
    import_documents(by=coordinator, documents=[document(liver=LIVER)], stage=True)
    staging = Staging.objects.get()
    run_assessment(staging.versions.get().jobs.get().pk)
    listed = api.get("/api/stagings/").json()
    assert [row["case_id"] for row in listed["results"]] == ["2026-001"]
    one = api.get(f"/api/stagings/{staging.pk}/").json()
    assert one["document"]["liver"]["lesion_count"] == 3
    result = api.get(f"/api/assessments/{one['assessment']}/").json()
    assert result["result"]["schema"] == "crlm-assessment/1"
    assert result["content_hash"] == Assessment.objects.get().content_hash


def test_nothing_of_another_centre_is_given_out(
    client: Client, coordinator: User, person: Callable[..., User], north: Centre
) -> None:
    import_documents(by=coordinator, documents=[document(liver=LIVER)], stage=True, centre=north)
    south = Centre.objects.create(code="south", name="Southwell")
    client.force_login(person("eve", "coordinator", centre=south))
    assert client.get("/api/cases/").json() == []
    assert client.get("/api/stagings/").json()["results"] == []
    assert client.get(f"/api/stagings/{Staging.objects.get().pk}/").status_code == 404


def test_a_viewer_reads_and_does_not_import(client: Client, viewer: User, coordinator: User) -> None:
    import_documents(by=coordinator, documents=[document(liver=LIVER)])
    client.force_login(viewer)
    assert len(client.get("/api/cases/").json()) == 1
    assert post(client, "/api/cases/", document("2026-009")).status_code == 403
    assert Patient.objects.count() == 1


def test_a_session_without_the_form_token_cannot_write(coordinator: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(coordinator)
    assert post(client, "/api/cases/", document()).status_code == 403
    assert not Patient.objects.exists()
