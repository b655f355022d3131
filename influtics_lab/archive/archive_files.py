"""The files of an archive's folder, and its lock.

A Parquet file is written once, under a unique name, and flushed to the disk. Then `archive.json` is replaced in one
step, which commits: a file that it does not list is never read, and the next writer deletes it.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Final

from influtics_lab.archive.archive_tables import TABLES
from influtics_lab.errors import ArchiveBusyError, ArchiveError, StorageError
from influtics_lab.storage import acquire_lock, digest_file, replace_file, report_write_errors, sync, write_synced

LOG: Final = "archive.json"
RECORD: Final = "verified.json"
_LOCK: Final = ".lock"
_OWN: Final = re.compile(r"[0-9]{6,}-[0-9]{6,}-[0-9a-f]{8}\.parquet")


class Store:
    """A folder on a disk.

    Parameters
    ----------
    root : pathlib.Path
        Made by the first writer.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def read_log(self) -> bytes | None:
        """Give the log's bytes; None where there is none."""
        file = self.root / LOG
        if file.exists() and not file.is_file():
            raise StorageError(f"{file} is no regular file, but a folder, pipe or device: it is not read.")
        try:
            return file.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StorageError(f"{file} cannot be read: {error.strerror}.") from None

    def read_record(self) -> bytes | None:
        """Return what the last verification left; None where it left nothing."""
        file = self.root / RECORD
        return file.read_bytes() if file.is_file() else None

    def write_record(self, data: bytes) -> None:
        """Keep what a verification found; an archive that only can be read stays as it is."""
        with suppress(OSError):
            replace_file(self.root / RECORD, data)

    def size(self, name: str) -> int:
        """Return the bytes of a file of data; 0 where it is missing."""
        try:
            return (self.root / name).lstat().st_size
        except OSError:
            return 0

    def write_log(self, data: bytes) -> None:
        """Replace the log: before this step nothing was added, after it everything."""
        with self._report_errors():
            replace_file(self.root / LOG, data)

    def put(self, name: str, data: bytes) -> None:
        """Write a file of data and sync it, and the folders on its way."""
        path = self.root / name
        with self._report_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_synced(path, data)
            for folder in path.relative_to(self.root).parents:
                sync(self.root / folder)

    def path(self, name: str) -> Path:
        """Give the place of a file of data, for the engine that reads it."""
        return self.root / name

    def wrong_kind(self, name: str) -> str | None:
        """Return why a file of data cannot be opened: it is missing, or a link, pipe or device; None where it can."""
        try:
            mode = (self.root / name).lstat().st_mode
        except OSError:
            return "is missing"
        return None if stat.S_ISREG(mode) else "is no regular file"

    def digest(self, name: str) -> str | None:
        """Return a file's SHA-256; None where it is not there any more."""
        try:
            return digest_file(self.root / name)
        except FileNotFoundError:
            return None

    def sweep(self, keep: Collection[str]) -> None:
        """Delete the files of ours that the log does not name; only for who holds the lock."""
        with self._report_errors():
            for name in (LOG, RECORD):
                for draft in self.root.glob(f".{name}.*"):
                    draft.unlink(missing_ok=True)
            for path in self._own_files():
                if path.relative_to(self.root).as_posix() not in keep:
                    path.unlink(missing_ok=True)

    def _own_files(self) -> list[Path]:
        found = [path for table in TABLES for path in (self.root / table).glob("snapshot_date=*/*.parquet")]
        return [path for path in found if _OWN.fullmatch(path.name)]

    @contextmanager
    def locked(self, patience: float) -> Iterator[None]:
        """Be the only writer; the lock goes with the process, however it ends.

        Raises
        ------
        ArchiveBusyError
            If another one holds it for longer than ``patience`` seconds.
        ArchiveError
            If the folder holds something else than an archive.
        """
        with self._report_errors():
            self.root.mkdir(parents=True, exist_ok=True)
            self._refuse_foreign()
            try:
                lock = acquire_lock(self.root / _LOCK, patience)
            except TimeoutError:
                text = f"Another process writes into {self.root} and did not finish within {patience:g} seconds."
                raise ArchiveBusyError(f"{text} Nothing was changed. Try again later.") from None
        with lock:
            yield

    def _refuse_foreign(self) -> None:
        """Refuse a folder that is no archive and has other things in it: an archive wants one of its own."""
        names = {path.name for path in self.root.iterdir() if not path.name.startswith(f".{LOG}.")}
        if LOG not in names and (foreign := sorted(names - {_LOCK, *TABLES})):
            what = f"has no {LOG}, but {foreign[0]!r}"
            raise ArchiveError(f"{self.root} is no archive: it {what}. Give an archive, or a new folder.")
        self.refuse_lost_log()

    def refuse_lost_log(self) -> None:
        """Refuse data whose log is lost: by a new log the next writer would sweep them away.

        The log is written before the first file of data, so a first write that was stopped has one.
        """
        if self._own_files() and not (self.root / LOG).exists():
            raise ArchiveError(
                f"{self.root} holds data of an archive, but no {LOG}, which says what they are. Nothing was changed. "
                f"Restore {LOG} from a backup. If nothing was ever added, delete {', '.join(TABLES)} there."
            )

    def _report_errors(self) -> AbstractContextManager[None]:
        return report_write_errors(f"The archive {self.root}", "What it held is still there.")
