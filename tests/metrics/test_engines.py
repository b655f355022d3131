from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from metrics.readings import FUNCTIONS, documented, frames
from polars.testing import assert_frame_equal

from influtics_lab.errors import FrameError
from influtics_lab.metrics import growth

every = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


def arrow(frame: pl.DataFrame) -> pd.DataFrame:
    return frame.to_pandas(use_pyarrow_extension_array=True)


@every
@settings(max_examples=8, deadline=None)
@given(frame=frames(min_size=1))
def test_pandas_with_arrow_types_equals_polars(function: Callable[[Any], Any], frame: pl.DataFrame) -> None:
    expected = function(frame)
    out = function(arrow(frame))
    assert isinstance(out, pd.DataFrame)
    found = pl.from_pandas(out).select(expected.columns).cast(expected.schema)
    assert_frame_equal(found, expected, rel_tol=1e-12)


def test_pandas_is_checked_as_polars_is() -> None:
    frame = arrow(documented())
    with pytest.raises(FrameError, match="1 readings come twice"):
        growth(pd.concat([frame, frame.tail(1)]))
    with pytest.raises(FrameError, match="views is Float64"):
        growth(frame.astype({"views": "float64"}))
