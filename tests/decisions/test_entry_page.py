"""The entry page: saved field by field, unknown stays unknown, and nothing typed is lost."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from decisions.case_facts import document_of, resolve
from decisions.documents import import_documents
from decisions.models import AssessmentJob
from decisions.services import stage_case
from patients.models import FactEntry, Patient, Staging
from patients.services import open_staging, record_fact
from tests.decisions.conftest import day, document

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def as_coordinator(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


@pytest.fixture
def draft(coordinator: User) -> Staging:
    import_documents(by=coordinator, documents=[document(when=day(-3).isoformat())])
    return Staging.objects.get()


def address(name: str, staging: Staging, *more: str) -> str:
    return reverse(f"decisions:{name}", args=[staging.pk, *more])


def send(client: Client, staging: Staging, fact: str, text: str, was: str = "", **more: str) -> Any:
    posted = {fact: text, f"{fact}.was": was, "version": "1", **more}
    return client.post(address("fact", staging, fact), posted, **HTMX)  # type: ignore[arg-type]


def known(staging: Staging) -> dict[str, Any]:
    return {name: found.value for name, found in resolve(Staging.objects.get(pk=staging.pk)).items()}


def test_a_new_patient_is_registered_and_its_draft_is_open_for_entry(as_coordinator: Client) -> None:
    posted = {
        "case_id": "2026-077", "family_name": "Brandt", "given_name": "Ida", "birth_date": "1960-03-04",
        "centre": str(User.objects.get(username="joan").centres.get().pk),
        "staging_date": day(0).isoformat(), "kind": "baseline", "question": "Operate first?",
    }  # fmt: skip
    answer = as_coordinator.post("/patients/new/", posted)
    staging = Staging.objects.get()
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == address("staging", staging)
    page = as_coordinator.get(answer["Location"]).content.decode()
    assert "Missing, most useful first" in page
    assert "Brandt" in page
    assert as_coordinator.post("/patients/new/", posted).status_code == 422
    assert Patient.objects.count() == 1


def test_one_answer_is_saved_at_once_and_the_page_says_what_follows(
    as_coordinator: Client, draft: Staging
) -> None:
    answer = send(as_coordinator, draft, "liver.lesion_count", "3")
    assert answer.status_code == 200
    assert known(draft)["liver.lesion_count"] == 3
    assert "entry-panel" in answer.content.decode()


def test_not_known_is_an_answer_of_its_own_and_never_no(as_coordinator: Client, draft: Staging) -> None:
    send(as_coordinator, draft, "ehd.present", "unknown")
    assert "present" not in document_of(draft, with_derived=True).get("ehd", {})
    entry = FactEntry.objects.get(name="ehd.present")
    assert entry.state == FactEntry.State.NOT_KNOWN
    send(as_coordinator, draft, "ehd.present", "no", was="unknown")
    assert document_of(Staging.objects.get(pk=draft.pk), with_derived=True)["ehd"]["present"] is False


@pytest.mark.parametrize(
    ("fact", "text", "said"),
    [
        ("liver.lesion_count", "many", "many"),
        ("liver.lesion_count", "-1", "0 to 99"),
        ("labs.cea_ng_ml", "1e400", "1e400"),
        ("primary.diagnosis_date", "2026-02-30", "2026-02-30"),
        ("primary.t_category", "T9", "T9"),
    ],
)
def test_a_bad_value_is_told_beside_its_input_kept_there_and_not_saved(
    as_coordinator: Client, draft: Staging, fact: str, text: str, said: str
) -> None:
    answer = send(as_coordinator, draft, fact, text)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "field__error" in page
    assert said in page.replace("\u00a0", " ")
    assert fact not in known(draft)


def test_a_date_in_the_future_is_refused(as_coordinator: Client, draft: Staging) -> None:
    answer = send(as_coordinator, draft, "primary.diagnosis_date", day(2).isoformat())
    assert answer.status_code == 422
    assert "primary.diagnosis_date" not in known(draft)


def test_a_date_after_the_staging_is_kept_and_the_page_names_it(
    as_coordinator: Client, draft: Staging
) -> None:
    send(as_coordinator, draft, "primary.diagnosis_date", day(-1).isoformat())
    page = as_coordinator.get(address("staging", draft))
    assert page.status_code == 200
    assert "cannot be assessed as they are" in page.content.decode()


def test_two_people_typing_in_one_row_do_not_overwrite_each_other(
    as_coordinator: Client, coordinator: User, draft: Staging
) -> None:
    record_fact(by=coordinator, staging=draft, name="liver.lesion_count", value=4)
    answer = send(as_coordinator, draft, "liver.lesion_count", "3", was="")
    assert answer.status_code == 422
    assert "Meanwhile" in answer.content.decode()
    assert known(draft)["liver.lesion_count"] == 4


def test_without_script_a_whole_section_is_saved_or_nothing_of_it(
    as_coordinator: Client, draft: Staging
) -> None:
    posted = {
        "version": "1", "liver.lesion_count": "3", "liver.lesion_count.was": "",
        "liver.max_diameter_mm": "huge", "liver.max_diameter_mm.was": "",
    }  # fmt: skip
    refused = as_coordinator.post(address("block", draft, "liver"), posted)
    assert refused.status_code == 422
    assert 'value="huge"' in refused.content.decode()
    assert 'value="3"' in refused.content.decode()
    assert "liver.lesion_count" not in known(draft)
    saved = as_coordinator.post(
        address("block", draft, "liver"), {**posted, "liver.max_diameter_mm": "41"}, follow=True
    )
    assert "saved" in saved.content.decode()
    assert (known(draft)["liver.lesion_count"], known(draft)["liver.max_diameter_mm"]) == (3, 41)


def test_a_lesion_is_added_measured_and_counted_once_the_list_is_complete(
    as_coordinator: Client, draft: Staging
) -> None:
    posted = {"version": "1", "label": "L1", "segment": "VII"}
    as_coordinator.post(address("lesion_add", draft), posted)
    as_coordinator.post(address("lesion_add", draft), posted)
    changed = {"version": "1", "only": "diameter_mm", "diameter_mm": "38", "diameter_mm.was": ""}
    assert as_coordinator.post(address("lesion", draft, "L1"), changed, **HTMX).status_code == 200  # type: ignore[arg-type]
    assert "liver.lesion_count" not in known(draft)
    as_coordinator.post(address("lesions_complete", draft), {"version": "1", "complete": "yes"})
    found = known(draft)
    assert (found["liver.lesion_count"], found["liver.max_diameter_mm"]) == (1, 38)


@pytest.mark.parametrize("size", ["-3", "900", "big"])
def test_a_size_that_cannot_be_is_refused_by_name(as_coordinator: Client, draft: Staging, size: str) -> None:
    as_coordinator.post(address("lesion_add", draft), {"version": "1", "label": "L1", "segment": "VII"})
    changed = {"version": "1", "only": "diameter_mm", "diameter_mm": size, "diameter_mm.was": ""}
    answer = as_coordinator.post(address("lesion", draft, "L1"), changed, **HTMX)  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert size in answer.content.decode()


def test_what_was_true_before_is_offered_and_taken_over_only_on_request(
    as_coordinator: Client, coordinator: User
) -> None:
    import_documents(
        by=coordinator,
        documents=[document(when=day(-90).isoformat(), liver={"background": "normal", "lesion_count": 3})],
        stage=True,
    )
    patient = Patient.objects.get()
    later = open_staging(by=coordinator, patient=patient, date=day(0), kind="restaging")
    page = as_coordinator.get(address("staging", later)).content.decode()
    assert "as before" in page
    assert "liver.background" not in known(later)
    posted = {"version": "1", "confirm": "liver.background"}
    as_coordinator.post(address("fact", later, "liver.background"), posted, **HTMX)  # type: ignore[arg-type]
    assert known(later)["liver.background"] == "normal"


def test_staging_twice_from_the_same_page_queues_one_assessment(
    as_coordinator: Client, draft: Staging
) -> None:
    page = as_coordinator.get(address("stage", draft)).content.decode()
    seen = page.split('name="seen" value="')[1].split('"')[0]
    for _ in range(2):
        answer = as_coordinator.post(address("stage", draft), {"version": "1", "seen": seen})
        assert answer.status_code == 302
    assert AssessmentJob.objects.count() == 1


def test_a_draft_that_changed_since_the_question_was_asked_is_not_frozen(
    as_coordinator: Client, coordinator: User, draft: Staging
) -> None:
    page = as_coordinator.get(address("stage", draft)).content.decode()
    seen = page.split('name="seen" value="')[1].split('"')[0]
    record_fact(by=coordinator, staging=draft, name="liver.lesion_count", value=9)
    answer = as_coordinator.post(address("stage", draft), {"version": "1", "seen": seen})
    assert answer.status_code == 422
    assert AssessmentJob.objects.count() == 0


def test_an_answer_for_a_draft_that_was_staged_meanwhile_is_not_half_saved(
    as_coordinator: Client, coordinator: User, draft: Staging
) -> None:
    stage_case(by=coordinator, staging=draft)
    answer = send(as_coordinator, draft, "liver.lesion_count", "3")
    assert answer.status_code == 409
    assert "liver.lesion_count" not in known(draft)


def test_a_viewer_reads_the_draft_and_writes_nothing(client: Client, viewer: User, draft: Staging) -> None:
    client.force_login(viewer)
    page = client.get(address("staging", draft))
    assert page.status_code == 200
    assert "Stage the case" not in page.content.decode()
    assert send(client, draft, "liver.lesion_count", "3").status_code == 403
    assert client.post(address("stage", draft), {"version": "1"}).status_code == 403


def test_another_centres_patient_is_refused(client: Client, person: Any, draft: Staging) -> None:
    patient = draft.patient
    patient.centre = User.objects.get(username="joan").centres.get()
    patient.save()
    client.force_login(person("eve", "coordinator", centre=None))
    refused = client.get(address("staging", draft))
    assert refused.status_code == 403
    assert "2026-001" not in refused.content.decode()
    assert send(client, draft, "liver.lesion_count", "3").status_code == 403
