"""Every figure has one definition."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from campaign.figures.test_recomputed import complete

import influtics_lab as lab
from influtics_lab.campaign import figure_definitions, key_figures, read_campaign, tables
from influtics_lab.campaign.figures.figure_definitions import DEFINITIONS, definition_of

_NO_FIGURES = ("findings", "reasons")


@pytest.mark.slow
def test_every_column_of_numbers_has_one_definition_and_every_definition_a_column(tmp_path: Path) -> None:
    snapshot = lab.simulate(240, seed=5)
    frames = tables(key_figures(read_campaign(complete(tmp_path, snapshot)), snapshot))
    columns = {
        name
        for table, frame in frames.items()
        for name, dtype in frame.schema.items()
        if table not in _NO_FIGURES and dtype.is_numeric()
    }
    assert len(columns) > 100
    for column in columns:
        assert len([one.figure for one in DEFINITIONS if re.fullmatch(one.columns, column)]) == 1, column
    unused = [one.figure for one in DEFINITIONS if not any(re.fullmatch(one.columns, column) for column in columns)]
    assert unused == []


def test_reasons_and_texts_are_no_figures() -> None:
    assert definition_of("cpm_reason") is None
    assert figure_definitions()["figure"].is_unique().all()
