"""The same frame in each engine, and what came out of it back in polars."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

IN_ORDER: Final = frozenset({"polars lazy", "pandas"})
"""Engines that have an order of rows."""


def given(engine: str, frame: pl.DataFrame, path: Path, spark: Any = None) -> Any:
    """The frame as the engine has it; `path` is a Parquet file of it."""
    match engine:
        case "polars lazy":
            return frame.lazy()
        case "pandas":
            return frame.to_pandas(use_pyarrow_extension_array=True)
        case "DuckDB":
            return duckdb.connect().read_parquet(str(path))
        case "Spark":
            return spark.read.parquet(str(path))
    raise AssertionError(engine)


def back(out: Any) -> pl.DataFrame:
    """What came out, in polars; NaN stays NaN."""
    if isinstance(out, pl.DataFrame):
        return out
    if isinstance(out, pl.LazyFrame):
        return out.collect()
    if isinstance(out, pd.DataFrame):
        out = pa.Table.from_pandas(out, preserve_index=False)
    elif isinstance(out, duckdb.DuckDBPyRelation):
        out = out.to_arrow_table()
    else:
        out = out.toArrow()
    found = pl.from_arrow(out)
    assert isinstance(found, pl.DataFrame)
    return found.with_columns(pl.selectors.datetime(time_zone="*").dt.convert_time_zone("UTC"))


def difference(found: pl.DataFrame, expected: pl.DataFrame, *, in_order: bool) -> float:
    """The largest relative difference of a float; all else has to be the same: columns, types, rows, nulls."""
    assert found.columns == expected.columns
    kinds = {name: (found.schema[name], dtype) for name, dtype in expected.schema.items()}
    assert not {name: kind for name, kind in kinds.items() if kind[0] != kind[1]}
    floats = [name for name, dtype in expected.schema.items() if dtype.is_float()]
    exact = [name for name in expected.columns if name not in floats]
    if not in_order:
        found, expected = (each.sort(*exact, *floats, nulls_last=True) for each in (found, expected))
    for name in exact:
        assert found[name].equals(expected[name], null_equal=True), f"{name} differs"
    return max((_of_floats(found[name], expected[name]) for name in floats), default=0.0)


def _of_floats(found: pl.Series, expected: pl.Series) -> float:
    name = expected.name
    assert found.is_null().equals(expected.is_null()), f"{name}: other nulls"
    assert found.drop_nulls().is_finite().all(), f"{name}: not finite"
    apart = pl.DataFrame({"found": found, "expected": expected}).select(
        pl.when(pl.col("found") != pl.col("expected")).then(
            (pl.col("found") - pl.col("expected")).abs()
            / pl.max_horizontal(pl.col("found").abs(), pl.col("expected").abs())
        )
    )
    return apart.to_series().max() or 0.0
