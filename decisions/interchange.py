"""Files in: from bytes to case documents, and on to the importer."""

import sys
from pathlib import Path
from typing import Any

from accounts.models import Centre, User
from decisions.documents import Report, import_documents
from decisions.json_text import load_json
from patients.facts import FACT_COLUMNS
from patients.interchange.profile import ProfileError, load_profile
from patients.interchange.tables import TableError, documents_from, read_table

KEY_FACTS = frozenset({"case.id", "case.decision_date"})


class UnreadableError(ValueError):
    """The input as a whole cannot be read; the message says why and what is allowed."""


def read_bytes(file: str) -> bytes:
    """The content of a file; '-' is standard input. Raises `UnreadableError`."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UnreadableError(f"'{file}' cannot be read ({error.strerror}).") from error


def read_documents(content: bytes) -> list[Any]:
    """The documents of one object, an array, or JSON Lines. Raises `UnreadableError`."""
    allowed = "allowed: one case document, an array of them, or one a line (JSON Lines), in UTF-8"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"The input is not UTF-8 text; {allowed}.") from error
    if not text.strip():
        raise UnreadableError(f"The input is empty; {allowed}.")
    try:
        whole = load_json(text)
    except ValueError as whole_error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
        documents = []
        for number, line in lines:
            try:
                documents.append(load_json(line))
            except ValueError as error:
                reason = whole_error if number == 1 or not documents else f"line {number}: {error}"
                raise UnreadableError(f"The input is not JSON ({reason}); {allowed}.") from error
        return documents
    return whole if isinstance(whole, list) else [whole]


def import_table(
    *,
    by: User,
    content: bytes,
    filename: str,
    profile: str,
    amend: bool = False,
    stage: bool = False,
    dry_run: bool = False,
    centre: Centre | None = None,
) -> Report:
    """Import a CSV or XLSX table through a profile (name or path); see `import_documents`.

    Raises `UnreadableError` when profile or table cannot be used, naming the columns, and `PermissionDenied`.
    """
    try:
        chosen = load_profile(profile, facts=KEY_FACTS | FACT_COLUMNS.keys())
        made = documents_from(read_table(content, filename), chosen)
    except (ProfileError, TableError) as error:
        raise UnreadableError(str(error)) from error
    report = import_documents(
        by=by,
        documents=made.documents,
        records=made.records,
        amend=amend,
        stage=stage,
        dry_run=dry_run,
        centre=centre,
    )
    report.read = made.read
    report.refused = sorted([*made.refused, *report.refused], key=lambda item: item["record"])
    report.ignored = made.ignored
    return report
