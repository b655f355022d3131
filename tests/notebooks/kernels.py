"""How a bundled notebook is run, with some of its parameters set: in a kernel of its own, or here.

nbformat and nbclient are imported where they are used: they take seconds, which each worker would spend on collecting.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
AHEAD = "07"  # shows invented videos, or a snapshot
SHOWN = ("02", "03", "04", "05", "06")  # those that show a snapshot which is there; 01 reads one


def named(number: str) -> Path:
    (found,) = FOLDER.glob(f"{number}_*.ipynb")
    return found


def read_notebook(path: Path) -> Any:
    import nbformat

    return nbformat.read(path, as_version=4)


def code_of(path: Path) -> list[Any]:
    return [cell for cell in read_notebook(path).cells if cell.cell_type == "code"]


def with_parameters(path: Path, **parameters: object) -> Any:
    """Insert the values after the cell of parameters, as papermill does."""
    from nbformat.v4 import new_code_cell

    notebook = read_notebook(path)
    place = next(i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", []))
    given = new_code_cell("\n".join(f"{name} = {value!r}" for name, value in parameters.items()))
    notebook.cells.insert(place + 1, given)
    return notebook


@contextmanager
def shared_kernel() -> Iterator[Any]:
    """Return the manager of a kernel that `execute` starts once and runs several notebooks in."""
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_core.utils import run_sync

    manager = AsyncKernelManager(kernel_name="python3")
    try:
        yield manager
    finally:
        if manager.has_kernel:
            run_sync(manager.shutdown_kernel)(now=True)


def execute(path: Path, folder: Path, kernel: Any = None, **parameters: object) -> Any:
    """Run a notebook in a scratch folder; a cell that fails raises.

    It runs in a kernel of its own, or in a shared one, after all that the notebook before defined there is deleted.
    """
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell

    notebook = with_parameters(path, **parameters)
    if kernel is not None:
        notebook.cells.insert(0, new_code_cell(f"%reset -f\n%cd -q {folder}"))
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(
        notebook, km=kernel, timeout=300, startup_timeout=120, kernel_name="python3", resources=resources
    )
    try:
        client.execute()
    finally:
        if client.kc is not None:
            client.kc.stop_channels()
    return notebook


def run_here(path: Path, **parameters: object) -> dict[str, Any]:
    """Run a notebook's cells in this process, which is faster: what each one's last line gives, by the cell's id."""
    given: dict[str, Any] = {}
    names: dict[str, Any] = {}
    for cell in with_parameters(path, **parameters).cells:
        if cell.cell_type != "code":
            continue
        body = ast.parse(cell.source).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), cell.id, "exec"), names)
        if last is not None:
            given[cell.id] = eval(compile(ast.Expression(last.value), cell.id, "eval"), names)
    return given | {"names": names}


def outputs(notebook: Any, kind: str) -> list[Any]:
    return [out for cell in notebook.cells for out in cell.get("outputs", []) if kind in out.get("data", {})]


def widgets(notebook: Any) -> Any:
    return notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()


def clean(environment: pytest.MonkeyPatch, folder: Path) -> None:
    """Take away what could lead a kernel to a service, a key or another person's settings."""
    for name in [name for name in os.environ if name.startswith(("INFLUTICS_", "JPY_", "JUPYTER"))]:
        environment.delenv(name)
    environment.setenv("IPYTHONDIR", str(folder / "ipython"))
