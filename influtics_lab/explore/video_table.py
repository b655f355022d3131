"""The dashboard's table of videos: sorted in the page, and a row or its bar chooses a video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

_FOLDER = Path(__file__).parent
SCRIPT = (_FOLDER / "video_table.js").read_text(encoding="utf-8")
STYLE = (_FOLDER / "video_table.css").read_text(encoding="utf-8")


class VideoTable(anywidget.AnyWidget):
    """A table of the rows that ``dashboard_figures.list_rows`` returns.

    Attributes
    ----------
    rows : list of dict
    total : int
        How many videos there are, with those that have no row here.
    selected : str
        The id of the video that was chosen last, or an empty text.
    """

    _esm = SCRIPT
    _css = STYLE
    rows: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    total = traitlets.Int().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)
