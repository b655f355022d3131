"""Deliver the events of the outbox: retries within a budget, and the state written after each delivery."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from influtics_lab.text_format import plural
from influtics_lab.watch.alert_sinks import TRY_S, SendError, Sink

_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 15.0
_SAVING_SHARE: Final = 0.1

Entry = dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """A place that did not accept its events.

    Attributes
    ----------
    sink : str
    reason : str
    events : int
        How many stay in the outbox.
    """

    sink: str
    reason: str
    events: int

    def __str__(self) -> str:
        later = f" {plural(self.events, 'event')} will be sent next time." if self.events else ""
        return f"{self.sink}: {self.reason}.{later}"


def note_batch(outbox: list[Entry], *, is_quiet: bool) -> None:
    """Note which events are sent as one message: all that are to be sent now and were in no message before.

    They stay together however often they are sent, also by a process after one that was killed. So a message that is
    sent again has the same key, and none holds an event of another.

    Parameters
    ----------
    outbox : list of dict
        The number of the message is noted in ``batch``.
    is_quiet : bool
        Whether only urgent events are sent.
    """
    number = 1 + max((entry["batch"] for entry in outbox if "batch" in entry), default=0)
    for entry in outbox:
        if entry["event"]["urgent"] or not is_quiet:
            entry.setdefault("batch", number)


def deliver(
    outbox: list[Entry], sinks: Mapping[str, Sink], budget_s: float, *, is_quiet: bool, save: Callable[[], None]
) -> list[Failure]:
    """Send what the outbox holds, and remove what was delivered to all its places.

    Parameters
    ----------
    outbox : list of dict
        ``event``, the names of places in ``to``, and ``batch`` by `note_batch`; places that the watch file no longer
        has are dropped.
    sinks : mapping of str to Sink
    budget_s : float
        For how long each place is tried.
    is_quiet : bool
        Whether only urgent events are sent.
    save : callable
        Writes the state. It is called after each delivery, but for a tenth of the time at most: a large outbox takes
        long to write.

    Returns
    -------
    list of Failure
    """
    failures = []
    save_if_due = _limit_saving(save)
    for entry in outbox:
        entry["to"] = [name for name in entry["to"] if name in sinks]
    for name, sink in sinks.items():
        due = [entry for entry in outbox if name in entry["to"] and (entry["event"]["urgent"] or not is_quiet)]
        deadline = time.monotonic() + budget_s
        for group in _group_entries(due, sink):
            try:
                _send_within(sink, [entry["event"] for entry in group], deadline)
            except SendError as error:
                remaining = 0 if error.is_delivered else sum(name in entry["to"] for entry in due)
                failures.append(Failure(name, str(error), remaining))
                if remaining:
                    break
            for entry in group:
                entry["to"].remove(name)
            save_if_due()
    outbox[:] = [entry for entry in outbox if entry["to"]]
    save()
    return failures


def _limit_saving(save: Callable[[], None]) -> Callable[[], None]:
    """Return what saves, unless that would take more than a tenth of the time."""
    due = 0.0

    def save_if_due() -> None:
        nonlocal due
        started = time.monotonic()
        if started >= due:
            save()
            ended = time.monotonic()
            due = ended + (ended - started) * (1 / _SAVING_SHARE - 1)

    return save_if_due


def _group_entries(entries: Sequence[Entry], sink: Sink) -> list[list[Entry]]:
    """Return what is sent together: for a digest the events of one batch."""
    if not sink.is_digest:
        return [[entry] for entry in entries]
    ordered = sorted(entries, key=lambda entry: entry["batch"])
    return [list(group) for _, group in groupby(ordered, lambda entry: entry["batch"])]


def _send_within(sink: Sink, events: Sequence[Entry], deadline: float) -> None:
    """Send events, again after a growing pause while there is time; a last try may exceed it by its own limit."""
    if time.monotonic() > deadline:
        raise SendError("it accepts events too slowly", is_final=True)
    pause = _FIRST_PAUSE_S
    while True:
        try:
            _limit_try(lambda: sink.send(events), TRY_S)
        except SendError as error:
            if error.is_final or time.monotonic() + pause > deadline:
                raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)
        else:
            return


def _limit_try(work: Callable[[], None], seconds: float) -> None:
    """Run one try in a thread that is left behind if it takes too long: a server may send a byte a minute."""
    errors: list[SendError] = []

    def run() -> None:
        try:
            work()
        except SendError as error:
            errors.append(error)
        except Exception as error:  # noqa: BLE001  # of a library; its text may hold a secret
            errors.append(SendError(f"it failed ({type(error).__name__})", is_final=True))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise SendError(f"it did not answer within {seconds:g} seconds")
    if errors:
        raise errors[0]
