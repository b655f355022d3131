from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from metrics.engines import kinds
from metrics.readings import bursting, hours, readings

from influtics_lab.metrics.flags import flag_counters
from influtics_lab.schema import COUNTS

Reading = tuple[float, int, int]
EVIDENCE = pl.col("^burst_.*$")


def read(*steps: tuple[float, int, int]) -> pl.DataFrame:
    """One video: hours since the reading before, views and likes gained in them."""
    rows, hour, views, likes = [("a", 0.0, 1000, 40, 0, None)], 0.0, 1000, 40
    for waited, gained, engaged in steps:
        hour, views, likes = hour + waited, views + gained, likes + engaged
        rows.append(("a", hour, views, likes, 0, None))
    return readings(*rows, columns=COUNTS)


def burst_hours(frame: pl.DataFrame, **options: Any) -> list[float]:
    since = (pl.col("timestamp") - hours(0)).dt.total_seconds() / 3600
    return flag_counters(frame, **options).filter("is_burst").select(since).to_series().to_list()


def test_a_burst_lasts_until_its_last_hour_has_left_the_window_of_six() -> None:
    out = flag_counters(bursting())
    assert burst_hours(bursting()) == list(range(41, 52)), "six loud hours, and five with one of them in the window"
    rate_before = pytest.approx(4.0)
    p_value = out["burst_p_value"][41]
    assert out.select(EVIDENCE).row(41) == (6.0, pytest.approx(25_000 / 6), 1000.0, 0.816, rate_before, p_value)
    assert out.select(EVIDENCE).row(46) == (6.0, 20_000.0, 1000.0, pytest.approx(0.02), rate_before, p_value)
    assert out.select(EVIDENCE).row(40) == (None,) * 6


@pytest.mark.parametrize("engaged", [0, 3, 9, 20])
def test_the_p_value_is_hardly_above_that_of_a_negative_binomial_of_size_60(engaged: int) -> None:
    frame = read(*[(1, 1000, 4)] * 40, (1, 12_000, engaged))
    expected = 17_000 * (160 / 40_000)  # 68 in five usual hours and the loud one, at the rate of the history before
    few = engaged + 5 * 4
    tail = sum(
        math.exp(
            math.lgamma(n + 60) - math.lgamma(60) - math.lgamma(n + 1)
            + n * math.log(expected / (expected + 60)) + 60 * math.log(60 / (expected + 60))
        )
        for n in range(few + 1)
    )  # fmt: skip
    out = flag_counters(frame, burst_p=1, burst_share=1)
    assert tail < out["burst_p_value"][-1] < tail * 1.15
    assert flag_counters(frame, burst_share=1, burst_p=tail * 1.15)["is_burst"][-1]
    assert not flag_counters(frame, burst_share=1, burst_p=tail * 0.9)["is_burst"].any()


def test_views_that_engage_or_come_no_faster_are_no_burst() -> None:
    assert burst_hours(bursting(likes=800)) == []
    assert burst_hours(bursting(views=1500)) == [], "1.5 times the velocity before is not above it"
    assert burst_hours(bursting(views=1501)) == [46], "once all six hours are loud"


def test_engagement_at_half_the_usual_rate_is_no_burst() -> None:
    assert burst_hours(bursting(views=100_000, likes=2000)) == []
    assert burst_hours(bursting(views=100_000, likes=2000), burst_share=0.6, burst_p=1e-4) != []


