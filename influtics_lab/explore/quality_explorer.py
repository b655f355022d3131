"""When videos were read, what was rejected, which counters misbehave, and which videos are no longer read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.errors import ConfigError
from influtics_lab.explore.code_lines import (
    Pipes,
    format_call,
    join_script,
    list_arguments,
    list_filter_lines,
    write_snapshot_line,
)
from influtics_lab.explore.controls import buttons
from influtics_lab.explore.explorer import Explorer, View
from influtics_lab.explore.explorer_state import FilteredState
from influtics_lab.explore.filter_controls import FILTERS_WITH_AGE, SEARCH, check_filters, describe_left
from influtics_lab.explore.frame_source import FrameSource, Mask
from influtics_lab.explore.quality_counts import count_flags, count_rejected, find_stale_videos
from influtics_lab.explore.selection_text import format_days, format_table
from influtics_lab.plots.reading_heatmap import draw_readings
from influtics_lab.plots.reading_times import ReadingTimes, collect_reading_times
from influtics_lab.plots.validation import check_columns
from influtics_lab.schema import FLAGS, REJECTED, empty
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import plural
from influtics_lab.time_zones import convert_local_times

MARKS: Final = ("all", "rejected", *(flag.removeprefix("is_") for flag in FLAGS), "none")
TABLES: Final = ("rejected", "flags", "stale")
WHICH: Final = ("all", "stale")
STALE_DAYS: Final = (1, 3, 7, 14)


@dataclass(frozen=True)
class QualityState(FilteredState):
    """Everything that the picture of a ``QualityExplorer`` depends on, besides the frame and what was rejected.

    Attributes
    ----------
    filters : Filters
        Which readings.
    marks : str
        What is marked in the picture: ``all``, ``none``, ``rejected``, or one flag of ``lab.flag_counters``:
        ``correction purge hidden failed_poll cached stalled burst``.
    which : str
        ``all`` videos, or only the ``stale`` ones.
    stale_days : int
        A video is stale where its last reading is so many days older than the newest of the frame.
    table : str
        The table below: ``rejected`` by field and reason, ``flags`` by platform, or the ``stale`` videos.

    Examples
    --------
    >>> QualityState.from_json(QualityState(marks="burst").to_json()).marks
    'burst'
    """

    marks: str = "all"
    which: str = "all"
    stale_days: int = 3
    table: str = "rejected"

    choices = {  # noqa: RUF012  # a ClassVar of the base
        "marks": MARKS, "which": WHICH, "stale_days": STALE_DAYS, "table": TABLES,
    }  # fmt: skip

    @property
    def flags(self) -> list[str]:
        """The columns of the flags that are marked."""
        return [flag for flag in FLAGS if self.marks in {"all", flag.removeprefix("is_")}]

    @property
    def pipes(self) -> Pipes:
        """What the frame is piped through."""
        return (("flag_counters",), *([("with_age",)] if self.filters.needs_age else []))

    @property
    def marks_rejected(self) -> bool:
        """Whether rejected values are marked."""
        return self.marks in {"all", "rejected"}

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out."""
        return self.filters.selects_videos or self.filters.selects_readings or self.which == "stale"


class QualitySource(FrameSource):
    """A frame, and what was rejected besides.

    Parameters
    ----------
    snapshot : Snapshot or polars.DataFrame
    rejected : polars.DataFrame, optional
        With a frame.

    Raises
    ------
    ConfigError
        If a snapshot comes with a frame of rejected values.
    """

    def __init__(self, snapshot: object, rejected: pl.DataFrame | None) -> None:
        if isinstance(snapshot, Snapshot):
            if rejected is not None:
                raise ConfigError("QualityExplorer: a snapshot has its own rejected; give one or the other.")
            rejected = snapshot.rejected
        if rejected is not None:
            check_columns(rejected, "QualityExplorer (rejected)", ["video_id", "field", "raw_timestamp", "reason"])
        super().__init__(snapshot, "QualityExplorer")
        self.rejected = rejected

    @property
    def input_lines(self) -> list[str]:
        """The lines of code that load the frame, and what was rejected."""
        if self.rejected is None:
            return super().input_lines
        snapshot = "snapshot = lab.take_snapshot()  # or the one whose frame the explorer shows"
        if self.snapshot is not None:
            snapshot = write_snapshot_line(self.snapshot)
        return [snapshot, "frame, rejected = snapshot.frame(), snapshot.rejected"]

    def filter_readings(self, state: QualityState) -> Mask:
        """Return which readings a state leaves."""
        readings = self.apply_filters(state.filters).readings
        if state.which == "stale":
            readings = readings & self.readings_of(
                find_stale_videos(self, None, state.stale_days)["video_id"].to_list()
            )
        return readings


