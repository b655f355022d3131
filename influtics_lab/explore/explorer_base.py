"""What all explorers are: a state, controls that change it, a picture that follows, and its code and files."""

from __future__ import annotations

import base64
import html
import os
import traceback
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import ipywidgets as w  # type: ignore[import-untyped]  # ships neither stubs nor a py.typed marker
import polars as pl
from matplotlib.axes import Axes

from influtics_lab.errors import ConfigError
from influtics_lab.explore import controls as c
from influtics_lab.explore.code_panel import Panel
from influtics_lab.explore.debounce import Later
from influtics_lab.explore.explorer_state import Choice
from influtics_lab.explore.picture_files import export_file
from influtics_lab.plots import to_png

S = TypeVar("S", bound=Choice)

SOON, TYPING = 0.02, 0.3  # seconds until a picture follows a button, and a key


class Board(w.VBox, Generic[S]):  # type: ignore[misc]  # ipywidgets has no types
    """Base of the explorers; each says which controls it has, and what is drawn of a state."""

    def __init__(self, state: S, *, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder = None if folder is None else Path(folder)
        self.error: str | None = None
        self._shown: S | None = None
        self._wrong: str | None = None
        self._linking = False
        self._later = Later()
        self.state: S = self._known(state)
        super().__init__(self._widgets())
        self._link()
        self._refresh()

    # what each explorer says

    @abstractmethod
    def code(self) -> str:
        """Give the lines of Python that give the same picture."""

    @property
    @abstractmethod
    def data(self) -> pl.DataFrame:
        """What the picture is drawn of: the frame that ``code()`` calls ``data``."""

    @abstractmethod
    def _draw(self) -> Axes: ...

    @abstractmethod
    def _said(self) -> str:
        """Give the picture in words."""

    @abstractmethod
    def _remains(self) -> str:
        """Give what is left by the choices, for the status line."""

    @abstractmethod
    def _known(self, state: S) -> S:
        """Give a state back if it is one that can be shown here, else raise."""

    @abstractmethod
    def _controls(self) -> dict[str, Any]:
        """Give the controls by the name of what they set."""

    @abstractmethod
    def _headings(self) -> Sequence[tuple[str, Sequence[Sequence[str]]]]:
        """Give headings, and below each one the names of its controls, row by row."""

    def _offer(self) -> None:
        """Bring what can be chosen in line with the state, and the state with what can be chosen."""

    def _extra(self) -> str:
        """Give what stands below the picture, as HTML."""
        return ""

    def _owner(self, name: str) -> object:  # noqa: ARG002  # where a state has parts it matters
        """Give the part of the state that a control sets."""
        return self.state

    def _read(self) -> S:
        """Give the state that the controls say."""
        return replace(self.state, **self._said_by_controls())

    # what all have

    def show(self, state: S) -> None:
        """Show this state, in the controls and in the picture.

        Parameters
        ----------
        state : State
            Of this explorer's kind. A video that the other choices leave out is not shown.

        Raises
        ------
        ConfigError
            If the frame has no such platform or status.
        """
        self.state, self._wrong = self._known(state), None
        self._link()
        self._later.forget()
        self._refresh()

    def png(self) -> bytes:
        """Give the picture as it is now, as the bytes of a PNG file; empty where it could not be drawn."""
        self._later.now()
        return bytes(self.image.value) if self.error is None and self._wrong is None else b""

    def export(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture (``.png .svg .pdf``) or its data (``.csv .parquet``) into a file, by its name.

        Parameters
        ----------
        path : path
            In a folder that is there; an older file is replaced. In CSV a text that begins with ``= + - @`` gets an
            apostrophe before it, so that no spreadsheet runs it.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        ConfigError
            If the suffix is another one.
        StorageError
            If it cannot be written.
        """
        return export_file(Path(path), self._draw, lambda: self.data)

    def _widgets(self) -> list[Any]:
        self.controls = self._controls()
        for name, control in self.controls.items():
            called = "status_filter" if name == "status" else name  # `status` is the line that says what is left
            setattr(self, called, control)
            control.add_class(f"influtics-{called}")
            if not isinstance(control, w.Button):
                control.observe(self._changed, names="value")
        self.status, self.summary, self.extra = w.HTML(), w.HTML(), w.HTML()
        size = w.Layout(width="900px", max_width="100%", height="auto", align_self="flex-start")
        self.image = w.Image(format="png", layout=size)
        for name in ("status", "summary", "image", "extra"):
            getattr(self, name).add_class(f"influtics-{name}")
        self.panel = Panel(self)
        groups = [
            (heading, [[self.controls[name] for name in row if name in self.controls] for row in rows])
            for heading, rows in self._headings()
        ]
        return [c.beside(groups, [self.status, self.image, self.summary, self.extra, self.panel])]

    def _changed(self, change: Mapping[str, Any]) -> None:
        if self._linking:
            return
        name = next(name for name, control in self.controls.items() if control is change["owner"])
        before = self.state
        try:
            self.state, self._wrong = self._read(), None
        except ConfigError as error:
            self._wrong = str(error)
        self._link()
        if self.state != before or self._wrong or self._shown != self.state:
            self._later.do(self._refresh, TYPING if name in c.TYPED else SOON)
        self._moved(before)

    def _moved(self, before: S) -> None:
        """Tell others that something was chosen."""

    def _said_by_controls(self) -> dict[str, Any]:
        return {
            name: c.read(name, control) for name, control in self.controls.items() if not isinstance(control, w.Button)
        }

    def _link(self) -> None:
        """Bring the controls in line with the state."""
        self._linking = True
        try:
            self._offer()
            for name, control in self.controls.items():
                if not isinstance(control, w.Button) and not (self._wrong and name in c.DAYS):
                    c.write(name, control, getattr(self._owner(name), name))
        finally:
            self._linking = False

    def _refresh(self) -> None:
        if self._wrong is not None:
            self._fail(self._wrong)
            return
        if self.state == self._shown:
            return
        try:
            drawn, said, below = to_png(self._draw()), self._said(), self._extra()
        except Exception as error:  # noqa: BLE001  # an observer's exception is shown nowhere; it is shown here
            self.error = traceback.format_exc()
            self._fail(f"Could not draw: {error}")
            return
        self.error, self._shown = None, self.state
        self.image.value, self.image.layout.visibility = drawn, "visible"
        self.summary.value = f'<div style="max-width:900px;line-height:1.4">{html.escape(said)}</div>'
        self.status.value, self.extra.value = f'<span role="status">{html.escape(self._remains())}</span>', below
        self.panel.follow()

    def _fail(self, why: str) -> None:
        self._shown = None
        self.image.layout.visibility = "hidden"  # a picture of something else would be worse than none
        self.status.value, self.summary.value, self.extra.value = alarm(why), "", ""

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Add the picture itself: where no widget can run (a mailed page) it is shown instead."""
        self._later.now()
        bundle: dict[str, Any] = dict(super()._repr_mimebundle_(**kwargs) or {})
        if self.image.value:
            bundle["image/png"] = base64.b64encode(self.image.value).decode()
        return bundle


def alarm(text: str) -> str:
    """Give what went wrong, as HTML."""
    return f'<b role="alert" style="color:#b00020">{html.escape(text)}</b>'
