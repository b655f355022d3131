"""Last known counts: for each count of a video its last visible value, and the instant at which it was read.

The last reading of a video often lacks a count: the poll failed, a platform hid the count, or only comments were read.
Every "last" value of this package comes from here. Last known counts of one video may come from several readings, so
no rate is computed from them: a rate has its own last reading, the last one at which it has a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import narwhals.stable.v2 as nw

from influtics_lab.metrics._video_columns import select_last_readings
from influtics_lab.visible_counts import (
    TIMESTAMP,
    Frame,
    counts_in,
    find_free_prefix,
    is_placed,
    names_with_instants,
    read_at,
    with_visible_counts,
)

RATE: Final = "engagement_rate_pct"
_OF_THE_RATE: Final = (RATE, "engagements", "engagement_parts", "cpe")
"""The columns that are taken together from the last reading at which there is an engagement rate."""


def select_last_known(frame: Frame, *, by: str) -> Frame:
    """Return one row for each video, with the columns that `latest` describes, in the order of the chosen rows."""
    prefix, columns = find_free_prefix(frame), frame.collect_schema().names()
    counts = counts_in(frame)
    shown = {count: f"{prefix}{count}_shown" for count in counts}
    visible = with_visible_counts(frame.filter(is_placed(by)), shown, by=by, mixed=True)
    with_instants = names_with_instants(frame)
    own = {count: (shown[count], read_at(count, with_instants)) for count in counts}
    if RATE in columns:
        own["engagement_rate"] = (RATE, read_at("engagement_rate", with_instants))
    if not own:
        return select_last_readings(frame, by=by)
    last = {name: f"{prefix}{name}_last" for name in own}
    row = f"{prefix}row"
    has_views = ~nw.col(shown["views"]).is_null() if "views" in shown else nw.lit(value=False)
    timed = visible.with_columns(
        *(nw.when(~nw.col(value).is_null()).then(at).alias(last[name]) for name, (value, at) in own.items()),
        nw.when(has_views).then(nw.col(TIMESTAMP)).alias(row),
    ).with_columns(
        *(nw.col(name).max().over(by) for name in (*last.values(), row)),
        nw.col(TIMESTAMP).max().over(by).alias(f"{prefix}end"),
    )
    parts = {count: (shown[count], count) for count in counts}
    parts |= {name: (name, "engagement_rate") for name in _OF_THE_RATE if RATE in columns and name in columns}
    filled = timed.with_columns(
        nw.when(own[owner][1] == nw.col(last[owner])).then(nw.col(value)).max().over(by).alias(name)
        for name, (value, owner) in parts.items()
    )
    rows = filled.filter(nw.col(TIMESTAMP) == nw.coalesce(row, f"{prefix}end")).with_columns(
        nw.col(name).alias(f"{owner}_at") for owner, name in last.items()
    )
    return rows.select(*_order_columns(columns, {count: count for count in counts} | {RATE: "engagement_rate"}, last))


def _order_columns(columns: Sequence[str], named: Mapping[str, str], last: Mapping[str, str]) -> Iterator[str]:
    """Yield the columns in their order, each instant beside its value."""
    added = {f"{owner}_at" for owner in last}
    for column in columns:
        if column not in added:
            yield column
        if named.get(column) in last:
            yield f"{named[column]}_at"