class QualitySelection(NamedTuple):
    """The readings that are drawn with all flags, what was rejected of their videos, and which videos are stale."""

    readings: ReadingTimes
    rejected: pl.DataFrame
    has_rejected: bool
    stale: pl.DataFrame


def select_quality(source: QualitySource, state: QualityState) -> QualitySelection:
    """Return the readings, rejected values and stale videos that a state leaves."""
    key = ("quality", state.filters, state.which, state.which == "stale" and state.stale_days)
    readings = source.cached(key, lambda: _select_readings(source, state))
    rejected = empty(REJECTED) if source.rejected is None else source.rejected
    if state.is_filtered:
        rejected = rejected.filter(pl.col("video_id").is_in(readings.videos["video_id"].implode()))
    stale = find_stale_videos(source, state.filters, state.stale_days)
    return QualitySelection(readings, rejected, source.rejected is not None, stale)


def _select_readings(source: QualitySource, state: QualityState) -> ReadingTimes:
    whole = source.cached(("seen",), lambda: collect_reading_times(source.with_metrics(("flag_counters",)), FLAGS))
    return whole.only(source.filter_readings(state)) if state.is_filtered else whole


def load_data(source: QualitySource, state: QualityState) -> pl.DataFrame:
    """Return the readings that a state leaves, with the flags that are marked."""
    hidden = [flag for flag in FLAGS if flag not in state.flags]
    return source.with_metrics(*state.pipes).drop(hidden).filter(pl.Series(source.filter_readings(state)))


def draw_quality(selection: QualitySelection, state: QualityState) -> Axes:
    """Draw what a state shows."""
    marked = selection.rejected if selection.has_rejected and state.marks_rejected else None
    zone = ZoneInfo(state.filters.tz)
    return draw_readings(selection.readings.marking(state.flags), marked, zone=zone)


def write_code(state: QualityState, inputs: Sequence[str] = (), *, rejected: bool) -> str:
    """Return the lines that make the same ``data``, and the picture as ``png``.

    Parameters
    ----------
    state : QualityState
    inputs : sequence of str
        The lines that load the frame.
    rejected : bool
        Whether there is a frame of rejected values.

    Returns
    -------
    str
        Python, on public names alone.

    Examples
    --------
    >>> print(write_code(QualityState(marks="none"), rejected=False))
    import influtics_lab as lab
    from influtics_lab import plots
    <BLANKLINE>
    data = frame.pipe(lab.flag_counters)
    data = data.drop(
        "is_correction",
        "is_purge",
        "is_hidden",
        "is_failed_poll",
        "is_cached",
        "is_stalled",
        "is_burst",
        "is_rule_change",
    )
    ax = plots.plot_readings(data)
    png = plots.to_png(ax)
    """
    lines, conditions = list(inputs), []
    if state.which == "stale":
        is_old = f'pl.col("timestamp") < pl.col("timestamp").max() - pl.duration(days={state.stale_days})'
        lines.append(f"stale = frame.pipe(lab.latest).filter({is_old})")
        conditions = ['pl.col("video_id").is_in(stale["video_id"].implode())']
    lines += list_filter_lines(state.filters, state.pipes, conditions=conditions)
    if hidden := [f'"{flag}"' for flag in FLAGS if flag not in state.flags]:
        lines.append(f"data = {format_call('data.drop', hidden)}")
    is_marked = rejected and state.marks_rejected
    if is_marked and state.is_filtered:
        lines.append('rejected = rejected.filter(pl.col("video_id").is_in(data["video_id"].unique().implode()))')
    settings = list_arguments({"tz": state.filters.tz}, {"tz": "UTC"})
    call = format_call("plots.plot_readings", ["data", *(["rejected"] if is_marked else []), *settings])
    return join_script(*lines, f"ax = {call}", "png = plots.to_png(ax)")


