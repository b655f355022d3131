"""What a user of pandas would write to find counters and reported rates that are wrong, as `metrics_pandas`."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from metrics_data import AT, COUNTS, VIDEO
from metrics_pandas import PARTS, failed, hidden, hours, no, percent, steps, total, where
from metrics_pandas_lines import DAY, TRAITS, on_the_line

HOUR = 3_600_000_000
RISING = ("views", "total")
SIZE = 60.0


def flag_counters(frame: pd.DataFrame) -> pd.DataFrame:
    hides = pd.DataFrame({name: hidden(frame, name) for name in COUNTS})
    lost = failed(frame)
    seen = frame[[VIDEO, AT]].assign(**{name: frame[name].mask(hides[name] | lost) for name in COUNTS})
    falls, purge, correction, same, here = compared(seen)
    begins = here & ~same
    ordered = seen.assign(
        since=seen[AT].where(begins), speed=pace(seen).fillna(-1).where(begins)
    ).sort_values([VIDEO, AT])[[VIDEO, "since", "speed", "views"]]  # fmt: skip
    filled = ordered.groupby(VIDEO, sort=False).ffill().reindex(frame.index)
    lasted = hours(frame[AT] - filled["since"]).where(same)
    speed = where(filled["speed"], filled["speed"] >= 0)
    improbable = np.exp(np.log(1 + 4 * speed) * lasted / -4)
    names = pd.Series("", frame.index, dtype="string[pyarrow]")
    for name in COUNTS:
        comma = pd.Series(np.where(names != "", "+", ""), frame.index)
        names = names.mask(hides[name], names + comma + name)
    found = frame.assign(
        **{f"{name}_fall_pct": fall for name, fall in falls.items()},
        is_correction=correction, is_purge=purge, is_hidden=hides.any(axis=1), is_failed_poll=lost,
        is_cached=no(lasted < 1), is_stalled=no((lasted >= 8) & (improbable < 5e-6)) & seen["views"].notna(),
        hidden_counts=names.where(names != ""), views_before_failed_poll=filled["views"].where(lost),
        unchanged_hours=lasted, expected_views=speed * lasted, unchanged_p_value=improbable,
    )  # fmt: skip
    found = found.join(bursts(seen, frame).set_index([VIDEO, AT]), on=[VIDEO, AT])
    return found.assign(is_burst=found["burst_views_per_hour_before"].notna())


def compared(seen: pd.DataFrame) -> tuple[dict[str, pd.Series], pd.Series, pd.Series, pd.Series, pd.Series]:
    """Give how far each count fell, what that is, whether all are as before, and whether any is there."""
    falls = {}
    purge, correction, same, here = (
        pd.Series(told, seen.index, dtype="bool[pyarrow]") for told in (False, False, True, False)
    )
    for name in COUNTS:
        now = seen[name]
        was, _ = steps(seen, name)
        fell = no((now < was) & (was > 0))
        fall = (was - now) * 100.0 / where(was, fell)
        falls[name] = fall
        least = 10 if name == "views" else np.sqrt(where(was, was > 0).astype("float64[pyarrow]")) * 3
        taken = fell & no(fall > 1) & no(was - now > least)
        purge |= taken
        correction |= fell & ~taken
        same &= now.isna() | no(now == was)
        here |= now.notna()
    return falls, purge, correction, here & same, here


def pace(seen: pd.DataFrame) -> pd.Series:
    """Give the views per hour of the 24 hours up to each reading."""
    asked = seen[[VIDEO, AT]].assign(began=seen[AT] - DAY)
    now, then = (on_the_line(asked, at, seen[[VIDEO, AT, "views"]], "views") for at in (AT, "began"))
    return (now - then) / 24


def bursts(seen: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Give the readings within bursts: how fast, how engaged, and the same before."""
    rates = windows(seen, frame)
    kept = [VIDEO, AT, "now", "window", "speed", "rate"]
    after = burst_starts(rates).merge(rates[kept], on=VIDEO)
    after = after[after["now"] >= after["start"]]
    back = (after["speed"] <= after["speed_before"] * 1.5) | no(after["rate"] >= after["rate_before"] * 0.35)
    end = after["now"].where(back).groupby([after[VIDEO], after["start"]]).transform("min")
    inside = after[end.isna() | no(after["now"] < end)].sort_values("start").drop_duplicates([VIDEO, AT])
    names = {
        "window": "burst_window_hours", "speed": "burst_views_per_hour", "speed_before": "burst_views_per_hour_before",
        "rate": "burst_engagement_rate_pct", "rate_before": "burst_engagement_rate_before_pct", "p": "burst_p_value",
    }  # fmt: skip
    return inside.rename(columns=names)[[VIDEO, AT, *names.values()]]


