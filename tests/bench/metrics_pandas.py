"""What a user of pandas with Arrow types would write for one metric: the same rules for null, rows in any order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from metrics_data import AT, COUNTS, VIDEO

PARTS = ("likes", "comments", "reposts")


def steps(frame: pd.DataFrame, name: str, back: int = 1) -> tuple[pd.Series, pd.Series]:
    """Give a value and its instant at an earlier reading that has it."""
    present = frame.loc[frame[name].notna(), [VIDEO, AT, name]].sort_values(AT)
    shifted = present.groupby(VIDEO, sort=False)[[name, AT]].shift(back).reindex(frame.index)
    return shifted[name], shifted[AT]


def hours(gap: pd.Series) -> pd.Series:
    return gap.astype("int64[pyarrow]") / 3.6e9


def by_video(column: pd.Series, frame: pd.DataFrame) -> Any:
    return column.groupby(frame[VIDEO], sort=False)


def hidden(frame: pd.DataFrame, name: str) -> pd.Series:
    decides = frame[name] > 0 if name == "views" else frame[name] != 0
    ordered = frame[[VIDEO, AT]].assign(before=frame[name].where(decides.fillna(value=False))).sort_values(AT)
    before = ordered.groupby(VIDEO, sort=False)["before"].ffill().reindex(frame.index)
    fallen = (before > (0 if name == "views" else 5)).fillna(value=False)
    if name == "likes":
        largest = (by_video(frame[column], frame).transform("max") for column in (name, "views"))
        fallen |= no(next(largest) <= 0) & no(next(largest) > 1000)
    return ((frame[name] == 0) & fallen).fillna(value=False)


def no(told: pd.Series) -> pd.Series:
    """Treat null as false."""
    return told.astype("bool[pyarrow]").fillna(value=False)


def failed(frame: pd.DataFrame) -> pd.Series:
    """Return which polls failed: views are hidden, and every other count that came is 0."""
    return hidden(frame, "views") & (frame[[*PARTS]].fillna(0) == 0).all(axis=1)


def shown(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name].mask(hidden(frame, name) | failed(frame))


def where(column: pd.Series, told: pd.Series) -> pd.Series:
    return column.where(told.fillna(value=False))


def percent(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part * 100 / where(whole, whole > 0)


def growth(frame: pd.DataFrame) -> pd.DataFrame:
    views = shown(frame, "views")
    value, at = steps(frame.assign(views=views), "views")
    gained, gap = views - value, hours(frame[AT] - at)
    rise, usable = gained / where(value, value > 0), where(gap, gap > 0)
    exponent = np.log1p(where(rise, views > 0)) * 24 / usable
    return frame.assign(
        views_gained=gained, views_hours=gap, views_per_hour=gained / usable, views_growth_pct=rise * 100,
        views_growth_pct_per_day=np.expm1(where(exponent, exponent <= 705)) * 100,
    )  # fmt: skip


def acceleration(frame: pd.DataFrame) -> pd.DataFrame:
    views = shown(frame, "views")
    (value, at), (value2, at2) = (steps(frame.assign(views=views), "views", back) for back in (1, 2))
    now, then = hours(frame[AT] - at), hours(at - at2)
    change = (views - value) / where(now, now > 0) - (value - value2) / where(then, then > 0)
    return frame.assign(views_per_hour_per_hour=2 * change / (now + then))


def doubling_time(frame: pd.DataFrame) -> pd.DataFrame:
    views = shown(frame, "views")
    value, at = steps(frame.assign(views=views), "views")
    rise, gap = (views - value) / where(value, value > 0), hours(frame[AT] - at)
    doubling = where(gap, gap > 0) * np.log(2) / np.log1p(where(rise, rise > 0))
    return frame.assign(views_doubling_hours=doubling)


def total(frame: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Give the engagements, and whether the video ever reports reposts."""
    reported = by_video(frame["reposts"], frame).transform("count") > 0
    likes, comments, reposts = (shown(frame, part) for part in PARTS)
    return likes + comments + reposts.where(reported, 0), reported


def parts_used(engaged: pd.Series, reported: pd.Series) -> pd.Series:
    label = pd.Series(np.where(reported, "likes+comments+reposts", "likes+comments"), engaged.index)
    return label.where(engaged.notna())


def engagement_rate(frame: pd.DataFrame) -> pd.DataFrame:
    engaged, reported = total(frame)
    return frame.assign(
        engagements=engaged,
        engagement_rate_pct=percent(engaged, frame["views"]),
        engagement_parts=parts_used(engaged, reported),
    )


def incremental_engagement_rate(frame: pd.DataFrame) -> pd.DataFrame:
    engaged, _ = total(frame)
    views = shown(frame, "views").where(engaged.notna())
    known = frame[[VIDEO, AT]].assign(views=views, total=engaged.where(views.notna()))
    gained, more = (known[name] - steps(known, name)[0] for name in ("views", "total"))
    return frame.assign(incremental_engagement_rate_pct=percent(more, gained))


def with_age(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        age_hours=hours(frame[AT] - frame["published_at"]), tracked_age_hours=hours(frame[AT] - frame["created_at"])
    )


def latest(frame: pd.DataFrame) -> pd.DataFrame:
    known = frame[[VIDEO, AT]].assign(**{name: shown(frame, name) for name in COUNTS})
    ends = {name: known[known[name].notna()].sort_values(AT).groupby(VIDEO)[[AT, name]].last() for name in COUNTS}
    last = known.groupby(VIDEO)[AT].max()
    chosen = ends["views"][AT].reindex(last.index).fillna(last)
    rows = frame[frame[AT] == frame[VIDEO].map(chosen)]
    values = {name: rows[VIDEO].map(end[name]).astype(frame[name].dtype) for name, end in ends.items()}
    instants = {f"{name}_at": rows[VIDEO].map(end[AT]).astype(frame[AT].dtype) for name, end in ends.items()}
    return rows.assign(**values, **instants)


def lifetime_average(frame: pd.DataFrame) -> pd.DataFrame:
    age = hours(frame[AT] - frame["published_at"])
    return frame.assign(views_per_hour_lifetime=shown(frame, "views") / where(age, age > 0))


def cpm(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(cpm=cost(frame, "views", 1000))


def cpv(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(cpv=cost(frame, "views", 1))


def cpe(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(cpe=cost(frame, "engagements", 1))


def cost(frame: pd.DataFrame, count: str, per: int) -> pd.Series:
    paid, units = frame["spend"], frame[count]
    price = where(paid, (paid >= 0) & (paid < np.inf)) * per / where(units, units > 0)
    return where(price, price < np.inf)


def emv(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(emv=shown(frame, "views") * 0.01 + shown(frame, "likes") * 0.1)


def with_published(frame: pd.DataFrame, known: dict[str, Any]) -> pd.DataFrame:
    told = frame["external_video_id"].map(known).astype(frame["published_at"].dtype)
    return frame.assign(published_at=frame["published_at"].fillna(told))


def clear(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the frame with hidden counts as missing."""
    return frame.assign(**{name: shown(frame, name) for name in COUNTS})
