"""A report's page, numbers, tables and pictures as files in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influtics_lab.campaign.charts import to_svg
from influtics_lab.campaign.report.numbers_file import numbers
from influtics_lab.campaign.report.workbook import workbook
from influtics_lab.errors import StorageError
from influtics_lab.plots.canvas import to_png

PAGE: Final = "report.html"
NUMBERS: Final = "report.json"
WORKBOOK: Final = "report.xlsx"
PICTURES: Final = "figures"
_DPI: Final = 200  # of the PNG files: sharp on a slide


class Writable(Protocol):
    """What `write_files` needs of a report."""

    @property
    def figures(self) -> Mapping[str, Any]:
        """What `key_figures` returns."""

    @property
    def changes(self) -> Mapping[str, Any] | None:
        """What changed since an earlier snapshot; None without one."""

    def page(self) -> bytes:
        """Return the page."""

    def pictures(self) -> Mapping[str, Axes | Figure]:
        """Return each picture by its name, which becomes that of its files."""


def write_files(report: Writable, folder: str | os.PathLike[str]) -> Path:
    """Write a report's page, numbers, tables and pictures: the same report gives the same bytes.

    Parameters
    ----------
    report : Report
        As `open_report` returns it.
    folder : path
        Made if it is not there. Files of these names in it are replaced.

    Returns
    -------
    pathlib.Path
        The folder, with ``report.html``, ``report.json``, ``report.xlsx``, and ``figures/`` with each picture as SVG
        and PNG.

    Raises
    ------
    MissingExtraError
        If Jinja2 or XlsxWriter is not installed; nothing is written then.
    StorageError
        If the folder cannot be written.
    """
    folder = Path(folder)
    files = dict(_files(report))
    try:
        (folder / PICTURES).mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        text = f"The report cannot be written to {folder}: {error.strerror}. Choose another folder."
        raise StorageError(text) from None
    return folder


def _files(report: Writable) -> Iterator[tuple[str, bytes]]:
    yield PAGE, report.page()
    yield WORKBOOK, workbook(report.figures, report.changes)
    yield NUMBERS, numbers(report.figures, report.changes)
    for name, drawn in report.pictures().items():
        yield f"{PICTURES}/{name}.svg", to_svg(drawn)
        yield f"{PICTURES}/{name}.png", to_png(drawn, dpi=_DPI)
