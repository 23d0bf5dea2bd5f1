"""The sheet of components: every part of the pages in light, dark and projector, with invented contents."""

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from django.conf import settings
from django.contrib.auth.mixins import UserPassesTestMixin
from django.core.paginator import Paginator
from django.views.generic import TemplateView

from meetings.drawings.clock import ClockRow, draw_axis, draw_strip
from patients.drawings.course import Course, Cycle, Event, Line, Reading, SeriesLimit, Window
from patients.drawings.lesions import DrawnLesion
from patients.drawings.liver import draw_liver
from patients.drawings.remnant import Limit, Remnant, Zone, draw_remnant
from patients.drawings.timeline import draw_timeline
from patients.states import LOOKS

TODAY = date(2026, 4, 16)
THEMES = (("light", "Light"), ("dark", "Dark"), ("projector", "Projector"))


class ComponentsView(UserPassesTestMixin, TemplateView):
    """For signed-in staff, or anybody under `DEBUG`."""

    template_name = "components.html"

    def test_func(self) -> bool:
        return bool(settings.DEBUG or getattr(self.request.user, "is_staff", False))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sheets = [_sheet(theme, name) for theme, name in THEMES]
        return super().get_context_data(**kwargs, sheets=sheets, **_parts())


def _sheet(theme: str, name: str) -> dict[str, Any]:
    """The drawings of one theme; ids carry its name, words on the projector are large."""
    wall = theme == "projector"
    prefix, text = f"{theme}-", 32.0 if wall else 13.0
    axis = draw_axis(CLOCK, TODAY, prefix=prefix)
    return {
        "theme": theme,
        "name": name,
        "prefix": prefix,
        "liver": draw_liver(LESIONS, resected_segments=REMOVED, prefix=prefix, text=44 if wall else 26),
        "entry": draw_liver(
            LESIONS[:2],
            prefix=f"{prefix}entry-",
            href=lambda segment: f"#{prefix}segment",
            current="VI",
            pick_for=f"{prefix}segment",
        ),
        "course": draw_timeline(COURSE, prefix=prefix, text=text),
        "remnant": draw_remnant(REMNANT, prefix=prefix, text=text),
        "remnant_unknown": draw_remnant(
            Remnant(None, limits=REMNANT.limits), prefix=f"{prefix}none-", text=text
        ),
        "axis": axis,
        "strips": [(row, draw_strip(row, axis, prefix=f"{prefix}{row.label}-")) for row in CLOCK],
    }


REMOVED = ("V", "VI", "VII", "VIII")
LESIONS = (
    DrawnLesion("L1", "VII", 38, 62, False, "shrunk", "resect"),
    DrawnLesion("L2", "VIII", 27, 41, False, "shrunk", "resect"),
    DrawnLesion("L3", "V", 14, 12, False, "grown", "resect"),
    DrawnLesion("L4", "VI", 11, None, False, "new", "resect"),
    DrawnLesion("L5", "III", 9, 10, False, "stable", "ablate"),
    DrawnLesion("L6", "II", 0, 11, True, "disappeared"),
    DrawnLesion("L7", "IVb", None),
    DrawnLesion("L8", "IVa", 17),
    DrawnLesion("L9", None, 12, plan="resect"),
)

_START = date(2026, 1, 22)
COURSE = Course(
    today=TODAY,
    lines=(
        Line(
            "FOLFOX + panitumumab",
            _START,
            cycle_length_days=14,
            cycles=[
                Cycle(n + 1, _START + timedelta(days=14 * n), "given" if n < 5 else "") for n in range(6)
            ],
        ),
    ),
    windows=(Window(date(2026, 3, 22), date(2026, 4, 22), date(2026, 3, 19), date(2026, 4, 16)),),
    scans=(
        Event(date(2025, 12, 18), "CT"),
        Event(date(2026, 1, 8), "MRI"),
        Event(date(2026, 3, 31), "MRI"),
        Event(date(2026, 5, 4), "MRI", planned=True),
    ),
    procedures=(Event(date(2025, 12, 29), "Primary resected"),),
    volumetries=(Event(date(2026, 4, 2), "FLR 29.6 %"),),
    stagings=(Event(date(2026, 1, 15), "Baseline"), Event(date(2026, 3, 31), "Restaging")),
    boards=(Event(date(2026, 1, 20), "Board"), Event(TODAY, "Board", planned=True)),
    cea=(
        Reading(date(2025, 12, 18), 212),
        Reading(date(2026, 1, 20), 231),
        Reading(date(2026, 2, 19), 118),
        Reading(date(2026, 3, 19), 46),
        Reading(date(2026, 4, 9), 24),
    ),
    cea_limits=(SeriesLimit(200, "Fong > 200"), SeriesLimit(20, "GAME ≥ 20")),
)

REMNANT = Remnant(
    29.6,
    zones=(Zone(0, 20, "inadequate"), Zone(20, 30, "borderline"), Zone(30, 100, "adequate")),
    limits=(
        Limit(20, "Charnsangavej"),
        Limit(25, "Rees"),
        Limit(30, "Rees"),
        Limit(30, "Adam"),
        Limit(30, "ESMO"),
        Limit(40, "Nieuwenhuizen"),
    ),
    error=1.5,
    before=24.1,
    background="a normal liver",
)


def _row(
    label: str, start: date, given: int, *, late: bool = False, confirmed: bool = True, **more: Any
) -> ClockRow:
    days = [start + timedelta(days=14 * n) for n in range(6)]
    window = Window(
        start + timedelta(days=59),
        start + timedelta(days=90),
        days[4],
        days[5] + timedelta(days=14),
        late=late,
    )
    cycles = [Cycle(n + 1, day, "given") for n, day in enumerate(days[:given])]
    return ClockRow(label, start, window, confirmed, cycles, days[given:], **more)


CLOCK = (
    _row("2026-003", date(2025, 12, 31), 5, late=True),
    _row(
        "2026-011",
        date(2026, 1, 30),
        5,
        scans=[Event(date(2026, 4, 14), "MRI")],
        boards=[Event(date(2026, 4, 23), "Board", True)],
    ),
    _row("2026-021", date(2026, 2, 13), 4, scans=[Event(date(2026, 4, 28), "MRI", True)]),
    _row("2026-030", date(2026, 4, 23), 0, confirmed=False),
)

PATIENT = SimpleNamespace(
    name="Lindholm, Karin",
    birth_date=date(1964, 5, 12),
    case_id="2026-014",
    hospital_number="H 482 113",
    vital_status="alive",
)
SEGMENTS = ("I", "II", "III", "IVa", "IVb", "V", "VI", "VII", "VIII")


def _parts() -> dict[str, Any]:
    """The contents that are the same in all themes; the texts stand in `components.yaml`."""
    texts = yaml.safe_load(Path(__file__).with_name("components.yaml").read_text(encoding="utf-8"))
    jobs = [
        SimpleNamespace(state=state, error="The worker lost the database.")
        for state in ("queued", "running", "done", "failed")
    ]
    return {
        **texts,
        "patient": PATIENT,
        "states": sorted(LOOKS),
        "jobs": jobs,
        "page": Paginator(range(61), 25).page(2),
        "segments": [("", "Choose"), *((name, name) for name in SEGMENTS)],
        "nothing": None,
    }
