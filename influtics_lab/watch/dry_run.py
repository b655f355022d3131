"""What a run would send now, and when each condition began last: nothing is sent, and nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from influtics_lab.archive import Archive
from influtics_lab.text_format import plural
from influtics_lab.watch.alert_text import BEGINS, format_instant
from influtics_lab.watch.level_changes import Change, find_changes
from influtics_lab.watch.news_judge import Judge
from influtics_lab.watch.watch_conditions import Condition
from influtics_lab.watch.watch_file import Watch
from influtics_lab.watch.watch_state import load_state


def preview_watch(
    watch: Watch, archive: Archive, state_path: Path, *, folder: Path | None = None, now: dt.datetime | None = None
) -> list[str]:
    """Return lines: for each condition what a run would send now, and the last time at which it began.

    Parameters
    ----------
    watch, archive, state_path, folder, now
        As for `run_watch`.

    Raises
    ------
    ConfigError, ArchiveError
        As for `run_watch`.
    """
    state = load_state(state_path)
    now = now or dt.datetime.now(dt.UTC)
    judge = Judge(watch, archive, state, state_path, folder=folder or state_path.parent, now=now)
    events, _ = judge.find_events(state)
    lines = [f"note: {note}" for note in judge.notes]
    for condition in watch.conditions:
        lines += _describe_condition(condition, judge, events, is_silenced=watch.is_silenced(condition, now))
    if state.outbox:
        lines.append(f"{plural(len(state.outbox), 'event')} of former runs would be sent as well.")
    return lines


def _describe_condition(
    condition: Condition, judge: Judge, events: list[dict[str, Any]], *, is_silenced: bool
) -> Iterator[str]:
    own = [event for event in events if event["condition"] == condition.name]
    count = "silenced" if is_silenced else plural(len(own), "event") + " now"
    yield f"{condition.name} ({condition.kind}): {count}; {_describe_last(condition, judge)}"
    for event in own:
        verb = "begins" if event["change"] == BEGINS else "ends"
        yield f"  {verb} at {format_instant(event['at'])}: {event['summary']}"


def _describe_last(condition: Condition, judge: Judge) -> str:
    """Return when a condition began last in all of the archive, and for how many videos it ever did."""
    changes, _ = find_changes(judge.judge_all(condition), condition.row)
    rows = [row for row in changes.iter_rows(named=True) if row["level"] > 0]
    if not rows:
        return "it never began before"
    row = max(rows, key=lambda row: row["at"])
    last = Change(row["subject"], row["level"], row["at"], row["at"].isoformat(), row["evidence"])
    (event,) = judge.build_events([last], condition)
    times = f"{plural(len(rows), 'time')} in this archive, last at {format_instant(event['at'])}"
    return f"it began {times}: {event['summary']}"
