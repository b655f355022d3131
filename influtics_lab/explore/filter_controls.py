"""What the explorers of a frame share: the controls of filters, what they can choose, and what filters leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from influtics_lab.errors import ConfigError
from influtics_lab.explore.controls import (
    Control,
    Option,
    Options,
    Section,
    buttons,
    date_field,
    days_field,
    switch,
    text_field,
)
from influtics_lab.explore.explorer_state import FilteredState, read_field, replace_field
from influtics_lab.explore.filters import Filters
from influtics_lab.explore.frame_source import FrameSource
from influtics_lab.explore.selection_text import list_choices
from influtics_lab.plots.font_text import clean_text
from influtics_lab.schema import COUNTS
from influtics_lab.text_format import plural

S = TypeVar("S", bound=FilteredState)


def _offer_values(column: str) -> Options:
    def options(source: FrameSource, _: object) -> list[Option]:
        values = source.list_values(column)
        return [("all", None), *((clean_text(value, 20) or "?", value) for value in values)] if values else []

    return options


AGE: Final = buttons("age", "Age since", [("publication", "published"), ("tracking", "tracked")])
SEARCH: Final = text_field("search", "Search", "in titles", "only videos whose title holds this text")
COUNT: Final = buttons("count", "Count", COUNTS, lambda state: state.picture != "engagement")
_VIDEO_ROWS: Final[tuple[tuple[Control, ...], ...]] = (
    (buttons("platform", "Platform", _offer_values("platform")),),
    (buttons("status", "Status", _offer_values("status")),),
    (buttons("creator", "Creator", _offer_values("creator")),),
    (date_field("since", "From", "only readings from this day, in the time zone that the picture names"),),
    (date_field("until", "To", "only readings up to this day, the day itself included"),),
)
_READING_ROWS: Final[tuple[tuple[Control, ...], ...]] = (
    (
        days_field("from_days", "Age from", "only readings of this age or older, in days"),
        days_field("to_days", "Age to", "only readings of this age or younger, in days"),
    ),
    (
        switch(
            "flagged",
            "only flagged",
            "only videos with a reading that flag_counters flags for more than a cached answer",
        ),
    ),
)
_HEADING: Final = "Which videos and readings"
FILTERS: Final[Section] = (_HEADING, (*_VIDEO_ROWS, *_READING_ROWS))
FILTERS_WITH_AGE: Final[Section] = (_HEADING, (*_VIDEO_ROWS, (AGE,), *_READING_ROWS))


def check_filters(source: FrameSource, state: S) -> S:
    """Return the state if the frame has its platform, status and creator.

    Raises
    ------
    ConfigError
        If it has not.
    """
    for name in ("platform", "status", "creator"):
        value, values = getattr(state.filters, name), source.list_values(name)
        if value is not None and value not in values:
            raise ConfigError(f"{name} is {value!r}; this frame has {', '.join(values) or 'none'}.")
    return state


def check_video(source: FrameSource, state: S) -> S:
    """Return the state, checked as by `check_filters`, and without its video where the filters leave that out."""
    video_id = read_field(check_filters(source, state), "video_id")
    if video_id is None or video_id in source.videos_left(state.filters)["video_id"]:
        return state
    return replace_field(state, "video_id", None)


def offer_videos(name_none: Callable[[int], str]) -> Options:
    """Return the options of a list of videos, after a text for no video, which gets the number of videos."""

    def options(source: FrameSource, state: Any) -> list[tuple[str, str | None]]:
        videos = source.videos_left(state.filters)
        return list_choices(videos, name_none(videos.height), state.video_id)

    return options


def describe_left(source: FrameSource, filters: Filters, drawn: str = "") -> str:
    """Return how many videos and readings filters leave, and what of them is drawn."""
    left = source.apply_filters(filters)
    readings = f"{left.reading_count:,} of {plural(source.frame.height, 'reading')} left"
    status = f"{left.video_count:,} of {plural(source.videos.height, 'video')}, {readings}"
    return f"{status}; {drawn}" if drawn else status
