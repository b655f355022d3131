"""The frame behind an explorer: what is computed once for it, and what filters leave of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property, partial
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.explore.age_curves import cut, points_of
from influtics_lab.explore.filters import AGES, NEED_REVIEW, Filters, conditions
from influtics_lab.explore.selection_text import videos_of
from influtics_lab.markup import suggest_polars
from influtics_lab.metrics.engagement import engagement_rate
from influtics_lab.metrics.flags import flag_counters
from influtics_lab.metrics.growth import growth
from influtics_lab.metrics.timeline import with_age
from influtics_lab.plots import Curves, curves
from influtics_lab.schema import COUNTS, FRAME, dtypes
from influtics_lab.text_format import name_columns
from influtics_lab.visible_counts import mask_hidden

Pipes: TypeAlias = tuple[tuple[str, ...], ...]
Mask: TypeAlias = NDArray[np.bool_]
Rows: TypeAlias = NDArray[np.int64]
T = TypeVar("T")

_KEPT: Final = 12  # answers of each kind that are held
_DAY: Final = 86_400_000_000
_EPOCH: Final = "us"


class Left(NamedTuple):
    """What filters leave: which videos, which readings, and how many of each."""

    of_videos: Mask
    of_readings: Mask
    videos: int
    readings: int


class Source:
    """One frame, with everything that is computed from it the first time it is asked for, and held.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame.
    function : str
        Who needs it, for messages.

    Raises
    ------
    FrameError
        If the frame is no polars DataFrame.
    MissingColumnError
        If a column of the one frame is not there.
    """

    def __init__(self, frame: object, function: str) -> None:
        self.frame = _need(frame, function)
        self._held: dict[Hashable, Any] = {}

    @cached_property
    def videos(self) -> pl.DataFrame:
        """One row for each video, as ``videos_of`` gives it."""
        return videos_of(self.frame)

    def offered(self, column: str) -> list[str]:
        """Give the values of a column that there are to choose from."""
        found: list[str] = self.videos[column].drop_nulls().unique().sort().to_list()
        return found

    def with_columns(self, *pipes: tuple[str, ...]) -> pl.DataFrame:
        """Give the frame with what these functions add: ``("growth", "views")``, ``("with_age",)``, ...

        Parameters
        ----------
        *pipes : tuple of str
            Name of the function, then its arguments.

        Returns
        -------
        polars.DataFrame
            The whole frame, its rows in their order.
        """
        found = self.frame
        for place, pipe in enumerate(pipes):
            found = self.once(("frame", *pipes[: place + 1]), partial(_piped, found, pipe))
        return found

    def left(self, filters: Filters) -> Left:
        """Give what filters leave of the frame.

        Parameters
        ----------
        filters : Filters

        Returns
        -------
        Left
        """
        return self.once(("left", filters), lambda: self._left(filters))

    def readings_of(self, video_ids: Sequence[str]) -> Mask:
        """Tell which readings are of these videos."""
        wanted = self.videos["video_id"].is_in(pl.Series(video_ids, dtype=pl.String).implode()).to_numpy()
        chosen: Mask = wanted[self.owner]
        return chosen

    def ends(self, kept: Mask, *, first: bool = False) -> Rows:
        """Give the row of the last reading of each video among some, or of the first."""
        place = self.places(kept, first=first)
        return place[place >= 0]

    def places(self, kept: Mask, *, first: bool = False) -> Rows:
        """Give for each video the row of its last reading among some, or of the first; -1 where it has none."""
        order = self._in_time
        rows = np.flatnonzero(kept) if order is None else order[kept[order]]
        rows = rows[::-1] if first else rows
        place = np.full(self.videos.height, -1, dtype=np.int64)
        place[self.owner[rows]] = rows  # of several the last one stays
        return place

    def known(self, column: str) -> Mask:
        """Return which readings have a value in a column, be it hidden or not."""
        return self.once(("known", column), lambda: self.frame[column].is_not_null().to_numpy())

    def visible(self, column: str, kept: Mask) -> Mask:
        """Return which of some readings have a visible value in a column, judged by these readings."""
        there: Mask = kept & self.known(column)
        shown = mask_hidden(self.frame.filter(pl.Series(kept)), column)[column]
        there[kept] = shown.is_not_null().to_numpy()
        return there

    @cached_property
    def every(self) -> Mask:
        """All readings."""
        return np.ones(self.frame.height, dtype=np.bool_)

    def last(self, column: str, filters: Filters, video_id: str | None = None) -> pl.DataFrame:
        """Return each video's last visible value of a column among the readings that are left, the largest first.

        Parameters
        ----------
        column : str
        filters : Filters
        video_id : str, optional
            Only this video.

        Returns
        -------
        polars.DataFrame
            The columns of ``videos`` and ``last``; videos without a value are not there. Equal ones stand in the
            order of their ids.
        """
        return self.once(("last", column, filters, video_id), lambda: self._last(column, filters, video_id))

    def curves(self, column: str, filters: Filters, *pipes: tuple[str, ...]) -> Curves:
        """Give a column of all videos that are left by age, ready to be drawn.

        Parameters
        ----------
        column : str
        filters : Filters
        *pipes : tuple of str
            What adds the column.

        Returns
        -------
        Curves
            What ``plots.curves`` gives of the readings that are left.
        """
        by, left = AGES[filters.age], self.left(filters)
        frame = self.with_columns(("with_age",), *pipes)
        whole = self.once(("curves", column, by), lambda: curves(frame, column, by=by))
        if left.readings == self.frame.height:
            return whole
        kept = self.videos["video_id"].filter(pl.Series(left.of_videos))
        if not filters.chooses_readings:
            return self.once(("only", column, filters), lambda: whole.only(kept))
        points = self.once(("points", column, by), lambda: points_of(frame, whole))
        last = self.last("views", filters)
        return self.once(("cut", column, filters), lambda: cut(whole, left.of_readings[points], last, kept))

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give what was made for this key before, else make and hold it; of each kind the last dozen are held."""
        if key not in self._held:
            made = make()
            kind = key[0] if isinstance(key, tuple) else key
            same = [old for old in self._held if isinstance(old, tuple) and old[0] == kind]
            if len(same) >= _KEPT and kind != "frame":
                del self._held[same[0]]
            self._held[key] = made
        found: T = self._held[key]
        return found

    @cached_property
    def flagged(self) -> Mask:
        """Which videos have a reading that is flagged for more than a cached answer."""
        rows = self.with_columns(("flag_counters",)).select(pl.any_horizontal(*NEED_REVIEW))
        found = np.zeros(self.videos.height, dtype=np.bool_)
        found[self.owner[rows.to_series().to_numpy()]] = True
        return found

    @cached_property
    def owner(self) -> NDArray[np.int64]:
        """To which row of ``videos`` each reading belongs."""
        keys = self.videos.select("video_id").with_row_index("owner")
        joined = self.frame.select("video_id").join(keys, on="video_id", how="left", maintain_order="left")
        return joined["owner"].cast(pl.Int64).to_numpy()

    @cached_property
    def _in_time(self) -> NDArray[np.int64] | None:
        """Readings in the order of time; None where they are so within each video already."""
        at, owner = self.at, self.owner
        if len(at) < 2 or bool(((np.diff(at) >= 0) | (np.diff(owner) != 0)).all() and _together(owner)):
            return None
        return np.argsort(at, kind="stable")

    @cached_property
    def at(self) -> Rows:
        """When each reading was, in microseconds since 1970."""
        return self.frame["timestamp"].dt.epoch(_EPOCH).to_numpy()

    def _left(self, filters: Filters) -> Left:
        asked = conditions(filters)
        of_videos = np.ones(self.videos.height, dtype=np.bool_)
        if asked.of_video:
            videos = self.videos
            if filters.flagged:
                videos = videos.with_columns(flagged=pl.Series(self.flagged, dtype=pl.Boolean))
            held = pl.all_horizontal(condition.holds for condition in asked.of_video).fill_null(value=False)
            of_videos = videos.select(held.alias("held"))["held"].to_numpy()
        of_readings = of_videos[self.owner]
        if asked.of_reading:
            frame = self.with_columns(("with_age",)) if filters.aged else self.frame
            held = pl.all_horizontal(condition.holds for condition in asked.of_reading).fill_null(value=False)
            of_readings &= frame.select(held.alias("held"))["held"].to_numpy()
            there = np.zeros(len(of_videos), dtype=np.bool_)
            there[self.owner[of_readings]] = True
            of_videos = there
        return Left(of_videos, of_readings, int(of_videos.sum()), int(of_readings.sum()))

    def _last(self, column: str, filters: Filters, video_id: str | None) -> pl.DataFrame:
        rows = self.ends(self.visible(column, self.left(filters).of_readings))
        if video_id is not None:
            rows = rows[self.readings_of([video_id])[rows]]
        owner = self.owner[rows]
        found = pl.DataFrame({"last": self.frame[column].gather(rows), "owner": owner, "id": self._by_id[owner]})
        found = found.sort("last", "id", descending=[True, False])
        return self.videos[found["owner"].to_numpy()].with_columns(found["last"])

    @cached_property
    def _by_id(self) -> Rows:
        """The place of each video in the order of their ids."""
        place = np.empty(self.videos.height, dtype=np.int64)
        place[self.videos["video_id"].arg_sort().to_numpy()] = np.arange(self.videos.height)
        return place


