"""When conditions begin and end: the changes of levels since the last run.

A subject (a video, or videos together) has a level for each condition. The state holds the levels that are above 0 and
since when. A change is new where its reading, or an earlier one of the subject, came after the last run. Where a
condition ended because the video left, or readings were corrected, the state keeps level 0 and since when it had held.
If it begins again at a reading that was judged before, that is another event: it holds since the read that found it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from influtics_lab.watch.watch_conditions import Condition

Open = dict[str, tuple[int, str]]
"""Levels by subject, each with the instant (ISO 8601) since which it holds; of level 0, since which the last did."""


@dataclass(frozen=True)
class Change:
    """A condition begins or ends for a subject.

    Attributes
    ----------
    subject : str
    level : int
        The new level; 0 where the condition ends.
    at : datetime
        The reading at which it changes.
    since : str
        When it began, ISO 8601.
    evidence : dict
    """

    subject: str
    level: int
    at: dt.datetime
    since: str
    evidence: dict[str, Any]


@dataclass(frozen=True)
class News:
    """What came since the last run.

    Attributes
    ----------
    first_new : mapping of str to datetime
        The earliest new reading of each subject that has any.
    new_subjects : set of str
        Those without any earlier reading.
    last_read : datetime or None
        The end of the read before; None where the condition is new, so that only its present counts.
    read_until : datetime
        The end of the read that is judged.
    """

    first_new: Mapping[str, dt.datetime]
    new_subjects: Collection[str]
    last_read: dt.datetime | None
    read_until: dt.datetime

    def is_new(self, change: Mapping[str, Any], condition: Condition) -> bool:
        """Return whether a change of level is to be reported."""
        if self.last_read is None:
            return False
        subject, at = change["subject"], change["at"]
        if subject in self.new_subjects:  # what lies in the history that came with it is no news
            return condition.is_moment and at > self.last_read
        first = self.first_new.get(subject)
        return first is not None and at >= first

    def was_judged(self, change: Mapping[str, Any]) -> bool:
        """Return whether former runs saw the reading of a change and those before it as they are now."""
        is_known = self.last_read is not None and change["subject"] not in self.new_subjects
        return is_known and change["at"] < self.first_new.get(change["subject"], change["at"])


def find_changes(levels: pl.DataFrame, row: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return where levels change, and the last reading of each subject that decides.

    Parameters
    ----------
    levels : polars.DataFrame
        ``subject, at, level, evidence``, sorted by ``subject, at``.
    row : int
        In how many readings in a row a level must be reached.

    Returns
    -------
    tuple of polars.DataFrame
        The rows at which the level changes; and for each subject the last row with a level, with the reading's own
        level as ``single``.
    """
    lowest = pl.col("level").rolling_min(row, min_samples=row).over("subject").fill_null(0)
    decided = levels.filter(pl.col("level").is_not_null()).with_columns(
        lowest.alias("level"), pl.col("level").alias("single")
    )
    before = pl.col("level").shift(fill_value=0).over("subject")
    changes = decided.filter(pl.col("level") != before)
    return changes, decided.group_by("subject", maintain_order=True).last()


def apply_changes(levels: pl.DataFrame, condition: Condition, opened: Open, news: News) -> Iterator[Change]:
    """Yield what begins and ends, and bring the levels of the state up to date.

    Parameters
    ----------
    levels : polars.DataFrame
        As for `find_changes`: the subjects that are looked at, each with all its readings.
    condition : Condition
    opened : dict
        The condition's levels of the state, which this changes.
    news : News
    """
    changes, finals = find_changes(levels, condition.row)
    for change in changes.iter_rows(named=True):
        if news.is_new(change, condition):
            yield from _step(change, condition, opened, news)
    last_changes = {row["subject"]: row for row in changes.iter_rows(named=True)}
    is_decisive = (pl.col("level") > 0) | pl.col("subject").is_in(list(opened))
    for final in finals.filter(is_decisive).iter_rows(named=True):
        subject = final["subject"]
        level, change = opened.get(subject, (0, ""))[0], last_changes.get(subject, final)
        if condition.is_moment:
            if final["level"] > level:  # before the watch began, or in the history of a new video
                opened[subject] = (final["level"], change["at"].isoformat())
        elif final["level"] > level or (final["level"] < level and final["single"] < level):
            former = opened.get(subject)
            yield from _step(change, condition, opened, news)
            if former and subject not in opened and subject in news.first_new:
                opened[subject] = (0, former[1])


def _step(change: Mapping[str, Any], condition: Condition, opened: Open, news: News) -> Iterator[Change]:
    subject, level, at = change["subject"], change["level"], change["at"]
    current, since = opened.get(subject, (0, ""))
    if level > current:
        is_again = not current and (news.was_judged(change) or (since and at <= dt.datetime.fromisoformat(since)))
        start = (news.read_until if is_again else at).isoformat()
        opened[subject] = (level, start)
        yield Change(subject, level, at, start, change["evidence"])
    elif level < current and not condition.is_moment:
        if level:
            opened[subject] = (level, since)
        else:
            del opened[subject]
            if at <= dt.datetime.fromisoformat(since):
                opened[subject] = (0, since)
            yield Change(subject, 0, at, since, change["evidence"])
