"""Rebuild a report and compare: which file, number, input or version changed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from influtics_lab.campaign.file.parser import read_campaign
from influtics_lab.campaign.report.campaign_report import compute_report
from influtics_lab.campaign.report.output_files import NUMBERS
from influtics_lab.campaign.report.pdf import PDFS
from influtics_lab.campaign.report.report_inputs import AGAINST, Source, open_source
from influtics_lab.campaign.report.report_json import ChangedNumber, compare_numbers
from influtics_lab.campaign.report.report_lock import ReportLock, collect_versions, digest_outputs, read_lock
from influtics_lab.errors import ConfigError
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.storage import digest_file, is_url, open_place

SAME: Final = "same"
_MOST_NUMBERS: Final = 20  # changed numbers that are shown; the others are counted


@dataclass(frozen=True)
class CheckResult:
    """The result of a check.

    Attributes
    ----------
    inputs, outputs : dict of str to str
        ``same`` for each file, or how it differs.
    versions : dict of str to tuple of str
        Each version that changed: then, now. They alone are no difference: the report may come out the same.
    numbers : tuple of ChangedNumber
        Each number that changed: in ``report.json``, and in the rebuilt report.
    is_edited : bool
        ``report.json`` was changed after it was written.
    unchecked : tuple of str
        Files that are not compared.
    numbers_file : str
    """

    inputs: dict[str, str]
    outputs: dict[str, str]
    versions: dict[str, tuple[str, str]]
    numbers: tuple[ChangedNumber, ...]
    is_edited: bool = False
    unchecked: tuple[str, ...] = ()
    numbers_file: str = NUMBERS

    @property
    def is_same(self) -> bool:
        """Whether every input and output is the same."""
        return {*self.inputs.values(), *self.outputs.values()} <= {SAME}

    def lines(self) -> Iterator[str]:
        """Yield the result in words, line by line."""
        for name, state in (self.inputs | self.outputs).items():
            yield f"{name}: {state}"
        for name in self.unchecked:
            yield f"{name}: not checked, its bytes hold the time of printing"
        before, after = (f"in {self.numbers_file}", "rebuilt") if self.is_edited else ("then", "now")
        for number in self.numbers[:_MOST_NUMBERS]:
            yield escape_unprintable(f"  {number.where}: {number.then} {before}, {number.now} {after}")
        if len(self.numbers) > _MOST_NUMBERS:
            yield f"  and {len(self.numbers) - _MOST_NUMBERS:,} more numbers"
        for name, (then, now) in self.versions.items():
            yield f"version of {name}: {then} then, {now} now"


def check_report(folder: Path, snapshot: Path | str | None = None, since: Path | str | None = None) -> CheckResult:
    """Rebuild a report elsewhere, and compare.

    Parameters
    ----------
    folder : pathlib.Path
        As `build_report` wrote it. Nothing in it is changed.
    snapshot, since : pathlib.Path or str, optional
        Where the snapshots are; else their place relative to the folder when the report was built.

    Returns
    -------
    CheckResult

    Raises
    ------
    ConfigError
        If the folder holds no report, or a snapshot is not in its place.
    SnapshotError
        If a snapshot is damaged.
    """
    lock = read_lock(folder)
    now = find_source(folder, lock, "snapshot", snapshot)
    then = find_source(folder, lock, "since", since)
    if now is None:
        raise ConfigError(f"The lock of {folder} names no snapshot. Build the report again.")
    file = find_campaign(folder, lock)
    other = find_campaign(folder, lock, f"{AGAINST}_campaign") if f"{AGAINST}_campaign" in lock.inputs else None
    report = compute_report(
        read_campaign(file),
        now.snapshot,
        None if then is None else then.snapshot,
        file,
        None if other is None else read_campaign(other),
    )
    with tempfile.TemporaryDirectory(prefix="influtics-check-") as scratch:
        return compare_rebuilt(folder, report.write(scratch), lock, {"snapshot": now, "since": then}, NUMBERS)


def compare_rebuilt(
    folder: Path, rebuilt: Path, lock: ReportLock, sources: Mapping[str, Source | None], numbers: str
) -> CheckResult:
    """Compare a folder with its lock and with the folder that was rebuilt from its inputs.

    Parameters
    ----------
    folder, rebuilt : pathlib.Path
    lock : ReportLock
        That of `folder`.
    sources : mapping of str to Source
        The snapshots from which it was rebuilt, by the names in the lock.
    numbers : str
        The JSON file whose values are compared one by one.
    """
    here, again = digest_outputs(folder), digest_outputs(rebuilt)
    return CheckResult(
        inputs=dict(_compare_inputs(folder, lock, sources)),
        outputs=dict(_compare_outputs(lock.outputs, here, again)),
        versions=_compare_versions(lock.versions),
        numbers=tuple(_compare_files(folder / numbers, rebuilt / numbers)),
        is_edited=here.get(numbers) != lock.outputs.get(numbers),
        unchecked=tuple(name for name in PDFS if (folder / name).exists()),
        numbers_file=numbers,
    )


def find_source(folder: Path, lock: ReportLock, name: str, place: Path | str | None) -> Source | None:
    """Open a snapshot of the lock, in its place or in another one; None where the lock names none."""
    facts = lock.inputs.get(name)
    if facts is None:
        if place is not None:
            raise ConfigError(f"{folder} was built without --{name}. Leave it out.")
        return None
    if place is None and (where := lock.where.get(name)) is not None:
        place = where if is_url(where) else Path(os.path.normpath(folder.resolve() / where))
    if place is None or not open_place(place).exists():
        state = "has no place in the lock" if place is None else f"is not at {place}"
        raise ConfigError(f"The {name} {facts.get('snapshot_id')} {state}. Pass its place: --{name} PATH.")
    return open_source(place, facts)


def find_campaign(folder: Path, lock: ReportLock, name: str = "campaign") -> Path:
    """Return the copy of the campaign file."""
    entry = lock.inputs.get(name)
    if entry is None or "file" not in entry:
        raise ConfigError(f"The lock of {folder} names no campaign file. Build the report again.")
    return folder / entry["file"]


def _compare_inputs(folder: Path, lock: ReportLock, sources: Mapping[str, Source | None]) -> Iterator[tuple[str, str]]:
    for name, then in lock.inputs.items():
        source = sources.get(name)
        if then is None:
            continue
        if source is not None:
            now = source.facts
            yield name, SAME if now == then else f"differs: {_name_source(then)} then, {_name_source(now)} now"
        else:
            file = folder / then["file"]
            is_same = file.is_file() and digest_file(file) == then["sha256"]
            yield then["file"], SAME if is_same else "differs: it was changed" if file.is_file() else "missing"


def _name_source(facts: Mapping[str, str]) -> str:
    return f"{facts['snapshot_id']} (content {facts['content_digest'][:16]})"


def _compare_outputs(
    then: Mapping[str, str], here: Mapping[str, str], rebuilt: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Compare each file's digest in the lock, in the folder and in the rebuilt report."""
    for name in sorted({*then, *here, *rebuilt}):
        if name not in then:
            yield name, "extra: only the rebuilt report has it" if name in rebuilt else "extra: not part of the report"
        elif name not in here:
            yield name, "missing"
        elif here[name] != then[name]:
            also = "" if rebuilt.get(name) == then[name] else ", and the rebuilt file is different"
            yield name, f"differs: it was changed after it was written{also}"
        elif name not in rebuilt:
            yield name, "differs: the rebuilt report lacks it"
        else:
            yield name, SAME if rebuilt[name] == then[name] else "differs: the rebuilt file is different"


def _compare_versions(then: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    now = collect_versions()
    both = {name: (then.get(name, "not named"), now.get(name, "not named")) for name in {**now, **then}}
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]}


def _compare_files(then: Path, now: Path) -> list[ChangedNumber]:
    """Compare the numbers; none where the report's own file is missing or no JSON, which `outputs` reports."""
    try:
        return compare_numbers(then.read_bytes(), now.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return []
