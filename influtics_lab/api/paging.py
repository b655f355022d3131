"""Every page of a list that may change while it is read, joined so that nothing is lost, or an error that says where.

Asked for in ascending order of creation, a page is a contiguous piece of the list at its moment. Two pieces close a
seam when the later one begins **strictly before** the instant at which the earlier one ends: then no instant lies
between them, and whatever was listed throughout is in one of them, in whatever order equals come and whenever each
piece was fetched. Pieces from the list's start to its end, seam by seam, are a proof: ``strict``.

A seam that deletions or insertions opened is closed by fetching again around it. Where one instant fills a page no
page begins strictly before it, and ``counted`` must do: two passes with the same ids, as many as the total says.
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
    ends_list,
    order_problem,
    reach_of,
    repeats_start,
)
from influtics_lab.errors import IncompleteReadError

_ROUNDS: Final = 40  # fetches that may go into one seam before the read gives up
_PASSES: Final = 4  # further passes for two equal ones where videos can only be counted


@dataclass(frozen=True)
class Proof:
    """How a read was proven complete.

    Parameters
    ----------
    how : {"strict", "counted"}
        Every seam closed; or two equal passes that agree with the total.
    requests : int
        Pages fetched.
    refetched : int
        Pages fetched to close seams that the first round left open.
    totals : tuple of int
        The least and the greatest total that the server named while it was read.
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
        Takes an offset, gives the Piece there, in ascending order of creation, and keeps what the page holds. It is
        called by several threads.
    workers : int
        How many pages are fetched at once.
    known : sequence of Piece
        What an interrupted read had fetched, as ``usable`` gives it; used where its seams still close.

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
    how = "strict" if reader.close_seams() else reader.count(first_pass)
    if how == "strict" and reader.fewer_than_said():
        reader.read_through()
        if not reader.close_seams() or reader.fewer_than_said():
            raise _incomplete(
                "the pages hold fewer videos than each of them says there are; the server leaves some out"
            )
    totals = [piece.total for piece in reader.pieces]
    return Proof(how, len(reader.pieces), reader.refetched, (min(totals), max(totals)))


