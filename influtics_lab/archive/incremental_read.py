"""The list in order of ``updated_at``, newest first, only as far down as something can be new.

A page is a contiguous piece of the list at its moment. As in ``api/paging.py`` the next piece must begin strictly
above the instant at which the one before ends, so that nothing lies between them, in whatever order equals come. What
was updated meanwhile has moved to the top: so further passes read from the top down to where the pass before began,
until one of them is a single page, which is a single moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Final

import polars as pl

from influtics_lab.api.connection import Connection
from influtics_lab.api.decode import Frames
from influtics_lab.api.envelope import Answer
from influtics_lab.api.field_values import instants
from influtics_lab.api.merge_answers import decode_answer, merge
from influtics_lab.api.page_overlap import LIMIT, Piece
from influtics_lab.api.progress_line import Progress
from influtics_lab.api.query import Query
from influtics_lab.api.retry_budget import Patience

_PASSES: Final = 8
_ROUNDS: Final = 8  # pages that may go into one seam
_OLD: Final = 3  # videos at a page's end that must be below the watermark: a single old stamp may be a wrong one
_FLAT: Final = "the order of stats_last_updated cannot be followed from page to page"
_UNSTEADY: Final = "no single page had all that was new, although the list was read again and again from the top"


class FullReadNeededError(Exception):
    """What can be read from the top is not enough; the text says why. No caller sees it: all is read instead."""


@dataclass
class Walk:
    """Asks for pages in order of ``updated_at``, newest first, and keeps what they hold.

    Parameters
    ----------
    connection : Connection
    platform, status : str, optional
        The filters.
    patience : Patience
        The budget of the whole refresh.
    progress : Progress
    """

    connection: Connection
    platform: str | None
    status: str | None
    patience: Patience
    progress: Progress
    parts: list[Frames] = field(default_factory=list)
    request_ids: list[str | None] = field(default_factory=list)
    total: int = 0
    head: int | None = None

    def down_to(self, watermark: int) -> Frames:
        """Read until nothing newer than, or as new as, the watermark can be missing; give all that was seen.

        Parameters
        ----------
        watermark : int
            Microseconds since 1970: the head of the list when the archive's last read of it began.

        Raises
        ------
        FullReadNeededError
            If the pages are not in that order, or the list does not stand still.
        """
        for nth in range(_PASSES):
            pieces = self._pass(watermark)
            self.total = pieces[-1].total
            head = self._newest(pieces[0])
            if nth == 0:
                self.head = head
            if len(pieces) == 1:
                return merge(_newest_only(self.parts))
            if head is None:
                break
            watermark = head
        raise FullReadNeededError(_UNSTEADY)

    def look(self) -> int | None:
        """Give the instant of the list's head: nothing that changes from now on lies below it."""
        return self._newest(self._fetch(0))

    def _pass(self, watermark: int) -> list[Piece]:
        """Read from the top until the last videos of a page are strictly below the watermark, or the list ends."""
        pieces = [self._fetch(0)]
        while not (pieces[-1].ends or self._below(pieces[-1], watermark)):
            pieces.append(self._next(pieces[-1]))
        return pieces

    def _next(self, tip: Piece) -> Piece:
        """Fetch the piece that begins strictly above the tip's end and goes beyond it."""
        offset = tip.next_offset
        if tip.last is None or offset <= tip.offset:
            raise FullReadNeededError(_FLAT)
        for nth in range(_ROUNDS):
            piece = self._fetch(offset)
            if piece.first is not None and piece.first < tip.last:
                break
            offset = max(offset - (2 << nth), 0)  # deletions moved the seam to the front
        else:
            raise FullReadNeededError(_UNSTEADY)
        if piece.ends:
            return piece
        if piece.last is None or piece.last <= tip.last:
            raise FullReadNeededError(_FLAT)
        return piece

    def _fetch(self, offset: int) -> Piece:
        query = Query(self.platform, self.status, "updated_at", "desc", LIMIT, offset)
        answer, _ = self.connection.get(query, self.patience)
        frames = decode_answer(answer.items, len(self.parts))
        self.parts.append(frames)
        self.request_ids.append(answer.request_id)
        self.progress.page(frames.videos.height, frames.stats.height, len(self.parts), self.patience.retries)
        return _checked(_piece(offset, answer))

    @staticmethod
    def _newest(piece: Piece) -> int | None:
        return None if piece.first is None else -piece.first

    @staticmethod
    def _below(piece: Piece, watermark: int) -> bool:
        oldest = [-instant for instant in piece.created if instant is not None][-_OLD:]
        return len(oldest) == _OLD and all(instant < watermark for instant in oldest)


def _newest_only(parts: list[Frames]) -> list[Frames]:
    """Leave each video in the last answer that has it: what earlier ones say is how it was, and nothing is lost."""
    ids = [frames.videos["video_id"] for frames in parts]
    out = []
    for n, frames in enumerate(parts):
        later = pl.concat([pl.Series("video_id", [], pl.String), *ids[n + 1 :]])
        kept = pl.col("video_id").is_null() | ~pl.col("video_id").is_in(later.implode())
        out.append(Frames(**{table.name: getattr(frames, table.name).filter(kept) for table in fields(frames)}))
    return out


def _piece(offset: int, answer: Answer) -> Piece:
    """Describe a page for seams: instants below zero, so that newest first is ascending."""
    items = [item if isinstance(item, dict) else {} for item in answer.items]
    ids = tuple(value if isinstance(value, str) else None for value in (item.get("video_id") for item in items))
    updated = tuple(None if value is None else -value for value in _updated(items))
    return Piece(offset, answer.total, ids, updated, answer.offset, answer.has_more)


def _updated(items: list[dict[str, object]]) -> Iterator[int | None]:
    texts = [item.get("stats_last_updated") for item in items]
    values, _ = instants(pl.Series([text if isinstance(text, str) else None for text in texts], dtype=pl.String))
    yield from values.to_physical()


def _checked(piece: Piece) -> Piece:
    if piece.answered_offset is not None and piece.answered_offset != piece.offset:
        raise FullReadNeededError("the server answered for another offset than it was asked for")
    if any(a > b for a, b in pairwise(instant for instant in piece.created if instant is not None)):
        raise FullReadNeededError("a page with sort=updated_at is not in the order of stats_last_updated")
    return piece
