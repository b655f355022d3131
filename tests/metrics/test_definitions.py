from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl
import pytest
from metrics.readings import documented, readings

from influtics_lab import metrics, schema
from influtics_lab.metrics.audit import audit_er
from influtics_lab.metrics.backtest import backtest
from influtics_lab.metrics.benchmarks import benchmark
from influtics_lab.metrics.concentration import concentration
from influtics_lab.metrics.creator_usual import hit_rate, multiple_of_usual
from influtics_lab.metrics.definitions import METRICS, Metric, definitions, look_up_columns
from influtics_lab.metrics.engagement import engagement_rate, incremental_engagement_rate
from influtics_lab.metrics.fixed_ages import views_at_ages
from influtics_lab.metrics.flags import flag_counters
from influtics_lab.metrics.forecast import forecast
from influtics_lab.metrics.gained import gained
from influtics_lab.metrics.groups import compare
from influtics_lab.metrics.growth import acceleration, doubling_time, growth
from influtics_lab.metrics.milestones import half_life, time_to
from influtics_lab.metrics.money import cpe, cpm, cpv, emv
from influtics_lab.metrics.pairs import compare_pairs
from influtics_lab.metrics.ratios import count_ratios
from influtics_lab.metrics.rule_effect import rule_change_effect
from influtics_lab.metrics.summary import summarize
from influtics_lab.metrics.timeline import latest, with_age
from influtics_lab.metrics.windows import at_age, lifetime_average, window_gain

Function = Callable[..., pl.DataFrame]

NO_NEW_COLUMN = {"definitions", "resample", "total_gained", "with_published", "with_creator"}
"""Functions that keep rows, or fill columns that the one frame has."""

BESIDE = {"half_life": "time_to", "latest": "engagement_rate", "views_at_ages": "engagement_rate"}
"""Functions that also add columns of another."""

CALLS: dict[str, tuple[Function, Callable[[pl.DataFrame], pl.DataFrame]]] = {
    "growth": (growth, lambda frame: growth(frame, *schema.COUNTS)),
    "acceleration": (acceleration, lambda frame: acceleration(frame, *schema.COUNTS)),
    "doubling_time": (doubling_time, lambda frame: doubling_time(frame, *schema.COUNTS)),
    "engagement_rate": (engagement_rate, engagement_rate),
    "incremental_engagement_rate": (incremental_engagement_rate, incremental_engagement_rate),
    "with_age": (with_age, with_age),
    "flag_counters": (flag_counters, flag_counters),
    "audit_er": (audit_er, audit_er),
    "cpm": (cpm, cpm),
    "cpv": (cpv, cpv),
    "cpe": (cpe, cpe),
    "window_gain": (window_gain, lambda frame: window_gain(frame, *schema.COUNTS)),
    "gained": (gained, lambda frame: gained(frame, *schema.COUNTS)),
    "lifetime_average": (lifetime_average, lambda frame: lifetime_average(frame, *schema.COUNTS)),
    "latest": (latest, lambda frame: latest(engagement_rate(frame))),
    "at_age": (at_age, lambda frame: at_age(frame, "7d", *schema.COUNTS)),
    "time_to": (time_to, lambda frame: time_to(frame, 90)),
    "half_life": (half_life, half_life),
    "summarize": (summarize, summarize),
    "compare": (compare, lambda frame: compare(frame, resamples=100)),
    "compare_pairs": (compare_pairs, lambda frame: compare_pairs(frame, resamples=100)),
    "forecast": (forecast, forecast),
    "backtest": (backtest, backtest),
    "rule_change_effect": (rule_change_effect, rule_change_effect),
    "benchmark": (benchmark, lambda frame: benchmark(frame, "7d")),
    "count_ratios": (count_ratios, count_ratios),
    "views_at_ages": (views_at_ages, lambda frame: views_at_ages(frame, spend="spend")),
    "multiple_of_usual": (multiple_of_usual, lambda frame: multiple_of_usual(frame, creator="platform")),
    "hit_rate": (hit_rate, lambda frame: hit_rate(multiple_of_usual(frame, creator="platform"), "platform")),
    "concentration": (concentration, lambda frame: concentration(latest(frame), by="platform")),
    "emv": (emv, lambda frame: emv(frame, {"views": 0.01})),
}
ADDING = sorted({metric.function for metric in METRICS})


