"""Every bundled notebook is stored without outputs, uses public names alone, and runs from a clean kernel."""

from __future__ import annotations

import ast
import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from answers import SHARED, needs_shared
from hostile_titles import hostile_pages, hostile_sample
from IPython.core.formatters import DisplayFormatter
from notebooks.kernels import (
    AHEAD,
    FOLDER,
    NOTEBOOKS,
    SHOWN,
    code_of,
    execute,
    named,
    outputs,
    read_notebook,
    run_here,
    shared_kernel,
    widgets,
)

import influtics_lab as lab

PUBLIC = {
    ("influtics_lab", None),
    ("influtics_lab", "campaign"),
    ("influtics_lab", "plots"),
    ("influtics_lab", "explore"),
    ("influtics_lab.campaign", "open_report"),
}
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
each_shown = pytest.mark.parametrize("number", SHOWN)


def test_they_are_numbered_from_the_quickstart_on():
    assert [path.stem[:2] for path in NOTEBOOKS] == ["00", "01", *SHOWN, AHEAD]


@each
def test_stored_without_outputs_and_with_ids_that_stay(path):
    import nbformat

    notebook = read_notebook(path)
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
    cells = read_notebook(path).cells
    assert len(code_of(path)) <= 15
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    assert sum(cell.cell_type == "markdown" for cell in cells) >= len(code_of(path)) / 2


@each
def test_the_title_asks_a_question_and_parameters_come_first(path):
    cells = read_notebook(path).cells
    assert cells[0].source.splitlines()[0].endswith("?")
    assert cells[1].metadata.tags == ["parameters"]
    assert cells[-1].id == "provenance"


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
def test_runs_from_a_clean_kernel_and_shows_pictures(path, on_the_sample):
    notebook = on_the_sample(path)
    assert outputs(notebook, "image/png")
    if any("Explorer(" in cell.source for cell in code_of(path)):
        drawn = [state for state in widgets(notebook) if state["model_name"] == "ImageModel"]
        assert drawn
        assert all(state["buffers"][0]["data"] for state in drawn)
        assert not [state for state in widgets(notebook) if state["model_name"] == "OutputModel"]  # they hide errors
        assert all("Could not draw" not in str(state["state"].get("value")) for state in widgets(notebook))


@each
def test_converted_every_picture_stands_in_the_page_without_widgets(path, on_the_sample):
    from nbconvert import HTMLExporter

    notebook = copy.deepcopy(on_the_sample(path))
    notebook.metadata.pop("widgets", None)  # as with store_widget_state=False
    page, _ = HTMLExporter(template_name="lab").from_notebook_node(notebook)
    pictures = len(outputs(notebook, "image/png"))
    explorers = [cell for cell in notebook.cells if "Explorer(" in cell.source]
    assert all("image/png" in cell.outputs[-1].data for cell in explorers)
    assert page.count("data:image/png;base64,") >= pictures >= len(explorers)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::influtics_lab.errors.DataQualityWarning")  # the sample has impossible timestamps
@each
def test_titles_are_text_and_nothing_else(path, tmp_path, monkeypatch):
    with lab.LocalAPI(hostile_pages()) as api:
        monkeypatch.setenv("INFLUTICS_API_KEY", api.key)
        place = str(hostile_sample().write(tmp_path))
        parameters = {
            "01": {"base_url": api.url, "keep_in": str(tmp_path)},
            "00": {"snapshot": place, "out": str(tmp_path)},
        }
        given = run_here(path, **parameters.get(path.stem[:2], {"snapshot": place}))
    shown = [DisplayFormatter().format(value)[0] for value in given.values()]
    texts = [data[kind] for data in shown for kind in ("text/html", "text/markdown") if kind in data]
    assert texts
    assert not [text for text in texts for markup in ("<script>alert", "<img src=x", "<b>x</b>") if markup in text]


@each_shown
def test_it_ends_with_where_its_numbers_come_from(number, on_the_sample):
    said = said_at_the_end(on_the_sample(named(number)))
    manifest = lab.sample_snapshot().manifest
    for fact in (manifest["content_digest"], manifest["snapshot_id"], manifest["taken_at"], lab.__version__):
        assert fact in said


def said_at_the_end(notebook: Any) -> str:
    """Give what the last cell says: printed, and as fragments of a page."""
    shown = notebook.cells[-1].outputs
    return "".join(one.text if one.output_type == "stream" else one.data["text/html"] for one in shown)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give the folder of a snapshot of real series."""

    @cache
    def snapshot(source: str) -> str:
        folder = tmp_path_factory.mktemp(source)
        command = [sys.executable, SHARED / "real" / "as_pages.py", folder / "pages", "--source", source]
        subprocess.run(command, check=True, capture_output=True)
        pages = [page.read_bytes() for page in sorted((folder / "pages").glob("*.json"))]
        return str(lab.parse_pages(pages).write(folder))

    return snapshot


@pytest.fixture(scope="module")
def kernel(clean_environment: None) -> Iterator[Any]:
    """Return a kernel for all notebooks on real series: that each runs from a clean one is tested on the sample."""
    with shared_kernel() as kernel:
        yield kernel


@needs_shared
@pytest.mark.parametrize("number", [*SHOWN, AHEAD])
@pytest.mark.parametrize("source", ["trending", "ripple"])
def test_runs_on_real_series(number, source, real, tmp_path, kernel):
    notebook = execute(named(number), tmp_path, kernel, snapshot=real(source))
    assert outputs(notebook, "image/png")
    assert lab.Snapshot.read(real(source)).manifest["content_digest"] in said_at_the_end(notebook)


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
    assert api.key not in json.dumps(notebook)
    assert host in said_at_the_end(notebook)
