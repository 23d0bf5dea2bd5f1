"""Signing in, being locked out, signing out; the admin."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Centre, User
from patients import services

PASSWORD = "a long enough password"


def _try(client: Client, password: str) -> int:
    return client.post(reverse("accounts:login"), {"username": "joan", "password": password}).status_code


def test_the_right_password_signs_in_and_the_wrong_one_says_so(
    client: Client, make_user: Callable[..., User]
) -> None:
    make_user("joan", "coordinator")
    page = client.post(reverse("accounts:login"), {"username": "joan", "password": "wrong"})
    assert "correct username and password" in page.content.decode()
    assert _try(client, PASSWORD) == 302
    assert client.post(reverse("accounts:logout")).status_code == 302
    assert client.get(reverse("patients:list")).status_code == 302


def test_the_sign_in_page_says_that_this_is_no_medical_device(client: Client, db: None) -> None:
    assert "Not certified as a medical device" in client.get(reverse("accounts:login")).content.decode()


def test_too_many_wrong_passwords_lock_the_account_for_that_address(
    client: Client, make_user: Callable[..., User], settings: object
) -> None:
    make_user("joan", "coordinator")
    limit = settings.AXES_FAILURE_LIMIT  # type: ignore[attr-defined]
    for _ in range(limit):
        last = _try(client, "wrong")
    assert last == 429
    assert _try(client, PASSWORD) == 429, "locked, also with the right password"


def test_an_account_that_was_closed_does_not_sign_in(client: Client, make_user: Callable[..., User]) -> None:
    make_user("joan", "coordinator", is_active=False)
    assert _try(client, PASSWORD) == 200
    assert "_auth_user_id" not in client.session


def test_sign_out_is_not_a_link(client: Client, make_user: Callable[..., User]) -> None:
    client.force_login(make_user("joan", "coordinator"))
    assert client.get(reverse("accounts:logout")).status_code == 405


def test_one_changes_ones_own_password(client: Client, make_user: Callable[..., User]) -> None:
    user = make_user("joan", "coordinator")
    client.force_login(user)
    page = client.post(
        reverse("accounts:password"),
        {
            "old_password": PASSWORD,
            "new_password1": "another long password",
            "new_password2": "another long password",
        },
    )
    assert page.status_code == 302
    user.refresh_from_db()
    assert user.check_password("another long password")


@pytest.fixture
def admin(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def test_an_administrator_changes_roles_in_the_admin_and_it_is_audited(
    admin: Client, administrator: User, make_user: Callable[..., User], north: Centre
) -> None:
    user = make_user("joan", "viewer")
    url = reverse("admin:accounts_user_change", args=[user.pk])
    assert admin.get(url).status_code == 200
    data = {
        "username": "joan",
        "roles": ["coordinator", "chair"],
        "centres": [north.pk],
        "is_active": "on",
        "discipline": "",
    }
    assert admin.post(url, data, REMOTE_ADDR="10.0.0.9").status_code == 302
    user.refresh_from_db()
    assert (user.roles, list(user.centres.all())) == (["coordinator", "chair"], [north])
    event = User.pgh_event_model.objects.filter(pgh_obj=user, pgh_label="update").last()  # type: ignore[attr-defined]
    assert (event.pgh_context.metadata["user"], event.pgh_context.metadata["ip"]) == (
        administrator.pk,
        "10.0.0.9",
    )


def test_an_administrator_adds_people_and_centres(admin: Client) -> None:
    for name in ("user", "centre"):
        assert admin.get(reverse(f"admin:accounts_{name}_add")).status_code == 200
        assert admin.get(reverse(f"admin:accounts_{name}_changelist")).status_code == 200
    admin.post(reverse("admin:accounts_centre_add"), {"name": "Lakeside", "code": "lake"})
    admin.post(
        reverse("admin:accounts_user_add"),
        {
            "username": "new", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD,
            "roles": ["member"], "discipline": "radiologist",
        },
    )  # fmt: skip
    assert User.objects.get(username="new").roles == ["member"]
    assert Centre.objects.filter(code="lake").exists()


def test_an_administrator_does_not_touch_a_superuser_nor_becomes_one(
    admin: Client, administrator: User, make_user: Callable[..., User]
) -> None:
    root = make_user("root", is_superuser=True, is_staff=True)
    url = reverse("admin:accounts_user_change", args=[root.pk])
    assert admin.post(url, {"username": "owned"}).status_code == 403
    assert admin.get(reverse("admin:auth_user_password_change", args=[root.pk])).status_code == 403
    own = reverse("admin:accounts_user_change", args=[administrator.pk])
    admin.post(
        own,
        {
            "username": "ada",
            "roles": ["administrator"],
            "is_active": "on",
            "is_staff": "on",
            "is_superuser": "on",
            "discipline": "",
        },
    )
    administrator.refresh_from_db()
    assert administrator.is_superuser is False


def test_accounts_are_not_deleted_in_the_admin(admin: Client, make_user: Callable[..., User]) -> None:
    user = make_user("joan")
    assert (
        admin.post(reverse("admin:accounts_user_delete", args=[user.pk]), {"post": "yes"}).status_code == 403
    )


def test_the_admin_shows_records_to_clinicians_only_and_changes_none(
    client: Client, make_user: Callable[..., User], north: Centre, south: Centre
) -> None:
    coordinator = make_user("joan", "coordinator", centre=north, is_staff=True)
    patient = services.create_patient(by=coordinator, case_id="R-1", centre=north)
    url = reverse("admin:patients_patient_change", args=[patient.pk])
    client.force_login(coordinator)
    assert client.get(url).status_code == 200
    assert patient.accesses.get().user == coordinator
    assert client.post(url, {"case_id": "X"}).status_code == 403
    assert client.get(reverse("admin:patients_patient_add")).status_code == 403
    client.force_login(make_user("eve", "coordinator", centre=south, is_staff=True))
    assert client.get(url).status_code == 302, "not there for another centre"
    client.force_login(make_user("ada2", "administrator", is_staff=True))
    assert client.get(reverse("admin:patients_patient_changelist")).status_code == 403
