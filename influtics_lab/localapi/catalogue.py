"""The videos that the local endpoint serves: each as the bytes of its answer, with the fields for sorting."""

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
        An item without an id gets a unique name here; its answer is unchanged.
    platform : str or None
    status : str
        The endpoint filters by it, but does not return it.
    created_at, updated_at : int or None
        Microseconds since 1970; None if the answer's text is no instant. `updated_at` is `stats_last_updated`.
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
        """Return the answer, parsed from its bytes."""
        return orjson.loads(self.body)


def create_entry(answer: Any, status: str, name: str = "") -> Entry:
    """Create an entry from an item of an answer.

    Parameters
    ----------
    answer : JSON value
        Usually an object. Other values, and objects without an id, are kept too: real pages may hold them.
    status : str
    name : str
        The name of an item without an id.

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
        views=_number_or_none(fields.get("views")),
        likes=_number_or_none(fields.get("likes")),
        body=orjson.dumps(answer),
    )


def _number_or_none(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


class Catalogue:
    """Videos that can be listed, and changed between requests.

    Every method acquires the lock, so each request sees one state; `with catalogue.lock:` groups several changes.

    Parameters
    ----------
    videos : iterable of SimulatedVideo
        Of videos with the same id, the last one counts.
    ties : "stable" or "random", default "stable"
        How videos with equal sort values are ordered: by id, or randomly at each request.
    seed : int, default 1
        The seed of the random order.

    Examples
    --------
    >>> catalogue = Catalogue([SimulatedVideo({"video_id": "a", "views": 5}, "active")])
    >>> catalogue.update("a", views=6)
    >>> len(catalogue), catalogue["a"].views, catalogue["a"].answer()
    (1, 6, {'video_id': 'a', 'views': 6})
    """

    def __init__(self, videos: Iterable[SimulatedVideo] = (), *, ties: Ties = "stable", seed: int = 1) -> None:
        if ties not in {"stable", "random"}:
            raise ConfigError(f"ties is {ties!r}; expected 'stable' or 'random'.")
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
        """Add a video, or replace the one with the same id."""
        with self.lock:
            self._nameless += 1
            self._put_entry(create_entry(answer, status, name=f"(no id: {self._nameless})"))

    def delete(self, video_id: str) -> None:
        """Remove a video; raise KeyError if it does not exist."""
        with self.lock:
            del self._entries[video_id]
            self._orders.clear()

    def set_status(self, video_id: str, status: str) -> None:
        """Change the status of a video; raise KeyError if it does not exist."""
        with self.lock:
            self._put_entry(replace(self._entries[video_id], status=status))

    def update(self, video_id: str, /, **fields: Any) -> None:
        """Change fields of a video's answer; raise KeyError if it does not exist."""
        with self.lock:
            entry = self._entries[video_id]
            answer = entry.answer() | fields
            if answer["video_id"] != video_id:
                del self._entries[video_id]
            self._put_entry(create_entry(answer, entry.status))

    def listed(
        self,
        *,
        platform: str | None = None,
        status: str | None = None,
        sort: str = "created_at",
        descending: bool = True,
    ) -> list[bytes]:
        """Return the bodies of all videos of a query, in its order.

        Parameters
        ----------
        platform, status : str, optional
            The filters; None selects all.
        sort : "created_at", "views", "likes" or "updated_at"
        descending : bool

        Returns
        -------
        list of bytes
            Videos without the sort value come last in either order.
        """
        question = (platform, status, sort, descending)
        with self.lock:
            if self.ties == "random":
                return self._sort_bodies(*question)
            if question not in self._orders:
                self._orders[question] = self._sort_bodies(*question)
            return self._orders[question]

    def _sort_bodies(self, platform: str | None, status: str | None, sort: str, descending: bool) -> list[bytes]:
        entries = [
            entry
            for entry in self._entries.values()
            if platform in {None, entry.platform} and status in {None, entry.status}
        ]
        entries = (
            self._draws.shuffle(entries) if self.ties == "random" else sorted(entries, key=lambda entry: entry.video_id)
        )
        keyed = [(value, entry) for entry in entries if (value := getattr(entry, sort)) is not None]
        keyed.sort(key=lambda pair: pair[0], reverse=descending)
        nulls = [entry.body for entry in entries if getattr(entry, sort) is None]
        return [entry.body for _, entry in keyed] + nulls

    def _put_entry(self, entry: Entry) -> None:
        self._entries[entry.video_id] = entry
        self._orders.clear()
