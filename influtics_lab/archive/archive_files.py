"""The few places where an archive touches the file system.

A file of data is written once, under a name of its own, and synced. The log is replaced by a rename: that one step
commits. What the log does not name is an orphan, never read, and swept by the next writer.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from influtics_lab.archive.archive_tables import TABLES
from influtics_lab.errors import ArchiveBusyError, ArchiveError, StorageError

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


LOG: Final = "archive.json"
_DRAFT: Final = ".archive.json.writing"
_LOCK: Final = ".lock"
_OWN: Final = re.compile(r"[0-9]{6,}-[0-9]{6,}-[0-9a-f]{8}\.parquet")
_POLL: Final = 0.05  # seconds between two looks at a lock


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

    record_name: Final = "verified.json"

    def read_record(self) -> bytes | None:
        """Return what the last verification left; None where it left nothing."""
        file = self.root / self.record_name
        return file.read_bytes() if file.is_file() else None

    def write_record(self, data: bytes) -> None:
        """Keep what a verification found; an archive that only can be read stays as it is."""
        draft = self.root / f".{self.record_name}.{uuid.uuid4().hex}"
        with suppress(OSError):
            draft.write_bytes(data)
            draft.replace(self.root / self.record_name)

    def size(self, name: str) -> int:
        """Return the bytes of a file of data; 0 where it is missing."""
        try:
            return (self.root / name).lstat().st_size
        except OSError:
            return 0

    def write_log(self, data: bytes) -> None:
        """Replace the log: before this step nothing was added, after it everything."""
        with _told(self.root):
            _write(self.root / _DRAFT, data)
            (self.root / _DRAFT).replace(self.root / LOG)
            _sync(self.root)

    def put(self, name: str, data: bytes) -> None:
        """Write a file of data and sync it, and the folders on its way."""
        path = self.root / name
        with _told(self.root):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, data)
            for folder in path.relative_to(self.root).parents:
                _sync(self.root / folder)

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
            with (self.root / name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return None

    def sweep(self, keep: Collection[str]) -> None:
        """Delete the files of ours that the log does not name; only for who holds the lock."""
        with _told(self.root):
            for draft in (self.root / _DRAFT, *self.root.glob(f".{self.record_name}.*")):
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
        with _told(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            self._refuse_foreign()
            handle = os.open(self.root / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._wait_for(handle, time.monotonic() + patience, patience)
            yield
        finally:
            os.close(handle)

    def _wait_for(self, handle: int, deadline: float, patience: float) -> None:
        while True:
            try:
                return _try_lock(handle)
            except OSError:
                if time.monotonic() >= deadline:
                    text = f"Another process writes into {self.root}, and did not finish within {patience:g} seconds."
                    raise ArchiveBusyError(f"{text} Nothing was changed. Try again later.") from None
                time.sleep(_POLL)

    def _refuse_foreign(self) -> None:
        """Refuse a folder that is no archive and has other things in it: an archive wants one of its own."""
        names = {path.name for path in self.root.iterdir()}
        if LOG not in names and (foreign := sorted(names - {_LOCK, _DRAFT, *TABLES})):
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


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    if sys.platform == "win32":  # a folder has no handle to sync there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told(root: Path) -> Iterator[None]:
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        why = error.strerror or error
        raise StorageError(f"The archive {root} cannot be written: {why}. What it held is still there.") from None
