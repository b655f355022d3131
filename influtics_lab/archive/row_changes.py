"""Which rows a snapshot changes in an archive, and which rows are valid as of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from influtics_lab.archive.archive_tables import TABLES, Table
from influtics_lab.archive.repeated_fields import fold_repeated_fields, unfold_repeated_fields
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
        Whether it was added before, so that nothing was done.
    changes : dict
        For each table (``videos``, ``stats``, ``rejected``) how many rows were ``new``, ``changed`` and ``removed``.
        The readings of a removed video are not counted.
    """

    number: int
    already_there: bool
    changes: dict[str, dict[str, int]]

    def __str__(self) -> str:
        if self.already_there:
            return f"snapshot {self.number} is already there"
        texts = []
        for table, word in (("videos", "videos"), ("stats", "readings"), ("rejected", "rejected values")):
            if counts := [f"{number:,} {what}" for what, number in self.changes[table].items() if number]:
                texts.append(f"{word}: {', '.join(counts)}")
        return f"snapshot {self.number}: {'; '.join(texts) or 'nothing changed'}"


def latest_versions(stored: pl.LazyFrame, table: Table, number: int) -> pl.LazyFrame:
    """Return the latest version of each row as of a snapshot's number, removed rows included."""
    newest = pl.col("snapshot").max().over(*table.key)
    return stored.filter(pl.col("snapshot") <= number).filter(pl.col("snapshot") == newest)


def visible_rows(known: Mapping[str, pl.DataFrame]) -> Rows:
    """Return the three frames of a snapshot: without rows of removed videos, sorted as in every snapshot."""
    videos_now = unfold_repeated_fields(known["videos"].lazy(), known["stats"].lazy(), list(dtypes(VIDEOS)))
    videos = videos_now.collect().sort("video_id")
    ids = videos["video_id"].implode()
    rejected = known["rejected"].filter(pl.col("video_id").is_in(ids) | pl.col("video_id").is_null())
    stats = known["stats"].filter(pl.col("video_id").is_in(ids))
    return {
        "videos": videos,
        "stats": stats.select(dtypes(STATS).keys()).sort("video_id", "timestamp").rechunk(),
        "rejected": rejected.select(dtypes(REJECTED).keys()).sort(*TABLES["rejected"].key[:-1], nulls_last=True),
    }


def query_filter(query: Mapping[str, Any]) -> pl.Expr:
    """Return the filter of a query as an expression; null counts as no match."""
    conditions = [pl.col(name) == query[name] for name in ("platform", "status") if query[name] is not None]
    return pl.all_horizontal(pl.lit(value=True), *conditions).fill_null(value=False)


def comparable_rows(snapshot: Snapshot) -> Rows:
    """Return a snapshot's rows in the form in which the archive compares them."""
    identity = TABLES["rejected"].key[:-1]
    numbered = snapshot.rejected.with_columns(nth=pl.int_range(pl.len()).over(*identity).cast(pl.Int64))
    videos = fold_repeated_fields(snapshot.videos, snapshot.stats)
    return {"videos": videos, "stats": snapshot.stats, "rejected": numbered}


def find_changes(known: Mapping[str, pl.DataFrame], new: Mapping[str, pl.DataFrame], query: Mapping[str, Any]) -> Rows:
    """Return the rows that a snapshot adds: new, changed, or removed within its query.

    Parameters
    ----------
    known : mapping of str to polars.DataFrame
        The latest version of each row that was not removed; readings of removed videos are included.
    new : mapping of str to polars.DataFrame
        As from ``comparable_rows``.
    query : mapping

    Returns
    -------
    dict of str to polars.DataFrame
        With the columns of a stored table but ``snapshot`` and ``seen_at``, sorted by key.
    """
    return {name: _find_table_changes(name, known[name], new, query) for name in TABLES}


def _find_table_changes(
    name: str, known: pl.DataFrame, new: Mapping[str, pl.DataFrame], query: Mapping[str, Any]
) -> pl.DataFrame:
    table, rows = TABLES[name], new[name]
    columns = dtypes(table.columns)
    added = rows.join(known, on=[*table.key, *table.compared], how="anti", nulls_equal=True)
    expected = known.filter(_expected_rows(name, new["videos"]["video_id"], query))
    missing = expected.join(rows, on=table.key, how="anti", nulls_equal=True).select(table.key)
    both = [added.with_columns(removed=pl.lit(value=False)), missing.with_columns(removed=pl.lit(value=True))]
    combined = pl.concat([pl.DataFrame(schema={**columns, "removed": pl.Boolean}), *both], how="diagonal")
    return combined.sort(table.key, nulls_last=True)


def _expected_rows(name: str, ids: pl.Series, query: Mapping[str, Any]) -> pl.Expr:
    """Return as an expression which known rows the snapshot must repeat unless they were removed."""
    if name == "videos":
        return query_filter(query)
    expected = pl.col("video_id").is_in(ids.implode()).fill_null(value=False)
    is_unfiltered = query["platform"] is None and query["status"] is None
    return expected | pl.col("video_id").is_null() if name == "rejected" and is_unfiltered else expected


def apply_changes(known: Mapping[str, pl.DataFrame], changed: Mapping[str, pl.DataFrame]) -> Rows:
    """Return the known rows after the changes."""
    after = {}
    for name, table in TABLES.items():
        unchanged = known[name].join(changed[name], on=table.key, how="anti", nulls_equal=True)
        added = changed[name].filter(~pl.col("removed"))
        columns = dtypes(table.columns).keys()
        after[name] = pl.concat([unchanged.select(columns), added.select(columns)])
    return after


def count_changes(known: Mapping[str, pl.DataFrame], changed: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, int]]:
    """Count the rows of each table that are new, changed and removed."""
    counts = {}
    for name, table in TABLES.items():
        removed = int(changed[name]["removed"].sum())
        written = changed[name].filter(~pl.col("removed"))
        replaced = written.join(known[name], on=table.key, how="semi", nulls_equal=True).height
        counts[name] = {"new": written.height - replaced, "changed": replaced, "removed": removed}
    return counts
