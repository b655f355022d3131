"""The digest of a snapshot's content, and the rules that its frames and manifest must obey."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from influtics_lab.errors import FrameError
from influtics_lab.schema import COUNTS, REASONS, REJECTED, STATS, VIDEOS, Column, check

TABLES: Final[dict[str, tuple[Column, ...]]] = {"videos": VIDEOS, "stats": STATS, "rejected": REJECTED}
ROWS: Final = {"videos": "videos", "stats": "readings", "rejected": "rejected"}  # what the manifest calls their rows
_KEYS: Final = {
    "videos": ["video_id"],
    "stats": ["video_id", "timestamp"],
    "rejected": ["video_id", "field", "raw_timestamp", "raw_value", "reason"],
}
_SLICE: Final = 100_000  # texts digested at once


def content_digest(tables: Mapping[str, pl.DataFrame]) -> str:
    """Return a digest of the three frames: the same for two equal reads, whenever and however they were taken.

    SHA-256 over, for each frame (videos, stats, rejected without ``page``), sorted by its key, and each column in the
    order of ``schema.py``: the column's name, which rows are null (a byte each), and the values: 64-bit little-endian
    integers (instants in microseconds since 1970) or floats with null as 0; texts as their lengths in bytes, then
    their UTF-8.

    Parameters
    ----------
    tables : mapping of str to polars.DataFrame

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for name, key in _KEYS.items():
        frame = tables[name].sort(key, nulls_last=True).with_columns(pl.all().to_physical())
        for column in TABLES[name]:
            if column.name != "page":
                digest.update(f"\n{name}.{column.name} {frame.height}\n".encode())
                _digest_column(digest, frame[column.name])
    return digest.hexdigest()


def snapshot_id(taken_at: str, digest: str) -> str:
    """Return the name of a snapshot: when it was taken, and the beginning of its content digest.

    Examples
    --------
    >>> snapshot_id("2025-07-01T00:00:00+00:00", "831d1aca0e49990304")
    '20250701T000000Z-831d1aca0e49'
    """
    return f"{''.join(character for character in taken_at[:19] if character.isalnum())}Z-{digest[:12]}"


def _digest_column(digest: hashlib._Hash, values: pl.Series) -> None:
    absent = bytes(values.len())
    if values.null_count():
        absent = values.is_null().cast(pl.UInt8).to_numpy().tobytes()
        values = values.fill_null("" if values.dtype == pl.String else 0)
    digest.update(absent)
    if values.dtype == pl.String:
        digest.update(values.str.len_bytes().cast(pl.Int64).to_numpy().tobytes())
        for start in range(0, values.len(), _SLICE):
            digest.update("".join(values.slice(start, _SLICE)).encode())
    elif values.dtype == pl.Float64:
        digest.update((values.to_numpy() + 0.0).tobytes())  # -0.0 is 0.0; polars leaves + 0.0 out
    else:
        digest.update(values.to_numpy().tobytes())


def find_broken_rules(
    videos: pl.DataFrame, stats: pl.DataFrame, rejected: pl.DataFrame, manifest: Mapping[str, Any]
) -> Iterator[str]:
    """Yield each rule of ``schema.py`` and of the manifest that is broken."""
    tables = {"videos": videos, "stats": stats, "rejected": rejected}
    try:
        for name, frame in tables.items():
            check(frame, TABLES[name], name)
    except FrameError as error:
        yield str(error).rstrip(".")
        return
    account = manifest["accounting"]
    rejected_points = int(rejected["field"].str.starts_with("stats.").sum())
    kept_points = sum(stats[name].count() for name in COUNTS)
    key = pl.struct("video_id", "timestamp")
    rules = {
        "videos are not unique or have no id": not videos["video_id"].is_duplicated().any()
        and not videos["video_id"].has_nulls(),
        "stats are not sorted by video_id and timestamp, or not unique": stats.equals(
            stats.sort("video_id", "timestamp")
        )
        and not stats.select(key.is_duplicated().any()).item(),
        "stats have readings of videos that are not in videos": stats["video_id"]
        .is_in(videos["video_id"].implode())
        .all(),
        "counts are below zero": not stats.select(pl.any_horizontal((pl.col(*COUNTS) < 0).any())).item(),
        "rejected has unknown reasons": rejected["reason"].is_in(list(REASONS)).all(),
        "the counts of raw points do not add up": account["received"]
        == account["kept"] + account["rejected"] + account["duplicates"],
        "the counts of raw points do not match the frames": (
            account["kept"],
            account["rejected"],
            manifest["rejected_fields"],
        )
        == (kept_points, rejected_points, rejected.height - rejected_points),
        "snapshot_id does not match taken_at and content_digest": manifest["snapshot_id"]
        == snapshot_id(manifest["taken_at"], manifest["content_digest"]),
        "the numbers of rows do not match the manifest": all(
            manifest[rows] == tables[name].height for name, rows in ROWS.items()
        ),
        "the content does not match content_digest": content_digest(tables) == manifest["content_digest"],
    }
    yield from (problem for problem, holds in rules.items() if not holds)
