"""Hidden counts, failed polls and last known counts in plain Python: what the package must agree with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import polars as pl
from hypothesis import strategies as st
from metrics.readings import readings

from influtics_lab.schema import COUNTS

Reading = dict[str, Any]


def visible_readings(frame: pl.DataFrame) -> dict[str, list[Reading]]:
    """Each video's readings in time, with null for counts that are hidden or of a failed poll."""
    videos: dict[str, list[Reading]] = defaultdict(list)
    for row in frame.sort("video_id", "timestamp").select("video_id", "timestamp", *COUNTS).to_dicts():
        videos[row["video_id"]].append(row)
    return {video: _masked(rows) for video, rows in videos.items()}


def last_known(rows: Iterable[Reading], count: str) -> tuple[int | None, datetime | None]:
    """The last visible value of a count, and when it was read."""
    known = [(row[count], row["timestamp"]) for row in rows if row[count] is not None]
    return known[-1] if known else (None, None)


def _masked(rows: list[Reading]) -> list[Reading]:
    never_liked = all(not row["likes"] for row in rows) and max(row["views"] or 0 for row in rows) > 1000
    before = dict.fromkeys(COUNTS, 0)
    seen, out = False, []
    for row in rows:
        hidden = {count for count in COUNTS[1:] if row[count] == 0 and before[count] > 5}
        if never_liked and row["likes"] == 0:
            hidden.add("likes")
        if row["views"] == 0 and seen:
            hidden.add("views")
        if "views" in hidden and not any(row[count] for count in COUNTS[1:]):
            hidden |= set(COUNTS)
        shown = {count: None if count in hidden else row[count] for count in COUNTS}
        before |= {count: value for count, value in shown.items() if value is not None}
        seen = seen or bool(row["views"])
        out.append(row | shown)
    return out


def polls() -> st.SearchStrategy[pl.DataFrame]:
    """Series of a few videos with failed polls, hidden counts, partial readings and counts that rise and fall."""
    count = st.sampled_from([0, 0, 3, 5, 6, 900, 2000])
    whole = st.tuples(st.integers(0, 3000), count, count, count)
    failed = st.just((0, 0, 0, 0))
    partial = st.tuples(st.none() | st.just(0), st.none() | count, st.none() | count, st.none() | count)
    without_reposts = whole.map(lambda counts: (*counts[:3], None))
    series = st.lists(whole | failed | partial | without_reposts, min_size=1, max_size=6)
    return st.dictionaries(st.sampled_from("abc"), series, min_size=1).map(
        lambda videos: readings(
            *((video, hour, *counts) for video, rows in videos.items() for hour, counts in enumerate(rows)),
            columns=COUNTS,
        )
    )
