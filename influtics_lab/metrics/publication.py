"""When videos were published, where their ids do not say: from you."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import narwhals.stable.v2 as nw
from narwhals.stable.v2.typing import IntoFrame

from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics._engine import FrameT, is_utc, to_narwhals, to_native
from influtics_lab.metrics._id_lookup import EXTERNAL, IdLookup, text_keys
from influtics_lab.visible_counts import Frame, find_free_prefix

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
        and ``published_at`` (Datetime, UTC). Ids and instants that are null are passed over. Canonical ids, links and
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
        If an instant has no time zone, an id is no text, an id is given with two instants, or ``published_at`` is not
        in UTC.

    Warns
    -----
    DataQualityWarning
        If ids of the mapping are of no video in the frame (not looked at in lazy frames), or a link names none.

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
    found = to_narwhals(frame, "with_published")
    dtype = _instant_type(found)
    given = _read_mapping(mapping)
    there = _INSTANT in found.collect_schema().names()
    nothing = nw.lit(None, dtype=dtype)
    known = nw.col(_INSTANT) if there else nothing
    given.warn(found, stacklevel=2)
    if not given:
        return to_native(found.with_columns(known.alias(_INSTANT)), frame)
    asked = f"{find_free_prefix(found)}given"
    matched = found.with_columns(given.find(found, dtype).alias(asked))
    first, second = (nw.col(asked), known) if overwrite else (known, nw.col(asked))
    filled = nw.when(~first.is_null()).then(first).otherwise(second)
    return to_native(matched.with_columns(filled.alias(_INSTANT)).drop(asked), frame)


def _instant_type(frame: Frame) -> nw.Datetime:
    """Give the type of ``published_at``, or, where it is not there, that of another instant in UTC."""
    schema = frame.collect_schema()
    if EXTERNAL not in schema:
        raise MissingColumnError(
            f"with_published needs the column {EXTERNAL!r}. "
            f"lab.load_stats() and Snapshot.frame() give frames that have it.",
            missing=[EXTERNAL],
        )
    if not isinstance(schema[EXTERNAL], nw.String):
        raise FrameError(f"with_published: {EXTERNAL} is {schema[EXTERNAL]}; it must be String. Cast it.")
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
    given = IdLookup("with_published", "instants")
    pairs = mapping.items() if isinstance(mapping, Mapping) else _read_rows(mapping)
    for video, instant in text_keys(pairs, given.function):
        if not isinstance(instant, datetime) or instant.utcoffset() is None:
            raise FrameError(
                f"with_published: {video!r} has {instant!r}; give a datetime with a time zone, such as "
                f"datetime(2025, 6, 30, 12, tzinfo=UTC)."
            )
        given.add(video, instant.astimezone(UTC))
    return given


def _read_rows(mapping: IntoFrame) -> Iterable[tuple[Any, Any]]:
    found = to_narwhals(mapping, "with_published(mapping=)")
    there = found.collect_schema().names()
    if missing := [name for name in (EXTERNAL, _INSTANT) if name not in there]:
        raise MissingColumnError(
            f"with_published: the mapping lacks {', '.join(map(repr, missing))}; it has: {', '.join(there)}.",
            missing=missing,
        )
    _check_utc(found, "the mapping's ")
    table = found.select(EXTERNAL, _INSTANT).drop_nulls()
    eager = table.collect() if isinstance(table, nw.LazyFrame) else table
    return zip(eager[EXTERNAL].to_list(), eager[_INSTANT].to_list(), strict=True)
