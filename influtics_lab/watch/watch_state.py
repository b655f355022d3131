"""The state of a watch: what is open, up to which read, and which events were not delivered yet; one file.

It is replaced in one step, before anything is sent and after each delivery, so a process that is killed in between
sends an event again with the same key, and never loses one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from influtics_lab.archive import Archive
from influtics_lab.errors import ConfigError, StorageError
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.storage import acquire_lock, read_user_file, replace_file, report_write_errors
from influtics_lab.watch.level_changes import Open

KIND: Final = "influtics-lab watch state"
FORMAT: Final = 1
_MOST_BYTES: Final = 1 << 30


class OtherArchiveError(ConfigError):
    """A state belongs to another archive."""


@dataclass
class WatchState:
    """What a watch knows of its former runs.

    Attributes
    ----------
    archive : str
        The identity of the archive; empty before the first run.
    read_until : str
        The end of the last read that was judged, ISO 8601.
    opened : dict of str to dict
        For each condition its levels.
    kinds : dict of str to str
        For each condition what these levels depend on.
    outbox : list of dict
        Events that were not delivered, each with ``event``, the names of the places it still has to go to, and the
        number of the message that it is in, once it was to be sent.
    """

    archive: str = ""
    read_until: str = ""
    opened: dict[str, Open] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    outbox: list[dict[str, Any]] = field(default_factory=list)

    @property
    def last_read(self) -> dt.datetime | None:
        """Return the end of the last read that was judged."""
        return dt.datetime.fromisoformat(self.read_until) if self.read_until else None

    def dump(self) -> bytes:
        """Return the content of the file."""
        content = {"kind": KIND, "format": FORMAT, "archive": self.archive, "read_until": self.read_until}
        return orjson.dumps(
            content | {"kinds": self.kinds, "opened": self.opened, "outbox": self.outbox},
            option=orjson.OPT_APPEND_NEWLINE,
        )


def load_state(path: Path) -> WatchState:
    """Read the state; return an empty one if there is no file.

    Raises
    ------
    ConfigError
        If the file is no state of a watch, is damaged, or comes from a newer version.
    """
    if not path.exists():
        return WatchState()
    name = escape_unprintable(path)
    advice = "Restore it from a backup, or delete it: the next run then begins anew."
    try:
        content = orjson.loads(read_user_file(path, _MOST_BYTES))
    except orjson.JSONDecodeError as error:
        raise ConfigError(f"{name} is not the state of a watch: it is not JSON ({error}). {advice}") from None
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise ConfigError(f"{name} is not the state of a watch. Name another file with --state.")
    if content.get("format") != FORMAT:
        text = f"{name} has the format {content.get('format')}; this version reads {FORMAT}."
        raise ConfigError(f"{text} Install a newer influtics-lab.")
    try:
        opened = {
            condition: {subject: (int(level), str(since)) for subject, (level, since) in levels.items()}
            for condition, levels in content["opened"].items()
        }
        state = WatchState(
            content["archive"], content["read_until"], opened, dict(content["kinds"]), list(content["outbox"])
        )
        is_whole = all(map(_is_entry, state.outbox)) and _is_instant(state.read_until)
    except (KeyError, TypeError, ValueError, AttributeError):
        is_whole = False
    if not is_whole:
        raise ConfigError(f"{name} is damaged: it lacks what a state has. {advice}")
    return state


def _is_entry(entry: Any) -> bool:
    event, to = entry["event"], entry["to"]
    texts = [event["key"], event["condition"], event["summary"], event["change"], event["at"], *to]
    is_typed = isinstance(to, list) and all(isinstance(text, str) for text in texts)
    return is_typed and isinstance(event["urgent"], bool) and isinstance(entry.get("batch", 0), int)


def _is_instant(text: str) -> bool:
    return not text or dt.datetime.fromisoformat(text).tzinfo is not None


def save_state(path: Path, state: WatchState) -> None:
    """Replace the state in one step.

    Raises
    ------
    StorageError
        If the folder cannot be written.
    """
    with report_write_errors(f"{escape_unprintable(path)} cannot be written", "Name another file with --state."):
        replace_file(path, state.dump())


@contextmanager
def hold_state(path: Path) -> Iterator[None]:
    """Hold the state for one run; what killed runs left beside it is deleted.

    Raises
    ------
    StorageError
        If another watch holds it, or the folder cannot be written.
    """
    name = escape_unprintable(path)
    with report_write_errors(f"{name} cannot be locked", "Name another file with --state."):
        try:
            lock = acquire_lock(path.with_name(f"{path.name}.lock"), 0)
        except TimeoutError:
            raise StorageError(f"Another watch is at work with {name}. Nothing was checked or sent.") from None
    with lock:
        for draft in path.parent.glob(f".{path.name}.{'[0-9a-f]' * 32}"):
            draft.unlink(missing_ok=True)
        yield


def identify_archive(archive: Archive) -> tuple[str, list[dt.datetime]]:
    """Return the identity of an archive, that of its first read, and the ends of its reads.

    Raises
    ------
    ConfigError
        If nothing was read yet.
    """
    snapshots = archive.snapshots()
    if snapshots.is_empty():
        raise ConfigError("The archive holds no snapshot yet. Run influtics-lab archive refresh first.")
    first = snapshots.row(0, named=True)
    text = f"{first['taken_at'].isoformat()} {first['content_digest']}"
    return hashlib.sha256(text.encode()).hexdigest()[:16], snapshots["read_until"].to_list()


def check_archive(state: WatchState, path: Path, archive: Archive, identity: str, last_read: dt.datetime) -> None:
    """Raise if the state is of another archive, or the archive is older than the state.

    Raises
    ------
    ConfigError
    """
    name, place = escape_unprintable(path), escape_unprintable(archive)
    if state.archive and state.archive != identity:
        raise OtherArchiveError(
            f"{name} is the state of a watch over another archive than {place}: their first reads differ. "
            "Nothing was checked. Name another file with --state, or delete this one to begin anew."
        )
    if state.last_read is not None and last_read < state.last_read:
        raise ConfigError(
            f"{place} went back in time: its last read ended at {last_read.isoformat()}, and this watch has judged one "
            f"that ended at {state.read_until}. Nothing was checked. Refresh the archive, or delete {name} to begin "
            "anew."
        )
