"""Build small snapshots by hand for tests."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

import influtics_lab as lab


def item(video_id: str, views: Mapping[int, Any] | None = None, /, **fields: Any) -> dict[str, Any]:
    """A video whose views at some hours of 1 July are these."""
    stats = {"views": {f"2025-07-01 {hour:02d}:00:00+00": value for hour, value in (views or {}).items()}}
    plain = {"platform": "TikTok", "created_at": "2025-06-30T08:00:00+00:00", "title": f"Title of {video_id}"}
    return {"video_id": video_id, "stats": stats} | plain | fields


def day(number: int, *items: Any, **query: Any) -> lab.Snapshot:
    """The snapshot that was read at noon of a day of July, of everything or of a query."""
    return at(f"2025-07-{number:02d}T12:00:00+00:00", items, **query)


def at(taken_at: str, items: Iterable[Any], **query: Any) -> lab.Snapshot:
    """The snapshot that was read at an instant, of everything or of a query."""
    videos = list(items)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lab.DataQualityWarning)
        snapshot = lab.parse_pages([{"data": videos, "pagination": {"total": len(videos)}}], taken_at)
    facts = {name: value for name, value in snapshot.manifest.items() if name != "query"}
    asked = {"platform": None, "status": None, "with_status": False} | query
    videos_frame = snapshot.videos
    if asked["status"]:
        videos_frame = videos_frame.with_columns(status=pl.lit(asked["status"], pl.String))
    return lab.Snapshot.build(videos_frame, snapshot.stats, snapshot.rejected, facts | {"query": asked})


def same(archive: lab.Archive, frozen: lab.Snapshot, as_of: str | date | None = None) -> None:
    """The archive as of then is the frozen snapshot, value by value."""
    assert archive.videos(as_of).equals(frozen.videos)
    assert archive.history(as_of).equals(frozen.frame())
    given = archive.snapshot(as_of)
    assert given.stats.equals(frozen.stats)
    assert given.manifest["content_digest"] == frozen.manifest["content_digest"]
    given.verify()
