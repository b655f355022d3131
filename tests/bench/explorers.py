"""What a change of each control costs, in CPU, from the change to the bytes of the new picture.

Run it: ``python tests/bench/explorers.py [VIDEOS ...]``. Each video has 100 readings. "First" is the first time that a
control is set to its value, with whatever has then to be computed once (growth, flags, a grid of ages); "again" is the
median of three later times, each with a search that was not asked for before, so that no answer is held for it.

With 10,000 videos, a million readings, `QualityExplorer` opens in 2.4 s (best of three, a machine that others used), of
which `flag_counters` needs 1.9 s. Before bursts and falls were computed on rows in order: 5.5 and 4.9 s.
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from influtics_lab.explore import CohortExplorer, PlatformExplorer, QualityExplorer, VideoExplorer
from influtics_lab.schema import FRAME, dtypes

READINGS = 100
LISTED = "the fifth of the list"
ROW = "{:<18} {:<14} {:<24} {:>10} {:>10}"
FILTERS: tuple[tuple[str, Any, Any], ...] = (
    ("platform", "TikTok", ""), ("status", "active", ""), ("search", "kettle", ""),
    ("since", date(2025, 6, 20), None), ("until", date(2025, 6, 25), None), ("from_days", "2", ""),
    ("to_days", "20", ""), ("age", "tracked", "published"), ("flagged", True, False),
)  # fmt: skip
COUNT = (("count", "likes", "views"), ("picture", "velocity", "counts"), ("picture", "engagement", "counts"))
OWN: dict[type[Any], tuple[tuple[str, Any, Any], ...]] = {
    VideoExplorer: (*COUNT, ("across", "age", "time"), ("scale", "log", "linear"), ("video_id", LISTED, "")),
    PlatformExplorer: (
        ("at_age", "24h", "7d"), ("measure", "views_median", "engagement_rate_median"),
        ("parts", "with reposts", "likes+comments"), ("by", "status", "platform"), ("resamples", 1000, 10_000),
    ),
    CohortExplorer: (
        *COUNT, ("scale", "linear", "log"), ("named", "above", "largest"), ("named", "none", "largest"),
        ("video_id", LISTED, ""),
    ),
    QualityExplorer: (
        ("marks", "purge", "all"), ("which", "stale", "all"), ("stale_days", 1, 3), ("table", "flags", "rejected"),
        ("table", "stale", "rejected"),
    ),
}  # fmt: skip
WORDS = ("kettle", "stretch", "morning", "lamp", "garden", "violin", "soup", "train")


def frame_of(videos: int, seed: int = 1) -> pl.DataFrame:
    """Videos of three platforms, read at irregular times, of which some counts are corrected."""
    draw = np.random.Generator(np.random.PCG64(seed))
    start = np.datetime64("2025-06-01T00:00:00", "us")
    born = draw.integers(0, 20 * 86_400, videos)
    at = born[:, None] + np.cumsum(draw.uniform(0.1, 1.2, (videos, READINGS)) * 9 * 3600, axis=1)
    age = (at - born[:, None]) / 3600
    views = np.floor(
        draw.lognormal(10, 1.5, videos)[:, None] * (1 - np.exp(-age / draw.uniform(24, 400, videos)[:, None]))
    )
    views -= (draw.uniform(size=views.shape) < 0.002) * np.floor(views * 0.005)
    likes = np.floor(views * draw.beta(4, 60, videos)[:, None])
    ids = [f"v{n:06}" for n in range(videos)]
    table = pl.DataFrame(
        {
            "video_id": ids,
            "external_video_id": [f"e{n}" for n in range(videos)],
            "platform": np.array(["TikTok", "YouTube", "Instagram"])[draw.integers(0, 3, videos)],
            "title": [" ".join(WORDS[n] for n in row) for row in draw.integers(0, len(WORDS), (videos, 3))],
            "status": np.array(["active", "completed"])[draw.integers(0, 2, videos)],
            "created_at": start + (born + 1800).astype("timedelta64[s]"),
            "published_at": start + born.astype("timedelta64[s]"),
        }
    )
    readings = pl.DataFrame(
        {
            "video_id": np.repeat(ids, READINGS),
            "timestamp": (start + at.astype("timedelta64[s]")).ravel(),
            "views": views.ravel().astype(np.int64),
            "likes": likes.ravel().astype(np.int64),
            "comments": (likes // 20).ravel().astype(np.int64),
            "reposts": (likes // 50).ravel().astype(np.int64),
        }
    )
    joined = readings.join(table, on="video_id", how="left", maintain_order="left")
    columns = dtypes(FRAME)
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in columns.items() if name not in joined.columns]
    instants = pl.col("timestamp", "created_at", "published_at").dt.replace_time_zone("UTC")
    return joined.with_columns(instants, *missing).select(columns.keys()).cast(columns)


def spent(explorer: Any, name: str, value: Any) -> float:
    """Give the CPU time in ms that setting a control takes, all threads together."""
    value = explorer.controls[name].options[5][1] if value == LISTED else value
    started = time.process_time()
    explorer.controls[name].value = value
    taken = 1000 * (time.process_time() - started)
    if explorer.error is not None:
        raise RuntimeError(explorer.error)
    return taken


def measured(explorer: Any, name: str, value: Any, back: Any) -> tuple[float, float]:
    """Give what the first time takes, and what a later one takes among other videos."""
    first = spent(explorer, name, value)
    again = []
    for other in ("e", "a", "o") if name != "search" else ("",):
        spent(explorer, name, back)
        spent(explorer, "search", other)
        again.append(spent(explorer, name, value if name != "search" else "violin"))
    spent(explorer, name, back)
    spent(explorer, "search", "")
    return first, statistics.median(again)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", nargs="*", type=int, default=[1_000, 10_000])
    for videos in parser.parse_args().videos:
        frame = frame_of(videos)
        print(f"\n{videos:,} videos, {frame.height:,} readings; ms of CPU")
        print(ROW.format("explorer", "control", "value", "first", "again"))
        for kind, own in OWN.items():
            started = time.process_time()
            explorer = kind(frame)
            opened = 1000 * (time.process_time() - started)
            print(ROW.format(kind.__name__, "(open)", "", f"{opened:.0f}", ""))
            for name, value, back in (*own, *FILTERS):
                first, again = measured(explorer, name, value, back)
                print(ROW.format("", name, str(value), f"{first:.0f}", f"{again:.0f}"), flush=True)


if __name__ == "__main__":
    main()
