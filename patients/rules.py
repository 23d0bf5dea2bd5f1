"""Object permissions on patients' records: the role, and the patient's centre."""

from typing import Any

from rules.predicates import predicate

from accounts.models import Centre, User
from accounts.rules import CLINICAL_ROLES, WRITING_ROLES, grant, holds, sees_centre
from patients.models import Patient, Staging, StagingVersion


def centre_id_of(target: Any) -> int | None:
    """The centre that a patient, a staging, one of its versions, or a row of the record belongs to."""
    if isinstance(target, Centre):
        return target.pk
    if isinstance(target, Patient):
        return target.centre_id
    if isinstance(target, StagingVersion):
        return target.staging.patient.centre_id
    if isinstance(target, Staging) or hasattr(target, "patient"):
        return int(target.patient.centre_id)
    raise TypeError(f"{target!r} belongs to no centre.")


@predicate
def of_own_centre(user: User, target: Any = None) -> bool:
    """True for targets of the user's centres; without a target the question is about the role only."""
    return target is None or sees_centre(user, centre_id_of(target))


may_read = holds(*CLINICAL_ROLES) & of_own_centre
may_write = holds(*WRITING_ROLES) & of_own_centre

grant("patients.view_patient", may_read)
grant("patients.add_patient", may_write)
grant("patients.change_patient", may_write)
grant("patients", may_read)
