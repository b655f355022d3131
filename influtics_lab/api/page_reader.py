"""One whole list read: pages fetched at once, decoded as they come, joined by seams, merged into frames."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from influtics_lab.api.connection import Connection
from influtics_lab.api.decode import Frames
from influtics_lab.api.envelope import Answer, open_envelope
from influtics_lab.api.field_values import instants
from influtics_lab.api.merge_answers import decode_answer, merge
from influtics_lab.api.page_overlap import LIMIT, OVERLAP, Piece
from influtics_lab.api.paging import Proof, read_all, usable
from influtics_lab.api.progress_line import Progress
from influtics_lab.api.query import Query
from influtics_lab.api.retry_budget import Patience
from influtics_lab.errors import PayloadError, StorageError

_PAGE: Final = re.compile(r"page-(?P<number>\d{5,})-offset-(?P<offset>\d{7,})\.json")
_STALE: Final = dt.timedelta(days=1)  # pages of an interrupted read that are older say too little of today


@dataclass(frozen=True)
class Reading:
    """A list that was read and proven complete.

    Parameters
    ----------
    frames : Frames
    ids : set of str
        The videos' ids.
    proof : Proof
    request_ids : list of str or None
        In the order in which the answers came.
    retries : int
    resumed : int
        Pages that an interrupted read had left behind.
    started_at : datetime.datetime
        When the first of its pages was asked for, UTC.
    """

    frames: Frames
    ids: set[str]
    proof: Proof
    request_ids: list[str | None]
    retries: int
    resumed: int
    started_at: dt.datetime

    def facts(self) -> dict[str, Any]:
        """Give what the manifest says of the read."""
        proof = asdict(self.proof)
        return {
            "pages": self.proof.requests,
            "request_ids": self.request_ids,
            "retries": self.retries,
            "resumed_pages": self.resumed,
            "total_reported": proof.pop("totals"),
            "completeness": {"proven": proof["how"], "refetched": proof["refetched"]},
        }


def read_list(
    connection: Connection,
    platform: str | None,
    status: str | None,
    *,
    what: str,
    patience: Patience,
    pages: Path | None = None,
    resume: bool = False,
    only_ids: bool = False,
) -> Reading:
    """Read every video of a query, or raise.

    Parameters
    ----------
    connection : Connection
    platform, status : str, optional
        The filters.
    what : str
        How the progress bar names it.
    patience : Patience
        The budget that it shares with other reads.
    pages : pathlib.Path, optional
        A folder for the answers as they came.
    resume : bool
        Use the answers that an interrupted read of the same query left in that folder.
    only_ids : bool
        Keep the videos' ids, and make no frames of what was answered.

    Returns
    -------
    Reading

    Raises
    ------
    IncompleteReadError
        If completeness cannot be proven.
    KeyRefusedError, RequestRefusedError, PayloadError, UnavailableError
        As the service answers.
    StorageError
        If the folder cannot be written.
    """
    with Progress(what) as progress:
        kept = _Pages(connection, (platform, status), patience, progress, None if only_ids else pages)
        kept.only_ids = only_ids
        known = kept.resume() if resume else []
        started_at = min(kept.kept_at, default=dt.datetime.now(dt.UTC))
        try:
            proof = read_all(kept.fetch, workers=connection.workers, known=known)
        except BaseException:
            patience.cancel()  # so that no worker asks or waits any more
            raise
    frames = merge([kept.frames[number] for number in sorted(kept.frames)])
    ids = [kept.request_ids[number] for number in sorted(kept.request_ids)]
    return Reading(frames, kept.ids, proof, ids, patience.retries, len(known), started_at)


class _Pages:
    """Fetches a page, keeps what it holds, and tells paging what it needs to know of it."""

    def __init__(
        self,
        connection: Connection,
        filters: tuple[str | None, str | None],
        patience: Patience,
        progress: Progress,
        folder: Path | None,
    ) -> None:
        self._connection = connection
        self._platform, self._status = filters
        self._patience = patience
        self._progress = progress
        self._folder = folder
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self.only_ids = False
        self.ids: set[str] = set()
        self.kept_at: list[dt.datetime] = []
        self.frames: dict[int, Frames] = {}
        self.request_ids: dict[int, str | None] = {}

    def fetch(self, offset: int) -> Piece:
        """Ask for the page at an offset, and keep it."""
        query = Query(self._platform, self._status, "created_at", "asc", LIMIT, offset)
        answer, body = self._connection.get(query, self._patience)
        with self._lock:
            number = next(self._numbers)
        if self._folder is not None:
            _keep(self._folder / f"page-{number:05d}-offset-{offset:07d}.json", body)
        return self._take(number, _piece(offset, answer), answer)

    def resume(self) -> list[Piece]:
        """Take the pages that an interrupted read left, where one can go on from them; the others are deleted."""
        paths = sorted(self._folder.glob("page-*.json")) if self._folder else []
        left = {path: found for path in paths if (found := _left(path)) is not None}
        pieces = usable([piece for _, piece, _ in left.values()])
        for path, (number, piece, answer) in left.items():
            if piece in pieces:
                self.kept_at.append(dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC))
                self._take(number, piece, answer)
        for path in paths:
            if path not in left or left[path][1] not in pieces:
                path.unlink()
        self._numbers = itertools.count(max(self.frames, default=-1) + 1)
        return pieces

    def _take(self, number: int, piece: Piece, answer: Answer) -> Piece:
        frames = decode_answer([] if self.only_ids else answer.items, number)
        self.frames[number], self.request_ids[number] = frames, answer.request_id
        self.ids.update(name for name in piece.ids if name)
        expected = -(-answer.total // max(len(answer.items) - OVERLAP, 1))
        self._progress.page(len(answer.items), frames.stats.height, expected, self._patience.retries)
        return piece


def _left(path: Path) -> tuple[int, Piece, Answer] | None:
    """Read a page that an interrupted read left; one that is not whole, or a day old, is none."""
    name = _PAGE.fullmatch(path.name)
    fresh = path.stat().st_mtime >= (dt.datetime.now(dt.UTC) - _STALE).timestamp()
    try:
        answer = open_envelope(path.read_bytes()) if name and fresh else None
    except PayloadError:
        return None
    if name is None or answer is None:
        return None
    return int(name["number"]), _piece(int(name["offset"]), answer), answer


def _keep(path: Path, body: bytes | bytearray) -> None:
    try:
        path.write_bytes(body)
    except OSError as error:
        text = f"The answers cannot be kept in {path.parent}: {error.strerror}. Choose another folder."
        raise StorageError(text) from None


def _piece(offset: int, answer: Answer) -> Piece:
    objects = [item if isinstance(item, dict) else {} for item in answer.items]
    ids = [item.get("video_id") for item in objects]
    created = [item.get("created_at") for item in objects]
    texts = pl.Series([value if isinstance(value, str) else None for value in created], dtype=pl.String)
    values, _ = instants(texts)
    return Piece(
        offset=offset,
        total=answer.total,
        ids=tuple(value if isinstance(value, str) else None for value in ids),
        created=tuple(values.to_physical().to_list()),
        answered_offset=answer.offset,
        has_more=answer.has_more,
    )
