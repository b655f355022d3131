"""Creators of videos, as given by the user: the service does not report them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import narwhals.stable.v2 as nw
from narwhals.stable.v2.typing import IntoFrame

from influtics_lab.csv_sheets import read_sheet
from influtics_lab.errors import ConfigError, FrameError, MissingColumnError
from influtics_lab.metrics._engine import FrameT, to_narwhals, to_native
from influtics_lab.metrics._id_lookup import EXTERNAL, IdLookup, check_text_columns, collect_pairs, text_keys
from influtics_lab.platforms import is_link
from influtics_lab.text_format import plural

Creators: TypeAlias = Mapping[str, str | None] | IntoFrame | str | os.PathLike[str]
"""``{id or link: creator}``, a frame with such a column and ``creator``, or the path of a CSV file of links."""

_CREATOR: Final = "creator"
_KEYS: Final = ("canonical_id", "link", EXTERNAL)


def with_creator(frame: FrameT, mapping: Creators, *, overwrite: bool = False) -> FrameT:
    """Add who made each video, from what you know.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs ``external_video_id`` (String), and ``platform`` (String) for links, canonical ids and other spellings of
        an id. ``creator``, if it is there, is String. Readings or ``videos``.
    mapping : mapping of str to str, frame, or path
        The platform's id of a video in any of its spellings, its canonical id (``"Instagram:CuZpLL9tyuW"``) or a link
        to it, and the creator. Or a frame with ``creator`` and one of ``canonical_id``, ``link`` and
        ``external_video_id`` (String). Or the path of a CSV file with a column of links and a column ``creator``. Null
        and empty creators are skipped. Spark and DuckDB look each row up in a list, so let it have thousands of ids
        there, not millions.
    overwrite : bool
        Also replace creators that the frame has; otherwise only nulls are filled.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with ``creator`` (String): null where neither the frame nor the mapping knows
        it.

    Raises
    ------
    MissingColumnError
        If ``external_video_id`` is not there, or the frame given as mapping lacks a column.
    FrameError
        If an id or a creator is not a text, or a video is given with two creators.
    ConfigError
        If the CSV file cannot be read, or has no column of links or none of creators: with the line and the column.

    Warns
    -----
    DataQualityWarning
        If ids are of no video in the frame (not looked at in lazy frames), a link names no video, or a row of the file
        has no creator or no link.

    Examples
    --------
    An Instagram video under another spelling of its id, and a link to a TikTok:

    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "platform": ["Instagram", "TikTok", "TikTok"],
    ...     "external_video_id": ["3141723303735405462_4711", "7489443966908189959", "7489443966908189960"],
    ... })
    >>> mapping = {"CuZpLL9tyuW": "Ann", "https://www.tiktok.com/@bo/video/7489443966908189959": "Bo"}
    >>> frame.pipe(with_creator, mapping)["creator"].to_list()
    ['Ann', 'Bo', None]
    """
    rows = to_narwhals(frame, "with_creator")
    check_text_columns(rows, "with_creator", _CREATOR)
    lookup = IdLookup("with_creator", "creators")
    for key, creator in text_keys(_read_pairs(mapping, lookup), lookup.function):
        if not isinstance(creator, str):
            raise FrameError(f"with_creator: {key!r} has the creator {creator!r}; give a text.")
        if creator.strip():
            lookup.add(key, creator.strip())
    lookup.warn(rows, stacklevel=2)
    return to_native(lookup.fill(rows, _CREATOR, nw.String(), overwrite=overwrite), frame)


def _read_pairs(mapping: Creators, lookup: IdLookup) -> Iterable[tuple[Any, Any]]:
    """Return each id or link with its creator; rows of a file that lack one are noted."""
    if isinstance(mapping, Mapping):
        return mapping.items()
    if isinstance(mapping, str | os.PathLike):
        return _read_file(mapping, lookup)
    return _read_frame(mapping)


def _read_frame(mapping: IntoFrame) -> Iterable[tuple[Any, Any]]:
    table = to_narwhals(mapping, "with_creator(mapping=)")
    columns = table.collect_schema().names()
    key = next((name for name in _KEYS if name in columns), None)
    if key is None or _CREATOR not in columns:
        missing = [_CREATOR] if key is not None else [EXTERNAL]
        raise MissingColumnError(
            f"with_creator: the mapping needs {_CREATOR!r} and one of {', '.join(map(repr, _KEYS))}; "
            f"it has: {', '.join(columns)}.",
            missing=missing,
        )
    return collect_pairs(table, key, _CREATOR)


def _read_file(path: str | os.PathLike[str], lookup: IdLookup) -> Iterator[tuple[str, str]]:
    sheet = read_sheet(path, is_link)
    creator = sheet.find_column(_CREATOR)
    if creator is None:
        names = ", ".join(filter(None, sheet.header)) or "no header"
        raise ConfigError(f"with_creator: {os.fspath(path)} has {names}; name the column of creators {_CREATOR!r}.")
    for index, count, line in sheet.unread:
        lookup.add_problem(f"Column {sheet.header[index]!r} holds {plural(count, 'link')} too (line {line}), not read.")
    for row in sheet.rows:
        links = [row.cells[index] for index in sheet.links if row.cells[index]]
        if not links or not row.cells[creator]:
            lacking = "creator" if links else "link"
            lookup.add_problem(f"Line {row.line} has no {lacking}.")
            continue
        for cell in links:
            yield cell, row.cells[creator]
