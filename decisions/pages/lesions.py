"""The lesions of a staging: their rows on the entry page, and the liver they are drawn on."""

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from decisions.pages.rows import as_text
from decisions.pages.words import fact_words
from decisions.rulebooks import current_thresholds
from patients.drawings.lesions import DrawnLesion, change_since
from patients.drawings.liver import WORDS, LiverDrawing, draw_liver
from patients.models import Lesion, LesionFinding, Staging
from patients.models.columns import CodedList, Quantity, YesNo
from patients.selectors import previous_staging
from patients.values import codes_of
from patients.wording import quantity

SHORT_LABELS = {
    "segment": "Segment", "diameter_mm": "Now, mm", "baseline_diameter_mm": "Before therapy, mm",
    "disappeared": "Seen", "ablatable": "Ablatable", "plan": "Plan", "subcapsular": "Subcapsular",
    "depth_mm": "Depth, mm", "last_modality_negative": "Not seen on", "vascular_relation": "Relation to vessels",
}  # fmt: skip
IN_ROW = ("segment", "diameter_mm", "baseline_diameter_mm", "disappeared", "ablatable", "plan")
IN_MORE = ("subcapsular", "depth_mm", "last_modality_negative", "vascular_relation")
SEGMENTS = codes_of(LesionFinding._meta.get_field("segment"))


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of one lesion."""

    lesion: str
    name: str
    kind: str
    label: str
    text: str
    was: str
    options: tuple[tuple[str, str], ...] = ()
    error: str = ""
    titled: bool = False
    focus: bool = False

    @property
    def slug(self) -> str:
        return slug_of(self.lesion)

    @property
    def anchor(self) -> str:
        return f"lesion-{self.slug}-{self.name.replace('_', '-')}"

    @property
    def chosen(self) -> list[str]:
        return self.text.split(",")


@dataclass(frozen=True, slots=True)
class LesionRow:
    """One lesion of the list; what is rarely entered is folded, `told` says what stands there."""

    label: str
    cells: list[Cell]
    more: list[Cell]
    told: str

    @property
    def slug(self) -> str:
        return slug_of(self.label)

    @property
    def open(self) -> bool:
        return any(cell.error for cell in self.more)


@dataclass(frozen=True, slots=True)
class EarlierLesion:
    """A lesion of the previous staging that can be taken over."""

    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Lesions:
    """The lesions part of the entry page."""

    rows: list[LesionRow]
    drawing: LiverDrawing
    next_label: str
    earlier: list[EarlierLesion]
    earlier_on: datetime.date | None
    error: str = ""
    picked: str = ""
    segments: tuple[str, ...] = field(default=SEGMENTS)


def slug_of(label: str) -> str:
    """A label as part of an element's id."""
    return re.sub(r"[^A-Za-z0-9]+", "-", label)


def kind_of(name: str) -> str:
    """How a column of a lesion is asked: select, number, list or text."""
    stored = LesionFinding._meta.get_field(name)
    if isinstance(stored, CodedList):
        return "list"
    if isinstance(stored, YesNo) or codes_of(stored):  # type: ignore[arg-type]
        return "select"
    return "number" if isinstance(stored, Quantity) else "text"


def options_of(name: str) -> tuple[tuple[str, str], ...]:
    """What may be chosen for a column; the first entry of a select is 'nothing said'."""
    stored = LesionFinding._meta.get_field(name)
    if name == "disappeared":
        return (("", "–"), ("no", "seen"), ("yes", "not seen any more"))
    if isinstance(stored, YesNo):
        return (("", "–"), ("yes", "yes"), ("no", "no"))
    if name == "plan":
        return (("", "–"), *((code, str(word)) for code, word in LesionFinding.Plan.choices))
    codes = tuple((code, fact_words(f"lesions[].{name}").code(code)) for code in codes_of(stored))  # type: ignore[arg-type]
    return codes if isinstance(stored, CodedList) else (("", "–"), *codes)


def tolerance_mm() -> float:
    """The measurement error of a diameter, from the rulebook in force."""
    return float(current_thresholds().value("FIRMNESS_DIAMETER_MM"))


def text_of(finding: LesionFinding, name: str) -> str:
    """A column as its input holds it."""
    value = getattr(finding, name)
    return ",".join(value or ()) if kind_of(name) == "list" else as_text(value)


def build_cell(
    finding: LesionFinding, name: str, *, typed: str | None = None, error: str = "", focus: bool = False
) -> Cell:
    """The cell of one column; `typed` is what was sent and refused."""
    was = text_of(finding, name)
    kind = kind_of(name)
    return Cell(
        lesion=finding.lesion.label, name=name, kind=kind, label=SHORT_LABELS[name],
        text=was if typed is None else typed, was=was,
        options=options_of(name) if kind in ("select", "list") else (),
        error=error, titled=name in IN_MORE, focus=focus,
    )  # fmt: skip


def _row(
    finding: LesionFinding, typed: Mapping[str, str], errors: Mapping[str, str], focus: bool
) -> LesionRow:
    def cell(name: str) -> Cell:
        return build_cell(
            finding,
            name,
            typed=typed.get(name),
            error=errors.get(name, ""),
            focus=focus and name == "diameter_mm",
        )

    told = [
        f"{SHORT_LABELS[name].lower().removesuffix(', mm')} {text_of(finding, name).replace('_', ' ')}"
        for name in IN_MORE
        if text_of(finding, name)
    ]
    return LesionRow(
        finding.lesion.label, [cell(n) for n in IN_ROW], [cell(n) for n in IN_MORE], "; ".join(told)
    )


