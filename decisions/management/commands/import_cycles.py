"""`manage.py import_cycles FILE`: cycles of systemic therapy in, from CSV or XLSX."""

from typing import Any

from django.core.exceptions import PermissionDenied

from decisions.cycle_table import import_cycles
from decisions.interchange import UnreadableError, read_bytes
from decisions.management.importing import ReportCommand, unreadable


class Command(ReportCommand):
    """Exit status 0: every cycle went in; 1: some were refused; 2: the table cannot be read."""

    help = "Import cycles (columns case_id, number, date, outcome, and where known line and reason)."

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"]
        try:
            report = import_cycles(
                by=self.user(options),
                content=read_bytes(file),
                filename="cycles.csv" if file == "-" else file,
                dry_run=options["dry_run"],
            )
        except (UnreadableError, PermissionDenied) as error:
            raise unreadable(str(error)) from error
        self.answer(report, as_json=options["json"])
