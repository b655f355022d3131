"""How long each metric takes against polars and pandas written by hand for it, with the same rules for null.

Run it: ``python tests/bench/metrics.py [READINGS ...] [--tries N]``. All take turns; the best of each is told. Those
written by hand do not look whether a reading comes twice, which ours do where the frame is eager: that is the first
row. Where both give a column, it is checked that they give the same.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from polars import col
from polars.testing import assert_series_equal

from influtics_lab import metrics
from influtics_lab.metrics._input import checked

A_VIDEO = 100
SECOND = 1_000_000
HOURS = 1 / 3.6e9
VIDEO, AT = "video_id", "timestamp"
Job = Callable[[Any], Any]


def readings(number: int) -> pl.DataFrame:
    """Videos of 100 readings at odd gaps, sorted; one count in a hundred is missing."""
    random = np.random.default_rng(1)
    shape = (number // A_VIDEO, A_VIDEO)
    at = pl.Series(random.integers(1800 * SECOND, 40_000 * SECOND, shape).cumsum(1).ravel() + 1_750_000_000 * SECOND)
    views = random.integers(0, 2000, shape).cumsum(1).ravel()
    ids = pl.int_range(shape[0], eager=True).cast(pl.String).str.zfill(12)
    frame = pl.DataFrame(
        {
            VIDEO: ids.gather(np.repeat(np.arange(shape[0]), A_VIDEO)),
            AT: at.cast(pl.Datetime("us", "UTC")),
            "views": views,
            "likes": views // 20,
            "comments": views // 300,
            "reposts": views // 100,
        }
    )
    missing = pl.Series(random.random(frame.height) < 0.01)
    began = col(AT).min().over(VIDEO)
    return frame.with_columns(
        pl.when(~missing).then("views").alias("views"), created_at=began, published_at=began - pl.duration(hours=5)
    )


def before(name: str, has: pl.Expr, back: int = 1) -> pl.Expr:
    return pl.when(has).then(col(name).shift(back).over(VIDEO, has, order_by=AT))


def hours(later: pl.Expr, earlier: pl.Expr) -> pl.Expr:
    return (later - earlier).dt.total_microseconds() * HOURS


def shown(name: str) -> pl.Expr:
    """A count, null where it is hidden: 0 after it was above 0; likes of 0 throughout, too."""
    since = pl.when(col(name) > 0).then(AT).min().over(VIDEO)
    hidden = since < col(AT)
    if name == "likes":
        hidden = hidden | (since.is_null() & (col("views").max().over(VIDEO) > 1000))
    return pl.when(~((col(name) == 0) & hidden).fill_null(value=False)).then(name)


def growth(frame: pl.LazyFrame) -> pl.LazyFrame:
    has, exponent = col("w").is_not_null(), col("e")
    steps = frame.with_columns(w=shown("views")).with_columns(v=before("w", has), t=before(AT, has))
    rates = steps.with_columns(views_gained=col("w") - col("v"), views_hours=hours(col(AT), col("t")))
    ratio = pl.when((col("w") > 0) & (col("v") > 0)).then(col("w") / col("v"))
    return rates.with_columns(
        views_per_hour=pl.when(col("views_hours") > 0).then(col("views_gained") / col("views_hours")),
        views_growth_pct=pl.when(col("v") > 0).then(col("views_gained") * 100.0 / col("v")),
        e=pl.when(col("views_hours") > 0).then(ratio.log() * 24 / col("views_hours")),
    ).with_columns(
        views_growth_pct_per_day=pl.when(exponent <= 705).then((exponent.exp() - 1) * 100)
    ).drop("v", "t", "e", "w")  # fmt: skip


def acceleration(frame: pl.LazyFrame) -> pl.LazyFrame:
    has = col("w").is_not_null()
    steps = frame.with_columns(w=shown("views")).with_columns(
        v=before("w", has), t=before(AT, has), v2=before("w", has, 2), t2=before(AT, has, 2)
    )
    now, then, whole = hours(col(AT), col("t")), hours(col("t"), col("t2")), hours(col(AT), col("t2"))
    change = (col("w") - col("v")) / now - (col("v") - col("v2")) / then
    safe = (now > 0) & (then > 0)
    return steps.with_columns(views_per_hour_per_hour=pl.when(safe).then(2 * change / whole)).drop(
        "v", "t", "v2", "t2", "w"
    )


def doubling_time(frame: pl.LazyFrame) -> pl.LazyFrame:
    has = col("w").is_not_null()
    steps = frame.with_columns(w=shown("views")).with_columns(v=before("w", has), t=before(AT, has))
    ratio, gap = col("w") / col("v"), hours(col(AT), col("t"))
    rises = (col("v") > 0) & (ratio > 1) & (gap > 0)
    return steps.with_columns(views_doubling_hours=pl.when(rises).then(gap * np.log(2) / ratio.log())).drop(
        "v", "t", "w"
    )


def engagement_rate(frame: pl.LazyFrame) -> pl.LazyFrame:
    parts, reported = ("likes", "comments", "reposts"), col("reposts").count().over(VIDEO) > 0
    all_three, two = pl.lit("+".join(parts)), pl.lit("+".join(parts[:2]))
    likes, comments, reposts = (shown(part) for part in parts)
    total = likes + comments + pl.when(reported).then(reposts).otherwise(0)
    return frame.with_columns(engagements=total).with_columns(
        engagement_rate_pct=pl.when(col("views") > 0).then(col("engagements") * 100.0 / col("views")),
        engagement_parts=pl.when(col("engagements").is_not_null()).then(
            pl.when(reported).then(all_three).otherwise(two)
        ),
    )


def incremental_engagement_rate(frame: pl.LazyFrame) -> pl.LazyFrame:
    rates = engagement_rate(frame)
    has = col("views").is_not_null() & col("engagements").is_not_null()
    steps = rates.with_columns(v=before("views", has), e=before("engagements", has))
    gained, engaged = col("views") - col("v"), col("engagements") - col("e")
    rate = pl.when(gained > 0).then(engaged * 100.0 / gained)
    added = ("v", "e", "engagements", "engagement_rate_pct", "engagement_parts")
    return steps.with_columns(incremental_engagement_rate_pct=rate).drop(added)


def with_age(frame: pl.LazyFrame) -> pl.LazyFrame:
    ages = {"age_hours": "published_at", "tracked_age_hours": "created_at"}
    return frame.with_columns(hours(col(AT), col(since)).alias(name) for name, since in ages.items())


def latest(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.filter(col(AT) == col(AT).max().over(VIDEO))


def pandas_steps(frame: pd.DataFrame, name: str, back: int = 1) -> tuple[pd.Series, pd.Series]:
    present = frame.loc[frame[name].notna(), [VIDEO, AT, name]].sort_values([VIDEO, AT])
    shifted = present.groupby(VIDEO, sort=False)[[name, AT]].shift(back).reindex(frame.index)
    return shifted[name], shifted[AT]


def pandas_hours(gap: pd.Series) -> pd.Series:
    return gap / pd.Timedelta(hours=1)


def pandas_growth(frame: pd.DataFrame) -> pd.DataFrame:
    views = pandas_shown(frame, "views")
    value, at = pandas_steps(frame.assign(views=views), "views")
    gained, gap = views - value, pandas_hours(frame[AT] - at)
    positive = value.where(value > 0)
    rate = np.exp(np.log((views / positive).where(views > 0)) * 24 / gap)
    return frame.assign(
        views_gained=gained, views_hours=gap, views_per_hour=gained / gap,
        views_growth_pct=gained * 100 / positive, views_growth_pct_per_day=(rate - 1) * 100,
    )  # fmt: skip


def pandas_acceleration(frame: pd.DataFrame) -> pd.DataFrame:
    views = pandas_shown(frame, "views")
    (value, at), (value2, at2) = (pandas_steps(frame.assign(views=views), "views", back) for back in (1, 2))
    now, then = pandas_hours(frame[AT] - at), pandas_hours(at - at2)
    change = (views - value) / now - (value - value2) / then
    return frame.assign(views_per_hour_per_hour=2 * change / (now + then))


def pandas_doubling_time(frame: pd.DataFrame) -> pd.DataFrame:
    views = pandas_shown(frame, "views")
    value, at = pandas_steps(frame.assign(views=views), "views")
    ratio = views / value.where(value > 0)
    return frame.assign(views_doubling_hours=pandas_hours(frame[AT] - at) * np.log(2) / np.log(ratio.where(ratio > 1)))


def pandas_shown(frame: pd.DataFrame, name: str) -> pd.Series:
    since = frame[AT].where(frame[name] > 0).groupby(frame[VIDEO], sort=False).transform("min")
    hidden = since < frame[AT]
    if name == "likes":
        hidden |= since.isna() & (frame.groupby(VIDEO, sort=False)["views"].transform("max") > 1000)
    return frame[name].mask((frame[name] == 0) & hidden)


def pandas_engagement_rate(frame: pd.DataFrame) -> pd.DataFrame:
    reported = frame.groupby(VIDEO, sort=False)["reposts"].transform("count") > 0
    likes, comments, reposts = (pandas_shown(frame, part) for part in ("likes", "comments", "reposts"))
    total = likes + comments + reposts.where(reported, 0)
    views = frame["views"].where(frame["views"] > 0)
    parts = pd.Series(np.where(reported, "likes+comments+reposts", "likes+comments"), frame.index)
    return frame.assign(
        engagements=total, engagement_rate_pct=total * 100 / views, engagement_parts=parts.where(total.notna())
    )


def pandas_incremental_engagement_rate(frame: pd.DataFrame) -> pd.DataFrame:
    rates = pandas_engagement_rate(frame)
    known = rates.assign(views=rates["views"].where(rates["engagements"].notna()))
    known["engagements"] = known["engagements"].where(known["views"].notna())
    gained, engaged = (known[name] - pandas_steps(known, name)[0] for name in ("views", "engagements"))
    return frame.assign(incremental_engagement_rate_pct=engaged * 100 / gained.where(gained > 0))


def pandas_with_age(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        age_hours=pandas_hours(frame[AT] - frame["published_at"]),
        tracked_age_hours=pandas_hours(frame[AT] - frame["created_at"]),
    )


def pandas_latest(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame[AT] == frame.groupby(VIDEO, sort=False)[AT].transform("max")]


BY_HAND: dict[str, tuple[Job, Job]] = {
    "growth": (growth, pandas_growth),
    "acceleration": (acceleration, pandas_acceleration),
    "doubling_time": (doubling_time, pandas_doubling_time),
    "engagement_rate": (engagement_rate, pandas_engagement_rate),
    "incremental_engagement_rate": (incremental_engagement_rate, pandas_incremental_engagement_rate),
    "with_age": (with_age, pandas_with_age),
    "latest": (latest, pandas_latest),
}


def checked_only(frame: pl.DataFrame) -> None:
    checked(frame, "bench", by=VIDEO)


def seconds(job: Callable[[], object]) -> float:
    started = time.perf_counter()
    job()
    return time.perf_counter() - started


def best_of(tries: int, *jobs: Callable[[], object]) -> list[float]:
    """Let the jobs take turns; give each one's best time."""
    rounds = [[seconds(job) for job in jobs] for _ in range(tries)]
    return [min(times) for times in zip(*rounds, strict=True)]


