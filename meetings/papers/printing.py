"""A document as plain text, and as PDF by typst.

Typst gets the document as JSON in `sys.inputs`: what people typed is never markup. The PDF is tagged
(PDF/UA-1) and fit for the archive (PDF/A-2a). Where the typeface has no glyph for a letter, both standards
would refuse the whole document, and a plain PDF with the machine's own fonts is made instead.
"""

import datetime
import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst
from django.conf import settings

from meetings.papers.blocks import DEVICE, NOT_KNOWN, SOURCES, Block
from patients.wording import NBSP

WIDTH = 78
Standard = Literal["ua-1", "a-2a"]
STANDARDS: list[Standard] = ["ua-1", "a-2a"]


class PrintError(Exception):
    """The PDF could not be made; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document ready to be shown: its composition with the clinician's own paragraphs, and what became of it.

    `signature` is empty while it is a draft. `changes` says what is new since the version before.
    """

    kind: str
    composed: Mapping[str, Any]
    version: int
    signature: str = ""
    changes: tuple[str, ...] = ()
    left_out: str = ""

    @property
    def draft(self) -> bool:
        """Not released yet."""
        return not self.signature

    @property
    def state(self) -> str:
        """'Draft, version 1', 'Version 2': what stands at the head of every page."""
        return f"Draft, version {self.version}" if self.draft else f"Version {self.version}"

    @property
    def closing(self) -> str:
        """Who stands for it, or that nobody does yet."""
        return f"Released by {self.signature}." if self.signature else "Draft. Nobody has released it yet."

    @property
    def running(self) -> str:
        """What stands on every page: the two identifiers of a patient, or the title of the minutes."""
        people = self.composed.get("people")
        if not people:
            return f"{self.composed['title']}, {self.composed['subtitle']}"
        return ", ".join(
            part
            for part in (
                people["name"] or "name " + NOT_KNOWN,
                f"born {people['born']}" if people["born"] else f"birth date {NOT_KNOWN}",
                f"case {people['case']}",
                f"hospital number {people['hospital_number']}" if people["hospital_number"] else "",
            )
            if part
        )


def shown_sections(sheet: Sheet) -> list[dict[str, Any]]:
    """The sections that say something."""
    return [
        {**part, "blocks": blocks}
        for part in sheet.composed["sections"]
        if (blocks := [block for block in part["blocks"] if _says(block)])
    ]


def _says(block: Block) -> bool:
    return bool(block.get("text") or block.get("rows") or block.get("items"))


# ------------------------------------------------------------------------------------------------- plain text
def as_text(sheet: Sheet) -> str:
    """The document as plain text, 78 columns wide, ending with a line break."""
    composed = sheet.composed
    title = f"{composed['title']}, {composed['subtitle']}" if composed["subtitle"] else composed["title"]
    lines = [_wrapped(DEVICE), _wrapped(f"{SOURCES} {sheet.state}."), "", _wrapped(title)]
    lines.append("=" * min(WIDTH, len(title)))
    if composed.get("people"):
        lines.append(_wrapped(sheet.running))
    lines += [_wrapped(f"{label}: {value or NOT_KNOWN}", "  ") for label, value in composed["meta"]]
    if sheet.changes:
        lines += ["", "Changed since the version before"]
        lines += [_wrapped(f"- {change}", "  ") for change in sheet.changes]
    for part in shown_sections(sheet):
        lines.append("")
        heading = ", ".join(word for word in (part["title"], part["people"]) if word)
        if heading:
            lines += [_wrapped(heading), "-" * min(WIDTH, len(heading))]
        for block in part["blocks"]:
            lines += _block_lines(block)
    if sheet.left_out:
        lines += ["", _wrapped(sheet.left_out)]
    lines += ["", _wrapped(sheet.closing), _wrapped(DEVICE)]
    return "\n".join(lines).replace(NBSP, " ") + "\n"


def _block_lines(block: Block) -> list[str]:
    match block["type"]:
        case "facts":
            return [_wrapped(f"{row['label']}: {row['value'] or NOT_KNOWN}", "  ") for row in block["rows"]]
        case "list":
            return [_wrapped(f"- {item}", "  ") for item in block["items"]]
        case "table":
            return [_row(block["columns"], row) for row in block["rows"]]
        case _:
            return [_wrapped(block["text"])]


def _row(columns: list[str], row: list[str]) -> str:
    cells = (f"{column}: {cell or NOT_KNOWN}" for column, cell in zip(columns, row, strict=True))
    return _wrapped("- " + "; ".join(cells), "  ")


def _wrapped(said: str, indent: str = "") -> str:
    """Wrapped line by line; whatever stands in the text begins no new line of its own but where it had one."""
    return "\n".join(
        textwrap.fill(
            line, WIDTH, initial_indent=indent if place else "", subsequent_indent=indent,
            break_on_hyphens=False, break_long_words=False,
        )
        for place, line in enumerate(said.split("\n"))
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------------- PDF
def folder() -> Path:
    """Where the template and the typeface lie."""
    return Path(settings.BASE_DIR) / "templates" / "meetings" / "print"


@cache
def _compiler(system_fonts: bool) -> typst.Compiler:
    return typst.Compiler(
        root=str(folder()), font_paths=[str(folder() / "fonts")], ignore_system_fonts=not system_fonts
    )


def as_pdf(sheet: Sheet, *, at: datetime.datetime) -> bytes:
    """The document as PDF, the same bytes for the same sheet and time `at`. Raises `PrintError`."""
    try:
        return _compiled(sheet, at, STANDARDS, system_fonts=False)
    except typst.TypstError as error:
        if not str(error).startswith("PDF/"):
            raise PrintError(_why(error)) from error
    try:
        return _compiled(sheet, at, [], system_fonts=True)
    except typst.TypstError as error:
        raise PrintError(_why(error)) from error


def _why(error: Exception) -> str:
    return f"The program that sets the pages refused: {str(error).splitlines()[0]}"


def _compiled(sheet: Sheet, at: datetime.datetime, standards: list[Standard], *, system_fonts: bool) -> bytes:
    made = _compiler(system_fonts).compile(
        input=str(folder() / "document.typ"),
        format="pdf",
        sys_inputs={"sheet": json.dumps(_for_print(sheet), ensure_ascii=True)},
        pdf_standards=[*standards],
        timestamp=at.astimezone(datetime.UTC).replace(microsecond=0),
    )
    if not isinstance(made, bytes):
        raise PrintError("The program that sets the pages gave back no document.")
    return made


def _for_print(sheet: Sheet) -> dict[str, Any]:
    composed = sheet.composed
    return {
        "kind": sheet.kind,
        "title": composed["title"],
        "subtitle": composed["subtitle"],
        "people": composed.get("people"),
        "running": sheet.running,
        "meta": composed["meta"],
        "sections": shown_sections(sheet),
        "changes": list(sheet.changes),
        "left_out": sheet.left_out,
        "draft": sheet.draft,
        "state": sheet.state,
        "closing": sheet.closing,
        "device": DEVICE,
        "sources": SOURCES,
        "not_known": NOT_KNOWN,
    }
