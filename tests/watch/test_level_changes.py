"""Whenever a watch runs, the events are those that a plain loop over the readings finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.watch.level_changes import News, Open, apply_changes
from influtics_lab.watch.watch_conditions import Purge

START = datetime(2026, 7, 1, tzinfo=UTC)
LEVELS = st.lists(st.sampled_from([0, 1, None]), min_size=1, max_size=12)


def frame_of(series: dict[str, list[int | None]]) -> pl.DataFrame:
    rows = [
        (subject, START + timedelta(hours=hour), level, {"hour": hour})
        for subject, levels in sorted(series.items())
        for hour, level in enumerate(levels)
    ]
    types = {
        "subject": pl.String,
        "at": pl.Datetime("us", "UTC"),
        "level": pl.Int64,
        "evidence": pl.Struct({"hour": pl.Int64}),
    }
    return pl.DataFrame(rows, schema=types, orient="row")


def plain_events(levels: list[int | None], row: int, known: int) -> list[tuple[int, int]]:
    """Each hour at which it begins (1) or ends (0); of the first `known` readings only what holds after them."""
    events: list[tuple[int, int]] = []
    in_a_row, is_open = 0, False
    for hour, level in enumerate(levels):
        if level is None:
            continue
        in_a_row = in_a_row + 1 if level else 0
        if (in_a_row >= row) != is_open:
            is_open = not is_open
            events.append((hour, int(is_open)))
    before = [event for event in events if event[0] < known]
    return before[-1:] * (before[-1:] != [] and before[-1][1] == 1) + events[len(before) :]


@pytest.mark.slow
@examples(100)
@given(
    st.dictionaries(st.sampled_from("ab"), LEVELS, min_size=1),
    st.integers(1, 3),
    st.lists(st.integers(1, 12), min_size=1, max_size=5).map(sorted),
)
def test_events_do_not_depend_on_when_the_watch_runs(
    series: dict[str, list[int | None]], row: int, runs: list[int]
) -> None:
    condition, opened = Purge(name="p", readings=row), Open()
    found: dict[str, list[tuple[int, int]]] = {subject: [] for subject in series}
    runs.append(12)
    seen = 0
    for number, until in enumerate(runs):
        known = {subject: levels[:until] for subject, levels in series.items()}
        first_new = {subject: START + timedelta(hours=seen) for subject, levels in known.items() if len(levels) > seen}
        news = News(first_new, (), START + timedelta(hours=seen) if number else None, START)
        for change in apply_changes(frame_of(known), condition, opened, news):
            found[change.subject].append((change.evidence["hour"], change.level))
        seen = max(seen, until)
    assert found == {subject: plain_events(levels, row, runs[0]) for subject, levels in series.items()}
    now_open = {subject for subject, (level, _) in opened.items() if level}
    assert now_open == {subject for subject, events in found.items() if events and events[-1][1]}


@pytest.mark.parametrize(
    ("levels", "row", "changes"),
    [([None], 1, []), ([1, None], 2, []), ([None, 1], 2, []), ([1, 0], 2, [(0, 1)]), ([None, 0, None], 1, [(0, 1)])],
)
def test_what_is_open_ends_by_a_reading_that_decides_also_where_earlier_ones_are_not_at_hand(
    levels: list[int | None], row: int, changes: list[tuple[int, int]]
) -> None:
    opened: Open = {"a": (1, START.isoformat())}
    news = News({"a": START}, (), START, START)
    found = apply_changes(frame_of({"a": levels}), Purge(name="p", readings=row), opened, news)
    assert [(change.level, change.evidence["hour"]) for change in found] == changes
    assert opened == {"a": (0 if changes else 1, START.isoformat())}
