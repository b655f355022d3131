"""Read one whole list: fetch pages in parallel, decode them, prove the list complete, merge the frames."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from influtics_lab.api.connection import Connection
from influtics_lab.api.decode import Frames
from influtics_lab.api.decode_answers import AnswerDecoder
from influtics_lab.api.envelope import Answer, open_envelope
from influtics_lab.api.page_overlap import LIMIT, OVERLAP, Piece, offsets_behind_first
from influtics_lab.api.paging import Proof, read_all, usable_pieces
from influtics_lab.api.progress_line import Progress
from influtics_lab.api.query import Query
from influtics_lab.api.retry_budget import RetryBudget
from influtics_lab.api.timestamps import read_instants_fast
from influtics_lab.errors import PayloadError
from influtics_lab.storage import report_write_errors

_PAGE: Final = re.compile(r"page-(?P<number>\d{5,})-offset-(?P<offset>\d{7,})\.json")
_STALE: Final = dt.timedelta(days=1)  # older pages of an interrupted read are not used


@dataclass(frozen=True)
class ListRead:
    """A whole list that was read and proven complete.

    Parameters
    ----------
    frames : Frames
    ids : set of str
        The videos' ids.
    proof : Proof
    request_ids : list of str or None
        In the order of receipt.
    retries : int
    resumed : int
        Pages taken from an interrupted read.
    started_at : datetime.datetime
        When the first of its pages was requested, UTC.
    """

    frames: Frames
    ids: set[str]
    proof: Proof
    request_ids: list[str | None]
    retries: int
    resumed: int
    started_at: dt.datetime

    def manifest_facts(self) -> dict[str, Any]:
        """Return the facts of the read for the manifest."""
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
    budget: RetryBudget,
    pages: Path | None = None,
    resume: bool = False,
    only_ids: bool = False,
) -> ListRead:
    """Read every video of a query, or raise.

    Parameters
    ----------
    connection : Connection
    platform, status : str, optional
        The filters.
    what : str
        The label of the progress bar.
    budget : RetryBudget
        The budget that it shares with other reads.
    pages : pathlib.Path, optional
        A folder for the raw answers.
    resume : bool
        Use the answers that an interrupted read of the same query left in that folder.
    only_ids : bool
        Keep only the videos' ids, without frames.

    Returns
    -------
    ListRead

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
        store = _PageStore(connection, platform, status, budget, progress, None if only_ids else pages, only_ids)
        known = store.resume() if resume else []
        started_at = min(store.kept_at, default=dt.datetime.now(dt.UTC))
        try:
            if not known:
                store.request_ahead()
            proof = read_all(store.fetch, workers=connection.workers, known=known)
        except BaseException:
            budget.cancel()  # the workers stop requesting and waiting
            raise
    ids = [store.request_ids[number] for number in sorted(store.request_ids)]
    return ListRead(store.decoder.finish(), store.ids, proof, ids, budget.retries, len(known), started_at)


class _EarlyRequest(threading.Thread):
    """Requests a page that the list may no longer have: once, since a failure means nothing before the first page."""

    def __init__(self, connection: Connection, query: Query, budget: RetryBudget) -> None:
        super().__init__(name=f"influtics-early-{query.offset}", daemon=True)
        self._request = partial(connection.get, query, budget, retry=False)
        self._answer: tuple[Answer, bytearray] | None = None
        self.start()

    def run(self) -> None:
        with suppress(BaseException):
            self._answer = self._request()

    def wait(self) -> tuple[Answer, bytearray] | None:
        """Return the answer and its bytes; None if the request failed."""
        self.join()
        return self._answer


