"""The remnant on its bar: the numbers come from outside, the words say what the picture shows."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from patients.drawings.remnant import Limit, Remnant, Zone, draw_remnant
from patients.drawings.shapes import Figure, text_width

ZONES = (Zone(0, 20, "inadequate"), Zone(20, 30, "borderline"), Zone(30, 100, "adequate"))
LIMITS = (
    Limit(20, "Charnsangavej"),
    Limit(25, "Rees"),
    Limit(30, "Adam"),
    Limit(30, "ESMO"),
    Limit(40, "Nieuwenhuizen"),
)
KNOWN = Remnant(29.6, ZONES, LIMITS, error=1.5, background="a normal liver")


def texts(figure: Figure) -> list[str]:
    return [shape.text.replace("\u00a0", " ") for shape in figure.shapes if shape.kind == "text"]


def test_the_words_name_value_zone_error_and_every_limit() -> None:
    desc = draw_remnant(KNOWN)[0].desc.replace("\u00a0", " ")
    assert "Future liver remnant 29.6 % of the total liver volume, borderline." in desc
    assert "Within the measurement error it is 28.1–31.1 %, which crosses 30 %." in desc
    assert "Zones for a normal liver: inadequate 0–20 %, borderline 20–30 % and adequate 30–100 %." in desc
    for limit in LIMITS:
        assert limit.name in desc


def test_limits_of_the_same_value_share_one_tick() -> None:
    assert "30 Adam, ESMO" in texts(draw_remnant(KNOWN)[-1])


def test_no_tick_strikes_the_name_of_another_limit_through() -> None:
    for size in (13.0, 32.0):
        for figure in draw_remnant(KNOWN, text=size):
            names = [shape for shape in figure.shapes if "f-halo" in shape.css]
            lines = [shape for shape in figure.shapes if shape.kind == "path" and shape.css == "f-axis"]
            for line in lines:
                at, top, _, foot = (float(number) for number in re.findall(r"[\d.]+", line.d))
                for name in names:
                    crossed = name.x < at < name.x + text_width(name.text, name.size)
                    assert not (crossed and top < name.y - 0.3 * name.size < foot), name.text


def test_limits_closer_than_their_ticks_are_drawn_all_the_same() -> None:
    near = [
        Limit(29.9, "Rees"),
        Limit(30, "Adam"),
        Limit(30.1, "ESMO"),
        Limit(100, "Worni"),
        Limit(99.9, "Huiskens"),
    ]
    for figure in draw_remnant(Remnant(25, ZONES, near)):
        said = " ".join(texts(figure))
        for limit in near:
            assert limit.name in said
        names = [shape for shape in figure.shapes if "f-halo" in shape.css]
        assert len({(name.y, name.x) for name in names}) == len(names)


def test_an_unknown_remnant_is_a_dashed_diamond_and_not_zero() -> None:
    figure = draw_remnant(Remnant(None, ZONES, LIMITS))[-1]
    assert any(shape.css == "f-missing" for shape in figure.shapes)
    assert not any(shape.css == "f-thick" for shape in figure.shapes)
    assert "remnant not known" in texts(figure)
    assert "is not known" in figure.desc


def test_an_unknown_background_draws_no_zones() -> None:
    figure = draw_remnant(Remnant(29.6, (), LIMITS))[-1]
    assert not any(shape.css.endswith("-soft") and shape.css != "f-none-soft" for shape in figure.shapes)
    assert "no zones are drawn" in figure.desc


def test_an_error_that_crosses_no_limit_says_so_by_silence() -> None:
    figure = draw_remnant(Remnant(50, ZONES, LIMITS, error=1.5))[-1]
    assert "± 1.5 points of measurement error" in texts(figure)
    assert "crosses" not in figure.desc


@given(
    st.none() | st.floats(1, 100),
    st.none() | st.floats(0, 5),
    st.lists(st.builds(Limit, st.floats(0, 100), st.sampled_from(["Rees", "Charnsangavej"])), max_size=8),
)
def test_everything_stays_inside_the_bar(
    percent: float | None, error: float | None, limits: list[Limit]
) -> None:
    for figure in draw_remnant(Remnant(percent, ZONES, limits, error)):
        for shape in figure.shapes:
            assert -1 <= shape.x <= figure.width + 1
            assert shape.x + shape.width <= figure.width + 1
            assert shape.y <= figure.height


def test_a_bar_that_is_not_judged_keeps_to_numbers() -> None:
    for figure in draw_remnant(replace(KNOWN, judged=False)):
        said = f"{figure.title} {figure.desc} {' '.join(texts(figure))}"
        for word in ("adequate", "borderline", "cross"):
            assert word not in said
        assert not any(shape.css in ("f-yes-soft", "f-no-soft", "f-open-soft") for shape in figure.shapes)
        assert "29.6" in said
        assert "0–20 %, 20–30 % and 30–100 %" in figure.desc.replace("\u00a0", " ")


def test_growth_shows_the_remnant_before_and_after() -> None:
    figure = draw_remnant(replace(KNOWN, before=21.0))[-1]
    assert "now 29.6 %, was 21.0 %" in texts(figure)
