"""How much was known when the board discussed its cases: what counts, by month, and nothing personal."""

import csv
import datetime
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Centre, User
from meetings import services
from meetings.completeness import COUNTED, Discussed, completeness, discussed_in, share_known
from meetings.models import AgendaItem, Meeting
from meetings.registry import Period
from patients.models import Staging
from tests.meetings.conftest import day

pytestmark = pytest.mark.django_db
FEW = {"liver": {"lesion_count": 2}, "ehd": {"present": False}}


def now() -> Period:
    return Period(day(-30), day(1))


def text_of(client: Client, user: User, **asked: str) -> str:
    client.force_login(user)
    page = client.get("/registry/", asked).content.decode()
    section = page.split('aria-labelledby="completeness"')[1].split("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section).replace("\xa0", " "))


def test_a_decided_case_counts_by_the_assessment_that_the_decision_rests_on(
    chair: User, coordinator: User, item: AgendaItem
) -> None:
    decision = services.record_decision(by=chair, item=item, expected_revision=0, outcome="resection")
    assert decision.assessment is not None
    document, missing = decision.staging_version.document or {}, decision.assessment.result["missing"]
    known = sum(len(block) for name, block in document.items() if name != "case" and isinstance(block, dict))
    lacking = {one["fact"] for one in missing if "[]" not in one["fact"]}
    (found,) = discussed_in(coordinator, now())
    assert (found.day, found.centre) == (day(0), "Northgate")
    assert found.percent == round(100 * known / (known + len(lacking)))
    assert 0 < found.percent < 100


def test_a_deferred_case_counts_and_one_that_was_not_reached_does_not(
    chair: User, coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    put_off = services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("C-1", FEW))
    services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("C-2"))
    services.defer_item(by=chair, item=put_off, note="No recent scan")
    assert len(discussed_in(coordinator, now())) == 1
    services.close_meeting(by=chair, meeting=meeting)
    assert len(discussed_in(coordinator, now())) == 1, "C-2 was on the agenda and not discussed"


def test_a_case_without_an_assessment_counts_nowhere(
    chair: User, coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    item = services.add_to_agenda(by=coordinator, meeting=meeting, staging=make_case("C-1", assess=False))
    services.record_decision(by=chair, item=item, expected_revision=0, outcome="resection")
    assert discussed_in(coordinator, now()) == []


def test_people_of_another_centre_count_none_of_it(
    chair: User, person: Callable[..., User], item: AgendaItem
) -> None:
    services.record_decision(by=chair, item=item, expected_revision=0, outcome="resection")
    south = Centre.objects.create(code="south", name="Southgate")
    assert discussed_in(person("eve", "coordinator", centre=south), now()) == []


def test_the_page_tells_median_and_months_and_says_what_counts(
    client: Client, chair: User, coordinator: User, meeting: Meeting, make_case: Callable[..., Staging]
) -> None:
    assert "No meeting of this period has discussed a case" in text_of(client, coordinator)
    for number in range(4):
        blocks = FEW if number % 2 else None
        item = services.add_to_agenda(
            by=coordinator, meeting=meeting, staging=make_case(f"C-{number}", blocks)
        )
        services.record_decision(by=chair, item=item, expected_revision=0, outcome="supportive")
    shares = [case.percent for case in discussed_in(coordinator, now())]
    assert len(set(shares)) == 2
    text = text_of(client, coordinator, last=day(1).isoformat())
    assert f"least, most {min(shares)}%, {max(shares)}%" in text.replace(" %", "%")
    assert "cases discussed (n) 4" in text
    assert "quartiles" in text
    assert "Lesions one by one are left out" in text
    assert day(0).strftime("%b %Y") in text
    rows = list(csv.DictReader(io.StringIO(client.get("/registry/figures.csv").content.decode())))
    (board,) = [row for row in rows if row["month"] == day(0).strftime("%Y-%m") and row["centre"] == ""]
    assert board["discussed"] == "4"
    assert min(shares) < float(board["known_pct_median"]) < max(shares)


def test_fewer_than_four_cases_have_a_median_and_no_quartiles() -> None:
    period = Period(datetime.date(2026, 1, 1), datetime.date(2026, 1, 31))
    cases = [Discussed(datetime.date(2026, 1, 5), "North", percent) for percent in (40, 60, 90)]
    found = completeness([*cases, Discussed(datetime.date(2026, 2, 1), "North", 1)], period)
    assert (found.n, found.median, found.lower, found.least) == (3, 60.0, None, 40)


@given(st.sets(st.sampled_from(COUNTED)), st.sets(st.sampled_from(COUNTED)))
def test_the_share_is_what_is_known_of_what_matters(known: set[str], missing: set[str]) -> None:
    document: dict[str, Any] = {}
    for name in known:
        *blocks, key = name.split(".")
        inside = document
        for block in blocks:
            inside = inside.setdefault(block, {})
        inside[key] = 1
    share = share_known(document, [{"fact": name} for name in missing])
    if not known | missing:
        assert share is None
    else:
        assert share == round(100 * len(known) / len(known | missing))