def frame() -> pl.DataFrame:
    """What every function can be asked of: the one frame, and what money needs."""
    return documented().with_columns(spend=100.0, engagements=pl.lit(5, dtype=pl.Int64))


@pytest.mark.parametrize("function", CALLS)
def test_the_definitions_are_what_the_function_adds(function: str) -> None:
    plain = frame() if function == "cpe" else frame().drop("engagements")
    out = CALLS[function][1](plain)
    added = {name: dtype for name, dtype in out.schema.items() if name not in plain.columns}
    own = [metric for metric in METRICS if metric.function == function]
    beside = look_up_columns(BESIDE.get(function, ""))
    assert added.items() <= (look_up_columns(function) | beside).items()
    assert all(set(metric.columns()) & set(added) for metric in own)
    if function != "latest":  # each instant is beside its count
        assert list(added) == [name for name in look_up_columns(function) | beside if name in added]


def test_every_function_that_adds_columns_is_defined() -> None:
    assert set(ADDING) == set(CALLS)
    assert set(metrics.__all__) - NO_NEW_COLUMN <= set(ADDING)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_the_docstring_names_each_column_it_adds(metric: Metric) -> None:
    docstring = CALLS[metric.function][0].__doc__
    assert docstring is not None
    assert f"``{metric.columns()[0]}``" in docstring


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_the_docstring_states_the_type_of_each_column(metric: Metric) -> None:
    returns = (CALLS[metric.function][0].__doc__ or "").split("Returns\n")[1].split("Raises\n")[0]
    after = returns.split(f"``{metric.columns()[0]}``", 1)[1]
    stated = re.search(r"\((Int64|Float64|String|Boolean|Datetime|of the type|as in)", after)
    assert stated is not None
    assert stated[1] in {metric.type.split("(")[0], "of the type", "as in"}


@pytest.mark.parametrize("function", CALLS)
def test_what_a_docstring_names_as_returned_is_a_column(function: str) -> None:
    docstring = CALLS[function][0].__doc__ or ""
    returns = docstring.split("Returns\n")[1].split("Raises\n")[0]
    named = set(re.findall(r"``([a-z_]*_(?:pct|hours|per_hour|counts|views))``", returns))
    known = {*schema.dtypes(schema.FRAME), *(name for metric in METRICS for name in metric.columns())}
    assert all(any(name.endswith(part) for name in known) for part in named)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_units_are_in_the_names(metric: Metric) -> None:
    assert ("%" in metric.unit) == metric.columns()[0].endswith(("_pct", "_pct_per_day"))
    assert (metric.unit == "hours") == metric.name.endswith("_hours")


def test_a_function_has_each_name_once_and_none_is_a_column_of_the_one_frame() -> None:
    names = [(metric.function, name) for metric in METRICS for name in metric.columns()]
    assert len(names) == len(set(names))
    assert not {name for _, name in names} & set(schema.dtypes(schema.FRAME))


def test_the_table_is_complete_and_shows_all_of_it() -> None:
    table = definitions()
    assert table.columns == ["name", "function", "type", "formula", "unit", "null", "source"]
    assert table.schema.dtypes() == [pl.String] * 7
    assert table.height == len(METRICS)
    assert table.null_count().sum_horizontal().item() == 0


def test_formulas_refer_to_columns_that_exist() -> None:
    known = {name for metric in METRICS for name in (metric.name, *metric.columns(), metric.function)}
    known |= set(schema.dtypes(schema.FRAME))
    for metric in METRICS:
        words = re.findall(r"\{count\}\w+|\b[a-z]{2,}_[a-z_]+\b", metric.formula)
        assert set(words) <= known, metric.name


def test_a_missing_column_names_the_function_that_adds_it() -> None:
    bought = readings(("a", 0, 5)).with_columns(spend=1.0)
    with pytest.raises(KeyError, match=r"needs the column 'engagements'\. Pipe the frame through lab\.engagement_rate"):
        cpe(bought)
