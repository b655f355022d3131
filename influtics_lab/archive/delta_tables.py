"""Delta tables over the files of an archive, for engines that read Delta: DuckDB, Spark, polars and others.

`archive.json` stays the truth. ``stats``, ``videos``, ``rejected`` and ``snapshots`` each have a Delta log, to which a
publication adds the difference to the truth in one transaction. A damaged Delta log is written again from nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson
import polars as pl

from influtics_lab.archive.archive_files import Store
from influtics_lab.archive.archive_tables import TABLES, to_parquet
from influtics_lab.archive.commit import load_existing_log
from influtics_lab.archive.log import Log
from influtics_lab.archive.log_entries import SNAPSHOTS, File
from influtics_lab.archive.status import LISTED, list_entry
from influtics_lab.errors import (
    ArchiveBusyError,
    ConfigError,
    InfluticsError,
    MissingExtraError,
    StorageError,
    import_extra,
)
from influtics_lab.snapshot.parquet_footer import footer_problem
from influtics_lab.storage import REPLACED, Folder
from influtics_lab.text_format import plural

_TABLES: Final = ("stats", "videos", "rejected", SNAPSHOTS)  # the last one shows which snapshots are in the others
_APPLICATION: Final = "influtics-lab"
_ATTEMPTS: Final = 9  # one for each table that has to be written again, and five for other publications
_PAUSES_S: Final = (0.2, 0.5, 1, 2, 4)  # in all longer than a publication into an object store
_SETTINGS: Final = {"delta.checkpointInterval": "10", "delta.logRetentionDuration": "interval 7 days"}
_NO_DELTALAKE: Final = "Delta tables need deltalake. Install the extra: pip install 'influtics-lab[lake]'"
_PARTITION: Final = "snapshot_date"
_REPAIR: Final = "run `influtics-lab archive publish`"


class _DamagedTableError(Exception):
    """The Delta log of a table has to be written again."""

    def __init__(self, table: str, reason: str) -> None:
        super().__init__(f"{table}/_delta_log {reason}")
        self.table = table


def publish_tables(store: Store, *, repair: bool = False) -> int:
    """Commit what each Delta table lacks or has too much, and return the number of published snapshots.

    With ``repair`` damaged Delta logs are written again, and files of ``snapshots`` that are missing or damaged.

    Of two publications at the same time one fails, since both name the same application in their transaction, and
    starts again. The tables are opened before the log is read, so nothing newer is ever replaced by something older.

    Raises
    ------
    ConfigError
        If readers cannot open Delta tables at the archive's path.
    ArchiveBusyError
        If other publications were faster again and again.
    StorageError
        If a table cannot be read or written.
    MissingExtraError
        If deltalake is not installed.
    """
    _refuse_unreadable_path(store)
    lake = import_extra("deltalake", _NO_DELTALAKE)
    for _ in range(_ATTEMPTS):
        try:
            return _publish_once(lake, store, repair)
        except lake.exceptions.CommitFailedError:
            continue
        except _DamagedTableError as damage:
            if not repair:
                raise StorageError(f"{damage}: {_REPAIR}.") from None
            _delete_delta_log(store, damage.table)
        except InfluticsError:
            raise
        except Exception as error:  # noqa: BLE001  # deltalake raises several kinds, whose texts may show settings
            text = f"The Delta tables of {store} cannot be written ({type(error).__name__})."
            raise StorageError(f"{text} Check the disk or store and its permissions.") from None
    raise ArchiveBusyError(f"Other processes publish {store}. Try again later.")


def _refuse_unreadable_path(store: Store) -> None:
    """Raise ConfigError if readers of Delta tables would look for the archive in a different folder."""
    path = store.place.path.resolve() if isinstance(store.place, Folder) else Path()
    if character := REPLACED.search(path.as_posix()):
        text = f"{path} cannot have Delta tables: their readers replace {character[0]} in a path."
        raise ConfigError(f"{text} Nothing was written. Rename that folder, and publish.")


@contextmanager
def _report_damage(lake: Any, table: str) -> Iterator[None]:
    """Raise _DamagedTableError for an error of deltalake that has its cause in a Delta log."""
    try:
        yield
    except lake.exceptions.CommitFailedError:
        raise
    except lake.exceptions.DeltaError as error:
        raise _DamagedTableError(table, f"cannot be read ({type(error).__name__})") from None


def _publish_once(lake: Any, store: Store, repair: bool) -> int:
    tables = {name: _open_table(lake, store, name, make=True) for name in _TABLES}
    log = load_existing_log(store)
    for name, table in tables.items():
        missing, foreign = _compare_files(lake, table, log, name)
        if name == SNAPSHOTS:
            damaged = _find_damaged_files(store, log) if repair else ()
            missing += [file for file in damaged if file not in missing]
            for file, rows in _list_snapshot_rows(log, missing):
                store.write_data_file(file.path, to_parquet(rows))
        if missing or foreign:
            with _report_damage(lake, name):
                _commit_actions(lake, table, [*_list_actions(lake, store, missing, foreign)], log)
    return log.count


def _delete_delta_log(store: Store, table: str) -> None:
    """Delete a Delta log, newest files first, so that what an interruption leaves is an earlier state or none."""
    names = [name for name in store.place.list_names() if name.startswith(f"{table}/_delta_log/")]
    for name in sorted(names, reverse=True):
        store.place.delete(name)


def _open_table(lake: Any, store: Store, name: str, *, make: bool) -> Any:
    """Return a Delta table, which is made, empty, if it does not exist and ``make`` is true."""
    location, schema = str(store.place.location(name)), _schema_of(lake, name)
    partition = [] if name == SNAPSHOTS else [_PARTITION]
    with _report_damage(lake, name):
        try:
            table = lake.DeltaTable(location)
        except lake.exceptions.TableNotFoundError:
            if not make:
                raise
            make_table = lake.DeltaTable.create
            table = make_table(location, schema, mode="ignore", partition_by=partition, configuration=_SETTINGS)
        metadata = table.metadata()
        settings = table.schema(), metadata.partition_columns, metadata.configuration
        if settings != (schema, partition, _SETTINGS) or table.protocol().min_reader_version != 1:
            raise _DamagedTableError(name, "has columns or settings of another program")
    return table


def _schema_of(lake: Any, name: str) -> Any:
    columns = LISTED if name == SNAPSHOTS else TABLES[name].stored_schema | {_PARTITION: pl.Date()}
    return lake.Schema.from_arrow(pl.DataFrame(schema=columns).to_arrow().schema)


def _compare_files(lake: Any, table: Any, log: Log, name: str) -> tuple[list[File], list[str]]:
    """Return the files that a Delta table lacks, and the paths of those that do not belong there."""
    files = log.snapshot_files if name == SNAPSHOTS else log.files_of(name)
    with _report_damage(lake, name):
        actions = table.get_add_actions()
    rows = dict(zip(actions.column("path").to_pylist(), actions.column("num_records").to_pylist(), strict=True))
    listed = {f"{name}/{path}": number for path, number in rows.items()}
    missing = [file for file in files if listed.get(file.path) != file.rows]
    return missing, sorted(listed.keys() - {file.path for file in files})


def _list_snapshot_rows(log: Log, files: list[File]) -> Iterator[tuple[File, pl.DataFrame]]:
    """Yield each file with its rows of `Archive.snapshots`."""
    first = min((file.first for file in files), default=log.count + 1)
    entries = {entry.number: entry for entry in log.entries_after(first - 1)}
    for file in files:
        rows = [list_entry(entries[number]) for number in range(file.first, file.last + 1)]
        yield file, pl.DataFrame(rows, schema=LISTED)


def _find_damaged_files(store: Store, log: Log) -> Iterator[File]:
    """Yield the files of ``snapshots``, whose digests the log does not list, that do not hold their rows."""
    place = store.place
    for file, rows in _list_snapshot_rows(log, log.snapshot_files):
        try:
            problem = place.find_problem(file.path) or footer_problem(place.open_table(file.path), file.rows)
            is_intact = not problem and pl.read_parquet(place.open_table(file.path), glob=False).equals(rows)
        except (OSError, pl.exceptions.PolarsError):
            is_intact = False
        if not is_intact:
            yield file


def _list_actions(lake: Any, store: Store, missing: list[File], foreign: list[str]) -> Iterator[Any]:
    now = int(time.time() * 1000)
    for file in missing:
        bounds = {"snapshot": file.first}, {"snapshot": file.last}
        stats = {"numRecords": file.rows, "minValues": bounds[0], "maxValues": bounds[1], "nullCount": {"snapshot": 0}}
        stats = {"numRecords": file.rows} if file.table == SNAPSHOTS else stats
        name = file.path.removeprefix(f"{file.table}/")
        partition = {} if file.table == SNAPSHOTS else {_PARTITION: file.day}
        size = store.place.measure(file.path)
        yield lake.transaction.AddAction(name, size, partition, now, True, orjson.dumps(stats).decode())
    for path in foreign:
        yield lake.transaction.RemoveAction(path.partition("/")[2], data_change=True, deletion_timestamp=now)


def _commit_actions(lake: Any, table: Any, actions: list[Any], log: Log) -> None:
    application = lake.transaction.Transaction(_APPLICATION, log.count)
    table.create_write_transaction(
        actions,
        mode="append",
        schema=table.schema(),
        partition_by=table.metadata().partition_columns,
        commit_properties=lake.CommitProperties(app_transactions=[application]),
    )


def find_table_problems(store: Store) -> list[str]:
    """Return a problem for each Delta table that does not list the archive's files; none without deltalake.

    A writer publishes a moment after it commits, so problems that may be of that moment are looked for again.
    """
    try:
        lake = import_extra("deltalake", _NO_DELTALAKE)
    except MissingExtraError:
        return []
    for pause_s in (*_PAUSES_S, 0):
        if not (problems := list(_list_problems(lake, store, load_existing_log(store)))):
            break
        time.sleep(pause_s)
    return problems


def _list_problems(lake: Any, store: Store, log: Log) -> Iterator[str]:
    for name in _TABLES:
        try:
            missing, foreign = _compare_files(lake, _open_table(lake, store, name, make=False), log, name)
        except _DamagedTableError as damage:
            yield f"{damage}: {_REPAIR}"
        except Exception as error:  # noqa: BLE001  # as above
            yield f"{name}/_delta_log cannot be read ({type(error).__name__}): check the disk or store"
        else:
            if missing or foreign:
                lacking = f"lacks {plural(len(missing), 'file')} of archive.json and has {len(foreign)} others"
                yield f"{name}/_delta_log {lacking}: {_REPAIR}"
    for file in _find_damaged_files(store, log):
        yield f"{file.path} is missing or damaged: {_REPAIR}"
