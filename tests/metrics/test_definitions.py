from __future__ import annotations

import re

import polars as pl
import pytest
from metrics.readings import FUNCTIONS, documented

from influtics_lab import metrics, schema
from influtics_lab.metrics.definitions import METRICS, Metric, definitions

ADDING = sorted({metric.function for metric in METRICS})


@pytest.mark.parametrize("function", ADDING)
def test_the_definitions_are_what_the_function_adds(function: str) -> None:
    frame = documented()
    out = FUNCTIONS[function](frame)
    added = {name: dtype for name, dtype in out.schema.items() if name not in frame.columns}
    defined = {name: metric.dtype for metric in METRICS if metric.function == function for name in metric.columns()}
    assert added == defined


def test_every_function_that_adds_columns_is_defined() -> None:
    assert set(ADDING) == set(metrics.__all__) - {"latest", "definitions"}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_the_docstring_names_each_column_it_adds(metric: Metric) -> None:
    docstring = getattr(metrics, metric.function).__doc__
    assert f"``{metric.name.format(count='views')}``" in docstring


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_units_stand_in_the_names(metric: Metric) -> None:
    assert ("%" in metric.unit) == ("_pct" in metric.name)
    assert (metric.unit == "hours") == metric.name.endswith("_hours")


def test_names_are_unique_and_none_is_a_column_of_the_one_frame() -> None:
    names = [name for metric in METRICS for name in metric.columns()]
    assert len(names) == len(set(names))
    assert not set(names) & set(schema.dtypes(schema.FRAME))


def test_the_table_is_complete() -> None:
    table = definitions()
    assert table.columns == ["name", "function", "type", "formula", "unit", "null", "source"]
    assert table.schema.dtypes() == [pl.String] * 7
    assert table.height == len(METRICS)
    assert table.null_count().sum_horizontal().item() == 0


def test_formulas_refer_to_columns_that_exist() -> None:
    known = {name for metric in METRICS for name in (metric.name, *metric.columns())} | set(schema.dtypes(schema.FRAME))
    for metric in METRICS:
        words = re.findall(r"\{count\}\w+|\b[a-z]{2,}_[a-z_]+\b", metric.formula)
        assert set(words) <= known, metric.name
