"""What tests of several folders share: one Spark session for the whole run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from metrics.engines import sessions


@pytest.fixture(scope="session")
def with_spark() -> None:
    if why := sessions.missing():
        pytest.skip(f"no Spark: {why}")


@pytest.fixture(scope="session")
def spark(with_spark: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One local session for the whole run."""
    with sessions.session("local[2]", tmp_path_factory.mktemp("spark")) as spark:
        yield spark
