"""What each video's counts were in a time: as last read, at its two ends, and gained between them."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import polars as pl

from influtics_lab.campaign.instants import written
from influtics_lab.campaign.material import Material, Window, is_hidden
from influtics_lab.campaign.reasons import known, unknown
from influtics_lab.metrics import at_age
from influtics_lab.schema import COUNTS

Figure: TypeAlias = dict[str, Any]
Standing: TypeAlias = dict[str, Figure]
"""One count of one video: ``last_read``, ``at_start``, ``at_end``, ``gained``, each with value, reason, basis."""

PLACES: Final = ("last_read", "at_start", "at_end", "gained")
ENGAGEMENTS: Final = "engagements"
_LONG_BEFORE: Final = dt.timedelta(days=10_000)  # readings before tracking began would have no age


def standings(material: Material, window: Window) -> dict[str, dict[str, Standing]]:
    """Give for each of the campaign's videos what each count was in a time.

    ``last_read`` is the count at the last reading in that time that reports it. ``at_start`` and ``at_end`` are
    interpolated between the readings around the two instants, never beyond them; a video that was published in that
    time had none at its start, and where the time still runs each video counts to its last reading. ``gained`` is the
    difference. ``engagements`` are the sum of the parts, null where one of them is.

    Parameters
    ----------
    material : Material
    window : Window

    Returns
    -------
    dict
        By video, then by count and ``engagements``.
    """
    readings = material.own
    facts = {row["video_id"]: row for row in _facts(readings, window).iter_rows(named=True)}
    starts = _at(material, readings, window.start)
    ends = {} if window.running else _at(material, readings, window.until)
    found: dict[str, dict[str, Standing]] = {}
    for video, published in material.videos.select("video_id", "published_at").rows():
        of = facts.get(video)
        counts = {
            count: _standing(
                _Count(
                    count,
                    facts=of,
                    starts=starts.get(video, {}),
                    ends=ends.get(video, {}),
                    published=published,
                    window=window,
                )
            )
            for count in COUNTS
        }
        found[video] = counts | {
            ENGAGEMENTS: _sum_of_parts([counts[part] for part in material.campaign.estimators.parts])
        }
    return found


def total(figures: Iterable[Figure], missing: int = 0) -> Figure:
    """Add figures up: ``value`` where all are known, ``known`` of those that are, ``n`` of ``of``, and reasons.

    Posts that are `missing` from the snapshot are of those that were asked for. Where none is known, and all for one
    reason, that is the reason of the total.

    Sums are of integers, or correctly rounded, whatever the order.
    """
    every = list(figures)
    values = [figure["value"] for figure in every if figure["value"] is not None]
    why = Counter(figure["reason"] for figure in every if figure["value"] is None)
    whole = all(isinstance(value, int) for value in values)
    summed = (sum(values) if whole else math.fsum(values)) if values else None
    why["not_found"] += missing
    facts = {"known": summed, "n": len(values), "of": len(every) + missing, "reasons": dict(sorted((+why).items()))}
    if not every:
        return unknown("no_videos", **facts)
    if not +why:
        return known(summed, **facts)
    return unknown(next(iter(+why)) if len(+why) == 1 and not values else "part_missing", **facts)


def _facts(readings: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Give one row for each video: for each count what its last reading in the time says, and where it is known."""
    instant = pl.col("timestamp")
    within = (instant >= window.start) & (instant <= window.until)
    columns = [pl.len().alias("readings"), within.sum().alias("within")]
    for count in COUNTS:
        shown = pl.col(count).is_not_null()
        reported = shown | is_hidden(count)
        columns += [
            pl.col(count).filter(within & reported).last().alias(f"{count}_last"),
            instant.filter(within & reported).last().alias(f"{count}_last_at"),
            reported.any().alias(f"{count}_reported"),
            instant.filter(shown).min().alias(f"{count}_first_shown"),
            instant.filter(shown).max().alias(f"{count}_last_shown"),
        ]
    return readings.sort("video_id", "timestamp").group_by("video_id", maintain_order=True).agg(columns)


