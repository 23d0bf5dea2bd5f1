"""The fact snapshots of every staged case as columns, so that a rule change can be tried on all of them at once.

The database stays the truth. The columns are derived: kept in memory by each process, in Parquet files beside the
data (`FACT_STORE`) so that a start is quick, and brought up to date by what was staged since. Deleting the folder
loses nothing (`manage.py fact_store --rebuild`).
"""

import fcntl
import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import numpy as np
from django.conf import settings
from django.db import connection
from django.db.models.expressions import RawSQL
from numpy.typing import NDArray

from decisions.engine.assess import ENGINE_VERSION
from decisions.engine.cohort import Cohort, Column
from decisions.engine.command import UnreadableError
from decisions.engine.document import parse
from decisions.engine.parquet import facts_read, read_cohort, write_cohort
from decisions.engine.thresholds import ThresholdSet
from decisions.selectors import staged_versions
from patients.models import StagingVersion

logger = logging.getLogger(__name__)

Keys = NDArray[np.int64]

MANY_FILES = 16
"""So many files are put together into one, without what is no longer in use."""
READ_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Staged cases as columns: `versions[i]` (primary key) is the staging version of row i, `centres[i]` its centre.

    `origin` is the same object as long as nothing was staged or withdrawn.
    """

    versions: NDArray[np.int64]
    centres: NDArray[np.int64]
    cohort: Cohort
    origin: object

    def under(self, thresholds: ThresholdSet) -> "Snapshots":
        """The same cases under a threshold set."""
        return replace(self, cohort=Cohort(self.cohort.size, self.cohort.facts, thresholds))

    def of(self, centres: Iterable[int]) -> "Snapshots":
        """The cases of these centres."""
        rows = np.flatnonzero(np.isin(self.centres, list(centres)))
        if len(rows) == len(self.versions):
            return self
        return replace(
            self, versions=self.versions[rows], centres=self.centres[rows], cohort=self.cohort.take(rows)
        )


class FactStore:
    """The columns of one process, and the files that it shares with the others. One reader or writer at a time.

    A row is known by the hash of its document (`StagingVersion.content_hash`): what was restored, renumbered or
    renewed is found again or read anew, and never mistaken for something else.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._forget()

    def _forget(self) -> None:
        self._read: set[str] = set()
        self._keys: Keys = np.empty(0, dtype=np.int64)
        self._facts: dict[str, Column] = {}
        self._seen: tuple[object, ...] | None = None
        self._snapshots: Snapshots | None = None

    def snapshots(self, thresholds: ThresholdSet) -> Snapshots:
        """The newest staged version of every staging in use, as of now."""
        with self._lock:
            seen = board_state()
            if self._snapshots is None or seen != self._seen:
                self._snapshots, self._seen = self._in_use(), seen
            return self._snapshots.under(thresholds)

    def rebuild(self) -> int:
        """Forget everything and read it anew from the database; returns how many snapshots there are."""
        with self._lock:
            with self._alone():
                for file in self.folder.glob("*.parquet"):
                    file.unlink()
            self._forget()
        return len(self.snapshots(_NO_LIMITS).versions)

    def _in_use(self) -> Snapshots:
        key = RawSQL("('x' || left(content_hash, 15))::bit(60)::bigint", ())
        rows = staged_versions().annotate(key=key).values_list("pk", "staging__patient__centre", "key")
        found = np.fromiter(
            (cell for row in rows.order_by("pk").iterator(10_000) for cell in row), dtype=np.int64
        )
        versions, centres, keys = found[0::3], found[1::3], found[2::3]
        with self._alone():
            self._take_files()
            self._take_new(versions[~np.isin(keys, self._keys)].tolist())
            if len(self._read) > MANY_FILES:
                self._put_together(keys)
        order = np.argsort(self._keys, kind="stable")
        places = order[np.searchsorted(self._keys, keys, sorter=order)] if len(order) else order
        taken = Cohort(len(self._keys), self._facts, _NO_LIMITS).take(places)
        facts = {name: taken.facts[name] for name in taken.facts}
        return Snapshots(versions, centres, Cohort(len(versions), facts, _NO_LIMITS), object())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _take_new(self, versions: Sequence[int]) -> None:
        """Read what the store lacks from the database."""
        for start in range(0, len(versions), READ_AT_ONCE):
            wanted = StagingVersion.objects.filter(pk__in=versions[start : start + READ_AT_ONCE])
            new = {
                int(hashed[:15], 16): parse(document)
                for hashed, document in wanted.values_list("content_hash", "document").iterator(1_000)
            }
            keys = np.fromiter(new, dtype=np.int64)
            cohort = Cohort.of_cases(list(new.values()), _NO_LIMITS, facts_read())
            self._append(keys, cohort)
            self._write(keys, cohort)

    def _append(self, keys: Keys, cohort: Cohort) -> None:
        fresh = np.flatnonzero(~np.isin(keys, self._keys))
        added, before = cohort.take(fresh), len(self._keys)
        for name in {*self._facts, *added.facts}:
            old, new = self._facts.get(name), added.facts.get(name)
            like = old or new
            assert like is not None
            self._facts[name] = _joined(old or _blank(like, before), new or _blank(like, len(fresh)))
        self._keys = np.concatenate([self._keys, keys[fresh]])

    # ------------------------------------------------------------------------------------------- files
    def _take_files(self) -> None:
        """Read what other processes have written since; a file that cannot be read is thrown away: it is derived."""
        import polars as pl  # 0.2 s and 60 MB, which most processes never need

        for file in sorted(self.folder.glob("*.parquet")):
            if file.name in self._read:
                continue
            try:
                if not file.name.startswith(_PREFIX):
                    raise UnreadableError(f"{file}: written by another version of the engine.")
                keys = pl.read_parquet(file, columns=["_key"])["_key"].to_numpy().astype(np.int64)
                self._append(keys, read_cohort(file, _NO_LIMITS))
                self._read.add(file.name)
            except (UnreadableError, OSError, pl.exceptions.PolarsError) as error:
                logger.warning("%s is thrown away and will be written anew: %s", file.name, error)
                file.unlink(missing_ok=True)

    def _write(self, keys: Keys, cohort: Cohort) -> None:
        import polars as pl

        file = self.folder / f"{_PREFIX}{uuid.uuid4().hex}.parquet"
        part = file.with_suffix(".part")
        write_cohort(cohort, part)
        pl.read_parquet(part).with_columns(_key=pl.Series(keys)).write_parquet(part, compression="zstd")
        part.chmod(0o600)
        part.rename(file)
        self._read.add(file.name)

    def _put_together(self, used: Keys) -> None:
        old = [self.folder / name for name in self._read]
        rows = np.flatnonzero(np.isin(self._keys, used))
        kept = Cohort(len(self._keys), self._facts, _NO_LIMITS).take(rows)
        self._facts = {name: kept.facts[name] for name in kept.facts}
        self._keys = self._keys[rows]
        self._read.clear()
        self._write(self._keys, Cohort(len(rows), self._facts, _NO_LIMITS))
        for file in old:
            file.unlink(missing_ok=True)


def board_state() -> tuple[object, ...]:
    """Changes whenever a snapshot is added or withdrawn, or belongs to another centre."""
    newest = "(SELECT (pgh_id, pgh_created_at)::text FROM {} ORDER BY pgh_id DESC LIMIT 1)"
    tables = ("patients_stagingversionevent", "patients_stagingevent", "patients_patientevent")
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(newest.format(table) for table in tables))
        return tuple(cursor.fetchone())


def _blank(like: Column, size: int) -> Column:
    return Column(np.zeros(size, dtype=like.values.dtype), np.zeros(size, dtype=bool), like.kind)


def _joined(one: Column, other: Column) -> Column:
    return Column(
        np.concatenate([one.values, other.values]), np.concatenate([one.known, other.known]), one.kind
    )


_PREFIX = f"facts-{ENGINE_VERSION}-"
"""Files of another version of the engine, whose facts may differ, are written anew."""
_NO_LIMITS = ThresholdSet((), "")
_STORES: dict[Path, FactStore] = {}


def fact_store() -> FactStore:
    """The store of this process."""
    folder = Path(settings.FACT_STORE)
    if folder not in _STORES:
        _STORES[folder] = FactStore(folder)
    return _STORES[folder]