def test_few_views_hold_too_little_evidence() -> None:
    small = bursting().with_columns(pl.col("views", "likes") // 400)
    assert burst_hours(small) == []


def test_a_burst_needs_a_day_of_history_before_the_window() -> None:
    assert burst_hours(bursting(calm=23, loud=20))[0] == 30
    assert burst_hours(bursting(calm=24, loud=3))[0] == 30


def test_read_daily_the_window_is_two_days_and_the_history_six() -> None:
    loud = [(24, 120_000, 1500)] * 2
    assert burst_hours(read(*[(24, 24_000, 960)] * 6, *loud)) == [8 * 24]
    out = flag_counters(read(*[(24, 24_000, 960)] * 8, *loud))
    assert out["is_burst"].to_list() == [False] * 10 + [True]
    assert out.select(EVIDENCE).row(10)[:4] == (48.0, 5000.0, 1000.0, 1.25)


def test_read_every_eight_hours_the_window_is_two_intervals() -> None:
    out = flag_counters(read(*[(8, 8000, 320)] * 8, *[(8, 60_000, 30)] * 3))
    assert out["is_burst"].to_list() == [False] * 9 + [True] * 3
    assert out["burst_window_hours"].to_list()[9:] == [16.0] * 3


def test_read_every_half_hour_the_window_is_six_hours() -> None:
    out = flag_counters(read(*[(0.5, 500, 20)] * 80, *[(0.5, 10_000, 2)] * 12))
    assert set(out["burst_window_hours"].drop_nulls()) == {6.0}
    assert out["is_burst"].sum() > 8


def test_a_burst_is_over_once_velocity_or_rate_is_back() -> None:
    still_silent = [(1, 1000, 40)] * 40 + [(1, 20_000, 4)] * 6 + [(1, 1000, 0)] * 10
    assert burst_hours(read(*still_silent))[-1] == 51
    still_fast = [(1, 1000, 40)] * 40 + [(1, 20_000, 4)] * 6 + [(1, 20_000, 800)] * 10
    assert burst_hours(read(*still_fast))[-1] == 48, "at 49 three hours of six engage as usual: 2 % of 4"


def test_a_long_burst_is_measured_against_what_was_before_it() -> None:
    assert burst_hours(bursting(loud=120)) == list(range(41, 166))


def test_a_burst_after_which_nobody_watches_is_over() -> None:
    silent = [(1, 1000, 40)] * 40 + [(1, 20_000, 4)] * 6 + [(1, 0, 0)] * 8
    assert burst_hours(read(*silent))[-1] == 51


def test_likes_taken_back_while_views_rise_are_no_burst() -> None:
    back = [(1, 1000, 40)] * 40 + [(1, 3000, 120)] * 3 + [(1, 3000, -700)] + [(1, 3000, 120)] * 6
    assert burst_hours(read(*back)) == []


def test_views_taken_back_do_not_slow_the_history() -> None:
    purged = read(*[(1, 1000, 40)] * 30, (1, -20_000, 40), *[(1, 1000, 10)] * 12)
    assert burst_hours(purged) == []


def test_hidden_likes_are_no_burst() -> None:
    assert burst_hours(bursting().with_columns(likes=pl.lit(0, dtype=pl.Int64))) == []


def test_second_answers_within_seconds_change_nothing() -> None:
    frame = bursting()
    again = frame.with_columns(pl.col("timestamp") + pl.duration(seconds=20))
    both = flag_counters(pl.concat([frame, again]).sort("timestamp"))
    first = both.join(frame, on="timestamp", how="semi")
    assert set(first.filter("is_burst")["timestamp"]) == set(flag_counters(frame).filter("is_burst")["timestamp"])


@dataclass
class Judge:
    """The rule in plain Python: one reading after the other, with what was before each burst that goes on."""

    rows: list[Reading]
    times: float
    share: float
    p: float
    bursts: list[tuple[float, float]] = field(default_factory=list)
    flagged: list[bool] = field(default_factory=list)

    def all(self) -> list[bool]:
        for n in range(len(self.rows)):
            self.flagged.append(self.is_burst(n))
        return self.flagged

    def is_burst(self, n: int) -> bool:
        window = self.window(n)
        if window is None:
            return False
        speed, rate, gained, engaged, before = window
        self.bursts = [other for other in self.bursts if self.is_low(speed, rate, other)]
        if before[0] > 0 and self.is_low(speed, rate, before) and few(engaged, before[1] * gained) < self.p:
            self.bursts.append(before)
        return bool(self.bursts)

    def is_low(self, speed: float, rate: float | None, before: tuple[float, float]) -> bool:
        return speed > before[0] * self.times and rate is not None and rate < before[1] * self.share

    def window(self, n: int) -> tuple[float, float | None, float, float, tuple[float, float]] | None:
        if n < 2:
            return None
        now = self.rows[n][0]
        length = max(now - self.rows[n - 2][0], 6.0)
        opens = now - length
        begins = max(opens - 8 * length, self.rows[0][0])
        if opens - begins < max(3 * length, 24) - 1e-9:
            return None
        views, engaged = (self.gained(opens, now, column) for column in (1, 2))
        views_before, engaged_before = (self.gained(begins, opens, column) for column in (1, 2))
        last = max(row for row in self.rows if row[0] <= opens + 1e-9)
        cumulative = last[2] / last[1] if last[1] else math.inf
        rate_before = min(cumulative, engaged_before / views_before) if views_before else 0.0
        rate = engaged / views if views else None
        return views / length, rate, views, engaged, (views_before / (opens - begins), rate_before)

    def gained(self, since: float, until: float, column: int) -> float:
        """What the count rose in this time, falls left out, on straight lines between readings."""
        found = 0.0
        for earlier, later in zip(self.rows, self.rows[1:], strict=False):
            inside = max(0.0, min(until, later[0]) - max(since, earlier[0]))
            found += max(later[column] - earlier[column], 0) * inside / (later[0] - earlier[0])
        return found


def few(engaged: float, expected: float) -> float:
    """The most that the tail of a negative binomial of size 60 can be."""
    exactly = math.exp(
        math.lgamma(engaged + 60) - math.lgamma(60) - math.lgamma(engaged + 1)
        + engaged * math.log(expected / (expected + 60)) + 60 * math.log(60 / (expected + 60))
    )  # fmt: skip
    ratio = engaged * (expected + 60) / (expected * (engaged + 59))
    return exactly / (1 - ratio) if ratio < 1 else math.inf


def drawn(seed: int) -> tuple[pl.DataFrame, list[Reading]]:
    """A video that is usual for a while, then does what it likes, and its readings."""
    random = Random(seed)
    usual = [(1.0, 1000, 80)] * random.randint(20, 45)
    gaps, engaged = (0.25, 1.0, 1.0, 1.0, 2.5, 13.0), (-3, 0, 1, 40, 90, 200)
    steps = [
        (random.choice(gaps), random.randint(-300, 4000), random.choice(engaged)) for _ in range(random.randint(5, 40))
    ]
    frame = read(*usual, *steps)
    counts = frame.select("timestamp", "views", "likes").rows()
    return frame.with_columns(video_id=pl.lit(f"v{seed:04}")), [
        ((at - hours(0)).total_seconds() / 3600, views, likes) for at, views, likes in counts
    ]


@pytest.mark.parametrize("share", [0.4, 0.7])
def test_bursts_are_those_that_plain_python_finds_one_reading_after_the_other(share: float) -> None:
    videos = [drawn(seed) for seed in range(60)]
    expected = [is_burst for _, rows in videos for is_burst in Judge(rows, 1.5, share, 1e-3).all()]
    out = flag_counters(pl.concat(frame for frame, _ in videos), burst_share=share, burst_p=1e-3)
    assert out["is_burst"].to_list() == expected
    assert sum(expected) > 50


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["polars lazy", "pandas", "DuckDB"])
def test_bursts_are_the_same_on_every_engine(engine: str, tmp_path: Path) -> None:
    daily = read(*[(24, 24_000, 960)] * 8, *[(24, 120_000, 1500)] * 2).with_columns(video_id=pl.lit("b"))
    frame = pl.concat([bursting(), daily])
    frame.write_parquet(tmp_path / "frame.parquet")
    expected = flag_counters(frame)
    found = kinds.back(flag_counters(kinds.given(engine, frame, tmp_path / "frame.parquet")))
    assert kinds.difference(found, expected, in_order=engine in kinds.IN_ORDER) < 1e-9
    assert expected["is_burst"].sum() == 12
