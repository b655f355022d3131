"""How often forecasts are right, by rolling backtests; and how long a forecast takes.

Run it: ``PYTHONPATH=tests python -m bench.forecast [--videos N]``. Simulated populations are of 12,000 videos,
published over 150 days and read daily for 35 days. In "stable" ones all videos are alike; in "drifting" ones the long
tail of the last videos is so many times that of the first. Real series are used where ``../shared/real`` is there:
charts of YouTube, 10,060 videos over 13 days, which a video leaves when it cools.

It prints, of limits of 90 % (slow / middle / fast tercile of growth; 95 % intervals are 1 to 2 wide if simulated)::

    6,194 videos, 300,777 readings, 2,340 forecasts: 0.6 to 0.9 s of processor time
                                calibrators   coverage             width        point's error     plain ratio's error
    stable, to 14 days                1,220   89.6 / 90.0 / 90.6   14 / 22 / 35   2.3 / 3.0 / 4.2   4.9 / 3.0 / 5.8
    stable, to 30 days                  791   90.1 / 90.2 / 90.3   14 / 20 / 31   1.9 / 2.3 / 3.1   3.9 / 2.3 / 4.6
    drifting x1.5, to 30 days           791   88.9 / 89.1 / 89.0   16 / 22 / 32   2.1 / 2.4 / 3.2   4.0 / 2.4 / 5.0
    drifting x0.67, to 30 days          791   91.3 / 91.1 / 91.2   12 / 19 / 28   1.7 / 2.2 / 3.0   3.7 / 2.2 / 4.2
    drifting x2, to 30 days             791   87.9 / 88.0 / 88.2   17 / 24 / 33   2.2 / 2.6 / 3.3   4.0 / 2.6 / 5.3
    YouTube charts, to 5 days           180   89.2 / 92.6 / 94.2   15 / 40 / 73   2.7 / 5.1 / 7.1   11.5 / 4.6 / 10.0
    YouTube charts, to 7 days           125   92.0 / 93.7 / 96.1   14 / 28 / 69   2.6 / 4.1 / 8.7   10.4 / 4.1 / 9.2
    YouTube charts, to 10 days           50   96.0 / 98.4 / 92.2   8 / 16 / 29    1.1 / 2.0 / 5.1   3.7 / 2.0 / 5.1

No growth at all would err by 7 / 11 / 16 % (stable, to 30 days). In the charts, outcomes of one day move together: of
the forecasts of single days 67 to 100 % held, so that the nine days are the sample, not their 1,500 outcomes.
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
    followed = real.ripple().with_columns(platform=pl.lit("YouTube"), published_at=pl.col("timestamp").min())
    yield from describe_backtest("followed for a year", followed, "30d")


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
