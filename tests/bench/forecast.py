"""How often forecasts are right, by rolling backtests; and how long a forecast takes.

Run it: ``PYTHONPATH=tests python -m bench.forecast [--videos N]``. Simulated populations are of 12,000 videos,
published over 150 days and read daily for 35 days. In "stable" ones all videos are alike; in "drifting" ones the long
tail of the last videos is so many times that of the first. Real series are used where ``../shared/real`` is there:
charts of YouTube, 10,060 videos over 13 days, which a video leaves when it cools; and five videos that were followed
for a year, of which each ten days are a video that begins with 0 views.

It prints, of limits of 90 % (slow / middle / fast tercile of growth), with the share of outcomes that held and its
interval of 95 % with dates and videos as clusters::

    6,194 videos, 300,777 readings, 2,340 forecasts: 0.5 to 0.6 s of processor time
                                calibrators   coverage             intervals                           width
    stable, to 14 days                1,220   90.1 / 90.4 / 90.6   89.3-90.8 / 89.3-91.4 / 89.7-91.3   14 / 23 / 35
    stable, to 30 days                  791   90.1 / 90.4 / 90.6   89.6-90.7 / 89.9-91.0 / 89.6-91.5   14 / 20 / 31
    drifting x1.5, to 30 days           791   89.7 / 90.2 / 89.9   89.1-90.4 / 89.5-90.9 / 88.9-90.8   16 / 22 / 32
    drifting x0.67, to 30 days          791   91.3 / 91.2 / 91.2   90.8-91.8 / 90.6-91.7 / 90.3-92.1   12 / 19 / 28
    drifting x2, to 30 days             791   89.4 / 90.0 / 89.6   88.7-90.1 / 89.3-90.7 / 88.6-90.5   17 / 24 / 34
    YouTube charts, to 5 days           180   90.7 / 92.6 / 94.2   83.5-95.5 / 84.9-97.1 / 90.9-96.6   15 / 40 / 73
    YouTube charts, to 7 days           125   92.0 / 93.7 / 96.1   89.1-94.3 / 90.9-95.8 / 92.9-98.1   14 / 28 / 70
    YouTube charts, to 10 days           50   96.0 / 98.4 / 92.2   89.9-98.9 / 95.0-99.7 / 87.4-95.6   8 / 16 / 29
    followed for a year, to 7 days       13   92.6 / 92.9 / 89.5   87.8-95.9 / 88.3-96.1 / 80.5-95.3   86 / 80 / 100

                                point's error     plain ratio's error   no growth
    stable, to 14 days          2.3 / 3.0 / 4.2   4.9 / 3.0 / 5.8       7.5 / 12.7 / 18.6
    stable, to 30 days          1.9 / 2.3 / 3.1   3.9 / 2.3 / 4.6       7.1 / 11.4 / 16.1
    drifting x2, to 30 days     2.2 / 2.6 / 3.3   4.0 / 2.6 / 5.3       9.0 / 13.7 / 18.6
    YouTube charts, to 5 days   2.7 / 5.1 / 7.1   11.5 / 4.6 / 10.0     5.0 / 13.9 / 21.7
    YouTube charts, to 7 days   2.6 / 4.1 / 8.7   10.4 / 4.1 / 9.2      4.5 / 13.1 / 22.3
    followed for a year         2.8 / 1.9 / 3.2   2.7 / 1.8 / 3.0       40.5 / 40.3 / 41.8

In the charts, outcomes of one day move together: 1,506 outcomes within 5 days say as much as 139 independent ones.
Limits are too wide there, in four of nine terciles beyond the interval, as videos cool: the median outcome exceeds 0.36
to 0.47 of the calibrators' ratios in eight of nine terciles, not half. Rounding up k adds 0.3 to 1.1 points, ties
nothing. Thirteen days are too few to say whether that lasts.

Levels that rise after misses, and never fall, were chosen on seeds 31 to 42, among others that rise only where the
interval of past coverage at 50, 80 or 95 % lies below the level: these gain less where videos change or days move
together. To 30 days, without and with them, 12,000 videos: stable 90.2 and 90.5 %, x2 88.1 and 89.6 %, days that move
together 86.0 and 87.9 %, widths up to 3 % more; 400 videos, with few calibrators: stable 92.2 and 93.1 %. On other
seeds (61 to 63) the terciles of 12,000 videos held 89.3 to 89.9 % at x2, and 90.2 to 90.7 % where stable.

Tried before on seeds 11 to 14, and not used: the most recent 150 to 600
calibrators (0.3 to 0.9 points more at x2, 1.4 to 8.6 less where days move together), weights that halve in 14 to 30
days (0.2 to 0.6 more, up to 0.9 less), and levels that follow the errors both ways (up to 1.6 less in stable ones).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import polars as pl
from answers import SHARED
from metrics import real
from metrics.populations import Population, coverage_row, together

from influtics_lab import backtest, forecast


def describe_backtest(name: str, frame: pl.DataFrame, horizon: str, **options: str) -> Iterator[str]:
    started = time.process_time()
    table = backtest(frame, horizon, **options)
    yield f"{name}, to {horizon}, {table['dates'][-1]} dates, {time.process_time() - started:.1f} s"
    yield from (coverage_row(row) for row in table.iter_rows(named=True) if row["outcomes"])
    yield f"   refused: {table['refusals'][-1]}"


def simulated(videos: int) -> Iterator[str]:
    for name, drift in (("stable", 1.0), ("drifting x1.5", 1.5), ("drifting x0.67", 1 / 1.5), ("drifting x2", 2.0)):
        frame = Population(videos, drift=drift).frame(1)
        for horizon in ("14d", "30d"):
            yield from describe_backtest(name, frame, horizon)


def on_real_series() -> Iterator[str]:
    if not (SHARED / "real").is_dir():
        yield "no real series beside the repository"
        return
    charts = real.trending().with_columns(platform=pl.lit("YouTube"))
    for horizon in ("5d", "7d", "10d"):
        yield from describe_backtest("YouTube charts", charts, horizon, every="1d")
    yield from describe_backtest("followed for a year, ten days each", cut_windows(real.ripple()), "7d", every="1d")


def cut_windows(followed: pl.DataFrame) -> pl.DataFrame:
    """Return each ten days of long series as a video that was published at their beginning."""
    begins = pl.col("timestamp").dt.truncate("10d")
    rows = followed.filter(pl.col("views").is_not_null(), pl.len().over("video_id") > 100).with_columns(
        published_at=pl.col("timestamp").min().over("video_id", begins), platform=pl.lit("YouTube")
    )
    first = pl.col("views").sort_by("timestamp").first().over("video_id", "published_at")
    return rows.with_columns(
        pl.format("{}-{}", "video_id", pl.col("published_at").dt.date()).alias("video_id"),
        (pl.col("views") - first).clip(0).alias("views"),
        is_purge=pl.lit(value=False), is_burst=pl.lit(value=False),
    )  # fmt: skip


def timed() -> Iterator[str]:
    frame = together(
        *(
            Population(videos, days=75, tracked=30, every_hours=12, platform=platform).frame(2)
            for platform, videos in (("TikTok", 2400), ("YouTube", 1900), ("Instagram", 1900))
        )
    )
    frame = frame.filter(pl.col("timestamp") <= pl.col("published_at").max())
    forecast(frame.head(1000))
    for _ in range(3):
        started = time.process_time()
        table = forecast(frame)
        yield (
            f"{table.height:,} videos, {frame.height:,} readings: {time.process_time() - started:.2f} s of processor "
            f"time, {table['views_forecast'].count():,} forecasts"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=12_000)
    chosen = parser.parse_args()
    for part in (timed(), simulated(chosen.videos), on_real_series()):
        for line in part:
            print(line, flush=True)
