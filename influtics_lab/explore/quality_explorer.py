"""What was read when, what could not be kept, which counters misbehave, and which videos are no longer read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.errors import ConfigError
from influtics_lab.explore import controls as c
from influtics_lab.explore.code_lines import call, filtered, script
from influtics_lab.explore.explorer_state import State
from influtics_lab.explore.filters import one_of
from influtics_lab.explore.frame_explorer import Explorer
from influtics_lab.explore.frame_source import Mask, Pipes, Source
from influtics_lab.explore.quality_counts import by_flag, by_reason, stale
from influtics_lab.explore.selection_text import span, table_html
from influtics_lab.plots.reading_heatmap import draw_readings
from influtics_lab.plots.reading_times import ReadingTimes, collect_reading_times
from influtics_lab.plots.validation import check_columns
from influtics_lab.schema import FLAGS, REJECTED, empty
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import plural

MARKS: Final = ("all", "rejected", *(flag.removeprefix("is_") for flag in FLAGS), "none")
TABLES: Final = ("rejected", "flags", "stale")
WHICH: Final = ("all", "stale")
STALE_DAYS: Final = (1, 3, 7, 14)


@dataclass(frozen=True)
class QualityState(State):
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
        What stands below: ``rejected`` by field and reason, ``flags`` by platform, or the ``stale`` videos.

    Examples
    --------
    >>> QualityState.from_json(QualityState(marks="burst").to_json()).marks
    'burst'
    """

    marks: str = "all"
    which: str = "all"
    stale_days: int = 3
    table: str = "rejected"

    def __post_init__(self) -> None:
        one_of("marks", self.marks, MARKS)
        one_of("which", self.which, WHICH)
        one_of("stale_days", self.stale_days, STALE_DAYS)
        one_of("table", self.table, TABLES)

    @property
    def flags(self) -> list[str]:
        """The columns of the flags that are marked."""
        return [flag for flag in FLAGS if self.marks in {"all", flag.removeprefix("is_")}]

    @property
    def rejects(self) -> bool:
        """Whether rejected values are marked."""
        return self.marks in {"all", "rejected"}

    @property
    def chooses(self) -> bool:
        """Whether anything is left out."""
        return self.filters.chooses_videos or self.filters.chooses_readings or self.which == "stale"


def kept_of(source: Source, state: QualityState) -> Mask:
    """Tell which readings a state leaves."""
    kept = source.left(state.filters).of_readings
    if state.which == "stale":
        old = stale(source, None, state.stale_days)["video_id"]
        kept = kept & source.readings_of(old.to_list())
    return kept


def data_of(source: Source, state: QualityState) -> pl.DataFrame:
    """Give the readings that a state leaves, with its flags."""
    pipes: Pipes = (("flag_counters",), *([("with_age",)] if state.filters.aged else []))
    hidden = [flag for flag in FLAGS if flag not in state.flags]
    return source.with_columns(*pipes).drop(hidden).filter(pl.Series(kept_of(source, state)))


def seen_of(source: Source, state: QualityState) -> ReadingTimes:
    """Give what is drawn of the readings that a state leaves, with all flags."""
    whole = source.once(("seen",), lambda: collect_reading_times(source.with_columns(("flag_counters",)), FLAGS))
    return whole.only(kept_of(source, state)) if state.chooses else whole


def rejected_of(rejected: pl.DataFrame, made: ReadingTimes, state: QualityState) -> pl.DataFrame:
    """Give what was rejected of the videos that are left: all of it where nothing is left out."""
    if not state.chooses:
        return rejected
    return rejected.filter(pl.col("video_id").is_in(made.videos["video_id"].implode()))


def code(state: QualityState, *, snapshot: bool, rejected: bool) -> str:
    """Write the lines that give the same ``data``, and picture as ``png``.

    Parameters
    ----------
    state : QualityState
    snapshot : bool
        Whether it starts from a ``snapshot``, else from a ``frame``.
    rejected : bool
        Whether there is a frame of what was rejected.

    Returns
    -------
    str
        Python, on public names alone.

    Examples
    --------
    >>> print(code(QualityState(marks="none"), snapshot=False, rejected=False))
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
    )
    ax = plots.plot_readings(data)
    png = plots.to_png(ax)
    """
    lines = ["frame, rejected = snapshot.frame(), snapshot.rejected"] if snapshot else []
    extra = []
    if state.which == "stale":
        old = f'pl.col("timestamp") < pl.col("timestamp").max() - pl.duration(days={state.stale_days})'
        lines.append(f"stale = frame.pipe(lab.latest).filter({old})")
        extra = ['pl.col("video_id").is_in(stale["video_id"].implode())']
    lines += filtered(
        state.filters, ["lab.flag_counters", *(["lab.with_age"] if state.filters.aged else [])], extra=extra
    )
    if hidden := [f'"{flag}"' for flag in FLAGS if flag not in state.flags]:
        lines.append(f"data = {call('data.drop', hidden)}")
    marked = rejected and state.rejects
    if marked and state.chooses:
        lines.append('rejected = rejected.filter(pl.col("video_id").is_in(data["video_id"].unique().implode()))')
    drawn = call("plots.plot_readings", ["data", *(["rejected"] if marked else [])])
    return script(*lines, f"ax = {drawn}", "png = plots.to_png(ax)")


