"""What a user of polars would write for counts between readings and for one row a video, as `metrics_polars`."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from metrics_data import AT, COUNTS, VIDEO
from metrics_polars import Frame, failed, hours, parts_used, percent, shown, with_total
from polars import col

DAY, HORIZON = timedelta(days=1), timedelta(days=20)
WEEK, SLACK = timedelta(days=7), timedelta(days=0.7)
TRAITS = ("platform", "created_at", "published_at")


def microseconds(gap: pl.Expr) -> pl.Expr:
    return gap.dt.total_microseconds()


def on_the_line(at: pl.Expr, before: str = "0", after: str = "1") -> pl.Expr:
    """Give the count at an instant, from the readings v0 at t0 before it and v1 at t1 after it."""
    (low, since), (high, until) = ((col(f"v{side}"), col(f"t{side}")) for side in (before, after))
    share = microseconds(at - since) / microseconds(until - since)
    return pl.when(since == at).then(low.cast(pl.Float64)).otherwise(low + (high - low) * share)


def window_gain(frame: Frame) -> Frame:
    rows = frame.with_row_index("row").with_columns(w=shown("views"), began=col(AT) - DAY).sort(VIDEO, AT)
    points = rows.filter(col("w").is_not_null())
    around = rows.with_columns(here=col("w").interpolate_by(AT).over(VIDEO))
    for strategy, t, v in (("backward", "t0", "v0"), ("forward", "t1", "v1")):
        there = points.select(VIDEO, col(AT).alias(t), col("w").alias(v))
        around = around.join_asof(
            there, left_on="began", right_on=t, by=VIDEO, strategy=strategy, check_sortedness=False, coalesce=False
        )
    gains = around.sort("row").with_columns(views_gained_24h=col("here") - on_the_line(col("began")))
    return gains.drop("row", "w", "began", "here", "t0", "v0", "t1", "v1")


def gained(frame: Frame) -> Frame:
    rows = frame.select(VIDEO, AT, "published_at", v=shown("views"), end=pl.when(~failed()).then(AT).max())
    points = rows.filter(col("v").is_not_null()).sort(VIDEO, AT)
    steps = points.with_columns(
        start=col("end") - WEEK, u=col("v").shift(1).over(VIDEO), s=col(AT).shift(1).over(VIDEO)
    )
    at, start, end = col(AT), col("start"), col("end")
    sides = (
        ("0", at <= start, "last"),
        ("1", at >= start, "first"),
        ("2", at <= end, "last"),
        ("3", at >= end, "first"),
    )
    around = (
        getattr(col(source).filter(inside), which)().alias(name + side)
        for side, inside, which in sides
        for name, source in (("v", "v"), ("t", AT))
    )
    fell = ((col("v") < col("u")) & (col("s") < end) & (at > start)).any()
    one = steps.group_by(VIDEO).agg(*around, start.first(), end.first(), col("published_at").max(), fell=fell)
    new = col("published_at").is_between("start", "end").fill_null(value=False)
    unread = (col("t2") < start).fill_null(value=True)
    bound = (col("t0").is_null() & ~new) | (col("t3").is_null() & (col("t2") < end - SLACK))
    first = pl.when(new).then(0.0).when(col("t0").is_null()).then(col("v1")).otherwise(on_the_line(start))
    last = pl.when(col("t3").is_null()).then(col("v2")).otherwise(on_the_line(end, "2", "3"))
    status = pl.when(unread).then(pl.lit("no visible reading in the window")).when(~bound).then(pl.lit("exact"))
    told = status.when(col("fell")).then(pl.lit("the count fell in the window")).otherwise(pl.lit("at least"))
    found = one.select(
        VIDEO,
        window_start="start",
        window_end="end",
        views_gained_in_window=pl.when(~unread & ~(bound & col("fell"))).then(last - first),
        views_gained_status=told,
    )
    return videos(frame).join(found, VIDEO, "left").sort(VIDEO)


def videos(frame: Frame) -> Frame:
    """Give one row for each video: its columns as at its last reading."""
    return frame.filter(col(AT) == col(AT).max().over(VIDEO)).select(VIDEO, *TRAITS)


def values_at(frame: Frame, age: timedelta, name: str) -> Frame:
    """Give one row for each video that is known at or before an age: its count there."""
    at = col("published_at").max().over(VIDEO) + age
    rows = frame.select(VIDEO, AT, shown(name), at=at).filter(col(name).is_not_null())
    before, after = rows.filter(col(AT) <= col("at")), rows.filter(col(AT) >= col("at"))
    last = before.filter(col(AT) == col(AT).max().over(VIDEO)).select(VIDEO, "at", t0=AT, v0=name)
    first = after.filter(col(AT) == col(AT).min().over(VIDEO)).select(VIDEO, t1=AT, v1=name)
    return last.join(first, VIDEO, "left").select(VIDEO, on_the_line(col("at")).alias(name))


def at_age(frame: Frame) -> Frame:
    values = values_at(frame, DAY, "views")
    return videos(frame).join(values, VIDEO, "left").with_columns(at_age_hours=pl.lit(24.0)).sort(VIDEO)


def time_to(frame: Frame) -> Frame:
    return reached(frame, 90)


def half_life(frame: Frame) -> Frame:
    return reached(frame, 50)


def reached(frame: Frame, pct: int) -> Frame:
    whole = values_at(frame, HORIZON, "views").select(VIDEO, whole="views")
    rows = frame.with_columns(w=shown("views")).join(whole, VIDEO, "left")
    share = pl.when(col("whole") > 0).then(col("whole") * pct)
    until = pl.when(col("w") * 100 >= share).then(AT).min().over(VIDEO)
    rows = rows.with_columns(until=until, share=share)
    since = col(AT).filter(col("w").is_not_null() & (col(AT) < col("until")))
    low = col("w").filter(col("w").is_not_null() & (col(AT) < col("until")))
    found = rows.group_by(VIDEO).agg(
        col("published_at").max().alias("start"), col("whole", "share", "until").first(),
        since.max().alias("since"), low.get(since.arg_max(), null_on_oob=True).alias("low"),
        col("w").filter(col(AT) == col("until")).first().alias("high"),
    )  # fmt: skip
    low, high = col("low") * 100.0, col("high") * 100.0
    since = hours(col("since"), col("start"))
    rise = pl.when(high > low).then((col("share") - low) / (high - low))
    crossing = since + rise * (hours(col("until"), col("start")) - since)
    crossed = found.select(
        VIDEO, crossing.alias(f"views_to_{pct}_pct_hours"), views_at_horizon="whole", horizon_hours=pl.lit(480.0)
    )
    return videos(frame).join(crossed, VIDEO, "left").sort(VIDEO)


def resample(frame: Frame) -> Frame:
    values = {name: shown(name).cast(pl.Float64) for name in COUNTS}
    rows = frame.select(VIDEO, AT, **values, asked=pl.lit(value=False))
    first, last = col(AT).min().dt.offset_by("86399999999us").dt.truncate("1d"), col(AT).max().dt.truncate("1d")
    days = rows.group_by(VIDEO).agg(pl.datetime_range(first, last, "1d").alias(AT)).explode(AT, empty_as_null=False)
    both = pl.concat([rows, days.with_columns(asked=pl.lit(value=True))], how="diagonal").sort(VIDEO, AT, "asked")
    lines = both.with_columns(col(COUNTS).interpolate_by(AT).over(VIDEO)).filter("asked").drop("asked")
    return lines.join(videos(frame), VIDEO, "left").sort(VIDEO, AT)


def summarize(frame: Frame) -> Frame:
    rows = with_total(frame.with_columns(**{name: shown(name) for name in COUNTS}))
    rate = percent(col("total"), col("views"))
    timed = rows.with_columns(gap=col(AT) - col(AT).shift(1).over(VIDEO, order_by=AT), rate=rate)
    last, rated = col(AT).arg_max(), col(AT).filter(col("rate").is_not_null())
    found = timed.group_by(VIDEO, maintain_order=True).agg(
        col(TRAITS).get(last), pl.len().cast(pl.Int64).alias("readings"),
        col(AT).min().alias("first_reading"), col(AT).max().alias("last_reading"), col("gap").max(),
        col("reported").get(last), rated.max().alias("rated_at"),
        col("total", "rate").filter(col("rate").is_not_null()).get(rated.arg_max(), null_on_oob=True),
        *(end for name in COUNTS for end in firsts_and_lasts(name)),
    )  # fmt: skip
    return found.select(
        VIDEO, *TRAITS, "readings", "first_reading", "last_reading",
        hours(col("last_reading"), col("first_reading")).alias("read_hours"),
        (microseconds(col("gap")) / 3.6e9).alias("longest_gap_hours"),
        *(column for name in COUNTS for column in in_all(name)),
        engagements_last="total", engagement_rate_last_pct="rate", engagement_rate_last_at="rated_at",
        engagement_parts_last=parts_used(),
    )  # fmt: skip


def firsts_and_lasts(name: str) -> list[pl.Expr]:
    at, value = (col(column).filter(col(name).is_not_null()) for column in (AT, name))
    return [
        value.get(at.arg_min(), null_on_oob=True).alias(f"{name}_first"),
        value.get(at.arg_max(), null_on_oob=True).alias(f"{name}_last"),
        at.min().alias(f"{name}_since"),
        at.max().alias(f"{name}_until"),
    ]


def in_all(name: str) -> list[pl.Expr]:
    gained = col(f"{name}_last") - col(f"{name}_first")
    length = hours(col(f"{name}_until"), col(f"{name}_since"))
    return [
        col(f"{name}_first"),
        col(f"{name}_last"),
        gained.alias(f"{name}_gained_in_all"),
        pl.when(length > 0).then(gained / length).alias(f"{name}_per_hour_in_all"),
    ]
