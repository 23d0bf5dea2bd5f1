"""`manage.py import_table FILE --profile PROFILE`: CSV or XLSX in, through a profile."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import CommandParser

from decisions.interchange import UnreadableError, import_table, read_bytes
from decisions.management.importing import ImportCommand, unreadable


class Command(ImportCommand):
    """Exit status 0: every row went in; 1: some were refused; 2: table or profile cannot be read."""

    help = "Import a table through a profile (a name such as tcia_crlm, or the path of a YAML file)."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--profile", required=True, help="name or path of the profile")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_table(
                content=read_bytes(options["file"]),
                filename=options["file"],
                profile=options["profile"],
                **self.importer(options),
            )
        except (UnreadableError, PermissionDenied) as error:
            raise unreadable(str(error)) from error
        self.answer(report, as_json=options["json"])
