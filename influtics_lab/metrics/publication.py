"""Publication times of videos, as given by the user where ids carry none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import narwhals.stable.v2 as nw
from narwhals.stable.v2.typing import IntoFrame

from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics._engine import FrameT, is_utc, to_narwhals, to_native
from influtics_lab.metrics._id_lookup import EXTERNAL, IdLookup, check_text_columns, collect_pairs, text_keys
from influtics_lab.visible_counts import Frame

Published: TypeAlias = Mapping[str, datetime | None] | IntoFrame
"""``{external_video_id: instant}``, or a frame with ``external_video_id`` and ``published_at``."""

_INSTANT: Final = "published_at"


def with_published(frame: FrameT, mapping: Published, *, overwrite: bool = False) -> FrameT:
    """Fill in when videos were published, from what you know: YouTube's ids, for one, carry no time.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs ``external_video_id`` (String), and ``published_at``, if it is there, as Datetime in UTC. Readings or
        ``videos``.
    mapping : mapping of str to datetime, or frame
        The platform's id of a video in any of its spellings, its canonical id (``"Instagram:CuZpLL9tyuW"``) or a link
        to it, and when it was published: aware datetimes, in any zone. Or a frame with ``external_video_id`` (String)
        and ``published_at`` (Datetime, UTC). Ids and instants that are null are skipped. Canonical ids, links and
        other spellings of an id need the column ``platform``. Spark and DuckDB look each row up in a list, so let it
        have thousands of ids there, not millions.
    overwrite : bool
        Also replace instants that are known, such as those from the platform's id; otherwise only nulls are filled.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with ``published_at`` (Datetime, UTC): null where neither the frame nor the
        mapping knows it.

    Raises
    ------
    MissingColumnError
        If ``external_video_id`` is not there, or the frame given as mapping lacks a column.
    FrameError
        If an instant has no time zone, an id is not a text, an id is given with two instants, or ``published_at`` is
        not in UTC.

    Warns
    -----
    DataQualityWarning
        If ids of the mapping are of no video in the frame (not looked at in lazy frames), or a link names none.

    Examples
    --------
    Known instants stay, and nobody knows that of the last video:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> known = datetime(2025, 6, 1, tzinfo=UTC)
    >>> frame = pl.DataFrame({"external_video_id": ["a", "b", "c"], "published_at": [known, None, None]})
    >>> given = {"a": datetime(2025, 6, 2, tzinfo=UTC), "b": datetime(2025, 6, 3, 12, tzinfo=UTC)}
    >>> frame.pipe(with_published, given)["published_at"].dt.to_string("%m-%d %H:%M").to_list()
    ['06-01 00:00', '06-03 12:00', None]
    """
    rows = to_narwhals(frame, "with_published")
    dtype = _find_instant_type(rows)
    lookup = _read_mapping(mapping)
    lookup.warn(rows, stacklevel=2)
    return to_native(lookup.fill(rows, _INSTANT, dtype, overwrite=overwrite), frame)


def _find_instant_type(frame: Frame) -> nw.Datetime:
    """Return the type of ``published_at``, or, where it is not there, that of another instant in UTC."""
    check_text_columns(frame, "with_published")
    schema = frame.collect_schema()
    if _INSTANT in schema:
        return _check_utc(frame, "the frame's ")
    instants = (dtype for dtype in schema.values() if isinstance(dtype, nw.Datetime) and is_utc(frame, dtype.time_zone))
    return next(instants, nw.Datetime("us", "UTC"))


def _check_utc(frame: Frame, whose: str) -> nw.Datetime:
    dtype = frame.collect_schema()[_INSTANT]
    if not (isinstance(dtype, nw.Datetime) and is_utc(frame, dtype.time_zone)):
        raise FrameError(
            f"with_published: {whose}{_INSTANT} is {dtype}; it must be Datetime with the time zone UTC. "
            f"Say which zone it is (dt.replace_time_zone), then convert (dt.convert_time_zone)."
        )
    return dtype


def _read_mapping(mapping: Published) -> IdLookup:
    """Return what the mapping knows, instants in UTC."""
    lookup = IdLookup("with_published", "instants")
    pairs = mapping.items() if isinstance(mapping, Mapping) else _read_rows(mapping)
    for video, instant in text_keys(pairs, lookup.function):
        if not isinstance(instant, datetime) or instant.utcoffset() is None:
            raise FrameError(
                f"with_published: {video!r} has {instant!r}; give a datetime with a time zone, such as "
                f"datetime(2025, 6, 30, 12, tzinfo=UTC)."
            )
        lookup.add(video, instant.astimezone(UTC))
    return lookup


def _read_rows(mapping: IntoFrame) -> Iterable[tuple[Any, Any]]:
    table = to_narwhals(mapping, "with_published(mapping=)")
    columns = table.collect_schema().names()
    if missing := [name for name in (EXTERNAL, _INSTANT) if name not in columns]:
        raise MissingColumnError(
            f"with_published: the mapping lacks {', '.join(map(repr, missing))}; it has: {', '.join(columns)}.",
            missing=missing,
        )
    _check_utc(table, "the mapping's ")
    return collect_pairs(table, EXTERNAL, _INSTANT)
