"""The picture and its data as files: the same bytes each time, and no formula for a spreadsheet to run."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes

from influtics_lab.errors import ConfigError, StorageError
from influtics_lab.plots import style, to_png
from influtics_lab.plots.canvas import figure_of
from influtics_lab.snapshot.export import export_frame

PICTURES: Final = ("png", "svg", "pdf")
DATA: Final = ("csv", "parquet")
KINDS: Final = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}
_NO_DATE: Final[dict[str, dict[str, Any]]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def file_bytes(kind: str, draw: Callable[[], Axes], data: Callable[[], pl.DataFrame]) -> bytes:
    """Give what the file of a picture or its data holds.

    Parameters
    ----------
    kind : str
        png, svg, pdf, csv or parquet.
    draw : callable
        Gives the axes.
    data : callable
        Gives the frame.

    Returns
    -------
    bytes

    Raises
    ------
    ConfigError
        If it is another kind.
    """
    if kind in DATA:
        with tempfile.TemporaryDirectory() as folder:
            return export_frame(data(), Path(folder) / f"data.{kind}").read_bytes()
    if kind not in PICTURES:
        known = ", ".join(f".{name}" for name in (*PICTURES, *DATA))
        raise ConfigError(f"'.{kind}' is no format that can be written: name the file with one of {known}.")
    return to_png(draw()) if kind == "png" else _vector(kind, draw())


def export(path: Path, draw: Callable[[], Axes], data: Callable[[], pl.DataFrame]) -> Path:
    """Write a picture or its data into a file, by its suffix.

    Raises
    ------
    ConfigError
        If the suffix is another one.
    StorageError
        If it cannot be written.
    """
    content = file_bytes(path.suffix.removeprefix("."), draw, data)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}. Choose another place.") from None
    return path


def _vector(kind: str, ax: Axes) -> bytes:
    buffer = io.BytesIO()
    with style(), mpl.rc_context({"svg.hashsalt": "influtics-lab"}):
        figure_of(ax).savefig(buffer, format=kind, metadata=_NO_DATE[kind])
    return buffer.getvalue()
