"""Answer pages of a wanted size, as bytes: what the benchmarks read."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

VIDEOS_A_PAGE = 100
OVERLAP = 2  # as seams have it: each page begins with the last two videos of the one before
START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def pages_of(megabytes: float, readings: int | None = None) -> Iterator[bytes]:
    """Yield full pages until they have so many megabytes: 50 to 400 readings a video, or a given number."""
    bounds = (50, 400) if readings is None else (readings, readings)
    size = offset = 0
    while size < 1e6 * megabytes:
        items = [video(offset + i, *bounds) for i in range(VIDEOS_A_PAGE)]
        pagination = {"total": 10**6, "limit": 100, "offset": offset, "has_more": True}
        page = orjson.dumps({"success": True, "data": {"data": items, "pagination": pagination}, "meta": {}})
        yield page
        size += len(page)
        offset += VIDEOS_A_PAGE - OVERLAP


def video(number: int, least: int = 50, most: int = 400) -> dict[str, Any]:
    """Make one video, always the same of a number: its counts only grow, read a few times a day at no fixed hour."""
    rng = random.Random(number)
    created = START + dt.timedelta(minutes=number)
    at, keys = created + dt.timedelta(seconds=33), []
    for _ in range(rng.randint(least, most)):
        at += dt.timedelta(microseconds=rng.randint(2 * 10**9, 40 * 10**9))
        keys.append(f"{at:%Y-%m-%d %H:%M:%S.%f}".rstrip("0").rstrip(".") + "+00")
    counts = {name: grown(rng, len(keys), most) for name, most in SIZES.items()}
    return {
        "video_id": f"{rng.getrandbits(64):016x}-{number:08d}",
        "external_video_id": str(rng.randint(10**18, 8 * 10**18)),
        "stats": {name: dict(zip(keys, values, strict=True)) for name, values in counts.items()},
        **{name: values[-1] for name, values in counts.items()},
        "platform": rng.choice(["TikTok", "YouTube", "Instagram"]),
        "created_at": created.isoformat(),
        "title": "A video about something " * rng.randint(1, 4),
        "thumbnail_url": f"https://thumbnails.example/{number}.webp",
        "cpm": 0,
        "er": rng.random() * 10,
        "stats_last_updated": at.isoformat(),
    }


SIZES = {"likes": 9_000, "views": 150_000, "reposts": 400, "comments": 800}


def grown(rng: random.Random, readings: int, most: int) -> list[int]:
    """Give a count at each reading."""
    value, values = 0, []
    for _ in range(readings):
        value += int(most * rng.random() ** 4)
        values.append(value)
    return values


def write_pages(folder: Path, megabytes: float, readings: int | None = None) -> list[Path]:
    """Write pages into a folder."""
    paths = []
    for number, page in enumerate(pages_of(megabytes, readings)):
        paths.append(folder / f"page-{number:05d}.json")
        paths[-1].write_bytes(page)
    return paths
