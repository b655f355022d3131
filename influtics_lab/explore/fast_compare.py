"""The counts of each video at one age, computed once: what filters leave of a comparison is a choice among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl

from influtics_lab.defaults import LEVEL_PCT
from influtics_lab.explore.frame_source import Mask, Rows, Source
from influtics_lab.metrics._comparison_sample import Request, table
from influtics_lab.metrics._durations import duration_us
from influtics_lab.metrics.groups import checked_draws, compare_table
from influtics_lab.schema import COUNTS

_ORIGIN: Final = {"published": "published_at", "tracked": "created_at"}


@dataclass(frozen=True, eq=False)
class Around:
    """The readings on which a count of each video at an age rests.

    Attributes
    ----------
    before, after : array of int
        Of each video, the row of the last reading up to the age that has the count, and of the first one from then
        on; -1 is none. Where no age is asked for, both are the last reading that has all counts, and views above 0.
    doubtful : array of bool
        The count is 0 at one of them: whether it is hidden there depends on other readings.
    """

    before: Rows
    after: Rows
    doubtful: Mask

    @property
    def there(self) -> Mask:
        """Which videos have both."""
        both: Mask = (self.before >= 0) & (self.after >= 0)
        return both

    def stays(self, kept: Mask) -> Mask:
        """Return of which videos both readings are kept."""
        stays: Mask = self.there & kept[self.before] & kept[self.after]
        return stays


class Equal:
    """All videos of a frame at one age, as ``lab.compare`` takes them.

    Parameters
    ----------
    source : Source
    by : str
        The column of the groups.
    at_age : str or None
        None is each video's last reading.
    age : str
        published or tracked.
    parts : tuple of str
        Of engagement.
    max_gap : str or None
        Do not interpolate over longer gaps.
    """

    def __init__(
        self,
        source: Source,
        by: str,
        at_age: str | None,
        age: str,
        parts: tuple[str, ...],
        *,
        max_gap: str | None = None,
    ) -> None:
        self._source, self._by = source, by
        self.asked = Request("PlatformExplorer", "video_id", at_age, age, max_gap, parts)

    def rows(self, kept: Mask, videos: Mask, *, cut: bool) -> pl.DataFrame:
        """Give the small table of some readings: one row for each video.

        Parameters
        ----------
        kept : array of bool
            Which readings; of each video those between two instants.
        videos : array of bool
            Which videos have one among them.
        cut : bool
            Whether any of these videos has fewer than all of its readings.

        Returns
        -------
        polars.DataFrame
        """
        whole, place = self._whole
        if not cut:
            return whole.filter(pl.Series(videos[place]))
        last = self.asked.at_age is None
        stays = {count: around.stays(kept) for count, around in self._around.items()}
        again = self._doubtful | ~stays["views"] if last else self._doubtful
        lost = {count: pl.Series((self._around[count].there & ~stays[count])[place]) for count in stays}
        rate = pl.when(~pl.any_horizontal(lost.values())).then("rate")
        known = [pl.when(~pl.lit(lost["views"])).then("views"), rate]
        once = whole.with_columns(known).filter(pl.Series((videos & ~again)[place]))
        if not (again & videos).any():
            return once
        return pl.concat([once, self._table(kept & again[self._source.owner])]).sort("video")

    def groups(self, rows: pl.DataFrame, resamples: int) -> pl.DataFrame:
        """Give of a small table what ``lab.compare`` gives of the readings behind it."""
        draws = checked_draws(self.asked.function, resamples, 0, LEVEL_PCT)
        return compare_table(rows, self._by, self.asked, draws)

    @cached_property
    def _around(self) -> dict[str, Around]:
        return self._found(self._source.every)

    def _found(self, kept: Mask) -> dict[str, Around]:
        found = {}
        for count in self.asked.counts:
            before, after = self._sides(kept, count)
            doubtful = np.zeros(len(before), dtype=np.bool_)
            for side in (before, after):
                doubtful[side >= 0] |= self._zero(count)[side[side >= 0]]
            found[count] = Around(before, after, doubtful)
        return found

    @cached_property
    def _doubtful(self) -> Mask:
        return _any_doubtful(self._around)

    @cached_property
    def _whole(self) -> tuple[pl.DataFrame, Rows]:
        """The table of all readings, and to which row of ``source.videos`` each of its rows belongs."""
        rows = self._table(self._source.every)
        keys = self._source.videos.select(video="video_id").with_row_index("place")
        joined = rows.select("video").join(keys, on="video", how="left", maintain_order="left")
        return rows, joined["place"].cast(pl.Int64).to_numpy()

    def _table(self, kept: Mask) -> pl.DataFrame:
        """Make the table of the readings that decide it: those around the age, and all where one of them is 0."""
        source = self._source
        around = self._found(kept)
        chosen = np.zeros(len(kept), dtype=np.bool_)
        for sides in around.values():
            for rows in (sides.before, sides.after):
                chosen[rows[rows >= 0]] = True
        chosen[source.ends(kept)] = True
        unsure = _any_doubtful(around)
        if self.asked.at_age is None:
            unsure |= ~around["views"].there
        chosen |= kept & unsure[source.owner]
        needed = ["video_id", self._by, "timestamp", "published_at", "created_at", *COUNTS]
        frame = source.frame.select([*dict.fromkeys(needed)])[np.flatnonzero(chosen)]
        return table(frame, self.asked, {"group": self._by})

    def _zero(self, count: str) -> Mask:
        zero = self._source.frame[count]
        return self._source.once(("zero", count), lambda: (zero == 0).fill_null(value=False).to_numpy())

    def _sides(self, kept: Mask, count: str) -> tuple[Rows, Rows]:
        """Return of each video the row of the last of some readings up to the age, and of the first from then on."""
        source = self._source
        if self.asked.at_age is None:
            last = source.places(kept & self._rated)
            return last, last
        known, then = self._then
        kept = kept & source.known(count) & known
        return source.places(kept & (source.at <= then)), source.places(kept & (source.at >= then), first=True)

    @cached_property
    def _rated(self) -> Mask:
        """Which readings have a rate unless a count is hidden."""
        rated = np.all([self._source.known(count) for count in self.asked.counts], axis=0)
        found: Mask = rated & (self._source.frame["views"] > 0).fill_null(value=False).to_numpy()
        return found

    @cached_property
    def _then(self) -> tuple[Mask, Rows]:
        """Whether the instant is known at which each reading's video is of that age, and the instant."""
        origin = self._source.frame[_ORIGIN[self.asked.age]].dt.epoch("us")
        age = duration_us(self.asked.function, "at_age", self.asked.at_age)
        return origin.is_not_null().to_numpy(), origin.fill_null(0).to_numpy() + age


def _any_doubtful(around: Mapping[str, Around]) -> Mask:
    found: Mask = np.any([sides.doubtful for sides in around.values()], axis=0)
    return found
