"""Every bundled notebook is stored without outputs, uses public names alone, and runs from a clean kernel."""

import ast
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import influtics_lab as lab

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PUBLIC = {("influtics_lab", None), ("influtics_lab", "plots"), ("influtics_lab", "explore")}
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_of(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def execute(path, folder, **parameters):
    """Run a notebook in a kernel of its own, in a scratch folder, with some of its parameters set."""
    notebook = nbformat.read(path, as_version=4)
    place = next(i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", []))
    given = nbformat.v4.new_code_cell("\n".join(f"{name} = {value!r}" for name, value in parameters.items()))
    notebook.cells.insert(place + 1, given)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=120, startup_timeout=60, kernel_name="python3", resources=resources).execute()
    return notebook


def outputs(notebook, kind):
    return [out for cell in notebook.cells for out in cell.get("outputs", []) if kind in out.get("data", {})]


def widgets(notebook):
    return notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()


@pytest.fixture
def clean_environment(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith(("INFLUTICS_", "JPY_", "JUPYTER"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


def test_there_are_notebooks():
    assert NOTEBOOKS


@each
def test_stored_without_outputs_and_with_ids_that_stay(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "widgets" not in notebook.metadata
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


@each
def test_at_most_fifteen_code_cells_each_with_words_near_it(path):
    cells = nbformat.read(path, as_version=4).cells
    assert len(code_of(path)) <= 15
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    assert sum(cell.cell_type == "markdown" for cell in cells) >= len(code_of(path)) / 2


@each
def test_public_names_alone(path):
    tree = ast.parse("\n".join(cell.source for cell in code_of(path)))
    imported = {
        (node.module, name.name) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names
    } | {(name.name, None) for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert {pair for pair in imported if pair[0].startswith("influtics_lab")} <= PUBLIC
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "lab"
    }
    assert used <= set(lab.__all__)


@each
def test_runs_from_a_clean_kernel_and_shows_pictures(path, tmp_path, clean_environment):
    notebook = execute(path, tmp_path, keep_in=str(tmp_path / "kept"))
    drawn = [state for state in widgets(notebook) if state["model_name"] == "ImageModel"]
    assert outputs(notebook, "image/png")
    assert drawn
    assert all(state["buffers"][0]["data"] for state in drawn)
    assert not [state for state in widgets(notebook) if state["model_name"] == "OutputModel"]  # they swallow errors
    assert all("Could not draw" not in str(state["state"].get("value")) for state in widgets(notebook))


def test_the_quickstart_reads_a_service_that_is_given_and_leaves_a_snapshot(tmp_path, clean_environment, monkeypatch):
    given = lab.simulate(videos=7, seed=3)
    with lab.LocalAPI(given) as api:
        monkeypatch.setenv("INFLUTICS_API_KEY", api.key)
        notebook = execute(FOLDER / "01_quickstart.ipynb", tmp_path, base_url=api.url, keep_in=str(tmp_path / "kept"))
        host = api.url.removeprefix("http://")
    (kept,) = (tmp_path / "kept").iterdir()
    read = lab.Snapshot.read(kept).verify()
    assert read.stats.equals(given.stats)
    assert read.manifest["completeness"]["proven"] == "strict"
    assert api.key not in nbformat.writes(notebook)
    assert host in notebook.cells[-1].outputs[0].text
