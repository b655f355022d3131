"""A report as a folder: whole, or not there at all."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from influtics_lab.campaign.figures.findings import NOTE, PROBLEM
from influtics_lab.campaign.file.parser import read_campaign
from influtics_lab.campaign.report.lock import write_lock
from influtics_lab.campaign.report.notebook_runner import run_notebook
from influtics_lab.campaign.report.output_files import NUMBERS
from influtics_lab.campaign.report.page import page
from influtics_lab.campaign.report.pdf import NAME as PDF
from influtics_lab.campaign.report.pdf import write_pdf
from influtics_lab.campaign.report.report_inputs import INPUTS, Source, copy_inputs, stage
from influtics_lab.errors import ConfigError, InfluticsError, StorageError
from influtics_lab.storage import write_folder
from influtics_lab.text_format import plural

PAGE: Final = "report.html"


@dataclass(frozen=True)
class Made:
    """A report that was made.

    Attributes
    ----------
    folder : pathlib.Path
    summary : str
        A line: how many videos, and how much there is to mend or to know.
    no_pdf : str or None
        Why it has no PDF.
    """

    folder: Path
    summary: str
    no_pdf: str | None


def make_report(campaign: Path, snapshot: Path, folder: Path, since: Path | None = None) -> Made:
    """Make a campaign's report.

    Parameters
    ----------
    campaign : pathlib.Path
        A campaign file.
    snapshot : pathlib.Path
        A snapshot's folder, or an archive's: its latest snapshot.
    folder : pathlib.Path
        Where; it must not be there yet.
    since : pathlib.Path, optional
        The snapshot of an earlier report: what changed since is told, too.

    Returns
    -------
    Made
        The folder holds ``report.html``, ``report.xlsx``, ``report.json``, ``figures/``, ``report.pdf`` where there is
        a Chromium, ``inputs/`` and ``report.lock.json``.

    Raises
    ------
    ConfigError
        If the folder is there already, or the campaign file is not valid.
    SnapshotError
        If there is no snapshot, or it is damaged.
    StorageError
        If the folder cannot be written.
    """
    if folder.exists() or folder.is_symlink():
        raise ConfigError(f"{folder} is there already. Choose another folder: nothing is overwritten.")
    read_campaign(campaign)  # before anything is made: the error names line and key
    with tempfile.TemporaryDirectory(prefix="influtics-report-") as scratch:
        source = stage(snapshot, Path(scratch))
        earlier = None if since is None else stage(since, Path(scratch))
        with _written_to(folder), write_folder(folder) as work:
            copies = copy_inputs(campaign, work / INPUTS)
            fill(work, copies["campaign"], source, earlier)
            no_pdf = write_pdf(work / PAGE, work / PDF)
            write_lock(work, folder, copies, source, earlier)
            summary = _summary((work / NUMBERS).read_bytes())
    return Made(folder, summary, no_pdf)


@contextmanager
def _written_to(folder: Path) -> Iterator[None]:
    try:
        yield
    except InfluticsError:
        raise
    except OSError as error:  # of a full or read-only disk; it names a copy or its source
        text = f"The report cannot be written to {folder}: {error.strerror or error}. Choose another folder."
        raise StorageError(text) from None


def fill(work: Path, campaign: Path, snapshot: Source, since: Source | None) -> None:
    """Put into a folder all of a report that comes out the same each time: page, tables, numbers, pictures."""
    places = {
        "campaign": campaign.resolve(),
        "snapshot": snapshot.folder,
        "since": None if since is None else since.folder,
        "out": work.resolve(),
    }
    with tempfile.TemporaryDirectory(prefix="influtics-report-") as scratch:
        parameters = {name: None if place is None else str(place) for name, place in places.items()}
        notebook = run_notebook(parameters, Path(scratch))
    (work / PAGE).write_bytes(page(notebook, read_campaign(campaign).name))


def _summary(numbers: bytes) -> str:
    figures = orjson.loads(numbers)["figures"]
    levels = Counter(finding["level"] for finding in figures["findings"])
    told = f"{levels[PROBLEM]} to mend, {levels[NOTE]} to know: see {PAGE}"
    return f"{plural(figures['totals']['videos'], 'video')}; of what was found, {told}."
