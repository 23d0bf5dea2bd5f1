"""The people of the demo board, one for each role and for the disciplines that decide."""

from dataclasses import dataclass

from django.conf import settings

from accounts.models import Centre, Discipline, Role, User


@dataclass(frozen=True, slots=True)
class Person:
    """A demo account; the username is also its name in the demo data."""

    username: str
    first_name: str
    last_name: str
    roles: tuple[Role, ...]
    discipline: Discipline | None = None


PEOPLE = (
    Person("chair", "Helen", "Castle", (Role.CHAIR, Role.MEMBER), Discipline.MEDICAL_ONCOLOGIST),
    Person("surgeon", "Marek", "Osei", (Role.MEMBER,), Discipline.HPB_SURGEON),
    Person("oncologist", "Sofia", "Lindqvist", (Role.MEMBER,), Discipline.MEDICAL_ONCOLOGIST),
    Person("radiologist", "Alex", "Petrov", (Role.MEMBER,), Discipline.RADIOLOGIST),
    Person("pathologist", "Ingrid", "Vale", (Role.MEMBER,), Discipline.PATHOLOGIST),
    Person("coordinator", "Joan", "Farrow", (Role.COORDINATOR,)),
    Person("ruleadmin", "Tomas", "Reyes", (Role.RULE_ADMIN, Role.VIEWER)),
    Person("approver", "Wanda", "Nowak", (Role.APPROVER, Role.VIEWER)),
    Person("viewer", "Sam", "Hollis", (Role.VIEWER,)),
    Person("admin", "Ada", "Lowell", (Role.ADMINISTRATOR,)),
)


def load_people(centres: dict[str, Centre]) -> dict[str, User]:
    """Create or renew the demo accounts; all see every centre and have the password of the demo."""
    users = {}
    for person in PEOPLE:
        is_admin = Role.ADMINISTRATOR in person.roles
        user, _ = User.objects.update_or_create(
            username=person.username,
            defaults={
                "first_name": person.first_name,
                "last_name": person.last_name,
                "roles": [role.value for role in person.roles],
                "discipline": person.discipline or "",
                "all_centres": True,
                "is_staff": is_admin,
                "is_superuser": is_admin,
                "email": f"{person.username}@example.org",
            },
        )
        user.set_password(settings.DEMO_PASSWORD)
        user.save()
        user.centres.set(centres.values())
        users[person.username] = user
    return users
