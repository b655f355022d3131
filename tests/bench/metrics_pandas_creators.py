"""What a user of pandas would write for ratios, fixed ages, and videos against their creator's, as `metrics_pandas`."""

from __future__ import annotations

import numpy as np
import pandas as pd
from metrics_data import AT, COUNTS, VIDEO
from metrics_pandas import percent, shown, where
from metrics_pandas_lines import DAY, values_at
from metrics_polars_creators import RATIOS, Z

AGES = {"24h": DAY, "7d": pd.Timedelta(days=7), "30d": pd.Timedelta(days=30)}


def count_ratios(frame: pd.DataFrame) -> pd.DataFrame:
    visible = {name: shown(frame, name) for name in COUNTS}
    return frame.assign(**{name: percent(visible[part], visible[whole]) for name, (part, whole) in RATIOS.items()})


def views_at_ages(frame: pd.DataFrame) -> pd.DataFrame:
    each = {name: values_at(frame, age, list(COUNTS)) for name, age in AGES.items()}
    found = each["24h"].drop(columns=list(COUNTS))
    last = frame.loc[frame.groupby(VIDEO)[AT].idxmax()].set_index(VIDEO)
    reported = found[VIDEO].map(frame.groupby(VIDEO)["reposts"].count()) > 0
    found["spend"] = found[VIDEO].map(last["spend"])
    for name, rows in each.items():
        some = rows["likes"] + rows["comments"]
        found[f"views_at_{name}"] = rows["views"]
        found[f"engagement_rate_at_{name}_pct"] = percent(some.mask(reported, some + rows["reposts"]), rows["views"])
        found[f"cpm_at_{name}"] = found["spend"] * 1000 / where(rows["views"], rows["views"] > 0)
    for name in ("24h", "7d"):
        found[f"share_at_{name}_of_30d_pct"] = percent(found[f"views_at_{name}"], found["views_at_30d"])
    known = frame.loc[shown(frame, "views").notna()].groupby(VIDEO)[AT].min()
    began = found[VIDEO].map(known) <= found["published_at"] + AGES["30d"]
    parts = np.where(reported, "likes+comments+reposts", "likes+comments")
    return found.assign(engagement_parts=pd.Series(parts, found.index).where(began.fillna(value=False)))


def multiple_of_usual(frame: pd.DataFrame) -> pd.DataFrame:
    creators = frame.groupby(VIDEO)["creator"].first()
    rows = values_at(frame, DAY, ["views"])
    rows = rows.assign(creator=rows[VIDEO].map(creators), value=rows["views"].astype("float64[pyarrow]"))
    dated = rows[rows["published_at"].notna()].sort_values("published_at").astype({"value": "float64"})
    each = dated.groupby("creator")["value"]
    n = each.transform(lambda column: column.notna().cumsum().shift(fill_value=0))
    usual = each.transform(lambda column: column.expanding(5).median().shift())
    found = rows[[VIDEO, "creator"]].assign(
        usual_videos=n.reindex(rows.index).fillna(0), usual_value=usual.reindex(rows.index), video_value=rows["value"]
    )
    return found.assign(multiple_of_usual=found["video_value"] / where(found["usual_value"], found["usual_value"] > 0))


def hit_rate(frame: pd.DataFrame) -> pd.DataFrame:
    value = frame["multiple_of_usual"]
    each = frame.assign(hit=(value > 1).fillna(value=False)).groupby("creator")
    counted = pd.DataFrame({"judged": each.size(), "with_usual": each["multiple_of_usual"].count()})
    n, hits = counted["with_usual"].astype("float64"), each["hit"].sum().astype("float64")
    share, spread = hits / n.where(n > 0), Z**2 / n.where(n > 0)
    half = np.sqrt(share * (1 - share) * spread + spread**2 / 4)
    ends = {name: (share + spread / 2 + side * half) / (1 + spread) for name, side in (("low", -1), ("high", 1))}
    found = counted.assign(hits=hits, hit_rate_pct=100 * share)
    return found.assign(**{f"hit_rate_{name}_pct": 100 * end for name, end in ends.items()}).reset_index()


def concentration(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.groupby("platform")["views"].apply(_figures).unstack().reset_index()


def _figures(column: pd.Series) -> pd.Series:
    rising = np.sort(column.dropna().to_numpy(dtype=float))
    n, whole = len(rising), len(rising) // 10
    top = rising[n - whole :].sum() + (n / 10 - whole) * rising[n - whole - 1]
    gini = ((2.0 * np.arange(1, n + 1) - n - 1) * rising).sum() / (n * rising.sum())
    return pd.Series({"videos": len(column), "n": n, "top_tenth_share_pct": 100 * top / rising.sum(), "gini": gini})
