"""How a count of the whole campaign came together, day by day through its period."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from influtics_lab.campaign.figures.campaign_data import Material, gather
from influtics_lab.campaign.figures.count_figures import FROM_0, GAINED
from influtics_lab.campaign.figures.plain_formatting import bound_of, known_part
from influtics_lab.campaign.figures.video_counts import Standing, standings, total
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

    @property
    def n(self) -> int:
        """How many videos count."""
        return self.n_throughout + self.n_joined


@dataclass(frozen=True)
class _Path:
    """One video's readings of the count, in microseconds, and what it had before them."""

    times: Any
    values: Any
    published: int | None


def progress(campaign: Campaign, snapshot: Snapshot, count: str = "views") -> Progress:
    """Give how a count of the campaign came together, day by day.

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
    material = gather(campaign, snapshot)
    figures = {video: counts[count] for video, counts in standings(material, material.window).items()}
    missing = len(material.chosen.missing)
    whole = total((figure["counted"] for figure in figures.values()), missing)
    known = [video for video, figure in figures.items() if known_part(figure["counted"]) is not None]
    instants = _days(material)
    if not known or len(instants) < 2:
        return Progress(count, material.counted, (), (), (), 0, 0, whole["of"], missing)
    grid = np.array([_number(instant) for instant in instants], dtype=np.int64)
    paths = _paths(material, count, known)
    early: list[Any] = []
    late: list[Any] = []
    for video in known:
        if figures[video]["counted"]["basis"] in {GAINED, FROM_0}:
            early.append(_gained(paths[video], grid, figures[video]))
        else:
            begun = _begun(paths[video], int(grid[0]))
            (early if begun else late).append(_read(paths[video], grid))
    sums = _sums(early, len(grid)), _sums(late, len(grid))
    sizes = len(early), len(late), whole["of"], missing
    return Progress(count, material.counted, tuple(instants), *sums, *sizes, bool(bound_of(whole)))


def _sums(lines: list[Any], length: int) -> tuple[float, ...]:
    return tuple(math.fsum(float(line[place]) for line in lines) for place in range(length))


def _days(material: Material) -> list[dt.datetime]:
    """Give the start, each midnight after it, and the end, as far as it is known."""
    window, zone = material.window, ZoneInfo(material.campaign.period.time_zone)
    found, day = [window.start], window.start.astimezone(zone).date()
    while found[-1] < window.until:
        day += dt.timedelta(days=1)
        found.append(min(dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC), window.until))
    return found if window.until > window.start else []


def _paths(material: Material, count: str, videos: list[str]) -> dict[str, _Path]:
    published = dict(material.videos.select("video_id", "published_at").rows())
    shown = material.own.filter(pl.col("video_id").is_in(videos)).drop_nulls(count).sort("video_id", "timestamp")
    found = {}
    for (video,), rows in shown.group_by("video_id", maintain_order=True):
        born = published[video]
        times = np.array([_number(instant) for instant in rows["timestamp"].to_list()], dtype=np.int64)
        found[str(video)] = _Path(
            times, rows[count].cast(pl.Float64).to_numpy(), None if born is None else _number(born)
        )
    return found


def _number(instant: dt.datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _begun(path: _Path, start: int) -> bool:
    return bool(path.times[0] <= start) or (path.published is not None and path.published >= start)


def _read(path: _Path, grid: Any) -> Any:
    """Give what was last read at each instant; nothing before the first reading."""
    place = np.searchsorted(path.times, grid, side="right") - 1
    return np.where(place >= 0, path.values[np.maximum(place, 0)], 0.0)


def _gained(path: _Path, grid: Any, figure: Standing) -> Any:
    """Return what was gained since the start, on the line between readings; as last read after the last of them.

    Where an end is not known, the readings inside the period are all there is.
    """
    start, times, values = figure["at_start"]["value"], path.times, path.values
    if figure["at_end"]["value"] is None:
        times, values = times[path.times <= grid[-1]], values[path.times <= grid[-1]]
    if start is None:
        inside = times >= grid[0]
        times, values = times[inside], values[inside]
        start, first = float(values[0]), times[0]
    else:
        later = figure["at_start"]["basis"] == "published later" and path.published is not None
        first = path.published if later else grid[0]
    after = times > first
    times = np.concatenate([[first], times[after]]).astype(np.float64)
    values = np.concatenate([[float(start)], values[after]])
    return np.interp(grid.astype(np.float64), times, values) - float(start)
