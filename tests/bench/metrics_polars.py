"""What a user of polars would write for one metric: the same rules for null, rows in any order, no look for repeats.

All of them take an eager or a lazy frame.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from metrics_data import AT, COUNTS, VIDEO
from polars import col

HOURS = 1 / 3.6e9
PARTS = ("likes", "comments", "reposts")
Frame = Any
"""pl.DataFrame or pl.LazyFrame, which have the same methods."""


def before(name: str, has: pl.Expr, back: int = 1) -> pl.Expr:
    return pl.when(has).then(col(name).shift(back).over(VIDEO, has, order_by=AT))


def hours(later: pl.Expr, earlier: pl.Expr) -> pl.Expr:
    return (later - earlier).dt.total_microseconds() * HOURS


def hidden(name: str) -> pl.Expr:
    """Return where a count is 0 after one above 5, views after any above 0, and likes throughout a seen video."""
    decides = col(name) > 0 if name == "views" else col(name) != 0
    fallen = pl.when(decides).then(name).forward_fill().over(VIDEO, order_by=AT) > (0 if name == "views" else 5)
    if name == "likes":
        never = (col(name).max().over(VIDEO) <= 0) & (col("views").max().over(VIDEO) > 1000)
        fallen = fallen.fill_null(value=False) | never
    return ((col(name) == 0) & fallen).fill_null(value=False)


def failed() -> pl.Expr:
    """Return which polls failed: views are hidden, and every other count that came is 0."""
    return pl.all_horizontal(hidden("views"), (col(*PARTS) == 0).fill_null(value=True))


def shown(name: str) -> pl.Expr:
    return pl.when(~(hidden(name) | failed())).then(name)


def growth(frame: Frame) -> Frame:
    has, exponent = col("w").is_not_null(), col("e")
    steps = frame.with_columns(w=shown("views")).with_columns(v=before("w", has), t=before(AT, has))
    rates = steps.with_columns(views_gained=col("w") - col("v"), views_hours=hours(col(AT), col("t")))
    rise = pl.when(col("v") > 0).then(col("views_gained") / col("v"))
    shares = rates.with_columns(
        views_per_hour=pl.when(col("views_hours") > 0).then(col("views_gained") / col("views_hours")), r=rise
    )
    log = pl.when((col("w") > 0) & (col("views_hours") > 0)).then(col("r").log1p())
    return (
        shares.with_columns(views_growth_pct=col("r") * 100, e=log * 24 / col("views_hours"))
        .with_columns(
            views_growth_pct_per_day=pl.when(exponent <= 705).then(
                exponent.map_batches(np.expm1, return_dtype=pl.Float64) * 100
            )
        )
        .drop("v", "t", "e", "w", "r")
    )


def acceleration(frame: Frame) -> Frame:
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


def doubling_time(frame: Frame) -> Frame:
    has = col("w").is_not_null()
    steps = frame.with_columns(w=shown("views")).with_columns(v=before("w", has), t=before(AT, has))
    gained, gap = col("w") - col("v"), hours(col(AT), col("t"))
    rises = (col("v") > 0) & (gained > 0) & (gap > 0)
    doubling = gap * np.log(2) / (gained / col("v")).log1p()
    return steps.with_columns(views_doubling_hours=pl.when(rises).then(doubling)).drop("v", "t", "w")


def with_total(frame: Frame) -> Frame:
    """Add `total` and whether the video ever reports reposts."""
    told = frame.with_columns(reported=col("reposts").count().over(VIDEO) > 0)
    likes, comments, reposts = (shown(part) for part in PARTS)
    return told.with_columns(total=likes + comments + pl.when("reported").then(reposts).otherwise(0))


def parts_used() -> pl.Expr:
    label = pl.when("reported").then(pl.lit("+".join(PARTS))).otherwise(pl.lit("+".join(PARTS[:2])))
    return pl.when(col("total").is_not_null()).then(label)


def percent(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part * 100.0 / whole)


def engagement_rate(frame: Frame) -> Frame:
    rate = percent(col("total"), col("views"))
    added = {"engagements": col("total"), "engagement_rate_pct": rate, "engagement_parts": parts_used()}
    return with_total(frame).with_columns(**added).drop("total", "reported")


def incremental_engagement_rate(frame: Frame) -> Frame:
    has = col("w").is_not_null() & col("total").is_not_null()
    known = with_total(frame.with_columns(w=shown("views")))
    steps = known.with_columns(v=before("w", has), e=before("total", has))
    rate = percent(col("total") - col("e"), col("w") - col("v"))
    return steps.with_columns(incremental_engagement_rate_pct=rate).drop("w", "v", "e", "total", "reported")


def with_age(frame: Frame) -> Frame:
    ages = {"age_hours": "published_at", "tracked_age_hours": "created_at"}
    return frame.with_columns(hours(col(AT), col(since)).alias(name) for name, since in ages.items())


def latest(frame: Frame) -> Frame:
    seen = frame.select(VIDEO, AT, **{name: shown(name) for name in COUNTS})
    known = {name: col(AT).filter(col(name).is_not_null()) for name in COUNTS}
    last = seen.group_by(VIDEO).agg(
        *(col(n).filter(col(n).is_not_null()).get(at.arg_max(), null_on_oob=True) for n, at in known.items()),
        *(at.max().alias(f"{name}_at") for name, at in known.items()),
        chosen=pl.coalesce(known["views"].max(), col(AT).max()),
    )
    rows = frame.drop(COUNTS)
    return rows.join(last, left_on=[VIDEO, AT], right_on=[VIDEO, "chosen"], how="inner", maintain_order="left")


def lifetime_average(frame: Frame) -> Frame:
    age = hours(col(AT), col("published_at"))
    return frame.with_columns(views_per_hour_lifetime=pl.when(age > 0).then(shown("views") / age))


def cpm(frame: Frame) -> Frame:
    return cost(frame, "cpm", "views", 1000)


def cpv(frame: Frame) -> Frame:
    return cost(frame, "cpv", "views", 1)


def cpe(frame: Frame) -> Frame:
    return cost(frame, "cpe", "engagements", 1)


def cost(frame: Frame, name: str, count: str, per: int) -> Frame:
    paid = col("spend")
    price = paid * per / col(count)
    usable = (paid >= 0) & paid.is_finite() & (col(count) > 0) & price.is_finite()
    return frame.with_columns(pl.when(usable).then(price).alias(name))


def emv(frame: Frame) -> Frame:
    worth = shown("views") * 0.01 + shown("likes") * 0.1
    return frame.with_columns(emv=pl.when(worth.is_finite()).then(worth))


def with_published(frame: Frame, known: dict[str, Any]) -> Frame:
    told = pl.DataFrame(
        {"external_video_id": list(known), "told": list(known.values())},
        schema_overrides={"told": pl.Datetime("us", "UTC")},
    )
    found = frame.join(told if isinstance(frame, pl.DataFrame) else told.lazy(), "external_video_id", "left",
                       maintain_order="left")  # fmt: skip
    return found.with_columns(col("published_at").fill_null(col("told"))).drop("told")
