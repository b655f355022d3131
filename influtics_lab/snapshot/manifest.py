"""Write and read a snapshot's manifest, ``manifest.json``, which holds a digest of itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

import orjson

from influtics_lab.errors import MissingSnapshotError, SnapshotError
from influtics_lab.storage import Place

MANIFEST: Final = "manifest.json"
FORMAT: Final = 2  # 1 had no digest of the manifest itself
KIND: Final = "influtics-lab snapshot"


def dump_manifest(manifest: Mapping[str, Any]) -> bytes:
    """Return a manifest as JSON with the digest of its own content as the last entry."""
    content = {name: value for name, value in manifest.items() if name != "manifest_digest"}
    digest = hashlib.sha256(orjson.dumps(content)).hexdigest()
    sealed = content | {"manifest_digest": digest}
    return orjson.dumps(sealed, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def read_manifest(path: Place) -> dict[str, Any]:
    """Read the manifest of a snapshot's folder or URL; raise SnapshotError if it is missing or damaged.

    Its digest detects accidental changes. It is no signature: anybody who edits a manifest can compute a new one.
    Manifests of format 1 have no digest and are read without that check.
    """
    file = path.location(MANIFEST)
    try:
        data = path.read(MANIFEST)
        if data is None:
            kind, what = (
                (SnapshotError, f"it has no {MANIFEST}") if path.exists() else (MissingSnapshotError, "no such folder")
            )
            raise kind(f"{path} is not a snapshot: {what}. Name a folder that snapshot.write() returned.")
        manifest = orjson.loads(data)
    except (OSError, orjson.JSONDecodeError) as error:
        raise SnapshotError(f"{file} cannot be read ({error}). Take the snapshot again.") from None
    if not isinstance(manifest, dict) or manifest.get("kind") != KIND:
        raise SnapshotError(f"{path} is not a snapshot of influtics-lab: its manifest.json has a different kind.")
    if manifest.get("format") not in {1, FORMAT} or isinstance(manifest["format"], bool):
        raise SnapshotError(
            f"{path} has the format {manifest.get('format')}; this version reads 1 and {FORMAT}. "
            "Install a newer influtics-lab."
        )
    entries = {name: (manifest.get(name), kind) for name, kind in _MANIFEST.items()}
    entries |= {f"accounting.{name}": (_nested_value(manifest, "accounting", name), int) for name in _ACCOUNT}
    entries |= {"completeness.proven": (_nested_value(manifest, "completeness", "proven"), str)}
    problems = [name for name, (value, kind) in entries.items() if not isinstance(value, kind)]
    if not _ID.fullmatch(str(manifest.get("snapshot_id"))):  # it becomes the name of a folder
        problems.append("snapshot_id")
    problems = problems or [f"files.{name}" for name in manifest["files"] if not _is_below(name)]
    if problems:
        text = f"{file} has missing or invalid entries: {', '.join(problems)}."
        raise SnapshotError(f"{text} Take the snapshot again.", problems=problems)
    if manifest["format"] == FORMAT and dump_manifest(manifest) != data:
        problem = "manifest.json has other bytes than when it was written"
        raise SnapshotError(f"{path}: {problem}. Take the snapshot again.", problems=[problem])
    return manifest


def _is_below(name: str) -> bool:
    place = PurePosixPath(name)
    return not place.is_absolute() and ".." not in place.parts


_ID: Final = re.compile(r"\w{1,20}-[0-9a-f]{12}")
_MANIFEST: Final[dict[str, Any]] = {
    **dict.fromkeys(("taken_at", "content_digest", "library_version"), str),
    **dict.fromkeys(("videos", "readings", "rejected", "rejected_fields"), int),
    **dict.fromkeys(("accounting", "completeness", "files"), dict),
    "query": dict | None,
}
_ACCOUNT: Final = ("received", "kept", "rejected", "duplicates")


def _nested_value(manifest: dict[str, Any], name: str, key: str) -> Any:
    part = manifest.get(name)
    return part.get(key) if isinstance(part, dict) else None
