"""Delta tables over the files of an archive, for engines that read Delta: DuckDB, Spark, polars and others.

`archive.json` stays the truth. ``stats``, ``videos``, ``rejected`` and ``snapshots`` each have a Delta log, to which a
publication adds the difference to the truth in one transaction. It can be deleted, and is written again from nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

import orjson
import polars as pl

from influtics_lab.archive.archive_files import Store
from influtics_lab.archive.archive_tables import TABLES, to_parquet
from influtics_lab.archive.commit import load_existing_log
from influtics_lab.archive.log import Log
from influtics_lab.archive.log_entries import SNAPSHOTS, File
from influtics_lab.archive.status import LISTED, list_entry
from influtics_lab.errors import ArchiveBusyError, InfluticsError, MissingExtraError, StorageError, import_extra
from influtics_lab.snapshot.parquet_footer import footer_problem

_TABLES: Final = ("stats", "videos", "rejected", SNAPSHOTS)  # the last one shows which snapshots are in the others
_APPLICATION: Final = "influtics-lab"
_ATTEMPTS: Final = 5
_SETTINGS: Final = {"delta.checkpointInterval": "10", "delta.logRetentionDuration": "interval 7 days"}
_NO_DELTALAKE: Final = "Delta tables need deltalake. Install the extra: pip install 'influtics-lab[lake]'"
_PARTITION: Final = "snapshot_date"


def publish_tables(store: Store, *, repair: bool = False) -> int:
    """Commit what each Delta table lacks or has too much, and return the number of published snapshots.

    With ``repair`` files of ``snapshots`` that are missing or damaged are written again.

    Of two publications at the same time one fails, since both name the same application in their transaction, and
    starts again. The tables are opened before the log is read, so nothing newer is ever replaced by something older.

    Raises
    ------
    ArchiveBusyError
        If other publications were faster five times.
    StorageError
        If a table cannot be read or written.
    MissingExtraError
        If deltalake is not installed.
    """
    lake = import_extra("deltalake", _NO_DELTALAKE)
    try:
        for _ in range(_ATTEMPTS):
            try:
                return _publish_once(lake, store, repair)
            except lake.exceptions.CommitFailedError:
                continue
    except InfluticsError:
        raise
    except Exception as error:  # noqa: BLE001  # deltalake raises several kinds, whose texts may show settings
        kind = type(error).__name__
    else:
        raise ArchiveBusyError(f"Other processes publish {store}. Try again later.")
    text = f"The Delta tables of {store} cannot be written ({kind}); the archive is as it was."
    raise StorageError(f"{text} If it happens again, delete each _delta_log folder and publish.")


def _publish_once(lake: Any, store: Store, repair: bool) -> int:
    tables = {name: _open_table(lake, store, name) for name in _TABLES}
    log = load_existing_log(store)
    for name, table in tables.items():
        missing, foreign = _compare_files(table, log, name)
        if repair and name == SNAPSHOTS:
            missing += [file for file in _find_damaged_files(store, log) if file not in missing]
        if missing or foreign:
            if name == SNAPSHOTS:
                _write_snapshot_files(store, log, missing)
            _commit_actions(lake, table, [*_list_actions(lake, store, missing, foreign)], log)
    return log.count


def _open_table(lake: Any, store: Store, name: str) -> Any:
    """Return a Delta table; make it, empty, if it does not exist."""
    location = to_delta_location(str(store.place.location(name)))
    try:
        return lake.DeltaTable(location)
    except lake.exceptions.TableNotFoundError:
        partition = [] if name == SNAPSHOTS else [_PARTITION]
        schema = _schema_of(lake, name)
        return lake.DeltaTable.create(location, schema, mode="ignore", partition_by=partition, configuration=_SETTINGS)


def to_delta_location(location: str) -> str:
    """Return a path or URL as Delta readers write it.

    Examples
    --------
    >>> to_delta_location("az://account/container/path/stats"), to_delta_location("s3://bucket/path/stats")
    ('abfss://container@account.dfs.core.windows.net/path/stats', 's3://bucket/path/stats')
    """
    if not location.startswith("az://"):
        return location
    account, container, path = location.removeprefix("az://").split("/", 2)
    return f"abfss://{container}@{account}.dfs.core.windows.net/{path}"


def _schema_of(lake: Any, name: str) -> Any:
    columns = LISTED if name == SNAPSHOTS else TABLES[name].stored_schema | {_PARTITION: pl.Date()}
    return lake.Schema.from_arrow(pl.DataFrame(schema=columns).to_arrow().schema)


def _compare_files(table: Any, log: Log, name: str) -> tuple[list[File], list[str]]:
    """Return the files that a Delta table lacks, and the paths of those that do not belong there."""
    files = log.snapshot_files if name == SNAPSHOTS else log.files_of(name)
    expected = {file.path: file for file in files}
    listed = {f"{name}/{path}" for path in table.get_add_actions().column("path").to_pylist()}
    return [file for path, file in expected.items() if path not in listed], sorted(listed - expected.keys())


def _write_snapshot_files(store: Store, log: Log, files: list[File]) -> None:
    """Write the rows of `Archive.snapshots` into the files that are missing."""
    for file, rows in _list_snapshot_rows(log, files):
        store.write_data_file(file.path, to_parquet(rows))


def _list_snapshot_rows(log: Log, files: list[File]) -> Iterator[tuple[File, pl.DataFrame]]:
    """Yield each file with its rows of `Archive.snapshots`."""
    first = min((file.first for file in files), default=log.count + 1)
    entries = {entry.number: entry for entry in log.entries_after(first - 1)}
    for file in files:
        rows = [list_entry(entries[number]) for number in range(file.first, file.last + 1)]
        yield file, pl.DataFrame(rows, schema=LISTED)


def _find_damaged_files(store: Store, log: Log) -> Iterator[File]:
    """Yield the files of ``snapshots``, whose digests the log does not list, that do not hold their rows."""
    for file, rows in _list_snapshot_rows(log, log.snapshot_files):
        try:
            problem = store.place.find_problem(file.path) or footer_problem(store.open_table(file.path), file.rows)
            is_intact = not problem and pl.read_parquet(store.open_table(file.path), glob=False).equals(rows)
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


def find_table_problems(store: Store, log: Log) -> Iterator[str]:
    """Yield a problem for each Delta table that does not list the archive's files; nothing without deltalake."""
    try:
        lake = import_extra("deltalake", _NO_DELTALAKE)
    except MissingExtraError:
        return
    for name in _TABLES:
        try:
            table = lake.DeltaTable(to_delta_location(str(store.place.location(name))))
            missing, foreign = _compare_files(table, log, name)
        except Exception as error:  # noqa: BLE001  # as above
            problem = f"{name}/_delta_log cannot be read ({type(error).__name__})"
            yield f"{problem}: delete it and run `influtics-lab archive publish`"
            continue
        if missing or foreign:
            text = f"{name}/_delta_log lacks {len(missing)} files of archive.json and has {len(foreign)} others"
            yield f"{text}: run `influtics-lab archive publish`"
    for file in _find_damaged_files(store, log):
        yield f"{file.path} is missing or damaged: run `influtics-lab archive publish`"
