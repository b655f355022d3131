"""The dashboard: one filter bar, tiles with the period before, a table, and one video through time."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import ipywidgets as w  # type: ignore[import-untyped]  # ships neither stubs nor a py.typed marker
import polars as pl

from influtics_lab.explore.controls import Section, arrange
from influtics_lab.explore.dashboard_figures import build_tiles, describe_data, format_tiles, list_rows
from influtics_lab.explore.dashboard_page import render_page, render_picture, render_rows
from influtics_lab.explore.explorer import Explorer
from influtics_lab.explore.explorer_state import replace_field
from influtics_lab.explore.filter_controls import FILTERS, SEARCH
from influtics_lab.explore.filters import Filters
from influtics_lab.explore.frame_source import FrameSource
from influtics_lab.explore.video_explorer import VIEW, VideoState
from influtics_lab.explore.video_table import VideoTable
from influtics_lab.snapshot import Snapshot

_PRINT: Final = (
    '<button type="button" class="lm-Widget jupyter-widgets jupyter-button" style="width:5rem" '
    'onclick="window.print()">print</button>'
)
_FILTERS: Final[Section] = ("Filters", ((SEARCH,), *FILTERS[1]))
_PICTURE: Final[Section] = ("One video through time, or the largest", VIEW.sections[0][1][1:])
_VIEW: Final = replace(VIEW, sections=(_FILTERS, _PICTURE))


class Dashboard(Explorer[VideoState]):
    """A widget with the figures of all videos, a table of them, and one video through time.

    One filter bar decides for everything. A click on a row, its bar, or its button draws that video. The buttons below
    the picture write it, its data, or all as one HTML page. ``dashboard.state`` is what is chosen, as in
    ``VideoExplorer``.

    Parameters
    ----------
    data : Snapshot or polars.DataFrame
        A snapshot, or the one frame; for creators a frame with a column ``creator``, as ``lab.with_creator`` adds.
    state : VideoState, optional
        What to show first.
    thumbnails : bool
        Whether the page loads thumbnails, from the host of the service: then that host learns who looks.
    tz : str, optional
        The time zone of days and instants, such as ``"Europe/Berlin"``; else that of the state: UTC by default.
    folder : path, optional
        Where the buttons write files; without it they offer a download.

    Attributes
    ----------
    rows : VideoTable
        The table; ``rows.selected`` is the id of the video that was clicked.
    tiles : ipywidgets.HTML
        The figures.

    Raises
    ------
    FrameError
        If the frame is not a polars DataFrame, or contains a reading twice.
    MissingColumnError
        If a column is missing.
    ConfigError
        If the time zone is not known.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> dashboard = Dashboard(empty(FRAME))
    >>> dashboard.rows.rows
    []
    """

    def __init__(
        self,
        data: Snapshot | pl.DataFrame,
        state: VideoState | None = None,
        *,
        thumbnails: bool = False,
        tz: str | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        self._thumbnails = thumbnails
        self._filters: Filters | None = None
        chosen = state or VideoState()
        chosen = chosen if tz is None else replace_field(chosen, "tz", tz)
        super().__init__(_VIEW, FrameSource(data, "Dashboard"), chosen, folder=folder)
        self.add_class("influtics-dashboard")

    @property
    def file_writers(self) -> Mapping[str, Callable[[], bytes]]:
        """The kinds of files that the buttons write, with the whole dashboard as a page."""
        return {"html": lambda: self.page().encode(), **super().file_writers}

    def page(self) -> str:
        """Return the dashboard as it is now as one HTML page that needs no other file and no host."""
        return render_page(self.tiles.value, self.rows, self.png(), self._view.describe(self.selection, self._state))

    def _arrange(self, groups: Sequence[tuple[str, Sequence[Sequence[Any]]]]) -> Any:
        """Return the filter bar above the tiles, the table, and the picture with its controls."""
        self.tiles, self.rows = w.HTML(layout=w.Layout(width="calc(100% - 4px)", margin="2px 2px 10px")), VideoTable()
        self.tiles.add_class("influtics-tiles")
        self.rows.observe(self._choose_video, names="selected")
        (_, filters), (heading, controls) = groups
        fields = [field for row in filters for field in row]
        for field in fields:
            field.layout.width = "auto"
            if isinstance(field, w.ToggleButtons):
                field.layout.display = "flex"  # buttons beside their label, in line with the other fields
            field.style.description_width = "initial"
        bar = w.HBox(fields, layout=w.Layout(flex_flow="row wrap", align_items="flex-start", width="100%"))
        bar.add_class("influtics-bar")
        picture = arrange([(heading, controls)], [self.image, self.summary, self.extra, self.panel])
        return w.VBox([bar, w.HBox([self.status, w.HTML(_PRINT)]), self.tiles, self.rows, picture])

    def _choose_video(self, change: Mapping[str, Any]) -> None:
        if change["new"] != (self._state.video_id or ""):
            self.state = replace(self._state, video_id=change["new"] or None)

    def _redraw(self) -> None:
        filters = self._state.filters
        if filters != self._filters:
            self._filters = filters
            source = self._source
            self.tiles.value = describe_data(source, filters) + format_tiles(build_tiles(source, filters))
            self.rows.total = source.videos_left(filters).height
            self.rows.rows = list_rows(source, filters, thumbnails=self._thumbnails)
        self.rows.selected = self._state.video_id or ""
        super()._redraw()

    def _repr_mimebundle_(self, **kwargs: Any) -> Mapping[str, Any]:
        """Add tiles and the first rows as HTML, for pages where no widget can run."""
        bundle = dict(super()._repr_mimebundle_(**kwargs))
        picture = render_picture(self.image.value, self._view.describe(self.selection, self._state))
        return bundle | {"text/html": self.tiles.value + render_rows(self.rows.rows) + picture}
