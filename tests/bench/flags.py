"""How often `flag_counters` flags clean videos, and how much of what is planted it finds, by simulation.

Run it: ``python tests/bench/flags.py [--videos N]``. Velocity falls with age and has a daily rhythm; each 6 hours are
over-dispersed (gamma, size 1.5); 5 % of views engage. 14 days read hourly, 30 days read daily; what is planted begins
after 7 and 20 days. "Refreshed" series change every 2, 3 or 6 hours only. "Waves" are organic: all views that come in
them engage at half the usual rate. Views of "bursts" beyond the usual ones engage at 5 % of the usual rate.

"Old" are the rules of version 0.1: every fall above 1 % is a purge; a stall is 14 views that the last interval's
velocity promised and that did not come within an hour; a burst is three readings in a row above 5 times the median of
the velocities before, with less than a third of the cumulative engagement rate.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import and_
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influtics_lab.metrics import flag_counters

START = datetime(2025, 6, 1, tzinfo=UTC)
ENGAGED = 0.05
SHARES = {"likes": 0.8, "comments": 0.15, "reposts": 0.05}
DAYS = {1: (14, 7), 24: (30, 20)}
"""Hours between readings: days of a series, and days before what is planted."""
READ = {1: "hourly", 24: "daily"}
FLAGS = ("purge", "stall", "burst")
Counts = npt.NDArray[Any]


@dataclass(frozen=True)
class World:
    """How series come about."""

    views: int = 100_000
    rhythm: float = 0.6
    refreshed_hours: int = 1
    taken_back: float = 0.0
    """Share of likes and comments that is taken back every hour."""
    times: float = 1.0
    rate: float = 1.0
    """Engagement of the views beyond the usual ones, as a multiple of the usual rate."""
    lasts: int = 0
    stalled: int = 0
    purged: float = 0.0

    def series(self, random: np.random.Generator, videos: int, days: int, after: int) -> dict[str, Counts]:
        """Return the counts at each hour: one row for each video."""
        hours = np.arange(days * 24)
        planted = (hours >= after * 24) & (hours < after * 24 + self.lasts)
        pace = np.exp(-hours / (4 * 24)) + 0.1
        pace = self.views * pace / pace.sum() * (1 + self.rhythm * np.sin(hours * np.pi / 12))
        waves = np.repeat(random.gamma(1.5, 1 / 1.5, (videos, days * 4)), 6, axis=1)
        usual = random.poisson(pace * waves)
        extra = random.poisson(np.where(planted, pace * (self.times - 1), 0.0) * waves)
        gained = {"views": usual + extra}
        for name, share in SHARES.items():
            rate = ENGAGED * share
            gained[name] = random.binomial(usual, rate) + random.binomial(extra, rate * self.rate)
        counts = {name: np.cumsum(column, axis=1) for name, column in gained.items()}
        for name in ("likes", "comments"):
            counts[name] = counts[name] - np.cumsum(random.poisson(counts[name] * self.taken_back), axis=1)
        return {name: self._as_read(name, np.maximum(column, 0), after * 24) for name, column in counts.items()}

    def _as_read(self, name: str, counts: Counts, since: int) -> Counts:
        hours = np.arange(counts.shape[1])
        shown = np.where((hours > since) & (hours <= since + self.stalled), since, hours)
        counts = counts[:, shown // self.refreshed_hours * self.refreshed_hours]
        lost = np.floor(counts[:, [since - 1]] * (self.purged if name == "views" else 0.0))
        return (counts - np.where(hours >= since, lost, 0)).astype(np.int64)


def as_frame(series: dict[str, Counts], every: int) -> pl.DataFrame:
    videos, hours = series["views"][:, ::every].shape
    at = pl.Series(np.tile(np.arange(hours) * every, videos))
    columns = {name: column[:, ::every].ravel() for name, column in series.items()}
    names = np.repeat([f"v{n:05}" for n in range(videos)], hours)
    return pl.DataFrame({"video_id": names, **columns}).with_columns(timestamp=pl.lit(START) + pl.duration(hours=at))


def old_flags(flagged: pl.DataFrame) -> pl.DataFrame:
    hours = pl.col("timestamp").diff().dt.total_hours()
    engaged = pl.sum_horizontal(*SHARES)
    steps = flagged.with_columns(
        (pl.col("views").diff() / hours).over("video_id").alias("speed"),
        (engaged.diff() / pl.col("views").diff()).over("video_id").alias("rate"),
        (engaged / pl.col("views")).shift().over("video_id").alias("rate_before"),
    )
    promised = pl.when(pl.col("unchanged_hours").is_null()).then("speed").forward_fill() * pl.col("unchanged_hours")
    return steps.with_columns(
        pl.col("speed").rolling_median(1000, min_samples=3).shift().over("video_id").alias("median"),
        (promised.over("video_id") > 14).alias("old stall"),
        (pl.max_horizontal(pl.col("^.*_fall_pct$")) > 1).alias("old purge"),
    ).with_columns(old_burst().alias("old burst"))


def old_burst() -> pl.Expr:
    fast = [pl.col("speed").shift(-step).over("video_id") > pl.col("median") * 5 for step in range(3)]
    low = [pl.col("rate").shift(-step).over("video_id") < pl.col("rate_before") / 3 for step in range(3)]
    return reduce(and_, fast + low)


def judged(world: World, every: int, videos: int) -> pl.DataFrame:
    """Return each reading's flags by the old rules and the new."""
    series = world.series(np.random.Generator(np.random.PCG64(3)), videos, *DAYS[every])
    new = {"is_purge": "new purge", "is_stalled": "new stall", "is_burst": "new burst"}
    names = [f"{age} {flag}" for flag in FLAGS for age in ("old", "new")]
    both = old_flags(flag_counters(as_frame(series, every))).rename(new)
    return both.select("video_id", "timestamp", *(pl.col(name).fill_null(value=False) for name in names))


