"""A centre, its people, staged and assessed cases, and a meeting that is open."""

import copy
import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Centre, User
from decisions.documents import import_documents
from decisions.services import run_assessment
from meetings import services
from meetings.models import AgendaItem, Meeting
from patients.models import Staging

PASSWORD = "a long enough password"
UNRESECTABLE = {
    "liver": {"lesion_count": 11, "max_diameter_mm": 64, "distribution": "bilobar", "background": "normal"},
    "ehd": {"present": False},
    "plan": {
        "r0_feasible": False, "r0_r1_feasible": False, "complete_resection_feasible": False,
        "inflow_preserved": True, "outflow_preserved": False, "biliary_drainage_preserved": True,
    },
}  # fmt: skip
RESECTABLE = {
    "liver": {"lesion_count": 2, "max_diameter_mm": 30, "distribution": "unilobar", "background": "normal"},
    "ehd": {"present": False},
    "volumetry": {"flr_pct": 62},
    "plan": {
        "r0_feasible": True, "r0_r1_feasible": True, "complete_resection_feasible": True,
        "inflow_preserved": True, "outflow_preserved": True, "biliary_drainage_preserved": True,
    },
}  # fmt: skip
"""Two cases whose resectability is decided."""


def day(offset: int) -> datetime.date:
    """Today and so many days."""
    return timezone.localdate() + datetime.timedelta(days=offset)


@pytest.fixture
def north(db: None) -> Centre:
    return Centre.objects.create(code="north", name="Northgate")


@pytest.fixture
def person(north: Centre) -> Callable[..., User]:
    def make(username: str, *roles: str, centre: Centre | None = north, **columns: Any) -> User:
        user = User.objects.create_user(username, password=PASSWORD, roles=list(roles), **columns)
        if centre is not None:
            user.centres.add(centre)
        return user

    return make


@pytest.fixture
def coordinator(person: Callable[..., User]) -> User:
    return person("joan", "coordinator", first_name="Joan", last_name="Farrow")


@pytest.fixture
def chair(person: Callable[..., User]) -> User:
    return person("helen", "chair", first_name="Helen", last_name="Castle", discipline="hpb_surgeon")


@pytest.fixture
def oncologist(person: Callable[..., User]) -> User:
    return person("omar", "member", first_name="Omar", last_name="Reyes", discipline="medical_oncologist")


@pytest.fixture
def viewer(person: Callable[..., User]) -> User:
    return person("sam", "viewer", first_name="Sam", last_name="Ito")


@pytest.fixture
def make_case(coordinator: User) -> Callable[..., Staging]:
    """A staged and assessed case from a document's blocks."""

    def make(
        case_id: str,
        blocks: dict[str, Any] | None = None,
        *,
        date: datetime.date | None = None,
        assess: bool = True,
    ) -> Staging:
        when = date or day(-7)
        given: dict[str, Any] = copy.deepcopy(RESECTABLE if blocks is None else blocks)
        given["case"] = {**given.get("case", {}), "id": case_id, "decision_date": when.isoformat()}
        report = import_documents(by=coordinator, documents=[given], stage=True)
        assert report.refused == []
        staging = Staging.objects.get(patient__case_id=case_id, date=when)
        if assess:
            job = staging.versions.latest("number").jobs.get()
            run_assessment(job.pk)
        return staging

    return make


def soon() -> datetime.datetime:
    """In an hour, or now where that would be tomorrow: the meeting is today's whenever the test runs."""
    later = timezone.now() + datetime.timedelta(hours=1)
    return later if timezone.localdate(later) == timezone.localdate() else timezone.now()


@pytest.fixture
def meeting(coordinator: User) -> Meeting:
    planned = services.create_meeting(
        by=coordinator,
        title="Liver board",
        starts_at=soon(),
        place="Room 2",
    )
    return services.open_meeting(by=coordinator, meeting=planned)


@pytest.fixture
def item(coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]) -> AgendaItem:
    """A resectable case on the open meeting's agenda."""
    return services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("2026-001"))


STANDARD = {
    "case": {"phase": "baseline", "mdt_discussed_at_diagnosis": True, "haic_available": False},
    "patient": {
        "birth_date": "1962-05-05", "sex": "female", "height_cm": 164, "weight_kg": 71, "ecog": 0, "asa": 2,
        "fit_for_surgery": True, "fit_for_intensive_chemo": True, "poor_functional_reserve": False,
    },
    "primary": {
        "site_icdo3": "C18.2", "histology_icdo3": "8480/3", "t_category": "T3", "n_category": "N1b",
        "resected": False, "in_situ": True, "resectable": True, "symptomatic": False,
    },
    "liver": {
        "detected_at_presentation": True, "lesion_count": 3, "max_diameter_mm": 95, "distribution": "bilobar",
        "segments_involved_count": 7, "hepatic_veins_involved": 3, "both_hepatic_arteries_infiltrated": False,
        "both_portal_branches_infiltrated": True, "contralateral_portal_pedicle_involved": True,
        "ivc_involved": True, "measurable_lesion": True, "background": "normal",
        "recurrent_after_hepatectomy": False, "any_lesion_ablatable": False, "all_lesions_ablatable": False,
        "any_lesion_deep": True, "near_hepatocaval_confluence": True,
        "all_lesions_in_laparoscopic_segments": False,
    },
    "ehd": {"present": False},
    "lung": {"present": False},
    "dlm": {"present": False},
    "imaging": {"ct_done": True, "mri_hepatobiliary_done": True},
    "labs": {"cea_ng_ml": 88},
    "volumetry": {"flr_pct": 12, "hypertrophy_procedure": "none"},
    "molecular": {
        "msi": "MSI-H", "mmr": "dMMR", "ras": "wild_type", "kras": "wild_type", "nras": "wild_type",
        "braf_v600e": "wild_type",
    },
    "treatment": {
        "systemic_given": False, "prior_chemo_for_metastatic": False, "anti_egfr_planned": False,
        "triplet_planned": False, "prior_adjuvant_oxaliplatin": False, "adjuvant_given": False,
    },
    "plan": {
        "r0_feasible": False, "r0_r1_feasible": False, "complete_resection_feasible": False,
        "inflow_preserved": False, "outflow_preserved": False, "biliary_drainage_preserved": False,
        "contiguous_segments_spared": 1, "disease_free_segments_spared": 1, "adjacent_segments_removed": 5,
        "hepatectomy_extent": "major", "needs_two_stage": False, "needs_pve": False, "needs_ablation": False,
        "ablation_feasible": False, "high_morbidity_expected": True, "adjuvant_intended": False,
        "needs_perihilar_biliary_or_vascular_resection": True, "surgeon_opinion_resectable": False,
        "surgery_planned": False, "strategy": "liver_first", "margin_expected_mm": 0,
    },
}  # fmt: skip
"""First-line therapy of MSI-H disease that nobody can resect: every class and definition is decided, the sources
agree, nothing lies near a limit, and one option alone is supported."""
