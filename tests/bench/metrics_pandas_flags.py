"""What a user of pandas would write to find counters and reported rates that are wrong, as `metrics_pandas`."""

from __future__ import annotations

import numpy as np
import pandas as pd
from metrics_data import AT, COUNTS, VIDEO
from metrics_pandas import PARTS, by_video, hidden, hours, no, percent, steps, total, where
from metrics_pandas_lines import TRAITS

LEAST_HOURS = 0.1


def flag_counters(frame: pd.DataFrame) -> pd.DataFrame:
    hides = pd.DataFrame({name: hidden(frame, name) for name in COUNTS})
    seen = frame[[VIDEO, AT]].assign(**{name: frame[name].mask(hides[name]) for name in COUNTS})
    falls, same, here, speed = compared(seen)
    begins = here & ~same
    sorted_rows = seen.assign(
        since=seen[AT].where(begins), speed=speed.fillna(-1).where(begins)
    ).sort_values([VIDEO, AT])[[VIDEO, "since", "speed"]]  # fmt: skip
    filled = sorted_rows.groupby(VIDEO, sort=False).ffill().reindex(frame.index)
    lasted = hours(frame[AT] - filled["since"]).where(same)
    expected = where(filled["speed"], filled["speed"] >= 0) * lasted
    fallen = pd.DataFrame(falls)
    names = pd.Series("", frame.index, dtype="string[pyarrow]")
    for name in COUNTS:
        comma = pd.Series(np.where(names != "", "+", ""), frame.index)
        names = names.mask(hides[name], names + comma + name)
    found = frame.assign(
        **{f"{name}_fall_pct": fall for name, fall in falls.items()},
        is_correction=no((fallen <= 1).any(axis=1)), is_purge=no((fallen > 1).any(axis=1)),
        is_hidden=hides.any(axis=1), is_cached=no(lasted < 1), is_stalled=no((lasted >= 1) & (expected > 14)),
        hidden_counts=names.where(names != ""), unchanged_hours=lasted, expected_views=expected,
    )  # fmt: skip
    inside = bursts(seen, frame).set_index([VIDEO, AT])
    found = found.join(inside, on=[VIDEO, AT])
    return found.assign(is_burst=found["burst_views_per_hour_before"].notna())


def compared(seen: pd.DataFrame) -> tuple[dict[str, pd.Series], pd.Series, pd.Series, pd.Series]:
    """Give how far each count fell, whether all are as before, whether any is there, and how fast views rise."""
    falls = {}
    same, here = (pd.Series(told, seen.index, dtype="bool[pyarrow]") for told in (True, False))
    for name in COUNTS:
        now = seen[name]
        was, at = steps(seen, name)
        falls[name] = (was - now) * 100.0 / where(was, (now < was) & (was > 0))
        same &= now.isna() | no(now == was)
        here |= now.notna()
        if name == "views":
            gap = hours(seen[AT] - at)
            speed = (now - was) / where(gap, gap >= LEAST_HOURS)
    return falls, here & same, here, speed


