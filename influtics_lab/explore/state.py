"""What an explorer shows, as a value; and how that value becomes a frame, a picture, a summary and code."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.errors import ConfigError
from influtics_lab.plots import plot_counts, plot_engagement, plot_velocity
from influtics_lab.schema import COUNTS

PICTURES: Final = ("counts", "velocity", "engagement")
SCALES: Final = ("linear", "log")
TOP: Final = 5


@dataclass(frozen=True)
class VideoState:
    """Everything that the picture of a ``VideoExplorer`` depends on, besides the frame.

    Attributes
    ----------
    platform : str or None
        Only this platform; None is all of them.
    search : str
        Only videos whose title, or id where there is no title, holds this text, whatever its case; empty is all.
    video_id : str or None
        Only this video; None is the five that are largest.
    count : str
        views, likes, comments or reposts.
    picture : str
        counts, velocity or engagement.
    scale : str
        linear or log.

    Examples
    --------
    >>> VideoState(count="likes").to_json()["count"]
    'likes'
    >>> VideoState.from_json(VideoState(scale="log").to_json()).scale
    'log'
    """

    platform: str | None = None
    search: str = ""
    video_id: str | None = None
    count: str = "views"
    picture: str = "counts"
    scale: str = "linear"

    def __post_init__(self) -> None:
        for name, allowed in (("count", COUNTS), ("picture", PICTURES), ("scale", SCALES)):
            if (value := getattr(self, name)) not in allowed:
                raise ConfigError(f"{name} is {value!r}; it can be {', '.join(allowed)}.")

    def to_json(self) -> dict[str, Any]:
        """Give the state as values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> VideoState:
        """Give the state that ``to_json`` wrote.

        Raises
        ------
        ConfigError
            If there is a name in it that no state has.
        """
        if unknown := set(values) - {field.name for field in fields(cls)}:
            raise ConfigError(f"This is not the state of a VideoExplorer: it has {', '.join(sorted(unknown))}.")
        return cls(**values)


def chosen(frame: pl.DataFrame, state: VideoState) -> pl.DataFrame:
    """Give the readings that a state leaves: those of its platform, search and video.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame.
    state : VideoState

    Returns
    -------
    polars.DataFrame
        The same columns, the rows in the same order.
    """
    conditions = []
    if state.platform is not None:
        conditions.append(pl.col("platform") == state.platform)
    if state.search:
        name = pl.coalesce("title", "external_video_id")
        conditions.append(name.str.to_lowercase().str.contains(state.search.lower(), literal=True))
    if state.video_id is not None:
        conditions.append(pl.col("video_id") == state.video_id)
    return frame.filter(*conditions) if conditions else frame


def picture(data: pl.DataFrame, state: VideoState, ax: Axes | None = None) -> Axes:
    """Draw what a state shows.

    Parameters
    ----------
    data : polars.DataFrame
        ``chosen(frame, state)``, with the columns that the picture needs.
    state : VideoState
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    top = TOP if state.video_id is None else None
    if state.picture == "velocity":
        return plot_velocity(data, state.count, top=top, scale=state.scale, ax=ax)
    if state.picture == "engagement":
        return plot_engagement(data, top=top, scale=state.scale, ax=ax)
    return plot_counts(data, state.count, top=top, scale=state.scale, ax=ax)


def code(state: VideoState) -> str:
    """Write the lines that, where the frame is called ``frame``, give the same picture as ``png``.

    Parameters
    ----------
    state : VideoState

    Returns
    -------
    str
        Python, on public names alone.

    Examples
    --------
    >>> print(code(VideoState(platform="TikTok", picture="velocity")))
    import influtics_lab as lab
    import polars as pl
    from influtics_lab import plots
    <BLANKLINE>
    data = frame.filter(pl.col("platform") == 'TikTok')
    ax = plots.plot_velocity(data.pipe(lab.growth, 'views'), 'views', top=5)
    png = plots.to_png(ax)
    """
    conditions = []
    if state.platform is not None:
        conditions.append(f'pl.col("platform") == {state.platform!r}')
    if state.search:
        wanted = f"contains({state.search.lower()!r}, literal=True)"
        conditions.append(f'pl.coalesce("title", "external_video_id").str.to_lowercase().str.{wanted}')
    if state.video_id is not None:
        conditions.append(f'pl.col("video_id") == {state.video_id!r}')
    settings = f", top={TOP}" if state.video_id is None else ""
    settings += "" if state.scale == "linear" else f", scale={state.scale!r}"
    count = repr(state.count)
    data = "data" if conditions else "frame"
    drawn = {
        "counts": f"plot_counts({data}, {count}{settings})",
        "velocity": f"plot_velocity({data}.pipe(lab.growth, {count}), {count}{settings})",
        "engagement": f"plot_engagement({data}.pipe(lab.engagement_rate){settings})",
    }[state.picture]
    return "\n".join(
        [
            *(["import influtics_lab as lab"] if state.picture != "counts" else []),
            *(["import polars as pl"] if conditions else []),
            "from influtics_lab import plots",
            "",
            *([f"data = frame.filter({', '.join(conditions)})"] if conditions else []),
            f"ax = plots.{drawn}",
            "png = plots.to_png(ax)",
        ]
    )
