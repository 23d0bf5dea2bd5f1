"""`manage.py whatif --set NAME=VALUE`: what a change of thresholds does to the stored stagings.

With `--cohort FILE` the engine answers alone, without a database (`decisions.engine.whatif`).
"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from decisions.engine.command import UnreadableError
from decisions.engine.whatif import add_arguments, changes_of, report
from decisions.management.importing import unreadable
from decisions.rulebooks import current_thresholds
from decisions.selectors import staged_documents


class Command(BaseCommand):
    """Counts every change; stores nothing."""

    help = "What other values of some thresholds would change in the stored stagings."

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)
        parser.add_argument("--json", action="store_true", help="the report is JSON in any case")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = report(staged_documents(), changes_of(options["changes"]), current_thresholds())
        except UnreadableError as error:
            raise unreadable(str(error)) from error
        self.stdout.write(json.dumps(found, ensure_ascii=False))
