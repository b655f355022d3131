"""When videos were published, where their ids do not say: from you."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import narwhals.stable.v2 as nw
from narwhals.stable.v2.typing import IntoFrame

from influtics_lab.errors import DataQualityWarning, FrameError, MissingColumnError
from influtics_lab.metrics._engine import Frame, FrameT, closed, is_utc, opened, spare_prefix

Published: TypeAlias = Mapping[str, datetime | None] | IntoFrame
"""``{external_video_id: instant}``, or a frame with ``external_video_id`` and ``published_at``."""

_ID: Final = "external_video_id"
_INSTANT: Final = "published_at"


def with_published(frame: FrameT, mapping: Published, *, overwrite: bool = False) -> FrameT:
    """Fill in when videos were published, from what you know: YouTube's ids, for one, carry no time.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs ``external_video_id`` (String), and ``published_at``, if it is there, as Datetime in UTC. Readings or
        ``videos``.
    mapping : mapping of str to datetime, or frame
        The platform's id of a video, and when it was published: aware datetimes, in any zone. Or a frame with
        ``external_video_id`` (String) and ``published_at`` (Datetime, UTC). Ids and instants that are null are passed
        over. Spark and DuckDB look each row up in a list, so let it have thousands of ids there, not millions.
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
        If an instant has no time zone, an id is no text, an id is given with two instants, or ``published_at`` is not
        in UTC.

    Warns
    -----
    DataQualityWarning
        If ids of the mapping are of no video in the frame (not looked at in lazy frames).

    Examples
    --------
    What is known stays, and the last video is not known to anybody:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> known = datetime(2025, 6, 1, tzinfo=UTC)
    >>> frame = pl.DataFrame({"external_video_id": ["a", "b", "c"], "published_at": [known, None, None]})
    >>> given = {"a": datetime(2025, 6, 2, tzinfo=UTC), "b": datetime(2025, 6, 3, 12, tzinfo=UTC)}
    >>> frame.pipe(with_published, given)["published_at"].dt.to_string("%m-%d %H:%M").to_list()
    ['06-01 00:00', '06-03 12:00', None]
    """
    found = opened(frame, "with_published")
    dtype = _instant_type(found)
    given = _given(mapping)
    there = _INSTANT in found.collect_schema().names()
    nothing = nw.lit(None, dtype=dtype)
    known = nw.col(_INSTANT) if there else nothing
    if not given:
        return closed(found.with_columns(known.alias(_INSTANT)), frame)
    told = f"{spare_prefix(found)}told"
    instants = nw.col(_ID).replace_strict(list(given), list(given.values()), default=nothing, return_dtype=dtype)
    matched = found.with_columns(instants.alias(told))
    if isinstance(matched, nw.DataFrame):
        _tell_strangers(matched.select(_ID, told).filter(~nw.col(told).is_null()), given)
    first, second = (nw.col(told), known) if overwrite else (known, nw.col(told))
    filled = nw.when(~first.is_null()).then(first).otherwise(second)
    return closed(matched.with_columns(filled.alias(_INSTANT)).drop(told), frame)


def _instant_type(frame: Frame) -> nw.Datetime:
    """Give the type of ``published_at``, or, where it is not there, that of another instant in UTC."""
    schema = frame.collect_schema()
    if _ID not in schema:
        raise MissingColumnError(
            f"with_published needs the column {_ID!r}. lab.load_stats() and Snapshot.frame() give frames that have it.",
            missing=[_ID],
        )
    if not isinstance(schema[_ID], nw.String):
        raise FrameError(f"with_published: {_ID} is {schema[_ID]}; it must be String. Cast it.")
    if _INSTANT in schema:
        return _utc(frame, "the frame's ")
    instants = (dtype for dtype in schema.values() if isinstance(dtype, nw.Datetime) and is_utc(frame, dtype.time_zone))
    return next(instants, nw.Datetime("us", "UTC"))


def _utc(frame: Frame, whose: str) -> nw.Datetime:
    dtype = frame.collect_schema()[_INSTANT]
    if not (isinstance(dtype, nw.Datetime) and is_utc(frame, dtype.time_zone)):
        raise FrameError(
            f"with_published: {whose}{_INSTANT} is {dtype}; it must be Datetime with the time zone UTC. "
            f"Say which zone it is (dt.replace_time_zone), then convert (dt.convert_time_zone)."
        )
    return dtype


def _given(mapping: Published) -> dict[str, datetime]:
    """Give what the mapping knows: each id once, with its instant in UTC."""
    pairs = mapping.items() if isinstance(mapping, Mapping) else _rows(mapping)
    given: dict[str, datetime] = {}
    for video, instant in pairs:
        if video is None or instant is None:
            continue
        if not isinstance(video, str):
            raise FrameError(f"with_published: the id {video!r} is no text; give platforms' ids as text.")
        if not isinstance(instant, datetime) or instant.utcoffset() is None:
            raise FrameError(
                f"with_published: {video!r} has {instant!r}; give a datetime with a time zone, such as "
                f"datetime(2025, 6, 30, 12, tzinfo=UTC)."
            )
        utc = instant.astimezone(UTC)
        if given.setdefault(video, utc) != utc:
            raise FrameError(
                f"with_published: {video!r} has two instants, {given[video].isoformat()} and {utc.isoformat()}; "
                f"keep one."
            )
    return given


def _rows(mapping: IntoFrame) -> Iterable[tuple[Any, Any]]:
    found = opened(mapping, "with_published(mapping=)")
    there = found.collect_schema().names()
    if missing := [name for name in (_ID, _INSTANT) if name not in there]:
        raise MissingColumnError(
            f"with_published: the mapping lacks {', '.join(map(repr, missing))}; it has: {', '.join(there)}.",
            missing=missing,
        )
    _utc(found, "the mapping's ")
    table = found.select(_ID, _INSTANT).drop_nulls()
    eager = table.collect() if isinstance(table, nw.LazyFrame) else table
    return zip(eager[_ID].to_list(), eager[_INSTANT].to_list(), strict=True)


def _tell_strangers(matched: nw.DataFrame[Any], given: Mapping[str, datetime]) -> None:
    """Warn of ids that are of no row, given the rows that have one of them."""
    known = set(matched[_ID].unique().to_list())
    strangers = [video for video in given if video not in known]
    if strangers:
        warnings.warn(
            f"with_published: {len(strangers)} of {len(given)} ids are of no video in this frame, "
            f"such as {strangers[0]!r}.",
            DataQualityWarning,
            stacklevel=3,
        )
