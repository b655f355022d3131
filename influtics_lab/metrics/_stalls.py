"""Evidence of cached answers and stalls: how long counts have been the same, and how probable that is."""

from __future__ import annotations

from typing import Final

import narwhals.stable.v2 as nw

from influtics_lab.metrics._engine import hours_between, to_lazy, to_microseconds
from influtics_lab.metrics._window_gains import Window
from influtics_lab.schema import COUNTS
from influtics_lab.visible_counts import TIMESTAMP, Frame

_DAY_US: Final = 86_400_000_000


class Names:
    """Names of the temporary columns of `flag_counters`."""

    def __init__(self, prefix: str) -> None:
        self.hidden = {count: f"{prefix}hidden_{count}" for count in COUNTS}
        self.shown = {count: f"{prefix}shown_{count}" for count in COUNTS}
        self.here, self.same, self.speed = (f"{prefix}{name}" for name in ("here", "same", "speed"))
        self.now, self.since = (f"{prefix}{name}" for name in ("now", "since"))
        self.total, self.label = (f"{prefix}{name}" for name in ("total", "label"))
        self.before, self.place = (f"{prefix}{name}" for name in ("before", "place"))
        self.failed, self.visible = (f"{prefix}{name}" for name in ("failed", "visible"))


def with_pace(frame: Frame, names: Names, like: object, by: str) -> Frame:
    """Add the views per hour of the 24 hours up to each reading, where these are bracketed by readings."""
    day = Window({names.shown["views"]: names.speed}, _DAY_US, None, by)
    paced = to_lazy(day.with_gains(frame, like))
    return paced.with_columns((nw.col(names.speed) / 24.0).alias(names.speed))


def with_unchanged(frame: Frame, names: Names, by: str) -> Frame:
    """Add for how long all counts have been the same, and how many views were to be expected in that time.

    Readings with the same counts in a row are a run; its first one is the last before that changed anything.
    """
    now, since, speed = nw.col(names.now), nw.col(names.since), nw.col(names.speed)
    same, unchanged = nw.col(names.same), nw.col("unchanged_hours")
    timed = frame.with_columns(to_microseconds(frame, TIMESTAMP).alias(names.now))
    begins = nw.col(names.here) & ~same & ~now.is_null()
    # A velocity that is not known is below 0 here, or an earlier one would be filled in for it.
    known = nw.when(~speed.is_null()).then(speed).otherwise(nw.lit(-1.0))
    runs = timed.with_columns(
        nw.when(begins).then(now).alias(names.since), nw.when(begins).then(known).alias(names.speed)
    ).with_columns(
        *(
            nw.col(name).fill_null(strategy="forward").over(by, order_by=TIMESTAMP)
            for name in (names.since, names.speed)
        ),
        nw.col(names.shown["views"]).fill_null(strategy="forward").over(by, order_by=TIMESTAMP).alias(names.visible),
    )
    return runs.with_columns(
        nw.when(same).then(hours_between(now, since)).alias("unchanged_hours"),
    ).with_columns(
        nw.when(speed >= 0).then(speed * unchanged).alias("expected_views"),
        nw.when(speed >= 0).then(((1.0 + 4.0 * speed).log() * unchanged / -4.0).exp()).alias("unchanged_p_value"),
    )
