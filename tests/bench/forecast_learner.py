"""The two methods of `forecast` against each other, by rolling dates: terciles, and gradient boosting.

Run it: ``PYTHONPATH=tests python -m bench.forecast_learner``, where scikit-learn is installed.

It prints the median error of the point in percent, coverage and median width (terciles / boosting)::

    1,000 videos, drift x1.0, to 30d: 1,235 outcomes, error 2.4 / 1.9, coverage 91.4 / 90.9, width 21.1 / 18.7
    1,000 videos, drift x1.5, to 30d: 1,235 outcomes, error 2.5 / 2.2, coverage 90.0 / 91.3, width 22.6 / 21.8
    3,000 videos, drift x1.0, to 30d: 3,642 outcomes, error 2.4 / 1.9, coverage 90.4 / 91.1, width 19.9 / 18.4
    3,000 videos, drift x1.5, to 30d: 3,642 outcomes, error 2.7 / 2.1, coverage 89.1 / 90.4, width 21.9 / 20.8
    YouTube charts, to 5d: 1,506 outcomes, error 4.5 / 3.7, coverage 91.9 / 91.5, width 31.0 / 30.1
    YouTube charts, to 7d: 2,223 outcomes, error 4.6 / 3.8, coverage 94.0 / 93.3, width 34.0 / 30.2
    YouTube charts, to 10d: 1,184 outcomes, error 2.3 / 1.8, coverage 95.5 / 95.5, width 16.1 / 16.2
"""

from __future__ import annotations

import polars as pl
from answers import SHARED
from metrics import real
from metrics.populations import Population

from influtics_lab import backtest


def compare(name: str, frame: pl.DataFrame, horizon: str, every: str) -> str:
    methods = [backtest(frame, horizon, every=every, method=method) for method in ("terciles", "boosting")]
    rows = [table.filter(tercile="all").row(0, named=True) for table in methods]
    error, coverage, width = (
        " / ".join(f"{row[column]:.1f}" for row in rows) for column in ("error_pct", "coverage_pct", "width_pct")
    )
    return f"{name}, to {horizon}: {rows[0]['outcomes']:,} outcomes, error {error}, coverage {coverage}, width {width}"


if __name__ == "__main__":
    for videos in (1000, 3000):
        for drift in (1.0, 1.5):
            population = Population(videos, drift=drift).frame(1)
            print(compare(f"{videos:,} videos, drift x{drift}", population, "30d", "21d"), flush=True)
    if (SHARED / "real").is_dir():
        charts = real.trending().with_columns(platform=pl.lit("YouTube"))
        for horizon in ("5d", "7d", "10d"):
            print(compare("YouTube charts", charts, horizon, "1d"), flush=True)
