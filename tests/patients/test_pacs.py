"""Links to the images: only with a viewer and a study UID, which is checked where it is entered."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from patients import services
from patients.models import Patient
from patients.pacs import is_dicom_uid, viewer_address

VIEWER = "https://pacs.example/viewer?study={study_uid}"


@pytest.mark.parametrize("uid", ["1.2.840.10008.1.2", "2.25.0", "0.1", "1." + "2" * 62])
def test_what_dicom_allows_is_a_uid(uid: str) -> None:
    assert is_dicom_uid(uid)


@pytest.mark.parametrize(
    "uid", ["", "1", "1.", ".1", "1..2", "1.02", "1.2a", "1.2 ", "1.2\n", "١.٢", "1." + "2" * 63]
)
def test_what_dicom_does_not_allow_is_none(uid: str) -> None:
    assert not is_dicom_uid(uid)


def test_there_is_no_address_without_a_viewer_or_without_a_uid(settings: Any) -> None:
    settings.PACS_URL_TEMPLATE = ""
    assert viewer_address("1.2.3") == ""
    settings.PACS_URL_TEMPLATE = VIEWER
    assert viewer_address("") == ""
    assert viewer_address("not a uid") == ""
    assert viewer_address("1.2.3") == "https://pacs.example/viewer?study=1.2.3"


@pytest.mark.django_db
def test_a_wrong_uid_is_refused_with_what_is_allowed_and_nothing_is_saved(
    coordinator: User, patient: Patient
) -> None:
    with pytest.raises(ValidationError) as refused:
        services.add_study(
            by=coordinator, patient=patient, date="2026-01-02", modality="CT", study_uid="CT-4711"
        )
    assert refused.value.message_dict["study_uid"][0].startswith(
        "'CT-4711' is no DICOM UID; allowed: numbers with dots"
    )
    assert not patient.studies.exists()


@pytest.mark.django_db
def test_the_record_leads_to_the_images_in_a_new_tab(
    client: Client, coordinator: User, patient: Patient, settings: Any
) -> None:
    services.add_study(by=coordinator, patient=patient, date="2026-01-02", modality="CT", study_uid="1.2.3")
    services.add_study(by=coordinator, patient=patient, date="2026-01-03", modality="MRI")
    client.force_login(coordinator)
    address = reverse("patients:detail", args=[patient.pk])
    assert "pacs.example" not in client.get(address).content.decode()
    settings.PACS_URL_TEMPLATE = VIEWER
    page = client.get(address).content.decode()
    link = 'href="https://pacs.example/viewer?study=1.2.3" target="_blank" rel="noopener noreferrer"'
    assert page.count(f'<a class="pacs" {link}') == 1
    assert "Open in PACS" in page
