"""A report's pages, numbers, tables and pictures as files in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes

from influtics_lab.campaign.changes.change_types import CampaignChanges
from influtics_lab.campaign.figures.campaign_against import AgainstFigures
from influtics_lab.campaign.figures.campaign_results import CampaignResults
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.report.report_json import encode_numbers
from influtics_lab.campaign.report.workbook import build_workbook
from influtics_lab.plots.canvas import to_png, to_svg
from influtics_lab.storage import report_write_errors

PAGE: Final = "report.html"
APPENDIX: Final = "appendix.html"
NUMBERS: Final = "report.json"
WORKBOOK: Final = "report.xlsx"
PICTURES: Final = "figures"
_DPI: Final = 200  # of the PNG files: sharp on a slide


def encode_pictures(pictures: Mapping[str, Axes]) -> dict[str, bytes]:
    """Return pictures as SVG and PNG, by the names of their files."""
    files: dict[str, bytes] = {}
    for name, drawn in pictures.items():
        files |= {f"{name}.svg": to_svg(drawn), f"{name}.png": to_png(drawn, dpi=_DPI)}
    return files


def write_files(
    folder: Path,
    *,
    pages: Mapping[str, bytes],
    figures: KeyFigures,
    results: CampaignResults,
    against: AgainstFigures | None,
    changes: CampaignChanges | None,
    pictures: Mapping[str, bytes],
) -> Path:
    """Write a report's pages, numbers, tables and pictures: the same bytes from the same report.

    Parameters
    ----------
    folder : pathlib.Path
        Created if it does not exist. Files of these names in it are replaced.
    pages : mapping of str to bytes
        HTML by the names of its files.
    figures : KeyFigures
    results : CampaignResults
    against : AgainstFigures or None
    changes : CampaignChanges or None
        What changed since an earlier snapshot.
    pictures : mapping of str to bytes
        By the names of their files.

    Returns
    -------
    pathlib.Path
        The folder, with the pages, ``report.json``, ``report.xlsx``, and ``figures/`` with each picture as SVG
        and PNG.

    Raises
    ------
    MissingExtraError
        If XlsxWriter is not installed; nothing is written then.
    StorageError
        If the folder cannot be written.
    """
    files = {
        **pages,
        WORKBOOK: build_workbook(figures, changes, results),
        NUMBERS: encode_numbers(
            figures.to_dict(),
            None if changes is None else changes.to_dict(),
            results.to_dict(),
            None if against is None else against.to_dict(),
        ),
    }
    files |= {f"{PICTURES}/{name}": content for name, content in pictures.items()}
    with report_write_errors(f"The report cannot be written to {folder}", "Choose another folder."):
        (folder / PICTURES).mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    return folder
