"""Does a report come out the same again: which file, number, input or version is another one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from influtics_lab.campaign.file.parser import read_campaign
from influtics_lab.campaign.report.campaign_report import compute_report
from influtics_lab.campaign.report.lock import outputs, read_lock, versions
from influtics_lab.campaign.report.numbers_file import Moved, moved
from influtics_lab.campaign.report.output_files import NUMBERS
from influtics_lab.campaign.report.pdf import NAME as PDF
from influtics_lab.campaign.report.report_inputs import Source, open_source
from influtics_lab.errors import ConfigError
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.storage import digest_file

SAME: Final = "same"
_SHOWN: Final = 20  # numbers that moved; the others are counted


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes
    ----------
    inputs, outputs : dict of str to str
        Of each one ``same``, or in words what is otherwise.
    versions : dict of str to tuple of str
        Those that are other ones: then, now. They alone are no difference: all may come out the same.
    moved : tuple of Moved
        Each number that changed: as `report.json` has it, and as it comes out now.
    edited : bool
        `report.json` was changed after it was written, so its numbers are not those of then.
    unchecked : tuple of str
        Files that are not compared.
    """

    inputs: dict[str, str]
    outputs: dict[str, str]
    versions: dict[str, tuple[str, str]]
    moved: tuple[Moved, ...]
    edited: bool = False
    unchecked: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Say whether every input and output is the same."""
        return {*self.inputs.values(), *self.outputs.values()} <= {SAME}

    def lines(self) -> Iterator[str]:
        """Say all of it, a line for each."""
        for name, said in (self.inputs | self.outputs).items():
            yield f"{name}: {said}"
        for name in self.unchecked:
            yield f"{name}: not checked, its bytes hold the time of printing"
        before, after = ("in report.json", "comes out") if self.edited else ("then", "now")
        for one in self.moved[:_SHOWN]:
            yield escape_unprintable(f"  {one.where}: {one.then} {before}, {one.now} {after}")
        if len(self.moved) > _SHOWN:
            yield f"  and {len(self.moved) - _SHOWN:,} more numbers"
        for name, (then, now) in self.versions.items():
            yield f"version of {name}: {then} then, {now} now"


def check_report(folder: Path, snapshot: Path | None = None, since: Path | None = None) -> Checked:
    """Make a report again, elsewhere, and compare.

    Parameters
    ----------
    folder : pathlib.Path
        As `build_report` wrote it. Nothing in it is changed.
    snapshot, since : pathlib.Path, optional
        Where the snapshots are; else where they were when the report was made, seen from its folder.

    Returns
    -------
    Checked

    Raises
    ------
    ConfigError
        If the folder holds no report, or a snapshot is not where it was.
    SnapshotError
        If a snapshot is damaged.
    """
    lock = read_lock(folder)
    sources = {
        "snapshot": _source(folder, lock, "snapshot", snapshot),
        "since": _source(folder, lock, "since", since),
    }
    now, then = sources["snapshot"], sources["since"]
    if now is None:
        raise ConfigError(f"The lock of {folder} names no snapshot. Make the report again.")
    file = folder / _file(lock, "campaign")
    report = compute_report(read_campaign(file), now.snapshot, None if then is None else then.snapshot, file)
    with tempfile.TemporaryDirectory(prefix="influtics-check-") as scratch:
        work = report.write(scratch)
        here, again = outputs(folder), outputs(work)
        return Checked(
            inputs=dict(_inputs(folder, lock, sources)),
            outputs=dict(_outputs(lock["outputs"], here, again)),
            versions=_versions(lock["versions"]),
            moved=tuple(_moved(folder / NUMBERS, work / NUMBERS)),
            edited=here.get(NUMBERS) != lock["outputs"].get(NUMBERS),
            unchecked=(PDF,) if (folder / PDF).exists() else (),
        )


def _source(folder: Path, lock: Mapping[str, Any], name: str, given: Path | None) -> Source | None:
    wanted = lock["inputs"].get(name)
    if wanted is None:
        if given is not None:
            raise ConfigError(f"{folder} was made without --{name}. Leave it out.")
        return None
    where = lock["where"].get(name)
    place = given if given is not None else None if where is None else Path(os.path.normpath(folder.resolve() / where))
    if place is None or not place.exists():
        lost = f"is not at {place}" if place is not None else "has no place in the lock"
        raise ConfigError(f"The {name} {wanted.get('snapshot_id')} {lost}. Say where it is: --{name} PATH.")
    return open_source(place, wanted)


def _file(lock: Mapping[str, Any], name: str) -> str:
    found = lock["inputs"].get(name)
    if not isinstance(found, dict) or not isinstance(found.get("file"), str):
        raise ConfigError(f"The lock names no {name} file. Make the report again.")
    return str(found["file"])


def _inputs(folder: Path, lock: Mapping[str, Any], sources: Mapping[str, Source | None]) -> Iterator[tuple[str, str]]:
    for name, then in lock["inputs"].items():
        source = sources.get(name)
        if source is not None:
            now = source.facts
            yield name, SAME if now == then else f"differs: {_shown(then)} then, {_shown(now)} now"
        elif then is not None:
            file = folder / then["file"]
            found = digest_file(file) if file.is_file() else None
            said = "missing" if found is None else SAME if found == then["sha256"] else "differs: it was changed"
            yield then["file"], said


def _shown(facts: Mapping[str, str]) -> str:
    return f"{facts['snapshot_id']} (content {facts['content_digest'][:16]})"


def _outputs(then: Mapping[str, str], here: Mapping[str, str], again: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Say of each file how it is: as the lock has it, as it lies here, as it comes out again."""
    for name in sorted({*then, *here, *again}):
        if name not in then:
            yield name, "extra: it comes out now" if name in again else "extra: it is not of the report"
        elif name not in here:
            yield name, "missing"
        elif here[name] != then[name]:
            more = "" if again.get(name) == then[name] else ", and it comes out otherwise now"
            yield name, f"differs: it was changed after it was written{more}"
        elif name not in again:
            yield name, "differs: it does not come out any more"
        else:
            yield name, SAME if again[name] == then[name] else "differs: it comes out otherwise now"


def _versions(then: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    now = versions()
    names = [*now, *(name for name in then if name not in now)]
    both = {name: (then.get(name, "not named"), now.get(name, "not named")) for name in names}
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]}


def _moved(then: Path, now: Path) -> list[Moved]:
    """Compare the numbers; none where those of the report are not there or no JSON, which is told of the file."""
    try:
        return moved(then.read_bytes(), now.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return []
