"""One or some videos through time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from influtics_lab.explore.code_lines import Pipes, format_call, join_script, list_arguments, list_filter_lines
from influtics_lab.explore.controls import buttons, step_button, video_list
from influtics_lab.explore.explorer import Explorer, View
from influtics_lab.explore.explorer_state import PICTURES, CountState
from influtics_lab.explore.filter_controls import AGE, COUNT, FILTERS, SEARCH, check_video, describe_left, offer_videos
from influtics_lab.explore.filters import AGE_STARTS, AGES
from influtics_lab.explore.frame_source import FrameSource
from influtics_lab.explore.selection_text import format_days, name_row
from influtics_lab.plots import plot_counts, plot_engagement, plot_velocity
from influtics_lab.plots.engagement import describe_parts
from influtics_lab.plots.ticks import format_short
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import capitalise_first, plural

SCALES: Final = ("linear", "log")
ACROSS: Final = ("time", "age")
TOP: Final = 5
_USUAL: Final = {"by": "timestamp", "scale": "linear", "tz": "UTC"}
_PLOTS: Final[dict[str, Callable[..., Axes]]] = {
    "counts": plot_counts,
    "velocity": plot_velocity,
    "engagement": plot_engagement,
}


@dataclass(frozen=True)
class VideoState(CountState):
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
        time, or age since the event that ``filters.age`` names.
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

    choices = {"picture": PICTURES, "across": ACROSS, "scale": SCALES}  # noqa: RUF012  # a ClassVar of the base

    @property
    def rank(self) -> str:
        """The count whose last value ranks the videos."""
        return "views" if self.picture == "engagement" else self.filters.count

    @property
    def by(self) -> str:
        """The column of the horizontal axis."""
        return AGES[self.filters.age] if self.across == "age" else "timestamp"

    @property
    def pipes(self) -> Pipes:
        """What the frame is piped through."""
        ages: Pipes = (("with_age",),) if self.across == "age" or self.filters.needs_age else ()
        return self.metrics + ages


class VideoSelection(NamedTuple):
    """The readings that are drawn, and their videos with the last value of the count that ranks them."""

    readings: pl.DataFrame
    videos: pl.DataFrame


def select_videos(source: FrameSource, state: VideoState) -> VideoSelection:
    """Return the readings of the one video, or of the largest, with what the picture needs, in the frame's order."""
    videos = source.rank_videos(state.rank, state.filters, state.video_id).head(TOP)
    video_ids = videos["video_id"].to_list() if state.video_id is None else [state.video_id]
    is_drawn = source.apply_filters(state.filters).readings & source.readings_of(video_ids)
    return VideoSelection(source.with_metrics(*state.pipes)[np.flatnonzero(is_drawn)], videos)


def draw_videos(selection: VideoSelection, state: VideoState) -> Axes:
    """Draw what a state shows."""
    count = [] if state.picture == "engagement" else [state.filters.count]
    return _PLOTS[state.picture](selection.readings, *count, by=state.by, scale=state.scale, tz=state.filters.tz)


def write_code(state: VideoState, inputs: Sequence[str] = ()) -> str:
    """Return the lines that make the same ``data``, and the picture as ``png``, from ``frame``.

    Parameters
    ----------
    state : VideoState
    inputs : sequence of str
        The lines that load the frame.

    Returns
    -------
    str
        Python, on public names alone.

    Examples
    --------
    >>> print(write_code(VideoState(video_id="v1", picture="velocity")))
    import influtics_lab as lab
    import polars as pl
    from influtics_lab import plots
    <BLANKLINE>
    data = frame.pipe(lab.growth, 'views').filter(pl.col("video_id") == 'v1')
    ax = plots.plot_velocity(data, 'views')
    png = plots.to_png(ax)
    """
    conditions = [] if state.video_id is None else [f'pl.col("video_id") == {state.video_id!r}']
    lines = list_filter_lines(state.filters, state.pipes, conditions=conditions)
    if state.video_id is None:
        rank = state.rank
        order = f'.sort("{rank}", "video_id", descending=[True, False])'
        frame, lines = ("frame", []) if lines == ["data = frame"] else ("data", lines)
        lines += [
            f'last = {frame}.pipe(lab.latest).drop_nulls("{rank}"){order}',
            f'data = {frame}.filter(pl.col("video_id").is_in(last["video_id"].head({TOP}).implode()))',
        ]
    settings = list_arguments({"by": state.by, "scale": state.scale, "tz": state.filters.tz}, _USUAL)
    count = [] if state.picture == "engagement" else [repr(state.filters.count)]
    call = format_call(f"plots.plot_{state.picture}", ["data", *count, *settings])
    return join_script(*inputs, *lines, f"ax = {call}", "png = plots.to_png(ax)")


