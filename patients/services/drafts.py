"""The open draft of a staging: the only state in which its facts change."""

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.rules import require
from patients.models import Staging, StagingVersion


def open_draft(by: User, staging: Staging) -> StagingVersion:
    """The open draft, locked until the transaction ends, so that nobody freezes it in between.

    Raises `PermissionDenied`, and `ValidationError` on `staging` when it is staged or withdrawn.
    """
    require(by, "patients.change_patient", staging)
    draft = StagingVersion.objects.select_for_update().filter(staging=staging, state="draft").first()
    if draft is None:
        raise ValidationError(
            {
                "staging": [
                    f"{staging} is staged and cannot be changed; allowed: amend it, then change the draft."
                ]
            }
        )
    if Staging.objects.filter(pk=staging.pk, withdrawn_at__isnull=False).exists():
        raise ValidationError({"staging": [f"{staging} is withdrawn; allowed: changes to stagings in use."]})
    return draft
