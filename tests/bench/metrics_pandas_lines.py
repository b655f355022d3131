"""What a user of pandas would write for counts between readings, one row a video, and groups, as `metrics_pandas`."""

from __future__ import annotations

import numpy as np
import pandas as pd
from metrics_data import AT, COUNTS, VIDEO
from metrics_numpy import Group, group_figures, pair_figures
from metrics_pandas import clear, failed, hours, parts_used, percent, shown, total, where

from influtics_lab.metrics._distributions import binomial_limits

DAY, HORIZON = pd.Timedelta(hours=24), pd.Timedelta(days=20)
WEEK, SLACK = pd.Timedelta(days=7), pd.Timedelta(days=0.7)
TRAITS = ["platform", "created_at", "published_at"]
COMPARED = ["views", "likes", "comments"]


def on_the_line(asked: pd.DataFrame, at: str, known: pd.DataFrame, name: str) -> pd.Series:
    """Give a count at instants, between the readings before and after each, by the index of those who ask."""
    points = known.loc[known[name].notna(), [VIDEO, AT, name]].sort_values(AT)
    rows = asked[[VIDEO, at]].dropna().sort_values(at).reset_index(names="row")
    before = points.rename(columns={AT: "t0", name: "v0"})
    after = points.rename(columns={AT: "t1", name: "v1"})
    found = pd.merge_asof(rows, before, left_on=at, right_on="t0", by=VIDEO)
    found = pd.merge_asof(found, after, left_on=at, right_on="t1", by=VIDEO, direction="forward")
    gap = hours(found["t1"] - found["t0"])
    rise = (found["v1"] - found["v0"]) * hours(found[at] - found["t0"]) / where(gap, gap > 0)
    value = (found["v0"] + rise).where((found["t0"] != found[at]).fillna(value=True), found["v0"])
    return value.set_axis(found["row"].astype("int64")).reindex(asked.index)


def window_gain(frame: pd.DataFrame) -> pd.DataFrame:
    asked = frame.assign(began=frame[AT] - DAY)
    known = frame[[VIDEO, AT]].assign(views=shown(frame, "views"))
    here, there = (on_the_line(asked, at, known, "views") for at in (AT, "began"))
    return frame.assign(views_gained_24h=here - there)


def gained(frame: pd.DataFrame) -> pd.DataFrame:
    end = frame.loc[~failed(frame), AT].max()
    start = end - WEEK
    points = frame[[VIDEO, AT]].assign(v=shown(frame, "views")).dropna().sort_values([VIDEO, AT])
    before = points.groupby(VIDEO)[["v", AT]].shift(1)
    falls = points[(points["v"] < before["v"]).fillna(value=False) & (before[AT] < end) & (points[AT] > start)]
    rows = videos(frame)
    known, at = rows[VIDEO], points[AT]
    until = known.map(points[at <= end].groupby(VIDEO)[AT].last())
    since, after = (known.map(points.groupby(VIDEO)[AT].agg(which)) for which in ("first", "last"))
    at_start, at_end = (
        on_the_line(rows.assign(asked=instant).astype({"asked": frame[AT].dtype}), "asked", points, "v")
        for instant in (start, end)
    )
    new = rows["published_at"].between(start, end).fillna(value=False)
    early, late = (since > start) & ~new, (after < end) & (until < end - SLACK)
    unread, bound = ~(until >= start).fillna(value=False), (early | late).fillna(value=False)
    fell = known.isin(falls[VIDEO])
    first = at_start.where(~early, known.map(points[at >= start].groupby(VIDEO)["v"].first())).mask(new, 0)
    last = at_end.where(after >= end, known.map(points[at <= end].groupby(VIDEO)["v"].last()))
    words = ["no visible reading in the window", "exact", "the count fell in the window"]
    status = np.select([unread, ~bound, fell], words, "at least")
    gains = (last - first).where(~unread & ~(bound & fell))
    return rows.assign(window_start=start, window_end=end, views_gained_in_window=gains, views_gained_status=status)


