"""The types of figures: names are checked by mypy, and each record comes back from its dict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from campaign.cases import campaign, snapshot, video
from mypy import api

from influtics_lab.campaign import KeyFigures, key_figures
from influtics_lab.campaign.figures.figure_types import Figure

ROOT = Path(__file__).parents[3]
FILE = (
    '[videos]\nids = ["a", "lost"]\n[[targets]]\nmeasure = "views"\nvalue = 9\ndate = 2025-07-01\n'
    '[[targets]]\nmeasure = "cpm"\nvalue = 9\ndate = 2025-07-01\n'
)
SNIPPET = """
from influtics_lab.campaign import KeyFigures

def read(figures: KeyFigures) -> float | None:
    return figures.{path}
"""


@pytest.mark.slow
def test_mypy_rejects_a_misspelt_figure_name(tmp_path: Path) -> None:
    names = {"right": "totals.counts.views.gained.value", "wrong": "totals.counts.views.gainde.value"}
    for name, path in names.items():
        (tmp_path / f"{name}.py").write_text(SNIPPET.format(path=path))
    files = [str(tmp_path / f"{name}.py") for name in names]
    output, _, status = api.run(["--config-file", str(ROOT / "pyproject.toml"), *files])
    assert status == 1
    assert "right.py" not in output
    assert '"CountTotals" has no attribute "gainde"; maybe "gained"?' in output


def test_key_figures_come_back_from_json() -> None:
    file = campaign(FILE)
    figures = key_figures(file, snapshot(video("a", {1: [5, 1, 1, 1], 4: [9, 2, 2, 2]})))
    assert KeyFigures.from_dict(json.loads(json.dumps(figures.to_dict()))) == figures


def test_a_figure_has_only_a_listed_reason() -> None:
    with pytest.raises(KeyError, match="because"):
        Figure(None, "because")
