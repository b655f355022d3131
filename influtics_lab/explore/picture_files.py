"""The picture of an explorer and its data as files: the same bytes each time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.errors import ConfigError
from influtics_lab.plots import to_png
from influtics_lab.plots.canvas import to_pdf, to_svg
from influtics_lab.snapshot.export import export_frame

MEDIA_TYPES: Final = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}
PICTURE_WRITERS: Final[dict[str, Callable[[Axes], bytes]]] = {"png": to_png, "svg": to_svg, "pdf": to_pdf}


def encode_file(kind: str, draw: Callable[[], Axes], load_data: Callable[[], pl.DataFrame]) -> bytes:
    """Return the content of a file with a picture or its data.

    Parameters
    ----------
    kind : str
        png, svg, pdf, csv or parquet.
    draw : callable
        Returns the axes.
    load_data : callable
        Returns the frame.

    Returns
    -------
    bytes

    Raises
    ------
    ConfigError
        If `kind` is none of these.
    """
    if kind not in MEDIA_TYPES:
        known = ", ".join(f".{name}" for name in MEDIA_TYPES)
        raise ConfigError(f"'.{kind}' is no format that can be written: name the file with one of {known}.")
    if kind in PICTURE_WRITERS:
        return PICTURE_WRITERS[kind](draw())
    with tempfile.TemporaryDirectory() as folder:
        return export_frame(load_data(), Path(folder) / f"data.{kind}").read_bytes()
