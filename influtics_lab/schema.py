"""The column dictionary of every frame, and all reasons for which a value is rejected.

A *reading* is the counts of one video at one instant: one row of ``stats``. The *joined frame* that analyses start
from, returned by ``load_stats()`` and ``Snapshot.frame()``, is ``stats`` with the columns of its videos: one row for
each video and timestamp.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.reference_table import ReferenceTable
from influtics_lab.text_format import name_columns

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
    "is_rule_change": "rule change",
}
"""The flag columns that `lab.flag_counters` adds, and the name of a reading with each flag."""

Instant: Final = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Column:
    """A column's name, type, unit and meaning, and when it is null."""

    name: str
    dtype: pl.DataType
    unit: str
    meaning: str
    null: str


def _count_column(name: str) -> Column:
    return Column(name, pl.Int64(), "count", f"total {name} at that instant", "no value at that instant")


def _latest_column(name: str) -> Column:
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
    *(_count_column(name) for name in COUNTS),
)

VIDEOS: Final = (
    Column("video_id", pl.String(), "", "the service's id of the video", "never"),
    Column("external_video_id", pl.String(), "", "the platform's own id", "absent, null or rejected"),
    Column("platform", pl.String(), "", "TikTok, YouTube, Instagram, or what the service adds", "absent or null"),
    Column("title", pl.String(), "", "title or caption, untrusted text", 'absent, null or "Untitled"'),
    Column("thumbnail_url", pl.String(), "", "address of the thumbnail", "absent, null or rejected"),
    Column("status", pl.String(), "", "active, completed or failed", "unless requested: no field of the answer"),
    Column("created_at", Instant, "UTC", "when tracking began, not publication", "absent, null or rejected"),
    Column(
        "published_at",
        Instant,
        "UTC",
        "publication, from the platform's id",
        "the id carries no time (YouTube)",
    ),
    Column("stats_last_updated", Instant, "UTC", "when the counts were last read", "absent, null or rejected"),
    *(_latest_column(name) for name in COUNTS),
    Column("er_reported_pct", pl.Float64(), "%", "`er` as the answer reports it", "absent, null or rejected"),
    Column("cpm_reported", pl.Float64(), "per 1000 views", "`cpm` as reported", "absent, null, rejected or 0"),
)

REJECTED: Final = (
    Column("video_id", pl.String(), "", "the video", "the answer has no usable id"),
    Column("field", pl.String(), "", "`stats.views`, `created_at`, ...", "never"),
    Column("raw_timestamp", pl.String(), "", "the key as received", "the field has no timestamps"),
    Column("raw_value", pl.String(), "", "the value as JSON", "never"),
    Column("reason", pl.String(), "", "a name from `REASONS`", "never"),
    Column("page", pl.Int64(), "", "number of the answer, from 0", "never"),
)

FRAME: Final = (*STATS, *(column for column in VIDEOS if column.name != "video_id"))

REASONS: Final = {
    "bad_timestamp": "The timestamp is an impossible date, or is not written as date, time and offset.",
    "no_offset": "The timestamp has no offset from UTC, so its instant is unknown.",
    "not_a_count": "The count is no whole number, but a fraction, text, boolean, list or object.",
    "negative": "The count is below zero.",
    "out_of_range": "The number exceeds 64 bits, or is so large that JSON lost some of its digits.",
    "conflict": "The same instant or field has two values; of spellings, the first in text order is kept.",
    "superseded": "A later answer about the same video does not repeat this value; of a field, the later one is kept.",
    "not_a_map": "The value should map timestamps to counts, or metrics to maps, but is no map.",
    "not_text": "The field should be a text.",
    "not_a_number": "The field should be a finite number.",
    "no_video_id": "The video has no id, so its values cannot be assigned.",
    "not_an_object": "The item of the list is no JSON object.",
}


def dtypes(table: tuple[Column, ...]) -> dict[str, pl.DataType]:
    """Return the polars schema of a table.

    Examples
    --------
    >>> dtypes(STATS)["views"]
    Int64
    """
    return {column.name: column.dtype for column in table}


def empty(table: tuple[Column, ...]) -> pl.DataFrame:
    """Return a frame with a table's columns and no rows.

    Examples
    --------
    >>> empty(STATS).columns
    ['video_id', 'timestamp', 'views', 'likes', 'comments', 'reposts']
    """
    return pl.DataFrame(schema=dtypes(table))


def check(frame: pl.DataFrame, table: tuple[Column, ...], name: str) -> pl.DataFrame:
    """Return the frame if it has exactly the columns and types of the table; raise otherwise.

    Parameters
    ----------
    frame : polars.DataFrame
    table : tuple of Column
    name : str
        The name of the frame in messages.

    Returns
    -------
    polars.DataFrame
        The same frame.

    Raises
    ------
    MissingColumnError
        If columns are missing.
    FrameError
        If there are additional columns, or types or the order differ.

    Examples
    --------
    >>> check(empty(STATS).drop("views"), STATS, "stats")
    Traceback (most recent call last):
    ...
    influtics_lab.errors.MissingColumnError: stats lacks the column 'views'.
    """
    expected, found = dtypes(table), dict(frame.schema)
    if missing := [column for column in expected if column not in found]:
        raise MissingColumnError(f"{name} lacks {name_columns(missing)}.", missing=missing)
    if wrong := [
        f"{column} is {found[column]}, not {dtype}" for column, dtype in expected.items() if found[column] != dtype
    ]:
        raise FrameError(f"{name} has wrong types: {'; '.join(wrong)}.")
    if list(found) != list(expected):
        raise FrameError(f"{name} has the columns {list(found)}; expected {list(expected)}.")
    return frame


def describe(table: tuple[Column, ...]) -> ReferenceTable:
    """Return the column dictionary of a table as a frame.

    Examples
    --------
    >>> describe(STATS).columns
    ['name', 'type', 'unit', 'meaning', 'null']
    """
    rows = [(c.name, str(c.dtype), c.unit, c.meaning, c.null) for c in table]
    return ReferenceTable(rows, schema=["name", "type", "unit", "meaning", "null"], orient="row")


def columns() -> ReferenceTable:
    """Return the columns of the joined frame, which `load_stats` and `Snapshot.frame` return.

    Returns
    -------
    ReferenceTable
        A DataFrame that shows whole texts: ``name``, ``type``, ``unit``, ``meaning``, and ``null`` (when it is null).
        `definitions` has the columns that metrics add.

    Examples
    --------
    >>> columns().filter(name="views").select("unit", "meaning").rows()
    [('count', 'total views at that instant')]
    """
    return describe(FRAME)


if not TYPE_CHECKING:  # a type checker should refuse other names

    def __getattr__(name: str) -> object:
        if name == "PLATFORMS":
            raise AttributeError("schema.PLATFORMS is now influtics_lab.platforms.PLATFORMS, whose keys are the names.")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
