"""Answers of the endpoint, made by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(os.environ.get("INFLUTICS_LAB_SHARED", Path(__file__).parents[2] / "shared"))
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the folder shared/ beside the repository")

AT = "2025-06-30 08:26:03.730104+00"
LATER = "2025-06-30 20:00:00+00"


def video(video_id: Any = "a", stats: Any = None, **fields: Any) -> dict[str, Any]:
    return {
        "video_id": video_id,
        "platform": "YouTube",
        "created_at": "2025-06-30T08:25:29.97+00:00",
        "stats": stats,
    } | fields


def answer(*videos: Any, total: int | None = None, **pagination: Any) -> dict[str, Any]:
    pagination = {"total": len(videos) if total is None else total, "limit": 100, "offset": 0} | pagination
    meta = {"processing_time_ms": 1, "request_id": "r-1"}
    return {"success": True, "data": {"data": list(videos), "pagination": pagination}, "meta": meta}


def flat(nested: dict[str, Any]) -> dict[str, Any]:
    return nested | nested["data"]
