"""What a user of polars would write to find counters and reported rates that are wrong, as `metrics_polars`."""

from __future__ import annotations

import math
from functools import reduce
from operator import and_, or_

import polars as pl
from metrics_data import AT, COUNTS, VIDEO
from metrics_polars import PARTS, Frame, before, failed, hidden, hours, percent, with_total
from metrics_polars_lines import DAY, TRAITS, on_the_line
from polars import col

RISING = ("views", "total")
POINT = (*RISING, "so_far", "views_slope", "total_slope")
HOUR = 3_600_000_000
STIRLING = math.log(2 * math.pi) / 2
SIZE = 60.0


def flag_counters(frame: Frame) -> Frame:
    told = frame.with_columns(*(hidden(name).alias(f"{name}_hidden") for name in COUNTS), failed=failed())
    seen = told.with_columns(
        pl.when(~(col(f"{name}_hidden") | col("failed"))).then(name).alias(f"{name}_shown") for name in COUNTS
    )
    falls = with_falls(seen)
    begins = col("here") & ~col("same")
    runs = with_pace(falls).with_columns(
        since=pl.when(begins).then(AT).forward_fill().over(VIDEO, order_by=AT),
        speed=pl.when(begins).then(col("speed").fill_null(-1)).forward_fill().over(VIDEO, order_by=AT),
        visible=col("views_shown").forward_fill().over(VIDEO, order_by=AT),
    )
    waited = runs.with_columns(lasted=pl.when("same").then(col(AT) - col("since"))).with_columns(
        unchanged_hours=hours(col("lasted"), pl.duration(hours=0))
    )
    paced = pl.when(col("speed") >= 0)
    improbable = waited.with_columns(
        expected_views=paced.then(col("speed") * col("unchanged_hours")),
        unchanged_p_value=paced.then(((1 + 4 * col("speed")).log() * col("unchanged_hours") / -4).exp()),
    )
    names = pl.concat_str(
        (pl.when(f"{name}_hidden").then(pl.lit(name)) for name in COUNTS), separator="+", ignore_nulls=True
    )
    stalled = (col("lasted") >= pl.duration(hours=8)) & (col("unchanged_p_value") < 5e-6)
    flagged = improbable.join(bursts(seen), [VIDEO, AT], "left", maintain_order="left").with_columns(
        is_hidden=pl.any_horizontal(f"{name}_hidden" for name in COUNTS),
        is_failed_poll="failed",
        views_before_failed_poll=pl.when("failed").then("visible"),
        is_cached=(col("lasted") < pl.duration(hours=1)).fill_null(value=False),
        is_stalled=stalled.fill_null(value=False) & col("views_shown").is_not_null(),
        is_burst=col("burst_views_per_hour_before").is_not_null(),
        hidden_counts=pl.when(names != "").then(names),
    )
    unwanted = [f"{name}{end}" for name in COUNTS for end in ("_hidden", "_shown", "_was", "_here")]
    return flagged.drop(*unwanted, "here", "same", "speed", "since", "lasted", "failed", "visible")


def with_falls(frame: Frame) -> Frame:
    """Add how far each count fell, what that is, and whether all are as before."""
    steps = frame.with_columns(
        col(f"{name}_shown").is_not_null().alias(f"{name}_here") for name in COUNTS
    ).with_columns(before(f"{name}_shown", col(f"{name}_here")).alias(f"{name}_was") for name in COUNTS)
    falls, purges, corrections, same = [], [], [], []
    for name in COUNTS:
        now, was = col(f"{name}_shown"), col(f"{name}_was")
        fell = ((now < was) & (was > 0)).fill_null(value=False)
        fall = (was - now) * 100.0 / was
        purge = fell & (fall > 1) & (was - now > (10 if name == "views" else was.sqrt() * 3))
        falls.append(pl.when(fell).then(fall).alias(f"{name}_fall_pct"))
        purges.append(purge)
        corrections.append(fell & ~purge)
        same.append(now.is_null() | (now == was).fill_null(value=False))
    here = reduce(or_, (col(f"{name}_here") for name in COUNTS))
    return steps.with_columns(
        *falls, here=here, same=here & reduce(and_, same), is_purge=pl.any_horizontal(purges),
        is_correction=pl.any_horizontal(corrections),
    )  # fmt: skip


def with_pace(frame: Frame) -> Frame:
    """Add the views per hour of the 24 hours up to each reading."""
    rows = frame.select(VIDEO, AT, "views_shown").with_row_index("row").sort(VIDEO, AT)
    points = rows.filter(col("views_shown").is_not_null())
    around = rows.with_columns(here=col("views_shown").interpolate_by(AT).over(VIDEO), began=col(AT) - DAY)
    for strategy, t, v in (("backward", "t0", "v0"), ("forward", "t1", "v1")):
        there = points.select(VIDEO, col(AT).alias(t), col("views_shown").alias(v))
        around = around.join_asof(
            there, left_on="began", right_on=t, by=VIDEO, strategy=strategy, check_sortedness=False, coalesce=False
        )
    speed = around.sort("row").select(VIDEO, AT, speed=(col("here") - on_the_line(col("began"))) / 24)
    return frame.join(speed, [VIDEO, AT], "left", maintain_order="left")


