"""What the import commands share: who acts, which centre, how the report is printed, the exit status."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import Centre, Role, User
from decisions.documents import Report

OPERATOR = "command-line"
"""The account that stands for whoever runs a command on the machine; nobody can sign in with it."""
SOME_REFUSED, UNREADABLE = 1, 2


def operator() -> User:
    """The account of the command line, made at its first use."""
    with transaction.atomic():
        user, created = User.objects.get_or_create(
            username=OPERATOR,
            defaults={
                "first_name": "Command",
                "last_name": "line",
                "roles": [Role.COORDINATOR],
                "all_centres": True,
            },
        )
        if created:
            user.set_unusable_password()
            user.save()
    return user


def unreadable(message: str) -> CommandError:
    """The error of input that cannot be read, or of bad usage: exit status 2."""
    return CommandError(message, returncode=UNREADABLE)


class ReportCommand(BaseCommand):
    """A command that takes a file in and reports on every record of it."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="'-' is standard input")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--dry-run", action="store_true", help="report, and store nothing")
        parser.add_argument("--by", metavar="USER", help="the user who answers for the import")

    @staticmethod
    def user(options: dict[str, Any]) -> User:
        """Who answers for the import; raises `CommandError` with status 2."""
        user = operator() if options["by"] is None else User.objects.filter(username=options["by"]).first()
        if user is None:
            raise unreadable(f"--by {options['by']}: there is no such user.")
        return user

    def answer(self, report: Report, *, as_json: bool) -> None:
        """Print the report; some refused is exit status 1."""
        if as_json:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False))
        else:
            self._in_words(report)
        if report.refused:
            raise SystemExit(SOME_REFUSED)

    def _in_words(self, report: Report) -> None:
        self.stdout.write(
            f"{report.read} read, {report.created} created, {report.updated} updated, "
            f"{report.unchanged} unchanged, {report.refused_records} refused"
        )
        for item in report.refused:
            shown = "" if item["value"] is None else f" = {item['value']!r}"
            self.stdout.write(f"  record {item['record']}: {item['path']}{shown}: {item['message']}")
        for item in report.ignored:
            where = "column" if item["record"] is None else f"record {item['record']}:"
            self.stdout.write(f"  left out: {where} {item['path']}: {item['reason']}")


class ImportCommand(ReportCommand):
    """A command that imports cases."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--amend", action="store_true", help="amend stagings that are staged already")
        parser.add_argument("--stage", action="store_true", help="stage every case")
        parser.add_argument("--centre", metavar="CODE", help="the centre of new patients")

    @classmethod
    def importer(cls, options: dict[str, Any]) -> dict[str, Any]:
        """The arguments for the import service; raises `CommandError` with status 2."""
        user = cls.user(options)
        centre = None
        if options["centre"] is not None:
            centre = Centre.objects.filter(code=options["centre"]).first()
            if centre is None:
                codes = ", ".join(Centre.objects.values_list("code", flat=True)) or "none is registered"
                raise unreadable(f"--centre {options['centre']}: there is no such centre; allowed: {codes}.")
        chosen = {name: options[name] for name in ("amend", "stage", "dry_run")}
        return {"by": user, "centre": centre, **chosen}
