"""Errors of frames give the line to paste; pasted, it makes the frame right."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import polars as pl
import pytest

import influtics_lab as lab
from influtics_lab import plots
from influtics_lab.errors import FrameError

FRAME = lab.sample_snapshot().frame()
TEXTS = FRAME.with_columns(timestamp=pl.col("timestamp").dt.to_string("%Y-%m-%dT%H:%M:%S%.6f"))
NO_ZONE = FRAME.with_columns(pl.col("timestamp").dt.replace_time_zone(None))
OTHER_ZONE = FRAME.with_columns(pl.col("timestamp").dt.convert_time_zone("Asia/Seoul"))
FLOATS = FRAME.with_columns(pl.col("views").cast(pl.Float64))


def line_of(error: FrameError) -> str:
    found = re.search(r"Write (.+)\.$", str(error))
    assert found, str(error)
    return found[1]


def as_arrow(frame: pl.DataFrame) -> Any:
    return frame.to_pandas(use_pyarrow_extension_array=True)


@pytest.mark.parametrize("broken", [TEXTS, NO_ZONE, OTHER_ZONE, FLOATS])
@pytest.mark.parametrize("convert", [pl.DataFrame.clone, as_arrow, pl.DataFrame.to_pandas])
def test_the_line_of_an_error_makes_the_frame_right(broken: pl.DataFrame, convert: Any) -> None:
    frame, lines = convert(broken), []
    for _ in range(6):
        try:
            found = lab.growth(frame, "views")
        except FrameError as error:
            lines.append(line_of(error))
            names = {"frame": frame, "polars": pl, "pandas": pd}
            if " = " in lines[-1]:
                exec(lines[-1], names)
            else:
                names["frame"] = eval(lines[-1], names)
            frame = names["frame"]
        else:
            break
    else:
        pytest.fail(f"still refused after {lines}")
    assert lines
    gained = [value for value in found["views_gained"].to_list() if isinstance(value, int)]
    assert sum(gained) == FRAME.pipe(lab.growth, "views")["views_gained"].drop_nulls().sum()


@pytest.mark.parametrize("call", [lambda: lab.growth("views", FRAME), lambda: lab.growth("views")])
def test_a_frame_in_the_wrong_place_gets_the_line_to_write(call: Any) -> None:
    with pytest.raises(FrameError) as error:
        call()
    frame = FRAME
    assert eval(line_of(error.value), {"frame": frame, "lab": lab}).equals(FRAME.pipe(lab.growth, "views"))


@pytest.mark.parametrize("function", [lab.table, lambda frame: plots.plot_counts(frame, "views")])
def test_other_frames_get_the_line_that_converts_them(function: Any) -> None:
    for frame in (FRAME.head(3).to_pandas(), FRAME.head(3).lazy()):
        with pytest.raises(FrameError) as error:
            function(frame)
        assert isinstance(eval(line_of(error.value), {"frame": frame, "polars": pl}), pl.DataFrame)
