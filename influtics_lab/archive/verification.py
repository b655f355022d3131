"""Check every digest, count and rule of an archive again."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from influtics_lab.archive.archive_files import Store
from influtics_lab.archive.archive_tables import TABLES
from influtics_lab.archive.commit import load_existing_log
from influtics_lab.archive.consistent_reads import ATTEMPTS
from influtics_lab.archive.delta_tables import find_table_problems
from influtics_lab.archive.log import Log
from influtics_lab.archive.log_entries import File
from influtics_lab.archive.row_changes import visible_rows
from influtics_lab.archive.status import find_record_problem, record_verification
from influtics_lab.archive.stored_rows import read_held_rows
from influtics_lab.errors import ArchiveError
from influtics_lab.snapshot import content_digest
from influtics_lab.snapshot.parquet_footer import footer_problem
from influtics_lab.storage import describe_difference, describe_failure


def verify_archive(store: Store) -> None:
    """Check everything, record the result for `Archive.status`, and raise an ArchiveError with every problem."""
    record_problem = find_record_problem(store)
    log = load_existing_log(store)
    for _ in range(ATTEMPTS):
        store.place.forget_tables()  # files of the disk or store are to be checked
        damage = list(find_damage(store, log))
        if not damage or (latest := load_existing_log(store)) == log:
            break
        log = latest  # a writer replaced files meanwhile, so missing ones may be those
    problems = [*damage, *(find_table_problems(store) if log.published else [])]
    store.place.forget_tables()
    record_verification(store, log, problems)
    problems += [record_problem] if record_problem else []
    if problems:
        advice = " Restore what is missing or changed from a backup: no other file holds it." if damage else ""
        raise ArchiveError(f"{store} does not match its log: {'; '.join(problems)}.{advice}", problems=problems)


def find_damage(store: Store, log: Log) -> Iterator[str]:
    """Yield every difference between the log and the files."""
    broken = [*log.sealed_entries.find_problems(), *log.sealed_files.find_problems()]
    broken = broken or list(_wrong_files(store, log))
    yield from broken
    if broken:
        return
    for file in log.files:
        yield from _wrong_rows(store, file)
    if any(a.until > b.until for a, b in zip(log.entries, log.entries[1:], strict=False)):
        yield "archive.json has an older snapshot after a newer one"
    yield from _wrong_state(store, log)


def _wrong_files(store: Store, log: Log) -> Iterator[str]:
    store.place.fetch_tables([file.path for file in log.files])
    for file in log.files:
        problem = store.place.find_problem(file.path)
        if problem := problem or describe_difference(store.place.digest(file.path), file.sha256):
            yield f"{file.path} {problem}"


def _wrong_rows(store: Store, file: File) -> Iterator[str]:
    table = TABLES[file.table]
    if problem := footer_problem(store.place.open_table(file.path), file.rows):
        yield f"{file.path} {problem}"
        return
    try:
        rows = pl.read_parquet(store.place.open_table(file.path), glob=False, hive_partitioning=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        yield f"{file.path} cannot be read ({describe_failure(error)})"
        return
    if dict(rows.schema) != table.stored_schema:
        yield f"{file.path} does not have the columns of {file.table}"
    elif rows.height != file.rows or (rows["snapshot"].min(), rows["snapshot"].max()) != (file.first, file.last):
        yield f"{file.path} does not have the rows that archive.json lists"
    elif rows.select(pl.struct(*table.key, "snapshot").is_duplicated().any()).item():
        yield f"{file.path} has a row twice"


def _wrong_state(store: Store, log: Log) -> Iterator[str]:
    if log.head is None:
        return
    try:
        rows = visible_rows(read_held_rows(store, log, log.head.number))
    except ArchiveError as error:
        yield str(error).rstrip(".")
        return
    if content_digest(rows) != log.head.state_digest:
        yield "the archive's state is not what its last snapshot left"
