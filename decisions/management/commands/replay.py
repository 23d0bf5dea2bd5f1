"""`manage.py replay`: run stored assessments again under their own rulebooks and compare them to the byte."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from decisions.engine.assess import ENGINE_VERSION
from decisions.management.importing import unreadable
from decisions.models import Assessment
from decisions.replay import Replay, replay_all

DIFFERS = 1


class Command(BaseCommand):
    """Stores nothing. Exit status 1: other bytes under the same engine version; 2: nothing was run."""

    help = "Run stored assessments again under their own rulebooks and compare them to the byte."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ids", metavar="ID", nargs="*", type=int, help="numbers of assessments")
        parser.add_argument("--all", action="store_true", help="every stored assessment")
        parser.add_argument("--json", action="store_true", help="one object with counts and what differs")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = Assessment.objects.select_related("staging_version", "rulebook").order_by("pk")
        if options["all"] == bool(options["ids"]):
            raise unreadable("Name assessments, or all of them; allowed: --all, or one or more ID.")
        if not options["all"]:
            wanted = wanted.filter(pk__in=options["ids"])
            missing = sorted({*options["ids"]} - set(wanted.values_list("pk", flat=True)))
            if missing:
                raise unreadable(f"There is no assessment {', '.join(str(pk) for pk in missing)}.")
        counts = {"run": 0, "identical": 0, "other_engine": 0, "differing": 0}
        told = []
        for found in replay_all(wanted.iterator(chunk_size=100)):
            counts["run"] += 1
            counts["identical"] += found.identical and found.intact
            counts["differing"] += not found.holds
            counts["other_engine"] += found.holds and not found.identical
            if not (found.identical and found.intact):
                told.append(_document(found))
                if not options["json"]:
                    self.stdout.write(_line(found))
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {"engine_version": ENGINE_VERSION, **counts, "differences": told}, ensure_ascii=False
                )
            )
        else:
            self.stdout.write(
                f"{counts['run']} run again: {counts['identical']} identical, {counts['other_engine']} differ under "
                f"another engine version, {counts['differing']} differ under engine {ENGINE_VERSION} or were altered."
            )
        if counts["differing"]:
            raise SystemExit(DIFFERS)


def _document(found: Replay) -> dict[str, Any]:
    return {
        "assessment": found.assessment.pk,
        "rulebook": found.assessment.rulebook.number,
        "engine_version": found.assessment.engine_version,
        "identical": found.identical,
        "intact": found.intact,
        "parts": found.parts,
        "answers": found.answers,
    }


def _line(found: Replay) -> str:
    held = found.assessment
    what = "the stored document was altered" if not found.intact else f"differs in {', '.join(found.parts)}"
    answers = "; ".join(
        f"{item['label']}: {item['old'] or '–'} -> {item['new'] or '–'}" for item in found.answers
    )
    where = f"assessment {held.pk}, rulebook {held.rulebook.number}, engine {held.engine_version}"
    return f"{where}: {what}" + (f" ({answers})" if answers else "")
