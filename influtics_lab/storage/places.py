"""A folder on the disk, with the same methods as the objects below a URL."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from influtics_lab.errors import StorageError
from influtics_lab.storage.local_files import (
    acquire_lock,
    digest_file,
    list_files,
    replace_file,
    sync,
    write_synced,
)

ANY: Final = "any"  # a version: replace the file whatever it holds
Version = Any  # what a store returns for one state of an object; None for a file that does not exist
LOCK: Final = ".lock"


class ReplacedError(Exception):
    """Another writer replaced a file since it was read."""


class Folder:
    """A folder on the disk."""

    is_local = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    def __str__(self) -> str:
        return str(self.path)

    def location(self, name: str) -> Path:
        """Return the path of a file."""
        return self.path / name

    def exists(self) -> bool:
        """Return whether the folder exists."""
        return self.path.is_dir()

    def make(self) -> None:
        """Make the folder and its parents, if they do not exist."""
        self.path.mkdir(parents=True, exist_ok=True)

    def list_entries(self) -> list[str]:
        """Return the names of the files and folders in it, sorted."""
        return sorted(entry.name for entry in self.path.iterdir())

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a file; None if it does not exist."""
        file = self.path / name
        if file.exists() and not file.is_file():
            raise StorageError(f"{file} is a folder, pipe or device, not a regular file, and was not read.")
        try:
            return file.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StorageError(f"{file} cannot be read: {error.strerror}.") from None

    def read_files(self, names: Sequence[str]) -> list[bytes | None]:
        """Return the bytes of several files; None for each that does not exist."""
        return list(map(self.read, names))

    def read_versioned(self, name: str) -> tuple[bytes | None, Version]:
        """Return the bytes of a file; a folder has a lock instead of versions."""
        return self.read(name), None

    def open_table(self, name: str) -> Path:
        """Return the path of a Parquet file."""
        return self.path / name

    def write(self, name: str, data: bytes) -> None:
        """Write a file and flush it and its parent folders to the disk."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        write_synced(file, data)
        for folder in file.relative_to(self.path).parents:
            sync(self.path / folder)

    def replace(self, name: str, data: bytes, version: Version = ANY) -> Version:
        """Replace a file in one step, also after a power failure. The caller holds the lock."""
        replace_file(self.path / name, data)
        return version

    def find_problem(self, name: str) -> str | None:
        """Return why a file cannot be opened (missing, link, pipe or device); None if it can."""
        try:
            mode = (self.path / name).lstat().st_mode
        except OSError:
            return "is missing"
        return None if stat.S_ISREG(mode) else "is no regular file"

    def measure(self, name: str) -> int:
        """Return the size of a file in bytes; 0 if it does not exist."""
        try:
            return (self.path / name).lstat().st_size
        except OSError:
            return 0

    def digest(self, name: str) -> str | None:
        """Return the SHA-256 of a file; None if it does not exist."""
        try:
            return digest_file(self.path / name) if (self.path / name).is_file() else None
        except FileNotFoundError:  # deleted meanwhile
            return None

    def list_names(self) -> list[str]:
        """Return the names of all files, sorted."""
        return [file.relative_to(self.path).as_posix() for file in list_files(self.path)]

    def delete(self, name: str) -> None:
        """Delete a file, if it exists."""
        (self.path / name).unlink(missing_ok=True)

    def hold_lock(self, patience_s: float) -> AbstractContextManager[object]:
        """Acquire the lock of writers, and return a context manager that releases it.

        Raises
        ------
        TimeoutError
            If another process holds it for longer.
        """
        return acquire_lock(self.path / LOCK, patience_s)

    def fetch_tables(self, names: Sequence[str]) -> None:
        """Do nothing: files are opened where they are."""

    def forget_tables(self) -> None:
        """Do nothing: no file is held in memory."""
