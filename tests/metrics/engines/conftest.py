from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from metrics.engines import sessions
from metrics.engines.nasty import snapshot_and_nasty


@pytest.fixture(scope="session")
def frame() -> pl.DataFrame:
    return snapshot_and_nasty()


@pytest.fixture(scope="session")
def path(frame: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The frame as a Parquet file."""
    path = tmp_path_factory.mktemp("engines") / "frame.parquet"
    frame.write_parquet(path)
    return path


@pytest.fixture(scope="session")
def master(with_spark: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a standalone master with two workers."""
    with sessions.two_workers(tmp_path_factory.mktemp("cluster")) as master:
        yield master
