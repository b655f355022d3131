"""The columns of a video that stay where each video becomes one row: those of ``videos``, and those asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import narwhals.stable.v2 as nw

from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.schema import COUNTS, VIDEOS
from influtics_lab.visible_counts import TIMESTAMP, Frame, is_placed

_KNOWN: Final = tuple(column.name for column in VIDEOS)


def choose_video_columns(
    frame: Frame, function: str, columns: Sequence[str], added: Sequence[str], *, by: str, but: Sequence[str] = ()
) -> list[str]:
    """Give the names of the columns of the video that stay, `by` first, if they can.

    Parameters
    ----------
    frame : narwhals frame
    function : str
        Whose they are, for the message.
    columns : sequence of str
        Those asked for.
    added : sequence of str
        What the function adds, besides the counts: none of them can stay.
    by : str
        What tells videos apart.
    but : sequence of str
        Columns of ``videos`` that the function has a place of its own for.
    """
    there, asked = frame.collect_schema().names(), [columns] if isinstance(columns, str) else list(columns)
    if missing := [name for name in asked if name not in there]:
        names = ", ".join(map(repr, missing))
        raise MissingColumnError(f"{function} is to keep {names}. The frame has: {', '.join(there)}.", missing=missing)
    if odd := [name for name in asked if name in {TIMESTAMP, *COUNTS}]:
        raise FrameError(f"{function}: {', '.join(odd)} differ from reading to reading; name columns of the video.")
    if odd := [name for name in (by, *asked) if name in added]:
        raise FrameError(f"{function} adds {', '.join(odd)} itself: rename what the frame has under that name.")
    known = [name for name in _KNOWN if name in there]
    return [name for name in dict.fromkeys([by, *known, *asked]) if name not in but]


def select_last_readings(frame: Frame, *, by: str) -> Frame:
    """Keep each video's last reading; where a lazy frame has it twice, both."""
    return frame.filter(is_placed(by)).filter(nw.col(TIMESTAMP) == nw.col(TIMESTAMP).max().over(by))


def select_video_columns(frame: Frame, columns: Sequence[str], *, by: str) -> Frame:
    """Give one row for each video that has a reading: these columns, as at its last reading."""
    return select_last_readings(frame, by=by).select(*columns).unique(subset=[by], keep="any")
