"""Reading while others write: a read starts again with the new log if a writer deleted files meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from influtics_lab.archive.archive_files import Store
from influtics_lab.archive.commit import load_existing_log
from influtics_lab.archive.log import Log
from influtics_lab.archive.stored_rows import report_unreadable_files
from influtics_lab.errors import ArchiveBusyError, ArchiveError

T = TypeVar("T")
ATTEMPTS: Final = 20
"""How often a read starts again."""


def read_consistently(store: Store, read: Callable[[Log], T]) -> T:
    """Read with the current log; start again with the new one if a writer deleted files meanwhile.

    Parameters
    ----------
    store : Store
    read : callable

    Raises
    ------
    ArchiveError
        If the folder is not an archive, or a file that the current log lists is missing or damaged.
    ArchiveBusyError
        If the log was replaced again and again.
    """
    log = load_existing_log(store)
    for _ in range(ATTEMPTS):
        try:
            with report_unreadable_files(store):
                return read(log)
        except ArchiveError:
            if (latest := load_existing_log(store)) == log:
                raise
            log = latest
        finally:
            store.place.forget_tables()
    raise ArchiveBusyError(f"{store} was changed {ATTEMPTS} times while it was read. Try again later.")
