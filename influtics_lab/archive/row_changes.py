"""What a snapshot changes in an archive, and what the archive knew as of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from influtics_lab.archive.archive_tables import TABLES, Table
from influtics_lab.archive.repeated_rejections import folded, unfolded
from influtics_lab.schema import REJECTED, STATS, VIDEOS, dtypes
from influtics_lab.snapshot import Snapshot

Rows = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Added:
    """What one ``add`` did.

    Parameters
    ----------
    number : int
        The snapshot's number in the archive, from 1.
    already_there : bool
        It was added before, so nothing was done.
    changes : dict
        For each table (``videos``, ``stats``, ``rejected``) how many rows were ``new``, ``changed`` and ``removed``.
        With a removed video go its readings, which are not counted.
    """

    number: int
    already_there: bool
    changes: dict[str, dict[str, int]]

    def __str__(self) -> str:
        if self.already_there:
            return f"snapshot {self.number} is already there"
        counted = []
        for table, word in (("videos", "videos"), ("stats", "readings"), ("rejected", "rejected values")):
            parts = [f"{number:,} {what}" for what, number in self.changes[table].items() if number]
            counted += [f"{word}: {', '.join(parts)}"] if parts else []
        return f"snapshot {self.number}: {'; '.join(counted) or 'nothing changed'}"


def latest(stored: pl.LazyFrame, table: Table, number: int) -> pl.LazyFrame:
    """Give each row's latest version that a snapshot up to this number brought, tombstones included."""
    newest = pl.col("snapshot").max().over(*table.key)
    return stored.filter(pl.col("snapshot") <= number).filter(pl.col("snapshot") == newest)


def live(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Leave the tombstones out."""
    return rows.filter(~pl.col("removed"))


def visible(held: Mapping[str, pl.DataFrame]) -> Rows:
    """Give the three frames that a snapshot would have: nothing of videos that are gone, sorted as always."""
    whole = unfolded(held["videos"].lazy(), held["stats"].lazy(), list(dtypes(VIDEOS)))
    videos = whole.collect().sort("video_id")
    ids = videos["video_id"].implode()
    rejected = held["rejected"].filter(pl.col("video_id").is_in(ids) | pl.col("video_id").is_null())
    stats = held["stats"].filter(pl.col("video_id").is_in(ids))
    return {
        "videos": videos,
        "stats": stats.select(dtypes(STATS).keys()).sort("video_id", "timestamp").rechunk(),
        "rejected": rejected.select(dtypes(REJECTED).keys()).sort(*TABLES["rejected"].key[:-1], nulls_last=True),
    }


def within(query: Mapping[str, Any]) -> pl.Expr:
    """Say which videos a query asks for; those of which that is not known are not among them."""
    asked = [pl.col(name) == query[name] for name in ("platform", "status") if query[name] is not None]
    return pl.all_horizontal(pl.lit(value=True), *asked).fill_null(value=False)


def incoming(snapshot: Snapshot) -> Rows:
    """Give a snapshot's rows as the archive compares them."""
    identity = TABLES["rejected"].key[:-1]
    numbered = snapshot.rejected.with_columns(nth=pl.int_range(pl.len()).over(*identity).cast(pl.Int64))
    videos = folded(snapshot.videos, snapshot.stats)
    return {"videos": videos, "stats": snapshot.stats, "rejected": numbered}


def changes(held: Mapping[str, pl.DataFrame], new: Mapping[str, pl.DataFrame], query: Mapping[str, Any]) -> Rows:
    """Find the rows that a snapshot adds to what is held: new, changed, or gone within its query.

    Parameters
    ----------
    held : mapping of str to polars.DataFrame
        The latest version of each row, without tombstones. Readings of a video that is gone are still among them.
    new : mapping of str to polars.DataFrame
        What ``incoming`` gave.
    query : mapping

    Returns
    -------
    dict of str to polars.DataFrame
        With the columns of a stored table but ``snapshot`` and ``seen_at``, sorted by key.
    """
    return {name: _changed(name, held[name], new, query) for name in TABLES}


def _changed(name: str, held: pl.DataFrame, new: Mapping[str, pl.DataFrame], query: Mapping[str, Any]) -> pl.DataFrame:
    table, rows = TABLES[name], new[name]
    columns = dtypes(table.columns)
    fresh = rows.join(held, on=[*table.key, *table.compared], how="anti", nulls_equal=True)
    expected = held.filter(_expected(name, new["videos"]["video_id"], query))
    gone = expected.join(rows, on=table.key, how="anti", nulls_equal=True).select(table.key)
    both = [fresh.with_columns(removed=pl.lit(value=False)), gone.with_columns(removed=pl.lit(value=True))]
    whole = pl.concat([pl.DataFrame(schema={**columns, "removed": pl.Boolean}), *both], how="diagonal")
    return whole.sort(table.key, nulls_last=True)


def _expected(name: str, ids: pl.Series, query: Mapping[str, Any]) -> pl.Expr:
    """Say which of the held rows the snapshot would repeat if they were still there."""
    if name == "videos":
        return within(query)
    expected = pl.col("video_id").is_in(ids.implode()).fill_null(value=False)
    whole = query["platform"] is None and query["status"] is None
    return expected | pl.col("video_id").is_null() if name == "rejected" and whole else expected


def applied(held: Mapping[str, pl.DataFrame], changed: Mapping[str, pl.DataFrame]) -> Rows:
    """Give what is held after the changes."""
    after = {}
    for name, table in TABLES.items():
        kept = held[name].join(changed[name], on=table.key, how="anti", nulls_equal=True)
        now = changed[name].filter(~pl.col("removed"))
        columns = dtypes(table.columns).keys()
        after[name] = pl.concat([kept.select(columns), now.select(columns)])
    return after


def counted(held: Mapping[str, pl.DataFrame], changed: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, int]]:
    """Count the rows that are new, changed and removed."""
    out = {}
    for name, table in TABLES.items():
        removed = int(changed[name]["removed"].sum())
        fresh = changed[name].filter(~pl.col("removed"))
        known = fresh.join(held[name], on=table.key, how="semi", nulls_equal=True).height
        out[name] = {"new": fresh.height - known, "changed": known, "removed": removed}
    return out


def frames(parts: Iterable[tuple[str, pl.LazyFrame]]) -> Rows:
    """Read several lazy frames at once."""
    names, lazy = zip(*parts, strict=True)
    return dict(zip(names, pl.collect_all(lazy), strict=True))
