"""The report's notebook, run by papermill in a kernel of its own."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from influtics_lab import errors
from influtics_lab.campaign.report.kernel import OwnKernel
from influtics_lab.config import bundled
from influtics_lab.errors import InfluticsError, MissingExtraError

try:
    import nbformat
    import papermill  # type: ignore[import-untyped]  # it has none
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
except ImportError as error:
    raise MissingExtraError(
        f"A report needs {error.name}, which is not installed. Run: pip install 'influtics-lab[lab]'"
    ) from error

NOTEBOOK: Final = "03_campaign_report.ipynb"
LEFT_OUT: Final = "explorer"  # cells with this tag are for a person who clicks: a page has no use for them
_PATIENCE: Final = 1800  # seconds for one cell
_KNOWN: Final = ("ConfigError", "StorageError", "SnapshotError", "ArchiveError", "FrameError", "MissingExtraError")


def run_notebook(parameters: Mapping[str, Any], folder: Path, notebook: Path | None = None) -> Any:
    """Run a notebook with parameters, without the cells that are tagged ``explorer``.

    Parameters
    ----------
    parameters : mapping
        Values for its cell of parameters.
    folder : pathlib.Path
        Where it runs: an empty one, since a kernel leaves things there.
    notebook : pathlib.Path, optional
        Else notebook 03, which comes with the package.

    Returns
    -------
    nbformat.NotebookNode
        With the outputs.

    Raises
    ------
    InfluticsError
        If a cell fails, or its kernel ends: with the cell's name and its own words, without a traceback. An error of
        this package is of its own class.
    """
    place = bundled("notebooks") / NOTEBOOK if notebook is None else notebook
    read = nbformat.read(place, as_version=4)  # type: ignore[no-untyped-call]  # it has none
    read.cells = [cell for cell in read.cells if LEFT_OUT not in cell.metadata.get("tags", [])]
    try:
        with _quiet():
            return papermill.execute_notebook(
                read,
                None,
                dict(parameters),
                kernel_name="python3",
                language="python",
                progress_bar=False,
                cwd=folder,
                kernel_manager_class=OwnKernel,
                execution_timeout=_PATIENCE,
            )
    except papermill.PapermillExecutionError as error:
        raise _failed(read, error) from None
    except (DeadKernelError, CellTimeoutError, RuntimeError) as error:
        what = str(error).strip().splitlines()[0]
        text = f"The report's notebook was not run to its end: {what}. Is there memory left? Try it again."
        raise InfluticsError(text) from None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep papermill's and its client's own log, which holds whole tracebacks, from the terminal."""
    logger = logging.getLogger("papermill")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before


def _failed(notebook: Any, error: Any) -> InfluticsError:
    """Give the error of a cell in its own words."""
    if error.ename in _KNOWN:
        found: InfluticsError = getattr(errors, error.ename)(str(error.evalue))
        return found
    sources = {cell.source: cell.get("id", "") for cell in notebook.cells}
    name = sources.get(error.source) or f"number {error.cell_index}"
    said = " ".join(str(error.evalue).split()) or "no message"
    return InfluticsError(
        f"The report's notebook fails in its cell {name}: {error.ename}: {said}. Nothing was written. "
        f"Run notebook 03 with the same campaign and snapshot to look closer."
    )
