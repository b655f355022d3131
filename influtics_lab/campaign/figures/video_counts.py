"""What each video's counts were in a time: as last read, at its two ends, gained between them, and what counts."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import polars as pl

from influtics_lab.campaign.figures.campaign_data import Material, Window, reported
from influtics_lab.campaign.figures.count_figures import CountFacts, Figure, counted_basis, counted_figure
from influtics_lab.campaign.figures.missing_reasons import known, unknown
from influtics_lab.campaign.file.local_dates import resolve_max_gap
from influtics_lab.metrics import at_age, latest
from influtics_lab.schema import COUNTS

Standing: TypeAlias = dict[str, Figure]
"""One count of one video: a figure for each of `PLACES`, with value, reason, and where it comes from."""

PLACES: Final = ("last_read", "at_start", "at_end", "gained", "counted")
COUNTED: Final = "counted"
ENGAGEMENTS: Final = "engagements"
_LONG_BEFORE: Final = dt.timedelta(days=10_000)  # readings before tracking began would have no age


def standings(material: Material, window: Window) -> dict[str, dict[str, Standing]]:
    """Return for each of the campaign's videos what each count was in a time.

    ``last_read`` is the last known count in that time: its last visible value. ``at_start`` and ``at_end`` are
    interpolated between the readings around the two instants, never beyond them; a video that was published in that
    time had none at its start, and a last reading within a tenth of the time (at most 24 hours) of its end is as good
    as one at the end. ``gained`` is the difference; where one end is not known it is ``at_least`` the difference
    between the readings inside, unless the count fell there. ``counted`` is what the campaign counts, and its
    ``basis`` says by which rule. ``engagements`` are the sum of the parts, null where one of them is.

    Parameters
    ----------
    material : Material
    window : Window

    Returns
    -------
    dict
        By video, then by count and ``engagements``.
    """
    facts = _count_facts(material.own, window)
    starts, ends = (_at(material, instant) for instant in (window.start, window.until))
    found: dict[str, dict[str, Standing]] = {}
    for video, published in material.videos.select("video_id", "published_at").rows():
        of_counts = {
            count: CountFacts(
                facts.get((video, count)),
                start=starts.get(video, {}).get(count),
                end=ends.get(video, {}).get(count),
                published=published,
                window=window,
            )
            for count in COUNTS
        }
        basis = counted_basis(of_counts["views"], material.counted, resolve_max_gap(material.campaign))
        counts = {count: _standing(of_count, basis) for count, of_count in of_counts.items()}
        parts = [counts[part] for part in material.campaign.estimators.parts]
        found[video] = counts | {ENGAGEMENTS: {place: _summed([part[place] for part in parts]) for place in PLACES}}
    return found


def _count_facts(readings: pl.DataFrame, window: Window) -> dict[tuple[str, str], dict[str, Any]]:
    """Return for each video and count what its readings in a time say, and when it is visible at all.

    Parameters
    ----------
    readings : polars.DataFrame
        With null for counts that are hidden.
    window : Window

    Returns
    -------
    dict
        By ``video_id`` and count: ``first``, ``last`` (visible values in the time) and ``last_at``, ``fell`` (whether
        a visible value in the time is below the one before), ``most_before`` (the largest value up to the start),
        ``first_shown``, ``last_shown``, ``reported``, ``reported_within``.
    """
    instant = pl.col("timestamp")
    within = (instant >= window.start) & (instant <= window.until)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    ordered = readings.sort("video_id", "timestamp")
    last_known = {row["video_id"]: row for row in latest(ordered.filter(within)).iter_rows(named=True)}
    for count in COUNTS:
        value, shown = pl.col(count), pl.col(count).is_not_null()
        before = value.fill_null(strategy="forward").shift(1).over("video_id")
        fell = (value < before).fill_null(value=False) & within & (instant > window.start)
        rows = ordered.with_columns(fell.alias("fell")).group_by("video_id", maintain_order=True)
        facts = rows.agg(
            value.filter(within & shown).first().alias("first"),
            pl.col("fell").any(),
            value.filter(instant <= window.start).max().alias("most_before"),
            instant.filter(shown).min().alias("first_shown"),
            instant.filter(shown).max().alias("last_shown"),
            reported(count).any().alias("reported"),
            (reported(count) & within).any().alias("reported_within"),
        )
        for row in facts.iter_rows(named=True):
            last = last_known.get(row["video_id"], {})
            found[row["video_id"], count] = {**row, "last": last.get(count), "last_at": last.get(f"{count}_at")}
    return found


def _at(material: Material, instant: dt.datetime) -> dict[str, dict[str, float | None]]:
    """Return each video's counts at an instant: that at which a video tracked since long before has a certain age."""
    created = pl.lit(instant - _LONG_BEFORE, dtype=material.own.schema["created_at"]).alias("created_at")
    max_gap = material.campaign.estimators.max_gap
    found = at_age(material.own.with_columns(created), _LONG_BEFORE, *COUNTS, age="tracked", max_gap=max_gap)
    return {row["video_id"]: row for row in found.select("video_id", *COUNTS).iter_rows(named=True)}


