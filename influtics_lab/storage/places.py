"""Places that hold named files: a folder on the disk, or the objects below a URL."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

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


class Place(Protocol):
    """A folder, or the objects below a URL. Names are relative, with ``/`` between their parts."""

    is_local: bool
    name: str

    def __str__(self) -> str: ...

    def location(self, name: str) -> Path | str:
        """Return the path or URL of a file, for other engines."""

    def exists(self) -> bool:
        """Return whether the folder exists; always true for a URL."""

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a file; None if it does not exist."""

    def read_files(self, names: Sequence[str]) -> list[bytes | None]:
        """Return the bytes of several files, from an object store several at once; None for each that is missing."""

    def read_versioned(self, name: str) -> tuple[bytes | None, Version]:
        """Return the bytes of a file and its version; twice None if it does not exist."""

    def open_table(self, name: str) -> Path | io.BytesIO:
        """Return what polars and pyarrow read a Parquet file from; raise FileNotFoundError if it does not exist."""

    def write(self, name: str, data: bytes) -> None:
        """Write a new file, durably. Readers may see a part of it."""

    def replace(self, name: str, data: bytes, version: Version = ANY) -> Version:
        """Replace a file of a version in one step, or create it for None, and return its new version.

        Raises
        ------
        ReplacedError
            In an object store, if it has a different version.
        """

    def find_problem(self, name: str) -> str | None:
        """Return why a file cannot be opened; None if it can."""

    def measure(self, name: str) -> int:
        """Return the size of a file in bytes; 0 if it does not exist."""

    def digest(self, name: str) -> str | None:
        """Return the SHA-256 of a file; None if it does not exist."""

    def list_names(self) -> list[str]:
        """Return the names of all files, sorted."""

    def delete(self, name: str) -> None:
        """Delete a file, if it exists."""

    def hold_lock(self, patience_s: float) -> AbstractContextManager[None]:
        """Return a context manager that holds the lock of writers; it does nothing in an object store."""

    def fetch_tables(self, names: Sequence[str]) -> None:
        """Fetch Parquet files that will be opened, several at once, from an object store."""

    def forget_tables(self) -> None:
        """Free the memory of the Parquet files that were fetched from an object store."""


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

    @contextmanager
    def hold_lock(self, patience_s: float) -> Iterator[None]:
        """Hold the lock of writers, of a folder that is made if it does not exist.

        Raises
        ------
        TimeoutError
            If another process holds it for longer.
        """
        with acquire_lock(self.path / LOCK, patience_s):
            yield

    def fetch_tables(self, names: Sequence[str]) -> None:
        """Do nothing: files are opened where they are."""

    def forget_tables(self) -> None:
        """Do nothing: no file is held in memory."""
