"""Write a frame as one file for other programs: Parquet, CSV or Arrow, by the file's suffix."""

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
    """Write a frame as a file with the suffix ``.parquet``, ``.csv`` or ``.arrow``; an existing file is replaced.

    In CSV instants are ISO 8601 in UTC, nulls are empty, and a text that begins with ``= + - @`` (of ordinary or full
    width), a tab or a line break is prefixed with an apostrophe, since spreadsheets would run it as a formula. This
    also changes ids: one in 64 of YouTube's begins with ``-``. Join by id from Parquet or Arrow, which keep texts
    unchanged, or remove the apostrophe: ``pl.col("external_video_id").str.strip_prefix("'")``.

    Parameters
    ----------
    frame : polars.DataFrame
    path : path
        In an existing folder.

    Returns
    -------
    pathlib.Path
        The same path.

    Raises
    ------
    ConfigError
        If the suffix is a different one.
    StorageError
        If it cannot be written; an existing file is unchanged then.

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
        raise ConfigError(f"{path.name!r} has no suffix of a known format. Use one of {known}.")
    with (
        report_write_errors(f"{path} cannot be written", "Choose another place."),
        open_workspace(path.parent) as workspace,
    ):
        draft = workspace / path.name
        _WRITERS[path.suffix](frame.rechunk(), draft)
        sync(draft)
        draft.replace(path)
    return path


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, compression="zstd")


def _write_arrow(frame: pl.DataFrame, path: Path) -> None:
    frame.write_ipc(path, compression="zstd", compat_level=pl.CompatLevel.oldest())


def _write_csv(frame: pl.DataFrame, path: Path) -> None:
    texts = pl.col(pl.String)
    safe = pl.when(texts.str.contains(_FORMULA)).then(pl.lit("'") + texts).otherwise(texts)
    frame.with_columns(safe.name.keep()).write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S%.6f+00:00")


_WRITERS: Final[dict[str, Callable[[pl.DataFrame, Path], None]]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".arrow": _write_arrow,
}
