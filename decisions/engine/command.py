"""The commands of the engine: they need no settings, database, broker or network.

`assess`: case documents in, one assessment a line out. `make_cohort`: synthetic case documents out.
`handbook`: every declaration in words, as Markdown. `whatif --cohort`: what other thresholds would change.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from decisions.engine.assess import assess, canonical_json
from decisions.engine.document import DocumentError, parse
from decisions.engine.handbook import handbook
from decisions.engine.report import as_text
from decisions.engine.synthetic import cohort
from decisions.engine.thresholds import ThresholdError, ThresholdSet, default

DONE, SOME_INVALID, UNREADABLE = 0, 1, 2


class UnreadableError(Exception):
    """Input that cannot be read, or bad usage: exit status 2."""


class CommandLine(argparse.ArgumentParser):
    """A parser that raises `UnreadableError` instead of leaving the program."""

    def error(self, message: str) -> NoReturn:
        raise UnreadableError(message)


def assess_files(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    """Run the command; returns the exit status: 0, 1 when a case was invalid, 2 when nothing could be read."""
    try:
        options = _parser().parse_args(argv)
        rulebook = _rulebook(options.thresholds)
        status = DONE
        for document in _documents(options.files or ["-"], stdin):
            line, good = _line(document, rulebook, options.format)
            stdout.write(line + "\n")
            status = status if good else SOME_INVALID
    except UnreadableError as error:
        stderr.write(f"assess: {error}\n")
        return UNREADABLE
    except BrokenPipeError:
        return SOME_INVALID
    return status


def _parser() -> argparse.ArgumentParser:
    parser = CommandLine(prog="manage.py assess", description="Assess case documents (crlm-case/1).")
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="an object, an array or JSON Lines; - is stdin"
    )
    parser.add_argument(
        "--thresholds", metavar="FILE", help='JSON object that overrides: {"ADAM_FLR_MIN": 35}'
    )
    parser.add_argument("--format", choices=("json", "text"), default="json")
    return parser


def _rulebook(file: str | None) -> ThresholdSet:
    if file is None:
        return default()
    try:
        overrides = _json(read_text(file))
    except ValueError as error:
        raise UnreadableError(f"{file}: not JSON ({error}).") from error
    if not isinstance(overrides, dict):
        raise UnreadableError(f"{file}: an object of threshold names and values is needed.")
    try:
        return default().override(overrides)
    except ThresholdError as error:
        raise UnreadableError(f"{file}: {error}") from error


def read_text(file: str) -> str:
    """The text of a file. Raises `UnreadableError` naming it."""
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{file}: cannot be read ({error}).") from error


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def _documents(files: Iterable[str], stdin: TextIO) -> Iterator[Any]:
    for file in files:
        yield from read_documents(stdin.read() if file == "-" else read_text(file), file)


def read_documents(text: str, name: str) -> list[Any]:
    """The documents in a text: one object, an array, or JSON Lines. Raises `UnreadableError` naming the line."""
    try:
        whole = _json(text)
    except ValueError as error:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        if len(lines) < 2:
            raise UnreadableError(f"{name}: not JSON ({error}).") from error
        return [_one_line(line, f"{name}, line {number}") for number, line in lines]
    return whole if isinstance(whole, list) else [whole]


def _one_line(line: str, place: str) -> Any:
    try:
        return _json(line)
    except ValueError as error:
        raise UnreadableError(f"{place}: not JSON ({error}).") from error


def _line(document: Any, rulebook: ThresholdSet, form: str) -> tuple[str, bool]:
    try:
        case = parse(document)
    except DocumentError as error:
        found = [{"path": one.path, "value": one.value, "message": one.message} for one in error.errors]
        if form == "text":
            return "\n".join(f"Not assessed: {one['message']}" for one in found) + "\n", False
        return canonical_json({"error": found[0], "errors": found}), False
    result = assess(case, rulebook)
    return (as_text(case, result) if form == "text" else canonical_json(result)), True


def make_cohort(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    """Write synthetic case documents as JSON Lines; returns the exit status, 2 for bad usage."""
    parser = CommandLine(prog="manage.py make_cohort", description="Synthetic case documents (crlm-case/1).")
    parser.add_argument("count", metavar="N", type=int, help="how many cases, from 0 on")
    parser.add_argument("--seed", metavar="S", type=int, default=1, help="the same seed gives the same cases")
    parser.add_argument("--parquet", metavar="FILE", help="write the facts as a Parquet file instead")
    try:
        options = parser.parse_args(argv)
        if options.parquet:
            _write_parquet(cohort(options.count, options.seed), options.parquet)
            return DONE
        for document in cohort(options.count, options.seed):
            stdout.write(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")
    except (UnreadableError, ValueError) as error:
        stderr.write(f"make_cohort: {error}\n")
        return UNREADABLE
    except BrokenPipeError:
        return SOME_INVALID
    return DONE


def _write_parquet(documents: Iterable[Any], file: str) -> None:
    from decisions.engine.cohort import Cohort
    from decisions.engine.parquet import write_cohort

    try:
        write_cohort(Cohort.of_cases([parse(document) for document in documents], default()), file)
    except OSError as error:
        raise UnreadableError(f"{file}: cannot be written ({error}).") from error


def write_handbook(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    """Write what the engine knows, for clinicians; returns the exit status, 2 for bad usage."""
    parser = CommandLine(prog="manage.py handbook", description="Every rule in words, as Markdown.")
    parser.add_argument("--thresholds", metavar="FILE", help="JSON object that overrides thresholds")
    try:
        stdout.write(handbook(_rulebook(parser.parse_args(argv).thresholds)))
    except UnreadableError as error:
        stderr.write(f"handbook: {error}\n")
        return UNREADABLE
    return DONE


def _whatif(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    from decisions.engine.whatif import whatif

    return whatif(argv, stdin, stdout, stderr)


COMMANDS = {
    "assess": assess_files,
    "make_cohort": make_cohort,
    "handbook": write_handbook,
    "whatif": _whatif,
}
"""By the name that `manage.py` takes."""
