"""The notebook runs in a kernel of this interpreter without keys; a cell that fails says so in its own words."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from influtics_lab.campaign.report.notebook_runner import run_notebook
from influtics_lab.campaign.report.page import page
from influtics_lab.errors import ConfigError, InfluticsError

pytestmark = pytest.mark.kernel
PARAMETERS = new_code_cell("place = None", id="parameters", metadata={"tags": ["parameters"]})


def run(folder: Path, *cells: Any, place: str | None = None) -> Any:
    path = folder / "notebook.ipynb"
    nbformat.write(new_notebook(cells=[PARAMETERS, *cells]), path)
    (folder / "scratch").mkdir()
    return run_notebook({"place": place}, folder / "scratch", path)


def test_this_interpreter_runs_it_without_keys_and_settings_and_without_the_explorer(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("INFLUTICS_API_KEY", "sk-secret")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    keys = "[name for name in os.environ if 'INFLUTICS_' in name]"
    told = f"import os, sys, time; print(sys.executable, place, {keys}, time.tzname[0])"
    clicked = new_code_cell("raise ValueError", metadata={"tags": ["explorer"]})
    ran = run(
        tmp_path, new_code_cell(told), clicked, new_code_cell("print('<b>', file=sys.stderr); '<i>'"), place="x'y"
    )
    assert ran.cells[2].outputs[0].text == f"{sys.executable} x'y [] UTC\n"
    said = page(ran, 'A </title></style><script> "title"').decode()
    assert "<script" not in said
    assert said.count("</style>") == 1
    assert "<title>A &lt;/title&gt;&lt;/style&gt;&lt;script&gt; " in said
    assert "<pre>'&lt;i&gt;'</pre>" in said
    assert "&lt;b&gt;" not in said
    assert "import os" not in said
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("source", "kind", "said"),
    [
        ("raise KeyError('of\\na cell')", InfluticsError, r"fails in its cell broken: KeyError: 'of\\na cell'\. "),
        ("from influtics_lab.errors import ConfigError\nraise ConfigError('Mend it.')", ConfigError, r"^Mend it\.$"),
        ("import os; os._exit(3)", InfluticsError, "was not run to its end: .*died"),
    ],
)
def test_a_cell_that_fails_says_so_without_a_traceback(tmp_path, source, kind, said, capfd):
    with pytest.raises(kind, match=said) as caught:
        run(tmp_path, new_markdown_cell("# Words"), new_code_cell(source, id="broken"))
    assert "Traceback" not in str(caught.value)
    assert "Traceback" not in "".join(capfd.readouterr())
