"""A centre, its people, and a case with an open draft."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Centre, User
from patients import services
from patients.models import Patient, Staging


@pytest.fixture
def north(db: None) -> Centre:
    return Centre.objects.create(code="north", name="Northgate")


@pytest.fixture
def south(db: None) -> Centre:
    return Centre.objects.create(code="south", name="Southwell")


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    def make(username: str, *roles: str, centre: Centre | None = None, **columns: object) -> User:
        user = User.objects.create_user(
            username, password="a long enough password", roles=list(roles), **columns
        )
        if centre is not None:
            user.centres.add(centre)
        return user

    return make


@pytest.fixture
def coordinator(make_user: Callable[..., User], north: Centre) -> User:
    return make_user("joan", "coordinator", centre=north, first_name="Joan", last_name="Farrow")


@pytest.fixture
def viewer(make_user: Callable[..., User], north: Centre) -> User:
    return make_user("sam", "viewer", centre=north)


@pytest.fixture
def stranger(make_user: Callable[..., User], south: Centre) -> User:
    """A coordinator of another centre."""
    return make_user("eve", "coordinator", centre=south)


@pytest.fixture
def patient(coordinator: User, north: Centre) -> Patient:
    return services.create_patient(
        by=coordinator, case_id="2026-001", centre=north, family_name="Hartwell", given_name="Edmund",
        hospital_number="N-1", birth_date="1961-05-10", sex="male",
    )  # fmt: skip


@pytest.fixture
def staging(coordinator: User, patient: Patient) -> Staging:
    return services.open_staging(by=coordinator, patient=patient, date="2026-01-15")


@pytest.fixture
def staged(coordinator: User, staging: Staging) -> Staging:
    """A staging whose first version is frozen, with three lesions counted."""
    services.record_fact(by=coordinator, staging=staging, name="liver.lesion_count", value=3)
    services.freeze_version(
        by=coordinator,
        staging=staging,
        document={"case": {"id": "2026-001"}, "liver": {"lesion_count": 3}},
        provenance={},
    )
    return staging


@pytest.fixture
def signed_in(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client
