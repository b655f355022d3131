"""What is the platform explorer's own: groups, ages and measures."""

import numpy as np
import polars as pl
import pytest
from explore.clicks import same
from frames import START, many

import influtics_lab as lab
from influtics_lab.errors import ConfigError, MissingColumnError
from influtics_lab.explore import Filters, PlatformExplorer, PlatformState
from influtics_lab.explore.frame_source import FrameSource
from influtics_lab.explore.platform_explorer import MEASURES, PARTS, select_groups


@pytest.fixture(scope="module")
def frame():
    return many(30, 12).with_columns(
        length=pl.when(pl.col("title").is_null()).then(pl.lit("none")).otherwise(pl.lit("some"))
    )


def test_its_data_is_what_compare_gives(frame):
    explorer = PlatformExplorer(frame, PlatformState(at_age="24h"))
    assert explorer.data.equals(lab.compare(frame, by="platform", at_age="24h", max_gap="3d"))


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("at_age", ["3d", ""])
def test_every_measure_at_an_age_and_at_last_is_code(frame, measure, at_age):
    explorer = PlatformExplorer(frame)
    explorer.measure.value, explorer.at_age.value = measure, at_age
    same(explorer, frame=frame)


@pytest.mark.parametrize(
    ("control", "value"),
    [
        ("at_age", "24h"),
        ("measure", "views_median"),
        ("parts", "with reposts"),
        ("age", "tracked"),
        ("resamples", 1000),
    ],
)
def test_each_control_changes_the_picture(frame, control, value):
    explorer = PlatformExplorer(frame, PlatformState(at_age="3d"))
    before = explorer.image.value
    explorer.controls[control].value = value
    assert explorer.image.value != before
    assert explorer.error is None


def test_another_measure_of_the_same_groups_compares_nothing_again(frame, monkeypatch):
    explorer = PlatformExplorer(frame)
    monkeypatch.setattr("influtics_lab.explore.platform_explorer.compare_table", None)  # would fail if called
    explorer.measure.value = "views_median"
    assert explorer.error is None


@pytest.mark.parametrize("at_age", ["24h", "7d", None])
@pytest.mark.parametrize(
    "filters", [Filters(), Filters(age="tracked", search="e"), Filters(since="2025-06-10", to_days=9)]
)
def test_the_readings_on_which_a_comparison_rests_give_what_all_of_them_give(at_age, filters):
    draw = np.random.Generator(np.random.PCG64(4))
    frame = lab.simulate(videos=60, seed=9).frame()
    gone = {count: draw.choice(3, frame.height, p=[0.8, 0.1, 0.1]) for count in ("likes", "comments", "views")}
    holes = frame.with_columns(
        pl.when(pl.Series(how) == 1).then(None).when(pl.Series(how) == 2).then(0).otherwise(pl.col(count)).alias(count)
        for count, how in gone.items()
    )
    source = FrameSource(holes, "test")
    for parts in PARTS:
        state = PlatformState(filters, at_age=at_age, parts=parts)
        left = holes.filter(pl.Series(source.apply_filters(filters).readings))
        assert select_groups(source, state).equals(lab.compare(left, **state.settings))


def test_groups_can_be_columns_that_the_user_added(frame):
    explorer = PlatformExplorer(frame, groups=["length", "platform"])
    assert explorer.state.by == "length"
    assert explorer.data["length"].to_list() == ["none", "some"]
    same(explorer, frame=frame)


def test_a_group_that_is_no_column_is_refused(frame):
    with pytest.raises(MissingColumnError, match="cannot group by 'colour'"):
        PlatformExplorer(frame, groups=["colour"])


def test_a_number_of_draws_that_is_not_offered_is_refused(frame):
    with pytest.raises(ConfigError, match="resamples is 7"):
        PlatformExplorer(frame, PlatformState(resamples=7))


@pytest.mark.slow
def test_the_parts_of_engagement_do_not_matter_to_views(frame):
    explorer = PlatformExplorer(frame)
    explorer.measure.value = "views_median"
    assert explorer.parts.disabled


def test_the_summary_names_each_group_with_its_interval(frame):
    explorer = PlatformExplorer(frame, PlatformState(Filters(platform="TikTok"), at_age="24h"))
    row = explorer.data.row(0, named=True)
    assert f"{row['n']} of 10 videos count" in explorer.summary.value
    assert "at 24h since publication" in explorer.summary.value
    assert "(likes + comments) / views" in explorer.summary.value


def test_an_age_in_a_longer_gap_than_the_state_allows_is_unknown():
    hours = (pl.col("timestamp") - START).dt.total_hours()
    frame = many(6).filter((hours < 24) | (hours > 170))
    for max_gap, n in (("3d", 0), ("9d", 6), (None, 6)):
        state = PlatformState(Filters(age="tracked"), at_age="7d", max_gap=max_gap)
        assert PlatformExplorer(frame, state).data["n"].sum() == n
