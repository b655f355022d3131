"""Decode all answers of a read: each video once, from its last answer; superseded values are rejected."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from influtics_lab.api.decode import UNKNOWN, Batch, Decoded, Frames
from influtics_lab.api.stats_maps import POINT
from influtics_lab.api.timestamps import Booleans
from influtics_lab.schema import COUNTS, REJECTED, STATS, dtypes

_BATCH_ITEMS: Final = 2_000
_REJECTED: Final = list(dtypes(REJECTED))
_IDENTITY: Final = ("video_id", "field", "raw_timestamp", "raw_value")


class AnswerDecoder:
    """Decodes answers as they arrive. Several threads can use it at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batch = Batch()
        self._parts: list[Decoded] = []

    def add(self, items: Sequence[Any], page: int = 0) -> int:
        """Add the items of an answer with its number, and return how many readings it has.

        Invalid items and values go to ``rejected``; nothing raises.
        """
        with self._lock:
            readings = self._batch.add(items, page)
            if len(self._batch.ids) >= _BATCH_ITEMS:
                self._decode_batch()
            return readings

    def finish(self, *, with_superseded: bool = True, in_order: bool = False) -> Frames:
        """Return the frames of all answers, which are released: call it once.

        Parameters
        ----------
        with_superseded : bool
            Reject the values of earlier answers that the last answer with the video does not repeat, as ``superseded``.
            Otherwise leave them out.
        in_order : bool
            Leave ``videos`` and ``rejected`` in the order of receipt.

        Returns
        -------
        Frames
            ``videos`` by ``video_id``; ``stats`` by ``video_id, timestamp``, unique on both; ``rejected`` by video,
            field, timestamp, value. A video in several answers is kept from the last one; a repeated point counts once.

        Examples
        --------
        >>> decoder = AnswerDecoder()
        >>> for page, views in enumerate([5, 6]):
        ...     readings = decoder.add([{"video_id": "a", "stats": {"views": {"2025-06-30 08:00:00+00": views}}}], page)
        >>> frames = decoder.finish()
        >>> frames.stats["views"].to_list(), frames.rejected.select("raw_value", "reason").rows()
        ([6], [('5', 'superseded')])
        """
        with self._lock:
            self._decode_batch()
            merged, self._parts = _concat_parts(self._parts), []
        items, videos, readings = merged.items, merged.videos.get_columns(), merged.stats.get_columns()
        all_rejected, all_unknown = merged.rejected, merged.unknown
        del merged  # so that each column is released once its rows are gathered
        ids = items["video_id"]
        is_last, has_id = (ids.is_null() | ids.is_last_distinct()).to_numpy(), ids.is_not_null().to_numpy()
        rejected = _select_items(all_rejected, items, is_last, _REJECTED)
        received, duplicates = (int(items[name].filter(is_last & has_id).sum()) for name in ("received", "duplicates"))
        if not has_id.all():
            rejected, orphans = _list_orphans_once(rejected)
            received += _count_points(orphans)
        if with_superseded and not is_last.all():
            several = np.flatnonzero(ids.is_duplicated().to_numpy() & has_id)
            repeated = items[several].hstack([pl.Series("is_last", is_last[several])])
            values = _find_superseded(
                _gather_readings([*readings], repeated, ["video_id", "page", "is_last"]),
                _select_items(all_rejected, items, ~is_last, _REJECTED),
                rejected,
            )
            rejected = pl.concat([rejected, values])
            received += _count_points(values)
        if not in_order:
            rejected = rejected.sort(*_IDENTITY, "reason", "page", nulls_last=True)
        unknown = _select_items(all_unknown, items, is_last, list(UNKNOWN))
        current = items[np.flatnonzero(is_last & has_id), ["video_id", "readings", "start"]]
        del items, ids
        by_id = current["video_id"].arg_sort()
        stats = _gather_readings(readings, current[by_id], ["video_id"])
        rows = np.flatnonzero(is_last[has_id])
        return Frames(
            videos=_gather_rows(videos, rows if in_order else rows[by_id.to_numpy()]),
            stats=stats,
            rejected=rejected,
            received=received,
            duplicates=duplicates,
            unknown=unknown,
        )

    def _decode_batch(self) -> None:
        if self._batch.ids or not self._parts:
            self._parts.append(self._batch.decode())
            self._batch = Batch()


def decode_answer(items: Sequence[Any], page: int = 0) -> Frames:
    """Decode the items of one answer; ``videos`` keep its order.

    Examples
    --------
    >>> views = {"2025-06-30 08:26:03.73+00": 1900000, "2025-06-31 08:26:03.73+00": 2000000}
    >>> frames = decode_answer([{"video_id": "a", "platform": "TikTok", "stats": {"views": views}}])
    >>> frames.stats.select("video_id", "views", "likes").rows()
    [('a', 1900000, None)]
    >>> frames.rejected.select("field", "raw_timestamp", "raw_value", "reason").rows()
    [('stats.views', '2025-06-31 08:26:03.73+00', '2000000', 'bad_timestamp')]
    >>> frames.count_points()
    {'received': 2, 'kept': 1, 'rejected': 1, 'duplicates': 0}
    """
    decoder = AnswerDecoder()
    decoder.add(items, page)
    return decoder.finish(in_order=True)


