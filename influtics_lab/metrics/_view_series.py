"""Visible views of many videos as arrays: interpolated at any age, with the instant from which that is known.

Instants are whole milliseconds since the first reading, so that a video's number and an instant fit into one integer,
and one binary search finds the readings around an age for all videos at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from influtics_lab.metrics._engine import collect_polars, to_microseconds
from influtics_lab.metrics._rule_crossings import IS_SHORT
from influtics_lab.metrics.flags import flag_counters
from influtics_lab.platforms import CountingRule
from influtics_lab.schema import COUNTS
from influtics_lab.visible_counts import TIMESTAMP, Frame, is_placed, with_masked_counts

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Truth = NDArray[np.bool_]

MS: Final = 1_000  # microseconds
DAY_MS: Final = 86_400_000
LEAST_VIEWS: Final = 100
NEVER: Final = 2**60  # an instant that does not come; sums with it fit into 64 bits
FLAGS: Final = ("is_purge", "is_burst")


@dataclass(frozen=True)
class ViewSeries:
    """The visible views of all videos, sorted by video and instant.

    Attributes
    ----------
    videos : polars.DataFrame
        One row for each video, sorted: ``video``, ``platform`` and ``published`` (microseconds since 1970, or null).
    published : array of int
        Milliseconds since 1970; `NEVER` where publication is not known.
    rules : array of int
        For each video and counting rule of its platform the rule's instant in milliseconds, else `NEVER`.
    labels : tuple of str
        The names of these rules.
    max_gap : int
        The longest gap between readings, in milliseconds, over which views are interpolated.
    """

    videos: pl.DataFrame
    published: Integers
    rules: Integers
    labels: tuple[str, ...]
    max_gap: int
    first: int
    keys: Integers
    span: int
    at_us: Integers
    views: Integers
    counts: pl.DataFrame
    _known: dict[int, tuple[Floats, Integers]] = field(default_factory=dict)
    _growth: dict[tuple[int, int], tuple[Floats, Floats, Truth, Integers]] = field(default_factory=dict)

    @property
    def numbers(self) -> Integers:
        """Return the numbers of the videos, from 0."""
        return np.arange(len(self.published))

    @property
    def newest(self) -> int:
        """Return the instant of the newest visible reading; -1 where there is none."""
        return int(self.at.max(initial=-1))

    @cached_property
    def at(self) -> Integers:
        """Return when each reading was, in milliseconds since 1970."""
        return self.at_us // MS

    def find_last(self, until: int) -> tuple[Integers, Integers]:
        """Return each video's last visible reading up to an instant: when, and its views; -1 and 0 where none is."""
        place, own = self._find_last_places(until)
        if not len(self.keys):
            return np.full(len(own), -1), np.zeros(len(own), dtype=np.int64)
        return np.where(own, self.at[place], -1), np.where(own, self.views[place], 0)

    def find_last_instants(self, until: int) -> pl.Series:
        """Return when each video's last visible reading up to an instant was, in microseconds since 1970, or null."""
        place, own = self._find_last_places(until)
        return pl.Series(self.at_us).gather(pl.Series(np.where(own, place, -1)).replace(-1, None))

    def _find_last_places(self, until: int) -> tuple[Integers, Truth]:
        """Return where each video's last visible reading up to an instant is, and whether there is one."""
        if not len(self.keys):
            return np.full(len(self.published), -1), np.zeros(len(self.published), dtype=np.bool_)
        place = np.searchsorted(self.keys, self._key(self.numbers, np.full(len(self.published), until)), "right") - 1
        return place, (place >= 0) & (self.keys[place] // self.span == self.numbers)

    def measure_at(self, age: int) -> tuple[Floats, Integers]:
        """Return all videos' views at an age in milliseconds, and when they were known; NaN and `NEVER` if never."""
        if age not in self._known:
            self._known[age] = self.interpolate(np.full(len(self.published), age))
        return self._known[age]

    def measure_growth(self, start: int, end: int) -> tuple[Floats, Floats, Truth, Integers]:
        """Return each video's growth g in the day before an age, its ratio y from there to another age, and more.

        The third value is whether it can be a calibrator, the fourth when its ratio was known. Calibrators have at
        least 100 views at the first age, and no counting rule changes between their publication and the last.
        """
        key = start, end
        if key not in self._growth:
            views, _ = self.measure_at(start)
            before, _ = self.measure_at(start - DAY_MS)
            later, known_at = self.measure_at(end)
            with np.errstate(invalid="ignore", divide="ignore"):
                growth = np.where(before > 0, np.log(views / before), np.nan)
                ratio = np.maximum(np.log(later / views), 0.0)
                usable = (views >= LEAST_VIEWS) & np.isfinite(growth) & np.isfinite(ratio)
            self._growth[key] = growth, ratio, usable & ~self.crosses_rule(end).any(axis=1), known_at
        return self._growth[key]

    def crosses_rule(self, age: Integers | int) -> Truth:
        """Return for each video and rule whether the rule changes between publication and an age."""
        published = self.published[:, None]
        until = published + np.broadcast_to(np.asarray(age), self.published.shape)[:, None]
        crossed: Truth = (published < self.rules) & (self.rules <= until) & (published != NEVER)
        return crossed

    @cached_property
    def groups(self) -> Integers:
        """Return the number of each video's group: its platform, and the counting rule of its publication."""
        latest = np.where(self.rules <= self.published[:, None], self.rules, 0).max(axis=1, initial=0)
        groups = self.videos.select(pl.struct("platform", pl.Series("latest", latest)).rank("dense"))
        return groups.to_series().cast(pl.Int64).to_numpy()

    def _key(self, numbers: Integers, instants: Integers) -> Integers:
        """Return the place of instants among the readings; those beyond a video's readings stay with it."""
        return numbers * self.span + np.clip(instants - self.first + 1, 0, self.span - 1)

    def interpolate(self, ages: Integers) -> tuple[Floats, Integers]:
        """Return each video's views at an age of its own, and when they were known, as `measure_at` does."""
        views, known_at = np.full(len(self.published), np.nan), np.full(len(self.published), NEVER)
        numbers = np.flatnonzero(self.published != NEVER)
        if not len(self.keys) or not len(numbers):
            return views, known_at
        then = self.published[numbers] + ages[numbers]
        keys = self._key(numbers, then)
        after = np.searchsorted(self.keys, keys)
        before = after - 1
        last = len(self.keys) - 1
        has_after = (after <= last) & (self.keys[np.minimum(after, last)] // self.span == numbers)
        has_before = (before >= 0) & (self.keys[before] // self.span == numbers)
        after = np.minimum(after, last)
        exact = has_after & (self.keys[after] == keys)
        gap = self.at[after] - self.at[before]
        inside = has_after & has_before & (gap <= self.max_gap) & ~exact
        share = np.where(inside, (then - self.at[before]) / np.maximum(gap, 1), 0.0)
        earlier, later = (self.views[places].astype(np.float64) for places in (before, after))
        line = np.where(inside, earlier + (later - earlier) * share, np.nan)
        views[numbers] = np.where(exact, later, line)
        known_at[numbers] = np.where(exact | inside, self.at[after], NEVER)
        return views, known_at

    def find_flags(self, numbers: Integers) -> dict[str, Integers]:
        """Return when the counters of these videos first misbehaved, for each kind of `FLAGS`; `NEVER` if never."""
        found = {name: np.full(len(self.published), NEVER) for name in FLAGS}
        chosen = self.counts.filter(pl.col("number").is_in(pl.Series(numbers).implode()))
        if not set(FLAGS) <= set(chosen.columns):
            chosen = flag_counters(chosen, by="number")
        for name in FLAGS:
            first = chosen.filter(pl.col(name)).group_by("number").agg(pl.col(TIMESTAMP).min().dt.timestamp("ms"))
            found[name][first["number"].to_numpy()] = first[TIMESTAMP].to_numpy()
        return found


def build_series(
    readings: Frame, rules: Sequence[CountingRule], max_gap_us: int, until: Any = None, *, by: str
) -> ViewSeries:
    """Return the visible views of a frame's videos, of readings up to `until`.

    Parameters
    ----------
    readings : narwhals frame
        With `by`, ``timestamp``, ``published_at``, ``platform`` and ``views``; and `FLAGS` or all counts for flags.
    rules : sequence of CountingRule
    max_gap_us : int
        In microseconds.
    until : datetime.datetime, optional
    by : str
        The column that identifies a video.
    """
    masked, names = with_masked_counts(readings, ["views"], by=by)
    columns = masked.collect_schema().names()
    counts = next(group for group in (FLAGS, COUNTS, ()) if set(group) <= set(columns))
    short = [IS_SHORT] if IS_SHORT in columns else []
    wanted = masked.filter(is_placed(by)).select(
        nw.col(by).alias("video"), nw.col(TIMESTAMP), *counts, nw.col(names["views"]).alias("visible"), *short,
        nw.col("platform"), to_microseconds(readings, "published_at").alias("published"),
    )  # fmt: skip
    rows = collect_polars(wanted).with_columns(pl.col(TIMESTAMP).cast(pl.Datetime("us", "UTC")))
    if not short:
        rows = rows.with_columns(pl.lit(None, dtype=pl.Boolean).alias(IS_SHORT))
    rows = (rows if until is None else rows.filter(pl.col(TIMESTAMP) <= until)).sort("video", TIMESTAMP)
    rows = rows.with_columns(pl.col("video").rle_id().cast(pl.Int64).alias("number"))
    videos = rows.group_by("number", maintain_order=True).agg(
        pl.col("video", "platform", IS_SHORT).last(), pl.col("published").max()
    )
    published = (videos["published"] // MS).fill_null(NEVER).to_numpy()
    at_us = rows[TIMESTAMP].dt.timestamp("us").to_numpy()
    at = at_us // MS
    usable = rows["visible"].is_not_null().to_numpy() & (
        (at >= published[rows["number"].to_numpy()]) | (published[rows["number"].to_numpy()] == NEVER)
    )
    at, at_us, numbers = at[usable], at_us[usable], rows["number"].to_numpy()[usable]
    first, newest = (int(at.min()), int(at.max())) if len(at) else (0, 0)
    span = newest - first + 3
    return ViewSeries(
        videos.select("video", "platform", "published"), published, _place_rules(videos, rules),
        tuple(rule.label for rule in rules), max_gap_us // MS, first, numbers * span + (at - first + 1), span, at_us,
        rows["visible"].fill_null(0).to_numpy()[usable],
        rows.select("number", TIMESTAMP, *counts),
    )  # fmt: skip


def _place_rules(videos: pl.DataFrame, rules: Sequence[CountingRule]) -> Integers:
    """Return when each rule began that a video may be under; a rule of Shorts is about videos of unknown format too."""
    columns = [
        videos.select(
            pl.when(pl.col("platform") == rule.platform, pl.lit(rule.scope == "all") | pl.col(IS_SHORT).fill_null(True))
            .then(rule.starts_us // MS)
            .otherwise(NEVER)
        ).to_series()
        for rule in rules
    ]
    return np.array([column.to_numpy() for column in columns], dtype=np.int64).reshape(len(rules), -1).T
