"""`manage.py whatif --set NAME=VALUE`: what a change of the board's thresholds does to the stored stagings.

The same figures as on the page of a draft with these changes: profiles on top of the board's rulebook move with it.
With `--cohort FILE` the engine answers alone, without a database (`decisions.engine.whatif`).
"""

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from decisions.engine.command import UnreadableError
from decisions.engine.impact import counted
from decisions.engine.thresholds import ThresholdError
from decisions.engine.whatif import add_arguments, changes_of
from decisions.management.importing import unreadable
from decisions.previews import impact_of, sides_of_board
from decisions.rulebooks import current_thresholds


class Command(BaseCommand):
    """Counts every change; stores nothing."""

    help = "What other values of some thresholds would change in the stored stagings."

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)
        parser.add_argument("--json", action="store_true", help="the report is JSON in any case")

    def handle(self, *args: Any, **options: Any) -> None:
        start = time.perf_counter()
        try:
            sides = sides_of_board(current_thresholds().override(changes_of(options["changes"])))
        except UnreadableError as error:
            raise unreadable(str(error)) from error
        except ThresholdError as error:
            raise unreadable(f"--set {error.name}={error.value}: {error}") from error
        impact = impact_of(sides)
        report = {
            "cases": impact.cases,
            "changed": counted(impact.changed),
            "cases_changed": len(impact.version_ids()),
            "load_seconds": round(time.perf_counter() - start - impact.seconds, 4),
            "seconds": round(impact.seconds, 4),
        }
        self.stdout.write(json.dumps(report, ensure_ascii=False))
