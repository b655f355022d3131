"""The name of a column in a picture, and the unit of its values."""

from __future__ import annotations

import re
from typing import Final

from influtics_lab.plots.line_plot import PictureText

_ENDINGS: Final[tuple[tuple[str, str, str, str], ...]] = (  # like which it ends, words, unit in the axis, value
    (r"_per_hour_per_hour", " per hour, each hour", "", "{}/h²"),
    (r"_per_hour", " per hour", "", "{}/h"),
    (r"_growth_pct_per_day", " growth per day", " (% per day)", "{} % per day"),
    (r"_pct", "", " (%)", "{} %"),
    (r"_hours", "", " (hours)", "{} h"),
    (r"_gained_(\d+)([a-z])", " gained in {} {}", "", "{}"),
)


def describe_column(column: str, *, points: str = "reading", note: str = "") -> PictureText:
    """Return the text of a column: its name in words, its unit, and how a value is written.

    Examples
    --------
    >>> describe_column("views_per_hour").unit, describe_column("engagement_rate_pct").unit
    ('views per hour', 'engagement rate (%)')
    >>> describe_column("likes").title, describe_column("views_gained_24h").title
    ('Likes', 'Views gained in 24 h')
    """
    name, unit, value = column.replace("_", " "), "", "{}"
    for like, words, axis, written in _ENDINGS:
        if match := re.search(rf"{like}\Z", column):
            name = column[: match.start()].replace("_", " ") + words.format(*match.groups())
            unit, value = axis, written
            break
    return PictureText(name[:1].upper() + name[1:], name + unit, value=value, points=points, note=note)