def false_alarms(world: World, every: int, videos: int) -> Iterator[str]:
    """Yield the share of videos with each flag in %, and flags a video-year: readings in a row are one."""
    flags = judged(world, every, videos)
    for flag in FLAGS:
        for name in (f"old {flag}", f"new {flag}"):
            begins = pl.col(name) & ~pl.col(name).shift(fill_value=False).over("video_id")
            each = flags.group_by("video_id").agg(pl.col(name).any(), begins.sum().alias("begins"))
            yield f"{100 * each[name].mean():.1f} / {each['begins'].mean() * 365 / DAYS[every][0]:.2g}"


def detection(world: World, every: int, videos: int, flag: str) -> Iterator[str]:
    """Yield the share of videos in which the flag is found in time in %, and the median delay in hours."""
    since = START + pl.duration(days=DAYS[every][1])
    until = since + pl.duration(hours=max(world.lasts, world.stalled, 1) + max(every, 6))
    flags = judged(world, every, videos).filter(pl.col("timestamp").is_between(since, until))
    for name in (f"old {flag}", f"new {flag}"):
        found = flags.filter(name).group_by("video_id").agg((pl.col("timestamp").min() - since).dt.total_hours())
        late = found["timestamp"].median()
        yield f"{100 * found.height / videos:.0f}" + ("" if late is None else f" / {late:.0f} h")


def clean_worlds() -> dict[str, World]:
    sizes = {f"clean, {views:,} views": World(views=views) for views in (2_000, 20_000, 100_000, 10_000_000)}
    refreshed = {f"refreshed every {hours} h": World(refreshed_hours=hours) for hours in (2, 3, 6)}
    waves = {
        f"wave x{times}, {lasts} h, {views:,} views": World(views, times=times, lasts=lasts, rate=half(times))
        for views in (20_000, 100_000)
        for times, lasts in ((3, 48), (6, 24), (10, 12))
    }
    others = {"no rhythm": World(rhythm=0.0), "strong rhythm": World(rhythm=0.9)}
    return {**sizes, **others, "likes and comments taken back": World(taken_back=0.0005), **refreshed, **waves}


def half(times: float) -> float:
    """Return the engagement of the views beyond the usual ones with which all engage at half the usual rate."""
    return (times / 2 - 1) / (times - 1)


def planted_worlds() -> Iterator[tuple[str, str, World, Sequence[int]]]:
    """Yield name, flag, world, and how it is read."""
    for views in (1_000, 2_000, 5_000, 20_000):
        yield f"stall of 24 h, {views:,} views", "stall", World(views=views, stalled=24), (1, 24)
    for pct in (2, 5, 20):
        yield f"purge of {pct} % of views", "purge", World(purged=pct / 100), (1, 24)
    for times, lasts, read in ((5, 12, (1,)), (10, 12, (1,)), (5, 48, (1, 24))):
        for views in (20_000, 100_000, 1_000_000):
            world = World(views=views, times=times, rate=0.05, lasts=lasts)
            yield f"burst x{times}, {lasts} h, {views:,} views", "burst", world, read


def row(cells: Sequence[object]) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def head(cells: Sequence[str]) -> None:
    row(cells)
    print("|" + "---|" * len(cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=200)
    videos = parser.parse_args().videos
    print(f"False alarms: % of {videos} videos with a flag / flags a video-year.\n")
    head(["series", "read", *(f"{flag}, {age}" for flag in FLAGS for age in ("old", "new"))])
    for name, world in clean_worlds().items():
        for every, read in READ.items():
            row([name, read, *false_alarms(world, every, videos)])
    print(f"\nDetection: % of {videos} videos in which it is found / median delay.\n")
    head(["planted", "read", "old", "new"])
    for name, flag, world, reads in planted_worlds():
        for every in reads:
            row([name, READ[every], *detection(world, every, videos, flag)])


if __name__ == "__main__":
    main()
