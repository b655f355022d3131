"""The videos of one answer made into frames, with every raw value accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Any, Final

import polars as pl

from influtics_lab.api.duplicate_keys import is_same, stats_values
from influtics_lab.api.field_values import counts, numbers, texts
from influtics_lab.api.json_body import RepeatedKeys
from influtics_lab.api.stats_maps import POINT, Points, Rejection, raw, readings
from influtics_lab.api.timestamps import read_instants
from influtics_lab.platforms import published_us
from influtics_lab.schema import COUNTS, REJECTED, VIDEOS, Instant, dtypes, empty

ACCOUNTS: Final = {"video_id": pl.String(), "page": pl.Int64(), "received": pl.Int64(), "duplicates": pl.Int64()}
UNKNOWN: Final = {"video_id": pl.String(), "metric": pl.String(), "points": pl.Int64()}


@dataclass(frozen=True)
class Frames:
    """What was read of one answer or of many.

    Parameters
    ----------
    videos, stats, rejected : polars.DataFrame
        As in ``schema.py``. ``videos`` of one answer stand in the order they came in.
    accounts : polars.DataFrame
        For each video, null for those without an id: ``page``, the number of the answer; ``received``, its raw points
        (the non-null values under ``stats.METRIC`` for the four known metrics); ``duplicates``, the points that repeat
        another spelling of the same instant with the same value.
    unknown : polars.DataFrame
        Metrics that are not known, and how many points each had: not in the frames, and not among ``received``.
    """

    videos: pl.DataFrame
    stats: pl.DataFrame
    rejected: pl.DataFrame
    accounts: pl.DataFrame
    unknown: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=UNKNOWN))

    @property
    def unknown_metrics(self) -> dict[str, int]:
        """How many points each metric had that is not known."""
        return dict(self.unknown.group_by("metric").agg(pl.col("points").sum()).sort("metric").iter_rows())

    def accounting(self) -> dict[str, int]:
        """Give the account of all raw points: received = kept + rejected + duplicates."""
        return {
            "received": int(self.accounts["received"].sum()),
            "kept": sum(self.stats[name].count() for name in COUNTS),
            "rejected": int(self.rejected["field"].str.starts_with(POINT).sum()),
            "duplicates": int(self.accounts["duplicates"].sum()),
        }


def decode(items: Sequence[Any], page: int = 0) -> Frames:
    """Make the videos of one answer into frames.

    Parameters
    ----------
    items : sequence of JSON values
        The answer's videos, no two with the same id. Whatever is wrong with one of them is told in ``rejected``;
        nothing raises.
    page : int
        Number of the answer, for ``rejected``.

    Returns
    -------
    Frames
        An instant at which no count could be kept is no reading and has no row.

    Examples
    --------
    >>> views = {"2025-06-30 08:26:03.73+00": 1900000, "2025-06-31 08:26:03.73+00": 2000000}
    >>> frames = decode([{"video_id": "a", "platform": "TikTok", "stats": {"views": views}}])
    >>> frames.stats.select("video_id", "views", "likes").rows()
    [('a', 1900000, None)]
    >>> frames.rejected.select("field", "raw_timestamp", "raw_value", "reason").rows()
    [('stats.views', '2025-06-31 08:26:03.73+00', '2000000', 'bad_timestamp')]
    >>> frames.accounting()
    {'received': 2, 'kept': 1, 'rejected': 1, 'duplicates': 0}
    """
    points = Points()
    videos = [item for item in items if _identified(item, points)]
    for item in sorted(videos, key=itemgetter("video_id")):
        points.add(item["video_id"], *stats_values(item))
    table = _videos(videos, points.rejections)
    stats, received = readings(points)
    return Frames(
        videos=table,
        stats=stats,
        rejected=_rejected(points.rejections, page),
        accounts=_accounts(points, received, page),
        unknown=pl.DataFrame(points.unknown, schema=UNKNOWN, orient="row"),
    )


def _identified(item: Any, points: Points) -> bool:
    """Say whether an item is a video with an id; else reject it, value by value."""
    if not isinstance(item, dict):
        points.rejections.append(Rejection(None, "video", None, raw(item), "not_an_object"))
        return False
    video_id = item.get("video_id")
    if isinstance(video_id, str) and video_id:
        return True
    points.rejections.append(Rejection(None, "video_id", None, raw(video_id), "no_video_id"))
    points.add_nobodys(*stats_values(item))
    return False


def _accounts(points: Points, received: list[int], page: int) -> pl.DataFrame:
    columns: dict[str, list[Any]] = {
        "video_id": [*points.ids, None],
        "page": [page] * (len(points.ids) + 1),
        "received": [*received, points.nobodys],
        "duplicates": [*(points.duplicates[name] for name in points.ids), points.duplicates[None]],
    }
    return pl.DataFrame({name: pl.Series(columns[name], dtype=dtype) for name, dtype in ACCOUNTS.items()})


def _rejected(rejections: list[Rejection], page: int) -> pl.DataFrame:
    if not rejections:
        return empty(REJECTED)
    rows = [(*rejection, page) for rejection in rejections]
    return pl.DataFrame(rows, schema=dtypes(REJECTED), orient="row")


def _videos(items: list[dict[str, Any]], rejections: list[Rejection]) -> pl.DataFrame:
    """Give one row for each item, in its order."""
    columns: dict[str, Any] = {"video_id": [item["video_id"] for item in items], "status": [None] * len(items)}
    for names, read in _READERS.items():
        values = [item.get(name) for name in names for item in items]  # fields of a kind at once, one below the other
        found, reasons = read(values)
        for n, name in enumerate(names):
            columns[_COLUMNS.get(name, name)] = found[n * len(items) : (n + 1) * len(items)]
        for i, reason in reasons.items():
            n, place = divmod(i, len(items))
            rejections.append(Rejection(items[place]["video_id"], names[n], None, raw(values[i]), reason))
    for item in items:
        if isinstance(item, RepeatedKeys):
            rejections += _other_fields(item)
    columns["title"] = [None if title == "Untitled" else title for title in columns["title"]]
    columns["cpm_reported"] = [cpm or None for cpm in columns["cpm_reported"]]
    published = list(map(published_us, columns["platform"], columns["external_video_id"]))
    columns["published_at"] = pl.Series(published, dtype=pl.Int64).cast(Instant)
    schema = dtypes(VIDEOS)
    return pl.DataFrame({name: pl.Series(columns[name], dtype=dtype) for name, dtype in schema.items()})


def _other_fields(item: RepeatedKeys) -> Iterator[Rejection]:
    """Reject the second value of a field that a video has twice, unless it repeats the first."""
    known = {"video_id", *chain.from_iterable(_READERS)}
    for name, value in item.others:
        if name in known and value is not None and not is_same(value, item[name]):
            yield Rejection(item["video_id"], name, None, raw(value), "conflict")


def _moments(values: Sequence[Any]) -> tuple[pl.Series, dict[int, str]]:
    """Read a field of timestamps; null where there is none, or a reason."""
    found, why = read_instants([value if isinstance(value, str) else "" for value in values])
    instants = pl.Series(found).cast(Instant)
    reasons = {i: why[i] if isinstance(values[i], str) else "bad_timestamp" for i in why if values[i] is not None}
    return instants.scatter(list(why), None) if why else instants, reasons


_READERS: Final[dict[tuple[str, ...], Callable[[Sequence[Any]], tuple[Any, dict[int, str]]]]] = {
    ("external_video_id", "platform", "title", "thumbnail_url"): texts,
    ("created_at", "stats_last_updated"): _moments,
    COUNTS: counts,
    ("er", "cpm"): numbers,
}
_COLUMNS: Final = {name: f"latest_{name}" for name in COUNTS} | {"er": "er_reported_pct", "cpm": "cpm_reported"}
