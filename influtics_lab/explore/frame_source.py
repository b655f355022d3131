"""The frame behind an explorer: what is computed once for it, and what filters leave of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property, partial
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from influtics_lab.errors import FrameError
from influtics_lab.explore.code_lines import write_snapshot_line
from influtics_lab.explore.filters import AGES, NEED_REVIEW, Condition, Filters, reading_conditions, video_conditions
from influtics_lab.explore.selection_text import summarise_videos
from influtics_lab.metrics.definitions import look_up_columns
from influtics_lab.metrics.engagement import engagement_rate
from influtics_lab.metrics.flags import flag_counters
from influtics_lab.metrics.growth import growth
from influtics_lab.metrics.timeline import with_age
from influtics_lab.plots import Curves, curves
from influtics_lab.plots.validation import check_frame, check_no_nulls
from influtics_lab.schema import COUNTS, FRAME, dtypes
from influtics_lab.snapshot import Snapshot
from influtics_lab.visible_counts import mask_hidden

Mask: TypeAlias = NDArray[np.bool_]
Rows: TypeAlias = NDArray[np.int64]
T = TypeVar("T")

_MOST_CACHED: Final = 12  # results of each kind
_NEEDED: Final = (
    "video_id", "timestamp", "external_video_id", "platform", "title", "status", "created_at", "published_at",
)  # fmt: skip


class FilteredRows(NamedTuple):
    """What filters leave: which videos, which readings, and how many of each."""

    videos: Mask
    readings: Mask
    video_count: int
    reading_count: int


class FrameSource:
    """One frame, with everything that is computed from it when it is first needed, and then kept.

    Parameters
    ----------
    frame : polars.DataFrame or Snapshot
        The one frame, or the snapshot that has it.
    function : str
        Who needs it, for messages.

    Raises
    ------
    FrameError
        If the frame is no polars DataFrame, or a column has another type.
    MissingColumnError
        If a column of the one frame is missing.
    """

    def __init__(self, frame: object, function: str) -> None:
        self.frame = _check_frame(frame.frame() if isinstance(frame, Snapshot) else frame, function)
        self.snapshot = frame if isinstance(frame, Snapshot) else None
        self._cache: dict[Hashable, dict[Hashable, Any]] = {}

    @property
    def label(self) -> str:
        """The day of the newest reading, for names of files."""
        return "" if self.frame.is_empty() else str(self.frame["timestamp"].max())[:10]

    @property
    def input_lines(self) -> list[str]:
        """The lines of code that load the frame."""
        if self.snapshot is not None:
            return [write_snapshot_line(self.snapshot), "frame = snapshot.frame()"]
        return ['if "frame" not in globals():  # the frame that the explorer shows', "    frame = lab.load_stats()"]

    @cached_property
    def videos(self) -> pl.DataFrame:
        """One row for each video, as ``summarise_videos`` returns it."""
        return summarise_videos(self.frame)

    def list_values(self, column: str) -> list[str]:
        """Return the values of a column of ``videos``, sorted; none where there is no such column."""
        if column not in self.videos.columns:
            return []
        return self.cached(("values", column), lambda: self.videos[column].drop_nulls().unique().sort().to_list())

    def with_metrics(self, *pipes: tuple[str, ...]) -> pl.DataFrame:
        """Return the whole frame with what these functions add, its rows in their order.

        Parameters
        ----------
        *pipes : tuple of str
            Name of the function, then its arguments: ``("growth", "views")``, ``("with_age",)``, ...

        Returns
        -------
        polars.DataFrame
        """
        frame = self.frame
        for pipe in pipes:  # only what each adds is kept: all other columns are those of the one frame, no copies
            added = self.cached(("added", *pipe), partial(_compute_added, self.frame, pipe))
            frame = frame.with_columns(added)
        return frame

    def apply_filters(self, filters: Filters) -> FilteredRows:
        """Return what filters leave of the frame."""
        return self.cached(("filtered", filters), lambda: self._apply_filters(filters))

    def videos_left(self, filters: Filters) -> pl.DataFrame:
        """Return the rows of ``videos`` that filters leave."""
        return self.cached(("left", filters), lambda: self.videos.filter(pl.Series(self.apply_filters(filters).videos)))

    def readings_left(self, filters: Filters, *pipes: tuple[str, ...]) -> pl.DataFrame:
        """Return the readings that filters leave, with what these functions add."""
        return self.with_metrics(*pipes).filter(pl.Series(self.apply_filters(filters).readings))

    def readings_of(self, video_ids: Sequence[str]) -> Mask:
        """Return which readings belong to these videos."""
        wanted = self.videos["video_id"].is_in(pl.Series(video_ids, dtype=pl.String).implode()).to_numpy()
        return wanted[self.owner]

    def rank_videos(self, column: str, filters: Filters, video_id: str | None = None) -> pl.DataFrame:
        """Return each video's last visible value of a count among the readings that are left, the largest first.

        Parameters
        ----------
        column : str
        filters : Filters
        video_id : str, optional
            Only this video.

        Returns
        -------
        polars.DataFrame
            The columns of ``videos`` and ``last``, without videos that have no value. Equal values are in the order
            of the ids.
        """
        return self.cached(("rank", column, filters, video_id), lambda: self._rank_videos(column, filters, video_id))

    def curves(self, column: str, filters: Filters, *pipes: tuple[str, ...]) -> Curves:
        """Return a column of all videos that are left by age, ready to be drawn.

        Parameters
        ----------
        column : str
        filters : Filters
        *pipes : tuple of str
            What adds the column.

        Returns
        -------
        Curves
            What ``plots.curves`` returns for the readings that are left.
        """
        by, frame = AGES[filters.age], self.with_metrics(("with_age",), *pipes)
        if filters.selects_readings:
            left = pl.Series(self.apply_filters(filters).readings)
            return self.cached(
                ("curves of readings", column, filters), lambda: curves(frame.filter(left), column, by=by)
            )
        whole = self.cached(("curves", column, by), lambda: curves(frame, column, by=by))
        if not filters.selects_videos:
            return whole
        video_ids = self.videos_left(filters)["video_id"]
        return self.cached(("curves of videos", column, filters), lambda: whole.only(video_ids))

    def cached(self, key: tuple[Hashable, ...], compute: Callable[[], T]) -> T:
        """Return the result for a key, computed at the first call; of each kind (the key's first part) 12 are kept."""
        results = self._cache.setdefault(key[0], {})
        if key not in results:
            result = compute()
            if len(results) >= _MOST_CACHED:
                del results[next(iter(results))]
            results[key] = result
        value: T = results[key]
        return value

    @cached_property
    def owner(self) -> Rows:
        """The row of ``videos`` that each reading belongs to."""
        keys = self.videos.select("video_id").with_row_index("owner")
        joined = self.frame.select("video_id").join(keys, on="video_id", how="left", maintain_order="left")
        return joined["owner"].cast(pl.Int64).to_numpy()

    def _apply_filters(self, filters: Filters) -> FilteredRows:
        videos = np.ones(self.videos.height, dtype=np.bool_)
        if filters.selects_videos:
            frame = self.videos
            if filters.flagged:
                frame = frame.with_columns(flagged=pl.Series(self._flagged, dtype=pl.Boolean))
            videos = _meet_all(frame, list(video_conditions(filters)))
        readings = videos[self.owner]
        if filters.selects_readings:
            frame = self.with_metrics(("with_age",)) if filters.needs_age else self.frame
            readings &= _meet_all(frame, list(reading_conditions(filters)))
            videos = np.zeros(len(videos), dtype=np.bool_)
            videos[self.owner[readings]] = True
        return FilteredRows(videos, readings, int(videos.sum()), int(readings.sum()))

    def _rank_videos(self, column: str, filters: Filters, video_id: str | None) -> pl.DataFrame:
        rows = self._last_rows(self._find_visible(column, self.apply_filters(filters).readings))
        if video_id is not None:
            rows = rows[self.readings_of([video_id])[rows]]
        ranked = self.videos[self.owner[rows]].with_columns(last=self.frame[column].gather(rows))
        return ranked.sort("last", "video_id", descending=[True, False])

    def _find_visible(self, column: str, readings: Mask) -> Mask:
        """Return which of some readings have a visible value in a column, judged by these readings."""
        visible = readings.copy()
        shown = mask_hidden(self.frame.filter(pl.Series(readings)), column)[column]
        visible[readings] = shown.is_not_null().to_numpy()
        return visible

    def _last_rows(self, readings: Mask) -> Rows:
        """Return the row of each video's last reading among some; videos without one are left out."""
        order = self._time_order
        rows = np.flatnonzero(readings) if order is None else order[readings[order]]
        last = np.full(self.videos.height, -1, dtype=np.int64)
        last[self.owner[rows]] = rows  # of several the last one stays
        return last[last >= 0]

    @cached_property
    def _flagged(self) -> Mask:
        """Which videos have a reading that is flagged for more than a cached answer."""
        key = ("added", "flag_counters")
        flags = self._cache.get(key[0], {}).get(key)  # not kept for this alone: they need half as much as the frame
        flags = _compute_added(self.frame, key[1:]) if flags is None else flags
        rows = flags.select(pl.any_horizontal(*NEED_REVIEW))
        flagged = np.zeros(self.videos.height, dtype=np.bool_)
        flagged[self.owner[rows.to_series().to_numpy()]] = True
        return flagged

    @cached_property
    def _time_order(self) -> Rows | None:
        """Readings in the order of time; None where each video's readings are together and in that order already."""
        instant, owner = self.frame["timestamp"].dt.epoch("us").to_numpy(), self.owner
        is_new_video = np.diff(owner) != 0
        are_together = int(is_new_video.sum()) + 1 == len(np.unique(owner))
        if len(instant) < 2 or (are_together and bool(((np.diff(instant) >= 0) | is_new_video).all())):
            return None
        return np.argsort(instant, kind="stable")


def _meet_all(frame: pl.DataFrame, conditions: Sequence[Condition]) -> Mask:
    """Return which rows meet all conditions; null is false."""
    met = pl.all_horizontal(condition.expression for condition in conditions).fill_null(value=False)
    return frame.select(met.alias("met"))["met"].to_numpy()


def _compute_added(frame: pl.DataFrame, pipe: Sequence[str]) -> pl.DataFrame:
    """Return the columns that a function adds to a frame; its rows keep their order."""
    functions: dict[str, Callable[..., pl.DataFrame]] = {
        "with_age": with_age,
        "growth": growth,
        "engagement_rate": engagement_rate,
        "flag_counters": flag_counters,
    }
    result = functions[pipe[0]](frame, *pipe[1:])
    return result.select(name for name in result.columns if name in look_up_columns(pipe[0]))


def _check_frame(frame: object, function: str) -> pl.DataFrame:
    data, expected = check_frame(frame, function, (*_NEEDED, *COUNTS)), dtypes(FRAME)
    wrong = [
        f"{name} is {data.schema[name]}, not {expected[name]}"
        for name in _NEEDED
        if data.schema[name] not in (expected[name], pl.Null())
    ]
    if wrong:
        raise FrameError(f"{function} cannot use this frame: {'; '.join(wrong)}.")
    check_no_nulls(data, function, "video_id", "timestamp")
    return data