class _Reader:
    """The pieces fetched so far, and what they prove together."""

    def __init__(self, fetch: Fetch, workers: int) -> None:
        self._fetch = fetch
        self._workers = workers
        self.pieces: list[Piece] = []
        self.refetched = 0
        self._repeats = 0

    def get(self, offset: int) -> Piece:
        return self._add(self._fetch(offset))

    def _add(self, piece: Piece) -> Piece:
        self.pieces.append(_checked(piece))
        self._repeats += repeats_start(piece, self.pieces[0])
        if self._repeats > 2:
            why = "pages there repeat the first one; the server seems to ignore offset"
            raise _incomplete(why, [piece.offset])
        return piece

    def read_through(self, known: Sequence[Piece] = ()) -> list[Piece]:
        """Read once from start to end as the first page's total has it; give the pieces in order."""
        before = len(self.pieces)
        self.pieces += sorted(known, key=lambda piece: piece.offset)
        if not known:
            self.get(0)
        first = self.pieces[before]
        if not first.ends and first.ids:
            step = max(len(first.ids) - OVERLAP, 1)
            here = {piece.offset for piece in self.pieces[before:]}
            self._get_many(offset for offset in range(step, first.total - OVERLAP, step) if offset not in here)
        return sorted(self.pieces[before:], key=lambda piece: piece.offset)

    def _get_many(self, offsets: Iterable[int]) -> None:
        """Fetch pieces at once; on an error or Ctrl-C the rest is not asked for any more.

        The threads are daemons: nobody waits for an answer that is still on its way when the read has ended.
        """
        left, lock, stop = iter(offsets), threading.Lock(), threading.Event()
        results: SimpleQueue[Piece | BaseException | None] = SimpleQueue()

        def work() -> None:
            try:
                while not stop.is_set():
                    with lock:
                        offset = next(left, None)
                    if offset is None:
                        break
                    results.put(self._fetch(offset))
                results.put(None)
            except BaseException as error:  # noqa: BLE001  # raised again in the thread that reads
                results.put(error)

        for n in range(self._workers):
            threading.Thread(target=work, name=f"influtics-page-{n}", daemon=True).start()
        try:
            ended = 0
            while ended < self._workers:
                result = results.get()
                if isinstance(result, BaseException):
                    raise result
                ended += result is None
                if result is not None:
                    self._add(result)
        finally:
            stop.set()

    def close_seams(self) -> bool:
        """Fetch until the pieces reach from start to end; False where one instant fills a page."""
        rounds, reached = 0, None
        while (tip := self._tip()) is not None:
            rounds = rounds + 1 if tip.last == reached else 1
            reached = tip.last
            if rounds > _ROUNDS:
                raise _incomplete("the list changes faster than it can be read", [tip.offset])
            offset = self._where_next(tip, rounds)
            if offset is None:
                return False
            self.refetched += 1
            self.get(offset)
        return True

    def _tip(self) -> Piece | None:
        """Follow closed seams from the list's start; give the piece at which they stop, None at the list's end."""
        start = self.pieces[0]
        tip = further = max((piece for piece in self.pieces if piece.offset == 0), key=reach_of)
        for piece in sorted(self.pieces, key=begin_of):
            if not closes_seam(tip, piece):
                tip = further
                if not closes_seam(tip, piece):
                    break
            further = max(further, piece, key=reach_of)
        return None if ends_list(further, start) else further

    def fewer_than_said(self) -> bool:
        """Say whether the pieces hold fewer videos than the least of their totals; a video without an id may be any."""
        ids = {name for piece in self.pieces for name in piece.ids}
        return None not in ids and len(ids) < min(piece.total for piece in self.pieces)

    def _where_next(self, tip: Piece, rounds: int) -> int | None:
        """Choose the offset that should close the seam behind the tip; None where no page can."""
        if tip.last is None:
            return None
        if rounds == 1:
            return tip.next_offset if tip.next_offset > tip.offset else None
        tried = self.pieces[-1]
        if not closes_seam(tip, tried) and tried.offset > 0:  # deletions moved the seam: back, ever further
            return max(tried.offset - (OVERLAP << rounds), 0)
        return tried.next_offset if tried.next_offset > tried.offset else None  # insertions moved it to the back

    def count(self, first_pass: list[Piece]) -> str:
        """Read the list again until two passes in a row agree with each other and with the total."""
        previous = _counted(first_pass)
        for _ in range(_PASSES):
            ids = _counted(self.read_through())
            if ids is not None and ids == previous:
                return "counted"
            previous = ids
        why = "so many videos have the same created_at that seams cannot be told, and the list does not stand still"
        if any(piece.ids and piece.offset + len(piece.ids) > piece.total for piece in self.pieces):
            why = "pages hold more videos than their own total says"
        elif any(piece.has_more and piece.offset + len(piece.ids) == piece.total for piece in self.pieces):
            why = "the last page says that there are more, and its total that there are none"
        raise _incomplete(why)


def _counted(pieces: list[Piece]) -> frozenset[str] | None:
    """Give the ids of a pass; None where pages share no video, or the ids are not as many as each total says."""
    shared = all(set(a.ids) & set(b.ids) for a, b in pairwise(pieces))
    ids = frozenset(name for piece in pieces for name in piece.ids if name is not None)
    steady = {piece.total for piece in pieces} == {len(ids)}
    return ids if shared and steady and pieces[-1].ends else None


def usable(known: Sequence[Piece]) -> list[Piece]:
    """Give the pieces of an interrupted read from which one can go on.

    Parameters
    ----------
    known : sequence of Piece

    Returns
    -------
    list of Piece
        In order of their offsets. The list's end is left out, since it may have grown; so is what is not where, or not
        in the order, it was asked for. Empty where the list's start is not among them.
    """
    good = sorted(
        (piece for piece in known if not piece.ends and order_problem(piece) is None), key=lambda piece: piece.offset
    )
    return good if good and good[0].offset == 0 else []


def _checked(piece: Piece) -> Piece:
    if (wrong := order_problem(piece)) is not None:
        raise _incomplete(wrong, [piece.offset])
    return piece


def _incomplete(why: str, offsets: Sequence[int] = ()) -> IncompleteReadError:
    where = f" at offset {', '.join(map(str, offsets))}" if offsets else ""
    return IncompleteReadError(
        f"The read could not be proven complete{where}: {why}. Nothing was kept. "
        "Try again when fewer videos are added or deleted, or with a platform or status filter.",
        offsets=offsets,
    )