def bursts(frame: Frame) -> Frame:
    """Give the readings within bursts: how fast, how engaged, and the same before."""
    rates = windows(frame)
    starts = burst_starts(rates)
    after = starts.join(rates.drop("speed_before", "rate_before"), VIDEO).filter(col("now") >= col("start"))
    back = (col("speed") <= col("speed_before") * 1.5) | (col("rate") >= col("rate_before") * 0.35)
    inside = after.with_columns(end=pl.when(back).then("now").min().over(VIDEO, "start")).filter(
        col("end").is_null() | (col("now") < col("end"))
    )
    return inside.filter(col("start") == col("start").min().over(VIDEO, "now")).select(
        VIDEO, AT, burst_window_hours="window", burst_views_per_hour="speed",
        burst_views_per_hour_before="speed_before", burst_engagement_rate_pct="rate",
        burst_engagement_rate_before_pct="rate_before", burst_p_value="p",
    )  # fmt: skip


def windows(frame: Frame) -> Frame:
    """Add velocity and rate in the window that ends at each reading, and in the history before it."""
    now = col("now")
    reported = col("reposts").count().over(VIDEO) > 0
    total = col("likes_shown") + col("comments_shown") + pl.when(reported).then("reposts_shown").otherwise(0)
    known = frame.select(VIDEO, AT, now=col(AT).dt.epoch("us"), views="views_shown", total=total).drop_nulls()
    rises = [col(name).diff().clip(0).fill_null(0).cum_sum().over(VIDEO) for name in ("views", "total")]
    length = pl.when(now - now.shift(2).over(VIDEO) < 6 * HOUR).then(6 * HOUR).otherwise(now - now.shift(2).over(VIDEO))
    counted = known.sort(VIDEO, "now").with_columns(
        *rises, so_far=percent(col("total"), col("views")), length=length, first=now.min().over(VIDEO)
    )
    slopes = [
        ((col(n).shift(-1) - col(n)) / (now.shift(-1) - now)).over(VIDEO).alias(f"{n}_slope") for n in RISING
    ]  # fmt: skip
    points = counted.select(VIDEO, "views", "total", "so_far", now.alias("at"), *slopes)
    asked = counted.with_columns(opens=now - col("length")).with_columns(
        begins=pl.max_horizontal(col("opens") - col("length") * 8, "first")
    )
    covered = col("opens") - col("begins")
    edges = asked.filter((covered >= col("length") * 3) & (covered >= 24 * HOUR))
    for edge in ("opens", "begins"):
        there = points.rename({name: f"{name}_{edge}" for name in (*POINT, "at")})
        edges = edges.sort(VIDEO, edge).join_asof(
            there, left_on=edge, right_on=f"at_{edge}", by=VIDEO, check_sortedness=False, coalesce=False
        )
        since = col(edge) - col(f"at_{edge}")
        edges = edges.with_columns(col(f"{n}_{edge}") + col(f"{n}_slope_{edge}") * since for n in RISING)
    gained, before = col("views") - col("views_opens"), col("views_opens") - col("views_begins")
    engaged, engaged_before = col("total") - col("total_opens"), col("total_opens") - col("total_begins")
    history = percent(engaged_before, before)
    return edges.sort(VIDEO, "now").select(
        VIDEO, AT, "now", window=col("length") / HOUR, gained=gained, engaged=engaged.clip(0),
        speed_before=before / (col("opens") - col("begins")) * HOUR,
        rate_before=pl.when(col("so_far_opens") < history).then("so_far_opens").otherwise(history),
        speed=gained / col("length") * HOUR, rate=percent(engaged.clip(0), gained),
    )  # fmt: skip


def burst_starts(rates: Frame) -> Frame:
    fast = (col("speed") > col("speed_before") * 1.5) & (col("speed_before") > 0)
    possible = rates.filter(fast & (col("rate") < col("rate_before") * 0.35))
    expected = col("rate_before") / 100 * col("gained")
    told = possible.with_columns(p=so_few(col("engaged"), expected)).filter(col("p") < 2e-6)
    return told.select(VIDEO, "speed_before", "rate_before", "p", start="now")


def so_few(engaged: pl.Expr, expected: pl.Expr) -> pl.Expr:
    """Return about how probable at most so few engagements are: negative binomial of size 60."""
    total = expected + SIZE
    few = log_gamma(engaged + SIZE) - log_gamma(engaged + 1) - math.lgamma(SIZE)
    exactly = few + engaged * (expected / total).log() + SIZE * (SIZE / total).log()
    ratio = engaged * total / (expected * (engaged + SIZE - 1))
    return pl.when(ratio < 1).then(exactly.exp() / (1 - ratio))


def log_gamma(x: pl.Expr) -> pl.Expr:
    return (x - 0.5) * x.log() - x + STIRLING + 1 / (12 * x)


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
