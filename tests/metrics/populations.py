"""Simulated populations of videos whose views rise and slow down, for forecasts and for changes of counting rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

START = datetime(2025, 5, 1, tzinfo=UTC)
DAY_US = 86_400_000_000
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """How videos of one platform come about, one after the other over so many days.

    A video has a lognormal size, and two parts that saturate: a launch within days, a tail over weeks. Each day's gain
    is noisy. With `drift`, the tail of the last videos is so many times that of the first.
    """

    videos: int
    days: int = 150
    tracked: int = 35
    drift: float = 1.0
    every_hours: float = 24.0
    platform: str = "TikTok"
    start: datetime = START
    jump_on: datetime | None = None
    jump: float = 0.0
    """By which share more views are counted from that day on."""
    day_noise: float = 0.0
    """How much days differ: the standard deviation of the logarithm of a factor that all videos share on a day."""

    def frame(self, seed: int) -> pl.DataFrame:
        """Return readings of each video from an hour after publication on, with the counts that flags need."""
        random = np.random.Generator(np.random.PCG64(seed))
        steps = int(self.tracked * 24 / self.every_hours) + 1
        born = np.sort(random.uniform(0, self.days, self.videos))
        ages = 1 / 24 + np.arange(steps) * self.every_hours / 24 + random.uniform(0, 0.04, (self.videos, steps))
        views = np.cumsum(self._gain(random, born, ages), axis=1)
        whole = np.floor(views).astype(np.int64)
        published = (born * DAY_US).astype(np.int64)
        at = published[:, None] + (ages * DAY_US).astype(np.int64)
        shares = {"likes": 0.05, "comments": 0.005, "reposts": 0.01}
        return pl.DataFrame(
            {
                "video_id": np.repeat([f"v{number:05}" for number in range(self.videos)], steps),
                "platform": self.platform,
                "published_at": self._as_instants(np.repeat(published, steps)),
                "timestamp": self._as_instants(at.ravel()),
                "views": whole.ravel(),
                **{name: np.floor(views * share).astype(np.int64).ravel() for name, share in shares.items()},
            }
        )

    def _gain(self, random: np.random.Generator, born: Floats, ages: Floats) -> Floats:
        """Return what each reading adds to the views."""
        size = 1_000 + random.lognormal(10, 1.3, self.videos)
        launch = random.lognormal(0.9, 0.5, self.videos)
        tail = random.lognormal(-0.7, 0.7, self.videos) * self.drift ** (born / self.days)

        def expected(at: Floats) -> Floats:
            slow = np.log1p(at / 20)
            return size[:, None] * (1 - np.exp(-at / launch[:, None]) + tail[:, None] * slow)

        gains = np.diff(expected(ages), prepend=0.0, axis=1)
        gains *= random.gamma(8, 1 / 8, ages.shape)
        if self.jump_on is not None:
            gains *= 1 + self.jump * self._share_after(born, ages)
        if self.day_noise:
            gains *= self._average_factor(random, born, ages)
        return gains

    def _average_factor(self, random: np.random.Generator, born: Floats, ages: Floats) -> Floats:
        """Return the average of the days' factors in each interval between readings."""
        factors = random.lognormal(0, self.day_noise, int(self.days + self.tracked) + 2)
        ends = born[:, None] + ages
        begins = np.concatenate([born[:, None], ends[:, :-1]], axis=1)
        sums = np.concatenate([[0.0], np.cumsum(factors)])
        later, earlier = (np.interp(at, np.arange(len(sums)), sums) for at in (ends, begins))
        return (later - earlier) / (ends - begins)

    def _share_after(self, born: Floats, ages: Floats) -> Floats:
        """Return which share of each interval between readings lies after the day of the jump."""
        assert self.jump_on is not None
        day = (self.jump_on - self.start).total_seconds() / 86_400
        ends = born[:, None] + ages
        begins = np.concatenate([born[:, None], ends[:, :-1]], axis=1)
        return np.clip((ends - day) / (ends - begins), 0, 1)

    def _as_instants(self, microseconds: npt.NDArray[np.int64]) -> pl.Series:
        since_1970 = microseconds + int(self.start.timestamp()) * 1_000_000
        return pl.Series(since_1970).cast(pl.Datetime("us", "UTC"))


def together(*frames: pl.DataFrame) -> pl.DataFrame:
    """Return several populations as one, with ids of their own."""
    return pl.concat(
        frame.with_columns(pl.format("p{}-{}", pl.lit(number), "video_id").alias("video_id"))
        for number, frame in enumerate(frames)
    )


def coverage_row(row: dict[str, Any]) -> str:
    """Return one row of a backtest as a line of text."""
    coverage = f"{row['coverage_pct']:5.1f} % ({row['coverage_low_pct']:.1f} to {row['coverage_high_pct']:.1f})"
    return (
        f"{row['tercile']:>10}: {row['outcomes']:6,} outcomes of {row['videos']:5,} videos (as much as "
        f"{row['outcomes_effective']:,.0f}), {row['calibrators']:5.0f} calibrators, coverage {coverage}, "
        f"width +{row['width_pct']:.0f} %, error {row['error_pct']:.1f} %, "
        f"plain ratio {row['ratio_error_pct']:.1f} %, no growth {row['no_growth_error_pct']:.1f} %"
    )
