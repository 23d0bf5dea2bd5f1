"""What the views of a staging share."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest

from accounts.models import User
from accounts.rules import require
from decisions.pages.layout import anchor
from decisions.pages.words import known_label
from patients.models import Staging, StagingVersion
from patients.selectors import get_visible_staging, log_access


def signed_in(request: HttpRequest) -> User:
    """The user behind a request that `login_required` let through."""
    assert isinstance(request.user, User)
    return request.user


def staging_to_read(request: HttpRequest, pk: int) -> Staging:
    """The staging, for someone who may see it; the read is logged. Raises `Http404` or `PermissionDenied`."""
    staging = get_visible_staging(signed_in(request), pk)
    log_access(request, staging.patient)
    return staging


def staging_to_write(request: HttpRequest, pk: int) -> Staging:
    """The staging, for someone who may change it; raises `Http404` or `PermissionDenied`."""
    staging = get_visible_staging(signed_in(request), pk)
    require(signed_in(request), "patients.change_patient", staging)
    return staging


def draft_address(pk: int) -> str:
    """Where a draft of the rulebook is worked on."""
    return f"/rulebook/drafts/{pk}/"


def open_version(staging: Staging) -> StagingVersion | None:
    """The open draft, if there is one and the staging is in use."""
    if staging.withdrawn_at is not None:
        return None
    return staging.versions.select_related("opened_by").filter(state=StagingVersion.State.DRAFT).first()


def posted_version(request: HttpRequest) -> int | None:
    """The number of the draft that the form was made from."""
    number = request.POST.get("version", "")
    return int(number) if number.isdigit() else None


def problems_of(errors: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """For the error summary: each message under the label of its fact, linked to the row."""
    problems = []
    for name, messages in errors.items():
        fact = name.removesuffix(".date")
        label = known_label(fact, "")
        for message in messages:
            problems.append(
                {
                    "field": anchor(fact) if label else "",
                    "message": f"{label}: {message}" if label else message,
                }
            )
    return problems
