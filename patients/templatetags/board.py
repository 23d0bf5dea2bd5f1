"""Template tags of every page: formatting, states, forms and the frame. `templates/README.md` tells which
for what.

Every filter shows a missing value as the dashed diamond with its word: unknown is never blank and never 'no'.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from patients import wording
from patients.drawings.shapes import Figure
from patients.drawings.svg import svg_of
from patients.pacs import viewer_address
from patients.states import MARKS, look

register = template.Library()

NAVIGATION = (
    ("Home", "meetings:home", ("/",)),
    ("Patients", "patients:list", ("/patients/", "/stagings/")),
    ("Meetings", "meetings:list", ("/meetings/", "/documents/")),
    ("Clock", "meetings:clock", ("/reassessments/", "/reminders/")),
    ("Tasks", "meetings:tasks", ("/tasks/",)),
    ("Rulebook", "decisions:rulebook", ("/rulebook/",)),
    ("Registry", "meetings:registry", ("/registry/",)),
)
"""Label, URL name, and the beginnings of the addresses under which the entry is marked."""


# ------------------------------------------------------------------ icons and states
@register.simple_tag
def icon(name: str) -> SafeString:
    """A symbol of the sprite (`templates/partials/icons.html`), hidden from screen readers:
    say it in words too.
    """
    return format_html(
        '<svg class="icon" aria-hidden="true" viewBox="0 0 16 16"><use href="#i-{}"/></svg>', name
    )


@register.simple_tag
def missing(word: str = "missing") -> SafeString:
    """The dashed diamond and a word, in the place where the value would stand."""
    return format_html('<span class="missing">{}{}</span>', icon("open"), word)


@register.simple_tag
def state(code: str, word: str = "", bare: bool = False) -> SafeString:
    """A tag: shape, word and colour of state `code`;
    `word` says it better, `bare=True` is for running rows.
    """
    shown = look(code)
    return format_html(
        '<span class="tag is-{}{}">{}{}</span>',
        shown.tone,
        " tag--bare" if bare else "",
        icon(shown.icon),
        word or shown.word,
    )


@register.simple_tag
def state_icon(code: str) -> SafeString:
    """Only the shape and colour of state `code`, with its word for screen readers."""
    shown = look(code)
    return format_html(
        '<span class="is-{}">{}<span class="visually-hidden">{}</span></span>',
        shown.tone,
        icon(shown.icon),
        shown.word,
    )


@register.simple_tag
def pacs_link(study: Any, words: str = "Open in PACS") -> SafeString | str:
    """A link that opens the images of a study in a new tab; nothing without a viewer or a study UID."""
    address = viewer_address(study.study_uid)
    if not address:
        return ""
    about = f"{study.get_modality_display()}, {wording.day(study.date)}, in a new tab"
    return format_html(
        '<a class="pacs" href="{}" target="_blank" rel="noopener noreferrer">{}<span class="visually-hidden">: {}'
        "</span>{}</a>",
        address,
        words,
        about,
        icon("link"),
    )


@register.filter
def tone(code: str) -> str:
    """The CSS class of state `code`: is-yes, is-no, is-open, is-none or is-now."""
    return f"is-{look(code).tone}"


@register.filter
def mark(verified: str | None) -> SafeString | str:
    """How far a number was checked; nothing for `yes`. Shown beside every threshold, rule and score."""
    text = MARKS[verified] if verified else MARKS["memory"]
    return format_html('<span class="mark">{}</span>', text) if text else ""


# ------------------------------------------------------------------ numbers, dates, words
def _given(value: Any) -> float | None:
    """The number, or None for None and for '' (a name that the template's context does not have)."""
    return None if value is None or value == "" else value


def _or_missing(value: Any, text: str) -> SafeString | str:
    return missing() if value is None or value == "" else text


@register.filter
def number(value: float | None, digits: int | None = None) -> SafeString | str:
    """`{{ tbs|number:2 }}`: 7.10."""
    return _or_missing(value, wording.number(_given(value), digits))


@register.filter
def quantity(value: float | None, unit: str = "") -> SafeString | str:
    """`{{ volume|quantity:"mL" }}`: 1,705 mL."""
    return _or_missing(value, wording.quantity(_given(value), unit))


@register.filter
def mm(value: float | None) -> SafeString | str:
    """`{{ lesion.diameter_mm|mm }}`: 38 mm."""
    return quantity(value, "mm")


@register.filter
def percent(value: float | None, digits: int = 1) -> SafeString | str:
    """`{{ flr|percent }}`: 29.6 %. The value is in percent, not a fraction."""
    return _or_missing(value, wording.percent(_given(value), digits))


@register.filter
def signed(value: float | None, unit: str = "") -> SafeString | str:
    """`{{ change|signed:"%" }}`: −36.9 %."""
    return _or_missing(value, wording.signed(_given(value), unit, 1 if unit == "%" else None))


@register.filter
def day(value: date | None) -> SafeString | str:
    """`{{ staging.date|day }}`: 31 Mar 2026."""
    return _or_missing(value, wording.day(value or None))


@register.filter
def day_short(value: date | None) -> SafeString | str:
    """`{{ scan.date|day_short }}`: 31 Mar, where the year is plain."""
    return _or_missing(value, wording.day_short(value or None))


@register.simple_tag
def span(start: date | None, end: date | None) -> SafeString | str:
    """`{% span window.start window.end %}`: 22 Mar – 22 Apr 2026."""
    return _or_missing(start or end, wording.span(start, end))


@register.filter
def counted(count: int | None, nouns: str) -> SafeString | str:
    """`{{ n|counted:"lesion" }}`, `{{ n|counted:"biopsy,biopsies" }}`: 6 lesions."""
    singular, _, plural = nouns.partition(",")
    return _or_missing(count, wording.counted(count, singular, plural))


@register.filter
def unbroken(text: str | None) -> str:
    """`{{ definition.text|unbroken }}`: a sentence whose numbers stay with their units."""
    return wording.unbroken(str(text)) if text else ""


@register.filter
def yes_no(value: bool | None) -> SafeString | str:
    """yes, no, or the diamond."""
    return missing("not known") if value is None else "yes" if value else "no"


@register.filter
def known(value: Any) -> Any:
    """The value, or the diamond where there is none. 0 and False are values."""
    return missing() if value is None or value == "" or value == [] else value


# ------------------------------------------------------------------ the frame
@register.inclusion_tag("partials/navigation.html", takes_context=True)
def main_nav(context: template.Context) -> dict[str, Any]:
    """The entries whose addresses exist, the current one marked."""
    path = getattr(context.get("request"), "path", "")
    entries = []
    for label, name, prefixes in NAVIGATION:
        try:
            address = reverse(name)
        except NoReverseMatch:
            continue
        current = any(path == prefix if prefix == "/" else path.startswith(prefix) for prefix in prefixes)
        entries.append({"label": label, "address": address, "current": current})
    return {"entries": entries}


@register.inclusion_tag("partials/patient_banner.html")
def patient_banner(patient: Any, inline: bool = False, similar: Any = ()) -> dict[str, Any]:
    """Name, birth date and number: two identifiers on every page, print and dialog.

    `similar`: who else at hand could be taken for this patient, each with `words`.
    """
    return {"patient": patient, "inline": inline, "similar": similar}


@register.simple_tag
def patient_words(patient: Any) -> str:
    """Case number, name and birth date on one line, for rows of lists."""
    born = f"born {wording.day(patient.birth_date)}" if patient.birth_date else "birth date not known"
    return ", ".join((patient.case_id, patient.name or "no name", born))


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Any, noun: str = "record") -> dict[str, Any]:
    """Previous and next of a `Paginator` page; the other parameters of the address are kept."""
    request = context.get("request")
    parameters = request.GET.copy() if request is not None else None
    if parameters is not None:
        parameters.pop("page", None)
    query = parameters.urlencode() if parameters else ""
    return {"page": page, "noun": noun, "query": f"{query}&" if query else ""}


