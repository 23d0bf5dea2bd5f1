"""`manage.py export_cases [--case ID ...]`: case documents out, one a line."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser

from decisions.documents import export_documents
from decisions.management.importing import operator, unreadable


class Command(BaseCommand):
    """Writes canonical documents; importing them gives the same facts."""

    help = "Export case documents (crlm-case/1) as JSON Lines, or with --json as one array."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--case", metavar="ID", nargs="+", action="extend", help="only these cases")
        parser.add_argument("--json", action="store_true", help="one JSON array instead of JSON Lines")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            documents = export_documents(by=operator(), case_ids=options["case"])
        except ValidationError as error:
            raise unreadable(" ".join(error.messages)) from error
        if options["json"]:
            self.stdout.write(json.dumps(documents, ensure_ascii=False))
            return
        for document in documents:
            self.stdout.write(json.dumps(document, ensure_ascii=False))
