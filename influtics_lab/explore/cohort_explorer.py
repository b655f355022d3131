"""All videos by age: the bands of most of them, and single videos on top."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from influtics_lab.explore.code_lines import format_call, join_script, list_arguments, list_filter_lines
from influtics_lab.explore.controls import buttons, video_list
from influtics_lab.explore.explorer import Explorer, View
from influtics_lab.explore.explorer_state import PICTURES, CountState
from influtics_lab.explore.filter_controls import AGE, COUNT, FILTERS, SEARCH, check_video, describe_left, offer_videos
from influtics_lab.explore.filters import AGE_STARTS, AGES
from influtics_lab.explore.frame_source import FrameSource
from influtics_lab.explore.selection_text import name_row
from influtics_lab.plots import Curves, plot_cohorts
from influtics_lab.plots.bands_and_raster import choose_named, has_enough
from influtics_lab.plots.ticks import format_age, format_short
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import plural

SCALES: Final = ("log", "linear")
NAMED: Final = ("largest", "above", "below", "none")
LEAST: Final = 10
_MOST_NAMED: Final = 5


@dataclass(frozen=True)
class CohortState(CountState):
    """Everything that the picture of a ``CohortExplorer`` depends on, besides the frame.

    Attributes
    ----------
    filters : Filters
        Which readings, which count, and since when ages count.
    picture : str
        counts, velocity or engagement.
    named : str
        Which videos are drawn on top: the five ``largest``; those that are furthest ``above`` or ``below`` the median
        of their age; or ``none``.
    video_id : str or None
        One more video that is drawn on top.
    scale : str
        log or linear.

    Examples
    --------
    >>> CohortState.from_json(CohortState(named="above").to_json()).named
    'above'
    """

    picture: str = "counts"
    named: str = "largest"
    video_id: str | None = None
    scale: str = "log"

    choices = {"picture": PICTURES, "named": NAMED, "scale": SCALES}  # noqa: RUF012  # a ClassVar of the base

    @property
    def by(self) -> str:
        """The column of ages."""
        return AGES[self.filters.age]


def select_curves(source: FrameSource, state: CohortState) -> Curves:
    """Return the videos that are left by age."""
    return source.curves(state.column, state.filters, *state.metrics)


def find_outliers(curves: Curves, named: str) -> list[str]:
    """Return the videos that are furthest from the median of their age, at the last age at which bands are drawn.

    Distance is the ratio to the median, which is above 0; of videos that are equally far, the first ids win.

    Parameters
    ----------
    curves : Curves
    named : str
        ``above`` or ``below``.

    Returns
    -------
    list of str
        Five ids at most.
    """
    if not curves.values.size:
        return []
    median = curves.quantiles[:, 2]
    has_bands = (curves.known >= max(LEAST, curves.known.max() / 10)) & (median > 0)
    known = ~np.isnan(curves.values) & has_bands[:, None]
    last = len(curves.grid) - 1 - np.argmax(known[::-1], axis=0)
    columns = np.flatnonzero(known.any(axis=0))
    ratio = curves.values[last[columns], columns] / median[last[columns]]
    is_far = ratio > 1 if named == "above" else ratio < 1
    order = np.argsort(-ratio[is_far] if named == "above" else ratio[is_far], kind="stable")
    return curves.videos["video_id"].gather(columns[is_far][order][:_MOST_NAMED]).to_list()


def list_highlights(curves: Curves, state: CohortState) -> list[str] | None:
    """Return the ids of the videos to draw on top; None where the picture chooses the largest itself."""
    if state.named == "largest" and state.video_id is None:
        return None
    if state.named == "largest":
        video_ids = curves.ranked["video_id"].head(_MOST_NAMED).to_list()
    else:
        video_ids = [] if state.named == "none" else find_outliers(curves, state.named)
    chosen_ids = [] if state.video_id is None else [state.video_id]
    return list(dict.fromkeys([*chosen_ids, *video_ids]))


def draw_curves(curves: Curves, state: CohortState) -> Axes:
    """Draw what a state shows."""
    highlight = list_highlights(curves, state)
    return plot_cohorts(curves, state.column, by=state.by, scale=state.scale, highlight=highlight)


def write_code(state: CohortState, highlight: list[str] | None = None, inputs: Sequence[str] = ()) -> str:
    """Return the lines that make the same ``data``, and the picture as ``png``, from ``frame``.

    Parameters
    ----------
    state : CohortState
    highlight : list of str, optional
        The ids of the videos on top, as from ``list_highlights``.
    inputs : sequence of str
        The lines that load the frame.

    Returns
    -------
    str
        Python, on public names alone.

    Examples
    --------
    >>> print(write_code(CohortState(named="none"), []))
    import influtics_lab as lab
    from influtics_lab import plots
    <BLANKLINE>
    data = frame.pipe(lab.with_age)
    ax = plots.plot_cohorts(data, 'views', highlight=[])
    png = plots.to_png(ax)
    """
    settings = list_arguments({"by": state.by, "scale": state.scale}, {"by": "age_hours", "scale": "log"})
    on_top: list[str] = []
    if highlight is not None and len(highlight) > 1:
        on_top = ["on_top = [", *(f"    {key!r}," for key in highlight), "]"]
    if highlight is not None:
        settings.append("highlight=on_top" if on_top else f"highlight={highlight!r}")
    return join_script(
        *inputs,
        *list_filter_lines(state.filters, (("with_age",), *state.metrics)),
        *on_top,
        f"ax = {format_call('plots.plot_cohorts', ['data', repr(state.column), *settings])}",
        "png = plots.to_png(ax)",
    )


def describe_curves(curves: Curves, state: CohortState) -> str:
    """Return the picture in words."""
    count = state.filters.count
    what = {"counts": count, "velocity": f"{count} per hour", "engagement": "engagement rate in %"}[state.picture]
    bands = curves.frame(LEAST)
    if bands.is_empty():
        return f"No bands of {what}: at no age are {LEAST} videos known."
    rows = [bands.row(at, named=True) for at in dict.fromkeys((bands.height // 4, bands.height // 2, bands.height - 1))]
    ages = [
        f"at {format_age(row[state.by])} half of {row['n']:,} videos are "
        f"between {format_short(row['p25'])} and {format_short(row['p75'])}, median {format_short(row['p50'])}"
        for row in rows
    ]
    highlight = list_highlights(curves, state)
    if highlight is None:
        highlight = choose_named(curves, None, has_enough(curves, LEAST))  # as the picture does
    rows = curves.videos.filter(pl.col("video_id").is_in(highlight)).rows(named=True)
    names = {row["video_id"]: name_row(row) for row in rows}
    on_top = "; ".join(names[key] for key in highlight if key in names)
    return (
        f"{what.capitalize()} by age since {AGE_STARTS[state.filters.age]}, {state.scale} scale: {'; '.join(ages)}."
        f"{f' On top ({state.named}): {on_top}.' if on_top else ''}"
    )


_VIEW: Final = View(
    sections=(
        (
            "What is drawn",
            (
                (SEARCH,),
                (buttons("picture", "Picture", PICTURES),),
                (COUNT,),
                (AGE,),
                (buttons("scale", "Scale", SCALES),),
                (buttons("named", "On top", NAMED),),
                (video_list("and video", offer_videos(lambda _: "none more")),),
            ),
        ),
        FILTERS,
    ),
    check=check_video,
    select=select_curves,
    draw=draw_curves,
    describe=describe_curves,
    code=lambda source, state: write_code(
        state, list_highlights(select_curves(source, state), state), source.input_lines
    ),
    status=lambda source, curves, state: describe_left(
        source,
        state.filters,
        f"{plural(int((curves.videos['readings'] > 0).sum()), 'video')} with a value at a known age",
    ),
    data=lambda source, _, state: source.readings_left(state.filters, ("with_age",), *state.metrics),
)


class CohortExplorer(Explorer[CohortState]):
    """A widget that draws all videos by age: the bands of most of them, with single videos on top.

    ``explorer.state`` is what is chosen; setting it redraws. ``explorer.code()`` returns the lines that draw the same
    picture from ``frame``.

    Parameters
    ----------
    frame : polars.DataFrame or Snapshot
        The one frame of ``load_stats()``, or a snapshot, which ``code()`` then opens by its folder.
    state : CohortState, optional
        What to show first.
    folder : path, optional
        Where the buttons write files; without it they offer a download.

    Attributes
    ----------
    platform, status_filter, search, since, until, age, from_days, to_days, flagged, count : ipywidgets.Widget
        The filters.
    picture, named, video, scale : ipywidgets.Widget
        The other controls.
    image, status, summary, error
        As in ``VideoExplorer``.

    Raises
    ------
    FrameError
        If the frame is not a polars DataFrame, or contains a reading twice.
    MissingColumnError
        If a column is missing.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> explorer = CohortExplorer(empty(FRAME))
    >>> explorer.named.value = "above"
    >>> explorer.state.named
    'above'
    """

    def __init__(
        self,
        frame: Snapshot | pl.DataFrame,
        state: CohortState | None = None,
        *,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(_VIEW, FrameSource(frame, "CohortExplorer"), state or CohortState(), folder=folder)