def summary(made: ReadingTimes, rejected: pl.DataFrame, old: pl.DataFrame, state: QualityState) -> str:
    """Say in words what the picture shows."""
    if not len(made.x):
        return "Nothing to show: no reading is left."
    marks = [f"{plural(rejected.height, 'rejected value')}"] if state.rejects else []
    marks += [plural(len(made.marked[flag]), FLAGS[flag]) for flag in state.flags]
    return (
        f"When {plural(made.videos.height, 'video')} were read, {span(made.x.min(), made.x.max())}: "
        f"{plural(len(made.x), 'reading')}. Marked: {', '.join(marks) or 'nothing'}. "
        f"{plural(old.height, 'video')} not read in the last {plural(state.stale_days, 'day')} of the frame."
    )


class QualityExplorer(Explorer[QualityState]):
    """A widget that shows when videos were read, what was rejected or flagged, and what is stale.

    What is chosen is ``explorer.state``; ``explorer.code()`` gives the lines that draw the same picture, where the
    snapshot is called ``snapshot``, or the frames ``frame`` and ``rejected``.

    Parameters
    ----------
    snapshot : Snapshot or polars.DataFrame
        A snapshot, or the one frame.
    rejected : polars.DataFrame, optional
        With a frame: what was rejected, as ``snapshot.rejected`` has it.
    state : QualityState, optional
        What to show first.
    folder : path, optional
        Where the buttons write files; without it they give a download.

    Attributes
    ----------
    platform, status_filter, search, since, until, age, from_days, to_days, flagged : ipywidgets.Widget
        The filters; what is set there is shown.
    marks, which, stale_days, table : ipywidgets.Widget
        The other controls.
    extra : ipywidgets.HTML
        The table.
    image, status, summary, error
        As of a ``VideoExplorer``.

    Raises
    ------
    FrameError
        If it is neither, or a reading comes twice.
    MissingColumnError
        If a column is not there.
    ConfigError
        If a snapshot comes with something rejected besides its own.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> explorer = QualityExplorer(lab.sample_snapshot())
    >>> explorer.marks.value = "burst"
    >>> explorer.state.marks
    'burst'
    """

    _count = False

    def __init__(
        self,
        snapshot: Snapshot | pl.DataFrame,
        rejected: pl.DataFrame | None = None,
        state: QualityState | None = None,
        *,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        self._from_snapshot = isinstance(snapshot, Snapshot)
        frame: object = snapshot
        if isinstance(snapshot, Snapshot):
            if rejected is not None:
                raise ConfigError("QualityExplorer: a snapshot has its own rejected; give one or the other.")
            frame, rejected = snapshot.frame(), snapshot.rejected
        if rejected is not None:
            check_columns(rejected, "QualityExplorer (rejected)", ["video_id", "field", "raw_timestamp", "reason"])
        self._rejected = rejected
        super().__init__(frame, state or QualityState(), folder=folder)

    def code(self) -> str:
        """Give the lines of Python that give the same picture."""
        return code(self.state, snapshot=self._from_snapshot, rejected=self._rejected is not None)

    @property
    def data(self) -> pl.DataFrame:
        """The readings that are left, with their flags: the frame that ``code()`` calls ``data``."""
        return data_of(self._source, self.state)

    @property
    def _seen(self) -> ReadingTimes:
        """What is drawn of the data."""
        state = self.state
        key = ("quality", state.filters, state.which, state.which == "stale" and state.stale_days)
        return self._source.once(key, lambda: seen_of(self._source, state))

    def _lost(self) -> pl.DataFrame:
        rejected = empty(REJECTED) if self._rejected is None else self._rejected
        return rejected_of(rejected, self._seen, self.state)

    def _old(self) -> pl.DataFrame:
        return stale(self._source, self.state.filters, self.state.stale_days)

    def _draw(self) -> Axes:
        marked = self._rejected is not None and self.state.rejects
        return draw_readings(self._seen.marking(self.state.flags), self._lost() if marked else None)

    def _said(self) -> str:
        return summary(self._seen, self._lost(), self._old(), self.state)

    def _extra(self) -> str:
        if self.state.table == "rejected":
            return table_html(by_reason(self._lost()), "What was rejected, by field and reason")
        if self.state.table == "flags":
            return table_html(by_flag(self._seen), "Readings with each flag, by platform")
        old = self._old().select(
            "title",
            "platform",
            "status",
            pl.col("last_at").dt.strftime("%Y-%m-%d %H:%M").alias("last read (UTC)"),
            pl.col("last_views").alias("last views"),
        )
        return table_html(old, f"Videos not read in the last {plural(self.state.stale_days, 'day')} of the frame")

    def _own_controls(self) -> dict[str, Any]:
        return {
            "marks": c.toggles("Marks", MARKS),
            "which": c.toggles("Videos", WHICH),
            "stale_days": c.toggles("Stale after", [(plural(days, "day"), days) for days in STALE_DAYS]),
            "table": c.toggles("Table", TABLES),
        }

    def _rows(self) -> tuple[tuple[str, ...], ...]:
        return (("marks",), ("which",), ("stale_days",), ("table",))

    def _drawn(self) -> str:
        return f"{plural(self._old().height, 'video')} stale"
