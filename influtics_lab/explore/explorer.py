"""The one widget of all explorers: controls set a state, and functions of a view make picture, words and code of it.

An explorer is an `Explorer` with a `View`: a list of controls, and functions that know nothing of widgets. On a click::

    a widget's value -> Control.parse -> replace_field(state) -> View.check(source, state)
                     -> View.select(source, state) -> View.draw, View.describe, View.status, View.table
"""

from __future__ import annotations

import base64
import html
import os
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import ipywidgets as w  # type: ignore[import-untyped]  # ships neither stubs nor a py.typed marker
import polars as pl
from matplotlib.axes import Axes

from influtics_lab.errors import ConfigError, check_type
from influtics_lab.explore.code_panel import CodePanel
from influtics_lab.explore.controls import Control, ErrorBox, Section, arrange, format_alert
from influtics_lab.explore.debounce import CLICK_DELAY_S, TYPING_DELAY_S, Debounce
from influtics_lab.explore.explorer_state import State, replace_field
from influtics_lab.explore.filters import Filters
from influtics_lab.explore.page_script import PageScript
from influtics_lab.explore.picture_files import MEDIA_TYPES, encode_file, name_file
from influtics_lab.plots import style, to_png
from influtics_lab.plots.canvas import read_beyond
from influtics_lab.storage import report_write_errors

Source = TypeVar("Source")
S = TypeVar("S", bound=State)
Selection = TypeVar("Selection")

_ATTRIBUTES: Final = {"status": "status_filter", "video_id": "video"}  # `status` is the line above the picture


@dataclass(frozen=True, kw_only=True)
class View(Generic[Source, S, Selection]):
    """What one kind of explorer shows: its controls, and functions of a source and a state.

    Attributes
    ----------
    sections : sequence of Section
        The controls.
    check : callable
        From source and state to a state that can be shown here; raises ConfigError.
    select : callable
        From source and state to what is drawn: a frame, or several things.
    draw : callable
        From selection and state to axes.
    describe : callable
        From selection and state to the picture in words.
    code : callable
        From source and state to the lines of Python that draw the same picture.
    status : callable
        From source, selection and state to the line above the picture.
    data : callable
        From source, selection and state to the frame that the code calls ``data``.
    table : callable, optional
        From selection and state to HTML below the picture.
    """

    sections: Sequence[Section]
    check: Callable[[Source, S], S]
    select: Callable[[Source, S], Selection]
    draw: Callable[[Selection, S], Axes]
    describe: Callable[[Selection, S], str]
    code: Callable[[Source, S], str]
    status: Callable[[Source, Selection, S], str]
    data: Callable[[Source, Selection, S], pl.DataFrame]
    table: Callable[[Selection, S], str] | None = None


