"""Snapshots and campaign files made by hand, for the tests of campaigns."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import influtics_lab as lab
from influtics_lab.campaign import Campaign, key_figures, parse_campaign

FIRST = datetime(2025, 6, 1, tzinfo=UTC)
HEAD = 'name = "June"\n[period]\nstart = 2025-06-02\nend = 2025-06-05\n'


def tiktok(day: float, name: str = "") -> str:
    """A TikTok id that says so many days after 1 June, another one for each name."""
    return str((int((FIRST + timedelta(days=day)).timestamp()) << 32) + int.from_bytes(name.encode()))


def video(video_id: str, readings: Mapping[float, Sequence[int | None]], **fields: Any) -> dict[str, Any]:
    """A video of the endpoint: by days after 1 June its views, likes, comments, reposts, as many as are given."""
    names = ("views", "likes", "comments", "reposts")
    stats: dict[str, dict[str, int]] = {}
    for day, counts in readings.items():
        for name, count in zip(names, counts, strict=False):
            if count is not None:
                stats.setdefault(name, {})[(FIRST + timedelta(days=day)).isoformat(sep=" ")] = count
    plain = {"platform": "YouTube", "created_at": FIRST.isoformat(), "title": f"Title of {video_id}"}
    return {"video_id": video_id, "stats": stats} | plain | fields


def snapshot(*videos: dict[str, Any]) -> lab.Snapshot:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lab.DataQualityWarning)
        return lab.parse_pages([{"data": list(videos), "pagination": {"total": len(videos)}}])


def campaign(rest: str, head: str = HEAD) -> Campaign:
    return parse_campaign(f"{head}{rest}\n")


def figures(rest: str, *videos: dict[str, Any], head: str = HEAD) -> dict[str, Any]:
    return key_figures(campaign(rest, head), snapshot(*videos)).to_dict()


def codes(found: Mapping[str, Any], level: str | None = None) -> list[str]:
    return [finding["code"] for finding in found["findings"] if level in {None, finding["level"]}]


def words(found: Mapping[str, Any], code: str) -> str:
    return " ".join(finding["text"] for finding in found["findings"] if finding["code"] == code)
