"""Names of resections: the segments they remove, and nothing where the name leaves that open."""

import pytest

from patients.resections import SEGMENTS, resected_segments


@pytest.mark.parametrize(
    ("name", "segments"),
    [
        ("right hepatectomy", "V VI VII VIII"),
        ("Right hemihepatectomy", "V VI VII VIII"),
        ("Extended right hepatectomy", "IVa IVb V VI VII VIII"),
        ("left trisectionectomy", "II III IVa IVb V VIII"),
        ("left hepatectomy + segment I", "I II III IVa IVb"),
        ("left lateral sectionectomy and segment VI", "II III VI"),
        ("right posterior sectionectomy", "VI VII"),
        ("segments V-VII", "V VI VII"),
        ("Bisegmentectomy 2/3", "II III"),
        ("segmentectomy 4b", "IVb"),
        ("segment IV", "IVa IVb"),
        ("S5+S8", "V VIII"),
        ("segments 5 to 8", "V VI VII VIII"),
    ],
)
def test_a_name_of_the_brisbane_terminology_says_which_segments_go(name: str, segments: str) -> None:
    assert " ".join(resected_segments(name)) == segments


@pytest.mark.parametrize(
    "name",
    [
        "",
        "to be decided",
        "right or left hepatectomy",
        "no right hepatectomy",
        "wedge of segment III",
        "two-stage hepatectomy",
    ],
)
def test_a_name_that_leaves_it_open_says_nothing(name: str) -> None:
    assert resected_segments(name) == ()


@pytest.mark.parametrize(
    "addition", ["wedge of segment III", "ablation of segment III", "partial resection of segment 3"]
)
def test_a_part_of_a_segment_beside_a_resection_does_not_remove_the_segment(addition: str) -> None:
    assert resected_segments(f"right hepatectomy with {addition}") == ("V", "VI", "VII", "VIII")


def test_every_segment_that_a_name_gives_exists() -> None:
    for name in ("central hepatectomy", "segments 1 to 8", "segments VIII-V"):
        assert set(resected_segments(name)) <= set(SEGMENTS)
    assert resected_segments("segments 1 to 8") == SEGMENTS