def describe_quality(selection: QualitySelection, state: QualityState) -> str:
    """Return the picture in words."""
    readings, rejected, _, stale = selection
    if not len(readings.x):
        return "Nothing to show: no reading is left."
    marks = [plural(rejected.height, "rejected value")] if state.marks_rejected else []
    marks += [plural(len(readings.marked[flag]), FLAGS[flag]) for flag in state.flags]
    return (
        f"When {plural(readings.videos.height, 'video')} were read, "
        f"{format_days(readings.x.min(), readings.x.max(), state.filters.tz)}: {plural(len(readings.x), 'reading')}. "
        f"Marked: {', '.join(marks) or 'nothing'}. "
        f"{plural(stale.height, 'video')} not read in the last {plural(state.stale_days, 'day')} of the frame."
    )


def format_quality_table(selection: QualitySelection, state: QualityState) -> str:
    """Return the table below the picture."""
    if state.table == "rejected":
        return format_table(count_rejected(selection.rejected), "What was rejected, by field and reason")
    if state.table == "flags":
        return format_table(count_flags(selection.readings), "Readings with each flag, by platform")
    tz = state.filters.tz
    stale = selection.stale.select(
        "title",
        "platform",
        "status",
        convert_local_times(pl.col("last_at"), tz).dt.strftime("%Y-%m-%d %H:%M").alias(f"last read ({tz})"),
        pl.col("last_views").alias("last views"),
    )
    return format_table(stale, f"Videos not read in the last {plural(state.stale_days, 'day')} of the frame")


_VIEW: Final = View(
    sections=(
        (
            "What is drawn",
            (
                (SEARCH,),
                (buttons("marks", "Marks", MARKS),),
                (buttons("which", "Videos", WHICH),),
                (buttons("stale_days", "Stale after", [(plural(days, "day"), days) for days in STALE_DAYS]),),
                (buttons("table", "Table", TABLES),),
            ),
        ),
        FILTERS_WITH_AGE,
    ),
    check=check_filters,
    select=select_quality,
    draw=draw_quality,
    describe=describe_quality,
    code=lambda source, state: write_code(state, source.input_lines, rejected=source.rejected is not None),
    status=lambda source, selection, state: describe_left(
        source, state.filters, f"{plural(selection.stale.height, 'video')} stale"
    ),
    data=lambda source, _, state: load_data(source, state),
    table=format_quality_table,
)


class QualityExplorer(Explorer[QualityState]):
    """A widget that shows when videos were read, what was rejected or flagged, and what is stale.

    ``explorer.state`` is what is chosen; setting it redraws. ``explorer.code()`` returns the lines that draw the same
    picture from ``snapshot``, or from ``frame`` and ``rejected``.

    Parameters
    ----------
    snapshot : Snapshot or polars.DataFrame
        A snapshot, or the one frame.
    rejected : polars.DataFrame, optional
        With a frame: what was rejected, as in ``snapshot.rejected``.
    state : QualityState, optional
        What to show first.
    folder : path, optional
        Where the buttons write files; without it they offer a download.

    Attributes
    ----------
    platform, status_filter, search, since, until, age, from_days, to_days, flagged : ipywidgets.Widget
        The filters.
    marks, which, stale_days, table : ipywidgets.Widget
        The other controls.
    extra : ipywidgets.HTML
        The table.
    image, status, summary, error
        As in ``VideoExplorer``.

    Raises
    ------
    FrameError
        If it is neither, or contains a reading twice.
    MissingColumnError
        If a column is missing.
    ConfigError
        If `rejected` comes with a snapshot, which has its own.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> explorer = QualityExplorer(lab.sample_snapshot())
    >>> explorer.marks.value = "burst"
    >>> explorer.state.marks
    'burst'
    """

    def __init__(
        self,
        snapshot: Snapshot | pl.DataFrame,
        rejected: pl.DataFrame | None = None,
        state: QualityState | None = None,
        *,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(_VIEW, QualitySource(snapshot, rejected), state or QualityState(), folder=folder)