def _concat_parts(parts: Sequence[Decoded]) -> Decoded:
    """Concatenate the tables of batches without copying them; ``item`` and ``start`` count through all of them."""
    tables: dict[str, list[pl.DataFrame]] = {table.name: [] for table in fields(Decoded)}
    before = 0
    for part in parts:
        for name, frames in tables.items():
            frame: pl.DataFrame = getattr(part, name)
            frames.append(
                frame.with_columns(pl.col("item") + before) if frame.height and "item" in frame.columns else frame
            )
        before += part.items.height
    merged = Decoded(**{name: pl.concat(frames) for name, frames in tables.items()})
    start = merged.items["readings"].cum_sum() - merged.items["readings"]
    return replace(merged, items=merged.items.hstack([start.alias("start")]).rechunk())


def _select_items(table: pl.DataFrame, items: pl.DataFrame, mask: Booleans, columns: Sequence[str]) -> pl.DataFrame:
    """Return the rows of the items that a mask selects, with the columns of these items."""
    if table.is_empty():
        schema = dtypes(REJECTED) | UNKNOWN
        return pl.DataFrame(schema={name: schema[name] for name in columns})
    rows = table.filter(mask[table["item"].to_numpy()])
    return pl.concat([items[rows["item"]], rows], how="horizontal").select(columns)


def _gather_readings(columns: list[pl.Series], items: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return the readings of items, one item after another, with columns of theirs: no row is sorted."""
    runs = items["readings"].to_numpy().astype(np.uint32)
    before = np.cumsum(runs, dtype=np.uint32) - runs
    rows = np.repeat(items["start"].to_numpy().astype(np.uint32) - before, runs)  # modulo 2 to the 32
    rows += np.arange(len(rows), dtype=np.uint32)
    owners = items[np.repeat(np.arange(len(runs), dtype=np.uint32), runs), names]
    return pl.concat([owners, _gather_rows(columns, rows)], how="horizontal")


def _gather_rows(columns: list[pl.Series], rows: NDArray[Any]) -> pl.DataFrame:
    """Return rows by number, one column after another, which are removed from the list: that needs less memory."""
    index, gathered = pl.Series(rows, dtype=pl.UInt32), []
    while columns:
        column = columns.pop(0)
        gathered.append((column.rechunk() if len(rows) > len(column) // 2 else column).to_frame()[index])
    return pl.concat(gathered, how="horizontal")


def _list_orphans_once(rejected: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return all rows, and those without a video: these as often as a single answer had them, as answers overlap."""
    is_orphan = pl.col("video_id").is_null()
    same = [*_IDENTITY, "reason"]
    nth = pl.int_range(pl.len()).over(*same, "page")
    orphans = rejected.filter(is_orphan).with_columns(nth=nth).sort("page", maintain_order=True)
    orphans = orphans.unique([*same, "nth"], keep="first", maintain_order=True).drop("nth")
    return pl.concat([rejected.filter(~is_orphan), orphans]), orphans


def _find_superseded(readings: pl.DataFrame, stale_rejected: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """Return the values of earlier answers that the last one does not repeat, each once, as rejected rows.

    Parameters
    ----------
    readings : polars.DataFrame
        Those of videos in several answers, with ``page`` and ``is_last``.
    stale_rejected, rejected : polars.DataFrame
        The rejected values of earlier answers, and those of the last one.
    """
    later, stale = readings.filter("is_last"), readings.filter(~pl.col("is_last"))
    differing = stale.join(later, on=list(dtypes(STATS)), how="anti", nulls_equal=True)
    if differing.is_empty() and stale_rejected.is_empty():
        return stale_rejected
    later = later.join(differing, on=["video_id", "timestamp"], how="semi")
    points = _to_points(differing).join(_to_points(later), on=["video_id", "field", "timestamp", "value"], how="anti")
    superseded = points.select(
        "video_id",
        "field",
        raw_timestamp=pl.col("timestamp").dt.strftime("%Y-%m-%d %H:%M:%S%.6f+00"),
        raw_value=pl.col("value").cast(pl.String),
        reason=pl.lit("superseded"),
        page="page",
    )
    values = stale_rejected.join(rejected, on=_IDENTITY, how="anti", nulls_equal=True)
    values = pl.concat([superseded, values.with_columns(reason=pl.lit("superseded"))])
    return values.sort("page").unique(_IDENTITY, keep="first")


def _count_points(rejected: pl.DataFrame) -> int:
    """Return how many of the rejected rows are points."""
    return int(rejected["field"].str.starts_with(POINT).sum())


def _to_points(stats: pl.DataFrame) -> pl.DataFrame:
    """Return readings in long form: one point per row."""
    others = [name for name in stats.columns if name not in COUNTS]
    long = stats.unpivot(COUNTS, index=others, variable_name="field").drop_nulls("value")
    return long.with_columns(field=POINT + pl.col("field"))
