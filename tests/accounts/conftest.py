"""People and centres."""

from collections.abc import Callable

import pytest

from accounts.models import Centre, User

PASSWORD = "a long enough password"


@pytest.fixture
def north(db: None) -> Centre:
    return Centre.objects.create(code="north", name="Northgate")


@pytest.fixture
def south(db: None) -> Centre:
    return Centre.objects.create(code="south", name="Southwell")


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    def make(username: str, *roles: str, centre: Centre | None = None, **columns: object) -> User:
        user = User.objects.create_user(username, password=PASSWORD, roles=list(roles), **columns)
        if centre is not None:
            user.centres.add(centre)
        return user

    return make


@pytest.fixture
def administrator(make_user: Callable[..., User]) -> User:
    return make_user("ada", "administrator", is_staff=True)
