"""Read every page of a list that may change meanwhile, and prove that no video is missing, or raise.

Requested in ascending order of creation, a page is a contiguous piece of the list at one moment. Two pieces close a
seam if the later one begins **strictly before** the instant at which the earlier one ends: then no instant lies between
them, and every video that was listed throughout is in one of them, however equal instants are ordered and whenever each
piece was fetched. Pieces with closed seams from the list's start to its end are a proof: ``strict``.

A seam that deletions or insertions opened is closed by fetching again around it. If one instant fills a page, no page
can begin strictly before it; then the proof is ``counted``: two passes with the same ids, as many as the total.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from queue import SimpleQueue
from typing import Final

from influtics_lab.api.page_overlap import (
    OVERLAP,
    Piece,
    begin_of,
    closes_seam,
    find_order_problem,
    is_list_end,
    offsets_behind_first,
    reach_of,
    repeats_start,
)
from influtics_lab.errors import IncompleteReadError

_ROUNDS: Final = 40  # requests for one seam before the read fails
_PASSES: Final = 4  # further passes, for two equal ones, if videos can only be counted


@dataclass(frozen=True)
class Proof:
    """How a read was proven complete.

    Parameters
    ----------
    how : {"strict", "counted"}
        All seams closed, or two equal passes that agree with the total.
    requests : int
        Pages fetched.
    refetched : int
        Pages fetched to close seams that were open after the first pass.
    totals : tuple of int
        The least and the greatest total that the server reported.
    """

    how: str
    requests: int
    refetched: int
    totals: tuple[int, int]


Fetch = Callable[[int], Piece]


def read_all(fetch: Fetch, *, workers: int = 4, known: Sequence[Piece] = ()) -> Proof:
    """Fetch pages until the list is proven complete.

    Parameters
    ----------
    fetch : callable
        Accepts an offset, stores the content of the page there in ascending order of creation, and returns its Piece.
        Several threads call it.
    workers : int
        How many pages are fetched at once.
    known : sequence of Piece
        The pieces of an interrupted read, from ``usable_pieces``; used if their seams still close.

    Returns
    -------
    Proof

    Raises
    ------
    IncompleteReadError
        If completeness cannot be proven: the server ignores offset, sort or order, or the list changes faster than it
        can be read.
    """
    reader = _Reader(fetch, workers)
    first_pass = reader.read_through(known)
    how = "strict" if reader.close_seams() else reader.prove_by_count(first_pass)
    if how == "strict" and reader.lacks_videos():
        reader.read_through()
        if not reader.close_seams() or reader.lacks_videos():
            raise _incomplete_error("the pages hold fewer videos than each page's total; the server omits some")
    totals = [piece.total for piece in reader.pieces]
    return Proof(how, len(reader.pieces), reader.refetched, (min(totals), max(totals)))


class _Reader:
    """Fetches pieces, and checks what they prove together."""

    def __init__(self, fetch: Fetch, workers: int) -> None:
        self._fetch = fetch
        self._workers = workers
        self.pieces: list[Piece] = []
        self.refetched = 0
        self._repeats = 0

    def get(self, offset: int) -> Piece:
        return self._add_piece(self._fetch(offset))

    def _add_piece(self, piece: Piece) -> Piece:
        self.pieces.append(_check_order(piece))
        self._repeats += repeats_start(piece, self.pieces[0])
        if self._repeats > 2:
            reason = "pages there repeat the first page; the server seems to ignore offset"
            raise _incomplete_error(reason, [piece.offset])
        return piece

    def read_through(self, known: Sequence[Piece] = ()) -> list[Piece]:
        """Read once from the start to the end that the first page's total implies; return the pieces in order."""
        before = len(self.pieces)
        self.pieces += sorted(known, key=lambda piece: piece.offset)
        if not known:
            self.get(0)
        first = self.pieces[before]
        if not first.ends_list and first.ids:
            fetched = {piece.offset for piece in self.pieces[before:]}
            offsets = offsets_behind_first(first.total, len(first.ids))
            self._fetch_many(offset for offset in offsets if offset not in fetched)
        return sorted(self.pieces[before:], key=lambda piece: piece.offset)

    def _fetch_many(self, offsets: Iterable[int]) -> None:
        """Fetch pieces in parallel; after an error or Ctrl-C no further request starts.

        The threads are daemons, so that the process need not wait for pending answers when the read has ended.
        """
        remaining, lock, stop = iter(offsets), threading.Lock(), threading.Event()
        results: SimpleQueue[Piece | BaseException | None] = SimpleQueue()

        def fetch_remaining() -> None:
            try:
                while not stop.is_set():
                    with lock:
                        offset = next(remaining, None)
                    if offset is None:
                        break
                    results.put(self._fetch(offset))
                results.put(None)
            except BaseException as error:  # noqa: BLE001  # raised again in the thread that reads
                results.put(error)

        for n in range(self._workers):
            threading.Thread(target=fetch_remaining, name=f"influtics-page-{n}", daemon=True).start()
        try:
            ended = 0
            while ended < self._workers:
                result = results.get()
                if isinstance(result, BaseException):
                    raise result
                ended += result is None
                if result is not None:
                    self._add_piece(result)
        finally:
            stop.set()

    def close_seams(self) -> bool:
        """Fetch until the pieces reach from start to end; return False if one instant fills a page."""
        rounds, reached = 0, None
        while (tip := self._find_tip()) is not None:
            rounds = rounds + 1 if tip.last_instant == reached else 1
            reached = tip.last_instant
            if rounds > _ROUNDS:
                raise _incomplete_error("the list changes faster than it can be read", [tip.offset])
            offset = self._choose_offset(tip, rounds)
            if offset is None:
                return False
            self.refetched += 1
            self.get(offset)
        return True

    def _find_tip(self) -> Piece | None:
        """Follow closed seams from the list's start; return the piece at which they stop, None at the list's end."""
        start = self.pieces[0]
        tip = further = max((piece for piece in self.pieces if piece.offset == 0), key=reach_of)
        for piece in sorted(self.pieces, key=begin_of):
            if not closes_seam(tip, piece):
                tip = further
                if not closes_seam(tip, piece):
                    break
            further = max(further, piece, key=reach_of)
        return None if is_list_end(further, start) else further

    def lacks_videos(self) -> bool:
        """Return whether the pieces hold fewer videos than their least total; unknown if a video has no id."""
        ids = {name for piece in self.pieces for name in piece.ids}
        return None not in ids and len(ids) < min(piece.total for piece in self.pieces)

    def _choose_offset(self, tip: Piece, rounds: int) -> int | None:
        """Choose the offset that should close the seam behind the tip; None if no page can."""
        if tip.last_instant is None:
            return None
        if rounds == 1:
            return tip.next_offset if tip.next_offset > tip.offset else None
        newest = self.pieces[-1]
        if (
            not closes_seam(tip, newest) and newest.offset > 0
        ):  # deletions moved the seam to the front: go back in growing steps
            return max(newest.offset - (OVERLAP << rounds), 0)
        return (
            newest.next_offset if newest.next_offset > newest.offset else None
        )  # insertions moved the seam to the back

    def prove_by_count(self, first_pass: list[Piece]) -> str:
        """Read the list again until two passes in a row agree with each other and with the total."""
        previous = _count_pass(first_pass)
        for _ in range(_PASSES):
            ids = _count_pass(self.read_through())
            if ids is not None and ids == previous:
                return "counted"
            previous = ids
        reason = "too many videos have the same created_at to detect seams, and the list changes while it is read"
        if any(piece.ids and piece.offset + len(piece.ids) > piece.total for piece in self.pieces):
            reason = "pages hold more videos than their own total"
        elif any(piece.has_more and piece.offset + len(piece.ids) == piece.total for piece in self.pieces):
            reason = "the last page has has_more=true, but reaches its own total"
        raise _incomplete_error(reason)


