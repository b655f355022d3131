"""How much memory metrics over an archive need: at once, and by buckets of videos.

Run it: ``python tests/bench/beyond_memory.py [READINGS] [--buckets N]``. Each way is a process of its own, whose
largest resident memory is told. The readings are written once, in pieces, as an archive's files are: sorted by
``video_id, timestamp`` within each file, all videos in every file.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

import influtics_lab as lab

A_VIDEO = 100
FILES = 10
SECOND = 1_000_000


def write(folder: Path, readings: int) -> None:
    """Write files of which each has the next readings of every video."""
    random = np.random.default_rng(1)
    videos = readings // A_VIDEO
    ids = pl.int_range(videos, eager=True).cast(pl.String).str.zfill(12)
    views, instant = np.zeros(videos, np.int64), np.full(videos, 1_750_000_000 * SECOND)
    for n in range(FILES):
        steps = random.integers(0, 2000, (videos, A_VIDEO // FILES)).cumsum(1) + views[:, None]
        gaps = random.integers(1800 * SECOND, 40_000 * SECOND, steps.shape).cumsum(1) + instant[:, None]
        views, instant = steps[:, -1], gaps[:, -1]
        pl.DataFrame(
            {
                "video_id": ids.gather(np.repeat(np.arange(videos), steps.shape[1])),
                "timestamp": pl.Series(gaps.ravel()).cast(pl.Datetime("us", "UTC")),
                "views": steps.ravel(),
                "likes": steps.ravel() // 20,
                "comments": steps.ravel() // 300,
                "reposts": steps.ravel() // 100,
            }
        ).write_parquet(folder / f"{n}.parquet")


def measured(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.pipe(lab.growth, "views", "likes").pipe(lab.engagement_rate)


def at_once(frame: pl.LazyFrame, out: Path, _buckets: int) -> None:
    measured(frame).collect().write_parquet(out / "all.parquet")


def sunk(frame: pl.LazyFrame, out: Path, _buckets: int) -> None:
    measured(frame).sink_parquet(out / "all.parquet")


def by_buckets(frame: pl.LazyFrame, out: Path, buckets: int) -> None:
    for bucket in range(buckets):
        part = frame.filter(pl.col("video_id").hash() % buckets == bucket)
        measured(part).sink_parquet(out / f"{bucket:04d}.parquet")


WAYS: dict[str, Callable[[pl.LazyFrame, Path, int], None]] = {
    "collect": at_once,
    "sink_parquet": sunk,
    "by buckets": by_buckets,
}


def alone(way: str, folder: Path, buckets: int) -> None:
    """Take one way in this process, and tell its seconds, memory and rows."""
    frame = pl.scan_parquet(folder / "*.parquet", glob=True)
    with tempfile.TemporaryDirectory(dir=folder) as out:
        started = time.perf_counter()
        WAYS[way](frame, Path(out), buckets)
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows = pl.scan_parquet(Path(out) / "*.parquet").select(pl.len()).collect().item()
    print(f"| {way} | {seconds:.1f} | {peak:,.0f} | {rows:,} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readings", nargs="?", type=int, default=30_000_000)
    parser.add_argument("--buckets", type=int, default=16)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        alone(given.way, given.folder, given.buckets)
        return
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), given.readings)
        size = sum(file.stat().st_size for file in Path(name).iterdir()) / 1e6
        print(f"{given.readings:,} readings, {size:.0f} MB of Parquet, {given.buckets} buckets\n")
        print("| way | seconds | largest memory [MB] | rows |\n|---|---:|---:|---:|", flush=True)
        for way in WAYS:
            command = [sys.executable, __file__, "--way", way, "--folder", name, "--buckets", str(given.buckets)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