@dataclass
class _PageStore:
    """Fetches pages, decodes and stores their content, and describes each as a piece of the list."""

    connection: Connection
    platform: str | None
    status: str | None
    budget: RetryBudget
    progress: Progress
    folder: Path | None
    only_ids: bool
    ids: set[str] = field(default_factory=set)
    kept_at: list[dt.datetime] = field(default_factory=list)
    decoder: AnswerDecoder = field(default_factory=AnswerDecoder)
    request_ids: dict[int, str | None] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ahead: dict[int, _EarlyRequest] = field(default_factory=dict)

    def request_ahead(self) -> None:
        """Request pages behind the first one at once, as far as the list reached when the connection last saw it."""
        total = self.connection.list_lengths.get((self.platform, self.status), 0)
        for offset in offsets_behind_first(total)[: self.connection.workers - 1]:
            self._ahead[offset] = _EarlyRequest(self.connection, self._query(offset), self.budget)

    def _query(self, offset: int) -> Query:
        return Query(self.platform, self.status, "created_at", "asc", LIMIT, offset)

    def fetch(self, offset: int) -> Piece:
        """Fetch the page at an offset and store it."""
        early = self._ahead.pop(offset, None)
        answer, body = (early and early.wait()) or self.connection.get(self._query(offset), self.budget)
        if offset == 0:  # its total decides: what does not belong to the first pass is not used in a later one
            needed = offsets_behind_first(answer.total, len(answer.items))
            self._ahead = {start: request for start, request in self._ahead.items() if start in needed}
        with self._lock:
            number = next(self._numbers)
        if self.folder is not None:
            _write_page(self.folder / f"page-{number:05d}-offset-{offset:07d}.json", body)
        with self.connection.decoding:
            return self._add_page(number, describe_page(offset, answer), answer)

    def resume(self) -> list[Piece]:
        """Use the pages of an interrupted read from which it can continue, and delete the others."""
        paths = sorted(self.folder.glob("page-*.json")) if self.folder else []
        saved = {path: page for path in paths if (page := _read_left_page(path)) is not None}
        pieces = usable_pieces([piece for _, piece, _ in saved.values()])
        for path, (number, piece, answer) in saved.items():
            if piece in pieces:
                self.kept_at.append(dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC))
                self._add_page(number, piece, answer)
        for path in paths:
            if path not in saved or saved[path][1] not in pieces:
                path.unlink()
        self._numbers = itertools.count(max(self.request_ids, default=-1) + 1)
        return pieces

    def _add_page(self, number: int, piece: Piece, answer: Answer) -> Piece:
        readings = 0 if self.only_ids else self.decoder.add(answer.items, number)
        self.request_ids[number] = answer.request_id
        self.ids.update(name for name in piece.ids if name)
        expected = -(-answer.total // max(len(answer.items) - OVERLAP, 1))
        self.progress.add_page(len(answer.items), readings, expected, self.budget.retries)
        return piece


def _read_left_page(path: Path) -> tuple[int, Piece, Answer] | None:
    """Read a page of an interrupted read; return None if it is incomplete or older than a day."""
    match = _PAGE.fullmatch(path.name)
    is_fresh = path.stat().st_mtime >= (dt.datetime.now(dt.UTC) - _STALE).timestamp()
    try:
        answer = open_envelope(path.read_bytes()) if match and is_fresh else None
    except PayloadError:
        return None
    if match is None or answer is None:
        return None
    return int(match["number"]), describe_page(int(match["offset"]), answer), answer


def _write_page(path: Path, body: bytes | bytearray) -> None:
    with report_write_errors(f"{path} cannot be written", "Choose another folder."):
        path.write_bytes(body)


def describe_page(offset: int, answer: Answer, sort_field: str = "created_at") -> Piece:
    """Return an answer as a piece of a list that is sorted by a field of its videos."""
    ids, texts = (_text_field(answer, name) for name in ("video_id", sort_field))
    instants, bad = read_instants_fast([text or "" for text in texts])
    created = tuple([None if n in bad else instant for n, instant in enumerate(instants.tolist())])
    return Piece(offset, answer.total, tuple(ids), created, answer.offset, answer.has_more)


def _text_field(answer: Answer, name: str) -> list[str | None]:
    values = [item.get(name) if isinstance(item, dict) else None for item in answer.items]
    return [value if isinstance(value, str) else None for value in values]
