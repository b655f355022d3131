"""One run: judge what is new in the archive, note the events in the state, and deliver them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from influtics_lab.archive import Archive
from influtics_lab.errors import InfluticsError
from influtics_lab.watch.alert_sinks import open_sinks
from influtics_lab.watch.delivery import Failure, deliver, note_batch
from influtics_lab.watch.news_judge import Judge
from influtics_lab.watch.watch_file import Watch
from influtics_lab.watch.watch_state import OtherArchiveError, hold_state, load_state, save_state


@dataclass(frozen=True)
class WatchResult:
    """What a run found and sent.

    Attributes
    ----------
    events : list of dict
        What began or ended.
    silenced : int
        How many further events belong to silenced conditions.
    failures : list of Failure
        The places that did not accept their events.
    waiting : int
        How many events are not delivered yet, with those held back in quiet hours.
    notes : list of str
        Sentences about what is odd in the watch file.
    """

    events: list[dict[str, Any]]
    silenced: int = 0
    failures: list[Failure] = field(default_factory=list)
    waiting: int = 0
    notes: list[str] = field(default_factory=list)


def run_watch(
    watch: Watch,
    archive: Archive,
    state_path: Path,
    *,
    folder: Path | None = None,
    now: dt.datetime | None = None,
    environment: Mapping[str, str] | None = None,
) -> WatchResult:
    """Judge what is new in an archive, and send what began or ended since the last run.

    Parameters
    ----------
    watch : Watch
    archive : Archive
    state_path : pathlib.Path
        The file of the state. The first run makes it, and reports what holds then; of milestones and the like only
        what comes later.
    folder : pathlib.Path, optional
        The folder of the files that the watch names; that of the state, if not given.
    now : datetime, optional
        The present; the clock of this machine, if not given.
    environment : mapping of str to str, optional
        Holds the secrets; that of the process, if not given.

    Returns
    -------
    WatchResult

    Raises
    ------
    ConfigError
        If a secret is missing, or the state is of another archive, of a newer archive than this, or damaged.
    StorageError
        If another run is at work with the state, or it cannot be written.
    ArchiveError
        If the archive cannot be read. What earlier runs could not deliver is sent first.
    """
    now = now or dt.datetime.now(dt.UTC)
    sinks = open_sinks(watch, os.environ if environment is None else environment)
    with hold_state(state_path):
        state = load_state(state_path)
        found: tuple[list[dict[str, Any]], int] = ([], 0)
        notes, problem = list[str](), None
        try:
            judge = Judge(watch, archive, state, state_path, folder=folder or state_path.parent, now=now)
            found, notes = judge.find_events(state), judge.notes
        except OtherArchiveError:
            raise
        except InfluticsError as error:
            problem = error
        else:
            waiting = {entry["event"]["key"] for entry in state.outbox}
            state.outbox += [{"event": event, "to": list(sinks)} for event in found[0] if event["key"] not in waiting]
        is_quiet = watch.is_quiet(now)
        note_batch(state.outbox, is_quiet=is_quiet)
        if state.archive:
            save_state(state_path, state)
        failures = deliver(
            state.outbox,
            sinks,
            watch.retry_s,
            is_quiet=is_quiet,
            save=lambda: save_state(state_path, state) if state.archive else None,
        )
        if problem is not None:
            raise problem
    return WatchResult(*found, failures, len(state.outbox), notes)