def videos(frame: pd.DataFrame) -> pd.DataFrame:
    """Give one row for each video, sorted: its columns as at its last reading."""
    last = frame.loc[frame.groupby(VIDEO)[AT].idxmax(), [VIDEO, *TRAITS]]
    return last.sort_values(VIDEO).reset_index(drop=True)


def values_at(frame: pd.DataFrame, age: pd.Timedelta, names: list[str]) -> pd.DataFrame:
    rows = videos(frame)
    asked = rows.assign(at=rows["published_at"] + age)
    known = {name: frame[[VIDEO, AT]].assign(**{name: shown(frame, name)}) for name in names}
    return rows.assign(**{name: on_the_line(asked, "at", known[name], name) for name in names})


def at_age(frame: pd.DataFrame) -> pd.DataFrame:
    return values_at(frame, DAY, ["views"]).assign(at_age_hours=24.0)


def time_to(frame: pd.DataFrame) -> pd.DataFrame:
    return reached(frame, 90)


def half_life(frame: pd.DataFrame) -> pd.DataFrame:
    return reached(frame, 50)


def reached(frame: pd.DataFrame, pct: int) -> pd.DataFrame:
    whole = values_at(frame, HORIZON, ["views"]).rename(columns={"views": "whole"})
    rows = frame[[VIDEO, AT]].assign(w=shown(frame, "views")).merge(whole, on=VIDEO)
    rows = rows[rows["w"].notna()].sort_values(AT)
    share = where(rows["whole"], rows["whole"] > 0) * pct
    over = (rows["w"] * 100 >= share).fillna(value=False)
    until = rows[over].groupby(VIDEO)[[AT, "w"]].first()
    earlier = (rows[AT] < rows[VIDEO].map(until[AT]).astype(rows[AT].dtype)).fillna(value=False)
    since = rows[earlier].groupby(VIDEO)[[AT, "w"]].last()
    ends = whole.join(until, on=VIDEO).join(since, on=VIDEO, rsuffix="_0")
    low, high = ends["w_0"] * 100.0, ends["w"] * 100.0
    old, new = (hours(ends[at] - ends["published_at"]) for at in (f"{AT}_0", AT))
    crossing = old + (ends["whole"] * pct - low) / where(high - low, high > low) * (new - old)
    found = ends.assign(**{f"views_to_{pct}_pct_hours": crossing, "horizon_hours": 480.0})
    return found.rename(columns={"whole": "views_at_horizon"}).drop(columns=[AT, f"{AT}_0", "w", "w_0"])


def resample(frame: pd.DataFrame) -> pd.DataFrame:
    spans = frame.groupby(VIDEO)[AT].agg(["min", "max"])
    days = [
        pd.Series(pd.date_range(first.ceil("D"), last.floor("D"), freq="D", unit="us"))
        for first, last in spans.itertuples(index=False)
    ]
    many = np.repeat(np.arange(len(days)), [len(found) for found in days])
    grid = pd.DataFrame({VIDEO: spans.index[many]}).assign(
        **{AT: pd.concat(days, ignore_index=True).astype(frame[AT].dtype)}
    )
    grid[VIDEO] = grid[VIDEO].astype(frame[VIDEO].dtype)
    known = clear(frame)
    values = {name: on_the_line(grid, AT, known, name) for name in COUNTS}
    return grid.assign(**values).merge(videos(frame), on=VIDEO, how="left")


