"""`reconcile`: what the scheduler does each night, by hand."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from decisions.services import queue_again, unassessed_jobs
from meetings.upkeep import refresh


class Command(BaseCommand):
    """Queues what has no assessment, and looks for patients that the clock has missed."""

    help = "Queue cases without an assessment and bring the conversion clock up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--dry-run", action="store_true", help="report, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            lost = unassessed_jobs()
            if not options["dry_run"]:
                for job in lost:
                    queue_again(job)
            report = {"queued": len(lost), **refresh()}
            if options["dry_run"]:
                transaction.set_rollback(True)
        if options["json"]:
            self.stdout.write(json.dumps(report))
            return
        self.stdout.write(
            f"{report['queued']} assessments queued, {report['opened']} windows opened, "
            f"{report['moved']} moved, {report['ended']} ended"
        )