def check_same(ours: pl.DataFrame, other: pl.DataFrame) -> None:
    assert ours.height == other.height
    for name in (name for name in ours.columns if name in other.columns):
        exact = not ours.schema[name].is_float()
        assert_series_equal(ours[name], other[name].cast(ours.schema[name]), check_exact=exact, rel_tol=1e-9)


def measure(frame: pl.DataFrame, tries: int) -> None:
    with_pandas = frame.to_pandas()
    plain, look = best_of(tries, lambda: frame.select(VIDEO, AT).is_duplicated().any(), lambda: checked_only(frame))
    print(f"| does a reading come twice? | {plain:.3f} | {look:.3f} | {look / plain:.2f} | | | | |", flush=True)
    for name, (by_hand, by_pandas) in BY_HAND.items():
        ours = getattr(metrics, name)
        check_same(ours(frame), by_hand(frame.lazy()).collect())
        check_same(ours(frame), pl.from_pandas(by_pandas(with_pandas)))
        hand, eager, lazy = best_of(
            tries,
            lambda by_hand=by_hand: by_hand(frame.lazy()).collect(),
            lambda ours=ours: ours(frame),
            lambda ours=ours: ours(frame.lazy()).collect(),
        )
        (slow,) = best_of(2, lambda by_pandas=by_pandas: by_pandas(with_pandas))
        print(f"| {name} | {hand:.3f} | {eager:.3f} | {eager / hand:.2f} | {lazy:.3f} | {lazy / hand:.2f} "
              f"| {slow:.3f} | {slow / eager:.1f} |", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readings", nargs="*", type=int, default=[1_000_000, 10_000_000])
    parser.add_argument("--tries", type=int, default=5)
    given = parser.parse_args()
    for number in given.readings:
        print(f"\n{number:,} readings, best of {given.tries}\n")
        print("| metric | polars by hand [s] | ours [s] | times | ours lazy [s] | times | pandas [s] | over ours |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        measure(readings(number), given.tries)


if __name__ == "__main__":
    main()
