"""Files, folders and locks on the disk: read within limits, written whole or not at all, locked for one process."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final

import polars as pl
from filelock import FileLock

from influtics_lab.errors import ConfigError, InfluticsError, StorageError
from influtics_lab.plain_text import escape_unprintable

_WORKSPACE: Final = ".writing-"
_LOCK: Final = ".lock"
MOST_BYTES: Final = 64 << 20
_FILE_TYPES: Final = {stat.S_IFDIR: "folder", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}
_SYSTEM_ERROR: Final = re.compile(r"([^:]+) \(os error [0-9]+\)")  # how polars reports an error of the system


def read_user_file(path: str | os.PathLike[str], most_bytes: int = MOST_BYTES) -> bytes:
    """Return the bytes of a regular file that a user named.

    Parameters
    ----------
    path : path
    most_bytes : int
        Refuse larger files.

    Returns
    -------
    bytes

    Raises
    ------
    ConfigError
        If the file cannot be opened, is a folder, pipe, device or socket (which could block or never end), or is too
        large.
    """
    name = escape_unprintable(os.fspath(path))
    try:
        mode = Path(path).stat().st_mode
        is_file = stat.S_ISREG(mode)
        if is_file:
            with Path(path).open("rb") as file:
                data = file.read(most_bytes + 1)
    except OSError as error:
        raise ConfigError(f"{name} cannot be read: {error.strerror}. Check the path and its permissions.") from None
    except ValueError as error:  # a NUL in the path
        raise ConfigError(f"{name} cannot be read: {error}. Name a regular file.") from None
    if not is_file:
        file_type = _FILE_TYPES.get(stat.S_IFMT(mode), "device")
        raise ConfigError(f"{name} is a {file_type}, not a file. Name a regular file.")
    if len(data) > most_bytes:
        raise ConfigError(f"{name} is larger than {most_bytes >> 20} MiB. Split it, or remove what is not needed.")
    return data


def list_files(folder: Path) -> list[Path]:
    """Return every file below a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe_difference(digest: str | None, expected: str | None) -> str | None:
    """Return why a file is not as it was written, by its SHA-256 (None if there is no file); None if it is."""
    if digest is None:
        return "is missing"
    return None if digest == expected else "has other bytes than when it was written"


def sync(path: Path) -> None:
    """Flush a file or folder to the disk, so that it survives a power failure."""
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_synced(path: Path, data: bytes) -> None:
    """Write a file and flush it to the disk; the folder's own entry is not flushed."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file in one step: readers see the old content or the new, also after a power failure.

    A process that is killed before that step leaves a draft whose name begins with ``.NAME.``.
    """
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    write_synced(draft, data)
    draft.replace(path)
    sync(path.parent)


def refuse_existing(folder: Path) -> None:
    """Raise ConfigError if a folder that is to be written, or a link of its name, exists."""
    if folder.exists() or folder.is_symlink():
        raise ConfigError(f"{folder} exists already. Choose another folder: nothing is overwritten.")


@contextmanager
def write_folder(target: Path) -> Iterator[Path]:
    """Yield a folder to fill, which becomes the target if nothing raises, and is deleted otherwise.

    Raises
    ------
    OSError
        If the target cannot be written, or another process made it meanwhile.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with open_workspace(target.parent) as workspace:
        folder = workspace / target.name
        folder.mkdir()
        yield folder
        for path in (*folder.rglob("*"), folder):
            sync(path)
        folder.rename(target)
        sync(target.parent)


@contextmanager
def open_workspace(parent: Path) -> Iterator[Path]:
    """Yield a hidden folder for drafts; first delete the workspaces that killed processes left there.

    A workspace holds a lock while its process lives, so one without a lock is a leftover. Where the file system has no
    locks nothing is deleted.
    """
    for leftover in parent.glob(f"{_WORKSPACE}*"):
        with suppress(OSError):  # in use, or just deleted by its own process
            _delete_workspace(leftover, acquire_lock(leftover / _LOCK, 0))
    workspace, lock = _make_workspace(parent)
    try:
        yield workspace
    finally:
        _delete_workspace(workspace, lock)


def _make_workspace(parent: Path) -> tuple[Path, AbstractContextManager[object] | None]:
    while True:
        workspace = parent / f"{_WORKSPACE}{uuid.uuid4().hex}"
        workspace.mkdir()
        try:
            return workspace, acquire_lock(workspace / _LOCK, -1)
        except (FileNotFoundError, FileExistsError):
            continue  # another process found it before it was locked, and is deleting it as a leftover
        except OSError:
            return workspace, None  # no locks on this file system


def _delete_workspace(workspace: Path, lock: AbstractContextManager[object] | None) -> None:
    with lock or nullcontext():
        shutil.rmtree(workspace, ignore_errors=True)
    if os.name == "nt":  # there the lock's own file can be deleted only after its release
        shutil.rmtree(workspace, ignore_errors=True)


def acquire_lock(path: Path, timeout_s: float) -> AbstractContextManager[object]:
    """Acquire the lock of a lock file, and return a context manager that releases it at its end.

    The lock ends with its process, also if that is killed.

    Parameters
    ----------
    path : pathlib.Path
        Made if it does not exist.
    timeout_s : float
        Seconds to wait for another process; negative waits without end.

    Raises
    ------
    TimeoutError
        If another process holds the lock for longer.
    OSError
        If the file cannot be opened, or the file system has no locks.
    """
    return FileLock(path).acquire(timeout=timeout_s)


@contextmanager
def hold_exclusively(lock_file: Path) -> Iterator[None]:
    """Hold a lock for one piece of work and delete its file afterwards.

    Raises
    ------
    StorageError
        If another process holds it.
    """
    try:
        lock = acquire_lock(lock_file, 0)
    except TimeoutError:
        text = f"Another process is at work in {lock_file.parent}. Wait for it, or choose another folder."
        raise StorageError(text) from None
    with lock:
        try:
            yield
        finally:
            with suppress(OSError):  # Windows deletes no open file, but filelock does so after the release
                lock_file.unlink()


@contextmanager
def report_write_errors(failure: str, advice: str) -> Iterator[None]:
    """Raise an error of the system or of polars as a StorageError: ``{failure}: {reason}. {advice}``."""
    try:
        yield
    except InfluticsError:
        raise
    except (OSError, pl.exceptions.PolarsError) as error:
        raise StorageError(f"{failure}: {describe_failure(error)}. {advice}") from None


def describe_failure(error: Exception) -> str:
    """Return the operating system's reason for a failed operation, without the words of the library that met it.

    Examples
    --------
    >>> describe_failure(OSError(28, "No space left on device"))
    'No space left on device'
    >>> describe_failure(OSError("parquet: underlying IO error: No space left on device (os error 28)"))
    'No space left on device'
    """
    text = getattr(error, "strerror", None) or str(error).partition("\n")[0]
    system_error = _SYSTEM_ERROR.search(text)
    return system_error[1].strip() if system_error else text