# ------------------------------------------------------------------ forms
@register.simple_tag
def error_summary(*sources: Any, title: str = "There is a problem") -> SafeString | str:
    """What is wrong, first on the page and linked to the fields; nothing when nothing is wrong.

    Each source is a form, a formset, or an iterable of `{"field": id of the input, "message": …}`.
    """
    problems = [problem for source in sources for problem in _problems(source)]
    if not problems:
        return ""
    return render_to_string("components/error_summary.html", {"problems": problems, "title": title})


def _problems(source: Any) -> Iterable[Mapping[str, str]]:
    if not source:
        return
    if isinstance(source, BaseForm):
        for message in source.non_field_errors():
            yield {"field": "", "message": str(message)}
        for bound in source:
            for message in bound.errors:
                yield {
                    "field": bound.id_for_label or bound.auto_id or "",
                    "message": f"{bound.label}: {message}",
                }
    elif hasattr(source, "non_form_errors"):
        for message in source.non_form_errors():
            yield {"field": "", "message": str(message)}
        for form in source.forms:
            yield from _problems(form)
    else:
        yield from source


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, unit: str = "", row: bool = False, width: str = "") -> dict[str, Any]:
    """Label, hint, error and input of a form field. `width` is a class: w-4, w-8, w-12, w-full."""
    widget = bound.field.widget
    css = " ".join(part for part in (widget.attrs.get("class", ""), width) if part)
    attrs: dict[str, Any] = {"class": css} if css else {}
    rendered = bound.as_widget(attrs=attrs)
    grouped = bool(getattr(widget, "use_fieldset", False))
    return {"bound": bound, "input": rendered, "unit": unit, "row": row, "grouped": grouped}


