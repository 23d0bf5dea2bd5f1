"""Accounts: created, changed, closed. An account is never deleted, because records name it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.audit import audited
from accounts.models import Centre, Discipline, Role, User
from accounts.rules import require

_COLUMNS = frozenset({"first_name", "last_name", "email", "roles", "discipline", "all_centres", "is_staff"})


def _checked(columns: Mapping[str, Any]) -> dict[str, Any]:
    errors: dict[str, list[str]] = {}
    for name in set(columns) - _COLUMNS:
        errors[name] = [f"There is no such field; allowed: {', '.join(sorted(_COLUMNS))}."]
    values = {name: value for name, value in columns.items() if name in _COLUMNS}
    if "roles" in values:
        values["roles"] = [str(role) for role in values["roles"]]
        if unknown := [role for role in values["roles"] if role not in Role.values]:
            errors["roles"] = [f"'{unknown[0]}' is not allowed; allowed: any of {', '.join(Role.values)}."]
    if values.get("discipline", "") not in ("", *Discipline.values):
        errors["discipline"] = [
            f"'{values['discipline']}' is not allowed; allowed: {', '.join(Discipline.values)}, or none."
        ]
    if errors:
        raise ValidationError(errors)
    return values


def create_user(
    *, by: User, username: str, password: str, centres: Iterable[Centre] = (), **columns: Any
) -> User:
    """Create an account. `columns`: names, email, `roles`, `discipline`, `all_centres`, `is_staff`.

    Raises `PermissionDenied`, and `ValidationError` by field (a username in use, a weak password, a role
    that does not exist).
    """
    require(by, "accounts.add_user")
    user = User(username=username, **_checked(columns))
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": list(error.messages)}) from error
    user.set_password(password)
    user.full_clean()
    with audited(by=by, action="create user"):
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError as error:
            raise ValidationError({"username": [f"'{username}' is in use; allowed: a new name."]}) from error
        user.centres.set(centres)
    return user


def update_user(*, by: User, user: User, centres: Iterable[Centre] | None = None, **columns: Any) -> User:
    """Change names, roles, discipline or centres; only what is given changes. Raises as `create_user`."""
    require(by, "accounts.change_user")
    values = _checked(columns)
    with audited(by=by, action="change user"):
        for name, value in values.items():
            setattr(user, name, value)
        user.full_clean()
        user.save()
        if centres is not None:
            user.centres.set(centres)
    return user


def close_account(*, by: User, user: User) -> User:
    """End an account: nobody signs in with it any more, and what it did stays. Raises `PermissionDenied`."""
    require(by, "accounts.change_user")
    if user.pk == by.pk:
        raise ValidationError({"user": ["This is your own account; allowed: that another person closes it."]})
    with audited(by=by, action="close account"):
        user.is_active = False
        user.save(update_fields=["is_active"])
    return user
