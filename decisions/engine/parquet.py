"""A cohort as a Parquet file: one row a case, one column a fact, by its dotted name; what is missing is null.

A file of other make may hold the blocks of a case document as structs (`liver` with `lesion_count` inside). The
same values are allowed as in a case document, and what is wrong is told with column, row, value and what is allowed.
Lesions are no facts of the case: a column `lesions` is passed over.

Polars is imported here only, and only when a file is read or written.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from decisions.engine.cohort import Cohort, Column, code_of, kind_of, number_of
from decisions.engine.command import UnreadableError
from decisions.engine.document import UNKNOWN
from decisions.engine.facts import BLOCKS, EARLIEST_DAY, FACTS, LATEST_DAY, FactDef
from decisions.engine.logic import Expr
from decisions.engine.logic.core import Fact
from decisions.engine.outputs import flat
from decisions.engine.thresholds import ThresholdSet

if TYPE_CHECKING:
    import polars as pl

EPOCH = datetime.date(1970, 1, 1)
PASSED_OVER = frozenset({"lesions", "schema"})


@cache
def facts_read() -> frozenset[str]:
    """The facts that any counted answer rests on; the other columns of a file are checked by name only."""
    found: set[str] = {"case.decision_date"}
    seen: set[int] = set()

    def look(expr: Expr) -> None:
        if id(expr) in seen:
            return
        seen.add(id(expr))
        if isinstance(expr, Fact):
            found.add(expr.name)
        for part in expr.parts():
            look(part)

    for expr in flat().values():
        look(expr)
    return frozenset(found)


def read_cohort(path: Path | str, thresholds: ThresholdSet) -> Cohort:
    """The cases of a file, in its order. Raises `UnreadableError`: no Parquet file, an unknown column, a value that
    is not allowed.
    """
    import polars as pl

    file = Path(path)
    try:
        frame = pl.scan_parquet(file)
        schema = frame.collect_schema()
        columns = dict(_columns(file.name, schema))
        size = int(frame.select(pl.len()).collect().item())
        facts: dict[str, Column] = {}
        for name in sorted(facts_read() & columns.keys()):
            series = frame.select(columns[name].alias(name)).collect()[name]
            if series.null_count() < size:
                facts[name] = _Reading(file.name, FACTS[name], series).column()
        _check_days(file.name, facts)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UnreadableError(f"{file}: cannot be read as Parquet ({error}).") from error
    return Cohort(size, facts, thresholds)


def _columns(file: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, pl.Expr]]:
    """The columns by fact, structs opened."""
    import polars as pl

    def inside(name: str, dtype: Any, expr: pl.Expr) -> Iterator[tuple[str, pl.Expr]]:
        if isinstance(dtype, pl.Struct):
            for part in dtype.fields:
                yield from inside(f"{name}.{part.name}", part.dtype, expr.struct.field(part.name))
        elif name in FACTS:
            yield name, expr
        elif name not in PASSED_OVER and not name.startswith("_"):
            raise UnreadableError(
                f"{file}: {name} is no fact; allowed: the facts of a case document, such as liver.lesion_count, "
                f"or the blocks {', '.join(BLOCKS)}."
            )

    for name, dtype in schema.items():
        if name not in PASSED_OVER:
            yield from inside(name, dtype, pl.col(name))


class _Reading:
    """One column of a file on its way to a `Column`."""

    def __init__(self, file: str, fact: FactDef, series: pl.Series) -> None:
        self.file, self.fact, self.series = file, fact, series

    def column(self) -> Column:
        kind = kind_of(self.fact.name)
        read: Mapping[str, Callable[[], Column]] = {
            "number": self._number, "truth": self._truth, "date": self._date, "list": self._list,
        }  # fmt: skip
        return read.get(kind, self._code)()

    def refuse(self, row: int | None, value: Any) -> UnreadableError:
        place = f", row {row + 1}" if row is not None else ""
        return UnreadableError(
            f"{self.file}: {self.fact.name}{place}: {value} is not allowed; allowed: {self.fact.expected}."
        )

    def _first(self, wrong: np.ndarray[Any, Any]) -> None:
        if wrong.any():
            row = int(np.argmax(wrong))
            raise self.refuse(row, self.series[row])

    def _number(self) -> Column:
        import polars as pl

        if not (self.series.dtype.is_numeric()):
            raise self.refuse(None, f"a column of {self.series.dtype}")
        numbers = self.series.cast(pl.Float64).fill_nan(None)  # how other programs write a missing number
        known = numbers.is_not_null().to_numpy()
        values = numbers.fill_null(0).to_numpy()
        low, high = self.fact.minimum or 0, math.inf if self.fact.maximum is None else self.fact.maximum
        with np.errstate(invalid="ignore"):
            wrong = known & ~((values >= low) & (values <= high))
            if self.fact.type == "int":
                wrong |= known & (values != np.floor(values))
        self._first(wrong)
        return Column(np.where(known, values, np.nan), known, "number")

    def _truth(self) -> Column:
        import polars as pl

        if self.series.dtype != pl.Boolean:
            raise self.refuse(None, f"a column of {self.series.dtype}")
        return Column(
            self.series.fill_null(value=False).to_numpy(), self.series.is_not_null().to_numpy(), "truth"
        )

    def _date(self) -> Column:
        import polars as pl

        if not self.series.dtype.is_temporal() and self.series.dtype != pl.String:
            raise self.refuse(None, f"a column of {self.series.dtype}")
        if self.series.dtype == pl.String:
            days = self.series.str.to_date("%Y-%m-%d", strict=False)
        else:
            days = self.series.cast(pl.Date, strict=False)
        self._first(days.is_null().to_numpy() & self.series.is_not_null().to_numpy())
        known = days.is_not_null().to_numpy()
        values = days.fill_null(EPOCH).to_numpy().astype("M8[D]")
        earliest = np.datetime64(self.fact.earliest or EARLIEST_DAY, "D")
        self._first(known & ((values < earliest) | (values > np.datetime64(LATEST_DAY, "D"))))
        return Column(values, known, "date")

    def _code(self) -> Column:
        import polars as pl

        if self.series.dtype not in (pl.String, pl.Categorical, pl.Enum):
            raise self.refuse(None, f"a column of {self.series.dtype}")
        codes = [code for code in self.series.cast(pl.String).unique().to_list() if code is not None]
        for code in codes:
            if not self._is_allowed(code):
                raise self.refuse(int((self.series.cast(pl.String) == code).arg_max() or 0), code)
        places = self.series.cast(pl.String).cast(pl.Enum(codes)).to_physical()
        known = places.is_not_null().to_numpy()
        numbers = np.array([number_of(code) for code in codes], dtype=np.int32)
        values = numbers.take(places.fill_null(0).to_numpy()).astype(np.int32)
        if self.fact.coded and UNKNOWN in codes:
            known &= values != number_of(UNKNOWN)
        return Column(values, known, "code")

    def _is_allowed(self, code: str) -> bool:
        if self.fact.coded and code == UNKNOWN:
            return True
        if self.fact.allowed is not None:
            return code in self.fact.allowed
        if self.fact.pattern is not None:
            return bool(self.fact.pattern.fullmatch(code))
        return 0 < len(code) <= self.fact.longest

    def _list(self) -> Column:
        import polars as pl

        if not isinstance(self.series.dtype, pl.List):
            raise self.refuse(None, f"a column of {self.series.dtype}")
        allowed = self.fact.allowed or ()
        found = self.series.list.explode(empty_as_null=False, keep_nulls=False).cast(pl.String).unique()
        for item in found.to_list():
            if item not in allowed:
                raise self.refuse(None, item)
        known = self.series.is_not_null().to_numpy()
        bits = np.zeros(len(known), dtype=np.int64)
        items = self.series.cast(pl.List(pl.String))
        for place, item in enumerate(allowed):
            held = items.list.contains(item).fill_null(value=False).to_numpy()
            bits |= held.astype(np.int64) << place
        return Column(bits, known, "list")


def _check_days(file: str, facts: Mapping[str, Column]) -> None:
    """Convention 13, as for documents: no date after the staging, none before the one that it follows."""
    for name, column in facts.items():
        if column.kind != "date":
            continue
        fact, today = FACTS[name], facts.get("case.decision_date")
        earlier = facts.get(fact.not_before) if fact.not_before else None
        for other, late, words in (
            (today if fact.latest else None, True, "a date up to the date of the staging"),
            (earlier, False, f"a date from {fact.not_before} on"),
        ):
            if other is None:
                continue
            apart = column.values > other.values if late else column.values < other.values
            wrong = column.known & other.known & apart
            if wrong.any():
                row = int(np.argmax(wrong))
                raise UnreadableError(
                    f"{file}: {name}, row {row + 1}: {column.values[row]} is not allowed; allowed: {words} "
                    f"({other.values[row]})."
                )


def write_cohort(cohort: Cohort, path: Path | str) -> None:
    """Write the facts of a cohort; `read_cohort` gives the same columns."""
    import polars as pl

    made = {name: _series(name, column) for name, column in cohort.facts.items()}
    frame = pl.DataFrame(made) if made else pl.DataFrame({"_row": np.arange(cohort.size)})
    frame.write_parquet(Path(path), compression="zstd", statistics=False)


def _series(name: str, column: Column) -> pl.Series:
    import polars as pl

    values, known = column.values, column.known
    if column.kind == "code":
        numbers, places = np.unique(np.where(known, values, -1), return_inverse=True)
        codes = ["" if number < 0 else code_of(int(number)) for number in numbers]
        series = pl.Series(name, places.astype(np.uint32)).cat.to(pl.Enum(codes))
    elif column.kind == "list":
        allowed = FACTS[name].allowed or ()
        sums, places = np.unique(np.where(known, values, 0), return_inverse=True)
        lists = [[item for place, item in enumerate(allowed) if int(bits) >> place & 1] for bits in sums]
        series = pl.Series(name, lists, dtype=pl.List(pl.String)).gather(places)
    else:
        series = pl.Series(
            name, np.where(known, values, values.dtype.type(0)) if column.kind == "number" else values
        )
    return pl.select(pl.when(pl.Series(known)).then(series).alias(name)).to_series()
