"""What the room draws of a case: lesions and their series, the planned resection, the response, the remnant."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from decisions.pages.recist import recist_of
from meetings import services
from meetings.models import AgendaItem, Meeting
from patients import services as record
from patients.models import Staging
from tests.meetings.conftest import RESECTABLE, UNRESECTABLE, day

pytestmark = pytest.mark.django_db
VERDICTS = ("borderline", "inadequate", "adequate", "crosses")
HTMX: Any = {"HTTP_HX_REQUEST": "true"}
LESIONS = {
    **RESECTABLE,
    "lesions": [
        {"id": "L1", "segment": "VII", "diameter_mm": 38, "baseline_diameter_mm": 62},
        {"id": "L2", "segment": "III", "diameter_mm": 9, "baseline_diameter_mm": 9},
    ],
    "volumetry": {"flr_pct": 29.6},
}
GROWN = {
    **RESECTABLE,
    "patient": {"height_cm": 163, "weight_kg": 61},
    "volumetry": {
        "flr_pct": 20, "flr_pct_post": 30, "hypertrophy_procedure": "PVE",
        "hypertrophy_date": "2026-01-05",
        "post_date": "2026-02-09",
    },
}  # fmt: skip


@pytest.fixture
def as_chair(client: Client, chair: User) -> Client:
    client.force_login(chair)
    return client


@pytest.fixture
def put(coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]) -> Callable[..., AgendaItem]:
    def on_agenda(blocks: dict[str, Any], case_id: str = "2026-050") -> AgendaItem:
        return services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case(case_id, blocks))

    return on_agenda


def show(client: Client, item: AgendaItem, **query: str) -> str:
    answer = client.get(reverse("meetings:room", args=[item.meeting_id]), {"item": item.pk, **query})
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def part(client: Client, item: AgendaItem, name: str, **query: str) -> Any:
    return client.get(reverse("meetings:part", args=[item.meeting_id, item.pk, name]), query, **HTMX)


# --------------------------------------------------------------------------------------------------- lesions
def test_a_lesion_opens_its_series_by_a_plain_link(
    as_chair: Client, coordinator: User, put: Callable[..., AgendaItem]
) -> None:
    item = put(LESIONS)
    patient = item.staging.patient
    for offset, size in ((-90, 62), (-8, 38)):
        study = record.add_study(by=coordinator, patient=patient, date=day(offset), modality="MRI")
        record.measure_lesions(by=coordinator, study=study, diameters={"L1": size}, targets=["L1"])
    page = show(as_chair, item)
    assert f"?item={item.pk}&amp;lesion=L1#room-lesions" in page
    one = show(as_chair, item, lesion="L1")
    assert "Sizes of L1, longest diameter in mm" in one
    assert "L1: 62 mm on" in one
    assert "−39 %" in one
    assert 'aria-label="L1, segment VII, 38 mm, was 62 mm, smaller" aria-current="true"' in one


def test_the_series_comes_as_a_part_and_goes_back_to_the_table(
    as_chair: Client, put: Callable[..., AgendaItem]
) -> None:
    item = put(LESIONS)
    one = part(as_chair, item, "lesions", lesion="L2").content.decode()
    assert "L2, segment III" in one
    assert "<!doctype" not in one
    assert "Lesions, diameters in mm" in part(as_chair, item, "lesions").content.decode()
    plain = as_chair.get(
        reverse("meetings:part", args=[item.meeting_id, item.pk, "lesions"]), {"lesion": "L 2/x"}
    )
    assert plain.url == f"{reverse('meetings:room', args=[item.meeting_id])}?item={item.pk}&lesion=L%202/x"  # type: ignore[attr-defined]


def test_a_lesion_that_the_case_does_not_have_shows_the_table(
    as_chair: Client, put: Callable[..., AgendaItem]
) -> None:
    assert "Lesions, diameters in mm" in show(as_chair, put(LESIONS), lesion="<b>L9")


def test_the_series_leads_to_the_images(
    as_chair: Client, coordinator: User, put: Callable[..., AgendaItem], settings: Any
) -> None:
    settings.PACS_URL_TEMPLATE = "https://pacs.example/?study={study_uid}"
    item = put(LESIONS)
    patient = item.staging.patient
    study = record.add_study(by=coordinator, patient=patient, date=day(-9), modality="CT", study_uid="1.2.3")
    record.measure_lesions(by=coordinator, study=study, diameters={"L1": 38})
    one = show(as_chair, item, lesion="L1")
    assert (
        one.count('href="https://pacs.example/?study=1.2.3"') >= 3
    )  # beside the liver, the size, on the time axis
    assert one.count('href="https://pacs.example') == one.count(
        'study=1.2.3" target="_blank" rel="noopener noreferrer"'
    )


def test_the_planned_resection_is_shaded_and_the_remnant_named(
    as_chair: Client, coordinator: User, put: Callable[..., AgendaItem]
) -> None:
    item = put(LESIONS)
    page = show(as_chair, item)
    assert "Planned to be removed" not in page
    record.add_volumetry(
        by=coordinator,
        patient=item.staging.patient,
        date=day(-8),
        planned_resection="right hepatectomy",
        flr_ml=505,
    )
    page = show(as_chair, item)
    assert "Planned to be removed: segments" in page
    assert "hatched: to be removed (right hepatectomy)" in page
    assert "plain: the remnant" in page
    record.add_volumetry(
        by=coordinator,
        patient=item.staging.patient,
        date=day(-7),
        planned_resection="to be decided",
        flr_ml=505,
    )
    assert "Its name does not say which segments it takes" in show(as_chair, item)


# ------------------------------------------------------------------------------------ before the vote, and after
def test_the_drawings_say_no_verdict_before_the_vote(
    as_chair: Client, chair: User, put: Callable[..., AgendaItem]
) -> None:
    item = put(LESIONS)
    for page in (
        show(as_chair, item),
        as_chair.get(reverse("meetings:wall", args=[item.meeting_id])).content.decode(),
        part(as_chair, item, "advice").content.decode(),
        part(as_chair, item, "rail").content.decode(),
    ):
        assert [word for word in VERDICTS if word in page] == []
    assert "29.6 %" in show(as_chair, item)
    services.open_advice(by=chair, item=item)
    assert "borderline" in show(as_chair, item)
    advice = part(as_chair, item, "advice").content.decode()
    assert 'id="room-remnant" hx-swap-oob="true"' in advice
    assert "borderline" in advice


# --------------------------------------------------------------------------------------------------- response
def test_the_response_says_what_it_is_relative_to(as_chair: Client, put: Callable[..., AgendaItem]) -> None:
    sums = {"baseline_sum_mm": 100, "nadir_sum_mm": 60, "current_sum_mm": 72, "new_lesions": False}
    page = show(as_chair, put({**LESIONS, "imaging": {"recist": sums}}))
    assert "progression, RECIST" in page
    assert "−28.0 %" in page
    assert "+20.0 %" in page
    for words in ("baseline 100 mm", "nadir 60 mm", "now 72 mm"):
        assert words in page


def test_an_unknown_response_is_unknown_and_says_what_it_waits_for() -> None:
    found = recist_of({"imaging": {"recist": {"baseline_sum_mm": 100}}}, {}, {})
    assert (found.category, found.from_baseline) == ("", "")
    assert found.missing == "the current sum of the target lesions"
    assert recist_of({}, {}, {}).missing == "the baseline and current sum of the target lesions"


def test_a_response_that_counts_silence_as_none_says_so() -> None:
    warned = {"response": "PR", "warnings": [{"code": "RESPONSE_ASSUMES_NO_NEW_LESION"}]}
    assert "counts what was not reported as none" in recist_of({}, {}, warned).notes[0]
    stated = {"treatment": {"best_current_response": "SD"}}
    assert recist_of(stated, {}, {"response": "SD"}).notes == ["as stated, not from the sums"]


# ---------------------------------------------------------------------------------------------------- remnant
def test_the_growth_of_the_remnant_stands_with_its_limits_and_their_source(
    as_chair: Client, put: Callable[..., AgendaItem]
) -> None:
    page = show(as_chair, put(GROWN))
    assert "KGR 2.0 % a week" in page
    assert "Shindoh 2013 (memory): at least 2" in page
    assert "DH +10.0 points in 5.0 weeks" in page
    assert "now 30.0 %, was 20.0 %" in page
    assert "not verified" in page


def test_without_two_volumetries_no_growth_is_told(as_chair: Client, put: Callable[..., AgendaItem]) -> None:
    assert "KGR" not in show(as_chair, put(LESIONS))


# ------------------------------------------------------------------------------------------------------ speed
def test_the_room_reads_no_more_for_many_lesions_and_cases(
    as_chair: Client, put: Callable[..., AgendaItem]
) -> None:
    def reads(item: AgendaItem) -> int:
        show(as_chair, item)
        with CaptureQueriesContext(connection) as captured:
            show(as_chair, item)
        return len(captured)

    few = reads(put({**LESIONS, "lesions": LESIONS["lesions"][:1]}))  # type: ignore[index]
    many = [{"id": f"L{n}", "segment": "VII", "diameter_mm": 5} for n in range(1, 13)]
    item = put({**LESIONS, "lesions": many}, "2026-051")
    put(LESIONS, "2026-052")
    assert reads(item) <= few


def test_the_course_says_where_the_window_stands_today_and_not_where_the_staging_saw_it(
    as_chair: Client, oncologist: User, put: Callable[..., AgendaItem]
) -> None:
    item = put(UNRESECTABLE, "2026-060")
    record.start_line(
        by=oncologist, patient=item.staging.patient, intent="conversion", regimen="FOLFOX",
        cycle_length_days=14, actual_start=day(-150),
    )  # fmt: skip
    course = show(as_chair, item).partition("<h2>Course</h2>")[2].partition("</div>")[0]
    assert "overdue" in course
    assert "not due" not in course
