"""The columns of a video that stay where each video becomes one row: those of ``videos``, and those asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import narwhals.stable.v2 as nw

from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics._rule_crossings import IS_SHORT
from influtics_lab.schema import COUNTS, VIDEOS
from influtics_lab.visible_counts import TIMESTAMP, Frame, is_placed

_KNOWN: Final = (*(column.name for column in VIDEOS), IS_SHORT)


def choose_video_columns(
    frame: Frame, function: str, keep: Sequence[str], added: Sequence[str], *, by: str, but: Sequence[str] = ()
) -> list[str]:
    """Return the names of the columns of the video that stay, `by` first; raise where one cannot.

    Parameters
    ----------
    frame : narwhals frame
    function : str
        Whose they are, for the message.
    keep : sequence of str
        The columns asked for.
    added : sequence of str
        What the function adds, besides the counts: none of them can stay.
    by : str
        The column that identifies a video.
    but : sequence of str
        Columns of ``videos`` that the function places itself.
    """
    columns, chosen = frame.collect_schema().names(), [keep] if isinstance(keep, str) else list(keep)
    if missing := [name for name in chosen if name not in columns]:
        names = ", ".join(map(repr, missing))
        raise MissingColumnError(
            f"{function} cannot keep {names}. The frame has: {', '.join(columns)}.", missing=missing
        )
    if varying := [name for name in chosen if name in {TIMESTAMP, *COUNTS}]:
        raise FrameError(f"{function}: {', '.join(varying)} differ from reading to reading; name columns of the video.")
    if taken := [name for name in (by, *chosen) if name in added]:
        raise FrameError(f"{function} adds {', '.join(taken)} itself: rename what the frame has under that name.")
    known = [name for name in _KNOWN if name in columns]
    return [name for name in dict.fromkeys([by, *known, *chosen]) if name not in but]


def select_last_readings(frame: Frame, *, by: str) -> Frame:
    """Keep each video's last reading; where a lazy frame has it twice, both."""
    return frame.filter(is_placed(by)).filter(nw.col(TIMESTAMP) == nw.col(TIMESTAMP).max().over(by))


def join_to_videos(
    readings: Frame, function: str, tables: Iterable[Any], keep: Sequence[str], added: Sequence[str], *, by: str
) -> tuple[Any, list[str]]:
    """Return one row for each video that has a reading, with the columns of each table, and which of its own stay.

    Parameters
    ----------
    readings : narwhals frame
    function : str
        Whose they are, for the message.
    tables : iterable of narwhals frames
        One row for each video, with `by`.
    keep, added : sequence of str
        The columns of the video asked for, and those that the function adds.
    by : str
        The column that identifies a video.
    """
    columns = choose_video_columns(readings, function, keep, added, by=by)
    videos: Any = select_last_readings(readings, by=by).select(*columns).unique(subset=[by], keep="any")
    for table in tables:
        videos = videos.join(table, on=by, how="left")
    return videos, columns
