"""What roles may do in general. Permissions on patients, cases and meetings stand in those apps' `rules`."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from rules.permissions import add_perm
from rules.predicates import Predicate

from accounts.models import Centre, Role, User

CLINICAL_ROLES = (Role.VIEWER, Role.MEMBER, Role.CHAIR, Role.COORDINATOR)
"""Who may read patients' records (of their centres)."""
WRITING_ROLES = (Role.MEMBER, Role.CHAIR, Role.COORDINATOR)
"""Who may write patients' facts (of their centres)."""


def holds(*roles: Role) -> Any:
    """A predicate: an active user with at least one of `roles`."""

    def test(user: User) -> bool:
        return user.is_active and user.is_authenticated and user.has_role(*roles)

    return Predicate(test, name="holds_" + "_or_".join(roles))


def grant(permission: str, predicate: Any) -> None:
    """Let everybody for whom `predicate(user, target)` holds have `permission`."""
    add_perm(permission, predicate)  # type: ignore[no-untyped-call]


def sees_centre(user: User, centre_id: int | None) -> bool:
    """True when the patients of this centre are this user's business. No centre: everybody's."""
    if centre_id is None or user.is_superuser or user.all_centres:
        return True
    return user.centres.filter(pk=centre_id).exists()


def visible_centres(user: User) -> "Any":
    """The centres whose patients this user sees."""
    return Centre.objects.all() if user.is_superuser or user.all_centres else user.centres.all()


def require(by: User, permission: str, target: Model | None = None) -> None:
    """Raise `PermissionDenied` with a sentence unless `by` has `permission` (on `target`)."""
    if not by.has_perm(permission, target):
        what = permission.split(".", 1)[1].replace("_", " ")
        raise PermissionDenied(f"{by} may not {what} here: the role or the centre does not allow it.")


is_administrator = holds(Role.ADMINISTRATOR)
has_any_role = holds(*Role)

grant("accounts", is_administrator)
for _model in ("user", "centre"):
    for _action in ("view", "add", "change", "delete"):
        grant(f"accounts.{_action}_{_model}", is_administrator)
