"""What a column is called in a picture, and in what unit its values are written."""

from __future__ import annotations

import re
from typing import Final

from influtics_lab.plots.line_plot import Words

_ENDINGS: Final[tuple[tuple[str, str, str, str], ...]] = (  # like which it ends, words, unit in the axis, value
    (r"_per_hour_per_hour", " per hour, each hour", "", "{}/h²"),
    (r"_per_hour", " per hour", "", "{}/h"),
    (r"_growth_pct_per_day", " growth per day", " (% per day)", "{} % per day"),
    (r"_pct", "", " (%)", "{} %"),
    (r"_hours", "", " (hours)", "{} h"),
    (r"_gained_(\d+)([a-z])", " gained in {} {}", "", "{}"),
)


def words_of(column: str, *, points: str = "reading", note: str = "") -> Words:
    """Give the words of a column: its name in words, its unit, and how a value is written.

    Examples
    --------
    >>> words_of("views_per_hour").unit, words_of("engagement_rate_pct").unit
    ('views per hour', 'engagement rate (%)')
    >>> words_of("likes").what, words_of("views_gained_24h").what
    ('Likes', 'Views gained in 24 h')
    """
    name, unit, value = column.replace("_", " "), "", "{}"
    for like, words, axis, written in _ENDINGS:
        if found := re.search(rf"{like}\Z", column):
            name = column[: found.start()].replace("_", " ") + words.format(*found.groups())
            unit, value = axis, written
            break
    return Words(name[:1].upper() + name[1:], name + unit, value=value, points=points, note=note)
