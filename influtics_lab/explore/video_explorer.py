"""One or some videos through time."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from influtics_lab.explore import controls as c
from influtics_lab.explore.code_lines import call, filtered, script
from influtics_lab.explore.explorer_state import State
from influtics_lab.explore.filters import AGES, one_of
from influtics_lab.explore.frame_explorer import Explorer
from influtics_lab.explore.frame_source import Pipes, Source
from influtics_lab.explore.selection_text import choices, name_of, span
from influtics_lab.plots import plot_counts, plot_engagement, plot_velocity
from influtics_lab.plots.engagement import describe_parts
from influtics_lab.plots.ticks import format_short
from influtics_lab.text_format import plural

PICTURES: Final = ("counts", "velocity", "engagement")
SCALES: Final = ("linear", "log")
ACROSS: Final = ("time", "age")
TOP: Final = 5


@dataclass(frozen=True)
class VideoState(State):
    """Everything that the picture of a ``VideoExplorer`` depends on, besides the frame.

    Attributes
    ----------
    filters : Filters
        Which readings, and which count.
    video_id : str or None
        Only this video; None is the five that are largest.
    picture : str
        counts, velocity or engagement.
    across : str
        time, or age since what ``filters.age`` says.
    scale : str
        linear or log.

    Examples
    --------
    >>> VideoState(picture="velocity").to_json()["picture"]
    'velocity'
    >>> VideoState.from_json(VideoState(scale="log").to_json()).scale
    'log'
    """

    video_id: str | None = None
    picture: str = "counts"
    across: str = "time"
    scale: str = "linear"

    def __post_init__(self) -> None:
        one_of("picture", self.picture, PICTURES)
        one_of("across", self.across, ACROSS)
        one_of("scale", self.scale, SCALES)

    @property
    def rank(self) -> str:
        """The count whose last value says which videos are the largest."""
        return "views" if self.picture == "engagement" else self.filters.count

    @property
    def column(self) -> str:
        """Whose values are drawn."""
        count = self.filters.count
        return {"counts": count, "velocity": f"{count}_per_hour", "engagement": "engagement_rate_pct"}[self.picture]

    @property
    def by(self) -> str:
        """The column of the horizontal axis."""
        return AGES[self.filters.age] if self.across == "age" else "timestamp"

    @property
    def pipes(self) -> Pipes:
        """What is to be added to the frame."""
        ages: Pipes = (("with_age",),) if self.across == "age" or self.filters.aged else ()
        added: dict[str, Pipes] = {
            "velocity": (("growth", self.filters.count),),
            "engagement": (("engagement_rate",),),
        }
        return added.get(self.picture, ()) + ages


def data_of(source: Source, state: VideoState) -> pl.DataFrame:
    """Give the readings that a state shows: of the one video, or of the largest.

    Parameters
    ----------
    source : Source
    state : VideoState

    Returns
    -------
    polars.DataFrame
        The frame with what the picture needs; the rows in the same order.
    """
    frame = source.with_columns(*state.pipes)
    left = source.left(state.filters)
    wanted = [state.video_id] if state.video_id is not None else shown(source, state)["video_id"].to_list()
    return frame[np.flatnonzero(left.of_readings & source.readings_of(wanted))]


def shown(source: Source, state: VideoState) -> pl.DataFrame:
    """Give the videos that are drawn, the largest first; those without a value are not there."""
    return source.last(state.rank, state.filters, state.video_id).head(TOP)


def picture(data: pl.DataFrame, state: VideoState) -> Axes:
    """Draw what a state shows.

    Parameters
    ----------
    data : polars.DataFrame
        Of ``data_of``.
    state : VideoState

    Returns
    -------
    matplotlib.axes.Axes
    """
    if state.picture == "velocity":
        return plot_velocity(data, state.filters.count, by=state.by, scale=state.scale)
    if state.picture == "engagement":
        return plot_engagement(data, by=state.by, scale=state.scale)
    return plot_counts(data, state.filters.count, by=state.by, scale=state.scale)


def code(state: VideoState) -> str:
    """Write the lines that, where the frame is called ``frame``, give the same ``data``, and picture as ``png``.

    Parameters
    ----------
    state : VideoState

    Returns
    -------
    str
        Python, on public names alone.

    Examples
    --------
    >>> print(code(VideoState(video_id="v1", picture="velocity")))
    import influtics_lab as lab
    import polars as pl
    from influtics_lab import plots
    <BLANKLINE>
    data = frame.pipe(lab.growth, 'views').filter(pl.col("video_id") == 'v1')
    ax = plots.plot_velocity(data, 'views')
    png = plots.to_png(ax)
    """
    pipes = [", ".join([f"lab.{name}", *map(repr, arguments)]) for name, *arguments in state.pipes]
    one = [] if state.video_id is None else [f'pl.col("video_id") == {state.video_id!r}']
    lines = filtered(state.filters, pipes, extra=one)
    if state.video_id is None:
        rank = state.rank
        order = f'.sort("{rank}", "video_id", descending=[True, False])'
        frame, lines = ("frame", []) if lines == ["data = frame"] else ("data", lines)
        lines += [
            f'last = {frame}.drop_nulls("{rank}").pipe(lab.latest){order}',
            f'data = {frame}.filter(pl.col("video_id").is_in(last["video_id"].head({TOP}).implode()))',
        ]
    settings = [] if state.across == "time" else [f"by={state.by!r}"]
    settings += [] if state.scale == "linear" else [f"scale={state.scale!r}"]
    count = [] if state.picture == "engagement" else [repr(state.filters.count)]
    drawn = call(f"plots.plot_{state.picture}", ["data", *count, *settings])
    return script(*lines, f"ax = {drawn}", "png = plots.to_png(ax)")


def summary(source: Source, data: pl.DataFrame, state: VideoState) -> str:
    """Say in words what the picture shows.

    Parameters
    ----------
    source : Source
    data : polars.DataFrame
        Of ``data_of``.
    state : VideoState

    Returns
    -------
    str
    """
    count = state.filters.count
    rate = f"engagement rate, {describe_parts(data)}".removesuffix(", ")
    what = {"counts": count, "velocity": f"{count} per hour", "engagement": rate}[state.picture]
    videos = shown(source, state)
    if videos.is_empty():
        return f"Nothing to show of {what}: no reading that is left has a value in {state.rank}."
    named = [
        f"{name_of(row)} ({row['platform'] or 'unknown platform'}, last {format_short(row['last'])} {state.rank})"
        for row in videos.iter_rows(named=True)
    ]
    days = data["timestamp"].dt.epoch("us").to_numpy() / 86_400e6
    along = "time" if state.across == "time" else f"age since {_SINCE[state.filters.age]}"
    return (
        f"{what[0].upper()}{what[1:]} over {along}, {span(days.min(), days.max())}, {state.scale} scale; "
        f"{plural(videos.height, 'video')}, "
        f"{plural(len(data) - data[state.column].null_count(), 'value')}. "
        f"{'Largest: ' if videos.height > 1 else ''}{'; '.join(named)}."
    )


_SINCE: Final = {"published": "publication", "tracked": "tracking began"}


class VideoExplorer(Explorer[VideoState]):
    """A widget that draws one or some videos through time: filters, video, count, picture, axes.

    What is chosen is ``explorer.state``; ``explorer.code()`` gives the lines that draw the same picture. A picture
    that cannot be drawn is told in the status line. Every reading of the frame is kept as it came.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame of ``load_stats()`` or ``Snapshot.frame()``.
    state : VideoState, optional
        What to show first.
    folder : path, optional
        Where the buttons write files; without it they give a download.

    Attributes
    ----------
    platform, status_filter, search, since, until, age, from_days, to_days, flagged, count : ipywidgets.Widget
        The filters; what is set there is shown. A filter of which the frame has nothing to choose is not there.
    video, previous, next, picture, across, scale : ipywidgets.Widget
        The other controls.
    image : ipywidgets.Image
        The picture; ``image.value`` is its PNG. A picture follows a control a moment later, so that not each letter
        is drawn: ``explorer.png()`` does not wait.
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

    def __init__(
        self, frame: pl.DataFrame, state: VideoState | None = None, *, folder: str | os.PathLike[str] | None = None
    ) -> None:
        super().__init__(frame, state or VideoState(), folder=folder)

    def code(self) -> str:
        """Give the lines of Python that, where the frame is called ``frame``, give the same picture."""
        return code(self.state)

    @property
    def data(self) -> pl.DataFrame:
        """The readings that are drawn: the frame that ``code()`` calls ``data``."""
        return self._source.once(("video", self.state), lambda: data_of(self._source, self.state))

    def _draw(self) -> Axes:
        return picture(self.data, self.state)

    def _said(self) -> str:
        return summary(self._source, self.data, self.state)

    def _drawn(self) -> str:
        n = shown(self._source, self.state).height
        if self.state.video_id is not None:
            return f"{n} is drawn"
        return f"the {TOP} largest are drawn" if n == TOP else ""

    def _own_controls(self) -> dict[str, Any]:
        made = {
            "picture": c.toggles("Picture", PICTURES),
            "across": c.toggles("Across", ACROSS),
            "scale": c.toggles("Scale", SCALES),
            "video_id": c.listed("Video"),
            "previous": c.button("previous", "the previous video of the list"),
            "next": c.button("next", "the next video of the list"),
        }
        made["previous"].on_click(lambda _: self._step(-1))
        made["next"].on_click(lambda _: self._step(1))
        return made

    def _rows(self) -> tuple[tuple[str, ...], ...]:
        return (("picture",), ("count",), ("across",), ("age",), ("scale",), ("video_id",), ("previous", "next"))

    @property
    def video(self) -> Any:
        """The list of videos."""
        return self.controls["video_id"]

    def _step(self, by: int) -> None:
        """Go to the next video of the list, or the one before, around its ends."""
        values = [value for _, value in self.video.options]
        self.video.value = values[(values.index(self.video.value) + by) % len(values)]

    def _offer(self) -> None:
        videos = self._left_videos()
        first = f"the {min(TOP, videos.height)} largest" if videos.height > 1 else "all"
        offered = choices(videos, first, self.state.video_id)
        self.state = replace(self.state, video_id=c.offer(self.video, offered, self.state.video_id))
        self.controls["count"].disabled = self.state.picture == "engagement"
