"""How a count of the whole campaign came together, day by day through its period."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from influtics_lab.campaign.figures.campaign_data import CampaignData, gather_data
from influtics_lab.campaign.figures.count_figures import FROM_0, GAINED
from influtics_lab.campaign.figures.figure_types import VideoCount
from influtics_lab.campaign.figures.video_counts import count_videos, sum_figures
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.snapshot import Snapshot

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Progress:
    """A count of the campaign's videos at the end of each day.

    Attributes
    ----------
    instants : tuple of datetime
        The period's start, each midnight in the campaign's time zone, and the last instant that is known.
    throughout : tuple of float
        The sum over the videos that were read at the start, or were published later: these had none before.
    joined : tuple of float
        The sum over the videos that were first read within the period although they may be older: each one counts from
        its first reading on, with all it had by then.
    n_throughout, n_joined : int
        How many videos these are; the count of the others of ``of`` is not known.
    of, missing : int
        How many posts were asked for, and how many of them are not in the snapshot.
    counted : str
        ``auto``, ``last_read`` or ``gained``.
    is_bounded : bool
        The last value is a lower bound.
    platforms : tuple of str
        Those of the campaign's videos.
    """

    count: str
    counted: str
    instants: tuple[dt.datetime, ...]
    throughout: tuple[float, ...]
    joined: tuple[float, ...]
    n_throughout: int
    n_joined: int
    of: int
    missing: int = 0
    is_bounded: bool = False
    platforms: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """How many videos count."""
        return self.n_throughout + self.n_joined


@dataclass(frozen=True)
class _Path:
    """One video's readings of the count, in microseconds, and what it had before them."""

    times: NDArray[np.int64]
    values: NDArray[np.float64]
    published: int | None

    def is_known_at(self, start: int) -> bool:
        """Return whether the count at the start is known: it was read by then, or the video published later."""
        return bool(self.times[0] <= start) or (self.published is not None and self.published >= start)


def progress(campaign: Campaign, snapshot: Snapshot, count: str = "views") -> Progress:
    """Return a count of the campaign at the end of each day.

    Over the videos whose count is known at the end of the period: its last value is the key figure's ``known``. Where
    counts are taken as last read, each day has what was read by its end; where gains are, what was gained since the
    start, on the line between readings.

    Parameters
    ----------
    campaign : Campaign
    snapshot : Snapshot
    count : str, default "views"

    Returns
    -------
    Progress
        Without instants where no video counts.
    """
    data = gather_data(campaign, snapshot)
    counts = {video: counts.pick(count) for video, counts in count_videos(data, data.window).items()}
    missing = len(data.chosen.missing)
    total = sum_figures((figures.counted for figures in counts.values()), missing)
    known = [video for video, figures in counts.items() if figures.counted.shown is not None]
    instants = _list_days(data)
    if not known or len(instants) < 2:
        return Progress(count, data.counted, (), (), (), 0, 0, total.of, missing)
    grid = np.array([_to_microseconds(instant) for instant in instants], dtype=np.int64)
    paths = _find_paths(data, count, known)
    throughout: list[NDArray[np.float64]] = []
    joined: list[NDArray[np.float64]] = []
    for video in known:
        if counts[video].counted.basis in {GAINED, FROM_0}:
            throughout.append(_compute_gains(paths[video], grid, counts[video]))
        else:
            is_early = paths[video].is_known_at(int(grid[0]))
            (throughout if is_early else joined).append(_find_last_read(paths[video], grid))
    return Progress(
        count,
        data.counted,
        tuple(instants),
        _add_lines(throughout, len(grid)),
        _add_lines(joined, len(grid)),
        len(throughout),
        len(joined),
        total.of,
        missing,
        is_bounded=bool(total.bound),
        platforms=tuple(data.videos["platform"].drop_nulls().unique().sort()),
    )


def _add_lines(lines: list[NDArray[np.float64]], length: int) -> tuple[float, ...]:
    return tuple(math.fsum(float(line[place]) for line in lines) for place in range(length))


def _list_days(data: CampaignData) -> list[dt.datetime]:
    """Return the start, each midnight after it, and the end, as far as it is known."""
    window, zone = data.window, ZoneInfo(data.campaign.period.time_zone)
    instants, day = [window.start], window.start.astimezone(zone).date()
    while instants[-1] < window.until:
        day += dt.timedelta(days=1)
        instants.append(min(dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC), window.until))
    return instants if window.until > window.start else []


def _find_paths(data: CampaignData, count: str, videos: list[str]) -> dict[str, _Path]:
    published = dict(data.videos.select("video_id", "published_at").rows())
    shown = data.own.filter(pl.col("video_id").is_in(videos)).drop_nulls(count).sort("video_id", "timestamp")
    paths = {}
    for (video,), rows in shown.group_by("video_id", maintain_order=True):
        times = rows["timestamp"].cast(pl.Int64).to_numpy()
        born = published[video]
        paths[str(video)] = _Path(
            times, rows[count].cast(pl.Float64).to_numpy(), None if born is None else _to_microseconds(born)
        )
    return paths


def _to_microseconds(instant: dt.datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _find_last_read(path: _Path, grid: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what was last read at each instant: 0 before the first reading."""
    place = np.searchsorted(path.times, grid, side="right") - 1
    return np.where(place >= 0, path.values[np.maximum(place, 0)], 0.0)


def _compute_gains(path: _Path, grid: NDArray[np.int64], figures: VideoCount) -> NDArray[np.float64]:
    """Return what was gained since the start, on the line between readings; as last read after the last of them.

    Where an end is not known, the readings inside the period are all there is.
    """
    start, times, values = figures.at_start.value, path.times, path.values
    if figures.at_end.value is None:
        times, values = times[path.times <= grid[-1]], values[path.times <= grid[-1]]
    if start is None:
        inside = times >= grid[0]
        times, values = times[inside], values[inside]
        start, first = float(values[0]), times[0]
    else:
        is_later = figures.at_start.basis == "published later" and path.published is not None
        first = path.published if is_later else grid[0]
    after = times > first
    times = np.concatenate([[first], times[after]]).astype(np.float64)
    values = np.concatenate([[float(start)], values[after]])
    return np.interp(grid.astype(np.float64), times, values) - float(start)
