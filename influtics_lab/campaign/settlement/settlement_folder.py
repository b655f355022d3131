"""A settlement as a folder: pages, tables, numbers, inputs and a lock; and whether it comes out the same again."""

from __future__ import annotations

import datetime as dt
import hashlib
import shlex
import tempfile
from pathlib import Path
from typing import Final

import orjson

from influtics_lab.archive import Archive, is_archive
from influtics_lab.campaign.file.local_dates import resolve_end, resolve_start
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.file.parser import read_campaign
from influtics_lab.campaign.report.report_check import CheckResult, compare_rebuilt, find_campaign, find_source
from influtics_lab.campaign.report.report_inputs import INPUTS, Source, copy_inputs, open_source
from influtics_lab.campaign.report.report_lock import LockKind, read_lock, write_lock
from influtics_lab.campaign.settlement.compute_settlement import settle
from influtics_lab.campaign.settlement.statement_pages import render_pages
from influtics_lab.campaign.settlement.statements import FORMAT, Settlement
from influtics_lab.errors import ConfigError
from influtics_lab.snapshot import export_frame
from influtics_lab.snapshot.excel_file import encode_workbook, fit_cells
from influtics_lab.storage import read_user_file, refuse_existing, report_write_errors, write_folder

SETTLEMENT: Final = LockKind("settlement", "settle", FORMAT)
NUMBERS: Final = "settlement.json"
WORKBOOK: Final = "settlement.xlsx"
ACCOUNTING: Final = "settlement.csv"
ADJUSTMENTS: Final = "adjustments.csv"
FORMER: Final = f"{INPUTS}/former.settlement.json"
_JSON: Final = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


def build_settlement(
    campaign: Path, place: Path | str, as_of: dt.date, folder: Path, since: Path | None = None
) -> Settlement:
    """Write a settlement into a new folder.

    Parameters
    ----------
    campaign : pathlib.Path
        A campaign file with ``[[deals]]``.
    place : pathlib.Path
        A snapshot's folder, or an archive's: its state at the end of the day.
    as_of : date
    folder : pathlib.Path
        It must not exist yet.
    since : pathlib.Path, optional
        The folder of a former settlement; what changed since is listed as adjustments.

    Returns
    -------
    Settlement
        The folder holds ``settlement.html``, ``statements/``, ``settlement.csv``, ``settlement.xlsx``,
        ``settlement.json``, ``adjustments.csv`` with a former settlement, ``inputs/`` and ``settlement.lock.json``.

    Raises
    ------
    ConfigError
        If the folder exists, the campaign file is not valid, it cannot be settled, or nothing was read on that day.
    SnapshotError
        If there is no snapshot, or it is damaged.
    StorageError
        If the folder cannot be written.
    """
    refuse_existing(folder)
    plan = read_campaign(campaign)
    source = _open_as_of(place, plan, as_of)
    former = None if since is None else _read_former(since)
    numbers = None if former is None else orjson.loads(former)
    settlement = settle(plan, source.snapshot, as_of=as_of, since=numbers)
    words = ["influtics-lab", "settle", campaign.name, "--snapshot", source.facts["snapshot_id"]]
    words += [] if since is None else ["--since", since.name]
    command = shlex.join([*words, "--as-of", as_of.isoformat(), "--out", "settlement"])
    with (
        report_write_errors(f"The settlement cannot be written to {folder}", "Choose another folder."),
        write_folder(folder) as work,
    ):
        copies = copy_inputs(plan, campaign, work / INPUTS)
        if former is not None:
            copies["former"] = work / FORMER
            copies["former"].write_bytes(former)
        write_settlement(settlement, work)
        settings = {"as_of": as_of.isoformat(), "command": command}
        write_lock(work, folder, copies, source, None, kind=SETTLEMENT, settings=settings)
    return settlement


def write_settlement(settlement: Settlement, folder: Path) -> Path:
    """Write the pages, tables and numbers of a settlement: the same bytes from the same settlement."""
    numbers = orjson.dumps(settlement.to_dict(), option=_JSON)
    (folder / NUMBERS).write_bytes(numbers)
    tables = settlement.tables()
    export_frame(tables["lines"], folder / ACCOUNTING)
    if "adjustments" in tables:
        export_frame(tables["adjustments"], folder / ADJUSTMENTS)
    cells = {name: fit_cells(frame, settlement.time_zone) for name, frame in tables.items()}
    (folder / WORKBOOK).write_bytes(encode_workbook(cells))
    for name, page in render_pages(settlement, hashlib.sha256(numbers).hexdigest()).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(f"{page}\n".encode())
    return folder


def check_settlement(folder: Path, place: Path | str | None = None) -> CheckResult:
    """Rebuild a settlement elsewhere, and compare.

    Parameters
    ----------
    folder : pathlib.Path
        As `build_settlement` wrote it. Nothing in it is changed.
    place : pathlib.Path, optional
        Where the snapshot or archive is; else its place relative to the folder when the settlement was built.

    Raises
    ------
    ConfigError
        If the folder holds no settlement, or the snapshot is not in its place.
    SnapshotError
        If the snapshot is damaged.
    """
    lock = read_lock(folder, SETTLEMENT)
    source = find_source(folder, lock, "snapshot", place)
    if source is None or "as_of" not in lock.settings:
        raise ConfigError(f"The lock of {folder} names no snapshot or no day. Build the settlement again.")
    plan = read_campaign(find_campaign(folder, lock))
    former = orjson.loads((folder / FORMER).read_bytes()) if "former" in lock.inputs else None
    settlement = settle(plan, source.snapshot, as_of=lock.settings["as_of"], since=former)
    with tempfile.TemporaryDirectory(prefix="influtics-check-") as scratch:
        rebuilt = write_settlement(settlement, Path(scratch))
        return compare_rebuilt(folder, rebuilt, lock, {"snapshot": source}, NUMBERS)


def _read_former(folder: Path) -> bytes:
    """Return the numbers of a former settlement, which must be as they were written."""
    lock = read_lock(folder, SETTLEMENT)
    numbers = read_user_file(folder / NUMBERS)
    if hashlib.sha256(numbers).hexdigest() != lock.outputs.get(NUMBERS):
        raise ConfigError(f"{folder / NUMBERS} was changed after it was written. Pass the settlement as it was frozen.")
    return numbers


def _open_as_of(place: Path | str, plan: Campaign, as_of: dt.date) -> Source:
    """Open the snapshot in a folder, or the state of an archive at the end of a day."""
    zone = plan.period.time_zone
    source = open_source(place)
    newest = dt.datetime.fromisoformat(source.snapshot.manifest["taken_at"])
    if newest < resolve_start(as_of, zone):
        raise ConfigError(
            f"--as-of is {as_of}, and {place} was last read on {newest:%Y-%m-%d}. Choose that day or an earlier one."
        )
    if not is_archive(place):
        return source
    last_moment = resolve_end(as_of, zone) - dt.timedelta(microseconds=1)
    return open_source(place, Source(place, Archive(place).snapshot(last_moment)).facts)