def _at(material: Material, readings: pl.DataFrame, instant: dt.datetime) -> dict[str, dict[str, float | None]]:
    """Return each video's counts at an instant: that at which a video tracked since long before has a certain age."""
    created = pl.lit(instant - _LONG_BEFORE, dtype=readings.schema["created_at"]).alias("created_at")
    max_gap = material.campaign.estimators.max_gap
    found = at_age(readings.with_columns(created), _LONG_BEFORE, *COUNTS, age="tracked", max_gap=max_gap)
    return {row["video_id"]: row for row in found.select("video_id", *COUNTS).iter_rows(named=True)}


class _Count:
    """One count of one video: what is known of it."""

    def __init__(
        self,
        name: str,
        *,
        facts: Mapping[str, Any] | None,
        starts: Mapping[str, float | None],
        ends: Mapping[str, float | None],
        published: dt.datetime | None,
        window: Window,
    ) -> None:
        self.facts = {key.removeprefix(f"{name}_"): value for key, value in (facts or {}).items()}
        self.start, self.end = starts.get(name), ends.get(name)
        self.published, self.window = published, window

    @property
    def missing(self) -> str | None:
        """Why nothing is known of it at any time."""
        if not self.facts:
            return "no_readings"
        if not self.facts["reported"]:
            return "never_reported"
        return "hidden" if self.facts["first_shown"] is None else None

    def why_not(self, instant: dt.datetime) -> str:
        """Why it is not known at an instant."""
        if self.missing:
            return self.missing
        if self.published is not None and self.published > instant:
            return "not_published"
        if self.facts["first_shown"] > instant:
            return "first_later"
        if self.facts["last_shown"] >= instant:
            return "gap"
        return "hidden" if self.last_hidden else "last_earlier"

    @property
    def last_hidden(self) -> bool:
        """Whether it is hidden at the last reading in the time that reports it."""
        return self.facts["last"] is None and self.facts["last_at"] is not None


def _standing(count: _Count) -> Standing:
    last, start = _last_read(count), _at_start(count)
    end = _at_end(count, last)
    return {"last_read": last, "at_start": start, "at_end": end, "gained": _gained(start, end)}


def _last_read(count: _Count) -> Figure:
    if count.missing:
        return unknown(count.missing, at=None)
    at = written(count.facts["last_at"])
    if at is None:
        return unknown("not_in_period", at=None)
    return unknown("hidden", at=at) if count.last_hidden else known(count.facts["last"], at=at)


def _at_start(count: _Count) -> Figure:
    if count.start is not None:
        return known(count.start, basis="interpolated")
    later = count.published is not None and count.published >= count.window.start
    if later and not count.missing:
        return known(0, basis="published later")
    return unknown(count.why_not(count.window.start), basis=None)


def _at_end(count: _Count, last: Figure) -> Figure:
    if count.window.running:
        return {**last, "basis": None if last["value"] is None else "last reading"}
    at = written(count.window.until)
    if count.end is not None:
        return known(count.end, at=at, basis="interpolated")
    return unknown(count.why_not(count.window.until), at=at, basis=None)


def _gained(start: Figure, end: Figure) -> Figure:
    for figure in (end, start):
        if figure["value"] is None:
            return unknown(figure["reason"])
    return known(end["value"] - start["value"])


def _sum_of_parts(parts: list[Standing]) -> Standing:
    return {place: _summed([part[place] for part in parts]) for place in PLACES}


def _summed(figures: list[Figure]) -> Figure:
    facts = {name: _shared(figures, name) for name in ("at", "basis") if name in figures[0]}
    for figure in figures:
        if figure["value"] is None:
            return unknown(figure["reason"], **facts)
    return known(total(figures)["value"], **facts)


def _shared(figures: list[Figure], name: str) -> Any:
    """Give what all figures have, or the latest instant, or null where they differ."""
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
