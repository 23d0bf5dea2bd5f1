"""The upload page: documents and tables in, with a report on every record, and no file that breaks it."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Centre, User
from patients.models import Patient
from tests.decisions.conftest import document
from tests.decisions.test_tables import HEADER, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_coordinator(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def send(
    client: Client, content: bytes, kind: str = "documents", name: str = "file.json", **more: Any
) -> Any:
    centre = Centre.objects.get()
    posted = {"file": SimpleUploadedFile(name, content), "kind": kind, "centre": str(centre.pk), **more}
    return client.post("/import/", posted)


def test_documents_go_in_and_the_report_names_what_was_refused(as_coordinator: Client) -> None:
    good, bad = document(liver={"lesion_count": 3}), document("2026-002", liver={"lesion_count": -4})
    answer = send(as_coordinator, json.dumps([good, bad]).encode())
    page = answer.content.decode()
    assert answer.status_code == 422
    assert list(Patient.objects.values_list("case_id", flat=True)) == ["2026-001"]
    assert "liver.lesion_count" in page
    assert "-4" in page


def test_a_table_goes_in_and_only_trying_stores_nothing(as_coordinator: Client) -> None:
    table = f"{HEADER}\n{row()}\n".encode()
    assert send(as_coordinator, table, "tcia_crlm", "t.csv", dry_run="on").status_code == 200
    assert not Patient.objects.exists()
    assert send(as_coordinator, table, "tcia_crlm", "t.csv").status_code == 200
    assert Patient.objects.get().case_id == "P-1"


def zipped() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        # Made at a fixed time, so that every worker names the same test.
        archive.writestr(zipfile.ZipInfo("a.txt"), "no workbook")
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "kind", "name"),
    [
        (b"\x00\xff\xfe", "documents", "f.json"),
        (b"{", "documents", "f.json"),
        (b"[" * 9000, "documents", "f.json"),
        (b"a,b\n1,2\n", "tcia_crlm", "f.csv"),
        (b"\xfc\x00", "tcia_crlm", "f.csv"),
        (zipped(), "tcia_crlm", "f.xlsx"),
        (b"plain text", "tcia_crlm", "f.xlsx"),
        (b"{}", "no_such_profile", "f.json"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason_beside_the_input(
    as_coordinator: Client, content: bytes, kind: str, name: str
) -> None:
    answer = send(as_coordinator, content, kind, name)
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
    assert not Patient.objects.exists()


def test_a_viewer_has_no_upload_page(client: Client, viewer: User) -> None:
    client.force_login(viewer)
    assert client.get("/import/").status_code == 403
