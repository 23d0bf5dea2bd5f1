"""`whatif`: what other values of some thresholds would change in a cohort of case documents, as counts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from decisions.engine.command import DONE, UNREADABLE, CommandLine, UnreadableError, read_documents, read_text
from decisions.engine.document import DocumentError, parse
from decisions.engine.thresholds import ThresholdError, ThresholdSet, default

if TYPE_CHECKING:
    from decisions.engine.cohort import Cohort


def add_arguments(parser: Any) -> None:
    """The arguments that the command takes, whichever cases it looks at."""
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", required=True, dest="changes",
        help="a threshold and its other value; may be given several times",
    )  # fmt: skip


def changes_of(given: Sequence[str]) -> dict[str, Any]:
    """`['ADAM_FLR_MIN=35']` as `{'ADAM_FLR_MIN': 35}`. Raises `UnreadableError` for anything else."""
    found: dict[str, Any] = {}
    for text in given:
        name, sign, value = text.partition("=")
        try:
            number = json.loads(value) if sign else None
        except ValueError:
            number = None
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise UnreadableError(f"--set {text}: allowed: NAME=NUMBER, such as ADAM_FLR_MIN=35.")
        if name in found:
            raise UnreadableError(f"--set {text}: {name} is set twice; allowed: once.")
        found[name] = number
    return found


def report(documents: Iterable[Mapping[str, Any]], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`cases`, `changed` (counts by family, name and change), `load_seconds`, `seconds` (of engine time).

    Raises `UnreadableError` for a document that is none, naming its place, and for a threshold that is unknown
    or out of bounds.
    """
    rulebook = default()
    other = _changed(rulebook, changes)
    # One case never needs numpy; the command that looks at many does.
    from decisions.engine.cohort import Cohort

    start = time.perf_counter()
    cases = []
    for place, document in enumerate(documents, start=1):
        try:
            cases.append(parse(document))
        except DocumentError as error:
            raise UnreadableError(f"case {place}: {error}") from error
    return _counted(Cohort.of_cases(cases, rulebook), other, start)


def report_of_file(file: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """`report` of a Parquet file. Raises `UnreadableError`."""
    other = _changed(default(), changes)
    from decisions.engine.parquet import read_cohort

    start = time.perf_counter()
    return _counted(read_cohort(file, default()), other, start)


def _changed(rulebook: ThresholdSet, changes: Mapping[str, Any]) -> ThresholdSet:
    try:
        return rulebook.override(changes)
    except ThresholdError as error:
        raise UnreadableError(f"--set {error.name}={error.value}: {error}") from error


def _counted(cohort: Cohort, other: ThresholdSet, start: float) -> dict[str, Any]:
    from decisions.engine.impact import Preview

    loaded = time.perf_counter()
    impact = Preview(cohort).under(other)
    return {
        "cases": impact.cases,
        "changed": impact.counts(),
        "cases_changed": len(impact.cases_of()),
        "load_seconds": round(loaded - start, 4),
        "seconds": round(time.perf_counter() - loaded, 4),
    }


def _is_parquet(file: str) -> bool:
    """By its first bytes: the name says nothing certain."""
    try:
        with Path(file).open("rb") as opened:
            return opened.read(4) == b"PAR1"
    except OSError as error:
        raise UnreadableError(f"{file}: cannot be read ({error}).") from error


def whatif(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    """Run the command over a file of case documents; returns the exit status, 2 when something cannot be read."""
    parser = CommandLine(prog="manage.py whatif", description="What a change of thresholds does to a cohort.")
    add_arguments(parser)
    parser.add_argument(
        "--cohort", metavar="FILE", required=True, help="JSON Lines or Parquet; - is stdin (JSON Lines)"
    )
    parser.add_argument("--json", action="store_true", help="the report is JSON in any case")
    try:
        options = parser.parse_args(argv)
        changes = changes_of(options.changes)
        if options.cohort != "-" and _is_parquet(options.cohort):
            found = report_of_file(options.cohort, changes)
        else:
            text = stdin.read() if options.cohort == "-" else read_text(options.cohort)
            found = report(read_documents(text, options.cohort), changes)
    except UnreadableError as error:
        stderr.write(f"whatif: {error}\n")
        return UNREADABLE
    stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    return DONE