def next_label(staging: Staging) -> str:
    """The label of the patient's next new lesion: L1, L2 …; labels of earlier stagings are not used again."""
    labels = Lesion.objects.filter(patient=staging.patient).values_list("label", flat=True)
    numbers = [int(label[1:]) for label in labels if label[:1] == "L" and label[1:].isdigit()]
    return f"L{max(numbers, default=0) + 1}"


def previous_labels(staging: Staging) -> list[str]:
    """Lesions of the previous staging that do not yet stand on this one's list."""
    before = previous_staging(staging)
    if before is None:
        return []
    here = set(staging.lesion_findings.values_list("lesion__label", flat=True))
    return [
        label
        for label in before.lesion_findings.order_by("lesion__label").values_list("lesion__label", flat=True)
        if label not in here
    ]


def findings_of(staging: Staging) -> list[LesionFinding]:
    """The staging's lesions in the order of their numbers: L2 before L10."""

    def order(finding: LesionFinding) -> tuple[int, str]:
        digits = re.sub(r"\D", "", finding.lesion.label)
        return (int(digits) if digits else 0, finding.lesion.label)

    return sorted(staging.lesion_findings.select_related("lesion"), key=order)


def build_lesions(
    staging: Staging,
    *,
    typed: Mapping[str, Mapping[str, str]] | None = None,
    errors: Mapping[str, Mapping[str, str]] | None = None,
    error: str = "",
    picked: str = "",
    focus: str = "",
) -> Lesions:
    """Rows, drawing and what may be added. `typed`, `errors`: by label and column; `focus`: the row to go on with."""
    findings = findings_of(staging)
    before = previous_staging(staging)
    earlier = {finding.lesion.label: finding for finding in findings_of(before)} if before else {}
    return Lesions(
        rows=[
            _row(
                f,
                (typed or {}).get(f.lesion.label, {}),
                (errors or {}).get(f.lesion.label, {}),
                f.lesion.label == focus,
            )
            for f in findings
        ],
        drawing=drawing_of(findings, earlier, entry=reverse("decisions:staging", args=[staging.pk])),
        next_label=next_label(staging),
        earlier=[EarlierLesion(label, _words(earlier[label])) for label in previous_labels(staging)],
        earlier_on=before.date if before else None,
        error=error,
        picked=picked,
    )


def _words(finding: LesionFinding) -> str:
    size = quantity(finding.diameter_mm, "mm")
    return ", ".join(
        part for part in (f"{finding.lesion.label} {finding.segment or ''}".strip(), size) if part
    )


def drawing_of(
    findings: list[LesionFinding],
    earlier: Mapping[str, LesionFinding],
    *,
    entry: str = "",
    prefix: str = "now-",
    text: float = WORDS,
) -> LiverDrawing:
    """The liver with these lesions; `entry` is the address of the entry page, whose segments can be chosen."""
    return draw(
        [
            {"label": finding.lesion.label, **{name: getattr(finding, name) for name in (*IN_ROW, *IN_MORE)}}
            for finding in findings
        ],
        {label: finding.diameter_mm for label, finding in earlier.items()},
        compared=bool(earlier), entry=entry, prefix=prefix,
    )  # fmt: skip


def draw(
    lesions: list[dict[str, Any]],
    earlier_mm: Mapping[str, float | None],
    *,
    compared: bool,
    entry: str = "",
    prefix: str = "now-",
    text: float = WORDS,
    **more: Any,
) -> LiverDrawing:
    """The liver with lesions given as columns by name; `earlier_mm`: size at the previous staging by label.

    `more` goes to `draw_liver`: the planned resection, links of lesions.
    """
    drawn = drawn_lesions(lesions, earlier_mm, compared=compared)
    if not entry:
        return draw_liver(drawn, prefix=prefix, text=text, **more)
    return draw_liver(
        drawn,
        prefix=prefix,
        href=lambda segment: f"{entry}?segment={segment}#lesion-add",
        lesion_href=lambda label: f"#lesion-{slug_of(label)}",
    )


def drawn_lesions(
    lesions: Iterable[Mapping[str, Any]], earlier_mm: Mapping[str, float | None], *, compared: bool
) -> list[DrawnLesion]:
    """Each lesion with what happened to it since the earlier staging, else since the size before therapy."""
    drawn, tolerance = [], tolerance_mm()
    for lesion in lesions:
        label = str(lesion["label"])
        before = earlier_mm.get(label) or lesion.get("baseline_diameter_mm")
        seen_before = None if not compared or lesion.get("baseline_diameter_mm") else label in earlier_mm
        drawn.append(
            DrawnLesion(
                label, lesion.get("segment"), lesion.get("diameter_mm"), before, lesion.get("disappeared"),
                change_since(
                    lesion.get("diameter_mm"), before, disappeared=lesion.get("disappeared"),
                    tolerance_mm=tolerance, seen_before=seen_before,
                ),
                lesion.get("plan") or None,
            )
        )  # fmt: skip
    return drawn
