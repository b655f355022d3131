"""Merge the frames of many answers: each video once, from its last answer; superseded values are rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

import numpy as np
import polars as pl

from influtics_lab.api.decode import ACCOUNTS, UNKNOWN, Frames, decode_videos
from influtics_lab.api.stats_maps import POINT
from influtics_lab.api.timestamps import Integers
from influtics_lab.schema import COUNTS, REJECTED, STATS, VIDEOS, empty


def decode_answer(items: Sequence[Any], page: int = 0) -> Frames:
    """Decode the videos of one answer; of a video that occurs twice, the last occurrence wins.

    Examples
    --------
    >>> twice = [{"video_id": "a", "title": "old"}, {"video_id": "a", "title": "new"}]
    >>> decode_answer(twice).videos["title"].to_list()
    ['new']
    """
    occurrences: Counter[str] = Counter()
    layers: list[list[Any]] = [[]]
    for item in items:
        name = item.get("video_id") if isinstance(item, dict) else None
        nth = occurrences[name] if isinstance(name, str) else 0
        if isinstance(name, str):
            occurrences[name] += 1
        if nth == len(layers):
            layers.append([])
        layers[nth].append(item)
    answers = [decode_videos(layer, page) for layer in layers]
    return answers[0] if len(answers) == 1 else merge_answers(answers)


def merge_answers(answers: Sequence[Frames]) -> Frames:
    """Merge the frames of many answers, sorted.

    Parameters
    ----------
    answers : sequence of Frames
        In the order of receipt. A video that is in several answers is kept from the last one.

    Returns
    -------
    Frames
        ``videos`` by ``video_id``; ``stats`` by ``video_id, timestamp``, unique on both; ``rejected`` by video, field,
        timestamp, value. A point of an earlier answer that the later one does not repeat is rejected as
        ``superseded``; a repeated point counts once.

    Examples
    --------
    >>> one = decode_videos([{"video_id": "a", "stats": {"views": {"2025-06-30 08:00:00+00": 5}}}], page=0)
    >>> two = decode_videos([{"video_id": "a", "stats": {"views": {"2025-06-30 08:00:00+00": 6}}}], page=1)
    >>> merged = merge_answers([one, two])
    >>> merged.stats["views"].to_list(), merged.rejected.select("raw_value", "reason").rows()
    ([6], [('5', 'superseded')])
    """
    last = {name: n for n, frames in enumerate(answers) for name in frames.videos["video_id"]}
    videos, stale_videos = _split_stale([empty(VIDEOS), *(frames.videos for frames in answers)], last)
    rejected, stale_rejected = _split_stale([empty(REJECTED), *(frames.rejected for frames in answers)], last)
    accounts, stale_accounts = _split_stale(
        [pl.DataFrame(schema=ACCOUNTS), *(frames.accounts for frames in answers)], last
    )
    unknown, _ = _split_stale([pl.DataFrame(schema=UNKNOWN), *(frames.unknown for frames in answers)], last)
    rejected, accounts = _count_orphans_once(rejected, accounts)
    stats, stale_stats = _split_stale_readings(answers, last)
    if stale_videos.height:
        stale = Frames(stale_videos, stale_stats, stale_rejected, stale_accounts)
        superseded = _reject_superseded(stale, stats, rejected)
        rejected, accounts = pl.concat([rejected, superseded]), pl.concat([accounts, _accounts_of(superseded)])
    return Frames(
        videos=videos.sort("video_id"),
        stats=stats,
        rejected=rejected.sort(*_IDENTITY, "reason", "page", nulls_last=True),
        accounts=accounts,
        unknown=unknown,
    )


_IDENTITY: Final = ("video_id", "field", "raw_timestamp", "raw_value")


def _count_orphans_once(rejected: pl.DataFrame, accounts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Count values without a video as often as a single answer had them: neighbouring answers overlap."""
    orphans = rejected.filter(pl.col("video_id").is_null())
    if orphans.is_empty():
        return rejected, accounts
    same = [*_IDENTITY, "reason"]
    nth = pl.int_range(pl.len()).over(*same, "page")
    orphans = orphans.sort("page").with_columns(nth=nth).unique([*same, "nth"], keep="first").drop("nth")
    rejected = pl.concat([rejected.filter(pl.col("video_id").is_not_null()), orphans])
    return rejected, pl.concat([accounts.filter(pl.col("video_id").is_not_null()), _accounts_of(orphans)])


def _split_stale(parts: list[pl.DataFrame], last: Mapping[str, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Concatenate a table of all answers and split it into current rows and rows that a later answer replaces."""
    combined = pl.concat(parts)
    answers = np.repeat(np.arange(-1, len(parts) - 1), [part.height for part in parts])
    stale = _is_stale(combined["video_id"], answers, last)
    return combined.filter(~stale), combined.filter(stale)


def _is_stale(ids: pl.Series, answers: Integers, last: Mapping[str, int]) -> pl.Series:
    """Return for each id and number of an answer whether a later answer has the same video."""
    latest = ids.replace_strict(dict(last), default=None, return_dtype=pl.Int64)
    return (latest > pl.Series(answers)).fill_null(value=False)


def _split_stale_readings(answers: Sequence[Frames], last: Mapping[str, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split readings into current and stale ones, as ``_split_stale`` does, but without sorting rows.

    The readings of a video are one slice of its answer's, so only slices are sorted. Stale readings get a column
    ``page``.
    """
    latest: list[tuple[str, pl.DataFrame]] = []
    stale: list[pl.DataFrame] = []
    for n, frames in enumerate(answers):
        names, ids = frames.videos["video_id"].sort(), frames.stats["video_id"]
        starts, ends = ids.search_sorted(names, "left"), ids.search_sorted(names, "right")
        for name, start, end in zip(names, starts, ends, strict=True):
            readings = frames.stats.slice(start, end - start)
            if last[name] == n:
                latest.append((name, readings))
            else:
                stale.append(readings.with_columns(page=pl.lit(frames.accounts["page"][0], pl.Int64)))
    latest.sort(key=itemgetter(0))
    current = pl.concat([empty(STATS), *(readings for _, readings in latest)], rechunk=True)
    return current, pl.concat([empty(STATS).with_columns(page=pl.lit(0, pl.Int64)), *stale])


def _reject_superseded(stale: Frames, stats: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """Return the values of earlier answers that no later answer repeats, each once, as rejected rows."""
    later = stats.filter(pl.col("video_id").is_in(stale.videos["video_id"].unique().implode()))
    differing = stale.stats.join(later, on=stats.columns, how="anti", nulls_equal=True)
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
    fields = stale.rejected.join(rejected, on=_IDENTITY, how="anti", nulls_equal=True)
    values = pl.concat([superseded, fields.with_columns(reason=pl.lit("superseded"))])
    return values.sort("page").unique(_IDENTITY, keep="first")


def _accounts_of(rejected: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts of rejected points."""
    points = rejected.filter(pl.col("field").str.starts_with(POINT)).group_by("video_id", "page")
    return points.agg(received=pl.len().cast(pl.Int64), duplicates=pl.lit(0, pl.Int64))


def _to_points(stats: pl.DataFrame) -> pl.DataFrame:
    """Return readings in long form: one point per row."""
    others = [name for name in stats.columns if name not in COUNTS]
    long = stats.unpivot(COUNTS, index=others, variable_name="field").drop_nulls("value")
    return long.with_columns(field=POINT + pl.col("field"))
