"""The picture of an explorer and its data as files: the same bytes each time."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.errors import ConfigError
from influtics_lab.explore.explorer_state import State
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


def name_file(kind: str, state: State, videos: Mapping[Any, str], label: str) -> str:
    """Return a name for a file without its suffix: what is drawn, which filters are set, and the label of the data.

    Parameters
    ----------
    kind : str
        The kind of explorer.
    state : State
        Its texts and numbers that differ from the usual are named, and always what is drawn.
    videos : mapping
        A text for each id of a video.
    label : str

    Examples
    --------
    >>> from influtics_lab.explore import Filters, VideoState
    >>> name_file("Video", VideoState(Filters("TikTok"), video_id="v1"), {"v1": "A <b> · 2k views"}, "2025-07-05")
    'video-tiktok-views-a-b-counts-2025-07-05'
    """
    filters = getattr(state, "filters", None)
    words = [kind]
    for part in filter(None, (filters, state)):
        for field in fields(part):
            value = getattr(part, field.name)
            is_drawn = field.name in {"picture", "measure", "count"}
            if isinstance(value, str | float) and value and (is_drawn or value != field.default):
                words.append(videos.get(value, str(value)).partition(" \u00b7 ")[0])
    slugs = (re.sub(r"\W+", "-", text.lower()).strip("-") for text in ("-".join(words)[:80], label))
    return "-".join(filter(None, slugs))
