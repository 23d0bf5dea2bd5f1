"""Profiles: named sets of thresholds on top of the board's own."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, transaction

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from decisions.models import RulebookProfile
from decisions.threshold_sets import BOARD


def create_profile(*, by: User, name: str, code: str, description: str = "") -> RulebookProfile:
    """A profile that holds nowhere yet: its first draft says what it sets and who follows it.

    `code`: letters, digits, hyphens and underscores, as it stands in addresses and files. Raises
    `PermissionDenied`, and `ValidationError` by field (`name`, `code`, `description`).
    """
    require(by, "decisions.draft_rulebook")
    name, code, description = " ".join(name.split()), code.strip(), " ".join(description.split())
    problems: dict[str, list[str]] = {}
    for field, text, least, longest in (
        ("name", name, 1, 120),
        ("code", code, 1, 40),
        ("description", description, 0, 300),
    ):
        if not least <= len(text) <= longest:
            shown = f"{len(text)} characters" if text else "nothing"
            problems[field] = [f"{field}: {shown} given; allowed: {least} to {longest} characters."]
    if "code" not in problems:
        try:
            validate_slug(code)
        except ValidationError:
            problems["code"] = [
                f"code: {code!r} is not allowed; allowed: letters without accents, digits, hyphens, underscores."
            ]
    if code.casefold() == BOARD:
        problems["code"] = [f"code: {code!r} stands for the board itself; allowed: any other."]
    with audited(by=by, action="create rulebook profile"):
        for field, text in (("name", name), ("code", code)):
            if RulebookProfile.objects.filter(**{f"{field}__iexact": text}).exists():
                problems[field] = [f"{field}: {text!r} is in use; allowed: a new one."]
        if problems:
            raise ValidationError(problems)
        try:
            with transaction.atomic():
                return RulebookProfile.objects.create(
                    name=name, code=code, description=description, created_by=by
                )
        except IntegrityError as error:
            raise ValidationError({"code": [f"code: {code!r} is in use; allowed: a new one."]}) from error