def _standing(count: CountFacts, basis: str) -> Standing:
    ends = {"last_read": count.last_read, "at_start": count.at_start, "at_end": count.at_end}
    return {**ends, "gained": count.gained, COUNTED: counted_figure(count, basis)}


def total(figures: Iterable[Figure], missing: int = 0) -> Figure:
    """Add figures up: ``value`` where all are known, ``known`` of what is known, ``n`` of ``of``, and reasons.

    ``known`` holds known values and lower bounds; ``bounds`` counts the latter by reason. It bounds the sum from below
    (``is_bound``) unless a value is not known because its count fell. Posts that are `missing` from the snapshot are
    of those that were asked for. Where none is known, and all for one reason, that is the reason of the total. Sums are
    of integers, or correctly rounded, whatever the order.
    """
    every = list(figures)
    values = [figure["value"] for figure in every if figure["value"] is not None]
    why = Counter(figure["reason"] for figure in every if figure["value"] is None) + Counter(not_found=missing)
    bounded = [figure for figure in every if figure["value"] is None and figure.get("at_least") is not None]
    there = [*values, *(figure["at_least"] for figure in bounded)]
    summed = (sum(there) if all(isinstance(value, int) for value in there) else math.fsum(there)) if there else None
    facts = {
        "known": summed,
        "n": len(values),
        "of": len(every) + missing,
        "reasons": dict(sorted(why.items())),
        "bounds": dict(sorted(Counter(figure["reason"] for figure in bounded).items())),
        "is_bound": "fell" not in why,
    }
    if not every:
        return unknown("no_videos", **facts)
    if not why:
        return known(summed, **facts)
    return unknown(next(iter(why)) if len(why) == 1 and not there else "part_missing", **facts)


def _summed(figures: list[Figure]) -> Figure:
    """Return the sum of one video's parts, a lower bound where one of them is only bounded."""
    facts: Figure = {name: _shared(figures, name) for name in ("at", "basis") if name in figures[0]}
    if "at_least" in figures[0]:
        bounds = [figure["at_least"] if figure["value"] is None else figure["value"] for figure in figures]
        exact = all(figure["value"] is not None for figure in figures)
        facts["at_least"] = None if exact or None in bounds else sum(bounds)
    for figure in figures:
        if figure["value"] is None:
            return unknown(figure["reason"], **facts)
    return known(total(figures)["value"], **facts)


def _shared(figures: list[Figure], name: str) -> Any:
    """Return what all figures have, or the latest instant, or null where they differ."""
    found = sorted({figure[name] for figure in figures if figure[name] is not None})
    if not found or name == "at":
        return found[-1] if found else None
    return found[0] if len(found) == 1 else None


def of_videos(
    standing: Mapping[str, Mapping[str, Standing]], videos: Iterable[str], missing: int = 0
) -> Iterator[tuple[str, str, Figure]]:
    """Yield each count and place, and the total over some videos and the posts that are missing."""
    chosen = list(videos)
    for count in (*COUNTS, ENGAGEMENTS):
        for place in PLACES:
            yield count, place, total((standing[video][count][place] for video in chosen), missing)
