"""Staging a case: its facts are validated and frozen, and its assessment is asked for."""

from django.core.exceptions import ValidationError

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from decisions.case_facts import document_of, provenance_of
from decisions.engine.document import DocumentError, parse
from decisions.services.assessing import request_assessment
from decisions.signals import case_staged
from patients.models import Staging, StagingVersion
from patients.services import freeze_version, open_amendment
from patients.services.drafts import open_draft


def stage_case(*, by: User, staging: Staging) -> StagingVersion:
    """Freeze the open draft as it stands, and queue its assessment when the transaction is committed.

    What is missing stays missing; only what is wrong stops it. Raises `PermissionDenied`, and
    `ValidationError` by fact (all of them), or on `staging` when there is no open draft (a second submit).
    """
    require(by, "decisions.stage_case", staging)
    with audited(by=by, action="stage case"):
        open_draft(by, staging)
        document = document_of(staging, with_derived=True)
        try:
            parse(document)
        except DocumentError as error:
            raise ValidationError({item.path: [item.message] for item in error.errors}) from error
        version = freeze_version(by=by, staging=staging, document=document, provenance=provenance_of(staging))
        request_assessment(staging_version=version)
        case_staged.send(StagingVersion, version=version, by=by)
    return version


def amend_case(*, by: User, staging: Staging, reason: str) -> StagingVersion:
    """Open the next version of a staged case; staging it again supersedes the old one, which stays.

    Raises `PermissionDenied`, and `ValidationError` on `reason` or `staging`.
    """
    require(by, "decisions.stage_case", staging)
    return open_amendment(by=by, staging=staging, reason=reason)