def bursts(seen: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Give the readings within bursts: how fast, how engaged, and the same before."""
    rates = with_rates(seen, frame)
    each = rates.groupby(VIDEO, sort=False)
    can = (rates["history"] >= 3) & (rates["median"] > 0) & (rates["rate_before"] > 0)
    for step in range(3):
        can &= no(each["speed"].shift(-step) > rates["median"] * 5)
        can &= no(each["rate"].shift(-step) < rates["rate_before"] / 3)
    onset = can & ~no(can.groupby(rates[VIDEO], sort=False).shift())
    starts = rates.loc[onset, [VIDEO, AT, "median", "rate_before"]].rename(columns={AT: "start"})
    after = starts.merge(rates[[VIDEO, AT, "speed", "rate"]], on=VIDEO)
    after = after[after[AT] >= after["start"]]
    back = (after["speed"] <= after["median"] * 5) & (
        after["rate"].isna() | no(after["rate"] >= after["rate_before"] / 3)
    )
    end = after[AT].where(no(back)).groupby([after[VIDEO], after["start"]]).transform("min")
    inside = after[end.isna() | no(after[AT] < end)].sort_values("start").drop_duplicates([VIDEO, AT])
    names = {
        "speed": "burst_views_per_hour", "median": "burst_views_per_hour_before",
        "rate": "burst_engagement_rate_pct", "rate_before": "burst_engagement_rate_before_pct",
    }  # fmt: skip
    return inside.rename(columns=names)[[VIDEO, AT, *names.values()]]


def with_rates(seen: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the readings with views and engagements, not too near to the one before; add velocity and rates."""
    engaged, _ = total(frame)
    known = seen[[VIDEO, AT, "views"]].assign(total=engaged).dropna().sort_values([VIDEO, AT])
    gap = hours(known[AT] - by_video(known[AT], known).shift())
    apart = known[(gap.isna() | no(gap >= LEAST_HOURS))].reset_index(drop=True)
    was = apart.groupby(VIDEO, sort=False)[[AT, "views", "total"]].shift()
    gained, length = apart["views"] - was["views"], hours(apart[AT] - was[AT])
    rates = apart[[VIDEO, AT]].assign(
        speed=gained / where(length, length > 0), rate=percent(apart["total"] - was["total"], gained),
        rate_before=percent(was["total"], was["views"]),
    )  # fmt: skip
    each = rates["speed"].groupby(rates[VIDEO], sort=False)
    medians = each.expanding().median().reset_index(level=0, drop=True).sort_index()
    known_speeds = rates["speed"].notna().astype("int64[pyarrow]")
    return rates.assign(
        median=medians.groupby(rates[VIDEO], sort=False).shift(),
        history=known_speeds.groupby(rates[VIDEO], sort=False).cumsum() - known_speeds,
    )


def audit_er(frame: pd.DataFrame) -> pd.DataFrame:
    engaged, reported = total(frame)
    hides = {f"{part}_hidden": hidden(frame, part) for part in PARTS}
    rows = frame.assign(rate=percent(engaged, frame["views"]), reported=reported, **hides).sort_values([VIDEO, AT])
    last = rows.drop_duplicates(VIDEO, keep="last").set_index(VIDEO)
    each = rows[rows["rate"].notna()].groupby(VIDEO)["rate"]
    updated = rows[no(rows[AT] == rows["stats_last_updated"])].set_index(VIDEO)["rate"]
    latest = [f"latest_{name}" for name in COUNTS]
    found = last[[*TRAITS, "stats_last_updated", "er_reported_pct", *latest]].assign(
        er_first_pct=each.first(), er_latest_pct=each.last(), er_updated_pct=updated
    )
    ever = rows.groupby(VIDEO)[list(hides)].any().reindex(found.index)
    parts = {
        part: found[f"latest_{part}"].mask(no(found[f"latest_{part}"] == 0) & ever[f"{part}_hidden"]) for part in PARTS
    }
    reposts = parts["reposts"].mask(parts["reposts"].isna() & ~last["reported"], 0)
    found["er_counts_pct"] = percent(parts["likes"] + parts["comments"] + reposts, found["latest_views"])
    for name in ("first", "updated", "latest", "counts"):
        found[f"er_{name}_distance_pct"] = (found["er_reported_pct"] - found[f"er_{name}_pct"]).abs()
    return found.assign(er_fits=fits(found)).reset_index()


def fits(found: pd.DataFrame) -> pd.Series:
    """Give all that the reported rate fits, in words."""
    told = pd.Series("", found.index)
    for name in ("first", "updated", "latest", "counts"):
        rate, distance = found[f"er_{name}_pct"], found[f"er_{name}_distance_pct"]
        cuts = {
            "raw": rate,
            "truncated": np.floor(rate * 100 + 1e-6) / 100,
            "rounded": np.floor(rate * 100 + 0.5 + 1e-6) / 100,
        }
        exact = {cut: no((found["er_reported_pct"] - value).abs() <= 1e-6) for cut, value in cuts.items()}
        near = no(distance <= 0.01) & ~exact["raw"] & ~exact["truncated"] & ~exact["rounded"]
        for cut, is_so in {**exact, "near": near}.items():
            joint = pd.Series(np.where(told != "", "; ", ""), found.index)
            told = told.mask(is_so, told + joint + f"{name} {cut}")
    return told.where(told != "")
