"""The types of figures: names are checked by mypy, and each record comes back from its dict."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
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
import influtics_lab as lab
from influtics_lab.campaign import KeyFigures, Report

def read(figures: KeyFigures, report: Report) -> None:
    print(figures.totals.counts.views.{figure}.value, report.{section}(), lab.{function})
"""
UNTYPED = {
    "CampaignData.manifest": "a snapshot's manifest, as it was read from JSON",
    "list_type": "the type of an item decides what `collect` is given",
    "Record.to_dict": "a dict as JSON has it, which users index",
    "Report.figures": "the same",
    "Settlement.to_dict": "the same",
    "TableReader.read_table": "an instance of the class that it is given",
    "declare_key": "the default of any field, as `dataclasses.field` has it",
    "to_plain": "a value as JSON has it",
}
"""The interfaces of campaign/ that have `Any`, and why."""


@pytest.mark.slow
def test_mypy_rejects_a_misspelt_name(tmp_path: Path) -> None:
    right = {"figure": "gained", "section": "summary", "function": "growth"}
    wrong = {"figure": "gainde", "section": "sumary", "function": "grwoth"}
    for file, names in {"right.py": right, "wrong.py": wrong}.items():
        (tmp_path / file).write_text(SNIPPET.format(**names))
    files = [str(tmp_path / file) for file in ("right.py", "wrong.py")]
    output, _, status = api.run(["--config-file", str(ROOT / "pyproject.toml"), *files])
    assert status == 1
    assert "right.py" not in output
    assert '"CountTotals" has no attribute "gainde"; maybe "gained"?' in output
    assert '"Report" has no attribute "sumary"; maybe "summary"?' in output
    assert 'Module has no attribute "grwoth"; maybe "growth"' in output


def test_few_interfaces_of_the_campaign_are_untyped() -> None:
    found = set()
    for path in (ROOT / "influtics_lab/campaign").rglob("*.py"):
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            members = statement.body if isinstance(statement, ast.ClassDef) else []
            owner = f"{statement.name}." if isinstance(statement, ast.ClassDef) else ""
            found |= {owner + name for member in members for name in name_untyped(member)}
            found |= set(name_untyped(statement))
    assert {name for name in found if "_" not in {name[0], name.split(".")[-1][0]}} == UNTYPED.keys()


def name_untyped(statement: ast.stmt) -> Iterator[str]:
    """Yield the name of a function, a field or a type alias whose type has `Any`."""
    if isinstance(statement, ast.FunctionDef):
        every = statement.args
        given = [*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg]
        name, types = statement.name, [statement.returns, *(argument.annotation for argument in given if argument)]
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        is_alias = isinstance(statement.annotation, ast.Name) and statement.annotation.id == "TypeAlias"
        name, types = statement.target.id, [statement.value if is_alias else statement.annotation]
    else:
        return
    parts = (part for kind in types if kind is not None for part in ast.walk(kind))
    if any(isinstance(part, ast.Name) and part.id == "Any" for part in parts):
        yield name


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
