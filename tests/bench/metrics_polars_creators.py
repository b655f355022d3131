"""What a user of polars would write for ratios, fixed ages, and videos against their creator's, as `metrics_polars`."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from metrics_data import AT, COUNTS, VIDEO
from metrics_polars import Frame, percent, shown
from metrics_polars_lines import DAY, on_the_line, values_at
from polars import col

AGES = {"24h": DAY, "7d": timedelta(days=7), "30d": timedelta(days=30)}
RATIOS = {
    "like_view_ratio_pct": ("likes", "views"),
    "comment_view_ratio_pct": ("comments", "views"),
    "comment_like_ratio_pct": ("comments", "likes"),
    "repost_view_ratio_pct": ("reposts", "views"),
}
Z = 1.959963984540054


def count_ratios(frame: Frame) -> Frame:
    rows = frame.with_columns(shown(name).alias(f"{name}_shown") for name in COUNTS)
    ratios = {name: percent(*(col(f"{count}_shown") for count in counts)) for name, counts in RATIOS.items()}
    return rows.with_columns(**ratios).drop(f"{name}_shown" for name in COUNTS)


def views_at_ages(frame: Frame) -> Frame:
    rows = frame.with_columns(shown(name) for name in COUNTS).filter(col(AT) >= col("published_at")).sort(VIDEO, AT)
    every = frame.filter(col(AT) == col(AT).max().over(VIDEO)).select(
        VIDEO, "platform", "created_at", "published_at", "spend"
    )
    reported = frame.group_by(VIDEO).agg(reported=col("reposts").count() > 0)
    ages = pl.DataFrame({"name": [*AGES], "length": [*AGES.values()]})
    asked = every.join(ages.lazy() if isinstance(frame, pl.LazyFrame) else ages, how="cross")
    values = asked.select(VIDEO, "name", at=col("published_at") + col("length")).drop_nulls()
    for name in COUNTS:
        points = rows.filter(col(name).is_not_null()).select(VIDEO, AT, name)
        for strategy, side in (("backward", "0"), ("forward", "1")):
            values = values.join_asof(
                points.select(VIDEO, col(AT).alias(f"t{side}"), col(name).alias(f"v{side}")), left_on="at",
                right_on=f"t{side}", by=VIDEO, strategy=strategy, check_sortedness=False, coalesce=False,
            )  # fmt: skip
        began = [col("t0").is_not_null().alias("began")] if name == "views" else []
        values = values.with_columns(on_the_line(col("at")).alias(name), *began).drop("t0", "t1", "v0", "v1")
    named = [
        col(count).filter(col("name") == age).first().alias(f"{count}_at_{age}") for count in COUNTS for age in AGES
    ]
    one = every.join(values.group_by(VIDEO).agg(col("began").any(), *named), VIDEO, "left").join(reported, VIDEO)
    some = {age: col(f"likes_at_{age}") + col(f"comments_at_{age}") for age in AGES}
    engaged = {age: pl.when("reported").then(some[age] + col(f"reposts_at_{age}")).otherwise(some[age]) for age in AGES}
    viewed = {age: col(f"views_at_{age}") for age in AGES}
    parts = pl.when("reported").then(pl.lit("likes+comments+reposts")).otherwise(pl.lit("likes+comments"))
    return one.sort(VIDEO).select(
        *every.collect_schema().names(),
        *viewed.values(),
        *(percent(engaged[age], viewed[age]).alias(f"engagement_rate_at_{age}_pct") for age in AGES),
        *(pl.when(viewed[age] > 0).then(col("spend") * 1000 / viewed[age]).alias(f"cpm_at_{age}") for age in AGES),
        *(percent(viewed[age], viewed["30d"]).alias(f"share_at_{age}_of_30d_pct") for age in ("24h", "7d")),
        engagement_parts=pl.when("began").then(parts),
    )


def multiple_of_usual(frame: Frame) -> Frame:
    traits = frame.group_by(VIDEO).agg(col("creator", "published_at").first())
    rows = traits.join(values_at(frame, DAY, "views"), VIDEO, "left").sort("published_at", VIDEO)
    usual = {
        "usual_videos": col("known").rolling_sum_by("published_at", "40000d", min_samples=0, closed="left"),
        "usual_value": col("views").rolling_median_by("published_at", "40000d", min_samples=5, closed="left"),
    }
    dated = rows.filter(col("published_at").is_not_null()).with_columns(
        known=col("views").is_not_null().cast(pl.Int64)
    ).with_columns(**{name: column.over("creator") for name, column in usual.items()})  # fmt: skip
    found = rows.join(dated.select(VIDEO, *usual), VIDEO, "left").sort(VIDEO)
    multiple = pl.when(col("usual_value") > 0).then(col("views") / col("usual_value"))
    return found.select(
        VIDEO,
        "creator",
        col("usual_videos").fill_null(0),
        "usual_value",
        video_value="views",
        multiple_of_usual=multiple,
    )


def hit_rate(frame: Frame) -> Frame:
    value = col("multiple_of_usual")
    counted = frame.group_by("creator").agg(judged=pl.len(), with_usual=value.count(), hits=(value > 1).sum())
    share, spread = col("hits") / col("with_usual"), Z**2 / col("with_usual")
    half = (share * (1 - share) * spread + spread**2 / 4).sqrt()
    ends = {name: (share + spread / 2 + side * half) / (1 + spread) for name, side in (("low", -1), ("high", 1))}
    shares = {"hit_rate_pct": share, **{f"hit_rate_{name}_pct": end for name, end in ends.items()}}
    return counted.with_columns(
        pl.when(col("with_usual") > 0).then(100 * column).alias(name) for name, column in shares.items()
    ).sort("creator")


def concentration(frame: Frame) -> Frame:
    falling = col("views").drop_nulls().sort(descending=True)
    n = falling.len()
    top = falling.head(n // 10).sum() + (n / 10 - n // 10) * falling.get(n // 10, null_on_oob=True)
    ranks = n.cast(pl.Float64) + 1 - 2 * (pl.int_range(n) + 1)
    found = frame.group_by("platform").agg(
        videos=pl.len(),
        n=n,
        top_tenth_share_pct=100 * top / falling.sum(),
        gini=(ranks * falling).sum() / (n * falling.sum().cast(pl.Float64)),
    )
    return found.sort("platform")
