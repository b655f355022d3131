"""How often `flag_counters` flags clean videos, and how much of what is planted it finds, by simulation.

Run it: ``python tests/bench/flags.py [--videos N]``. Views of a video come with a velocity that falls with its age and
rises and falls with the hour of the day, each interval over-dispersed (gamma, size 1.5 for each 6 hours); 5 % of views
engage. Series of 14 days, read hourly or daily; "refreshed" ones change every 2, 3 or 6 hours only; "waves" have a day
of six times the velocity that engages at half the usual rate. "Old" is: every fall above 1 % is a purge, and a stall is
14 views that the last interval's velocity promised and that did not come within an hour or more.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import polars as pl

from influtics_lab.metrics import flag_counters

START = datetime(2025, 6, 1, tzinfo=UTC)
DAYS = 14
ENGAGED = 0.05
RATES = {"likes": 0.8, "comments": 0.15, "reposts": 0.05}
MIDDLE = 7 * 24  # the hour at which something is planted
Counts = np.ndarray


@dataclass(frozen=True)
class World:
    """How series come about: views in all, whether days have a rhythm, hours between refreshes, and what is planted."""

    views: int = 100_000
    rhythm: float = 0.6
    refreshed: int = 1
    times: float = 1.0
    share: float = 1.0
    lasts: int = 0
    stalled: int = 0
    purged: float = 0.0

    def series(self, random: np.random.Generator, videos: int) -> dict[str, Counts]:
        """Return the counts at each hour: one row for each video."""
        hours = np.arange(DAYS * 24)
        planted = (hours >= MIDDLE) & (hours < MIDDLE + self.lasts)
        pace = np.exp(-hours / (4 * 24)) + 0.1
        pace = self.views * pace / pace.sum() * (1 + self.rhythm * np.sin(hours * np.pi / 12))
        waves = np.repeat(random.gamma(1.5, 1 / 1.5, (videos, len(hours) // 6)), 6, axis=1)
        usual = random.poisson(pace * waves)
        extra = random.poisson(np.where(planted, pace * (self.times - 1), 0.0) * waves)
        gained = {"views": usual + extra}
        for name, part in RATES.items():
            gained[name] = random.binomial(usual, ENGAGED * part) + random.binomial(extra, ENGAGED * part * self.share)
        counts = {name: np.cumsum(column, axis=1) + 20 for name, column in gained.items()}
        return {name: self._as_read(column, hours) for name, column in counts.items()}

    def _as_read(self, counts: Counts, hours: Counts) -> Counts:
        shown = np.where((hours >= MIDDLE) & (hours < MIDDLE + self.stalled), MIDDLE, hours)
        counts = counts[:, shown // self.refreshed * self.refreshed]
        lost = np.where(hours >= MIDDLE, np.floor(counts[:, [MIDDLE - 1]] * self.purged), 0.0)
        return (counts - lost).astype(np.int64)


def framed(series: dict[str, Counts], every: int) -> pl.DataFrame:
    videos, hours = series["views"][:, ::every].shape
    at = pl.Series(np.tile(np.arange(hours) * every, videos))
    columns = {name: column[:, ::every].ravel() for name, column in series.items()}
    names = np.repeat([f"v{n:04}" for n in range(videos)], hours)
    return pl.DataFrame({"video_id": names, **columns}).with_columns(timestamp=pl.lit(START) + pl.duration(hours=at))


def old_stalls(frame: pl.DataFrame) -> pl.Expr:
    speed = pl.col("views").diff() / (pl.col("timestamp").diff().dt.total_hours())
    before = pl.when(pl.col("unchanged_hours").is_null()).then(speed).forward_fill().over("video_id")
    return (before * pl.col("unchanged_hours") > 14).fill_null(value=False)


FLAGS: dict[str, Callable[[pl.DataFrame], pl.Expr]] = {
    "purge: old": lambda _: pl.max_horizontal(pl.col("^.*_fall_pct$")) > 1,
    "new": lambda _: pl.col("is_purge"),
    "stall: old": old_stalls,
    "new ": lambda _: pl.col("is_stalled"),
    "burst": lambda _: pl.col("is_burst"),
}


def found(world: World, every: int, videos: int) -> tuple[list[str], list[str]]:
    """Return the share of videos with each flag, in %, and the delay of stalls and bursts behind what is planted."""
    frame = framed(world.series(np.random.Generator(np.random.PCG64(3)), videos), every)
    flagged = flag_counters(frame)
    flags = flagged.with_columns(flag(flagged).fill_null(value=False).alias(name) for name, flag in FLAGS.items())
    each = flags.group_by("video_id").agg(pl.col(name).any() for name in FLAGS)
    since = pl.lit(START) + pl.duration(hours=MIDDLE)
    delays = flags.filter(pl.col("timestamp") >= since).group_by("video_id").agg(
        (pl.col("timestamp").filter(name).min() - since).dt.total_hours().alias(name) for name in ("new ", "burst")
    )  # fmt: skip
    late = [delays[name].median() for name in ("new ", "burst")]
    return [f"{100 * each[name].mean():.0f}" for name in FLAGS], ["-" if one is None else f"{one:.0f}" for one in late]


def row(cells: Sequence[object]) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def worlds() -> dict[str, World]:
    clean = {"clean, flat": World(rhythm=0.0), "clean": World(), "clean, 20,000 views": World(views=20_000)}
    clean |= {"clean, 2,000 views": World(views=2_000), "clean, 10m views": World(views=10_000_000)}
    clean |= {f"refreshed every {hours} h": World(refreshed=hours) for hours in (2, 3, 6)}
    clean |= {"wave x6, half rate, 24 h": World(times=6, share=0.4, lasts=24)}
    stalls = {f"24 h stall, {views:,} views": World(views=views, stalled=24) for views in (2_000, 20_000, 100_000)}
    purges = {f"purge of {pct} %": World(purged=pct / 100) for pct in (2, 5, 20)}
    bursts = {
        f"burst x{times}, {lasts} h, {views:,} views": World(views=views, times=times, share=0.05, lasts=lasts)
        for times, lasts, views in ((5, 12, 20_000), (5, 12, 100_000), (10, 12, 100_000), (5, 48, 100_000))
    }
    return {**clean, **stalls, **purges, **bursts}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=100)
    asked = parser.parse_args()
    print("Videos with a flag, in %; median delay of stalls and bursts in hours. 14 days each: false alarms per")
    print(f"video-year are about {365 / DAYS:.0f} times the share of clean videos.\n")
    row(["series", "read", *FLAGS, "delay: stall", "burst "])
    print("|" + "---|" * (len(FLAGS) + 4))
    for name, world in worlds().items():
        for every, read in ((1, "hourly"), (24, "daily")):
            shares, delays = found(world, every, asked.videos)
            row([name, read, *shares, *delays])


if __name__ == "__main__":
    main()
