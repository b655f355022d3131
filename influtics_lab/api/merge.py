"""Many answers made one: each video once, the later answer winning, and nothing dropped without a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from influtics_lab.api.decode import ACCOUNTS, POINT, Frames, decode
from influtics_lab.schema import COUNTS, REJECTED, STATS, VIDEOS, dtypes, empty


def decode_answer(items: Sequence[Any], page: int = 0) -> Frames:
    """Decode the videos of one answer, of which one may even stand there twice: the last one wins.

    Examples
    --------
    >>> twice = [{"video_id": "a", "title": "old"}, {"video_id": "a", "title": "new"}]
    >>> decode_answer(twice).videos["title"].to_list()
    ['new']
    """
    seen: Counter[str] = Counter()
    layers: list[list[Any]] = [[]]
    for item in items:
        name = item.get("video_id") if isinstance(item, dict) else None
        nth = seen[name] if isinstance(name, str) else 0
        if isinstance(name, str):
            seen[name] += 1
        if nth == len(layers):
            layers.append([])
        layers[nth].append(item)
    answers = [decode(layer, page) for layer in layers]
    return answers[0] if len(answers) == 1 else merge(answers)


def merge(answers: Sequence[Frames]) -> Frames:
    """Make the frames of many answers one, sorted.

    Parameters
    ----------
    answers : sequence of Frames
        In the order in which they came: of a video that is in several, the last one is kept.

    Returns
    -------
    Frames
        ``videos`` by ``video_id``; ``stats`` by ``video_id, timestamp``, unique on both; ``rejected`` by video, field,
        timestamp, value. A point of an earlier answer that the later one does not repeat is rejected as
        ``superseded``; one that it repeats counts once.

    Examples
    --------
    >>> one = decode([{"video_id": "a", "stats": {"views": {"2025-06-30 08:00:00+00": 5}}}], page=0)
    >>> two = decode([{"video_id": "a", "stats": {"views": {"2025-06-30 08:00:00+00": 6}}}], page=1)
    >>> merged = merge([one, two])
    >>> merged.stats["views"].to_list(), merged.rejected.select("raw_value", "reason").rows()
    ([6], [('5', 'superseded')])
    """
    parts = [*answers]
    repeated = _repeated(answers)
    if repeated.height:
        parts = _supersede(answers, repeated)
    unknown: Counter[str] = Counter()
    for frames in parts:
        unknown.update(frames.unknown_metrics)
    rejected = pl.concat([empty(REJECTED), *(frames.rejected for frames in parts)])
    return Frames(
        videos=pl.concat([empty(VIDEOS), *(frames.videos for frames in parts)]).sort("video_id"),
        stats=pl.concat([empty(STATS), *(frames.stats for frames in parts)]).sort("video_id", "timestamp").rechunk(),
        rejected=rejected.sort(*_IDENTITY, "reason", "page", nulls_last=True),
        accounts=pl.concat([pl.DataFrame(schema=ACCOUNTS), *(frames.accounts for frames in parts)]),
        unknown_metrics=dict(sorted(unknown.items())),
    )


_IDENTITY: Final = ("video_id", "field", "raw_timestamp", "raw_value")


def _repeated(answers: Sequence[Frames]) -> pl.DataFrame:
    """Give the ids that are in more than one answer, and the position of the last one of them."""
    ids = [frames.videos.select("video_id", last=pl.lit(n, pl.Int64)) for n, frames in enumerate(answers)]
    table = pl.concat([pl.DataFrame(schema={"video_id": pl.String, "last": pl.Int64}), *ids])
    return table.filter(pl.col("video_id").is_duplicated()).group_by("video_id").agg(pl.col("last").max())


def _supersede(answers: Sequence[Frames], repeated: pl.DataFrame) -> list[Frames]:
    """Leave each repeated video in its last answer only, and add what that one does not repeat, rejected."""
    parts, stale, current = [], [], []
    for n, frames in enumerate(answers):
        here = repeated.filter(pl.col("video_id").is_in(frames.videos["video_id"].implode()))
        earlier, latest = here.filter(pl.col("last") > n)["video_id"], here.filter(pl.col("last") == n)["video_id"]
        parts.append(_pick(frames, earlier, keep=False))
        stale.append(_pick(frames, earlier, keep=True))
        current.append(_pick(frames, latest, keep=True))
    points = pl.concat([_points(frames) for frames in stale])
    later_points = pl.concat([_points(frames) for frames in current])
    gone = points.join(later_points, on=["video_id", "field", "timestamp", "value"], how="anti")
    rejected = pl.concat([frames.rejected for frames in stale])
    later = pl.concat([frames.rejected for frames in current])
    others = rejected.join(later, on=_IDENTITY, how="anti", nulls_equal=True)
    return [*parts, _superseded(pl.concat([gone.select(dtypes(REJECTED).keys()), others]))]


def _superseded(gone: pl.DataFrame) -> Frames:
    """Account for values that no later answer repeats: each one once, rejected."""
    gone = gone.unique(_IDENTITY, keep="first", maintain_order=True).with_columns(reason=pl.lit("superseded"))
    accounts = (
        gone.filter(pl.col("field").str.starts_with(POINT))
        .group_by("video_id", "page")
        .agg(received=pl.len().cast(pl.Int64), duplicates=pl.lit(0, pl.Int64))
    )
    return Frames(empty(VIDEOS), empty(STATS), gone, accounts)


def _pick(frames: Frames, ids: pl.Series, *, keep: bool) -> Frames:
    """Give a part of an answer: these videos, or all but these."""
    chosen = pl.col("video_id").is_in(ids.implode()).fill_null(value=False)
    chosen = chosen if keep else chosen.not_()
    return Frames(
        videos=frames.videos.filter(chosen),
        stats=frames.stats.filter(chosen),
        rejected=frames.rejected.filter(chosen),
        accounts=frames.accounts.filter(chosen),
        unknown_metrics={} if keep else frames.unknown_metrics,
    )


def _points(frames: Frames) -> pl.DataFrame:
    """Give the kept points of a part, one a row, written as rejected rows beside their instant and value."""
    long = frames.stats.unpivot(COUNTS, index=["video_id", "timestamp"], variable_name="field").drop_nulls("value")
    pages = frames.accounts.select("video_id", "page").unique()
    return long.join(pages, on="video_id", how="left", maintain_order="left").with_columns(
        field=POINT + pl.col("field"),
        raw_timestamp=pl.col("timestamp").dt.strftime("%Y-%m-%d %H:%M:%S%.6f+00"),
        raw_value=pl.col("value").cast(pl.String),
        reason=pl.lit("superseded"),
    )
