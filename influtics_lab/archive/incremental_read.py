"""Read the list in order of ``updated_at``, newest first, only as far down as something can be new.

A page is a contiguous piece of the list at one moment. As in ``api/paging.py`` the next piece must begin strictly above
the instant at which the previous one ends: then nothing lies between them, however videos of equal instants are
ordered. Videos that were updated meanwhile have moved to the top, so further passes read from the top down to where the
previous pass began, until a pass is a single page, which shows a single moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from influtics_lab.api.connection import Connection
from influtics_lab.api.decode import Frames
from influtics_lab.api.decode_answers import AnswerDecoder
from influtics_lab.api.envelope import Answer
from influtics_lab.api.list_reader import describe_page
from influtics_lab.api.page_overlap import LIMIT, Piece
from influtics_lab.api.progress_line import Progress
from influtics_lab.api.query import Query
from influtics_lab.api.retry_budget import RetryBudget

_PASSES: Final = 8
_ROUNDS: Final = 8  # requests that may go into one seam
_OLD: Final = 3  # videos at a page's end that must be below the watermark: a single old timestamp may be wrong
_FLAT: Final = "the order of stats_last_updated cannot be followed from page to page"
_UNSTEADY: Final = "new updates kept arriving, although the list was read from the top again and again"


class FullReadNeededError(Exception):
    """An incremental read is not enough, for the reason in its text. It is caught, and everything is read instead."""


@dataclass
class UpdateReader:
    """Fetches pages in order of ``updated_at``, newest first, and collects their videos.

    Parameters
    ----------
    connection : Connection
    platform, status : str, optional
        The filters.
    budget : RetryBudget
        The budget of the whole refresh.
    progress : Progress
    """

    connection: Connection
    platform: str | None
    status: str | None
    budget: RetryBudget
    progress: Progress
    decoder: AnswerDecoder = field(default_factory=AnswerDecoder)
    request_ids: list[str | None] = field(default_factory=list)
    total: int = 0
    newest_at: int | None = None

    def read_down_to(self, watermark: int) -> Frames:
        """Return all videos updated at or after the watermark, and some older ones.

        Parameters
        ----------
        watermark : int
            Microseconds since 1970: the newest ``updated_at`` when the archive's last read of the list began.

        Raises
        ------
        FullReadNeededError
            If the pages are not in that order, or new updates keep arriving.
        """
        for nth in range(_PASSES):
            pieces = self._read_pass(watermark)
            self.total = pieces[-1].total
            head = self._newest_instant(pieces[0])
            if nth == 0:
                self.newest_at = head
            if len(pieces) == 1:
                return self.decoder.finish(with_superseded=False)  # earlier answers show older states of a video
            if head is None:
                break
            watermark = head
        raise FullReadNeededError(_UNSTEADY)

    def read_newest_instant(self) -> int | None:
        """Return the newest instant of the list: a later change cannot lie below it."""
        return self._newest_instant(self._fetch_piece(0))

    def _read_pass(self, watermark: int) -> list[Piece]:
        """Read from the top until a page ends strictly below the watermark, or the list ends."""
        pieces = [self._fetch_piece(0)]
        while not (pieces[-1].ends_list or self._ends_below(pieces[-1], watermark)):
            pieces.append(self._fetch_next_piece(pieces[-1]))
        return pieces

    def _fetch_next_piece(self, tip: Piece) -> Piece:
        """Fetch the piece that begins strictly above the end of the tip and reaches beyond it."""
        offset = tip.next_offset
        if tip.last_instant is None or offset <= tip.offset:
            raise FullReadNeededError(_FLAT)
        for nth in range(_ROUNDS):
            piece = self._fetch_piece(offset)
            if piece.first_instant is not None and piece.first_instant < tip.last_instant:
                break
            offset = max(offset - (2 << nth), 0)  # deletions moved the seam to the front
        else:
            raise FullReadNeededError(_UNSTEADY)
        if piece.ends_list:
            return piece
        if piece.last_instant is None or piece.last_instant <= tip.last_instant:
            raise FullReadNeededError(_FLAT)
        return piece

    def _fetch_piece(self, offset: int) -> Piece:
        query = Query(self.platform, self.status, "updated_at", "desc", LIMIT, offset)
        answer, _ = self.connection.get(query, self.budget)
        readings = self.decoder.add(answer.items, len(self.request_ids))
        self.request_ids.append(answer.request_id)
        self.progress.add_page(len(answer.items), readings, len(self.request_ids), self.budget.retries)
        return _check_order(_describe_page(offset, answer))

    @staticmethod
    def _newest_instant(piece: Piece) -> int | None:
        return None if piece.first_instant is None else -piece.first_instant

    @staticmethod
    def _ends_below(piece: Piece, watermark: int) -> bool:
        oldest = [-instant for instant in piece.created if instant is not None][-_OLD:]
        return len(oldest) == _OLD and all(instant < watermark for instant in oldest)


def _describe_page(offset: int, answer: Answer) -> Piece:
    """Describe a page as a piece of the list, with negated instants, so that newest first is ascending."""
    piece = describe_page(offset, answer, "stats_last_updated")
    return replace(piece, created=tuple(None if instant is None else -instant for instant in piece.created))


def _check_order(piece: Piece) -> Piece:
    if piece.answered_offset is not None and piece.answered_offset != piece.offset:
        raise FullReadNeededError("the server answered for a different offset than requested")
    if any(a > b for a, b in pairwise(instant for instant in piece.created if instant is not None)):
        raise FullReadNeededError("a page with sort=updated_at is not in the order of stats_last_updated")
    return piece
