"""The videos that the local endpoint serves: each kept as the bytes of its answer, beside what it is sorted by."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import orjson

from influtics_lab.errors import ConfigError
from influtics_lab.simulation import SimulatedVideo
from influtics_lab.simulation.clock import read_instant
from influtics_lab.simulation.random_draws import Draws

Ties = Literal["stable", "random"]
FIELDS: Final = {"created_at": "created_at", "views": "views", "likes": "likes", "updated_at": "stats_last_updated"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One video of the catalogue.

    Attributes
    ----------
    video_id : str
        An item that has none gets a name of its own here; its answer stays as it is.
    platform : str or None
    status : str
        What the endpoint filters by and does not tell.
    created_at, updated_at : int or None
        Microseconds since 1970; null where the answer's text is no instant. `updated_at` is `stats_last_updated`.
    views, likes : float or None
        The latest counts.
    body : bytes
        The answer, as JSON.
    """

    video_id: str
    platform: str | None
    status: str
    created_at: int | None
    updated_at: int | None
    views: float | None
    likes: float | None
    body: bytes

    def answer(self) -> Any:
        """Give the answer, read from its bytes."""
        return orjson.loads(self.body)


def entry_of(answer: Any, status: str, name: str = "") -> Entry:
    """Make an item of an answer into an entry.

    Parameters
    ----------
    answer : JSON value
        Usually an object. What is none, or has no id, is kept too: real pages may hold it.
    status : str
    name : str
        What to call an item without an id.

    Returns
    -------
    Entry
    """
    fields = answer if isinstance(answer, dict) else {}
    video_id, platform = fields.get("video_id"), fields.get("platform")
    return Entry(
        video_id=video_id if isinstance(video_id, str) and video_id else name,
        platform=platform if isinstance(platform, str) else None,
        status=status,
        created_at=read_instant(fields.get("created_at")),
        updated_at=read_instant(fields.get("stats_last_updated")),
        views=_number(fields.get("views")),
        likes=_number(fields.get("likes")),
        body=orjson.dumps(answer),
    )


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


class Catalogue:
    """Videos that can be listed, and changed while they are listed.

    Every method takes the lock, so each request sees one state; `with catalogue.lock:` makes several changes one.

    Parameters
    ----------
    videos : iterable of SimulatedVideo
        Of one id, the last one counts.
    ties : "stable" or "random", default "stable"
        How videos with equal sort values are ordered: by id, or in a new order at each request.
    seed : int, default 1
        Of the random order.

    Examples
    --------
    >>> catalogue = Catalogue([SimulatedVideo({"video_id": "a", "views": 5}, "active")])
    >>> catalogue.update("a", views=6)
    >>> len(catalogue), catalogue["a"].views, catalogue["a"].answer()
    (1, 6, {'video_id': 'a', 'views': 6})
    """

    def __init__(self, videos: Iterable[SimulatedVideo] = (), *, ties: Ties = "stable", seed: int = 1) -> None:
        if ties not in {"stable", "random"}:
            raise ConfigError(f"ties is {ties!r}: give 'stable' or 'random'.")
        self.lock = threading.RLock()
        self.ties: Ties = ties
        self._draws = Draws(seed, 4)
        self._entries: dict[str, Entry] = {}
        self._orders: dict[tuple[str | None, str | None, str, bool], list[bytes]] = {}
        self._nameless = 0
        for video in videos:
            self.insert(video.answer, video.status)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        with self.lock:
            return iter(list(self._entries.values()))

    def __contains__(self, video_id: object) -> bool:
        return video_id in self._entries

    def __getitem__(self, video_id: str) -> Entry:
        return self._entries[video_id]

    def insert(self, answer: Any, status: str = "active") -> None:
        """Add a video, or put it in the place of the one with its id."""
        with self.lock:
            self._nameless += 1
            self._put(entry_of(answer, status, name=f"(no id: {self._nameless})"))

    def delete(self, video_id: str) -> None:
        """Take a video out; KeyError where there is none."""
        with self.lock:
            del self._entries[video_id]
            self._orders.clear()

    def set_status(self, video_id: str, status: str) -> None:
        """Give a video another status; KeyError where there is none."""
        with self.lock:
            self._put(replace(self._entries[video_id], status=status))

    def update(self, video_id: str, /, **fields: Any) -> None:
        """Change fields of a video's answer; KeyError where there is none."""
        with self.lock:
            entry = self._entries[video_id]
            answer = entry.answer() | fields
            if answer["video_id"] != video_id:
                del self._entries[video_id]
            self._put(entry_of(answer, entry.status))

    def listed(
        self,
        *,
        platform: str | None = None,
        status: str | None = None,
        sort: str = "created_at",
        descending: bool = True,
    ) -> list[bytes]:
        """Give the answers of a query, all of them, in its order.

        Parameters
        ----------
        platform, status : str, optional
            Only those; null for all.
        sort : "created_at", "views", "likes" or "updated_at"
        descending : bool

        Returns
        -------
        list of bytes
            Videos without the value that is sorted by come last in either order.
        """
        question = (platform, status, sort, descending)
        with self.lock:
            if self.ties == "random":
                return self._sorted(*question)
            if question not in self._orders:
                self._orders[question] = self._sorted(*question)
            return self._orders[question]

    def _sorted(self, platform: str | None, status: str | None, sort: str, descending: bool) -> list[bytes]:
        found = [
            entry
            for entry in self._entries.values()
            if platform in {None, entry.platform} and status in {None, entry.status}
        ]
        found = (
            self._draws.shuffled(found) if self.ties == "random" else sorted(found, key=lambda entry: entry.video_id)
        )
        known = [(value, entry) for entry in found if (value := getattr(entry, sort)) is not None]
        known.sort(key=lambda pair: pair[0], reverse=descending)
        nulls = [entry.body for entry in found if getattr(entry, sort) is None]
        return [entry.body for _, entry in known] + nulls

    def _put(self, entry: Entry) -> None:
        self._entries[entry.video_id] = entry
        self._orders.clear()
