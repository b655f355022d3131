"""The types of figures: names are checked by mypy, and each record comes back from its dict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from campaign.cases import campaign, snapshot, video
from mypy import api

from influtics_lab.campaign import KeyFigures, key_figures, tables
from influtics_lab.campaign.figures.figure_types import Figure
from influtics_lab.campaign.figures.outlook import describe_outlook, describe_period_end
from influtics_lab.errors import ConfigError

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


BEFORE = json.loads(Path(__file__).with_name("key_figures_before_forecasts.json").read_text())
"""What commit 0c80f7e returned for a campaign of one video, another one that is missing, and two targets."""


def test_figures_of_a_version_without_forecasts_are_read_and_have_none() -> None:
    figures = KeyFigures.from_dict(BEFORE)
    assert figures.totals.counts.views.last_read.known == BEFORE["totals"]["counts"]["views"]["last_read"]["known"] > 0
    assert (figures.period_end, describe_period_end(figures)) == (None, "")
    assert [(target.outlook, describe_outlook(target.outlook)) for target in figures.targets] == [(None, "")] * 2
    table = tables(BEFORE)["targets"]
    assert table.select("outlook", "outlook_because", "forecast_low", "forecast_high").unique().rows() == [(None,) * 4]


@pytest.mark.parametrize(
    ("figures", "missing"),
    [
        ({"figures": BEFORE}, "KeyFigures.format"),
        ({name: value for name, value in BEFORE.items() if name != "totals"}, "KeyFigures.totals"),
        (BEFORE | {"campaign": {"name": "June"}}, "CampaignFacts.time_zone"),
        (BEFORE | {"targets": [BEFORE["targets"][0] | {"value": {"value": 9}}]}, "BoundedFigure or PriceFigure or"),
    ],
)
def test_a_dict_that_is_none_of_key_figures_raises_and_says_what_to_do(figures: dict[str, Any], missing: str) -> None:
    with pytest.raises(ConfigError, match=f"{missing}.* is missing.*make the report again"):
        KeyFigures.from_dict(figures)


def test_a_figure_has_only_a_listed_reason() -> None:
    with pytest.raises(KeyError, match="because"):
        Figure(None, "because")
