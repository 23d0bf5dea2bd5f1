"""Cycles by keys, as an oncologist records them between two patients."""

import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from accounts.models import Centre, User
from patients.models import TreatmentCycle
from patients.services import create_patient, start_line
from tests.browser.conftest import SignIn

pytestmark = [pytest.mark.browser]


def test_keys_record_a_row_and_go_on_to_the_next(people: dict[str, User], sign_in: SignIn) -> None:
    start = timezone.localdate() - datetime.timedelta(days=45)
    patient = create_patient(
        by=people["joan"], case_id="C-1", centre=Centre.objects.get(), family_name="Hartwell",
        given_name="Edmund", hospital_number="N-1", birth_date="1961-05-10", sex="male",
    )  # fmt: skip
    line = start_line(
        by=people["omar"], patient=patient, regimen="FOLFOX", cycle_length_days=14, actual_start=start
    )
    page = sign_in("omar", bypass_csp=True)
    page.goto(f"/patients/{patient.pk}/line/{line.pk}/cycles/")
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("g")
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.name") == "cycle-1-why"
    page.select_option("[name=cycle-1-why]", "toxicity")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/patients/{patient.pk}/**")
    assert list(TreatmentCycle.objects.values_list("number", "outcome", "reason")) == [
        (1, "given", ""),
        (2, "reduced", "Toxicity"),
    ]
