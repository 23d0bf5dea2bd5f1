"""People: who they are, what they may do (roles), what they know (disciplines), whose patients they see."""

import pghistory
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Role(models.TextChoices):
    """What one may do. A discipline is something else: what one knows."""

    VIEWER = "viewer", "Viewer"
    MEMBER = "member", "Board member"
    CHAIR = "chair", "Chair"
    COORDINATOR = "coordinator", "Coordinator"
    RULE_ADMIN = "rule_admin", "Rule admin"
    APPROVER = "approver", "Approver"
    ADMINISTRATOR = "administrator", "Administrator"


class Discipline(models.TextChoices):
    """The disciplines of the specification (`case.mdt_members_present`)."""

    MEDICAL_ONCOLOGIST = "medical_oncologist", "Medical oncology"
    HPB_SURGEON = "hpb_surgeon", "Liver surgery"
    COLORECTAL_SURGEON = "colorectal_surgeon", "Colorectal surgery"
    RADIOLOGIST = "radiologist", "Radiology"
    PATHOLOGIST = "pathologist", "Pathology"
    INTERVENTIONAL_RADIOLOGIST = ("interventional_radiologist", "Interventional radiology")
    RADIATION_ONCOLOGIST = "radiation_oncologist", "Radiation oncology"
    GENETICIST = "geneticist", "Genetics"
    TRANSPLANT_SURGEON = "transplant_surgeon", "Transplant surgery"
    THORACIC_SURGEON = "thoracic_surgeon", "Thoracic surgery"


@pghistory.track()
class Centre(models.Model):
    """A hospital that sends patients to the board."""

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=120, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person who signs in.

    `roles` may hold several of `Role`; `discipline` is empty for those who have none at the board.
    A user sees the patients of `centres`, or of every centre with `all_centres`.
    """

    roles = ArrayField(models.CharField(max_length=20, choices=Role), default=list, blank=True)
    discipline = models.CharField(max_length=40, choices=Discipline, blank=True)
    centres = models.ManyToManyField(Centre, blank=True, related_name="users")
    all_centres = models.BooleanField(default=False)

    class Meta:
        ordering = ["last_name", "first_name", "username"]
        constraints = [
            models.CheckConstraint(
                name="user_roles_known", condition=models.Q(roles__contained_by=[role.value for role in Role])
            ),
            models.CheckConstraint(
                name="user_discipline_known",
                condition=models.Q(discipline__in=["", *(item.value for item in Discipline)]),
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def has_role(self, *roles: Role | str) -> bool:
        """True when the user has at least one of `roles`."""
        return any(role in self.roles for role in roles)

    @property
    def role_names(self) -> str:
        """'Chair, Board member': the roles in words."""
        return ", ".join(Role(role).label for role in self.roles)

    @property
    def initials(self) -> str:
        """'HC', for tight places; the first two letters of the username where there is no name."""
        letters = "".join(name[:1] for name in (self.first_name, self.last_name))
        return (letters or self.username[:2]).upper()

    @property
    def introduction(self) -> str:
        """'Marek Osei, Liver surgery': name and discipline."""
        return ", ".join(part for part in (str(self), self.get_discipline_display()) if part)


@pghistory.track()
class Membership(User.centres.through):  # type: ignore[name-defined,misc]
    """Which centres a user sees; a proxy of the join table, so that its changes are audited too."""

    class Meta:
        proxy = True

    def __str__(self) -> str:
        return f"{self.user} at {self.centre}"
