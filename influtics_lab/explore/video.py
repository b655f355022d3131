"""Controls over one or some videos through time: the thin part, which holds a state and shows what it gives."""

from __future__ import annotations

import base64
import html
import traceback
from dataclasses import replace
from typing import Any

import ipywidgets as w  # type: ignore[import-untyped]  # ships neither stubs nor a py.typed marker
import polars as pl

from influtics_lab.errors import ConfigError
from influtics_lab.explore.controls import NAMES, NONE, laid_out, video_controls
from influtics_lab.explore.state import VideoState, chosen, code, picture
from influtics_lab.explore.words import choices, summary, videos_of
from influtics_lab.metrics import engagement_rate, growth
from influtics_lab.plots import to_png
from influtics_lab.plots.lines import need
from influtics_lab.schema import COUNTS


class VideoExplorer(w.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A widget that draws one or some videos through time: choose platform, video, count, picture and scale.

    What is chosen is ``explorer.state``; ``explorer.code()`` gives the lines that draw the same picture. A picture
    that cannot be drawn is told in the status line. Every reading of the frame is kept as it came.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame of ``load_stats()`` or ``Snapshot.frame()``.
    state : VideoState, optional
        What to show first.

    Attributes
    ----------
    platform, search, video, previous, next, picture, count, scale : ipywidgets.Widget
        The controls; what is set there is shown.
    image : ipywidgets.Image
        The picture; ``image.value`` is its PNG.
    status, summary : ipywidgets.HTML
        What is left by the choices, or what went wrong; and the picture in words.
    error : str or None
        The traceback of the last picture that could not be drawn.

    Raises
    ------
    FrameError
        If the frame is no polars DataFrame, or a reading comes twice.
    MissingColumnError
        If a column is not there.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> explorer = VideoExplorer(empty(FRAME))
    >>> explorer.scale.value = "log"
    >>> explorer.state.scale
    'log'
    """

    def __init__(self, frame: pl.DataFrame, state: VideoState | None = None) -> None:
        columns = ["video_id", "timestamp", "platform", "title", "external_video_id", *COUNTS]
        self._frame = need(frame, "VideoExplorer", columns)
        self._videos = videos_of(self._frame)
        self._prepared: dict[str, pl.DataFrame] = {}
        self._shown: VideoState | None = None
        self._linking = False
        self.error: str | None = None
        self._platforms = self._videos["platform"].drop_nulls().unique().sort().to_list()
        self.state = self._known(state or VideoState())
        controls = self._make(self._platforms)
        super().__init__([controls, self.status, self.image, self.summary])
        self._link()
        self._refresh()

    def code(self) -> str:
        """Give the lines of Python that, where the frame is called ``frame``, give the same picture."""
        return code(self.state)

    def show(self, state: VideoState) -> None:
        """Show this state, in the controls and in the picture.

        Parameters
        ----------
        state : VideoState
            A video that the other choices leave out is not shown: the largest are.

        Raises
        ------
        ConfigError
            If no video of the frame is of that platform.
        """
        self.state = self._known(state)
        self._link()
        self._refresh()

    def _known(self, state: VideoState) -> VideoState:
        if state.platform is not None and state.platform not in self._platforms:
            known = ", ".join(self._platforms) or "none"
            raise ConfigError(f"platform is {state.platform!r}; this frame has {known}.")
        return state

    def _make(self, platforms: list[str]) -> Any:
        """Make the widgets, and give the box of those that are controls."""
        made = video_controls(platforms)
        for name, control in made.items():
            setattr(self, name, control)
            if name in NAMES:
                control.observe(self._changed, names="value")
        made["previous"].on_click(lambda _: self._step(-1))
        made["next"].on_click(lambda _: self._step(1))
        self.status, self.summary = w.HTML(), w.HTML()
        size = w.Layout(width="900px", max_width="100%", height="auto", align_self="flex-start")
        self.image = w.Image(format="png", layout=size)
        for name in ("status", "summary", "image"):
            getattr(self, name).add_class(f"influtics-{name}")
        return laid_out(made)

    def _step(self, by: int) -> None:
        """Go to the next video of the list, or the one before, around its ends."""
        values = [value for _, value in self.video.options]
        self.video.value = values[(values.index(self.video.value) + by) % len(values)]

    def _changed(self, _: object) -> None:
        if self._linking:
            return
        self.state = replace(
            self.state,
            platform=self.platform.value or None,
            search=self.search.value.strip(),
            video_id=self.video.value or None,
            count=self.count.value,
            picture=self.picture.value,
            scale=self.scale.value,
        )
        self._link()
        self._refresh()

    def _link(self) -> None:
        """Bring the controls in line with the state, and the state with what can be chosen."""
        self._linking = True
        try:
            offered = choices(chosen(self._videos, replace(self.state, video_id=None)), self.state.video_id)
            if self.state.video_id not in {key for _, key in offered}:
                self.state = replace(self.state, video_id=None)
            options = tuple((text, key or NONE) for text, key in offered)
            if self.video.options != options:
                self.video.options = options
            for name, value in self.state.to_json().items():
                getattr(self, name.removesuffix("_id")).value = NONE if value is None else value
            self.count.disabled = self.state.picture == "engagement"
        finally:
            self._linking = False

    def _refresh(self) -> None:
        if self.state == self._shown:
            return
        try:
            data = chosen(self._data(), self.state)
            drawn = to_png(picture(data, self.state))
            said, left = summary(data, self.state), data["video_id"].n_unique()
        except Exception as error:  # noqa: BLE001  # an observer's exception is shown nowhere; it is shown here
            self.error, self._shown = traceback.format_exc(), None
            self.image.layout.visibility = "hidden"  # a picture of something else would be worse than none
            self.status.value = f'<b style="color:#b00020">Could not draw: {html.escape(str(error))}</b>'
            return
        self.error, self._shown = None, self.state
        self.image.value, self.image.layout.visibility = drawn, "visible"
        self.summary.value = f'<div style="max-width:900px;line-height:1.4">{html.escape(said)}</div>'
        self.status.value = (
            f"{left:,} of {self._videos.height:,} videos, {data.height:,} of {self._frame.height:,} readings left"
        )

    def _data(self) -> pl.DataFrame:
        """Give the frame with what the picture needs, computed the first time only."""
        key = {"counts": "", "velocity": self.state.count, "engagement": "rate"}[self.state.picture]
        if key not in self._prepared:
            add = {"": lambda: self._frame, "rate": lambda: engagement_rate(self._frame)}
            self._prepared[key] = add.get(key, lambda: growth(self._frame, key))()
        return self._prepared[key]

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Add the picture itself: where no widget can run (a mailed page) it is shown instead."""
        bundle: dict[str, Any] = dict(super()._repr_mimebundle_(**kwargs) or {})
        if self.image.value:
            bundle["image/png"] = base64.b64encode(self.image.value).decode()
        return bundle
