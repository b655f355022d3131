"""All videos by age: where the middle of them lies, and single ones against it."""

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
from influtics_lab.explore.frame_source import Pipes
from influtics_lab.explore.selection_text import choices, name_of
from influtics_lab.plots import Curves, plot_cohorts
from influtics_lab.plots.bands_and_raster import choose_named, has_enough
from influtics_lab.plots.ticks import format_short
from influtics_lab.text_format import plural

PICTURES: Final = ("counts", "velocity", "engagement")
SCALES: Final = ("log", "linear")
NAMED: Final = ("largest", "above", "below", "none")
LEAST: Final = 10
_FEW: Final = 5


@dataclass(frozen=True)
class CohortState(State):
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

    def __post_init__(self) -> None:
        one_of("picture", self.picture, PICTURES)
        one_of("named", self.named, NAMED)
        one_of("scale", self.scale, SCALES)

    @property
    def column(self) -> str:
        """Whose values are drawn."""
        count = self.filters.count
        return {"counts": count, "velocity": f"{count}_per_hour", "engagement": "engagement_rate_pct"}[self.picture]

    @property
    def by(self) -> str:
        """The column of ages."""
        return AGES[self.filters.age]

    @property
    def pipes(self) -> Pipes:
        """What is to be added to the frame, besides ages."""
        added: dict[str, Pipes] = {
            "velocity": (("growth", self.filters.count),),
            "engagement": (("engagement_rate",),),
        }
        return added.get(self.picture, ())


def outliers(made: Curves, named: str) -> list[str]:
    """Give the videos that are furthest from the median of their age, at the last age at which bands are drawn.

    Furthest is by the ratio to the median, which is above 0; of videos that are equally far, in the order of ids.

    Parameters
    ----------
    made : Curves
    named : str
        ``above`` or ``below``.

    Returns
    -------
    list of str
        Five ids at most.
    """
    if not made.values.size:
        return []
    middle = made.quantiles[:, 2]
    sure = (made.known >= max(LEAST, made.known.max() / 10)) & (middle > 0)
    known = ~np.isnan(made.values) & sure[:, None]
    last = len(made.grid) - 1 - np.argmax(known[::-1], axis=0)
    there = known.any(axis=0)
    columns = np.flatnonzero(there)
    times = made.values[last[columns], columns] / middle[last[columns]]
    kept = times > 1 if named == "above" else times < 1
    order = np.argsort(-times[kept] if named == "above" else times[kept], kind="stable")
    return made.videos["video_id"].gather(columns[kept][order][:_FEW]).to_list()


def highlight(made: Curves, state: CohortState) -> list[str] | None:
    """Give the ids of the videos to draw on top; None is the largest, as the picture chooses them."""
    if state.named == "largest" and state.video_id is None:
        return None
    if state.named == "largest":
        ranked = made.videos.filter(pl.col("readings") > 0).sort(
            "size", "video_id", descending=[True, False], nulls_last=True
        )
        found = ranked["video_id"].head(_FEW).to_list()
    else:
        found = [] if state.named == "none" else outliers(made, state.named)
    one = [] if state.video_id is None else [state.video_id]
    return list(dict.fromkeys([*one, *found]))


def picture(made: Curves, state: CohortState) -> Axes:
    """Draw what a state shows of curves."""
    return plot_cohorts(made, state.column, by=state.by, scale=state.scale, highlight=highlight(made, state))


def code(state: CohortState, named: list[str] | None = None) -> str:
    """Write the lines that, where the frame is called ``frame``, give the same ``data``, and picture as ``png``.

    Parameters
    ----------
    state : CohortState
    named : list of str, optional
        The ids of the videos on top, as ``highlight`` gives them.

    Returns
    -------
    str
        Python, on public names alone.

    Examples
    --------
    >>> print(code(CohortState(named="none"), []))
    import influtics_lab as lab
    from influtics_lab import plots
    <BLANKLINE>
    data = frame.pipe(lab.with_age)
    ax = plots.plot_cohorts(data, 'views', highlight=[])
    png = plots.to_png(ax)
    """
    pipes = ["lab.with_age", *(", ".join([f"lab.{name}", *map(repr, rest)]) for name, *rest in state.pipes)]
    settings = [] if state.by == "age_hours" else [f"by={state.by!r}"]
    settings += [] if state.scale == "log" else [f"scale={state.scale!r}"]
    on_top: list[str] = []
    if named is not None and len(named) > 1:
        on_top = ["on_top = [", *(f"    {key!r}," for key in named), "]"]
    if named is not None:
        settings.append("highlight=on_top" if on_top else f"highlight={named!r}")
    return script(
        *filtered(state.filters, pipes),
        *on_top,
        f"ax = {call('plots.plot_cohorts', ['data', repr(state.column), *settings])}",
        "png = plots.to_png(ax)",
    )


