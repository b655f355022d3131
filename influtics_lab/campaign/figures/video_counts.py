"""What each video's counts were in a window, and the sums of these over groups of videos."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import polars as pl

from influtics_lab.campaign.figures.campaign_data import CampaignData, Window, is_reported
from influtics_lab.campaign.figures.count_figures import CountFacts, CountInWindow, counted_basis
from influtics_lab.campaign.figures.figure_types import (
    CountedFigure,
    CountTotals,
    EndFigure,
    Figure,
    GainedFigure,
    GroupCounts,
    LastReadFigure,
    StartFigure,
    TotalFigure,
    VideoCount,
    VideoCounts,
)
from influtics_lab.campaign.file.local_dates import resolve_max_gap
from influtics_lab.metrics import latest
from influtics_lab.schema import COUNTS

CountsByVideo: TypeAlias = Mapping[str, VideoCounts]
CountVideos: TypeAlias = Callable[[Window], CountsByVideo]
PLACES: Final = ("last_read", "at_start", "at_end", "gained", "counted")
ENGAGEMENTS: Final = "engagements"
ALL_COUNTS: Final = (*COUNTS, ENGAGEMENTS)


def count_videos(data: CampaignData, window: Window) -> dict[str, VideoCounts]:
    """Return for each of the campaign's videos what each count was in a window.

    ``last_read`` is the last known count in the window: its last visible value. ``at_start`` and ``at_end`` are
    interpolated between the readings around the two instants, never beyond them; a video that was published in the
    window had none at its start, and a last reading within a tenth of the window (at most 24 hours) of its end is as
    good as one at the end. ``gained`` is the difference; where one end is not known it is ``at_least`` the difference
    between the readings inside, unless the count fell there. ``counted`` is what the campaign counts, and its
    ``basis`` says by which rule. ``engagements`` are the sum of the parts, null where one of them is.
    """
    facts = _find_facts(data.own, window)
    starts, ends = (data.interpolate_at(instant) for instant in (window.start, window.until))
    max_gap = resolve_max_gap(data.campaign)
    counts_by_video = {}
    for video, published in data.videos.select("video_id", "published_at").rows():
        start, end = starts.get(video, {}), ends.get(video, {})
        raw = {
            count: CountInWindow(
                facts.get((video, count), CountFacts()), start.get(count), end.get(count), published, window
            )
            for count in COUNTS
        }
        basis = counted_basis(raw["views"], data.counted, max_gap)
        counts = {count: raw[count].compute_figures(basis) for count in COUNTS}
        parts = [counts[part] for part in data.campaign.estimators.parts]
        counts_by_video[video] = VideoCounts(**counts, engagements=_add_parts(parts))
    return counts_by_video


def _find_facts(readings: pl.DataFrame, window: Window) -> dict[tuple[str, str], CountFacts]:
    """Return for each video and count what its readings contain; counts that are hidden are null."""
    instant = pl.col("timestamp")
    within = (instant >= window.start) & (instant <= window.until)
    ordered = readings.sort("video_id", "timestamp")
    last_known = {row["video_id"]: row for row in latest(ordered.filter(within)).iter_rows(named=True)}
    facts = {}
    for count in COUNTS:
        value, shown = pl.col(count), pl.col(count).is_not_null()
        before = value.fill_null(strategy="forward").shift(1).over("video_id")
        fell = (value < before).fill_null(value=False) & within & (instant > window.start)
        rows = ordered.with_columns(fell.alias("fell")).group_by("video_id", maintain_order=True)
        found = rows.agg(
            value.filter(within & shown).first().alias("first"),
            pl.col("fell").any(),
            value.filter(instant <= window.start).max().alias("most_before"),
            instant.filter(shown).min().alias("first_shown"),
            instant.filter(shown).max().alias("last_shown"),
            is_reported(count).any().alias("reported"),
            (is_reported(count) & within).any().alias("reported_within"),
        )
        for row in found.iter_rows(named=True):
            video = row.pop("video_id")
            last = last_known.get(video, {})
            facts[video, count] = CountFacts(is_read=True, last=last.get(count), last_at=last.get(f"{count}_at"), **row)
    return facts


def _add_parts(parts: Sequence[VideoCount]) -> VideoCount:
    """Return the engagements of a video, a lower bound where one of their parts only has one."""
    last, starts, ends = ([part.pick(place) for part in parts] for place in ("last_read", "at_start", "at_end"))
    gained, counted = [part.gained for part in parts], [part.counted for part in parts]
    return VideoCount(
        LastReadFigure(*_add_values(last), at=max((part.last_read.at or "" for part in parts), default="") or None),
        StartFigure(*_add_values(starts), basis=_find_shared(part.at_start.basis for part in parts)),
        EndFigure(
            *_add_values(ends),
            at=max((part.at_end.at or "" for part in parts), default="") or None,
            basis=_find_shared(part.at_end.basis for part in parts),
        ),
        GainedFigure(*_add_values(gained), at_least=_add_bounds(gained)),
        CountedFigure(
            *_add_values(counted), at_least=_add_bounds(counted), basis=_find_shared(part.basis for part in counted)
        ),
    )


def _add_values(figures: Sequence[Figure]) -> tuple[float | None, str | None]:
    """Return the sum of values, else the first reason why one is null."""
    reason = next((figure.reason for figure in figures if figure.value is None), None)
    return (
        (None, reason)
        if reason
        else (_add_exactly([figure.value for figure in figures if figure.value is not None]), None)
    )


def _add_bounds(figures: Sequence[Figure]) -> float | None:
    """Return a lower bound of a sum that is null: that of values and lower bounds."""
    shown = [figure.shown for figure in figures if figure.shown is not None]
    is_complete = all(figure.value is not None for figure in figures)
    return None if is_complete or len(shown) < len(figures) else sum(shown)


def _add_exactly(values: Sequence[float]) -> float:
    return sum(values) if all(isinstance(value, int) for value in values) else math.fsum(values)


def _find_shared(names: Iterable[str | None]) -> str | None:
    """Return the one name that there is; None where there are several."""
    different = {name for name in names if name is not None}
    return different.pop() if len(different) == 1 else None


def sum_figures(figures: Iterable[Figure], missing: int = 0) -> TotalFigure:
    """Add figures up: ``value`` where all are known, ``known`` of what is known, ``n`` of ``of``, and reasons.

    ``known`` holds known values and lower bounds; ``bounds`` counts the latter by reason. It bounds the sum from below
    (``is_bound``) unless a value is not known because its count fell. Posts that are `missing` from the snapshot are
    of those that were asked for. Where none is known, and all for one reason, that is the reason of the total. Sums are
    of integers, or correctly rounded, whatever the order.
    """
    every = list(figures)
    values = [figure.value for figure in every if figure.value is not None]
    bounded = [figure for figure in every if figure.value is None and figure.shown is not None]
    reasons = Counter(str(figure.reason) for figure in every if figure.value is None) + Counter(not_found=missing)
    shown = [*values, *(figure.shown for figure in bounded if figure.shown is not None)]
    known = _add_exactly(shown) if shown else None
    reason = None
    if not every:
        reason = "no_videos"
    elif reasons:
        reason = next(iter(reasons)) if len(reasons) == 1 and not shown else "part_missing"
    return TotalFigure(
        known if reason is None else None,
        reason,
        known=known,
        n=len(values),
        of=len(every) + missing,
        reasons=dict(sorted(reasons.items())),
        bounds=dict(sorted(Counter(str(figure.reason) for figure in bounded).items())),
        is_bound="fell" not in reasons,
    )


def sum_counts(videos: Sequence[VideoCounts], missing: int = 0) -> GroupCounts:
    """Return the sum of each count over some videos, and over the posts that are missing from the snapshot."""

    def add_places(count: str) -> CountTotals:
        counts = [video.pick(count) for video in videos]
        return CountTotals(*(sum_figures((figures.pick(place) for figures in counts), missing) for place in PLACES))

    return GroupCounts(*map(add_places, ALL_COUNTS))
