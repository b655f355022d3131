"""Concentration of a total on few videos: the share of the top tenth, and the Gini coefficient."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import polars as pl

from influtics_lab.metrics._comparison_sample import check_not_added, select_values, to_frame_like
from influtics_lab.metrics._engine import FrameT
from influtics_lab.metrics.definitions import look_up_columns

COLUMNS: Final = look_up_columns("concentration")
"""The columns that `concentration` adds, with types."""


def concentration(videos: FrameT, column: str = "views", *, by: str | None = None, video: str = "video_id") -> FrameT:
    """Return how far a total rests on few videos: which share the top 10 % of them have, and the Gini coefficient.

    With x_1 <= ... <= x_n the values, and S their sum::

        top_tenth_share_pct = 100 (sum of the n / 10 largest) / S
        gini                = sum over i of (2 i - n - 1) x_i / (n S)

    Where n / 10 is not whole, the last of the largest counts in part, so that equal videos have a share of 10 %. Gini
    is 0 where all are equal and (n - 1) / n where one video has everything, so compare groups of similar n. Videos
    gain views as they age: give values at one age (`at_age`), or gains of one window (`gained`).

    Parameters
    ----------
    videos : DataFrame or LazyFrame of any supported engine
        One row for each video, as `at_age`, `gained` or `latest` return.
    column : str
        The numbers: views by default.
    by : str, optional
        The column of groups, such as ``"platform"`` or a creator; all videos together without it. Null is a group.
    video : str
        The column that identifies a video, if it is there: none may come twice.

    Returns
    -------
    frame of the kind that came in
        One row for each group, sorted, null last (none where there are no rows): `by`, ``videos`` (Int64), ``n``
        (Int64, how many have a value), ``top_tenth_share_pct`` (Float64, %) and ``gini`` (Float64, 0 to 1): null where
        the sum is 0, where n is 0, and where a value is negative. Missing values are left out. A lazy frame is computed
        at once.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If the column holds no numbers, `by` is a column of the result, or a video has several rows.

    References
    ----------
    Gini, C. (1912). Variabilita e mutabilita. Bologna.
    Lorenz, M. O. (1905). Methods of measuring the concentration of wealth. Publications of the American Statistical
    Association 9(70), 209-219.

    Examples
    --------
    One of ten videos has 91 of 100 views:

    >>> import polars as pl
    >>> videos = pl.DataFrame({"video_id": list("abcdefghij"), "views": [91] + [1] * 9})
    >>> concentration(videos).rows()
    [(10, 10, 91.0, 0.81)]
    """
    check_not_added("concentration", "by", by, COLUMNS)
    rows = select_values(videos, "concentration", column, by, video=video)
    figures = [
        {"group": name, "videos": len(group), "n": group["value"].count()} | _measure_concentration(group["value"])
        for (name,), group in rows.partition_by("group", as_dict=True).items()
    ]
    groups = pl.DataFrame(figures, schema={"group": rows.schema["group"], **COLUMNS}).sort("group", nulls_last=True)
    return to_frame_like(groups.drop("group") if by is None else groups.rename({"group": by}), videos)


def _measure_concentration(column: pl.Series) -> dict[str, float | None]:
    values = np.sort(column.drop_nulls().to_numpy())
    n = len(values)
    if not n or values[0] < 0 or values[-1] <= 0:
        return {"top_tenth_share_pct": None, "gini": None}
    shares = np.ldexp(values, -math.frexp(values[-1])[1])  # exact, and sums of the largest numbers stay finite
    tenth = n // 10
    top = math.fsum(shares[n - tenth :].tolist()) + (n / 10 - tenth) * float(shares[n - tenth - 1])
    total = math.fsum(shares.tolist())
    ranks = 2.0 * np.arange(1, n + 1) - n - 1.0
    gini = math.fsum((ranks * shares).tolist()) / (n * total)
    return {"top_tenth_share_pct": 100.0 * top / total, "gini": max(0.0, gini)}