def describe_videos(selection: VideoSelection, state: VideoState) -> str:
    """Return the picture in words."""
    readings, videos, count = selection.readings, selection.videos, state.filters.count
    rate = f"engagement rate, {describe_parts(readings)}".removesuffix(", ")
    what = {"counts": count, "velocity": f"{count} per hour", "engagement": rate}[state.picture]
    if videos.is_empty():
        return f"Nothing to show of {what}: no reading that is left has a value in {state.rank}."
    names = [
        f"{name_row(row)} ({row['platform'] or 'unknown platform'}, last {format_short(row['last'])} {state.rank})"
        for row in videos.iter_rows(named=True)
    ]
    days = readings["timestamp"].dt.epoch("us").to_numpy() / 86_400e6
    along = "time" if state.across == "time" else f"age since {AGE_STARTS[state.filters.age]}"
    values = len(readings) - readings[state.column].null_count()
    largest = "Largest: " if videos.height > 1 else ""
    span = format_days(days.min(), days.max(), state.filters.tz)
    return (
        f"{capitalise_first(what)} over {along}, {span}, {state.scale} scale; "
        f"{plural(videos.height, 'video')}, {plural(values, 'value')}. {largest}{'; '.join(names)}."
    )


def describe_status(source: FrameSource, selection: VideoSelection, state: VideoState) -> str:
    """Return what the filters leave, and how many videos are drawn."""
    drawn = selection.videos.height
    if state.video_id is not None:
        return describe_left(source, state.filters, f"{drawn} is drawn")
    return describe_left(source, state.filters, f"the {TOP} largest are drawn" if drawn == TOP else "")


VIEW: Final = View(
    sections=(
        (
            "What is drawn",
            (
                (SEARCH,),
                (buttons("picture", "Picture", PICTURES),),
                (COUNT,),
                (buttons("across", "Across", ACROSS),),
                (AGE,),
                (buttons("scale", "Scale", SCALES),),
                (video_list("Video", offer_videos(lambda n: f"the {min(TOP, n)} largest" if n > 1 else "all")),),
                (
                    step_button("previous", -1, "the previous video of the list"),
                    step_button("next", 1, "the next video of the list"),
                ),
            ),
        ),
        FILTERS,
    ),
    check=check_video,
    select=select_videos,
    draw=draw_videos,
    describe=describe_videos,
    code=lambda source, state: write_code(state, source.input_lines),
    status=describe_status,
    data=lambda _source, selection, _state: selection.readings,
)


class VideoExplorer(Explorer[VideoState]):
    """A widget that draws one or some videos through time: filters, video, count, picture, axes.

    ``explorer.state`` is what is chosen; setting it redraws. ``explorer.code()`` returns the lines that draw the same
    picture from ``frame``. The status line says why a picture cannot be drawn. The frame is not changed.

    Parameters
    ----------
    frame : polars.DataFrame or Snapshot
        The one frame of ``load_stats()``, or a snapshot, which ``code()`` then opens by its folder.
    state : VideoState, optional
        What to show first.
    folder : path, optional
        Where the buttons write files; without it they offer a download.

    Attributes
    ----------
    platform, status_filter, search, since, until, age, from_days, to_days, flagged, count : ipywidgets.Widget
        The filters. Where the frame has no platform or status, that control is left out.
    video, previous, next, picture, across, scale : ipywidgets.Widget
        The other controls.
    image : ipywidgets.Image
        The picture; ``image.value`` is its PNG. It follows a control a moment later, because not every letter is worth
        a picture; ``explorer.png()`` does not wait.
    status, summary : ipywidgets.HTML
        What the filters leave, or what went wrong; and the picture in words.
    error : str or None
        The traceback of the last picture that could not be drawn.

    Raises
    ------
    FrameError
        If the frame is not a polars DataFrame, or contains a reading twice.
    MissingColumnError
        If a column is missing.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> explorer = VideoExplorer(empty(FRAME))
    >>> explorer.scale.value = "log"
    >>> explorer.state.scale
    'log'
    """

    def __init__(
        self,
        frame: Snapshot | pl.DataFrame,
        state: VideoState | None = None,
        *,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(VIEW, FrameSource(frame, "VideoExplorer"), state or VideoState(), folder=folder)
