"""What a column is called in a picture, and in what unit its values are written."""

from __future__ import annotations

import re
from typing import Final

from influtics_lab.plots.linework import Words

_ENDINGS: Final[tuple[tuple[str, str, str, str], ...]] = (  # ending, words, unit in the axis, value
    ("_per_hour_per_hour", " per hour, each hour", "", "{}/h²"),
    ("_per_hour", " per hour", "", "{}/h"),
    ("_growth_pct_per_day", " growth per day", " (% per day)", "{} % per day"),
    ("_pct", "", " (%)", "{} %"),
    ("_hours", "", " (hours)", "{} h"),
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
    spaced = re.sub(r"_gained_(\d+)([a-z])$", r" gained in \1 \2", column)
    if spaced != column:
        name = spaced.replace("_", " ")
        return Words(name[:1].upper() + name[1:], name, value="{}", points=points, note=note)
    named = ((ending, *others) for ending, *others in _ENDINGS if column.endswith(ending))
    ending, words, unit, value = next(named, ("", "", "", "{}"))
    name = column.removesuffix(ending).replace("_", " ") + words
    return Words(name[:1].upper() + name[1:], name + unit, value=value, points=points, note=note)
