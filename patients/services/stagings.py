"""Stagings and their versions: opened, amended, discarded, frozen, withdrawn."""

import datetime
import hashlib
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Max, ProtectedError
from django.utils import timezone

from accounts.audit import audited
from accounts.models import User
from accounts.rules import require
from patients.models import Patient, Staging, StagingVersion
from patients.services.constraints import refusals_explained
from patients.services.drafts import open_draft
from patients.services.working import restore_working, working_of
from patients.signals import record_changed
from patients.values import clean_columns

EARLIEST_STAGING = datetime.date(2000, 1, 1)
MONTHS_AHEAD = 12
"""Bounds of `case.decision_date`: 2000-01-01 to a year from today (specification A.1)."""


def clean_staging_date(value: datetime.date | str | None) -> datetime.date:
    """The day of a staging; raises `ValidationError` on `date`."""
    allowed = "allowed: a date as YYYY-MM-DD from 2000-01-01 to a year from today"
    if value in (None, ""):
        raise ValidationError({"date": [f"A date is needed; {allowed}."]})
    try:
        day = value if isinstance(value, datetime.date) else datetime.date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValidationError({"date": [f"{value!r} is not allowed; {allowed}."]}) from None
    today = timezone.localdate()
    last = today + datetime.timedelta(days=366)
    if not EARLIEST_STAGING <= day <= last:
        raise ValidationError({"date": [f"'{day.isoformat()}' is not allowed; {allowed}."]})
    return day


def open_staging(
    *,
    by: User,
    patient: Patient,
    date: datetime.date | str | None,
    kind: str = "baseline",
    question: str = "",
    undated: bool = False,
) -> Staging:
    """Open a staging of `patient` on `date` with version 1 as its draft; it starts with no facts.

    `undated` is for imported cases whose source has no date: then `date` is None, and nothing that needs one
    is computed. Raises `PermissionDenied`, and `ValidationError` on `date` (one staging a date), `kind` or
    `question`.
    """
    require(by, "patients.change_patient", patient)
    values = clean_columns(
        Staging, {"kind": kind, "question": question}, editable=frozenset({"kind", "question"})
    )
    day = None if undated and date is None else clean_staging_date(date)
    staging = Staging(patient=patient, date=day, created_by=by, **values)  # type: ignore[misc]
    with audited(by=by, action="open staging"):
        with refusals_explained(staging):
            staging.save()
        StagingVersion.objects.create(staging=staging, number=1, opened_by=by)
    return staging


def update_staging(*, by: User, staging: Staging, **columns: Any) -> Staging:
    """Change date, kind or question of a staging whose draft is open; raises as `open_staging`."""
    day = clean_staging_date(columns.pop("date")) if "date" in columns else None
    values = clean_columns(Staging, columns, editable=frozenset({"kind", "question"}))
    with audited(by=by, action="change staging"):
        draft = open_draft(by, staging)
        if day is not None and day != staging.date and draft.number > 1:
            raise ValidationError(
                {
                    "date": [
                        f"This staging was staged as of {staging.date}; allowed: that date, or a new staging."
                    ]
                }
            )
        stored = Staging.objects.get(pk=staging.pk)
        for name, value in {**values, **({"date": day} if day else {})}.items():
            setattr(stored, name, value)
        with refusals_explained(stored):
            stored.save()
    staging.refresh_from_db()
    return staging


def open_amendment(*, by: User, staging: Staging, reason: str) -> StagingVersion:
    """Open the next version of a staged case as a draft; the frozen one stays.

    Raises `PermissionDenied`, and `ValidationError` on `reason` (empty) or `staging` (draft open, withdrawn).
    """
    require(by, "patients.change_patient", staging)
    if not reason.strip():
        raise ValidationError({"reason": ["'' is not allowed; allowed: why the staged case is changed."]})
    values = clean_columns(StagingVersion, {"reason": reason}, editable=frozenset({"reason"}))
    with audited(by=by, action="open amendment"):
        stored = Staging.objects.select_for_update().get(pk=staging.pk)
        if stored.withdrawn_at is not None:
            raise ValidationError({"staging": [f"{staging} is withdrawn; allowed: stagings in use."]})
        number = stored.versions.aggregate(last=Max("number"))["last"] or 0
        version = StagingVersion(staging=stored, number=number + 1, opened_by=by, **values)
        with refusals_explained(version):
            version.save()
    return version


def discard_draft(*, by: User, staging: Staging) -> None:
    """Throw the open draft away.

    Of a staging that was never staged nothing is left (the audit keeps it). A discarded amendment puts the
    staging's facts back to what was staged; facts of the patient stay, they belong to no staging.
    """
    with audited(by=by, action="discard draft"):
        draft = open_draft(by, staging)
        frozen = StagingVersion.objects.filter(staging=staging, state="frozen").order_by("-number").first()
        if frozen is None:
            try:
                staging.delete()
            except ProtectedError:
                raise ValidationError(
                    {"staging": [f"{staging} is on an agenda; allowed: take it off the agenda first."]}
                ) from None
            return
        draft.delete()
        restore_working(staging, frozen.working or {})
    staging.refresh_from_db()


def freeze_version(
    *, by: User, staging: Staging, document: dict[str, Any], provenance: dict[str, Any]
) -> StagingVersion:
    """Freeze the open draft with `document` (canonical, `crlm-case/1`) and `provenance` by fact.

    From here on the database refuses every change of that version. Raises `PermissionDenied`, and
    `ValidationError` on `staging` when there is no open draft.
    """
    with audited(by=by, action="freeze version"):
        draft = open_draft(by, staging)
        text = json.dumps(
            document, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        draft.document = json.loads(text)
        draft.provenance = json.loads(json.dumps(provenance, cls=DjangoJSONEncoder))
        draft.working = working_of(staging)
        draft.content_hash = hashlib.sha256(text.encode()).hexdigest()
        draft.state = StagingVersion.State.FROZEN
        draft.frozen_by = by
        draft.frozen_at = timezone.now()
        draft.save()
    return draft


def withdraw_staging(*, by: User, staging: Staging, reason: str) -> Staging:
    """Take a staging out of use (entered for the wrong patient, a wrong date); it stays readable.

    Raises `PermissionDenied`, and `ValidationError` on `withdrawn_reason` or `staging`.
    """
    require(by, "patients.change_patient", staging)
    if not reason.strip():
        raise ValidationError({"withdrawn_reason": ["'' is not allowed; allowed: why it is withdrawn."]})
    values = clean_columns(Staging, {"withdrawn_reason": reason}, editable=frozenset({"withdrawn_reason"}))
    with audited(by=by, action="withdraw staging"):
        stored = Staging.objects.select_for_update().get(pk=staging.pk)
        if stored.withdrawn_at is not None:
            raise ValidationError({"staging": [f"{staging} is withdrawn already."]})
        stored.withdrawn_at = timezone.now()
        stored.withdrawn_reason = values["withdrawn_reason"]
        stored.save()
        record_changed.send(Staging, patient=stored.patient, by=by)
    staging.refresh_from_db()
    return staging
