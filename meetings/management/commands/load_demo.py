"""`manage.py load_demo`: loads the demo board, once; with --reset, anew and relative to today."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from meetings.demo.load import clear_board, is_empty, load_board


class Command(BaseCommand):
    """Refuses outside demo mode, so that no real board is ever emptied or mixed with invented patients."""

    help = "Load the demo board: twelve invented patients, two meetings, ten accounts. Only with DEMO=1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="empty the board first")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("DEMO is off; the demo board is loaded with DEMO=1 only.")
        with transaction.atomic():
            if options["reset"]:
                clear_board()
            elif not is_empty():
                self.stdout.write("The board is not empty; nothing was loaded.")
                return
            counts = load_board()
        self.stdout.write(json.dumps(counts))
