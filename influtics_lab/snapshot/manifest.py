"""A snapshot's manifest as a file: written with a digest of itself, checked when it is read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import orjson

from influtics_lab.errors import SnapshotError

FORMAT: Final = 2  # 1 had no digest of the manifest itself
KIND: Final = "influtics-lab snapshot"


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
