"""The drawn liver: nothing is lost, sizes are true, and the words say all that the picture shows."""

import re
from math import hypot
from random import Random

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from patients.drawings.anatomy import UNITS_PER_MM, anatomy
from patients.drawings.lesions import DrawnLesion, change_since
from patients.drawings.liver import LiverDrawing, draw_liver

SEGMENTS = tuple(anatomy().segments)

sizes = st.none() | st.floats(0, 300, allow_nan=False).map(lambda mm: round(mm, 1))
one_lesion = st.builds(
    DrawnLesion,
    label=st.integers(1, 99).map(lambda n: f"L{n}"),
    segment=st.none() | st.sampled_from(SEGMENTS),
    diameter_mm=sizes,
    previous_diameter_mm=sizes,
    disappeared=st.none() | st.booleans(),
    state=st.none() | st.sampled_from(["new", "grown", "stable", "shrunk", "disappeared"]),
    plan=st.none() | st.sampled_from(["resect", "ablate", "leave"]),
)
some_lesions = st.lists(one_lesion, max_size=25, unique_by=lambda lesion: lesion.label)


def placed(drawing: LiverDrawing, label: str) -> tuple[float, float]:
    return next((item.x, item.y) for item in drawing.lesions if item.lesion.label == label)


def shown(drawing: LiverDrawing) -> str:
    return render_to_string("drawings/figure.html", {"drawings": [drawing]})


@given(some_lesions)
def test_no_lesion_is_lost(lesions: list[DrawnLesion]) -> None:
    drawing = draw_liver(lesions)
    drawn = [item.lesion.label for item in drawing.lesions] + [lesion.label for lesion, _ in drawing.beside]
    assert sorted(drawn) == sorted(lesion.label for lesion in lesions)


@given(some_lesions)
def test_the_text_alternative_names_every_lesion_with_its_size(lesions: list[DrawnLesion]) -> None:
    desc = draw_liver(lesions).desc
    for lesion in lesions:
        assert lesion.words in desc


@given(some_lesions)
def test_lesions_are_never_drawn_on_top_of_each_other(lesions: list[DrawnLesion]) -> None:
    drawing = draw_liver(lesions)
    for one in drawing.lesions:
        for other in drawing.lesions:
            if one is not other and one.lesion.segment == other.lesion.segment:
                assert hypot(one.x - other.x, one.y - other.y) >= one.r + other.r


@given(some_lesions)
def test_what_is_measured_is_drawn_to_scale(lesions: list[DrawnLesion]) -> None:
    for item in draw_liver(lesions).lesions:
        if item.lesion.diameter_mm and not item.lesion.gone:
            assert item.r == pytest.approx(item.lesion.diameter_mm / 2 * UNITS_PER_MM)


@given(some_lesions, st.randoms())
def test_the_order_of_entry_does_not_move_a_lesion(lesions: list[DrawnLesion], random: Random) -> None:
    shuffled = list(lesions)
    random.shuffle(shuffled)
    assert draw_liver(lesions).slots == draw_liver(shuffled).slots


def test_a_lesion_keeps_its_place_when_another_outgrows_it() -> None:
    before = draw_liver([DrawnLesion("L1", "V", 20), DrawnLesion("L2", "V", 10)])
    after = [DrawnLesion("L1", "V", 8), DrawnLesion("L2", "V", 22)]
    assert placed(draw_liver(after), "L2") == placed(before, "L1")
    assert placed(draw_liver(after, keep=before.slots), "L1") == placed(before, "L1")
    assert placed(draw_liver(after, keep=before.slots), "L2") == placed(before, "L2")


def test_a_lesion_that_moved_to_another_segment_is_drawn_there() -> None:
    before = draw_liver([DrawnLesion("L1", "V", 20)])
    after = draw_liver([DrawnLesion("L1", "VIII", 20)], keep=before.slots)
    assert after.slots["L1"][0] == "VIII"


def test_more_lesions_than_places_are_counted_at_the_name_of_the_segment_and_listed() -> None:
    drawing = draw_liver([DrawnLesion(f"L{n}", "I", 8) for n in range(1, 8)])
    segment = next(part for part in drawing.segments if part.segment.name == "I")
    assert segment.more == len(drawing.beside) > 0
    assert f">+{segment.more}<" in shown(drawing)


def test_a_lesion_without_a_segment_stands_beside_the_drawing() -> None:
    html = shown(draw_liver([DrawnLesion("L7", None, 12)]))
    assert "segment not known" in html.split("</svg>", 1)[1]


