"""Drawn deals are paid as plain Python pays them, written again from the definition: equal to the smallest unit."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any

import polars as pl
import pytest
from draws import count_draws

import influtics_lab as lab
from influtics_lab.campaign import parse_campaign, settle
from influtics_lab.campaign.file.deals import Deal
from influtics_lab.campaign.settlement.amounts import bound_payments, cut_to_budget

START = datetime(2025, 6, 1, tzinfo=UTC)
UNITS = {"EUR": "0.01", "JPY": "1", "KWD": "0.001"}
NAMES = ("Ann", "Ben", "Cy")


def draw_terms(random: random.Random) -> dict[str, Any]:
    ends = sorted(random.sample(range(1, 400_000), random.randint(0, 3)))
    terms: dict[str, Any] = {
        "currency": random.choice(list(UNITS)),
        "fee": random.choice([None, f"{random.randint(0, 99_999) / 1000}"]),
        "tiers": [(end, f"{random.randint(0, 9_999) / 1000}") for end in [*ends, None]],
        "minimum": random.choice([None, random.randint(1, 50_000)]),
        "rule": random.choice(["qualify", "deduct"]),
        "budget": random.choice([None, f"{random.randint(0, 200_000) / 100}"]),
        "cutoff": START + timedelta(seconds=random.randint(3 * 86_400, 4 * 86_400)),
    }
    terms["cap"] = random.choice([None, (terms["minimum"] or 1) + random.randint(0, 100_000)])
    if random.random() < 0.2:
        terms["tiers"] = terms["tiers"][:-1] or terms["tiers"]
    return terms


def draw_readings(random: random.Random) -> dict[str, dict[str, list[tuple[datetime, int]]]]:
    made: dict[str, dict[str, list[tuple[datetime, int]]]] = {}
    for name in NAMES[: random.randint(1, 3)]:
        for number in range(random.randint(1, 4)):
            times = sorted(random.sample(range(0, 8 * 86_400, 600), 12))
            views = sorted(random.randint(1, 300_000) for _ in times)
            pairs = zip([0, *times, 8 * 86_400], [views[0], *views, views[-1]], strict=True)
            made.setdefault(name, {})[f"{name}{number}"] = [
                (START + timedelta(seconds=second), count) for second, count in dict(pairs).items()
            ]
    return made


def write_file(terms: dict[str, Any], names: list[str], videos: dict[str, list[str]]) -> str:
    lines = [f"currency = {terms['currency']!r}", f"creator = {names}", f"minimum_rule = {terms['rule']!r}"]
    keys = {"fixed_fee": "fee", "minimum": "minimum", "cap": "cap", "budget": "budget"}
    lines += [f"{key} = {terms[name]}" for key, name in keys.items() if terms[name] is not None]
    tiers = (f"{{cpm = {cpm}{'' if end is None else f', up_to = {end}'}}}" for end, cpm in terms["tiers"])
    lines += [f"tiers = [{', '.join(tiers)}]", f"cutoff_date = {terms['cutoff'].isoformat()}"]
    creators = "".join(f"[[creators]]\nname = '{name}'\nvideos = {videos[name]}\n" for name in names)
    ids = [video for name in names for video in videos[name]]
    head = "name = 'Drawn'\nperiod = {start = 2025-06-01, end = 2025-06-08}\n[estimators]\nmax_gap = '30d'\n"
    return f"{head}[videos]\nids = {ids}\n{creators}[[deals]]\n" + "\n".join(lines) + "\n"


def views_at(readings: list[tuple[datetime, int]], cutoff: datetime) -> int:
    for (start, low), (end, high) in pairwise(readings):
        if start <= cutoff <= end:
            share = Fraction((cutoff - start) // timedelta(microseconds=1), (end - start) // timedelta(microseconds=1))
            return floor(low + (high - low) * share)
    raise AssertionError


def owed(terms: dict[str, Any], readings: dict[str, dict[str, list[tuple[datetime, int]]]]) -> dict[str, Decimal]:
    """Return what each creator is owed, by the definition."""
    unit = Decimal(UNITS[terms["currency"]])
    sums: dict[str, Decimal] = {}
    with localcontext(prec=100):
        for name, videos in readings.items():
            total = 0
            for series in videos.values():
                count, least = views_at(series, terms["cutoff"]), terms["minimum"] or 0
                count = max(count - least, 0) if terms["rule"] == "deduct" else count if count >= least else 0
                total += count if terms["cap"] is None or count < terms["cap"] else terms["cap"]
            amounts, begin = [Decimal(terms["fee"] or 0)], 0
            for end, cpm in terms["tiers"]:
                inside = len(range(begin, min(total, end if end is not None else total)))
                amounts.append(Decimal(inside) * Decimal(cpm) / Decimal(1000))
                begin = end
            sums[name] = sum((each.quantize(unit, ROUND_HALF_UP) for each in amounts), Decimal(0))
        if terms["budget"] is None or sum(sums.values()) <= Decimal(terms["budget"]):
            return sums
        budget = Fraction(terms["budget"]) // Fraction(unit)
        exact = {name: Fraction(amount) * budget / Fraction(sum(sums.values())) for name, amount in sums.items()}
        units = {name: floor(share) for name, share in exact.items()}
        by_fraction = sorted(exact, key=lambda name: (units[name] - exact[name], name))
        for name in by_fraction[: budget - sum(units.values())]:
            units[name] += 1
        return {name: count * unit for name, count in units.items()}


def as_snapshot(readings: dict[str, dict[str, list[tuple[datetime, int]]]]) -> lab.Snapshot:
    points = {video: series for videos in readings.values() for video, series in videos.items()}
    rows = [
        {
            "video_id": video,
            "platform": "YouTube",
            "created_at": START.isoformat(),
            "stats": {"views": {at.isoformat(sep=" "): count for at, count in series}},
        }
        for video, series in points.items()
    ]
    return lab.parse_pages([{"data": rows, "pagination": {"total": len(rows)}}])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::influtics_lab.DataQualityWarning")
def test_drawn_deals_are_paid_to_the_smallest_unit() -> None:
    for seed in range(count_draws(100, "INFLUTICS_LAB_DEALS")):
        drawn = random.Random(seed)
        terms, readings = draw_terms(drawn), draw_readings(drawn)
        videos = {name: list(series) for name, series in readings.items()}
        plan = parse_campaign(write_file(terms, list(readings), videos))
        found = settle(plan, as_snapshot(readings), as_of="2025-06-20")
        expected = owed(terms, readings)
        assert {each.creator: each.at_least for each in found.statements} == expected, seed
        assert all(each.is_exact for each in found.statements), seed
        lines = found.tables()["lines"].group_by("creator").agg(pl.col("amount").sum())
        assert dict(lines.rows()) == expected, seed
        assert found.totals[terms["currency"]][0] == sum(expected.values()), seed


def test_bounds_hold_every_share_of_a_budget() -> None:
    for seed in range(count_draws(100, "INFLUTICS_LAB_DEALS")):
        drawn = random.Random(seed)
        names = tuple("ABCD"[: drawn.randint(1, 4)])
        deal = Deal(creator=names, currency="EUR", cpm=Decimal(1), budget=Decimal(drawn.randint(1, 600)) / 1000)
        lows = {name: drawn.randint(0, 60) for name in names}
        highs = {name: low + drawn.choice([0, 0, 1, 5, 20]) for name, low in lows.items()}
        bounds = bound_payments(in_euros(lows), in_euros(highs), deal)
        for _ in range(20):
            owed = in_euros({name: drawn.randint(low, highs[name]) for name, low in lows.items()})
            for name, share in cut_to_budget(owed, deal).items():
                least, most = bounds[name]
                assert most is not None, seed
                assert least <= share <= most, seed


def in_euros(cents: dict[str, int]) -> dict[str, Decimal]:
    return {name: Decimal(count) / 100 for name, count in cents.items()}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::influtics_lab.DataQualityWarning")
def test_bounds_hold_what_is_owed_where_readings_are_missing() -> None:
    for seed in range(count_draws(40, "INFLUTICS_LAB_DEALS")):
        drawn = random.Random(seed)
        terms, readings = draw_terms(drawn) | {"budget": None}, draw_readings(drawn)
        expected = owed(terms, readings)
        partial = {name: {video: list(series) for video, series in videos.items()} for name, videos in readings.items()}
        for videos in partial.values():
            series = videos[drawn.choice(list(videos))]
            is_before = drawn.random() < 0.5
            series[:] = [pair for pair in series if (pair[0] > terms["cutoff"]) == is_before]
        ids = {name: list(videos) for name, videos in readings.items()}
        plan = parse_campaign(write_file(terms, list(readings), ids))
        for statement in settle(plan, as_snapshot(partial), as_of="2025-06-20").statements:
            amount = expected[statement.creator]
            assert statement.at_least <= amount, seed
            assert statement.at_most is None or amount <= statement.at_most, seed
            assert any(not video.views.is_exact for video in statement.videos), seed
