"""What each role may do, and where."""

from collections.abc import Callable

import pytest

from accounts.models import Centre, Discipline, Role, User
from patients import services
from patients.models import Patient

ALL = {role.value for role in Role}
CLINICAL = {"viewer", "member", "chair", "coordinator"}
WRITING = {"member", "chair", "coordinator"}
LEADING = {"chair", "coordinator"}

MATRIX = {
    "patients.view_patient": CLINICAL,
    "patients.add_patient": WRITING,
    "patients.change_patient": WRITING,
    "decisions.stage_case": WRITING,
    "decisions.import_cases": LEADING,
    "decisions.view_rulebook": ALL,
    "meetings.view_meeting": CLINICAL,
    "meetings.view_registry": CLINICAL,
    "meetings.manage_meeting": LEADING,
    "meetings.record_decision": {"chair"},
    "meetings.draft_decision": LEADING,
    "meetings.change_reassessment": LEADING,
    "accounts.add_user": {"administrator"},
    "accounts.change_user": {"administrator"},
    "accounts.change_centre": {"administrator"},
}


@pytest.mark.parametrize("role", sorted(ALL))
@pytest.mark.parametrize("permission", sorted(MATRIX))
def test_a_role_may_what_the_matrix_says(make_user: Callable[..., User], role: str, permission: str) -> None:
    assert make_user("x", role).has_perm(permission) is (role in MATRIX[permission])


@pytest.mark.parametrize("permission", sorted(MATRIX))
def test_nobody_may_anything_without_a_role_or_after_leaving(
    make_user: Callable[..., User], permission: str
) -> None:
    assert not make_user("none").has_perm(permission)
    assert not make_user("gone", *ALL, is_active=False).has_perm(permission)


@pytest.fixture
def patient(make_user: Callable[..., User], north: Centre) -> Patient:
    return services.create_patient(by=make_user("c", "coordinator", centre=north), case_id="1", centre=north)


@pytest.mark.parametrize(
    "permission",
    [
        "patients.view_patient",
        "patients.change_patient",
        "decisions.stage_case",
        "meetings.change_reassessment",
    ],
)
def test_a_patient_is_the_business_of_the_own_centre(
    make_user: Callable[..., User], north: Centre, south: Centre, patient: Patient, permission: str
) -> None:
    assert make_user("own", "chair", centre=north).has_perm(permission, patient)
    assert make_user("everywhere", "chair", all_centres=True).has_perm(permission, patient)
    assert not make_user("other", "chair", centre=south).has_perm(permission, patient)
    assert not make_user("nowhere", "chair").has_perm(permission, patient)


def test_an_oncologist_of_the_board_keeps_the_clock_and_a_surgeon_does_not(
    make_user: Callable[..., User],
) -> None:
    oncologist = make_user("o", "member", discipline=Discipline.MEDICAL_ONCOLOGIST)
    surgeon = make_user("s", "member", discipline=Discipline.HPB_SURGEON)
    visitor = make_user("v", "viewer", discipline=Discipline.MEDICAL_ONCOLOGIST)
    may = [user.has_perm("meetings.change_reassessment") for user in (oncologist, surgeon, visitor)]
    assert may == [True, False, False]


def test_an_administrator_of_accounts_reads_no_records(administrator: User, patient: Patient) -> None:
    assert not administrator.has_perm("patients.view_patient", patient)
