"""Cycles: what is expected when, what is written, and what a second person is told."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Centre, User
from patients import services
from patients.cycles import (
    WHY,
    WHY_STOPPED,
    brings_forward,
    day_of_given,
    projected,
    projected_cycles,
    read_reason,
    reason_text,
    rows_to_record,
)
from patients.models import Patient, TreatmentCycle, TreatmentLine

DAYS = st.dates(datetime.date(2023, 1, 1), datetime.date(2029, 12, 31))
LENGTHS = st.sampled_from([7, 14, 21, 28, 42])


def ago(days: int) -> datetime.date:
    return timezone.localdate() - datetime.timedelta(days=days)


@pytest.fixture
def line(coordinator: User, patient: Patient) -> TreatmentLine:
    """FOLFOX since 45 days: cycles fall 45, 31, 17 and 3 days ago."""
    return services.start_line(
        by=coordinator, patient=patient, regimen="FOLFOX", cycle_length_days=14, actual_start=ago(45)
    )


@pytest.fixture
def oncologist(make_user: Callable[..., User], north: Centre) -> User:
    return make_user("omar", "member", centre=north, first_name="Omar", last_name="Reyes")


def row(number: int, days_ago: int, outcome: str = "given", **more: Any) -> dict[str, Any]:
    return {"number": number, "date": ago(days_ago), "outcome": outcome, **more}


# ------------------------------------------------------------------ projection
@given(start=DAYS, length=LENGTHS, today=DAYS, ahead=st.integers(0, 400))
def test_projected_cycles_are_one_length_apart_and_reach_one_past_today(
    start: datetime.date, length: int, today: datetime.date, ahead: int
) -> None:
    until = today + datetime.timedelta(days=ahead)
    found = projected(start, length, [], today, until=until)
    assert [cycle.number for cycle in found] == list(range(1, len(found) + 1))
    for cycle in found:
        assert cycle.date == start + datetime.timedelta(days=(cycle.number - 1) * length)
    assert found[-1].date > today or len(found) == 60
    late = [cycle for cycle in found if cycle.date > max(until, today)]
    assert len(late) <= 1


@given(start=DAYS, length=LENGTHS, delays=st.lists(st.integers(0, 30), min_size=1, max_size=6), today=DAYS)
def test_projected_cycles_follow_the_last_one_recorded_however_late_it_was(
    start: datetime.date, length: int, delays: list[int], today: datetime.date
) -> None:
    recorded, day = [], start
    for number, delay in enumerate(delays, start=1):
        day = day + datetime.timedelta(days=delay + (length if number > 1 else 0))
        recorded.append((number, day))
    first = projected(start, length, recorded, today)[0]
    assert (first.number, first.date) == (len(delays) + 1, day + datetime.timedelta(days=length))


def test_nothing_is_projected_without_a_cycle_length_a_start_or_after_the_end(
    coordinator: User, line: TreatmentLine
) -> None:
    today = timezone.localdate()
    assert projected(today, None, [], today) == []
    assert projected(None, 14, [], today) == []
    assert projected_cycles(line, today)
    services.end_line(by=coordinator, line=line, ended_on=ago(1), reason="Toxicity")
    line.refresh_from_db()
    assert projected_cycles(line, today) == []


@pytest.mark.parametrize(
    ("start", "third"),
    [("2024-02-15", "2024-03-14"), ("2025-02-15", "2025-03-15"), ("2026-03-20", "2026-04-17")],
)
def test_cycles_are_counted_in_days_over_leap_days_and_clock_changes(start: str, third: str) -> None:
    day = datetime.date.fromisoformat(start)
    found = projected(day, 14, [], day, until=day + datetime.timedelta(days=40))
    assert found[2].date.isoformat() == third


def test_the_seventh_cycle_moves_with_delays_and_does_not_count_those_not_given(
    coordinator: User, line: TreatmentLine
) -> None:
    today = timezone.localdate()
    assert day_of_given(line, 7, today) == ago(45 - 6 * 14)
    services.record_cycles(by=coordinator, line=line, rows=[row(1, 45), row(2, 28, "delayed", reason="Wish")])
    line.refresh_from_db()
    assert day_of_given(line, 7, today) == ago(28 - 5 * 14)
    services.record_cycles(by=coordinator, line=line, rows=[row(3, 14, "omitted", reason="Toxicity")])
    assert day_of_given(line, 7, today) == ago(14 - 5 * 14)
    assert day_of_given(line, 2, today) == ago(28)


def test_the_list_shows_what_is_recorded_what_was_skipped_and_what_comes(
    coordinator: User, line: TreatmentLine
) -> None:
    services.record_cycles(by=coordinator, line=line, rows=[row(1, 45), row(3, 17)])
    rows = rows_to_record(line, timezone.localdate())
    assert [(number, day, cycle is not None) for number, day, cycle in rows] == [
        (1, ago(45), True), (2, ago(31), False), (3, ago(17), True), (4, ago(3), False), (5, ago(-11), False),
    ]  # fmt: skip


# ------------------------------------------------------------------ reasons
@given(st.sampled_from(sorted(WHY)), st.text("abcé ,1", max_size=20).map(str.strip))
def test_a_reason_is_read_as_it_was_written(why: str, more: str) -> None:
    more = more.strip(" :;,.-")
    assert read_reason(reason_text(why, more)) == (why, more)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("toxicity", ("toxicity", "")),
        ("Toxicity, neutropenia G3", ("toxicity", "neutropenia G3")),
        ("Toxicity (mucositis)", ("toxicity", "(mucositis)")),
        ("toxicityless", ("other", "toxicityless")),
        ("no toxicity", ("other", "no toxicity")),
        ("Other illness: flu", ("illness", "flu")),
        ("", ("", "")),
    ],
)
def test_only_a_reason_that_begins_with_a_known_word_is_that_reason(text: str, read: tuple[str, str]) -> None:
    assert read_reason(text) == read
    assert brings_forward(text) is (read[0] == "toxicity")
    assert read_reason("Completed as planned", WHY_STOPPED) == ("completed", "")


# ------------------------------------------------------------------ writing
def test_only_what_changed_is_written_and_twice_changes_nothing(
    coordinator: User, line: TreatmentLine
) -> None:
    rows = [row(1, 45), row(2, 31), row(3, 17, "reduced", reason="Toxicity: neuropathy")]
    assert len(services.record_cycles(by=coordinator, line=line, rows=rows)) == 3
    assert services.record_cycles(by=coordinator, line=line, rows=rows) == []
    changed = services.record_cycles(by=coordinator, line=line, rows=[*rows[:2], row(3, 17)])
    assert [(cycle.number, cycle.outcome, cycle.reason) for cycle in changed] == [(3, "given", "")]


@pytest.mark.parametrize(
    ("wrong", "place", "said"),
    [
        ({"number": -2, "date": ago(31), "outcome": "given"}, "rows.1.number", "a whole number from 1 to 60"),
        ({"number": 2, "date": ago(-1), "outcome": "given"}, "rows.1.date", "lies in the future"),
        ({"number": 2, "date": ago(50), "outcome": "given"}, "rows.1.date", "from"),
        ({"number": 2, "date": ago(45), "outcome": "given"}, "rows.1.date", "a day after cycle 1"),
        ({"number": 2, "date": None, "outcome": "given"}, "rows.1.date", "A value is needed"),
        (
            {"number": 2, "date": ago(31), "outcome": "half"},
            "rows.1.outcome",
            "given, reduced, delayed, omitted",
        ),
        ({"number": 2, "date": ago(31), "outcome": "omitted"}, "rows.1.reason", "needs a reason"),
        ({"number": 1, "date": ago(44), "outcome": "given"}, "rows.1.number", "stands here twice"),
    ],
)
def test_one_wrong_row_is_named_and_nothing_is_written(
    coordinator: User, line: TreatmentLine, wrong: dict[str, Any], place: str, said: str
) -> None:
    with pytest.raises(ValidationError) as error:
        services.record_cycles(by=coordinator, line=line, rows=[row(1, 45), wrong])
    assert said in error.value.message_dict[place][0]
    assert not TreatmentCycle.objects.exists()


def test_cycles_and_the_end_of_the_line_go_in_together_or_not_at_all(
    coordinator: User, line: TreatmentLine
) -> None:
    stop = {"by": coordinator, "line": line, "rows": [row(1, 45), row(2, 31)]}
    with pytest.raises(ValidationError) as error:
        services.record_cycles(**stop, ended_on=ago(40), end_reason="Toxicity")
    assert "before" in error.value.message_dict["ended_on"][0]
    assert not TreatmentCycle.objects.exists()
    services.record_cycles(**stop, ended_on=ago(20), end_reason="Toxicity")
    line.refresh_from_db()
    assert (line.cycles.count(), line.ended_on, line.end_reason) == (2, ago(20), "Toxicity")


def test_a_cycle_that_somebody_else_recorded_meanwhile_is_told_and_not_overwritten(
    coordinator: User, oncologist: User, line: TreatmentLine
) -> None:
    services.record_cycles(by=oncologist, line=line, rows=[row(1, 45, "reduced", reason="Toxicity", seen="")])
    with pytest.raises(ValidationError) as error:
        services.record_cycles(by=coordinator, line=line, rows=[row(1, 45, seen="")])
    said = error.value.message_dict["rows.0.outcome"][0]
    assert str(oncologist) in said
    assert "given, dose reduced (Toxicity)" in said
    now = services.state_of(line.cycles.get())
    services.record_cycles(by=coordinator, line=line, rows=[row(1, 45, seen=now)])
    assert line.cycles.get().outcome == "given"


# ------------------------------------------------------------------ the page
@pytest.fixture
def page(client: Client, coordinator: User, line: TreatmentLine) -> "Page":
    client.force_login(coordinator)
    return Page(client, reverse("patients:line_cycles", args=[line.patient_id, line.pk]))


class Page:
    """The page as a browser sends it: every row as it was shown, but for what is typed."""

    def __init__(self, client: Client, url: str) -> None:
        self.client, self.url = client, url

    def opened(self) -> dict[str, Any]:
        return self.shown(self.client.get(self.url))

    @staticmethod
    def shown(answer: Any) -> dict[str, Any]:
        formset = answer.context["formset"]
        data = {"cycle-TOTAL_FORMS": len(formset.forms), "cycle-INITIAL_FORMS": len(formset.forms)}
        for form in formset:
            for name in ("number", "date", "outcome", "why", "more"):
                data[f"{form.prefix}-{name}"] = form[name].value() or ""
            data[f"{form.prefix}-seen"] = form.seen
        return data

    def send(self, data: dict[str, Any], **typed: Any) -> Any:
        return self.client.post(self.url, {**data, **{k.replace("_", "-"): v for k, v in typed.items()}})


def test_a_row_that_is_left_alone_changes_nothing(page: Page) -> None:
    answer = page.send(page.opened())
    assert answer.status_code == 302
    assert not TreatmentCycle.objects.exists()


def test_outcomes_are_recorded_on_their_expected_days(page: Page, line: TreatmentLine) -> None:
    data = page.opened() | {"cycle-0-outcome": "given", "cycle-1-outcome": "delayed", "cycle-1-why": "toxicity",
                            "cycle-1-more": "neutropenia", "cycle-1-date": ago(28).isoformat()}  # fmt: skip
    assert page.send(data).status_code == 302
    assert [(c.number, c.date, c.outcome, c.reason) for c in line.cycles.all()] == [
        (1, ago(45), "given", ""),
        (2, ago(28), "delayed", "Toxicity: neutropenia"),
    ]
    assert page.opened()["cycle-2-date"] == ago(14).isoformat()


def test_one_button_says_that_all_up_to_today_were_given(page: Page, line: TreatmentLine) -> None:
    page.client.post(page.url, {**page.opened(), "all_given": "1"})
    assert [(cycle.number, cycle.outcome) for cycle in line.cycles.all()] == [
        (n, "given") for n in (1, 2, 3, 4)
    ]


def test_what_is_wrong_stands_at_its_row_and_what_was_typed_stays(page: Page) -> None:
    data = page.opened() | {"cycle-0-outcome": "omitted", "cycle-1-outcome": "given"}
    answer = page.send(data)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Cycle 1. A cycle not given needs a reason" in text
    assert Page.shown(answer)["cycle-1-outcome"] == "given"
    assert not TreatmentCycle.objects.exists()


def test_of_two_people_on_the_page_the_second_is_told_and_other_rows_are_not_overwritten(
    page: Page, line: TreatmentLine, oncologist: User
) -> None:
    data = page.opened()
    services.record_cycles(
        by=oncologist, line=line, rows=[row(1, 45), row(2, 31, "reduced", reason="Toxicity")]
    )
    answer = page.send(data | {"cycle-1-outcome": "given", "cycle-2-outcome": "given"})
    assert answer.status_code == 422
    assert f"{oncologist} recorded this cycle meanwhile" in answer.content.decode()
    assert page.send(Page.shown(answer)).status_code == 302
    assert [(cycle.number, cycle.outcome) for cycle in line.cycles.all()] == [
        (1, "given"), (2, "given"), (3, "given"),
    ]  # fmt: skip


def test_the_therapy_is_stopped_from_the_page_with_day_and_reason(page: Page, line: TreatmentLine) -> None:
    data = page.opened()
    assert page.send(data | {"stop-why": "toxicity"}).status_code == 422
    assert page.send(data | {"stop-ended_on": ago(2).isoformat()}).status_code == 422
    assert page.send(data | {"stop-ended_on": "soon", "stop-why": "wish"}).status_code == 422
    line.refresh_from_db()
    assert line.ended_on is None
    page.send(data | {"stop-ended_on": ago(2).isoformat(), "stop-why": "toxicity", "stop-more": "neuropathy"})
    line.refresh_from_db()
    assert (line.ended_on, line.end_reason) == (ago(2), "Toxicity: neuropathy")


def test_a_form_that_does_not_arrive_whole_is_refused_in_words(page: Page) -> None:
    answer = page.client.post(page.url, {"cycle-0-outcome": "given"})
    assert answer.status_code == 422
    assert "did not arrive whole" in answer.content.decode()
    wrong = page.opened() | {"cycle-0-number": "-1", "cycle-0-outcome": "given"}
    assert page.send(wrong).status_code == 422


def test_a_line_that_has_not_begun_asks_for_day_1_first(
    client: Client, coordinator: User, patient: Patient
) -> None:
    planned = services.start_line(by=coordinator, patient=patient, regimen="FOLFOX", planned_start=ago(-3))
    client.force_login(coordinator)
    url = reverse("patients:line_cycles", args=[patient.pk, planned.pk])
    assert "Day 1 is not confirmed" in client.get(url).content.decode()
