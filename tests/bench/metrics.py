"""How long each metric takes against polars and pandas written by hand for it, with the same rules for null.

Run it: ``python tests/bench/metrics.py [READINGS ...] [--tries N] [--only NAME ...]``; without numbers, for 1 and for
10 million readings. All take turns within one run, and the median is told. What is written by hand stands in
``metrics_polars*.py`` and ``metrics_pandas*.py``; that of polars runs eager or lazy, whichever is faster on the first
million readings. There it is also checked, before anything is measured, that all give the same, floats to 1e-9.

Those written by hand trust the frame. Ours look whether a reading comes twice where the frame is eager (the first row;
for `cpm`, `cpv` and `cpe` it is half of their time), whether a video is in two groups, and which published ids are of
no video. Where pandas would take longer than 10 seconds it gets the first million readings, and its time is scaled up:
such times have a ~. Groups of more than a million readings are drawn 200 times, not 2,000.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import metrics_pandas
import metrics_pandas_creators
import metrics_pandas_flags
import metrics_pandas_lines
import metrics_polars
import metrics_polars_creators
import metrics_polars_flags
import metrics_polars_groups
import metrics_polars_lines
import polars as pl
from metrics_data import (
    AT,
    VIDEO,
    multiples,
    publications,
    readings,
    videos_of,
    with_creators,
    with_engagements,
    with_ids,
    with_reported,
    with_spend,
)
from polars.testing import assert_series_equal

from influtics_lab import metrics
from influtics_lab.errors import DataQualityWarning
from influtics_lab.metrics._frame_checks import open_readings

Job = Callable[[], Any]

MILLION = 1_000_000
LONGEST_PANDAS = 10
AIM = 1.2
BY_POLARS = (
    metrics_polars,
    metrics_polars_lines,
    metrics_polars_flags,
    metrics_polars_groups,
    metrics_polars_creators,
)
BY_PANDAS = (metrics_pandas, metrics_pandas_lines, metrics_pandas_flags, metrics_pandas_creators)
HEAD = ("metric", "by hand [s]", "", "ours [s]", "times", "ours lazy [s]", "times", "pandas [s]", "over ours")


@dataclass(frozen=True)
class Case:
    """One metric: what it is asked for, what those written by hand need to be told, and columns it needs."""

    name: str
    asked: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[pl.DataFrame], pl.DataFrame] = pl.DataFrame.clone

    def ours(self, frame: Any) -> Any:
        return getattr(metrics, self.name)(frame, **self.asked)

    def by_hand(self, modules: Sequence[ModuleType], frame: Any) -> Any:
        function = next(getattr(module, self.name) for module in modules if hasattr(module, self.name))
        return function(frame, **self.told)


def cases(frame: pl.DataFrame) -> list[Case]:
    draws = {"resamples": 2000 if frame.height <= MILLION else 200}
    known = publications(with_ids(frame))
    plain = ("growth", "acceleration", "doubling_time", "engagement_rate", "incremental_engagement_rate", "with_age")
    return [
        *(Case(name) for name in (*plain, "count_ratios", "latest", "lifetime_average")),
        Case("window_gain", {"window": "24h"}),
        Case("gained", {"last": "7d"}),
        Case("at_age", {"at_age": "24h"}),
        Case("views_at_ages", {"spend": "spend"}, prepare=with_spend),
        Case("multiple_of_usual", {"at_age": "24h"}, prepare=with_creators),
        Case("hit_rate", {"by": "creator"}, prepare=multiples),
        Case("concentration", {"by": "platform"}, prepare=videos_of),
        Case("time_to", {"pct": 90, "horizon": "20d"}),
        Case("half_life", {"horizon": "20d"}),
        *(Case(name) for name in ("resample", "summarize", "flag_counters")),
        Case("audit_er", prepare=with_reported),
        Case("compare", {"at_age": "24h", **draws}, draws),
        Case("compare_pairs", draws, draws),
        Case("benchmark", {"at_age": "24h"}),
        *(Case(name, prepare=with_spend) for name in ("cpm", "cpv")),
        Case("cpe", prepare=with_engagements),
        Case("emv", {"rates": {"views": 0.01, "likes": 0.1}}),
        Case("with_published", {"mapping": known}, {"known": known}, prepare=with_ids),
    ]


def timed(job: Job) -> tuple[Any, float]:
    started = time.perf_counter()
    found = job()
    return found, time.perf_counter() - started


def medians(tries: int, *jobs: Job) -> list[float]:
    """Let the jobs take turns; give each one's median time."""
    rounds = [[timed(job)[1] for job in jobs] for _ in range(tries)]
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def eager(found: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    return found.collect() if isinstance(found, pl.LazyFrame) else found


def check_same(ours: pl.DataFrame, other: pl.DataFrame) -> None:
    """Hold what both have against each other; those written by hand may leave out what is the same in all rows."""
    assert ours.height == other.height
    for name in ours.columns:
        if name not in other.columns:
            assert ours[name].n_unique() == 1, f"{name} is missing"
            continue
        exact = not ours.schema[name].is_float()
        cast = other[name].cast(ours.schema[name])
        assert_series_equal(ours[name], cast, check_exact=exact, rel_tol=1e-9, abs_tol=1e-9)


def written_by_hand(case: Case, part: pl.DataFrame) -> tuple[str, Callable[[pl.DataFrame], Job]]:
    """Say whether what is written by hand is faster on an eager or on a lazy frame, and give it."""
    ways: dict[str, Callable[[pl.DataFrame], Job]] = {
        "eager": lambda frame: lambda: eager(case.by_hand(BY_POLARS, frame)),
        "lazy": lambda frame: lambda: eager(case.by_hand(BY_POLARS, frame.lazy())),
    }
    ours, times = case.ours(part), {}
    check_same(ours, case.ours(part.lazy()).collect())
    for name, way in ways.items():
        other, times[name] = timed(way(part))
        check_same(ours, other)
    fastest = min(times, key=times.__getitem__)
    return fastest, ways[fastest]


def pandas_seconds(case: Case, frame: pl.DataFrame, part: pl.DataFrame) -> tuple[float, str]:
    """Give how long pandas takes, the better of two, and a ~ where that is scaled up from a part."""
    few = part.to_pandas(use_pyarrow_extension_array=True)
    other, first = timed(lambda: case.by_hand(BY_PANDAS, few))
    check_same(case.ours(part), pl.from_pandas(other))
    found = min(first, timed(lambda: case.by_hand(BY_PANDAS, few))[1])
    if part.height == frame.height:
        return found, ""
    scaled = found * frame.height / part.height
    if scaled > LONGEST_PANDAS:
        return scaled, "~"
    every = frame.to_pandas(use_pyarrow_extension_array=True)
    return timed(lambda: case.by_hand(BY_PANDAS, every))[1], ""


def measure(case: Case, frame: pl.DataFrame, tries: int) -> tuple[float, float]:
    """Print one row; give how many times as long as by hand ours take, eager and lazy."""
    part = frame.head(MILLION)
    way, by_hand = written_by_hand(case, part)
    slow, scaled = pandas_seconds(case, frame, part)
    gc.collect()
    hand, ours, lazy = medians(
        tries, by_hand(frame), lambda: case.ours(frame), lambda: case.ours(frame.lazy()).collect()
    )
    draws = case.told.get("resamples")
    name = f"{case.name}, {draws} draws" if draws else case.name
    print(f"| {name} | {hand:.3f} | {way} | {ours:.3f} | {ours / hand:.2f} | {lazy:.3f} | {lazy / hand:.2f} "
          f"| {scaled}{slow:.3f} | {scaled}{slow / ours:.1f} |", flush=True)  # fmt: skip
    return ours / hand, lazy / hand


def measure_the_look(frame: pl.DataFrame, tries: int) -> None:
    plain, look = medians(
        tries, lambda: frame.select(VIDEO, AT).is_duplicated().any(), lambda: open_readings(frame, "bench", by=VIDEO)
    )
    print(f"| does a reading come twice? | {plain:.3f} | eager | {look:.3f} | {look / plain:.2f} | | | | |", flush=True)


def told(ratios: Sequence[float]) -> str:
    within = sum(ratio <= AIM for ratio in ratios)
    return f"{within} of {len(ratios)} within {AIM}, median {statistics.median(ratios):.2f}, largest {max(ratios):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readings", nargs="*", type=int, default=[MILLION, 10 * MILLION])
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="measure these metrics alone")
    given = parser.parse_args()
    warnings.simplefilter("ignore", DataQualityWarning)  # a part of the videos has not all of the ids
    for number in given.readings:
        frame = readings(number)
        print(f"\n{frame.height:,} readings of {frame[VIDEO].n_unique():,} videos, median of {given.tries}\n")
        print(f"| {' | '.join(HEAD)} |\n|---|---:|---|{'---:|' * (len(HEAD) - 3)}", flush=True)
        if not given.only:
            measure_the_look(frame, given.tries)
        chosen = [case for case in cases(frame) if not given.only or case.name in given.only]
        ratios = [measure(case, case.prepare(frame), given.tries) for case in chosen]
        for kind, found in zip(("eager", "lazy"), zip(*ratios, strict=True), strict=True):
            print(f"{'' if kind == 'lazy' else chr(10)}Ours {kind}: {told(found)}.", flush=True)


if __name__ == "__main__":
    main()
