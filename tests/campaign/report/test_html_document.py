"""The page around a report: any campaign name is text, in the window's title and below each printed page."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from jinja2 import Environment, UndefinedError, nodes

from influtics_lab.campaign.changes import change_types
from influtics_lab.campaign.figures import (
    campaign_against,
    campaign_results,
    creator_results,
    delivery_figures,
    figure_types,
    key_figure_types,
    outcome_figures,
)
from influtics_lab.campaign.figures.figure_definitions import Definition
from influtics_lab.campaign.report.campaign_report import APPENDIX_SECTIONS, CLIENT_SECTIONS
from influtics_lab.campaign.report.html_document import render_page
from influtics_lab.campaign.report.html_tables import Cell
from influtics_lab.campaign.report.quality_section import MissingGains
from influtics_lab.campaign.report.template_rendering import FOLDER, render
from influtics_lab.markup import Html

NOTEBOOK = Path(__file__).parents[3] / "notebooks" / "03_campaign_report.ipynb"
OF_JINJA = {
    "append", "first", "get", "index", "index0", "items", "last", "removesuffix", "replace", "show", "values",
}  # fmt: skip
OF_QUALITY = {"burst", "purge", *MissingGains._fields}
TITLES = ["Autumn \u2013 a, b & c", '"; } </style><b>', "\\a0 1", "\ud55c\uad6d 1f"]


@pytest.mark.parametrize("title", TITLES)
def test_the_printed_footer_shows_the_title_as_it_is(title: str) -> None:
    text = render_page(title, []).decode()
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (foot,) = re.findall(r'@bottom-left \{ content: "([^"]*)"', style)
    assert re.sub(r"\\([0-9a-f]{6}) ?", lambda found: chr(int(found[1], 16)), foot) == title


def test_a_hostile_title_is_text_and_sections_are_html() -> None:
    text = render_page('A </title></style><script> "title"', [Html("<p>1 &amp; 2</p>")]).decode()
    assert "<script" not in text
    assert text.count("</style>") == 1
    assert "<title>A &lt;/title&gt;&lt;/style&gt;&lt;script&gt; " in text
    assert "<p>1 &amp; 2</p>" in text


def test_templates_escape_text_and_refuse_a_missing_name() -> None:
    assert "No picture: &lt;i&gt;" in render("empty_chart", reason="<i>")
    with pytest.raises(UndefinedError, match="'reason' is undefined"):
        render("empty_chart")


def test_templates_read_only_names_that_figures_have() -> None:
    known = OF_JINJA | OF_QUALITY | set(Cell._fields) | {field.name for field in fields(Definition)}
    modules = (
        campaign_against, campaign_results, change_types, creator_results, delivery_figures, figure_types,
        key_figure_types, outcome_figures,
    )  # fmt: skip
    records = (record for module in modules for record in vars(module).values())
    for record in filter(is_dataclass, records):
        known |= {field.name for field in fields(record)}
        known |= {name for name, value in vars(record).items() if isinstance(value, property)}
    for path in FOLDER.glob("*.j2"):
        tree = Environment(extensions=["jinja2.ext.i18n"]).parse(path.read_text("utf-8"))  # it renders nothing
        assert {node.attr for node in tree.find_all(nodes.Getattr)} <= known, path.name


def test_the_notebook_shows_the_sections_of_both_editions_in_their_order() -> None:
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    source = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert tuple(re.findall(r"\breport\.(\w+)\(\)", source)) == (*CLIENT_SECTIONS, *APPENDIX_SECTIONS)
