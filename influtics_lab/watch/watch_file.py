"""The watch file: conditions, quiet hours and where alerts go. All errors are reported at once, each with its line."""
# ruff: noqa: RUF009  # declare_key is dataclasses.field() with our metadata

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from influtics_lab.campaign.file.field_types import (
    DURATION,
    TEXT,
    ZONE,
    declare_key,
    parse_hours,
)
from influtics_lab.campaign.file.local_dates import resolve_end, resolve_start
from influtics_lab.campaign.file.table_reader import TableReader, read_toml_text
from influtics_lab.campaign.file.toml_lines import Path as KeyPath
from influtics_lab.campaign.file.toml_mistakes import parse_toml
from influtics_lab.watch.watch_conditions import (
    TRUE_OR_FALSE,
    Burst,
    Condition,
    CountingRuleCrossed,
    FailedPolls,
    ForecastBelowTarget,
    Hidden,
    Milestone,
    NoReading,
    PaceBelowTarget,
    Purge,
    Removed,
    Stall,
    ValueReached,
)
from influtics_lab.watch.watch_places import (
    AppriseTargets,
    Mail,
    QuietHours,
    SinkTable,
    Webhook,
    find_place_errors,
)

_YOUNGEST_HOURS: Final = 48


@dataclass(frozen=True, kw_only=True)
class Watch:
    r"""A watch file: what is watched, when to be quiet, and where alerts go.

    Examples
    --------
    >>> watch = parse_watch('[[purge]]\nname = "views taken back"\nplatform = "TikTok"\nreadings = 2')
    >>> watch.conditions[0].readings, watch.sends_lines
    (2, True)
    """

    time_zone: str = declare_key(ZONE, "the time zone of dates and quiet hours", default="UTC")
    creators_csv: str | None = declare_key(TEXT, "a CSV file of links and creators, beside this file", default=None)
    retry_for: str = declare_key(DURATION, "for how long a run tries to reach each place", default="1m")
    quiet: QuietHours | None = declare_key(QuietHours, "quiet hours", default=None)
    stdout: bool | None = declare_key(
        TRUE_OR_FALSE, "whether events are printed as JSON lines; without it, if there is no other place", default=None
    )
    webhook: tuple[Webhook, ...] = declare_key(Webhook, "addresses to post to", is_list=True, default=())
    mail: tuple[Mail, ...] = declare_key(Mail, "mail servers", is_list=True, default=())
    apprise: tuple[AppriseTargets, ...] = declare_key(AppriseTargets, "other services", is_list=True, default=())
    value: tuple[ValueReached, ...] = declare_key(ValueReached, "a value reached", is_list=True, default=())
    milestone: tuple[Milestone, ...] = declare_key(Milestone, "a round number passed", is_list=True, default=())
    pace: tuple[PaceBelowTarget, ...] = declare_key(PaceBelowTarget, "too slow for a target", is_list=True, default=())
    stall: tuple[Stall, ...] = declare_key(Stall, "counts stay the same", is_list=True, default=())
    purge: tuple[Purge, ...] = declare_key(Purge, "a count taken back", is_list=True, default=())
    burst: tuple[Burst, ...] = declare_key(Burst, "views without engagements", is_list=True, default=())
    failed_polls: tuple[FailedPolls, ...] = declare_key(FailedPolls, "failed polls", is_list=True, default=())
    hidden: tuple[Hidden, ...] = declare_key(Hidden, "a hidden count", is_list=True, default=())
    removed: tuple[Removed, ...] = declare_key(Removed, "a removed video", is_list=True, default=())
    no_reading: tuple[NoReading, ...] = declare_key(NoReading, "no new reading", is_list=True, default=())
    counting_rule: tuple[CountingRuleCrossed, ...] = declare_key(
        CountingRuleCrossed, "a platform counts views in another way", is_list=True, default=()
    )
    forecast: tuple[ForecastBelowTarget, ...] = declare_key(
        ForecastBelowTarget, "a forecast below a target", is_list=True, default=()
    )

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return all conditions."""
        values = (getattr(self, key.name) for key in fields(self))
        return tuple(
            item for value in values if isinstance(value, tuple) for item in value if isinstance(item, Condition)
        )

    @property
    def sinks(self) -> dict[str, SinkTable]:
        """Return the places that alerts go to by name, except standard output."""
        kinds: dict[str, tuple[SinkTable, ...]] = {"webhook": self.webhook, "mail": self.mail, "apprise": self.apprise}
        return {
            table.name or (kind if number == 1 else f"{kind} {number}"): table
            for kind, tables in kinds.items()
            for number, table in enumerate(tables, 1)
        }

    @property
    def sends_lines(self) -> bool:
        """Return whether events are printed as JSON lines."""
        return not self.sinks if self.stdout is None else self.stdout

    @property
    def retry_s(self) -> float:
        """Return for how many seconds a run tries to reach each place."""
        return parse_hours(self.retry_for) * 3600

    def is_quiet(self, now: dt.datetime) -> bool:
        """Return whether an instant is in the quiet hours."""
        return self.quiet is not None and self.quiet.includes(now, self.time_zone)

    def is_silenced(self, condition: Condition, now: dt.datetime) -> bool:
        """Return whether nothing is sent of a condition."""
        until = condition.silence_until
        return until is not None and now < resolve_start(until, self.time_zone)


def read_watch(path: str | os.PathLike[str]) -> Watch:
    """Read a watch file.

    Parameters
    ----------
    path : path
        A TOML file. The files that it names (campaigns, creators) are relative to its folder.

    Returns
    -------
    Watch

    Raises
    ------
    ConfigError
        If the file cannot be read, or a value is not allowed: file, line, key, what was found, what is allowed.
    """
    name, text = read_toml_text(path)
    return parse_watch(text, name=name, folder=Path(path).parent)


def parse_watch(text: str, *, name: str = "watch file", folder: str | os.PathLike[str] = ".") -> Watch:
    r"""Read the text of a watch file.

    Parameters
    ----------
    text : str
        TOML.
    name : str
        The file's name in messages.
    folder : path
        The folder of the files that it names.

    Returns
    -------
    Watch

    Raises
    ------
    ConfigError
        If anything in it is not allowed.

    Examples
    --------
    >>> parse_watch('[[no_reading]]\nname = "silence"\nhuors = 26')
    Traceback (most recent call last):
    ...
    influtics_lab.errors.ConfigError: watch file: line 1: no_reading[1].hours is missing; ... Do you mean hours?
    """
    given, unreadable = parse_toml(text)
    reader = TableReader("a watch file", text, unreadable)
    watch: Watch | None = None if unreadable and not given else reader.read_table(Watch, given, ())
    if watch is not None:
        for path, error in _find_contradictions(watch, Path(folder)):
            reader.add_error(path, error)
    if reader.errors or watch is None:
        raise reader.build_error(name)
    return watch


def _find_contradictions(watch: Watch, folder: Path) -> Iterator[tuple[KeyPath, str]]:
    """Yield each contradiction: the path of a key, and the rest of the sentence that begins with it."""
    if not watch.conditions:
        yield (), "there is no condition; allowed are tables such as [[purge]]."
    if watch.creators_csv is not None and not (folder / watch.creators_csv).is_file():
        yield ("creators_csv",), f'is "{watch.creators_csv}", which does not exist; allowed is a file beside this one.'
    if watch.quiet is not None and watch.quiet.start == watch.quiet.end:
        yield ("quiet", "end"), f'is "{watch.quiet.end}", as start; allowed is another time.'
    seen: set[str] = set()
    for key in fields(Watch):
        tables = getattr(watch, key.name)
        for number, table in enumerate(tables if isinstance(tables, tuple) else ()):
            is_condition = isinstance(table, Condition)
            checks = _check_condition(table, watch, folder) if is_condition else find_place_errors(table)
            yield from (((key.name, number, *path), text) for path, text in checks)
            name = table.name or (key.name if number == 0 else f"{key.name} {number + 1}")
            if (mark := f"{is_condition} {name}") in seen:
                yield (key.name, number, "name"), f'is "{name}" again; allowed is each name once.'
            seen.add(mark)


def _check_condition(condition: Condition, watch: Watch, folder: Path) -> Iterator[tuple[KeyPath, str]]:
    if condition.creator and not (watch.creators_csv or condition.campaign):
        yield ("creator",), "is given; allowed with creators_csv, or with a campaign that names its creators."
    if condition.campaign is not None and not (folder / condition.campaign).is_file():
        yield ("campaign",), f'is "{condition.campaign}", which does not exist; allowed is a file beside this one.'
    if isinstance(condition, ValueReached):
        if (condition.at_least is None) == (condition.at_most is None):
            yield (), "has at_least and at_most, or neither; allowed is one of them."
        if condition.total and condition.measure == "views_per_day":
            yield ("measure",), 'is "views_per_day" of a total; allowed is it for each video.'
    if isinstance(condition, Milestone) and (not condition.levels) == (condition.every is None):
        yield (), "has levels and every, or neither; allowed is one of them."
    if isinstance(condition, ForecastBelowTarget) and parse_hours(condition.horizon) <= _YOUNGEST_HOURS:
        yield ("horizon",), f'is "{condition.horizon}"; allowed is an age above 2 days.'
    if isinstance(condition, PaceBelowTarget):
        yield from _check_pace(condition, watch.time_zone)


def _check_pace(condition: PaceBelowTarget, zone: str) -> Iterator[tuple[KeyPath, str]]:
    target, by, start = condition.target, condition.by, condition.start
    if (target is None) != (by is None) or (target is None and condition.campaign is None):
        yield (), "lacks target or by; allowed are both, or neither with a campaign that has targets."
    if start and by and resolve_end(by, zone) <= resolve_start(start, zone):
        yield ("start",), f"is {start}; allowed is a day up to {by}."