class Explorer(w.VBox, Generic[S]):  # type: ignore[misc]  # ipywidgets has no types
    """A widget over a source: a state, controls that change it, a picture that follows, its code and its files.

    Parameters
    ----------
    view : View
    source : object
        What the view's functions read.
    state : State
        What to show first.
    folder : path, optional
        Where the buttons write files; without it they offer a download.
    """

    def __init__(
        self, view: View[Any, S, Any], source: Any, state: S, *, folder: str | os.PathLike[str] | None = None
    ) -> None:
        self.folder = None if folder is None else Path(folder)
        self.error: str | None = None
        self.controls: dict[str, Any] = {}
        _check_state(state)
        self._view, self._source, self._state = view, source, view.check(source, state)
        self._declared: dict[str, Control] = {}
        self._error_boxes: dict[str, ErrorBox] = {}
        self._followers: list[Explorer[Any]] = []
        self._selected: tuple[S, Any] | None = None
        self._drawn: S | None = None
        self._is_updating = False
        self._debounce = Debounce()
        super().__init__([self._build(), PageScript()])
        self.add_class("influtics-explorer")
        self._update_controls()
        self._redraw()

    @property
    def state(self) -> S:
        """What is shown; setting it sets the controls, draws the picture, and updates linked explorers.

        Raises
        ------
        ConfigError
            If it cannot be shown here: the frame has no such platform or status, for example. Then nothing changes. A
            video that the filters leave out is dropped.
        """
        return self._state

    @state.setter
    def state(self, state: S) -> None:
        before = self._state
        self._take(state)
        self._debounce.cancel()
        self._redraw()
        self._lead(before)

    def show(self, state: S) -> None:
        """Show this state, as ``explorer.state = state`` does."""
        self.state = state

    def code(self) -> str:
        """Return a script that loads the same input and draws the same picture.

        For a frame it uses the variable ``frame`` if there is one, and ``lab.load_stats()`` otherwise.
        """
        return self._view.code(self._source, self._state)

    @property
    def file_name(self) -> str:
        """A name for a file of this picture, without its suffix: what it shows, of what, and the day of the data."""
        videos = {value: text for text, value in getattr(self.controls.get("video_id"), "options", ())}
        return name_file(type(self).__name__.removesuffix("Explorer"), self._state, videos, self._source.label)

    @property
    def data(self) -> pl.DataFrame:
        """What the picture is drawn from: the frame that ``code()`` calls ``data``."""
        return self._view.data(self._source, self.selection, self._state)

    @property
    def selection(self) -> Any:
        """What the view selected for the state; computed once for each state."""
        if self._selected is None or self._selected[0] != self._state:
            self._selected = self._state, self._view.select(self._source, self._state)
        return self._selected[1]

    def draw(self) -> Axes:
        """Return the picture as matplotlib axes."""
        return self._view.draw(self.selection, self._state)

    def png(self) -> bytes:
        """Return the picture as it is now as the bytes of a PNG file; empty where it could not be drawn."""
        self._debounce.run_now()
        return bytes(self.image.value) if self.error is None else b""

    @property
    def file_writers(self) -> Mapping[str, Callable[[], bytes]]:
        """The kinds of files that the buttons below the picture write, and what writes each."""
        return {kind: partial(encode_file, kind, self.draw, lambda: self.data) for kind in MEDIA_TYPES}

    def export(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture (``.png .svg .pdf``) or its data (``.csv .parquet``) into a file, by its suffix.

        Parameters
        ----------
        path : path
            In an existing folder; an older file is replaced. In CSV a text that begins with ``= + - @`` gets an
            apostrophe before it, because spreadsheets would run it.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        ConfigError
            If the suffix is not known.
        StorageError
            If the file cannot be written.
        """
        target = Path(path)
        content = encode_file(target.suffix.removeprefix("."), self.draw, lambda: self.data)
        with report_write_errors(f"{path} cannot be written", "Choose another place."):
            target.write_bytes(content)
        return target

    def link_to(self, *others: Explorer[Any]) -> None:
        """Let these explorers share their filters from now on: a change in one is a change in all.

        Parameters
        ----------
        *others : Explorer
            Over the same videos: an explorer whose frame lacks a chosen platform stays as it is.

        Raises
        ------
        ConfigError
            If one of them has no filters, as a ``CampaignExplorer``.
        """
        group = [self, *others]
        for explorer in group:
            if not hasattr(explorer.state, "filters"):
                raise ConfigError(f"{type(explorer).__name__} has no filters to share: link explorers of a frame.")
        for explorer in group:
            explorer._followers = [other for other in group if other is not explorer]  # noqa: SLF001  # its own class
        self._lead(None)

    def follow(self, filters: Filters) -> None:
        """Adopt the filters of a linked explorer, or explain in the status line why they do not fit.

        Parameters
        ----------
        filters : Filters
        """
        try:
            self._take(replace_field(self._state, "filters", filters))
        except ConfigError as error:
            self.status.value = format_alert(f"Not followed: {error}")
        else:
            self._debounce.run_later(self._redraw, TYPING_DELAY_S)

    def _build(self) -> Any:
        groups = [(heading, [self._build_row(row) for row in rows]) for heading, rows in self._view.sections]
        self.status, self.summary, self.extra = w.HTML(), w.HTML(), w.HTML()
        size = w.Layout(width="900px", max_width="100%", height="auto", align_self="flex-start")
        self.image = w.Image(format="png", layout=size)
        for name in ("status", "summary", "image", "extra"):
            getattr(self, name).add_class(f"influtics-{name}")
        self.panel = CodePanel(self)
        return self._arrange(groups)

    def _arrange(self, groups: Sequence[tuple[str, Sequence[Sequence[Any]]]]) -> Any:
        """Return the widget of all parts: headings with rows of controls, and the picture with what belongs to it."""
        return arrange(groups, [self.status, self.image, self.summary, self.extra, self.panel])

    def _build_row(self, row: Sequence[Control]) -> list[Any]:
        """Return the widgets of a row, with the error boxes of its fields at the end."""
        widgets, boxes = [], []
        for control in row:
            options = control.list_options(self._source, self._state)
            if control.options is not None and not options:
                continue
            name, widget = control.name, control.build(options)
            self.controls[name] = widget
            setattr(self, _ATTRIBUTES.get(name, name), widget)
            widget.add_class(f"influtics-{'status_filter' if name == 'status' else name}")
            widgets.append(widget)
            if control.steps:
                widget.on_click(lambda _, steps=control.steps: self._step(steps))
            else:
                self._declared[name] = control
                widget.observe(lambda change, control=control: self._change(control, change["new"]), names="value")
            if control.is_typed:
                self._error_boxes[name] = ErrorBox()
                boxes.append(self._error_boxes[name])
        return widgets + boxes

    def _change(self, control: Control, value: object) -> None:
        """Set the field of a control; invalid text gets an error below it and leaves the state as it was."""
        if self._is_updating:
            return
        before, error = self._state, ""
        try:
            state = replace_field(self._state, control.name, control.parse(value))
            self._state = self._view.check(self._source, state)
        except ConfigError as refused:
            error = str(refused)
        if control.is_typed:
            self._error_boxes[control.name].show(error)
        self._update_controls()
        if self._state != self._drawn:
            self._debounce.run_later(self._redraw, TYPING_DELAY_S if control.is_typed else CLICK_DELAY_S)
        self._lead(before)

    def _step(self, steps: int) -> None:
        """Move along the list of videos, around its ends."""
        videos = self.controls["video_id"]
        values = [value for _, value in videos.options]
        videos.value = values[(values.index(videos.value) + steps) % len(values)]

    def _take(self, state: S) -> None:
        """Make this the state and show it in all controls, whatever was typed there."""
        _check_state(state, type(self._state))
        self._state = self._view.check(self._source, state)
        for box in self._error_boxes.values():
            box.show()
        self._update_controls()

    def _lead(self, before: S | None) -> None:
        """Let linked explorers follow where the filters changed."""
        filters: Any = getattr(self._state, "filters", None)
        if before is None or filters != getattr(before, "filters", None):
            for follower in self._followers:
                follower.follow(filters)

    def _update_controls(self) -> None:
        """Bring the controls in line with the state, except for text that is not valid."""
        self._is_updating = True
        try:
            for name, control in self._declared.items():
                if name not in self._error_boxes or not self._error_boxes[name].value:
                    control.update(self.controls[name], self._source, self._state)
        finally:
            self._is_updating = False

    def _redraw(self) -> None:
        if self._state == self._drawn:
            return
        try:
            with style():
                ax = self.draw()
                png = to_png(ax)
            words = self._view.describe(self.selection, self._state)
            table = self._view.table(self.selection, self._state) if self._view.table else ""
            status = self._view.status(self._source, self.selection, self._state)
            status = "; ".join(filter(None, (status, read_beyond(ax))))
        except Exception as error:  # noqa: BLE001  # an observer's exception is shown nowhere; it is shown here
            self.error, self._drawn = traceback.format_exc(), None
            self.image.layout.visibility = "hidden"  # a picture of another state would be worse than none
            self.status.value, self.summary.value, self.extra.value = format_alert(f"Could not draw: {error}"), "", ""
            return
        self.error, self._drawn = None, self._state
        self.image.value, self.image.layout.visibility = png, "visible"
        self.summary.value = f'<div style="max-width:900px;line-height:1.4">{html.escape(words)}</div>'
        self.status.value, self.extra.value = f'<span role="status">{html.escape(status)}</span>', table
        self.panel.refresh()

    def _repr_mimebundle_(self, **kwargs: Any) -> Mapping[str, Any]:
        """Add the picture itself, for pages where no widget can run, such as a mailed one."""
        self._debounce.run_now()
        bundle: dict[str, Any] = dict(super()._repr_mimebundle_(**kwargs) or {})
        if self.image.value:
            bundle["image/png"] = base64.b64encode(self.image.value).decode()
        return bundle


def _check_state(state: object, expected: type = State) -> None:
    check_type("The state", state, expected, "Pass explore.VideoState(filters) or the state of that explorer.")