YES_NO_OPTIONS = (("yes", "Yes"), ("no", "No"))


@register.inclusion_tag("components/choice.html")
def choice(
    name: str,
    label: str,
    value: Any = None,
    options: Iterable[tuple[str, str]] | None = None,
    *,
    not_known: bool = False,
    id: str = "",
    hint: str = "",
    error: str = "",
    disabled: bool = False,
    small: bool = False,
    row: bool = False,
) -> dict[str, Any]:
    """Radios in one control: the options (yes and no unless given), then 'not known'.

    `value` is True, False, a code, or None; None with `not_known=True` marks 'asked, not known',
    None alone leaves all unmarked: never asked. Posted values: the codes (`yes`, `no`), or `unknown`.
    """
    chosen = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    if chosen is None and not_known:
        chosen = "unknown"
    listed = [(code, text, code == chosen) for code, text in (options or YES_NO_OPTIONS)]
    return {
        "id": id or f"id_{name}".replace(".", "-"),
        "name": name,
        "label": label,
        "options": listed,
        "unknown": chosen == "unknown",
        "hint": hint,
        "error": error,
        "disabled": disabled,
        "small": small,
        "row": row,
    }


# ------------------------------------------------------------------ values
@register.inclusion_tag("components/complete.html")
def complete(done: int, total: int, low: int = 75) -> dict[str, Any]:
    """A bar and a number: how many of the facts that are used are known.

    Below `low` percent it looks open.
    """
    share = 100 * done / total if total else 0.0
    return {
        "done": done,
        "total": total,
        "share": f"{share:.0f}",
        "width": f"{0.8 * share:.1f}",
        "low": share < low,
    }


@register.inclusion_tag("components/empty.html")
def empty(text: str, href: str = "", action: str = "", key: str = "") -> dict[str, str]:
    """What to say where a list is empty: why, and the one thing to do about it."""
    return {"text": text, "href": href, "action": action, "key": key}


@register.inclusion_tag("components/progress.html")
def progress(job: Any, poll: str = "") -> dict[str, Any]:
    """Queued, running, done or failed with the reason.

    `poll` is the address that htmx asks again while it is not over.
    """
    state_of_job = str(getattr(job, "state", "queued") or "queued")
    return {"job": job, "state": state_of_job, "poll": poll if state_of_job in ("queued", "running") else ""}


@register.simple_tag
def shapes(drawing: Figure) -> SafeString:
    """The shapes of a drawing as SVG elements."""
    return svg_of(drawing.shapes)


@register.simple_tag
def figure(drawing: Any) -> SafeString:
    """A drawing, by its own template; several of them as one figure that chooses by the width of its box."""
    drawings = list(drawing) if isinstance(drawing, (list, tuple)) else [drawing]
    return SafeString(render_to_string("drawings/figure.html", {"drawings": drawings}))
