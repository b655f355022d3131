"""The few places where a snapshot touches the disk: a folder appears whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any, Final

import orjson

try:
    import fcntl
except ImportError:  # Windows has no such locks; two reads into one folder are then not told apart
    fcntl = None  # type: ignore[assignment]  # a module, or none

from influtics_lab.errors import SnapshotError, StorageError

FORMAT: Final = 2  # 1 had no digest of the manifest itself
KIND: Final = "influtics-lab snapshot"
_WRITING: Final = ".writing-"


def dump_manifest(manifest: Mapping[str, Any]) -> bytes:
    """Write a manifest with the digest of its own content as the last entry."""
    content = {name: value for name, value in manifest.items() if name != "manifest_digest"}
    digest = hashlib.sha256(orjson.dumps(content)).hexdigest()
    whole = content | {"manifest_digest": digest}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a snapshot folder's manifest, or raise why it is none.

    Its digest shows a change by accident. It is no signature: whoever edits a manifest on purpose can compute it.
    Manifests of format 1 have none and are read as they are.
    """
    file = path / "manifest.json"
    if not file.is_file():
        what = "has no manifest.json" if path.is_dir() else "is no folder"
        raise SnapshotError(f"{path} is no snapshot: it {what}. Give the folder that snapshot.write() gave.")
    try:
        data = file.read_bytes()
        found = orjson.loads(data)
    except (OSError, orjson.JSONDecodeError) as error:
        raise SnapshotError(f"{file} cannot be read ({error}). Take the snapshot again.") from None
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise SnapshotError(f"{path} is no snapshot of influtics-lab: its manifest.json is something else.")
    if found.get("format") not in {1, FORMAT} or isinstance(found["format"], bool):
        raise SnapshotError(
            f"{path} has the format {found.get('format')}; this version reads 1 and {FORMAT}. "
            "Install a newer influtics-lab."
        )
    wrong = [name for name, kind in _MANIFEST.items() if not isinstance(found.get(name), kind)]
    wrong += [f"accounting.{name}" for name in _ACCOUNT if not isinstance(_in(found, "accounting", name), int)]
    wrong += [] if isinstance(_in(found, "completeness", "proven"), str) else ["completeness.proven"]
    wrong += [] if isinstance(found.get("query"), dict | None) else ["query"]
    wrong += [] if _ID.fullmatch(str(found.get("snapshot_id"))) else ["snapshot_id"]  # the name of a folder
    wrong = wrong or [f"files.{name}" for name in found["files"] if not _is_below(name)]
    if wrong:
        text = f"{file} lacks, or has otherwise than it should: {', '.join(wrong)}."
        raise SnapshotError(f"{text} Take the snapshot again.", problems=wrong)
    if found["format"] == FORMAT and dump_manifest(found) != data:
        problem = "manifest.json has other bytes than when it was written"
        raise SnapshotError(f"{path}: {problem}. Take the snapshot again.", problems=[problem])
    return found


def _is_below(name: str) -> bool:
    place = PurePosixPath(name)
    return not place.is_absolute() and ".." not in place.parts


_ID: Final = re.compile(r"\w{1,20}-[0-9a-f]{12}")
_MANIFEST: Final = {
    **dict.fromkeys(("taken_at", "content_digest", "library_version"), str),
    **dict.fromkeys(("videos", "readings", "rejected", "rejected_fields"), int),
    **dict.fromkeys(("accounting", "completeness", "files"), dict),
}
_ACCOUNT: Final = ("received", "kept", "rejected", "duplicates")


def _in(manifest: dict[str, Any], name: str, key: str) -> Any:
    part = manifest.get(name)
    return part.get(key) if isinstance(part, dict) else None


def files_in(folder: Path) -> list[Path]:
    """Give every file below a folder, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def sha256(path: Path) -> str:
    """Digest a file: 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Yield a folder that becomes the target, synced, when all went well, and is gone otherwise."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with workspace(target.parent) as work:
        yield work
        for path in (*work.rglob("*"), work):
            sync(path)
        work.rename(target)
        sync(target.parent)


@contextmanager
def workspace(parent: Path) -> Iterator[Path]:
    """Yield a hidden folder for what is not whole yet; before that, delete those that killed writers left.

    Each writer holds a lock on its folder, which ends with its process: a folder without a lock is a leftover. Making
    the folder and its lock is one step, under a lock of the parent. Where the file system has no locks nothing is
    deleted.
    """
    with _held(parent) as alone:
        for path in parent.glob(f"{_WRITING}*") if alone else ():
            with suppress(FileNotFoundError), _held(path, wait=False) as abandoned:  # its writer may just have ended
                if abandoned:
                    shutil.rmtree(path, ignore_errors=True)
        work = parent / f"{_WRITING}{uuid.uuid4().hex}"
        work.mkdir()
        lock = ExitStack()
        lock.enter_context(_held(work))
    with lock:
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _held(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold a lock on a folder; yield whether there is one."""
    handle, held = None, False
    if fcntl is not None:
        handle = os.open(folder, os.O_RDONLY)
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            held = True
    try:
        yield held
    finally:
        if handle is not None:
            os.close(handle)


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Hold a lock file while something is done; StorageError where another process holds it."""
    with lock.open("w") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                held = lock.exists() and os.path.samestat(os.fstat(file.fileno()), lock.stat())
            except OSError:
                held = False
            if not held:  # or the other one has just ended, and taken its lock file away
                text = f"Another process is at work in {lock.parent}: wait for it, or choose another folder."
                raise StorageError(text)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Make sure that a file or folder is on the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
