"""`manage.py import_cases FILE`: case documents in (an object, an array, or JSON Lines)."""

from typing import Any

from django.core.exceptions import PermissionDenied

from decisions.documents import import_documents
from decisions.interchange import UnreadableError, read_bytes, read_documents
from decisions.management.importing import ImportCommand, unreadable


class Command(ImportCommand):
    """Exit status 0 when every record went in, 1 when some were refused, 2 when the input cannot be read."""

    help = "Import case documents (crlm-case/1)."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            documents = read_documents(read_bytes(options["file"]))
            report = import_documents(documents=documents, **self.importer(options))
        except (UnreadableError, PermissionDenied) as error:
            raise unreadable(str(error)) from error
        self.answer(report, as_json=options["json"])
