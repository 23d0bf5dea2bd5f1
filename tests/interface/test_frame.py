"""The frame of all pages: who it is for, what it is not for, and plain words when something is wrong."""

from typing import Any

import pytest
from django.template import Context
from django.test import Client

from accounts.models import User
from patients.templatetags.board import main_nav

pytestmark = pytest.mark.services

NOTICE = "Not certified as a medical device; not for decisions on real patients."


def test_the_sign_in_page_says_that_this_is_no_medical_device(db: None) -> None:
    html = Client().get("/accounts/login/").content.decode()
    assert html.count(NOTICE) == 2
    assert "Sources up to March 2025." in html


def test_demo_accounts_are_named_only_in_the_demonstration(db: None, settings: Any) -> None:
    settings.DEMO = False
    assert "coordinator" not in Client().get("/accounts/login/").content.decode()
    settings.DEMO = True
    html = Client().get("/accounts/login/").content.decode()
    assert "coordinator" in html
    assert "All patients are invented" in html


def test_the_sheet_of_components_is_for_staff(staff: User) -> None:
    client = Client()
    assert client.get("/components/").status_code == 302
    client.force_login(User.objects.create_user("someone"))
    answer = client.get("/components/")
    assert answer.status_code == 403
    assert "You may not see this page" in answer.content.decode()
    client.force_login(staff)
    assert client.get("/components/").status_code == 200


def test_two_identifiers_and_the_notice_stand_on_a_page_about_a_patient(staff: User) -> None:
    client = Client()
    client.force_login(staff)
    html = client.get("/components/").content.decode().replace("\u00a0", " ")
    for words in ("Lindholm, Karin", "12 May 1964", "2026-014", NOTICE, "Sources up to March 2025."):
        assert words in html


def test_a_page_that_does_not_exist_says_so_in_plain_words(staff: User) -> None:
    client = Client()
    client.force_login(staff)
    answer = client.get("/no-such-page/")
    assert answer.status_code == 404
    assert "This page does not exist" in answer.content.decode()


def test_a_failure_is_told_in_plain_words(db: None, monkeypatch: Any) -> None:
    def fail(*args: object, **options: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("crlm_board.components.draw_liver", fail)
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_user("vera", is_staff=True))
    html = client.get("/components/").content.decode()
    assert "Something went wrong" in html
    assert NOTICE in html
    assert "RuntimeError" not in html


def test_a_form_without_its_token_is_refused_with_an_explanation(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert "The form was not accepted" in answer.content.decode()


def test_the_current_part_is_marked_in_the_navigation(rf: Any) -> None:
    entries = main_nav(Context({"request": rf.get("/stagings/7/")}))["entries"]
    assert [entry["label"] for entry in entries if entry["current"]] == ["Patients"]
