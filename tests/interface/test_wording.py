"""Numbers, dates and states in words: unknown is never blank, never zero, never no."""

from datetime import date

import pytest
from django.template import Context, Template

from patients import wording
from patients.states import LOOKS, look


def render(source: str, **context: object) -> str:
    return Template("{% load board %}" + source).render(Context(context)).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1705, None, "1,705"),
        (29.6, None, "29.6"),
        (7.1, 2, "7.10"),
        (-36.9, 1, "−36.9"),
        (0.0, None, "0"),
        (-0.04, 1, "0.0"),
        (None, None, ""),
    ],
)
def test_numbers_are_written_as_clinicians_write_them(
    value: float | None, digits: int | None, text: str
) -> None:
    assert wording.number(value, digits) == text


def test_a_number_stays_on_one_line_with_its_unit() -> None:
    assert wording.quantity(38, "mm") == "38\u00a0mm"
    assert (
        wording.unbroken("FLR 29.6 %, needs ≥ 30 %, 38 mm")
        == "FLR 29.6\u00a0%, needs ≥\u00a030\u00a0%, 38\u00a0mm"
    )


def test_dates_name_the_month() -> None:
    assert render("{{ d|day }}", d=date(2026, 3, 31)) == "31 Mar 2026"
    assert render("{% span a b %}", a=date(2025, 12, 22), b=date(2026, 1, 3)) == "22 Dec 2025 – 3 Jan 2026"


@pytest.mark.parametrize(
    "use",
    [
        "number",
        "mm",
        "percent",
        "day",
        "day_short",
        "yes_no",
        "known",
        'quantity:"mL"',
        'signed:"%"',
        'counted:"lesion"',
    ],
)
def test_a_missing_value_is_shown_as_the_diamond_with_a_word(use: str) -> None:
    html = render("{{ value|" + use + " }}", value=None)
    assert "#i-open" in html
    assert "missing" in html or "not known" in html


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (False, "False")])
def test_zero_and_false_are_values(value: object, text: str) -> None:
    assert render("{{ value|known }}", value=value) == text
    assert render("{{ value|yes_no }}", value=False) == "no"
    assert render("{{ value|mm }}", value=0) == "0 mm"


@pytest.mark.parametrize("code", sorted(LOOKS))
def test_every_state_has_a_shape_of_the_sprite_a_word_and_a_colour(code: str) -> None:
    sprite = render('{% include "partials/icons.html" %}')
    shown = look(code)
    assert f'id="i-{shown.icon}"' in sprite
    assert shown.word
    assert shown.tone in {"yes", "no", "open", "none", "now"}


def test_an_unknown_state_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(KeyError, match="'nearly_met' has no look"):
        look("nearly_met")


@pytest.mark.parametrize(
    ("verified", "text"),
    [
        ("memory", "not verified against the original paper"),
        (None, "not verified against the original paper"),
        ("engine_choice", "board’s own choice"),
        ("external", "source outside the review"),
        ("yes", ""),
    ],
)
def test_what_was_not_checked_says_so(verified: str | None, text: str) -> None:
    html = render("{{ verified|mark }}", verified=verified)
    assert text in html
    assert bool(html) == bool(text)


def test_never_asked_and_asked_but_not_known_are_two_things() -> None:
    asked = render('{% choice "ivc" "IVC involved" value not_known=True %}', value=None)
    never = render('{% choice "ivc" "IVC involved" value %}', value=None)
    no = render('{% choice "ivc" "IVC involved" value %}', value=False)
    assert 'value="unknown" checked' in asked
    assert "checked" not in never
    assert 'value="no" checked' in no
