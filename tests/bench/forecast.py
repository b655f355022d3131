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
    stable, to 14 days                1,220   90.3 / 90.4 / 90.2   89.5-91.0 / 89.3-91.3 / 89.1-91.1   14 / 23 / 35
    stable, to 30 days                  791   90.1 / 90.4 / 90.1   89.6-90.7 / 89.8-91.0 / 88.9-91.3   14 / 20 / 31
    drifting x1.5, to 30 days           791   89.7 / 90.2 / 89.9   89.0-90.4 / 89.5-90.9 / 88.9-90.9   16 / 22 / 32
    drifting x2, to 30 days             791   89.4 / 90.0 / 89.6   88.6-90.1 / 89.2-90.7 / 88.6-90.6   17 / 24 / 34
    drifting x0.67, to 30 days          791   90.6 / 90.8 / 90.3   89.9-91.3 / 90.1-91.5 / 89.0-91.5   12 / 18 / 28
    drifting x0.25, to 30 days          791   90.9 / 91.2 / 90.4   90.1-91.6 / 90.3-92.1 / 88.9-91.7   8 / 14 / 24
    YouTube charts, to 5 days           180   88.7 / 91.5 / 92.4   75.5-96.2 / 81.6-97.1 / 85.7-96.5   15 / 37 / 71
    YouTube charts, to 7 days           125   91.6 / 93.7 / 96.2   86.5-95.2 / 90.0-96.3 / 92.6-98.4   14 / 29 / 70
    YouTube charts, to 10 days           50   94.8 / 97.7 / 92.7   80.3-99.6 / 91.4-99.8 / 87.4-96.2   4 / 16 / 30
    followed for a year, to 7 days       13   92.6 / 92.9 / 89.5   87.8-95.9 / 88.3-96.1 / 80.5-95.3   86 / 80 / 100

                                point's error     plain ratio's error   no growth
    stable, to 14 days          2.3 / 3.0 / 4.2   4.9 / 3.0 / 5.8       7.5 / 12.7 / 18.6
    stable, to 30 days          1.9 / 2.3 / 3.1   3.9 / 2.3 / 4.6       7.1 / 11.4 / 16.1
    drifting x2, to 30 days     2.2 / 2.6 / 3.3   4.0 / 2.6 / 5.3       9.0 / 13.7 / 18.6
    YouTube charts, to 5 days   2.7 / 5.1 / 7.1   11.5 / 4.6 / 10.0     5.0 / 13.9 / 21.7
    YouTube charts, to 7 days   2.6 / 4.1 / 8.7   10.4 / 4.1 / 9.2      4.5 / 13.1 / 22.3
    followed for a year         2.8 / 1.9 / 3.2   2.7 / 1.8 / 3.0       40.5 / 40.3 / 41.8

In the charts, days move together: a day of a weekend gained 11 to 13 % more than the median day at equal age, so a
window that begins on a Sunday gains less than those of its calibrators. Without that, by dividing each day's gain by
its weekday's factor, coverage within 7 days is 93.1 instead of 94.0 % (with levels that only rise). Simulated readings
over 13 days, of 60 populations, say what that does: where days are alike, terciles held 91.5 to 91.9 % with a standard
deviation of 1.4 to 2.3 points; where a factor of each day has a deviation of 0.3, 90.0 to 91.5 % with 3.4 to 6.2
points, and the interval held 90 % in 83 to 97 % of them. Two of the nine real terciles lie outside of it.

Levels follow past forecasts (seeds 31 to 42 and 71 to 76). They rise wherever these held too little: to rise only where
the interval of past coverage at 50, 80 or 95 % lies below the level gains less where videos change or days move
together. They fall only where that interval at 95 % lies above the level: at 80 % the fast tercile of 12,000 videos
whose days move together held 88.4 instead of 89.8 %, at 50 % 88.3 %. To 30 days, without and with falling levels:
stable 90.3 and 90.3 %, x2 89.4 and 89.4 %, x0.67 91.3 and 90.7 %, x0.25 93.2 and 90.8 %, days that move together 91.0
and 90.6 %; without any, x2 88.1 %. In the first four weeks past forecasts are a day apart, not a week: in 13 days whose
days move together, deviations were 3.5 to 7.1 points before, and the fast tercile held 88.4 to 90.3 %. On other seeds
(91 to 93) the terciles of 12,000 videos held 90.1 to 90.7 % where stable, 89.4 to 90.2 % at x2, 90.1 to 91.6 % at x0.5
and 90.3 to 91.5 % at x0.25.

Tried before on seeds 11 to 14, and not used: the most recent 150 to 600
calibrators (0.3 to 0.9 points more at x2, 1.4 to 8.6 less where days move together), weights that halve in 14 to 30
days (0.2 to 0.6 more, up to 0.9 less), and levels that follow all errors both ways (up to 1.6 less in stable ones).
An interval with calibrators as clusters, too, or with autocorrelation of dates, holds 90 % no more often.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from datetime import timedelta

import polars as pl
from answers import SHARED
from metrics import real
from metrics.populations import START, Population, coverage_row, together

from influtics_lab import backtest, forecast
from influtics_lab.metrics._tercile_rule import TERCILES


def describe_backtest(name: str, frame: pl.DataFrame, horizon: str, **options: str) -> Iterator[str]:
    started = time.process_time()
    table = backtest(frame, horizon, **options)
    yield f"{name}, to {horizon}, {table['dates'][-1]} dates, {time.process_time() - started:.1f} s"
    yield from (coverage_row(row) for row in table.iter_rows(named=True) if row["outcomes"])
    yield f"   refused: {table['refusals'][-1]}"


def simulated(videos: int) -> Iterator[str]:
    drifts = {"stable": 1.0, **{f"drifting x{drift:.2g}": drift for drift in (1.5, 2.0, 1 / 1.5, 0.25)}}
    for name, drift in drifts.items():
        frame = Population(videos, drift=drift).frame(1)
        for horizon in ("14d", "30d"):
            yield from describe_backtest(name, frame, horizon)


def in_short_windows(populations: int) -> Iterator[str]:
    """Give the coverage of readings over 13 days, and how often its interval holds 90 %, by tercile."""
    begin = START + timedelta(days=11)
    for noise in (0.0, 0.3):
        for horizon in ("5d", "7d", "10d"):
            tables = []
            for seed in range(populations):
                frame = Population(1500, days=24, tracked=11, day_noise=noise).frame(seed)
                window = frame.filter(pl.col("timestamp").is_between(begin, begin + timedelta(days=13)))
                tables.append(backtest(window.with_columns(is_purge=False, is_burst=False), horizon, every="1d"))
            found = pl.concat(tables).filter(pl.col("tercile").is_in(TERCILES))
            holds = (pl.col("coverage_low_pct") <= 90) & (pl.col("coverage_high_pct") >= 90)
            share, mean, deviation = pl.col("coverage_pct").mean(), holds.mean(), pl.col("coverage_pct").std()
            for row in found.group_by("tercile", maintain_order=True).agg(share, held=mean, sd=deviation).rows():
                name, coverage, held, sd = row
                told = f"{name}: {coverage:.1f} % with a deviation of {sd:.1f}, 90 % held in {held:.0%}"
                yield f"13 days, noise of days {noise}, to {horizon}, {told}"


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
    parser.add_argument("--populations", type=int, default=60, help="of 13 days")
    chosen = parser.parse_args()
    for part in (timed(), simulated(chosen.videos), in_short_windows(chosen.populations), on_real_series()):
        for line in part:
            print(line, flush=True)
