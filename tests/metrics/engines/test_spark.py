from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from metrics.engines import on_cluster
from metrics.engines.kinds import back, difference
from metrics.engines.registry import CASES

# 2026-11-22: PySpark leaves its sockets to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """What PySpark leaves open is collected here, where that is no error."""
    yield
    gc.collect()


@pytest.mark.smoke
@pytest.mark.parametrize("label", ["latest"])  # planning takes seconds a metric: all of them run on two workers, once
def test_a_local_session_equals_polars(label: str, frame: pl.DataFrame, path: Path, spark: Any) -> None:
    out = CASES[label](spark.read.parquet(str(path)))
    assert type(out).__module__.startswith("pyspark.sql")
    assert difference(back(out), CASES[label](frame), in_order=False) < 1e-9


@pytest.fixture(scope="module")
def two_workers(master: str, path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what every metric gave on two workers."""
    folder = tmp_path_factory.mktemp("on_cluster")
    on_cluster.run(master, path, folder)
    return folder


@pytest.mark.timeout(600)
def test_two_workers_took_part(two_workers: Path) -> None:
    assert (two_workers / "workers").read_text() == "2"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("label", CASES)
def test_two_workers_equal_polars(label: str, frame: pl.DataFrame, two_workers: Path) -> None:
    found = pl.read_parquet(two_workers / f"{label}.parquet")
    assert difference(found, CASES[label](frame), in_order=False) < 1e-9