def test_an_unknown_size_is_a_dashed_diamond_with_a_question_mark_and_not_a_small_disc() -> None:
    html = shown(draw_liver([DrawnLesion("L1", "V")]))
    assert 'class="size-unknown"' in html
    assert 'class="now"' not in html


def test_an_unknown_change_is_not_shown_as_stable() -> None:
    drawing = draw_liver([DrawnLesion("L1", "V", 12)])
    assert 'class="lesion is-unknown"' in shown(drawing)
    assert drawing.states == []


def test_a_disappeared_lesion_is_shown_at_its_earlier_size() -> None:
    (item,) = draw_liver([DrawnLesion("L6", "II", 0, 11, True)]).lesions
    assert item.r == pytest.approx(22)
    assert item.caption == "L6 ×(11)"
    assert "not seen any more, was 11" in item.lesion.words


def test_a_segment_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"'IX' does not exist; segments are I, II"):
        draw_liver([DrawnLesion("L1", "IX", 10)])
    with pytest.raises(ValueError, match="resected segment 'IV'"):
        draw_liver([], resected_segments=["IV"])


def test_segments_to_be_removed_are_hatched_and_said() -> None:
    drawing = draw_liver(
        [], resected_segments=["VI", "V"], prefix="plan-", resection="bisegmentectomy", remnant="62 %"
    )
    assert drawing.desc.endswith(
        "Planned to be removed: segments V and VI (bisegmentectomy). "
        "What stays, the remnant: I, II, III, IVa, IVb, VII and VIII, 62 %."
    )
    html = shown(drawing)
    assert html.count('fill="url(#plan-liver-hatch)"') == 2
    assert "hatched: to be removed (bisegmentectomy)" in html
    assert "plain: the remnant, <b>62 %</b>" in html


def test_a_lesion_to_be_resected_by_itself_is_shaded_and_one_in_a_removed_segment_only_once() -> None:
    lesions = [DrawnLesion("L1", "III", 20, plan="resect"), DrawnLesion("L2", "VI", 20, plan="resect")]
    by_itself = shown(draw_liver(lesions))
    assert by_itself.count('class="local"') == 2
    assert "hatched: to be removed" in by_itself
    assert "plain: the remnant" not in by_itself
    assert shown(draw_liver(lesions, resected_segments=["VI", "VII"])).count('class="local"') == 1


def test_a_lesion_is_a_link_with_its_words_and_large_enough_for_a_finger() -> None:
    drawing = draw_liver(
        [DrawnLesion("L1", "III", 3), DrawnLesion("L2", "VI", 40)],
        lesion_href=lambda label: f"?lesion={label}",
        chosen="L2",
    )
    html = shown(drawing)
    assert '<a href="?lesion=L1" aria-label="L1, segment III, 3\u00a0mm"' in html
    assert html.count('aria-current="true"') == 1
    assert all(item.hit_r * 330 / drawing.width >= 12 for item in drawing.lesions)


@pytest.mark.parametrize(
    ("now", "before", "disappeared", "seen_before", "state"),
    [
        (38, 62, False, True, "shrunk"),
        (12, 10, False, True, "stable"),
        (13, 10, False, True, "grown"),
        (14, None, False, False, "new"),
        (14, None, False, None, None),
        (None, 20, None, True, None),
        (0, 11, None, True, "disappeared"),
        (None, 11, True, True, "disappeared"),
    ],
)
def test_the_change_of_a_lesion_is_known_only_when_both_sizes_are(
    now: float | None,
    before: float | None,
    disappeared: bool | None,
    seen_before: bool | None,
    state: str | None,
) -> None:
    assert (
        change_since(now, before, disappeared=disappeared, tolerance_mm=2, seen_before=seen_before) == state
    )


def test_each_segment_can_be_chosen_by_a_link_that_says_its_name() -> None:
    drawing = draw_liver([], href=lambda name: f"?segment={name}", current="VII", pick_for="id_segment")
    html = shown(drawing)
    assert 'role="group"' in html
    assert html.count("<a href=") == 9
    assert (
        '<a href="?segment=VII" aria-label="Segment VII, right posterior, superior" aria-current="true"'
        in html
    )


def test_two_drawings_on_one_page_share_no_id() -> None:
    html = shown(draw_liver([], prefix="was-")) + shown(draw_liver([], prefix="now-"))
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) == 6


def test_the_drawing_carries_no_style_of_its_own() -> None:
    html = shown(draw_liver([DrawnLesion("L1", "V", 30, 40, plan="ablate")]))
    assert "style=" not in html
    assert "<style" not in html
