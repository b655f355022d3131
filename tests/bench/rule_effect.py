"""How often `rule_change_effect` holds a planted jump, and whether comparisons across a rule's day say so.

Run it: ``PYTHONPATH=tests python -m bench.rule_effect [--populations N]``. Each of 200 populations has 300 videos of
Instagram, published over 80 days before and around 2025-04-21 and read daily; from that day on so many more views are
counted. Of 1,000 comparisons, each of two to eight videos published within 30 days of that day, those are counted whose
videos are not all on one side of it and that do not say so, and the other way round: in ``rule_note`` of `compare` and
`benchmark`, in ``usual_rule_note`` of each video against its creator's earlier ones, and in the dotted lines of
`plot_small_multiples`.

It prints, of intervals of 90 %, with 64 videos around the day::

    jump of 10 %: held in 91.0 % of 200, median estimate 10.0 %, median width 17
    jump of 30 %: held in 91.5 % of 200, median estimate 30.0 %, median width 20
    jump of 100 %: held in 91.5 % of 200, median estimate 99.9 %, median width 31
    1,000 comparisons, 893 across the day: 0 silent, 0 false
    2,767 videos against their usual across the day: 0 silent or false
    893 small multiples across the day: 0 silent, 4 with a line beside readings
    764 intervals of growth across the day: 0 silent or false
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

import matplotlib.pyplot as plt
import polars as pl
from matplotlib.axes import Axes
from metrics.populations import Population

from influtics_lab import benchmark, compare, growth, multiple_of_usual, rule_change_effect
from influtics_lab.plots import plot_small_multiples

DAY = datetime(2025, 4, 21, tzinfo=UTC)
RULE = "Instagram 2025-04-21"


def effects(jump: float, populations: int) -> str:
    plan = Population(
        300, days=80, platform="Instagram", start=DAY - timedelta(days=79), jump_on=DAY, jump=jump
    )  # fmt: skip
    rows = [rule_change_effect(plan.frame(seed), seed=seed).row(0, named=True) for seed in range(populations)]
    held = sum(row["effect_low_pct"] <= 100 * jump <= row["effect_high_pct"] for row in rows)
    width = median(row["effect_high_pct"] - row["effect_low_pct"] for row in rows)
    middle = median(row["effect_pct"] for row in rows)
    videos = median(row["videos"] for row in rows)
    return (
        f"jump of {100 * jump:.0f} %: held in {100 * held / populations:.1f} % of {populations}, median estimate "
        f"{middle:.1f} %, median width {width:.0f}, {videos:.0f} videos around the day"
    )


def comparisons(number: int) -> Iterator[str]:
    draw = random.Random(3)
    crossing = silent = false = intervals = silent_intervals = 0
    usuals = silent_usuals = pictures = silent_pictures = beside = 0
    for _ in range(number):
        days = [draw.uniform(-30, 30) for _ in range(draw.randint(2, 8))]
        frame = pl.concat(one_video(name, day) for name, day in enumerate(days))
        mixed = is_mixed(days)
        note = compare(frame, "platform", "7d", resamples=100)["rule_note"][0]
        crossing += mixed
        silent += mixed and RULE not in (note or "")
        false += not mixed and note is not None
        assert benchmark(frame, "7d")["benchmark_rule_note"].unique().to_list() == [note]
        usual = multiple_of_usual(frame, "7d", creator="platform")
        for video, noted in usual.select("video_id", "usual_rule_note").rows():
            own = days[int(video[1:])]
            before = [day for day in days if day < own]
            across = bool(before) and is_mixed([own, *before])
            usuals += across
            silent_usuals += across != (RULE in (noted or ""))
        drawn = frame["timestamp"].min() < DAY < frame["timestamp"].max()
        has_line = any(RULE in text.get_text() for text in draw_once(frame).texts)
        pictures += drawn
        silent_pictures += drawn and not has_line
        beside += has_line and not drawn
        for row in growth(frame).drop_nulls("views_hours").iter_rows(named=True):
            across = row["timestamp"] >= DAY > row["timestamp"] - timedelta(hours=row["views_hours"])
            intervals += across
            silent_intervals += across != (row["views_gained_rule"] == RULE)
    yield f"{number:,} comparisons, {crossing} across the day: {silent} silent, {false} false"
    yield f"{usuals:,} videos against their usual across the day: {silent_usuals} silent or false"
    yield f"{pictures:,} small multiples across the day: {silent_pictures} silent, {beside} with a line beside readings"
    yield f"{intervals} intervals of growth across the day: {silent_intervals} silent or false"


def is_mixed(days: Sequence[float]) -> bool:
    return len({day >= 0 for day in days}) > 1 or any(day < 0 <= day + 7 for day in days)


def draw_once(frame: pl.DataFrame) -> Axes:
    columns = {"title": pl.lit(None, dtype=pl.String), "external_video_id": pl.col("video_id")}
    ax = plot_small_multiples(frame.with_columns(**columns), panel="platform")
    plt.close("all")
    return ax


def one_video(name: int, day: float) -> pl.DataFrame:
    published = DAY + timedelta(days=day)
    return pl.DataFrame(
        {
            "video_id": f"v{name}",
            "platform": "Instagram",
            "published_at": [published] * 4,
            "timestamp": [published + timedelta(days=age) for age in (0, 3, 7, 9)],
            "views": [0, 500, 900, 1000],
            "likes": [0, 20, 40, 45],
            "comments": [0, 1, 2, 2],
        }
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--populations", type=int, default=200)
    chosen = parser.parse_args()
    for jump in (0.1, 0.3, 1.0):
        started = time.process_time()
        print(f"{effects(jump, chosen.populations)}, {time.process_time() - started:.0f} s", flush=True)
    for line in comparisons(1000):
        print(line, flush=True)
