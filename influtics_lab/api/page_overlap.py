"""Pages as contiguous pieces of a list, and how two pieces overlap."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

LIMIT: Final = 100
OVERLAP: Final = 2


@dataclass(frozen=True)
class Piece:
    """One page as a contiguous piece of the list.

    Parameters
    ----------
    offset : int
        The requested offset.
    total : int
        The length of the list, according to the server.
    ids : tuple of str or None
        The videos' ids, in order.
    created : tuple of int or None
        The instants by which the list is sorted, in microseconds; None if unreadable.
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
    def first_instant(self) -> int | None:
        """The first readable instant."""
        return next((instant for instant in self.created if instant is not None), None)

    @property
    def last_instant(self) -> int | None:
        """The last readable instant."""
        return next((instant for instant in reversed(self.created) if instant is not None), None)

    @property
    def ends_list(self) -> bool:
        """Whether the list ends with this piece."""
        return self.offset + len(self.ids) == self.total and not self.has_more

    @property
    def next_offset(self) -> int:
        """Where the next page should begin: two videos before the end, and strictly before the last instant."""
        last, position = self.last_instant, len(self.created) - OVERLAP
        while position > 0 and not self._is_before(position, last):
            position -= 1
        return self.offset + max(position, 0)

    def _is_before(self, position: int, last: int | None) -> bool:
        instant = self.created[position]
        return instant is not None and last is not None and instant < last


def offsets_behind_first(total: int, on_first_page: int = LIMIT) -> range:
    """Return the offsets of the pages behind the first one; each begins with the last videos of the one before."""
    step = max(on_first_page - OVERLAP, 1)
    return range(step, total - OVERLAP, step)


def reach_of(piece: Piece) -> tuple[bool, int]:
    """Return a sort key for how far a piece reaches."""
    last = piece.last_instant
    return piece.ends_list and bool(piece.ids), last if last is not None else -(2**63)


def begin_of(piece: Piece) -> int:
    """Return a sort key for where a piece begins."""
    first = piece.first_instant
    return first if first is not None else 2**63


def closes_seam(tip: Piece, piece: Piece) -> bool:
    """Return whether a piece begins strictly before the instant at which the tip ends."""
    return tip.last_instant is not None and piece.first_instant is not None and piece.first_instant < tip.last_instant


def is_list_end(piece: Piece, start: Piece) -> bool:
    """Return whether the list ends with a piece that does not merely repeat the start of the list."""
    return piece.ends_list and not repeats_start(piece, start) and (bool(piece.ids) or piece.offset == 0)


def repeats_start(piece: Piece, start: Piece) -> bool:
    """Return whether a later page begins like the start of the list, as it would if the server ignored offset."""
    first = piece.ids[:1]
    return piece.offset > 0 and len(piece.ids) > OVERLAP and first != (None,) and first == start.ids[:1]


def find_order_problem(piece: Piece) -> str | None:
    """Return why a page does not have the requested offset or order; None if it does."""
    if piece.answered_offset is not None and piece.answered_offset != piece.offset:
        return f"the server answered for offset {piece.answered_offset}; it seems to ignore offset"
    readable = [instant for instant in piece.created if instant is not None]
    if any(a > b for a, b in pairwise(readable)):
        return "the server ignores sort=created_at or order=asc: created_at falls within a page"
    return None