def _together(owner: NDArray[np.int64]) -> bool:
    """Tell whether each video's readings stand together."""
    return int((np.diff(owner) != 0).sum()) + 1 == len(np.unique(owner))


def _piped(frame: pl.DataFrame, pipe: Sequence[str]) -> pl.DataFrame:
    functions: dict[str, Callable[..., pl.DataFrame]] = {
        "with_age": with_age,
        "growth": growth,
        "engagement_rate": engagement_rate,
        "flag_counters": flag_counters,
    }
    return functions[pipe[0]](frame, *pipe[1:])


def _need(frame: object, function: str) -> pl.DataFrame:
    if not isinstance(frame, pl.DataFrame):
        raise FrameError(f"{function} takes a polars DataFrame, not a {type(frame).__name__}. {suggest_polars(frame)}")
    needed = ["video_id", "timestamp", "external_video_id", "platform", "title", "status", "created_at", "published_at"]
    if missing := [name for name in (*needed, *COUNTS) if name not in frame.columns]:
        how = "pass the one frame of load_stats() or Snapshot.frame()"
        raise MissingColumnError(f"{function} needs {name_columns(missing)}: {how}.", missing=missing)
    wanted = dtypes(FRAME)
    if wrong := [f"{name} is {frame.schema[name]}, not {wanted[name]}" for name in needed if _other(frame, name)]:
        raise FrameError(f"{function} cannot use this frame: {'; '.join(wrong)}.")
    return frame


def _other(frame: pl.DataFrame, name: str) -> bool:
    return frame.schema[name] not in (dtypes(FRAME)[name], pl.Null())
