"""What all explorers are: a state, controls that change it, and a picture that follows."""

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
from influtics_lab.explore.exports import export
from influtics_lab.explore.filters import Filters
from influtics_lab.explore.later import Later
from influtics_lab.explore.panel import Panel
from influtics_lab.explore.source import Source
from influtics_lab.explore.state import State
from influtics_lab.explore.words import some
from influtics_lab.plots import to_png

S = TypeVar("S", bound=State)

_FILTERS = (
    ("platform",), ("status",), ("search",), ("since",), ("until",), ("age",), ("from_days", "to_days"), ("flagged",),
)  # fmt: skip
_SOON, _TYPING = 0.02, 0.3  # seconds until a picture follows a button, and a key


class Explorer(w.VBox, Generic[S]):  # type: ignore[misc]  # ipywidgets has no types
    """Base of the explorers; each says which controls it has besides the filters, and what is drawn of a state."""

    _count = True  # whether pictures are of a count

    def __init__(self, frame: object, state: S, *, folder: str | os.PathLike[str] | None = None) -> None:
        self._source = Source(frame, type(self).__name__)
        self.folder = None if folder is None else Path(folder)
        self.error: str | None = None
        self._shown: S | None = None
        self._wrong: str | None = None
        self._linking = False
        self._later = Later()
        self._followers: list[Explorer[Any]] = []
        self.state: S = self._known(state)
        super().__init__(self._widgets())
        self._link()
        self._refresh()

    # what each explorer says

    @abstractmethod
    def code(self) -> str:
        """Give the lines of Python that, where the frame is called ``frame``, give the same picture."""

    @property
    @abstractmethod
    def data(self) -> pl.DataFrame:
        """What the picture is drawn of: the frame that ``code()`` calls ``data``."""

    @abstractmethod
    def _draw(self) -> Axes: ...

    @abstractmethod
    def _said(self) -> str: ...

    @abstractmethod
    def _own_controls(self) -> dict[str, Any]: ...

    def _rows(self) -> Sequence[Sequence[str]]:
        """Give the names of its own controls, row by row."""
        return ()

    def _offer(self) -> None:
        """Bring what can be chosen in line with the state, and the state with what can be chosen."""

    def _extra(self) -> str:
        """Give what stands below the picture, as HTML."""
        return ""

    def _drawn(self) -> str:
        """Give what is drawn of what is left, in a few words."""
        return ""

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
        return export(Path(path), self._draw, lambda: self.data)

    def link_to(self, *others: Explorer[Any]) -> None:
        """Let these explorers share their filters from now on: what is changed in one is changed in all.

        Parameters
        ----------
        *others : Explorer
            Over the same videos: a platform that one of them does not have leaves it as it is.
        """
        all_of = [self, *others]
        for each in all_of:
            each._followers = [  # noqa: SLF001  # of its own kind
                other for other in all_of if other is not each
            ]
        self._lead()

    def follow(self, filters: Filters) -> None:
        """Take these filters over, as a linked explorer does: soon, and in place told where they do not fit.

        Parameters
        ----------
        filters : Filters
        """
        try:
            self.state, self._wrong = self._known(replace(self.state, filters=filters)), None
        except ConfigError as error:
            self.status.value = _alarm(f"Not followed: {error}")
            return
        self._link()
        self._later.do(self._refresh, _TYPING)

    def _lead(self) -> None:
        for follower in self._followers:
            follower.follow(self.state.filters)

    def _known(self, state: S) -> S:
        for name in ("platform", "status"):
            value, offered = getattr(state.filters, name), self._source.offered(name)
            if value is not None and value not in offered:
                raise ConfigError(f"{name} is {value!r}; this frame has {', '.join(offered) or 'none'}.")
        return state

    def _widgets(self) -> list[Any]:
        offered = {name: self._source.offered(name) for name in ("platform", "status")}
        self.controls = c.filter_controls(offered, count=self._count) | self._own_controls()
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
        own = self._rows()
        used = {name for row in own for name in row}
        groups = [
            (
                heading,
                [[self.controls[name] for name in row if name in self.controls and name not in above] for row in rows],
            )
            for heading, rows, above in (("What is drawn", own, ()), ("Of which videos and readings", _FILTERS, used))
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
            self._later.do(self._refresh, _TYPING if name in c.TYPED else _SOON)
        if self.state.filters != before.filters:
            self._lead()

    def _read(self) -> S:
        """Give the state that the controls say."""
        said = {
            name: c.read(name, control) for name, control in self.controls.items() if not isinstance(control, w.Button)
        }
        filters = {name: said.pop(name) for name in c.FILTERS if name in said}
        return replace(self.state, filters=replace(self.state.filters, **filters), **said)

    def _link(self) -> None:
        """Bring the controls in line with the state."""
        self._linking = True
        try:
            self._offer()
            for name, control in self.controls.items():
                if not isinstance(control, w.Button) and not (self._wrong and name in c.DAYS):
                    owner = self.state.filters if name in c.FILTERS else self.state
                    c.write(name, control, getattr(owner, name))
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
        self.status.value, self.summary.value, self.extra.value = _alarm(why), "", ""

    def _left_videos(self) -> pl.DataFrame:
        """Give the videos that the filters leave, of which there are readings."""
        return self._source.videos.filter(pl.Series(self._source.left(self.state.filters).of_videos))

    def _remains(self) -> str:
        left, source = self._source.left(self.state.filters), self._source
        readings = f"{left.readings:,} of {some(source.frame.height, 'reading')} left"
        drawn = self._drawn()
        return f"{left.videos:,} of {some(source.videos.height, 'video')}, {readings}{'; ' * bool(drawn)}{drawn}"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Add the picture itself: where no widget can run (a mailed page) it is shown instead."""
        self._later.now()
        bundle: dict[str, Any] = dict(super()._repr_mimebundle_(**kwargs) or {})
        if self.image.value:
            bundle["image/png"] = base64.b64encode(self.image.value).decode()
        return bundle


def _alarm(text: str) -> str:
    return f'<b role="alert" style="color:#b00020">{html.escape(text)}</b>'
