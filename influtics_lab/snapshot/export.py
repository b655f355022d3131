"""A frame as one file that other programs open: Parquet, CSV or Arrow by its name, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl

from influtics_lab.errors import ConfigError
from influtics_lab.storage import open_workspace, report_write_errors, sync

_FORMULA: Final = r"^[=+\-@\t\r\n\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}]"  # the last four: full width


def export_frame(frame: pl.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a frame into one file, by its suffix ``.parquet``, ``.csv`` or ``.arrow``; an older one is replaced.

    In CSV instants are ISO 8601 in UTC, nulls are empty, and a text that begins with ``= + - @`` (of ordinary or full
    width), a tab or a line break gets an apostrophe before it: spreadsheets would run it as a formula. This changes ids
    too: one in 64 of YouTube's begins with ``-``. Join by id from Parquet or Arrow, which hold texts as they are, or
    remove the apostrophe: ``pl.col("external_video_id").str.strip_prefix("'")``.

    Parameters
    ----------
    frame : polars.DataFrame
    path : path
        In a folder that is there.

    Returns
    -------
    pathlib.Path
        The same.

    Raises
    ------
    ConfigError
        If the suffix is another one.
    StorageError
        If it cannot be written; a file that was there is as it was.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     out = export_frame(pl.DataFrame({"title": ["=1+1", None, "plain"]}), f"{folder}/titles.csv")
    ...     print(out.read_text().splitlines())
    ['title', "'=1+1", '', 'plain']
    """
    path = Path(path)
    if path.suffix not in _WRITERS:
        known = ", ".join(_WRITERS)
        raise ConfigError(f"{path.name!r} says no format that can be written: name the file with one of {known}.")
    with report_write_errors(str(path), "Choose another place."), open_workspace(path.parent) as workspace:
        draft = workspace / path.name
        _WRITERS[path.suffix](frame.rechunk(), draft)
        sync(draft)
        draft.replace(path)
    return path


def _parquet(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, compression="zstd")


def _arrow(frame: pl.DataFrame, path: Path) -> None:
    frame.write_ipc(path, compression="zstd", compat_level=pl.CompatLevel.oldest())


def _csv(frame: pl.DataFrame, path: Path) -> None:
    texts = pl.col(pl.String)
    safe = pl.when(texts.str.contains(_FORMULA)).then(pl.lit("'") + texts).otherwise(texts)
    frame.with_columns(safe.name.keep()).write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S%.6f+00:00")


_WRITERS: Final[dict[str, Callable[[pl.DataFrame, Path], None]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".arrow": _arrow,
}
