"""Reference tables show whole texts, wrapped in a terminal and as a page in a notebook."""

from __future__ import annotations

import re

import polars as pl
import pytest

import influtics_lab as lab
from influtics_lab.errors import ConfigError
from influtics_lab.reference_table import ReferenceTable

LONG = "as long as a text can be, " * 12
TABLE = ReferenceTable({"name": ["views", "<b>"], "meaning": [LONG, "short"], "null": ["never", "always"]})


@pytest.mark.parametrize("width", [40, 80, 300])
def test_a_terminal_shows_every_word_within_its_width(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = str(TABLE).splitlines()
    assert max(map(len, lines)) <= min(width, 100)
    assert [line for line in lines if not line.startswith(" ")] == ["views", "<b>"]
    assert " ".join(str(TABLE).split()) == f"views meaning: {LONG}null: never <b> meaning: short null: always"
    assert repr(TABLE) == str(TABLE)


def test_a_notebook_shows_a_table_of_texts_that_wraps() -> None:
    page = TABLE._repr_html_()
    assert re.findall(r"<bdi>(.*?)</bdi>", page)[3:] == ["views", LONG, "never", "&lt;b&gt;", "short", "always"]
    assert "nowrap" not in page


def test_rows_that_are_chosen_are_an_ordinary_frame() -> None:
    assert type(TABLE.filter(name="views")) is pl.DataFrame
    assert TABLE.height == 2


@pytest.mark.parametrize("table", [lab.columns(), lab.definitions(), lab.definitions("growth")])
def test_the_tables_of_the_package_show_all_their_texts(table: ReferenceTable) -> None:
    shown = " ".join(str(table).split())
    for row in table.iter_rows():
        assert all(" ".join(text.split()) in shown for text in row)


def test_definitions_of_one_function_are_its_rows_and_a_wrong_name_is_refused() -> None:
    whole = lab.definitions()
    assert pl.DataFrame(lab.definitions("cpm")).equals(whole.filter(function="cpm"))
    with pytest.raises(ConfigError, match=r"No function 'grwth' adds columns. Do you mean 'growth'\?"):
        lab.definitions("grwth")
    with pytest.raises(ConfigError, match=r"No function 'zzz' adds columns. These do: growth, "):
        lab.definitions("zzz")


def test_names_break_at_underscores_and_columns_have_a_least_width() -> None:
    page = lab.columns()._repr_html_()
    assert "<bdi>thumbnail_<wbr>url</bdi>" in page
    assert "min-width:4em" in page