def windows(seen: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Add velocity and rate in the window that ends at each reading, and in the history before it."""
    engaged, _ = total(frame)
    known = seen[[VIDEO, AT, "views"]].assign(total=engaged).dropna().sort_values([VIDEO, AT]).reset_index(drop=True)
    known = known.assign(now=known[AT].astype("int64[pyarrow]"), so_far=percent(known["total"], known["views"]))
    known = known.astype({"now": "int64", "views": "float64", "total": "float64", "so_far": "float64"})
    each = known.groupby(VIDEO, sort=False)
    risen = known.assign(**{name: each[name].diff().clip(lower=0).fillna(0) for name in RISING})
    risen = risen.assign(**{name: risen.groupby(VIDEO, sort=False)[name].cumsum() for name in RISING})
    length = (known["now"] - each["now"].shift(2)).clip(lower=6 * HOUR)
    opens = known["now"] - length
    begins = np.maximum(opens - length * 8, each["now"].transform("min").where(length.notna()))
    later = risen.groupby(VIDEO, sort=False)[["now", *RISING]].shift(-1)
    slopes = {f"{name}_slope": (later[name] - risen[name]) / (later["now"] - risen["now"]) for name in RISING}
    points = risen[[VIDEO, "now", *RISING, "so_far"]].assign(**slopes)
    enough = (opens - begins >= length * 3) & (opens - begins >= 24 * HOUR)
    edges = risen.assign(opens=opens, begins=begins, length=length)[enough].astype(
        {"opens": "int64", "begins": "int64"}
    )
    at = {edge: at_edge(edges, edge, points) for edge in ("opens", "begins")}
    gained, risen_engaged = (edges[name] - at["opens"][name] for name in RISING)
    history = (edges["opens"] - edges["begins"]) / HOUR
    before, engaged_before = (at["opens"][name] - at["begins"][name] for name in RISING)
    rate_before, so_far = percent(engaged_before, before), at["opens"]["so_far"]
    return edges[[VIDEO, AT, "now"]].assign(
        window=edges["length"] / HOUR, speed_before=before / history,
        gained=gained, engaged=risen_engaged.clip(lower=0),
        rate_before=so_far.where(so_far < rate_before, rate_before), speed=gained / edges["length"] * HOUR,
        rate=percent(risen_engaged.clip(lower=0), gained),
    )  # fmt: skip


def at_edge(edges: pd.DataFrame, edge: str, points: pd.DataFrame) -> pd.DataFrame:
    """Give the counts at an instant before each reading, on the line between the readings around it."""
    asked = edges[[VIDEO, edge]].sort_values(edge)
    there = pd.merge_asof(asked, points.sort_values("now"), left_on=edge, right_on="now", by=VIDEO)
    since = there[edge] - there["now"]
    lines = {name: there[name] + there[f"{name}_slope"] * since for name in RISING}
    return there.assign(**lines).set_index(asked.index).reindex(edges.index)


def burst_starts(rates: pd.DataFrame) -> pd.DataFrame:
    fast = (rates["speed"] > rates["speed_before"] * 1.5) & (rates["speed_before"] > 0)
    possible = rates[fast & no(rates["rate"] < rates["rate_before"] * 0.35)]
    told = possible.assign(p=so_few(possible["engaged"], possible["rate_before"] / 100 * possible["gained"]))
    return told.loc[told["p"] < 2e-6, [VIDEO, "now", "speed_before", "rate_before", "p"]].rename(
        columns={"now": "start"}
    )


def so_few(engaged: pd.Series, expected: pd.Series) -> pd.Series:
    """Give about how probable at most so few engagements are: negative binomial of size 60."""
    whole = expected + SIZE
    few = log_gamma(engaged + SIZE) - log_gamma(engaged + 1) - math.lgamma(SIZE)
    exactly = few + engaged * np.log(expected / whole) + SIZE * np.log(SIZE / whole)
    ratio = engaged * whole / (expected * (engaged + SIZE - 1))
    return np.exp(exactly) / (1 - ratio.where(ratio < 1))


def log_gamma(x: pd.Series) -> pd.Series:
    return (x - 0.5) * np.log(x) - x + math.log(2 * math.pi) / 2 + 1 / (12 * x)


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
