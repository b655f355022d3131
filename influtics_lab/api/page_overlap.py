"""A page as paging sees it: a contiguous piece of the list, and how two pieces lie to each other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

LIMIT: Final = 100
OVERLAP: Final = 2


@dataclass(frozen=True)
class Piece:
    """What paging needs to know of one page.

    Parameters
    ----------
    offset : int
        Where it was asked for.
    total : int
        What the server said the list's length was.
    ids : tuple of str or None
        The videos' ids, in order.
    created : tuple of int or None
        Their instants of creation in microseconds; None where it cannot be read.
    answered_offset : int or None
        The offset as the server repeats it.
    has_more : bool or None
    """

    offset: int
    total: int
    ids: tuple[str | None, ...]
    created: tuple[int | None, ...]
    answered_offset: int | None = None
    has_more: bool | None = None

    @property
    def first(self) -> int | None:
        """The first readable instant."""
        return next((instant for instant in self.created if instant is not None), None)

    @property
    def last(self) -> int | None:
        """The last readable instant."""
        return next((instant for instant in reversed(self.created) if instant is not None), None)

    @property
    def ends(self) -> bool:
        """Whether the list ends with it; one that reaches beyond its own total contradicts itself."""
        return self.offset + len(self.ids) == self.total and not self.has_more

    @property
    def next_offset(self) -> int:
        """Where the next page should begin: at two videos before the end, and strictly before its last instant."""
        last, position = self.last, len(self.created) - OVERLAP
        while position > 0 and not self._before(position, last):
            position -= 1
        return self.offset + max(position, 0)

    def _before(self, position: int, last: int | None) -> bool:
        instant = self.created[position]
        return instant is not None and last is not None and instant < last


def reach_of(piece: Piece) -> tuple[bool, int]:
    """Return how far a piece reaches, as a sort key."""
    last = piece.last
    return piece.ends and bool(piece.ids), last if last is not None else -(2**63)


def begin_of(piece: Piece) -> int:
    """Return where a piece begins, as a sort key."""
    first = piece.first
    return first if first is not None else 2**63


def closes_seam(tip: Piece, piece: Piece) -> bool:
    """Check whether a piece begins strictly before the instant at which the tip ends."""
    return tip.last is not None and piece.first is not None and piece.first < tip.last


def ends_list(piece: Piece, start: Piece) -> bool:
    """Say whether the list ends with a piece: one that only repeats the start, asked for elsewhere, does not count."""
    return piece.ends and not repeats_start(piece, start) and (bool(piece.ids) or piece.offset == 0)


def repeats_start(piece: Piece, start: Piece) -> bool:
    """Say whether a page further back begins as the list does, as it would if the server ignored offset."""
    first = piece.ids[:1]
    return piece.offset > 0 and len(piece.ids) > OVERLAP and first != (None,) and first == start.ids[:1]


def order_problem(piece: Piece) -> str | None:
    """Say why a page is not where, or not in the order, it was asked for."""
    if piece.answered_offset is not None and piece.answered_offset != piece.offset:
        return f"the server answered for offset {piece.answered_offset}; it seems to ignore offset"
    readable = [instant for instant in piece.created if instant is not None]
    if any(a > b for a, b in pairwise(readable)):
        return "the server ignores sort=created_at or order=asc: created_at falls within a page"
    return None
