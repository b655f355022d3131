"""How long a redraw takes at many videos, to the bytes of a PNG, against a loop of `ax.plot` over the same videos.

Run it: ``python tests/bench/drawing.py [VIDEOS ...] [--readings N] [--tries N]``. It prints a table in Markdown. All
take turns in one process; the least processor time of each is told. "Made ready" is what happens once for a frame; a
redraw is of a new figure each time; a choice among the videos is made anew, as a filter of an explorer does.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from influtics_lab.plots import curves, plot_cohorts, plot_counts, to_png
from influtics_lab.plots.canvas import new_axes

START = datetime(2025, 6, 1, tzinfo=UTC)


def frame_of(videos: int, readings: int) -> pl.DataFrame:
    """Give videos that grow and slow down, read at irregular times within 30 days."""
    rng = np.random.Generator(np.random.PCG64(7))
    hours = np.sort(rng.uniform(0.5, 720, (videos, readings)), axis=1)
    size = 10 ** rng.normal(4.5, 0.8, (videos, 1))
    views = (size * (1 - np.exp(-hours / rng.uniform(20, 200, (videos, 1))))).astype(np.int64)
    ids = [f"{v:08x}-0000-4000-8000-{v:012x}" for v in range(videos)]
    platforms = ["TikTok", "YouTube", "Instagram"]
    each = pl.DataFrame(
        {
            "video_id": ids,
            "platform": [platforms[v % 3] for v in range(videos)],
            "title": [f"Video number {v}" for v in range(videos)],
            "external_video_id": ids,
        }
    )
    return (
        pl.DataFrame({"video_id": np.repeat(ids, readings), "age_hours": hours.ravel(), "views": views.ravel()})
        .join(each, on="video_id", maintain_order="left")
        .with_columns(timestamp=pl.lit(START) + pl.duration(microseconds=(pl.col("age_hours") * 3.6e9).cast(pl.Int64)))
    )


def loop(frame: pl.DataFrame) -> Axes:
    ax = new_axes()
    ax.set_yscale("log")
    for part in frame.partition_by("video_id", maintain_order=True):
        ax.plot(part["age_hours"].to_numpy(), part["views"].to_numpy(), linewidth=0.8)
    return ax


def seconds(job: Callable[[], object]) -> float:
    started = time.process_time()
    job()
    return time.process_time() - started


def measure(videos: int, readings: int, tries: int) -> list[tuple[str, float]]:
    frame = frame_of(videos, readings)
    ready = seconds(lambda: curves(frame))
    aged, timed = curves(frame), curves(frame, by="timestamp")
    half = aged.videos["video_id"].gather_every(2)
    jobs: dict[str, Callable[[], Axes]] = {
        "a loop of `ax.plot`": lambda: loop(frame),
        "`plot_cohorts`: bands, five named": lambda: plot_cohorts(aged.only(aged.videos["video_id"])),
        "`plot_cohorts`: bands alone": lambda: plot_cohorts(aged, highlight=()),
        "`plot_cohorts`: bands, half of the videos": lambda: plot_cohorts(aged.only(half)),
        "`plot_counts`: raster over time, five named": lambda: plot_counts(timed, scale="log"),
    }
    best = dict.fromkeys(jobs, float("inf"))
    for n in range(tries):
        for name, job in jobs.items():
            if n < 2 or "loop" not in name:
                best[name] = min(best[name], seconds(lambda job=job: to_png(job())))
    return [*best.items(), ("made ready, once: `curves`", ready)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", nargs="*", type=int, default=[1_000, 10_000])
    parser.add_argument("--readings", type=int, default=100)
    parser.add_argument("--tries", type=int, default=7)
    given = parser.parse_args()
    print("| videos | readings | picture | CPU [ms] | times faster |")
    print("|---:|---:|---|---:|---:|")
    for videos in given.videos:
        rows = measure(videos, given.readings, given.tries)
        for name, best in rows:
            faster = f"{rows[0][1] / best:.0f}" if "once" not in name else ""
            print(f"| {videos:,} | {videos * given.readings:,} | {name} | {best * 1000:.0f} | {faster} |")


if __name__ == "__main__":
    main()
