"""What explorers of a frame share: filters that say which readings are looked at, and a link to other explorers."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import polars as pl

from influtics_lab.errors import ConfigError
from influtics_lab.explore import controls as c
from influtics_lab.explore.explorer_base import TYPING, Board, alarm
from influtics_lab.explore.explorer_state import State
from influtics_lab.explore.filters import Filters
from influtics_lab.explore.frame_source import Source
from influtics_lab.text_format import plural

S = TypeVar("S", bound=State)

_FILTERS = (
    ("platform",), ("status",), ("search",), ("since",), ("until",), ("age",), ("from_days", "to_days"), ("flagged",),
)  # fmt: skip


class Explorer(Board[S]):
    """Base of the explorers of a frame; each says which controls it has besides the filters, and what is drawn."""

    _count = True  # whether pictures are of a count

    def __init__(self, frame: object, state: S, *, folder: str | os.PathLike[str] | None = None) -> None:
        self._source = Source(frame, type(self).__name__)
        self._followers: list[Explorer[Any]] = []
        super().__init__(state, folder=folder)

    # what each explorer says

    @abstractmethod
    def _own_controls(self) -> dict[str, Any]: ...

    def _rows(self) -> Sequence[Sequence[str]]:
        """Give the names of its own controls, row by row."""
        return ()

    def _drawn(self) -> str:
        """Give what is drawn of what is left, in a few words."""
        return ""

    # what all have

    def link_to(self, *others: Explorer[Any]) -> None:
        """Let these explorers share their filters from now on: what is changed in one is changed in all.

        Parameters
        ----------
        *others : Explorer
            Over the same videos: a platform that one of them does not have leaves it as it is.
        """
        all_of = [self, *others]
        for each in all_of:
            each._followers = [  # noqa: SLF001  # of its own kind
                other for other in all_of if other is not each
            ]
        self._lead()

    def follow(self, filters: Filters) -> None:
        """Take these filters over, as a linked explorer does: soon, and in place told where they do not fit.

        Parameters
        ----------
        filters : Filters
        """
        try:
            self.state, self._wrong = self._known(replace(self.state, filters=filters)), None
        except ConfigError as error:
            self.status.value = alarm(f"Not followed: {error}")
            return
        self._link()
        self._later.do(self._refresh, TYPING)

    def _lead(self) -> None:
        for follower in self._followers:
            follower.follow(self.state.filters)

    def _known(self, state: S) -> S:
        for name in ("platform", "status"):
            value, offered = getattr(state.filters, name), self._source.offered(name)
            if value is not None and value not in offered:
                raise ConfigError(f"{name} is {value!r}; this frame has {', '.join(offered) or 'none'}.")
        return state

    def _controls(self) -> dict[str, Any]:
        offered = {name: self._source.offered(name) for name in ("platform", "status")}
        return c.filter_controls(offered, count=self._count) | self._own_controls()

    def _headings(self) -> Sequence[tuple[str, Sequence[Sequence[str]]]]:
        own = self._rows()
        used = {name for row in own for name in row}
        rest = [[name for name in row if name not in used] for row in _FILTERS]
        return (("What is drawn", own), ("Of which videos and readings", rest))

    def _owner(self, name: str) -> object:
        return self.state.filters if name in c.FILTERS else self.state

    def _moved(self, before: S) -> None:
        if self.state.filters != before.filters:
            self._lead()

    def _read(self) -> S:
        said = self._said_by_controls()
        filters = {name: said.pop(name) for name in c.FILTERS if name in said}
        return replace(self.state, filters=replace(self.state.filters, **filters), **said)

    def _left_videos(self) -> pl.DataFrame:
        """Give the videos that the filters leave, of which there are readings."""
        return self._source.videos.filter(pl.Series(self._source.left(self.state.filters).of_videos))

    def _remains(self) -> str:
        left, source = self._source.left(self.state.filters), self._source
        readings = f"{left.readings:,} of {plural(source.frame.height, 'reading')} left"
        drawn = self._drawn()
        return f"{left.videos:,} of {plural(source.videos.height, 'video')}, {readings}{'; ' * bool(drawn)}{drawn}"
