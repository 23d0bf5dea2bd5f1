"""The pages of the record, as a person without JavaScript uses them."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Centre, User
from patients import services
from patients.models import LabResult, Patient, Staging, TreatmentLine


def _url(name: str, *args: object) -> str:
    return reverse(f"patients:{name}", args=args)


NEW_CASE = {
    "case_id": "2026-077", "family_name": "Amsel", "given_name": "Jonas", "birth_date": "1972-12-05",
    "sex": "male", "hospital_number": "N-77",
    "staging_date": "2026-01-20", "kind": "baseline", "question": "Operate first?",
}  # fmt: skip


def test_a_visitor_is_asked_to_sign_in(client: Client, patient: Patient) -> None:
    for url in (_url("list"), _url("new"), _url("detail", patient.pk), _url("history", patient.pk)):
        response = client.get(url)
        assert response.status_code == 302
        assert response.headers["Location"].startswith(reverse("accounts:login"))


def test_a_new_case_leads_to_the_entry_page_of_its_draft(signed_in: Client, north: Centre) -> None:
    response = signed_in.post(_url("new"), {**NEW_CASE, "centre": north.pk})
    staging = Staging.objects.get()
    assert response.headers["Location"] == reverse("decisions:staging", args=[staging.pk])
    assert (staging.question, staging.patient.name) == ("Operate first?", "Amsel, Jonas")


def test_the_same_case_sent_twice_is_recognised(signed_in: Client, north: Centre) -> None:
    signed_in.post(_url("new"), {**NEW_CASE, "centre": north.pk})
    response = signed_in.post(_url("new"), {**NEW_CASE, "centre": north.pk})
    assert response.status_code == 422
    assert "&#x27;2026-077&#x27; is already in use" in response.content.decode()
    assert Patient.objects.count() == 1


def test_a_refused_form_keeps_what_was_typed_and_says_all_that_is_wrong(signed_in: Client) -> None:
    response = signed_in.post(_url("new"), {**NEW_CASE, "birth_date": "2999-01-01", "staging_date": ""})
    text = response.content.decode()
    assert response.status_code == 422
    assert "Date of birth: 2999-01-01 lies in the future" in text
    assert "Centre: A value is needed; allowed: one of the list." in text
    assert "Date of the staging: A date is needed" in text
    assert 'value="Amsel"' in text
    assert not Patient.objects.exists()


def test_a_number_for_the_next_case_is_suggested(signed_in: Client, coordinator: User, north: Centre) -> None:
    year = timezone.localdate().year
    services.create_patient(by=coordinator, case_id=f"{year}-041", centre=north)
    assert f'value="{year}-042"' in signed_in.get(_url("new")).content.decode()


@pytest.mark.parametrize("query", ["001", "hart", "edmund HART", "n-"])
def test_a_case_is_found_by_number_name_and_hospital_number(
    signed_in: Client, patient: Patient, query: str
) -> None:
    assert "Hartwell, Edmund" in signed_in.get(_url("list"), {"q": query}).content.decode()


@pytest.mark.parametrize("query", ["2026-001", "n-1"])
def test_a_whole_number_goes_straight_to_the_record(signed_in: Client, patient: Patient, query: str) -> None:
    assert signed_in.get(_url("list"), {"q": query}).headers["Location"] == _url("detail", patient.pk)


def test_a_search_without_result_says_so(signed_in: Client, patient: Patient) -> None:
    assert "No record matches" in signed_in.get(_url("list"), {"q": "nobody"}).content.decode()


def test_the_list_shows_the_latest_staging_and_its_state(
    signed_in: Client, coordinator: User, patient: Patient, staged: Staging
) -> None:
    services.open_staging(by=coordinator, patient=patient, date="2026-04-15", kind="restaging")
    text = signed_in.get(_url("list")).content.decode()
    assert "Restaging, 15\xa0Apr\xa02026" in text
    assert "draft" in text


def test_the_list_is_paged_and_narrowed_by_centre(
    client: Client, make_user: Callable[..., User], north: Centre, south: Centre
) -> None:
    user = make_user("all", "coordinator", all_centres=True)
    client.force_login(user)
    for number in range(30):
        services.create_patient(by=user, case_id=f"N-{number:03}", centre=north)
    services.create_patient(by=user, case_id="S-1", centre=south)
    first = client.get(_url("list")).context["page"]
    assert (len(first), first.paginator.count) == (25, 31)
    only = client.get(_url("list"), {"centre": "south"}).context["page"]
    assert [patient.case_id for patient in only] == ["S-1"]


def test_the_list_asks_the_database_equally_often_for_one_and_for_many(
    signed_in: Client, coordinator: User, north: Centre, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(12):
        services.register_case(by=coordinator, case_id=f"N-{number}", centre=north, staging_date="2026-01-01")
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        signed_in.get(_url("list"))


def test_other_centres_patients_are_neither_listed_nor_opened(
    client: Client, stranger: User, patient: Patient
) -> None:
    client.force_login(stranger)
    assert "Hartwell" not in client.get(_url("list")).content.decode()
    for url in (_url("detail", patient.pk), _url("edit", patient.pk), _url("add_row", patient.pk, "lab")):
        response = client.get(url)
        assert response.status_code == 403
        assert "Hartwell" not in response.content.decode()


def test_a_viewer_reads_and_changes_nothing(client: Client, viewer: User, patient: Patient) -> None:
    client.force_login(viewer)
    text = client.get(_url("detail", patient.pk)).content.decode()
    assert "Hartwell" in text
    assert "New staging" not in text
    assert "Edit identity" not in text
    for url in (
        _url("new"),
        _url("edit", patient.pk),
        _url("add_row", patient.pk, "lab"),
        _url("status", patient.pk),
    ):
        assert client.get(url).status_code == 403
        assert client.post(url, {"phone": "1"}).status_code == 403


def test_two_identifiers_stand_on_every_page_of_a_patient(signed_in: Client, patient: Patient) -> None:
    for url in (
        _url("detail", patient.pk),
        _url("edit", patient.pk),
        _url("history", patient.pk),
        _url("add_row", patient.pk, "study"),
    ):
        text = signed_in.get(url).content.decode()
        assert "Hartwell, Edmund" in text
        assert "10\xa0May\xa01961" in text
        assert "2026-001" in text


def test_identity_is_edited(signed_in: Client, patient: Patient, north: Centre) -> None:
    page = signed_in.get(_url("edit", patient.pk))
    data = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    data |= {"centre": north.pk, "wishes": "At home, if possible.", "birth_date": "1961-05-11"}
    response = signed_in.post(_url("edit", patient.pk), data)
    assert response.headers["Location"] == _url("detail", patient.pk)
    patient.refresh_from_db()
    assert (patient.wishes, patient.birth_date.day, patient.sex) == ("At home, if possible.", 11, "male")


def test_a_new_staging_leads_to_its_entry_page(signed_in: Client, patient: Patient, staged: Staging) -> None:
    page = signed_in.get(_url("new_staging", patient.pk))
    assert page.context["form"].initial["kind"] == "restaging"
    response = signed_in.post(
        _url("new_staging", patient.pk), {"date": "2026-04-15", "kind": "restaging", "question": ""}
    )
    assert response.headers["Location"] == reverse("decisions:staging", args=[patient.stagings.first().pk])


def test_a_staging_is_withdrawn_with_a_reason(signed_in: Client, patient: Patient, staged: Staging) -> None:
    url = _url("withdraw", patient.pk, staged.pk)
    assert signed_in.post(url, {"withdrawn_reason": ""}).status_code == 422
    signed_in.post(url, {"withdrawn_reason": "wrong patient"})
    assert "wrong patient" in signed_in.get(_url("detail", patient.pk)).content.decode()


ROWS = {
    "lab": ("lab_results", {"analyte": "cea_ng_ml", "date": "2026-01-01", "value": "12"}),
    "study": ("studies", {"modality": "CT", "date": "2026-01-01"}),
    "volumetry": ("volumetries", {"date": "2026-01-01", "flr_pct": "29.6"}),
    "line": ("treatment_lines", {"regimen": "FOLFOX", "planned_start": "2026-01-01"}),
    "procedure": ("procedures", {"kind": "PVE", "planned_on": "2026-01-01"}),
}


@pytest.mark.parametrize(
    ("kind", "wrong", "said"),
    [
        ("lab", {"value": "high"}, "&#x27;high&#x27; is not allowed"),
        ("study", {"date": "2999-01-01"}, "lies in the future"),
        ("volumetry", {"flr_pct": "101"}, "a number from 1 to 100"),
        ("line", {"cycle_length_days": "3"}, "a whole number from 7 to 42"),
        ("procedure", {"planned_on": "", "done_on": ""}, "needs a date"),
    ],
)
def test_a_row_is_added_corrected_and_taken_back(
    signed_in: Client, patient: Patient, kind: str, wrong: dict[str, str], said: str
) -> None:
    related, data = ROWS[kind]
    rows = getattr(patient, related)
    add = _url("add_row", patient.pk, kind)
    refused = signed_in.post(add, {**data, **wrong})
    assert refused.status_code == 422
    assert said in refused.content.decode()
    assert signed_in.post(add, data).status_code == 302
    assert signed_in.post(add, data).status_code == 422, "sent twice"
    change = _url("change_row", patient.pk, kind, rows.get().pk)
    assert signed_in.get(change).status_code == 200
    assert signed_in.post(change, data).status_code == 302
    assert signed_in.post(change, {"remove": "1"}).status_code == 302
    assert not rows.exists()


def test_a_row_of_another_patient_is_not_reached_through_this_one(
    signed_in: Client, coordinator: User, patient: Patient, north: Centre
) -> None:
    other = services.create_patient(by=coordinator, case_id="R-9", centre=north)
    row = services.add_lab_result(
        by=coordinator, patient=other, analyte="cea_ng_ml", date="2026-01-01", value=3
    )
    assert signed_in.post(_url("change_row", patient.pk, "lab", row.pk), {"remove": "1"}).status_code == 404
    assert LabResult.objects.exists()


def test_a_line_is_started_given_and_ended_by_its_pages(
    signed_in: Client, coordinator: User, patient: Patient
) -> None:
    line = services.start_line(by=coordinator, patient=patient, regimen="FOLFOX", planned_start="2026-02-01")
    signed_in.post(_url("line_start", patient.pk, line.pk), {"actual_start": "2026-02-03"})
    cycle = {
        "cycle-TOTAL_FORMS": "1", "cycle-INITIAL_FORMS": "1", "cycle-0-number": "1", "cycle-0-date": "2026-02-03",
        "cycle-0-outcome": "given",
    }  # fmt: skip
    signed_in.post(_url("line_cycles", patient.pk, line.pk), cycle)
    signed_in.post(
        _url("line_end", patient.pk, line.pk), {"ended_on": "2026-05-01", "end_reason": "progression"}
    )
    line = TreatmentLine.objects.get()
    assert (line.start_confirmed_by, line.cycles.count(), line.end_reason) == (coordinator, 1, "progression")


def test_lesions_are_measured_on_one_page(
    signed_in: Client, coordinator: User, patient: Patient, staging: Staging
) -> None:
    services.save_lesion(by=coordinator, staging=staging, label="L1")
    study = services.add_study(by=coordinator, patient=patient, date="2026-01-02", modality="CT")
    url = _url("measure", patient.pk, study.pk)
    refused = signed_in.post(url, {"diameters[L1]": "-3"})
    assert refused.status_code == 422
    assert "a number from 0 to 300" in refused.content.decode()
    signed_in.post(url, {"diameters[L1]": "22", "targets[L1]": "on", "new_label": "L2", "new_diameter": ""})
    stored = {row.lesion.label: (row.diameter_mm, row.target) for row in study.measurements.all()}
    assert stored == {"L1": (22.0, True), "L2": (None, False)}


def test_the_record_shows_what_is_missing_as_missing(
    signed_in: Client, coordinator: User, north: Centre
) -> None:
    bare = services.create_patient(by=coordinator, case_id="R-10", centre=north)
    text = signed_in.get(_url("detail", bare.pk)).content.decode()
    assert "not asked yet" in text
    assert "missing" in text
    assert "No staging yet." in text


def test_a_death_is_recorded_with_its_date(signed_in: Client, patient: Patient) -> None:
    url = _url("status", patient.pk)
    assert signed_in.post(url, {"vital_status": "deceased", "vital_status_on": ""}).status_code == 422
    signed_in.post(url, {"vital_status": "deceased", "vital_status_on": "2026-02-01"})
    assert "deceased" in signed_in.get(_url("detail", patient.pk)).content.decode().lower()
