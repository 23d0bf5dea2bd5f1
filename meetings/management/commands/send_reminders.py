"""`send_reminders`: what the scheduler does for notices, by hand."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from meetings.models import Notice
from meetings.notices import send_due, write_notices
from meetings.recipients import is_writing_time


class Command(BaseCommand):
    """Exit status 0 when everything that was due has left, 1 when something was put off, failed or is unclear."""

    help = "Write the notices of today that are not written yet, and send what waits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--dry-run", action="store_true", help="report, and neither write nor send anything"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        report = _foreseen() if options["dry_run"] else {"written": write_notices(now), **send_due(now)}
        if options["json"]:
            self.stdout.write(json.dumps(report))
        else:
            counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in report.items())
            self.stdout.write(counts)
            if not is_writing_time(now):
                self.stdout.write(
                    "Notices are written on working days from DIGEST_HOUR on; it is not that time."
                )
        if any(report.get(name) for name in ("put_off", "failed", "unclear")):
            sys.exit(1)


def _foreseen() -> dict[str, int]:
    """How many would be written, and how many would then wait to be sent."""
    now = timezone.now()
    with transaction.atomic():
        written = write_notices(now)
        waiting = Notice.objects.filter(state=Notice.State.WAITING, next_attempt_at__lte=now).count()
        transaction.set_rollback(True)
    return {"written": written, "to_send": waiting}