def _count_pass(pieces: list[Piece]) -> frozenset[str] | None:
    """Return the ids of a pass; None if pages do not overlap, or the number of ids differs from a total."""
    overlaps = all(set(a.ids) & set(b.ids) for a, b in pairwise(pieces))
    ids = frozenset(name for piece in pieces for name in piece.ids if name is not None)
    has_all = {piece.total for piece in pieces} == {len(ids)}
    return ids if overlaps and has_all and pieces[-1].ends_list else None


def usable_pieces(known: Sequence[Piece]) -> list[Piece]:
    """Return the pieces of an interrupted read from which it can continue.

    Parameters
    ----------
    known : sequence of Piece

    Returns
    -------
    list of Piece
        Sorted by offset. Pieces at the list's end are left out, since it may have grown, and so are pieces without the
        requested offset or order. Empty if the list's start is missing.
    """
    usable = sorted(
        (piece for piece in known if not piece.ends_list and find_order_problem(piece) is None),
        key=lambda piece: piece.offset,
    )
    return usable if usable and usable[0].offset == 0 else []


def _check_order(piece: Piece) -> Piece:
    if (problem := find_order_problem(piece)) is not None:
        raise _incomplete_error(problem, [piece.offset])
    return piece


def _incomplete_error(reason: str, offsets: Sequence[int] = ()) -> IncompleteReadError:
    place = f" at offset {', '.join(map(str, offsets))}" if offsets else ""
    return IncompleteReadError(
        f"The read could not be proven complete{place}: {reason}. Nothing was stored. "
        "Try again when fewer videos are added or deleted, or with a platform or status filter.",
        offsets=offsets,
    )
