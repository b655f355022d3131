"""What is new in an archive: which conditions begin and end. What is read is what they need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from influtics_lab.archive import Archive
from influtics_lab.campaign.figures.canonical_series import counting_series
from influtics_lab.errors import StorageError
from influtics_lab.schema import COUNTS, STATS, empty
from influtics_lab.watch.alert_text import Source, build_event
from influtics_lab.watch.level_changes import Change, News, Open, apply_changes
from influtics_lab.watch.reading_levels import Readings, judge_forecast, judge_no_reading, judge_readings, judge_removed
from influtics_lab.watch.total_levels import find_campaign, judge_pace, judge_total
from influtics_lab.watch.watch_conditions import Condition, ForecastBelowTarget, NoReading, PaceBelowTarget, Removed
from influtics_lab.watch.watch_file import Watch
from influtics_lab.watch.watch_scope import Scope, find_scope
from influtics_lab.watch.watch_state import WatchState, check_archive, identify_archive

_COLUMNS: Final = ("video_id", "timestamp", *COUNTS, "platform", "published_at", "created_at")
_MOST_INSTANTS: Final = 30
_ATTEMPTS: Final = 5
_START: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Judge:
    """Judges the conditions of a watch by the readings of an archive, and reads only those that they need.

    Parameters
    ----------
    watch : Watch
    archive : Archive
    state : WatchState
        What was judged before; a state without a read judges everything.
    path : pathlib.Path
        The state's file, for messages.
    folder : pathlib.Path
        The folder of the files that the watch names.
    now : datetime

    Raises
    ------
    ConfigError
        If nothing was read yet, or state and archive do not belong together.
    """

    def __init__(
        self, watch: Watch, archive: Archive, state: WatchState, path: Path, *, folder: Path, now: dt.datetime
    ) -> None:
        identity, self.reads = identify_archive(archive)
        check_archive(state, path, archive, identity, self.reads[-1])
        self.source = Source(
            str(archive.folder), identity, self.reads[-1].isoformat(), now.isoformat(timespec="seconds")
        )
        self.watch, self.archive, self.folder, self.now = watch, archive, folder, now
        self.last_read = state.last_read
        self.notes: list[str] = []
        self._scopes: dict[str, Scope] = {}
        self._loaded: dict[frozenset[str] | None, Readings] = {}

    def find_events(self, state: WatchState) -> tuple[list[dict[str, Any]], int]:
        """Return what began and ended since the state, and how much more is silenced; bring the state up to date."""
        events: list[dict[str, Any]] = []
        silenced = 0
        opened: dict[str, Open] = {}
        for condition in self.watch.conditions:
            is_known = state.kinds.get(condition.name) == condition.identity
            levels = dict(state.opened.get(condition.name, {})) if is_known else {}
            found = self.find_changes(condition, levels, is_known=is_known)
            changes = sorted(found, key=lambda change: (change.at, change.subject))
            opened[condition.name] = levels
            if self.watch.is_silenced(condition, self.now):
                silenced += len(changes)
            else:
                events += self.build_events(changes, condition)
        state.opened = opened
        state.kinds = {condition.name: condition.identity for condition in self.watch.conditions}
        state.archive, state.read_until = self.source.identity, self.source.read_until
        return events, silenced

    @property
    def has_news(self) -> bool:
        """Whether the archive was read since the last run."""
        return self.reads[-1] != self.last_read

    @cached_property
    def videos(self) -> pl.DataFrame:
        """The archive's videos."""
        return self.known_videos.filter(~pl.col("removed"))

    @cached_property
    def arrivals(self) -> dict[str, dt.datetime]:
        """The videos with new readings, each with its earliest new one."""
        arrived = self.archive.arrivals(self.last_read or _START)
        return dict(arrived.select("video_id", "first_new").rows())

    @cached_property
    def removals(self) -> pl.DataFrame:
        """When videos came into the list of the service and were removed from it."""
        return self.archive.removals()

    @cached_property
    def known_videos(self) -> pl.DataFrame:
        """The archive's videos and those that were removed."""
        return self.removals.group_by("video_id", maintain_order=True).last()

    def find_scope(self, condition: Condition) -> Scope:
        """Return the videos of a condition; names of no video are noted."""
        if condition.name not in self._scopes:
            videos = self.known_videos if isinstance(condition, Removed) else self.videos
            scope = find_scope(condition, self.watch, self.folder, videos)
            self.notes += [f"{condition.name}: {name!r} is no video of the archive." for name in scope.unmatched]
            if scope.ids is not None and not scope.ids:
                self.notes.append(f"{condition.name}: it is about no video of the archive.")
            if isinstance(condition, PaceBelowTarget) and condition.target is None and scope.campaign is not None:
                is_lacking = all(target.measure != "views" for target in scope.campaign.targets)
                self.notes += [f"{condition.name}: its campaign file has no target of views."] * is_lacking
            self._scopes[condition.name] = scope
        return self._scopes[condition.name]

    def load_readings(self, ids: frozenset[str] | None) -> Readings:
        """Return all readings of some videos, or of all."""
        if ids is not None and len(ids) >= self.videos.height:
            ids = None
        whole = self._loaded.get(None)
        if whole is not None:
            return whole.of_videos(ids)
        if ids not in self._loaded:
            self._loaded[ids] = Readings(self._collect(_COLUMNS, ids))
        return self._loaded[ids]

    def _collect(self, columns: Sequence[str], ids: frozenset[str] | None = None) -> pl.DataFrame:
        """Return columns of readings as of the last read, also while another process compacts the archive."""
        for _ in range(_ATTEMPTS):
            scan = self.archive.scan(self.reads[-1]).select(columns)
            with suppress(OSError, pl.exceptions.PolarsError):
                return (scan if ids is None else scan.filter(pl.col("video_id").is_in(list(ids)))).collect()
        raise StorageError(f"{self.archive} changes while it is read, or a file of it is damaged. Run it again later.")

    def find_changes(self, condition: Condition, opened: Open, *, is_known: bool) -> Iterator[Change]:
        """Yield what begins and ends, and bring the condition's levels up to date."""
        if is_known and not self.has_news and not isinstance(condition, NoReading):
            return
        scope = self.find_scope(condition)
        last_read = self.last_read if is_known else None
        make_news = partial(News, last_read=last_read, read_until=self.reads[-1])
        if isinstance(condition, Removed):
            first = dict.fromkeys(scope.ids or self.known_videos["video_id"], self.after_last_read)
            yield from apply_changes(self.judge_all(condition), condition, opened, make_news(first, ()))
            return
        if isinstance(condition, NoReading):
            levels = judge_no_reading(self._list_times(scope, condition, only_last=True), condition, self.now)
            yield from self._forget(opened.keys() - set(levels["subject"]), condition, opened)
            yield from apply_changes(levels, condition, opened, make_news({}, ()))
            return
        watched = {scope.label} if condition.is_total else scope.list_ids(self.videos)
        target = f"{scope.label}, target "
        left = {subject for subject in opened if subject not in watched and not subject.startswith(target)}
        yield from self._forget(left, condition, opened)
        arrived = self.arrivals if scope.ids is None else {v: at for v, at in self.arrivals.items() if v in scope.ids}
        returned = {subject for subject, (level, _) in opened.items() if not level and subject in watched}
        if is_known and not arrived and not returned and not condition.is_total:  # removals and dates change totals
            return
        if condition.is_total or condition.is_by_read:
            levels = self.judge_all(condition, since=self.after_last_read)
            first_new = self.after_last_read if condition.is_by_read else min(arrived.values(), default=self.reads[-1])
            first = dict.fromkeys(levels["subject"].unique(), first_new)
            yield from apply_changes(levels, condition, opened, make_news(first, ()))
            return
        readings = self.load_readings(frozenset(arrived) | returned if is_known else scope.ids)
        starts = readings.frame.group_by("video_id").agg(pl.col("timestamp").min()).iter_rows()
        new = {video for video, start in starts if arrived.get(video) == start}
        news = make_news(arrived, new)
        for part in readings.parts:
            yield from apply_changes(judge_readings(part, condition), condition, opened, news)

    def judge_all(self, condition: Any, since: dt.datetime = _START) -> pl.DataFrame:
        """Return the levels of a condition for all its videos; by read only of reads since an instant."""
        scope = self.find_scope(condition)
        if isinstance(condition, Removed):
            return judge_removed(scope.select(self.removals))
        if isinstance(condition, NoReading):
            return judge_no_reading(self._list_times(scope, condition, only_last=False), condition, self.now)
        if condition.is_by_read:
            number = sum(read >= since for read in self.reads) + condition.readings - 1
            reads = self.reads[-min(number, _MOST_INSTANTS) :]
            if isinstance(condition, ForecastBelowTarget):
                return judge_forecast(self.load_readings(None), scope.ids, condition, reads)
            campaign = find_campaign(condition, scope, self.videos, self.watch.time_zone)
            return judge_pace(self.load_readings(scope.ids), campaign, scope.label, self.archive.videos(), reads)
        readings = self.load_readings(scope.ids)
        if condition.is_total:
            return judge_total(readings, condition, scope, self.videos)
        return judge_readings(readings, condition)

    @property
    def after_last_read(self) -> dt.datetime:
        """The first instant at which a read is new."""
        return _START if self.last_read is None else self.last_read + dt.timedelta.resolution

    def _list_times(self, scope: Scope, condition: NoReading, *, only_last: bool) -> pl.DataFrame:
        """Return the readings, or the last ones, of each video, or of the videos together."""
        watched = scope.select(self.videos.filter((pl.col("status") != "completed").fill_null(value=True)))
        if only_last:
            times = self.archive.arrivals(_START).select("video_id", pl.col("last_new").alias("timestamp"))
        else:
            times = self._collect(("video_id", "timestamp"))
        chosen = times.join(watched.select("video_id"), on="video_id", how="semi")
        if condition.total:
            chosen = chosen.with_columns(pl.lit(scope.label).alias("video_id"))
        return chosen.group_by("video_id", "timestamp").agg().sort("video_id", "timestamp")

    def _forget(self, subjects: Iterable[str], condition: Condition, opened: Open) -> Iterator[Change]:
        """Yield the end of what is open for videos that the condition or the archive no longer has."""
        for subject in sorted(subjects):
            level, since = opened.pop(subject)
            if not condition.is_moment:
                opened[subject] = (0, since)
                if level:
                    yield Change(subject, 0, self.reads[-1], since, {})

    def build_events(self, changes: Sequence[Change], condition: Condition) -> list[dict[str, Any]]:
        """Return the events of changes, with the readings that show them."""
        if not changes:
            return []
        scope, subjects = self.find_scope(condition), [change.subject for change in changes]
        videos, frames = {}, {}
        if not condition.is_total:
            known = self.known_videos.filter(pl.col("video_id").is_in(subjects))
            videos = {row["video_id"]: row for row in known.iter_rows(named=True)}
        elif not condition.is_by_read:
            scope = self._leave_out_repeated(scope)
        if not condition.is_total and not isinstance(condition, Removed):
            frame = self.load_readings(frozenset(subjects)).frame
            frames = {str(key[0]): part for key, part in frame.partition_by("video_id", as_dict=True).items()}
        none = empty(STATS)
        return [
            build_event(
                change,
                condition,
                scope,
                self.source,
                video=videos.get(change.subject),
                rows=frames.get(change.subject, none).filter(pl.col("timestamp") <= change.at),
            )
            for change in changes
        ]

    def _leave_out_repeated(self, scope: Scope) -> Scope:
        """Return a scope without further series of its videos, which totals do not count."""
        repeated = counting_series(self.videos, self.load_readings(scope.ids).masked)
        return replace(scope, ids=scope.list_ids(self.videos) - repeated.keys()) if repeated else scope
