"""Accounts: made, changed, closed, and all of it audited."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.utils import IntegrityError

from accounts import services
from accounts.models import Centre, Membership, User


def _create(by: User, **changes: object) -> User:
    return services.create_user(
        **{"by": by, "username": "new", "password": "a long enough password", "roles": ["member"], **changes}  # type: ignore[arg-type]
    )


def test_an_account_is_made_with_roles_discipline_and_centres(administrator: User, north: Centre) -> None:
    user = _create(
        administrator, discipline="hpb_surgeon", centres=[north], first_name="Marek", last_name="Osei"
    )
    assert (user.role_names, user.initials, user.introduction) == (
        "Board member",
        "MO",
        "Marek Osei, Liver surgery",
    )
    assert list(user.centres.all()) == [north]
    assert user.check_password("a long enough password")


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"roles": ["boss"]}, "roles", "'boss' is not allowed; allowed: any of viewer"),
        ({"discipline": "dentist"}, "discipline", "'dentist' is not allowed"),
        ({"password": "short"}, "password", "too short"),
        ({"username": "ada"}, "username", "already exists"),
        ({"salary": 1}, "salary", "There is no such field"),
    ],
)
def test_a_bad_account_is_refused_by_field(
    administrator: User, changes: dict[str, object], field: str, said: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        _create(administrator, **changes)
    assert said in refused.value.message_dict[field][0]
    assert not User.objects.filter(username="new").exists()


def test_only_administrators_make_accounts(make_user: Callable[..., User]) -> None:
    with pytest.raises(PermissionDenied):
        _create(make_user("chair", "chair"))


def test_the_database_refuses_roles_that_do_not_exist(administrator: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=administrator.pk).update(roles=["boss"])


def test_a_change_of_centres_is_audited(administrator: User, north: Centre, south: Centre) -> None:
    user = _create(administrator, centres=[north])
    services.update_user(by=administrator, user=user, centres=[south])
    events = Membership.pgh_event_model.objects.filter(user_id=user.pk)  # type: ignore[attr-defined]
    assert sorted((e.pgh_label, e.centre_id) for e in events) == sorted(
        [("insert", north.pk), ("delete", north.pk), ("insert", south.pk)]
    )
    assert {e.pgh_context.metadata["user"] for e in events} == {administrator.pk}


def test_a_password_never_enters_the_audit(administrator: User) -> None:
    columns = {field.name for field in User.pgh_event_model._meta.fields}  # type: ignore[attr-defined]
    assert "password" not in columns


def test_a_closed_account_stays_and_nobody_closes_their_own(administrator: User) -> None:
    user = _create(administrator)
    services.close_account(by=administrator, user=user)
    assert User.objects.get(username="new").is_active is False
    with pytest.raises(ValidationError):
        services.close_account(by=administrator, user=administrator)
