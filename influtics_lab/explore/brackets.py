"""The counts of each video at one age, computed once: what filters leave of a comparison is a choice among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl

from influtics_lab.explore.source import Mask, Rows, Source
from influtics_lab.metrics._durations import duration_us
from influtics_lab.metrics._hidden import LIKES_NEVER_ABOVE_VIEWS
from influtics_lab.metrics._sample import Request, table
from influtics_lab.metrics.groups import checked_draws, compared

_LEVEL: Final = 95.0  # percent, as lab.compare has it
_ORIGIN: Final = {"published": "published_at", "tracked": "created_at"}


@dataclass(frozen=True, eq=False)
class Around:
    """The readings on which a count of each video at an age rests.

    Attributes
    ----------
    before, after : array of int
        Of each video, the row of the last reading up to the age that has the count, and of the first one from then
        on; -1 is none. Where no age is asked for, both are the last reading.
    doubtful : array of bool
        The count is 0 at one of them, and hidden there if other readings are as they are, or left out.
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
        """Tell of which videos both readings are kept."""
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
    """

    def __init__(self, source: Source, by: str, at_age: str | None, age: str, parts: tuple[str, ...]) -> None:
        self._source, self._by = source, by
        self.asked = Request("PlatformExplorer", "video_id", at_age, age, None, parts)

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
        draws = checked_draws(self.asked.function, resamples, 0, _LEVEL)
        return compared(rows, self._by, self.asked, draws)

    @cached_property
    def _around(self) -> dict[str, Around]:
        found = {}
        for count in self.asked.counts:
            before, after = self._sides(self._source.known(count))
            doubtful = np.zeros(len(before), dtype=np.bool_)
            for side in (before, after):
                doubtful[side >= 0] |= self._may_hide(count, side[side >= 0])
            found[count] = Around(before, after, doubtful)
        return found

    @cached_property
    def _doubtful(self) -> Mask:
        found: Mask = np.any([around.doubtful for around in self._around.values()], axis=0)
        return found

    @cached_property
    def _whole(self) -> tuple[pl.DataFrame, Rows]:
        """The table of all readings, and to which row of ``source.videos`` each of its rows belongs."""
        rows = self._table(self._source.every)
        keys = self._source.videos.select(video="video_id").with_row_index("place")
        joined = rows.select("video").join(keys, on="video", how="left", maintain_order="left")
        return rows, joined["place"].cast(pl.Int64).to_numpy()

    def _table(self, kept: Mask) -> pl.DataFrame:
        source, counts = self._source, self.asked.counts
        ends = source.ends(kept)
        doubtful = self._doubtful.copy()
        if self.asked.at_age is None:
            for count in counts:
                doubtful[source.owner[ends]] |= self._may_hide(count, ends)
        chosen = np.zeros(len(kept), dtype=np.bool_)
        for around in self._around.values():
            for rows in (around.before, around.after):
                chosen[rows[rows >= 0]] = True
        chosen &= kept
        chosen[ends] = True
        if doubtful.any():
            for rows in self._telling(kept & doubtful[source.owner]):
                chosen[rows] = True
        needed = ["video_id", self._by, "timestamp", "published_at", "created_at", *counts]
        frame = source.frame.select([*dict.fromkeys(needed)])[np.flatnonzero(chosen)]
        return table(frame, self.asked, {"group": self._by})

    def _telling(self, kept: Mask) -> Iterator[Rows]:
        """Give of some readings those that tell whether a count is hidden, and what it is where it is not.

        It is hidden where it is 0 after it was above 0 before, or likes that are 0 throughout where there were many
        views: so the first reading where it is above 0 tells, the nearest ones on both sides of the age, and the one
        with the most views.
        """
        source = self._source
        yield source.ends(kept & (self._views == self._most(kept)[source.owner]))
        for count in self.asked.counts:
            yield source.ends(kept & self._above(count), first=True)
            if self.asked.at_age is not None:
                for rows in self._sides(kept & source.known(count) & ~self._zero(count)):
                    yield rows[rows >= 0]

    def _may_hide(self, count: str, rows: Rows) -> Mask:
        """Tell at which readings a count is 0 and hidden, be it of all readings or of some."""
        source = self._source
        owner, first = source.owner[rows], source.places(self._above(count), first=True)
        hidden: Mask = (first[owner] >= 0) & (source.at[first[owner]] < source.at[rows])
        if count == "likes":
            hidden |= self._most(source.every)[owner] > LIKES_NEVER_ABOVE_VIEWS
        return hidden & self._zero(count)[rows]

    @cached_property
    def _views(self) -> Rows:
        return self._source.frame["views"].fill_null(-1).to_numpy()

    def _most(self, kept: Mask) -> Rows:
        """Give the most views of each video at any of some readings; -1 where there are none."""
        most = np.full(self._source.videos.height, -1, dtype=np.int64)
        np.maximum.at(most, self._source.owner[kept], self._views[kept])
        return most

    def _above(self, count: str) -> Mask:
        return (self._source.frame[count] > 0).fill_null(value=False).to_numpy()

    def _zero(self, count: str) -> Mask:
        return (self._source.frame[count] == 0).fill_null(value=False).to_numpy()

    def _sides(self, kept: Mask) -> tuple[Rows, Rows]:
        """Give of each video the row of the last of some readings up to the age, and of the first one from then on."""
        source = self._source
        if self.asked.at_age is None:
            last = source.places(source.every)
            return last, last
        known, then = self._then
        kept = kept & known
        return source.places(kept & (source.at <= then)), source.places(kept & (source.at >= then), first=True)

    @cached_property
    def _then(self) -> tuple[Mask, Rows]:
        """Whether the instant is known at which each reading's video is of that age, and the instant."""
        origin = self._source.frame[_ORIGIN[self.asked.age]].dt.epoch("us")
        age = duration_us(self.asked.function, "at_age", self.asked.at_age)
        return origin.is_not_null().to_numpy(), origin.fill_null(0).to_numpy() + age