def summarize(frame: pd.DataFrame) -> pd.DataFrame:
    rows = clear(frame).sort_values([VIDEO, AT])
    engaged, reported = total(frame)
    rows = rows.assign(total=engaged, reported=reported, gap=rows[AT] - rows.groupby(VIDEO)[AT].shift())
    each = rows.groupby(VIDEO)
    found = rows.drop_duplicates(VIDEO, keep="last").set_index(VIDEO)
    span = each[AT].agg(["min", "max"])
    summary = found[TRAITS].assign(
        readings=each[AT].count(), first_reading=span["min"], last_reading=span["max"],
        read_hours=hours(span["max"] - span["min"]), longest_gap_hours=hours(each["gap"].max()),
    )  # fmt: skip
    for name in COUNTS:
        there = rows[rows[name].notna()].groupby(VIDEO)[[AT, name]]
        first, last = (end.reindex(summary.index) for end in (there.first(), there.last()))
        gained, length = last[name] - first[name], hours(last[AT] - first[AT])
        summary[f"{name}_first"], summary[f"{name}_last"] = first[name], last[name]
        summary[f"{name}_gained_in_all"] = gained
        summary[f"{name}_per_hour_in_all"] = gained / where(length, length > 0)
    rows = rows.assign(rate=percent(rows["total"], rows["views"]))
    rated = rows[rows["rate"].notna()].drop_duplicates(VIDEO, keep="last").set_index(VIDEO).reindex(summary.index)
    return summary.assign(
        engagements_last=rated["total"], engagement_rate_last_pct=rated["rate"], engagement_rate_last_at=rated[AT],
        engagement_parts_last=parts_used(rated["total"], found["reported"]),
    ).reset_index()  # fmt: skip


def groups(known: pd.DataFrame) -> list[Group]:
    return [
        Group(name, *(group[column].to_numpy(dtype=float) for column in ("views", "engagements", "age")))
        for name, group in known.groupby("platform")
    ]


def compare(frame: pd.DataFrame, resamples: int) -> pd.DataFrame:
    rows = values_at(frame, DAY, COMPARED)
    rows = rows.assign(engagements=rows["likes"] + rows["comments"], age=24.0)
    known = rows[(rows["views"] > 0).fillna(value=False) & rows["engagements"].notna()]
    each = rows.groupby("platform")["views"]
    counts = pd.DataFrame({"videos": each.size(), "without_age": each.size() - each.count()})
    figures = pd.DataFrame([{"platform": group.name} | group_figures(group, resamples) for group in groups(known)])
    return counts.reset_index().merge(figures.astype({"platform": counts.index.dtype}), on="platform")


def compare_pairs(frame: pd.DataFrame, resamples: int) -> pd.DataFrame:
    rows = clear(frame)
    rated = rows[(rows["views"] > 0).fillna(value=False) & rows["likes"].notna() & rows["comments"].notna()]
    last = rated.loc[rated.groupby(VIDEO)[AT].idxmax()].sort_values(VIDEO)
    last = last.assign(engagements=last["likes"] + last["comments"], age=hours(last[AT] - last["published_at"]))
    known = last.dropna(subset=["engagements", "age"])
    return pd.DataFrame(pair_figures(groups(known), resamples))


def benchmark(frame: pd.DataFrame) -> pd.DataFrame:
    rows = values_at(frame, DAY, ["views"]).rename(columns={"views": "benchmark_value"})
    each = rows.groupby("platform")["benchmark_value"]
    others = each.transform("count") - rows["benchmark_value"].notna().astype("int64[pyarrow]")
    ranks = {"below": each.rank("min") - 1, "up_to": each.rank("max") - 1}
    ranked = rows.assign(benchmark_others=others, **ranks)
    known = ranked[ranked["below"].notna() & (ranked["benchmark_others"] >= 5)]
    low, high = binomial_limits(*(known[name].to_numpy(dtype="int64") for name in (*ranks, "benchmark_others")))
    middle = (known["below"] + known["up_to"]) * 50 / known["benchmark_others"]
    limits = {"benchmark_percentile_low_pct": low, "benchmark_percentile_high_pct": high}
    known = known[[VIDEO]].assign(benchmark_percentile_pct=middle, **limits)
    return ranked.drop(columns=list(ranks)).merge(known, on=VIDEO, how="left")
