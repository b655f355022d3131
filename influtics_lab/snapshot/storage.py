"""The few places where a snapshot touches the disk: a folder appears whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

try:
    import fcntl
except ImportError:  # Windows has no such locks; two reads into one folder are then not told apart
    fcntl = None  # type: ignore[assignment]  # a module, or none

from influtics_lab.errors import SnapshotError, StorageError

FORMAT: Final = 1
KIND: Final = "influtics-lab snapshot"


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a snapshot folder's manifest, or say why it is none."""
    try:
        found = orjson.loads((path / "manifest.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        what = "has no manifest.json" if path.is_dir() else "is no folder"
        raise SnapshotError(f"{path} is no snapshot: it {what}. Give the folder that snapshot.write() gave.") from None
    except (OSError, orjson.JSONDecodeError) as error:
        raise SnapshotError(f"{path / 'manifest.json'} cannot be read ({error}). Take the snapshot again.") from None
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise SnapshotError(f"{path} is no snapshot of influtics-lab: its manifest.json is something else.")
    if found.get("format") != FORMAT:
        raise SnapshotError(
            f"{path} has the format {found.get('format')}; this version reads {FORMAT}. Install a newer influtics-lab."
        )
    wrong = [name for name, kind in _MANIFEST.items() if not isinstance(found.get(name), kind)]
    wrong += [f"accounting.{name}" for name in _ACCOUNT if not isinstance(_in(found, "accounting", name), int)]
    wrong += [] if isinstance(_in(found, "completeness", "proven"), str) else ["completeness.proven"]
    if wrong:
        text = f"{path / 'manifest.json'} lacks, or has otherwise than it should: {', '.join(wrong)}."
        raise SnapshotError(f"{text} Take the snapshot again.", problems=wrong)
    return found


_MANIFEST: Final = {
    **dict.fromkeys(("snapshot_id", "taken_at", "content_digest"), str),
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
    """Give a folder beside the target that becomes the target, synced, when all went well, and is gone otherwise."""
    target.parent.mkdir(parents=True, exist_ok=True)
    work = target.parent / f".writing-{uuid.uuid4().hex}"
    work.mkdir()
    try:
        yield work
        for path in (*work.rglob("*"), work):
            _sync(path)
        work.rename(target)
        _sync(target.parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)


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


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
