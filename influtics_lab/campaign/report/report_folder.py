"""A report as a folder: complete, or not there at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from influtics_lab.campaign.figures.key_figure_types import NOTE, PROBLEM
from influtics_lab.campaign.file.parser import read_campaign
from influtics_lab.campaign.report.campaign_report import Report, compute_report
from influtics_lab.campaign.report.output_files import APPENDIX, PAGE
from influtics_lab.campaign.report.pdf import APPENDIX_PDF, PDF, write_pdf
from influtics_lab.campaign.report.report_inputs import AGAINST, INPUTS, copy_inputs, open_source
from influtics_lab.campaign.report.report_lock import write_lock
from influtics_lab.storage import refuse_existing, report_write_errors, write_folder
from influtics_lab.text_format import plural


@dataclass(frozen=True)
class BuiltReport:
    """A report that was written.

    Attributes
    ----------
    folder : pathlib.Path
    summary : str
        One line: how many videos, problems and notes.
    no_pdf : str or None
        Why there is no PDF.
    """

    folder: Path
    summary: str
    no_pdf: str | None


def build_report(
    campaign: Path,
    snapshot: Path | str,
    folder: Path,
    since: Path | str | None = None,
    against: Path | None = None,
) -> BuiltReport:
    """Write the report of a campaign into a new folder.

    Parameters
    ----------
    campaign : pathlib.Path
        A campaign file.
    snapshot : pathlib.Path or str
        The folder or URL of a snapshot, or of an archive: its latest snapshot.
    folder : pathlib.Path
        It must not exist yet.
    since : pathlib.Path, optional
        The snapshot of an earlier report; the report then shows what changed since.
    against : pathlib.Path, optional
        The file of another campaign in the same snapshot; the report then compares both.

    Returns
    -------
    BuiltReport
        The folder holds ``report.html`` for the client, ``appendix.html``, both as PDF where there is a Chromium,
        ``report.xlsx``, ``report.json``, ``figures/``, ``inputs/`` and ``report.lock.json``.

    Raises
    ------
    ConfigError
        If the folder exists, or the campaign file is not valid.
    SnapshotError
        If there is no snapshot, or it is damaged.
    StorageError
        If the folder cannot be written.
    """
    refuse_existing(folder)
    parsed, other = read_campaign(campaign), None if against is None else read_campaign(against)
    now, then = open_source(snapshot), None if since is None else open_source(since)
    with (
        report_write_errors(f"The report cannot be written to {folder}", "Choose another folder."),
        write_folder(folder) as work,
    ):
        copies = copy_inputs(parsed, campaign, work / INPUTS)
        if other is not None and against is not None:
            others = copy_inputs(other, against, work / INPUTS / AGAINST)
            copies |= {f"{AGAINST}_{name}": path for name, path in others.items()}
        earlier = None if then is None else then.snapshot
        report = compute_report(parsed, now.snapshot, earlier, copies["campaign"], other)
        report.write(work)
        no_pdf = write_pdf(work / PAGE, work / PDF) or write_pdf(work / APPENDIX, work / APPENDIX_PDF)
        write_lock(work, folder, copies, now, then)
    return BuiltReport(folder, _summarise_report(report), no_pdf)


def _summarise_report(report: Report) -> str:
    levels = Counter(finding.level for finding in report.key_figures.findings)
    problems, notes = plural(levels[PROBLEM], "problem"), plural(levels[NOTE], "note")
    return f"{plural(report.key_figures.totals.videos, 'video')}, {problems} to fix, {notes}: see {APPENDIX}."
