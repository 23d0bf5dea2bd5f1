"""Permissions on meetings, the board's decisions and the conversion clock.

A meeting of one centre is for those who see that centre; one without a centre is everybody's.
"""

from typing import Any

from rules.predicates import predicate

from accounts.models import Discipline, Role, User
from accounts.rules import CLINICAL_ROLES, WRITING_ROLES, grant, holds, sees_centre
from meetings.models import AgendaItem, Meeting
from patients.rules import centre_id_of


def _centre_id(target: Any) -> int | None:
    if isinstance(target, Meeting):
        return target.centre_id
    if isinstance(target, AgendaItem):
        return target.staging.patient.centre_id
    return centre_id_of(target)


@predicate
def at_own_centre(user: User, target: Any = None) -> bool:
    """True for meetings, agenda items and patients of the user's centres; without a target, for the role."""
    return target is None or sees_centre(user, _centre_id(target))


@predicate
def is_oncologist(user: User) -> bool:
    """The user's discipline is medical oncology."""
    return user.discipline == Discipline.MEDICAL_ONCOLOGIST


@predicate
def is_clinician(user: User) -> bool:
    """The user has a clinical discipline at the board."""
    return bool(user.discipline)


leads = holds(Role.CHAIR, Role.COORDINATOR)

grant("meetings.view_meeting", holds(*CLINICAL_ROLES) & at_own_centre)
grant("meetings.manage_meeting", leads & at_own_centre)
grant("meetings.join_meeting", holds(*WRITING_ROLES) & at_own_centre)
grant("meetings.cast_vote", holds(*WRITING_ROLES) & is_clinician & at_own_centre)
grant("meetings.reveal_vote", holds(Role.CHAIR) & at_own_centre)
grant("meetings.change_boardsettings", leads & at_own_centre)
grant("meetings.record_decision", holds(Role.CHAIR) & at_own_centre)
grant("meetings.sign_decision", holds(Role.CHAIR) & at_own_centre)
grant("meetings.draft_decision", leads & at_own_centre)
grant("meetings.change_reassessment", (leads | (holds(Role.MEMBER) & is_oncologist)) & at_own_centre)
grant("meetings.accept_early_scan", holds(Role.MEMBER, Role.CHAIR) & is_clinician & at_own_centre)
