"""The course of a patient on one axis:
complete in words, in the box in pixels, honest about what is not recorded.
"""

from datetime import date, timedelta

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from patients.drawings.course import Course, Cycle, Event, Line, Reading, SeriesLimit, Window
from patients.drawings.shapes import Figure, Shape
from patients.drawings.timeline import draw_timeline

TODAY = date(2026, 4, 16)
START = date(2026, 1, 22)
FULL = Course(
    today=TODAY,
    lines=[
        Line(
            "FOLFOX + panitumumab",
            START,
            cycles=[Cycle(n + 1, START + timedelta(14 * n), "given" if n < 5 else "") for n in range(6)],
            cycle_length_days=14,
        )
    ],
    windows=[Window(date(2026, 3, 22), date(2026, 4, 22), date(2026, 3, 19), date(2026, 4, 16))],
    scans=[Event(date(2026, 3, 31), "MRI"), Event(date(2026, 5, 4), "CT", planned=True)],
    procedures=[Event(date(2025, 12, 29), "Primary resected")],
    volumetries=[Event(date(2026, 4, 2), "FLR 29.6 %")],
    stagings=[Event(date(2026, 3, 31), "Restaging")],
    boards=[Event(TODAY, "Board", planned=True)],
    cea=[Reading(date(2026, 1, 20), 231), Reading(date(2026, 4, 9), 24)],
    cea_limits=[SeriesLimit(200, "Fong > 200")],
)

days = st.dates(date(2015, 1, 1), date(2030, 1, 1))
events = st.lists(
    st.builds(Event, days, st.sampled_from(["CT", "MRI", "Liver resection"]), st.booleans()), max_size=8
)
courses = st.builds(
    Course,
    today=days,
    lines=st.lists(
        st.builds(Line, st.sampled_from(["FOLFOX", "CAPOX + bevacizumab"]), st.none() | days), max_size=3
    ),
    scans=events,
    procedures=events,
    stagings=events,
    boards=events,
    cea=st.lists(st.builds(Reading, days, st.floats(0, 50000)), max_size=8),
)


def css(figure: Figure, name: str) -> list[Shape]:
    return [shape for shape in figure.shapes if name in shape.css.split()]


@given(courses)
def test_everything_stays_inside_the_box_whatever_the_course(course: Course) -> None:
    for figure in draw_timeline(course):
        for shape in figure.shapes:
            assert -1 <= shape.x <= figure.width + 1
            assert 0 <= shape.y <= figure.height + 1
            assert shape.kind != "text" or shape.size >= 12


@given(courses)
def test_every_scan_procedure_and_board_is_drawn_once_in_each_width(course: Course) -> None:
    for figure in draw_timeline(course):
        squares = [
            shape for shape in figure.shapes if shape.kind == "rect" and shape.css in ("f-scan", "f-planned")
        ]
        planned_lines = sum(line.planned for line in course.lines)
        assert len(squares) == len(course.scans) + planned_lines
        assert len(css(figure, "f-board")) + len(css(figure, "f-board-next")) == len(course.boards)


def test_the_words_hold_all_that_is_drawn() -> None:
    desc = draw_timeline(FULL)[0].desc.replace("\u00a0", " ")
    for words in (
        "Today is 16 Apr 2026.",
        "FOLFOX + panitumumab from 22 Jan 2026, five cycles given.",
        "two to three months, 22 Mar – 22 Apr 2026; cycles four to six, 19 Mar – 16 Apr 2026.",
        "Imaging: MRI 31 Mar 2026 and CT 4 May 2026 (booked).",
        "Procedures: Primary resected 29 Dec 2025.",
        "Volumetry: FLR 29.6 % 2 Apr 2026.",
        "CEA in ng/mL: 231 (20 Jan) and 24 (9 Apr).",
        "Stagings: Restaging 31 Mar 2026.",
        "Board: Board 16 Apr 2026 (planned).",
    ):
        assert words in desc


def test_a_cycle_without_an_outcome_does_not_look_given() -> None:
    figure = draw_timeline(FULL)[-1]
    assert len(css(figure, "f-cycle")) == 5
    assert len(css(figure, "f-cycle-open")) == 1


def test_what_is_booked_is_dashed() -> None:
    figure = draw_timeline(FULL)[-1]
    assert [shape.kind for shape in css(figure, "f-planned")] == ["rect"]
    assert len(css(figure, "f-board-next")) == 1


def test_a_higher_cea_stands_higher() -> None:
    first, second = [shape for shape in css(draw_timeline(FULL)[-1], "f-ink-fill") if shape.kind == "circle"][
        -2:
    ]
    assert first.y < second.y


def test_nothing_known_of_the_course_gives_no_drawing() -> None:
    assert draw_timeline(Course(today=TODAY)) == []


def test_rows_without_content_take_no_room() -> None:
    (only_scans, full) = (draw_timeline(Course(today=TODAY, scans=FULL.scans)), draw_timeline(FULL))
    assert only_scans[0].height < full[0].height / 3


@pytest.mark.parametrize("text", [13, 32])
def test_words_have_the_size_that_was_asked_for(text: float) -> None:
    figure = draw_timeline(FULL, text=text)[-1]
    assert {shape.size for shape in css(figure, "f-strong")} == {text}


def test_a_scan_whose_images_can_be_seen_is_a_link_in_a_new_tab() -> None:
    scans = [Event(TODAY, "CT", href="https://pacs.example/?a=1&b=<2>"), Event(TODAY, "MRI")]
    figure = draw_timeline(Course(today=TODAY, scans=scans))[0]
    html = render_to_string("drawings/figure.html", {"drawings": [figure]})
    assert html.count("<a ") == 1
    assert (
        'href="https://pacs.example/?a=1&amp;b=&lt;2&gt;" target="_blank" rel="noopener noreferrer"' in html
    )
    assert 'role="group"' in html
    plain = draw_timeline(FULL)[0]
    assert 'role="img"' in render_to_string("drawings/figure.html", {"drawings": [plain]})