def summary(made: Curves, state: CohortState) -> str:
    """Say in words what the picture shows of curves."""
    what = {"counts": "{}", "velocity": "{} per hour", "engagement": "engagement rate in %"}[state.picture]
    what = what.format(state.filters.count)
    bands = made.frame(LEAST)
    if bands.is_empty():
        return f"No bands of {what}: at no age are {LEAST} videos known."
    rows = [bands.row(at, named=True) for at in dict.fromkeys((bands.height // 4, bands.height // 2, bands.height - 1))]
    told = [
        f"at {_age(row[state.by])} half of {row['n']:,} videos lie "
        f"between {format_short(row['p25'])} and {format_short(row['p75'])}, median {format_short(row['p50'])}"
        for row in rows
    ]
    named = highlight(made, state)
    if named is None:
        named = choose_named(made, None, has_enough(made, LEAST))  # as the picture does
    names = {
        row["video_id"]: name_of(row)
        for row in made.videos.filter(pl.col("video_id").is_in(named)).iter_rows(named=True)
    }
    on_top = "; ".join(names[key] for key in named if key in names)
    since = "publication" if state.filters.age == "published" else "tracking began"
    return (
        f"{what.capitalize()} by age since {since}, {state.scale} scale: {'; '.join(told)}."
        f"{f' On top ({state.named}): {on_top}.' if on_top else ''}"
    )


def _age(hours: float) -> str:
    return f"{hours / 24:.3g} days" if hours >= 48 else f"{hours:.3g} hours"


class CohortExplorer(Explorer[CohortState]):
    """A widget that draws all videos by age: the bands of most of them, with single ones on top.

    What is chosen is ``explorer.state``; ``explorer.code()`` gives the lines that draw the same picture.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame of ``load_stats()`` or ``Snapshot.frame()``.
    state : CohortState, optional
        What to show first.
    folder : path, optional
        Where the buttons write files; without it they give a download.

    Attributes
    ----------
    platform, status_filter, search, since, until, age, from_days, to_days, flagged, count : ipywidgets.Widget
        The filters; what is set there is shown.
    picture, named, video, scale : ipywidgets.Widget
        The other controls.
    image, status, summary, error
        As of a ``VideoExplorer``.

    Raises
    ------
    FrameError
        If the frame is no polars DataFrame, or a reading comes twice.
    MissingColumnError
        If a column is not there.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> explorer = CohortExplorer(empty(FRAME))
    >>> explorer.named.value = "above"
    >>> explorer.state.named
    'above'
    """

    def __init__(
        self, frame: pl.DataFrame, state: CohortState | None = None, *, folder: str | os.PathLike[str] | None = None
    ) -> None:
        super().__init__(frame, state or CohortState(), folder=folder)

    def code(self) -> str:
        """Give the lines of Python that, where the frame is called ``frame``, give the same picture."""
        return code(self.state, highlight(self._curves, self.state))

    @property
    def data(self) -> pl.DataFrame:
        """The readings that are left, with their ages: the frame that ``code()`` calls ``data``."""
        return self._source.with_columns(("with_age",), *self.state.pipes).filter(
            pl.Series(self._source.left(self.state.filters).of_readings)
        )

    @property
    def video(self) -> Any:
        """The list of videos."""
        return self.controls["video_id"]

    @property
    def _curves(self) -> Curves:
        return self._source.curves(self.state.column, self.state.filters, *self.state.pipes)

    def _draw(self) -> Axes:
        return picture(self._curves, self.state)

    def _said(self) -> str:
        return summary(self._curves, self.state)

    def _own_controls(self) -> dict[str, Any]:
        return {
            "picture": c.toggles("Picture", PICTURES),
            "named": c.toggles("On top", NAMED),
            "video_id": c.listed("and video"),
            "scale": c.toggles("Scale", SCALES),
        }

    def _rows(self) -> tuple[tuple[str, ...], ...]:
        return (("picture",), ("count",), ("age",), ("scale",), ("named",), ("video_id",))

    def _drawn(self) -> str:
        n = int((self._curves.videos["readings"] > 0).sum())
        return f"{plural(n, 'video')} with a value at a known age"

    def _offer(self) -> None:
        offered = choices(self._left_videos(), "none more", self.state.video_id)
        self.state = replace(self.state, video_id=c.offer(self.video, offered, self.state.video_id))
        self.controls["count"].disabled = self.state.picture == "engagement"
