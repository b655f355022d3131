"""What a user of polars would write to find counters and reported rates that are wrong, as `metrics_polars`."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_

import polars as pl
from metrics_data import AT, COUNTS, VIDEO
from metrics_polars import PARTS, Frame, before, hidden, hours, percent, with_total
from metrics_polars_lines import TRAITS
from polars import col

APART = pl.duration(minutes=6)
ALL_BEFORE = 2**31 - 1


def flag_counters(frame: Frame) -> Frame:
    told = with_falls(frame.with_columns(hidden(name).alias(f"{name}_hidden") for name in COUNTS))
    since = pl.when(col("here") & ~col("same")).then(AT).forward_fill().over(VIDEO, order_by=AT)
    speed = pl.when(col("here") & ~col("same")).then(col("speed").fill_null(-1)).forward_fill()
    runs = told.with_columns(since=since, speed=speed.over(VIDEO, order_by=AT)).with_columns(
        lasted=pl.when("same").then(col(AT) - col("since"))
    )
    waited = runs.with_columns(unchanged_hours=hours(col("lasted"), pl.duration(hours=0))).with_columns(
        expected_views=pl.when(col("speed") >= 0).then(col("speed") * col("unchanged_hours"))
    )
    falls = [col(f"{name}_fall_pct") for name in COUNTS]
    names = pl.concat_str(
        (pl.when(f"{name}_hidden").then(pl.lit(name)) for name in COUNTS), separator="+", ignore_nulls=True
    )
    flagged = waited.join(bursts(told), [VIDEO, AT], "left", maintain_order="left").with_columns(
        is_correction=pl.any_horizontal((fall <= 1).fill_null(value=False) for fall in falls),
        is_purge=pl.any_horizontal((fall > 1).fill_null(value=False) for fall in falls),
        is_hidden=pl.any_horizontal(f"{name}_hidden" for name in COUNTS),
        is_cached=(col("lasted") < pl.duration(hours=1)).fill_null(value=False),
        is_stalled=((col("lasted") >= pl.duration(hours=1)) & (col("expected_views") > 14)).fill_null(value=False),
        is_burst=col("burst_views_per_hour_before").is_not_null(),
        hidden_counts=pl.when(names != "").then(names),
    )
    unwanted = [f"{name}{end}" for name in COUNTS for end in ("_hidden", "_shown", "_was", "_here")]
    return flagged.drop(*unwanted, "here", "same", "speed", "since", "lasted", "t")


def with_falls(frame: Frame) -> Frame:
    """Add how far each count fell, whether all are as before, and how fast views rise."""
    seen = frame.with_columns(pl.when(~col(f"{name}_hidden")).then(name).alias(f"{name}_shown") for name in COUNTS)
    steps = seen.with_columns(col(f"{name}_shown").is_not_null().alias(f"{name}_here") for name in COUNTS).with_columns(
        *(before(f"{name}_shown", col(f"{name}_here")).alias(f"{name}_was") for name in COUNTS),
        t=before(AT, col("views_here")),
    )
    falls, same = [], []
    for name in COUNTS:
        now, was = col(f"{name}_shown"), col(f"{name}_was")
        falls.append(pl.when((now < was) & (was > 0)).then((was - now) * 100.0 / was).alias(f"{name}_fall_pct"))
        same.append(now.is_null() | (now == was).fill_null(value=False))
    here = reduce(or_, (col(f"{name}_here") for name in COUNTS))
    speed = (col("views_shown") - col("views_was")) / hours(col(AT), col("t"))
    return steps.with_columns(
        *falls, here=here, same=here & reduce(and_, same), speed=pl.when(col(AT) - col("t") >= APART).then(speed)
    )


def bursts(frame: Frame) -> Frame:
    """Give the readings within bursts: how fast, how engaged, and the same before."""
    rates = with_rates(frame)
    starts = burst_starts(rates)
    after = starts.join(rates.drop("median", "rate_before"), VIDEO).filter(col(AT) >= col("start"))
    back = (col("speed") <= col("median") * 5) & (
        col("rate").is_null() | (col("rate") >= col("rate_before") / 3)
    )  # fmt: skip
    end = col(AT).filter(back).min().over(VIDEO, "start")
    inside = after.with_columns(end=end).filter(col("end").is_null() | (col(AT) < col("end")))
    first = inside.filter(col("start") == col("start").min().over(VIDEO, AT))
    return first.select(
        VIDEO, AT, burst_views_per_hour="speed", burst_views_per_hour_before="median",
        burst_engagement_rate_pct="rate", burst_engagement_rate_before_pct="rate_before",
    )  # fmt: skip


def with_rates(frame: Frame) -> Frame:
    """Keep the readings with views and engagements, not too near to the one before; add velocity and rates."""
    reported = col("reposts_shown").count().over(VIDEO) > 0
    total = col("likes_shown") + col("comments_shown") + pl.when(reported).then("reposts_shown").otherwise(0)
    known = frame.select(VIDEO, AT, views="views_shown", total=total).drop_nulls()
    gap = col(AT) - col(AT).shift().over(VIDEO, order_by=AT)
    apart = known.with_columns(gap=gap).filter(col("gap").is_null() | (col("gap") >= APART)).drop("gap")
    was = [col(name).shift().over(VIDEO, order_by=AT).alias(f"{name}_was") for name in (AT, "views", "total")]
    gained, engaged = col("views") - col("views_was"), col("total") - col("total_was")
    length = hours(col(AT), col(f"{AT}_was"))
    rates = apart.with_columns(was).select(
        VIDEO, AT, speed=pl.when(length > 0).then(gained / length), rate=percent(engaged, gained),
        rate_before=percent(col("total_was"), col("views_was")),
    )  # fmt: skip
    return rates.with_columns(
        median=col("speed").rolling_median(ALL_BEFORE, min_samples=1).shift().over(VIDEO, order_by=AT),
        history=col("speed").is_not_null().cum_sum().over(VIDEO, order_by=AT) - col("speed").is_not_null(),
    )


def burst_starts(rates: Frame) -> Frame:
    ahead = [
        col(name).shift(-step).over(VIDEO, order_by=AT).alias(f"{name}_{step}")
        for name in ("speed", "rate") for step in (1, 2)
    ]  # fmt: skip
    fast = [col(name) > col("median") * 5 for name in ("speed", "speed_1", "speed_2")]
    low = [col(name) < col("rate_before") / 3 for name in ("rate", "rate_1", "rate_2")]
    can = reduce(and_, fast + low) & (col("history") >= 3) & (col("median") > 0) & (col("rate_before") > 0)
    told = rates.with_columns(ahead).with_columns(can=can.fill_null(value=False))
    onset = col("can") & ~col("can").shift(fill_value=False).over(VIDEO, order_by=AT)
    return told.filter(onset).select(VIDEO, "median", "rate_before", start=AT)


def audit_er(frame: Frame) -> Frame:
    rows = with_total(frame.with_columns(hidden(part).alias(f"{part}_hidden") for part in PARTS))
    rated = rows.with_columns(rate=percent(col("total"), col("views")))
    at, rate = (col(name).filter(col("rate").is_not_null()) for name in (AT, "rate"))
    last = col(AT).arg_max()
    latest = [f"latest_{name}" for name in COUNTS]
    found = rated.group_by(VIDEO, maintain_order=True).agg(
        col(TRAITS).get(last), col("stats_last_updated", "er_reported_pct", *latest, "reported").get(last),
        rate.get(at.arg_min(), null_on_oob=True).alias("er_first_pct"),
        rate.get(at.arg_max(), null_on_oob=True).alias("er_latest_pct"),
        col("rate").filter(col(AT) == col("stats_last_updated")).first().alias("er_updated_pct"),
        *(col(f"{part}_hidden").any() for part in PARTS),
    )  # fmt: skip
    parts = {
        part: pl.when(~((col(f"latest_{part}") == 0) & col(f"{part}_hidden"))).then(f"latest_{part}") for part in PARTS
    }
    reposts = pl.when(parts["reposts"].is_null() & ~col("reported")).then(0).otherwise(parts["reposts"])
    counted = found.with_columns(
        er_counts_pct=percent(parts["likes"] + parts["comments"] + reposts, col("latest_views"))
    )
    names = ("first", "updated", "latest", "counts")
    reported = col("er_reported_pct")
    away = counted.with_columns(
        (reported - col(f"er_{name}_pct")).abs().alias(f"er_{name}_distance_pct") for name in names
    )
    fits = pl.concat_str((fit for name in names for fit in fitting(name)), separator="; ", ignore_nulls=True)
    return away.with_columns(er_fits=pl.when(fits != "").then(fits)).drop(
        "reported", *(f"{part}_hidden" for part in PARTS)
    )


def fitting(name: str) -> list[pl.Expr]:
    rate, reported = col(f"er_{name}_pct"), col("er_reported_pct")
    cuts = {
        "raw": rate,
        "truncated": (rate * 100 + 1e-6).floor() / 100,
        "rounded": (rate * 100 + 0.5 + 1e-6).floor() / 100,
    }
    exact = {cut: ((reported - value).abs() <= 1e-6).fill_null(value=False) for cut, value in cuts.items()}
    near = (col(f"er_{name}_distance_pct") <= 0.01) & ~pl.any_horizontal(exact.values())
    told = {**exact, "near": near.fill_null(value=False)}
    return [pl.when(is_so).then(pl.lit(f"{name} {cut}")) for cut, is_so in told.items()]
