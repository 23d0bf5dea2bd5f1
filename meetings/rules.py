"""Permissions on meetings, the board's decisions and the conversion clock.

A meeting of one centre is for those who see that centre; one without a centre is everybody's.
"""

from typing import Any

from rules.predicates import predicate

from accounts.models import Discipline, Role, User
from accounts.rules import CLINICAL_ROLES, WRITING_ROLES, grant, holds, sees_centre
from meetings.models import AgendaItem, BoardDocument, DecisionElement, Meeting
from patients.rules import centre_id_of


def _centre_id(target: Any) -> int | None:
    if isinstance(target, Meeting):
        return target.centre_id
    if isinstance(target, AgendaItem):
        return target.staging.patient.centre_id
    if isinstance(target, BoardDocument):
        return _centre_id(target.item or target.meeting)
    if isinstance(target, DecisionElement):
        return _centre_id(target.decision.item)
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
def confirms(user: User) -> bool:
    """The user is of one of the two disciplines that may confirm a standard case."""
    return user.discipline in (Discipline.HPB_SURGEON, Discipline.MEDICAL_ONCOLOGIST)


@predicate
def is_clinician(user: User) -> bool:
    """The user has a clinical discipline at the board."""
    return bool(user.discipline)


@predicate
def is_responsible(user: User, element: Any = None) -> bool:
    """The element of a decision is the user's task: by name, or by discipline while it is nobody's by name."""
    if not isinstance(element, DecisionElement):
        return False
    if element.owner_id is not None:
        return element.owner_id == user.pk
    named = element.responsible.strip().casefold()
    return bool(named) and named in {name.casefold() for name in names_of(user)}


def names_of(user: User) -> list[str]:
    """What a decision may call this user as the responsible one: the name, and the discipline."""
    return [name for name in (user.get_full_name(), user.get_discipline_display()) if name]


leads = holds(Role.CHAIR, Role.COORDINATOR)

grant("meetings.view_meeting", holds(*CLINICAL_ROLES) & at_own_centre)
grant("meetings.view_registry", holds(*CLINICAL_ROLES) & at_own_centre)
grant("meetings.manage_meeting", leads & at_own_centre)
grant("meetings.join_meeting", holds(*WRITING_ROLES) & at_own_centre)
grant("meetings.cast_vote", holds(*WRITING_ROLES) & is_clinician & at_own_centre)
grant("meetings.reveal_vote", holds(Role.CHAIR) & at_own_centre)
grant("meetings.change_boardsettings", (leads | holds(Role.ADMINISTRATOR)) & at_own_centre)
grant("meetings.record_decision", holds(Role.CHAIR) & at_own_centre)
grant("meetings.sign_decision", holds(Role.CHAIR) & at_own_centre)
grant("meetings.draft_decision", leads & at_own_centre)
grant("meetings.confirm_case", holds(Role.MEMBER, Role.CHAIR) & confirms & at_own_centre)
grant("meetings.change_reassessment", (leads | (holds(Role.MEMBER) & is_oncologist)) & at_own_centre)
grant("meetings.accept_early_scan", holds(Role.MEMBER, Role.CHAIR) & is_clinician & at_own_centre)
grant("meetings.change_reminder", holds(*WRITING_ROLES) & at_own_centre)
grant("meetings.view_notice", holds(Role.CHAIR, Role.COORDINATOR, Role.ADMINISTRATOR))
grant("meetings.send_notice", holds(Role.CHAIR, Role.COORDINATOR, Role.ADMINISTRATOR))

keeps_days = holds(Role.ADMINISTRATOR, Role.CHAIR, Role.COORDINATOR)
grant("meetings", holds(Role.ADMINISTRATOR))
for _action in ("view", "add", "change", "delete"):
    grant(f"meetings.{_action}_meetingday", keeps_days)
    grant(f"meetings.{_action}_lettertemplate", holds(Role.ADMINISTRATOR))

writes = holds(Role.MEMBER, Role.CHAIR, Role.COORDINATOR)
is_named_clinician = holds(Role.MEMBER, Role.CHAIR) & is_clinician
grant("meetings.view_document", holds(*CLINICAL_ROLES) & at_own_centre)
grant("meetings.draft_document", writes & at_own_centre)
grant("meetings.edit_document", writes & at_own_centre)
grant("meetings.release_document", is_named_clinician & at_own_centre)
grant("meetings.end_element", (leads | (writes & is_responsible)) & at_own_centre)
