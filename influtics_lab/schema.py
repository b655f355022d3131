"""The column dictionary of every frame, and the closed list of reasons for which a value is not kept.

A *reading* is the counts of one video at one instant: one row of ``stats``. The *one frame* that analyses start
from, given by ``load_stats()`` and ``Snapshot.frame()``, is ``stats`` with its video's columns joined on: one row
for each video and timestamp.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from influtics_lab.errors import FrameError, MissingColumnError

STATUSES: Final = ("active", "completed", "failed")
SORTS: Final = ("created_at", "views", "likes", "updated_at")
ORDERS: Final = ("asc", "desc")
COUNTS: Final = ("views", "likes", "comments", "reposts")
FLAGS: Final = {
    "is_correction": "correction",
    "is_purge": "purge",
    "is_hidden": "hidden count",
    "is_failed_poll": "failed poll",
    "is_cached": "cached poll",
    "is_stalled": "stalled reading",
    "is_burst": "burst reading",
}
"""The columns of flags that `lab.flag_counters` adds, and what a reading with each flag is called."""

Instant: Final = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Column:
    """One column: its name, type, unit, meaning, and when it is null."""

    name: str
    dtype: pl.DataType
    unit: str
    meaning: str
    null: str


def _count(name: str) -> Column:
    return Column(name, pl.Int64(), "count", f"{name} in all, as read at that instant", "no value at that instant")


def _latest(name: str) -> Column:
    return Column(
        f"latest_{name}",
        pl.Int64(),
        "count",
        f"`{name}` as the answer reports it",
        "absent, null or rejected",
    )


STATS: Final = (
    Column("video_id", pl.String(), "", "the service's id of the video", "never"),
    Column("timestamp", Instant, "UTC", "when the counts were read", "never"),
    *(_count(name) for name in COUNTS),
)

VIDEOS: Final = (
    Column("video_id", pl.String(), "", "the service's id of the video", "never"),
    Column("external_video_id", pl.String(), "", "the platform's own id", "absent, null or rejected"),
    Column("platform", pl.String(), "", "TikTok, YouTube, Instagram, or what the service adds", "absent or null"),
    Column("title", pl.String(), "", "title or caption, text from strangers", 'absent, null or "Untitled"'),
    Column("thumbnail_url", pl.String(), "", "address of the thumbnail", "absent, null or rejected"),
    Column("status", pl.String(), "", "active, completed or failed", "unless asked for: no field of the answer"),
    Column("created_at", Instant, "UTC", "when tracking began, not publication", "absent, null or rejected"),
    Column(
        "published_at",
        Instant,
        "UTC",
        "publication, from the platform's id",
        "the id carries no time (YouTube)",
    ),
    Column("stats_last_updated", Instant, "UTC", "when the counts were last read", "absent, null or rejected"),
    *(_latest(name) for name in COUNTS),
    Column("er_reported_pct", pl.Float64(), "%", "`er` as the answer reports it", "absent, null or rejected"),
    Column("cpm_reported", pl.Float64(), "per 1000 views", "`cpm` as reported", "absent, null, rejected or 0"),
)

REJECTED: Final = (
    Column("video_id", pl.String(), "", "the video", "the answer gave no usable id"),
    Column("field", pl.String(), "", "`stats.views`, `created_at`, ...", "never"),
    Column("raw_timestamp", pl.String(), "", "the key as it came", "the field has no timestamps"),
    Column("raw_value", pl.String(), "", "the value as JSON", "never"),
    Column("reason", pl.String(), "", "a name from `REASONS`", "never"),
    Column("page", pl.Int64(), "", "number of the answer, from 0", "never"),
)

FRAME: Final = (*STATS, *(column for column in VIDEOS if column.name != "video_id"))

REASONS: Final = {
    "bad_timestamp": "The timestamp is no date that exists, or is not written as date, time and offset.",
    "no_offset": "The timestamp says no offset from UTC, so its instant is not known.",
    "not_a_count": "The count is no whole number: a fraction, a text, a boolean, a list or an object.",
    "negative": "The count is below zero.",
    "out_of_range": "The number is beyond 64 bits, or so large that JSON no longer carried all its digits.",
    "conflict": "The same instant or field came twice with two values; of spellings, the first in text order is kept.",
    "superseded": "A later answer about the same video does not repeat this value; of a field, the later one is kept.",
    "not_a_map": "What should map timestamps to counts, or metrics to maps, is something else.",
    "not_text": "The field should be a text.",
    "not_a_number": "The field should be a finite number.",
    "no_video_id": "The video has no id, so its values belong to nobody.",
    "not_an_object": "The item of the list is no video at all.",
}


def dtypes(table: tuple[Column, ...]) -> dict[str, pl.DataType]:
    """Give the polars schema of a table.

    Examples
    --------
    >>> dtypes(STATS)["views"]
    Int64
    """
    return {column.name: column.dtype for column in table}


def empty(table: tuple[Column, ...]) -> pl.DataFrame:
    """Give a frame of a table's columns, without rows.

    Examples
    --------
    >>> empty(STATS).columns
    ['video_id', 'timestamp', 'views', 'likes', 'comments', 'reposts']
    """
    return pl.DataFrame(schema=dtypes(table))


def check(frame: pl.DataFrame, table: tuple[Column, ...], name: str) -> pl.DataFrame:
    """Give the frame back if it has exactly the columns and types of the table.

    Parameters
    ----------
    frame : polars.DataFrame
    table : tuple of Column
    name : str
        What to call the frame in the message.

    Returns
    -------
    polars.DataFrame
        The same frame.

    Raises
    ------
    MissingColumnError
        If columns are not there.
    FrameError
        If there are others, or the types or the order differ.

    Examples
    --------
    >>> check(empty(STATS).drop("views"), STATS, "stats")
    Traceback (most recent call last):
    ...
    influtics_lab.errors.MissingColumnError: stats lacks the column 'views'.
    """
    wanted, found = dtypes(table), dict(frame.schema)
    if missing := [column for column in wanted if column not in found]:
        names = ", ".join(map(repr, missing))
        raise MissingColumnError(f"{name} lacks the column{'s' * (len(missing) > 1)} {names}.", missing=missing)
    if wrong := [
        f"{column} is {found[column]}, not {dtype}" for column, dtype in wanted.items() if found[column] != dtype
    ]:
        raise FrameError(f"{name} has other types than it should: {'; '.join(wrong)}.")
    if list(found) != list(wanted):
        raise FrameError(f"{name} has the columns {list(found)}; they should be {list(wanted)}.")
    return frame


def describe(table: tuple[Column, ...]) -> pl.DataFrame:
    """Give the column dictionary of a table as a frame, to look things up in a notebook.

    Examples
    --------
    >>> describe(STATS).columns
    ['name', 'type', 'unit', 'meaning', 'null']
    """
    rows = [(c.name, str(c.dtype), c.unit, c.meaning, c.null) for c in table]
    return pl.DataFrame(rows, schema=["name", "type", "unit", "meaning", "null"], orient="row")


def __getattr__(name: str) -> Any:
    if name == "PLATFORMS":
        raise AttributeError("schema.PLATFORMS is now influtics_lab.platforms.PLATFORMS, whose keys are the names.")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
