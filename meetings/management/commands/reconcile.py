"""`reconcile`: what the scheduler does each night, by hand."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from decisions.services import queue_again, unassessed_jobs
from meetings.upkeep import reconcile

SOMEBODY_WAS_MISSING = 1


class Command(BaseCommand):
    """Proves that nobody is missing from the conversion clock, mends it, and queues what has no assessment."""

    help = (
        "List every patient under systemic therapy without an open reminder, bring the conversion clock up to "
        "date, and queue cases without an assessment. Exit status 1 when somebody was missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--dry-run", action="store_true", help="report, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            with transaction.atomic():
                report = self._report(len(unassessed_jobs()))
                transaction.set_rollback(True)
        else:
            lost = unassessed_jobs()
            for job in lost:
                queue_again(job)
            report = self._report(len(lost))
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self._in_words(report)
        if report["missing"]:
            raise SystemExit(SOMEBODY_WAS_MISSING)

    @staticmethod
    def _report(queued: int) -> dict[str, Any]:
        check = reconcile(timezone.now())
        return {
            "queued": queued,
            "on_therapy": check.on_therapy,
            "on_clock": check.on_clock,
            "missing": check.missing,
            "opened": check.opened,
            "moved": check.moved,
            "ended": check.ended,
        }

    def _in_words(self, report: dict[str, Any]) -> None:
        self.stdout.write(
            f"{report['on_therapy']} must be on the clock, {report['on_clock']} were, "
            f"{len(report['missing'])} were missing"
        )
        for entry in report["missing"]:
            became = "opened again" if entry["mended"] else "STILL WITHOUT A REMINDER"
            self.stdout.write(f"  {entry['case_id']}: {entry['why']}; {became}")
        self.stdout.write(
            f"{report['queued']} assessments queued, {report['opened']} windows opened, "
            f"{report['moved']} moved, {report['ended']} ended"
        )
