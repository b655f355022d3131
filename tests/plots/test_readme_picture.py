"""The README's picture is what the public functions draw of the sample.

To draw it anew: INFLUTICS_LAB_REWRITE=1 python -m pytest tests/plots/test_readme_picture.py
"""

import io
import os
from pathlib import Path

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from matplotlib.image import imread

import influtics_lab as lab
from influtics_lab import plots

STORED = Path(__file__).parents[2] / "notebooks" / "pictures" / "views.png"
DRAWN_WITH = "3.11"  # another version of matplotlib moves pixels


def readme_picture() -> bytes:
    frame = lab.sample_snapshot().frame().pipe(lab.engagement_rate).pipe(lab.with_age)
    with plots.bundled_font():
        upper, lower = plots.panels(2)
        plots.plot_counts(frame, scale="log", ax=upper)
        plots.plot_engagement(frame.filter(pl.col("age_hours") <= 30 * 24), by="age_hours", ax=lower)
        return plots.to_png(lower)


@pytest.mark.skipif(
    not mpl.__version__.startswith(f"{DRAWN_WITH}."),
    reason=f"the stored picture was drawn with matplotlib {DRAWN_WITH}",
)
def test_the_stored_picture_is_drawn_of_the_sample():
    drawn = readme_picture()
    if os.environ.get("INFLUTICS_LAB_REWRITE"):
        STORED.parent.mkdir(parents=True, exist_ok=True)
        STORED.write_bytes(drawn)
    # Pixels and not bytes of the file: the compressor is another library's.
    assert np.array_equal(imread(io.BytesIO(drawn)), imread(STORED))


def test_the_picture_fits_a_readme():
    height, width, _ = imread(STORED).shape
    assert (width, height) == (900, 780)
    assert STORED.stat().st_size < 250_000
