"""What holds for all explorers: one value is the state, each control is a part of it, and every click is code."""

import asyncio
import base64
import io
import json
import random
from dataclasses import fields, replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from explore.clicks import DRAWS, click, drawn_value, run, same
from frames import HOSTILE, many
from matplotlib.image import imread

import influtics_lab as lab
from influtics_lab.errors import ConfigError, FrameError, MissingColumnError
from influtics_lab.explore import (
    CohortExplorer,
    CohortState,
    Filters,
    PlatformExplorer,
    PlatformState,
    QualityExplorer,
    QualityState,
    VideoExplorer,
    VideoState,
)
from influtics_lab.explore.explorer_state import read_field
from influtics_lab.schema import FRAME, empty

KINDS = (VideoExplorer, PlatformExplorer, CohortExplorer, QualityExplorer)
STATES = (VideoState, PlatformState, CohortState, QualityState)
every = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
every_state = pytest.mark.parametrize("kind", STATES, ids=lambda kind: kind.__name__)


@pytest.fixture(scope="module")
def snapshot():
    return lab.sample_snapshot()


@pytest.fixture(scope="module")
def sample(snapshot):
    return snapshot.frame()


@pytest.fixture(scope="module")
def frame():
    return many(30, 12).with_columns(status=pl.when(pl.col("video_id") < "v00010").then(pl.lit("active")))


@pytest.fixture(scope="module")
def explorers(frame):
    """Return one explorer of each kind, with the state that it starts with."""
    made = {kind: kind(frame) for kind in KINDS}
    return {kind: (explorer, explorer.state) for kind, explorer in made.items()}


@pytest.fixture
def explorer(kind, explorers):
    """Return the explorer of a kind as it starts; tests share it, because a new one takes a third of a second."""
    explorer, start = explorers[kind]
    explorer.state = start
    return explorer


@every
def test_it_starts_with_a_picture_words_and_numbers(kind, frame):
    explorer = kind(frame)
    assert explorer.error is None
    assert imread(io.BytesIO(explorer.image.value)).shape[1] == 900
    assert "30 of 30 videos, 360 of 360 readings left" in explorer.status.value
    assert len(explorer.summary.value) > 100


@pytest.mark.slow
@every
def test_the_code_gives_the_same_after_any_clicks(kind, sample):
    explorer, dice = kind(sample), random.Random(f"{kind.__name__} 1")
    for _ in range(DRAWS):
        click(explorer, dice, dice.randint(1, 4))
        same(explorer, frame=sample)


@pytest.mark.slow
def test_the_code_starts_from_a_snapshot_too(snapshot):
    explorer, dice = QualityExplorer(snapshot), random.Random(5)
    for _ in range(5):
        click(explorer, dice, 2)
        same(explorer, snapshot=snapshot)
    explorer = QualityExplorer(snapshot.frame(), snapshot.rejected, QualityState(which="stale"))
    same(explorer, frame=snapshot.frame(), rejected=snapshot.rejected)


@pytest.mark.slow
@every
def test_the_order_of_the_rows_makes_no_difference(kind, sample):
    mixed = sample.sample(fraction=1, shuffle=True, seed=3)
    one, other = kind(sample), kind(mixed)
    for each in (one, other):
        each.show(replace(each.state, filters=Filters(search="a", since="2025-06-01", to_days=20)))
    if kind is not QualityExplorer:  # which draws marks in the order of the rows
        assert one.png() == other.png()
    same(other, frame=mixed)


@pytest.mark.slow
@every
def test_each_control_changes_its_part_of_the_state_and_nothing_else(kind, frame):
    dice = random.Random(11)
    for name in kind(frame).controls:
        explorer = kind(frame)
        control = explorer.controls[name]
        if not hasattr(control, "value"):
            continue
        before, was = explorer.state, control.value
        while control.value == was:
            control.value = drawn_value(name, control, dice)
        of_filters = name in {field.name for field in fields(Filters)}
        one, other = (before.filters, explorer.state.filters) if of_filters else (before, explorer.state)
        assert {field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)} == {name}
        assert of_filters or before.filters == explorer.state.filters


@every
def test_controls_have_names_and_classes(explorer):
    for name, control in explorer.controls.items():
        assert control.description
        assert f"influtics-{'status_filter' if name == 'status' else name}" in control._dom_classes


@every
@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"platform": "YouTube"}, "10 of 30 videos, 120 of 360 readings left"),
        ({"status": "active"}, "10 of 30 videos, 120 of 360 readings left"),
        ({"search": "$1 =sum(a1)"}, "10 of 30 videos, 120 of 360 readings left"),
        ({"since": "2025-07-04"}, "30 of 30 videos, 150 of 360 readings left"),
        ({"until": "2025-07-01"}, "30 of 30 videos, 60 of 360 readings left"),
        ({"from_days": 4, "age": "tracked"}, "30 of 30 videos, 30 of 360 readings left"),
        ({"to_days": 0.5}, "20 of 30 videos, 32 of 360 readings left"),
        ({"search": "no such title"}, "0 of 30 videos, 0 of 360 readings left"),
    ],
)
def test_the_status_counts_what_filters_leave(kind, explorers, chosen, said):
    explorer, start = explorers[kind]
    explorer.show(replace(start, filters=Filters(**chosen)))
    assert explorer.error is None
    assert said in explorer.status.value


@pytest.mark.parametrize("kind", [VideoExplorer, QualityExplorer])
@pytest.mark.parametrize("days", ["0.5", "1", "4"])
def test_short_spans_have_ticks_and_no_warning(kind, frame, days):
    explorer = kind(frame)
    explorer.from_days.value = days
    assert explorer.error is None


@pytest.mark.slow
@every
def test_only_flagged_leaves_the_videos_that_are_flagged(kind, sample):
    flags = lab.flag_counters(sample)
    wanted = flags.filter(
        pl.any_horizontal("is_correction", "is_purge", "is_hidden", "is_failed_poll", "is_stalled", "is_burst")
    )
    explorer = kind(sample)
    explorer.flagged.value = True
    assert explorer.status.value.startswith(f'<span role="status">{wanted["video_id"].n_unique()} of 56 videos')


@every_state
def test_the_state_goes_to_json_and_back(kind):
    state = kind(filters=Filters("TikTok", "active", "안녕", "2025-07-01", None, "tracked", 1.5, 7, True, "likes"))
    assert kind.from_json(json.loads(json.dumps(state.to_json()))) == state


@pytest.mark.slow
@every
def test_what_was_clicked_goes_to_json_and_back(explorer):
    dice = random.Random(3)
    for _ in range(10):
        click(explorer, dice, 3)
        assert type(explorer.state).from_json(json.loads(json.dumps(explorer.state.to_json()))) == explorer.state


@every_state
def test_a_state_of_something_else_is_refused(kind):
    with pytest.raises(ConfigError, match="colour"):
        kind.from_json({"colour": "red"})
    with pytest.raises(ConfigError, match="Filters has no colour"):
        kind.from_json({"filters": {"colour": "red"}})
    with pytest.raises(ConfigError, match="to_json"):
        kind.from_json({"filters": "red"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": "shares"},
        {"age": "felt"},
        {"since": "yesterday"},
        {"until": 7},
        {"from_days": "7"},
        {"to_days": 1e400},
        {"to_days": 1e308},
        {"from_days": 10**400},
        {"search": 7},
        {"flagged": "x"},
    ],
)
def test_filters_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError, match=f"{next(iter(wrong))} is "):
        Filters(**wrong)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (VideoState, {"picture": "pie"}), (VideoState, {"across": "space"}), (VideoState, {"scale": "cubic"}),
        (PlatformState, {"measure": "mode"}), (PlatformState, {"parts": "views"}), (PlatformState, {"at_age": "5d"}),
        (CohortState, {"named": "best"}), (CohortState, {"picture": "pie"}), (CohortState, {"scale": "cubic"}),
        (QualityState, {"marks": "red"}), (QualityState, {"which": "none"}), (QualityState, {"stale_days": 2}),
        (QualityState, {"table": "long"}),
    ],
)  # fmt: skip
def test_states_that_cannot_be_are_refused(kind, wrong):
    with pytest.raises(ConfigError, match="it can be"):
        kind(**wrong)


@pytest.mark.parametrize("kind", [VideoState, CohortState])
def test_an_id_that_is_no_text_is_refused(kind):
    with pytest.raises(ConfigError, match="video_id is 7; expected the id of a video"):
        kind(video_id=7)


@every
def test_a_platform_that_the_frame_does_not_have_is_refused(explorer):
    with pytest.raises(ConfigError, match="platform is 'Other'; this frame has Instagram, TikTok, YouTube"):
        explorer.show(replace(explorer.state, filters=Filters(platform="Other")))


@every
def test_show_sets_the_controls_too(kind, explorers):
    explorer, start = explorers[kind]
    chosen = Filters("YouTube", "active", "e", "2025-07-01", "2025-07-04", "tracked", 0.5, 3.0, False)
    explorer.show(replace(start, filters=chosen))
    said = {name: explorer.controls[name].value for name in ("platform", "status", "search", "age", "from_days")}
    assert said == {"platform": "YouTube", "status": "active", "search": "e", "age": "tracked", "from_days": "0.5"}
    assert (explorer.since.value, explorer.until.value) == (date(2025, 7, 1), date(2025, 7, 4))
    for name, control in explorer._declared.items():
        assert control.parse(explorer.controls[name].value) == read_field(explorer.state, name)


@pytest.mark.slow
@every
def test_invalid_text_is_refused_beside_its_field_and_the_last_valid_value_stays(explorer):
    explorer.from_days.value = "1"
    before, drawn = explorer.state, explorer.png()
    explorer.from_days.value = "<b>soon"
    box = explorer._error_boxes["from_days"]
    assert "Age from is &#x27;&lt;b&gt;soon&#x27;: type a number of days" in box.value
    assert 'role="alert"' in box.value
    assert box.layout.display is None
    assert explorer.state == before
    assert explorer.png() == drawn
    assert explorer.image.layout.visibility == "visible"
    assert "alert" not in explorer.status.value
    assert explorer._error_boxes["to_days"].value == ""
    explorer.from_days.value = "1,5"
    assert explorer.state.filters.from_days == 1.5
    assert (box.value, box.layout.display) == ("", "none")
    assert explorer.from_days.value == "1,5"


@pytest.mark.slow
@every
def test_other_controls_work_while_a_field_holds_invalid_text(kind, frame):
    explorer, valid = kind(frame), kind(frame)
    explorer.from_days.value = "1"
    explorer.from_days.value = "one day"
    explorer.platform.value = "YouTube"
    explorer.to_days.value = "three"
    explorer.age.value = "tracked"
    valid.state = replace(valid.state, filters=Filters(platform="YouTube", from_days=1, age="tracked"))
    assert explorer.state == valid.state
    assert explorer.png() == valid.png()
    assert (explorer.from_days.value, explorer.to_days.value) == ("one day", "three")
    assert all("type a number of days" in explorer._error_boxes[name].value for name in ("from_days", "to_days"))


@every
def test_setting_the_state_sets_the_controls_and_redraws(explorer, frame):
    before = explorer.png()
    explorer.to_days.value = "three"
    explorer.state = replace(explorer.state, filters=Filters(platform="TikTok", to_days=2))
    assert explorer.png() != before
    assert (explorer.platform.value, explorer.to_days.value) == ("TikTok", "2")
    assert explorer._error_boxes["to_days"].value == ""
    same(explorer, frame=frame)


@every
def test_a_state_that_cannot_be_shown_changes_nothing(explorer):
    before, drawn = explorer.state, explorer.png()
    with pytest.raises(ConfigError, match="platform is 'Other'"):
        explorer.state = replace(explorer.state, filters=Filters(platform="Other"))
    assert (explorer.state, explorer.png()) == (before, drawn)


@pytest.mark.slow
def test_setting_the_state_takes_linked_explorers_along(frame):
    leader, follower = VideoExplorer(frame), CohortExplorer(frame)
    leader.link_to(follower)
    leader.state = VideoState(Filters(platform="TikTok"))
    assert follower.state.filters == Filters(platform="TikTok")
    assert follower.platform.value == "TikTok"


@every
def test_an_error_is_shown_in_place_and_gone_with_the_next_picture(kind, explorer, monkeypatch):

    def broken(*_):
        raise ValueError("<script>no</script>")

    with monkeypatch.context() as patch:
        patch.setattr(kind, "draw", broken)
        explorer.search.value = "s"
    assert "Could not draw: &lt;script&gt;no&lt;/script&gt;" in explorer.status.value
    assert explorer.image.layout.visibility == "hidden"
    assert "ValueError" in explorer.error
    explorer.search.value = ""
    assert explorer.error is None
    assert explorer.image.layout.visibility == "visible"


@every
def test_the_summary_covers_an_empty_selection(explorer):
    explorer.search.value = "no such title"
    assert explorer.error is None
    assert explorer.status.value.startswith('<span role="status">0 of 30 videos, 0 of 360 readings left')
    assert "No" in explorer.summary.value


@every
def test_the_same_state_is_not_drawn_again(kind, explorer, monkeypatch):
    monkeypatch.setattr(kind, "draw", None)  # would fail if called
    explorer.show(explorer.state)
    explorer._redraw()
    assert explorer.error is None


@pytest.mark.slow
@every
def test_nothing_is_computed_again_that_did_not_change(kind, sample, monkeypatch):
    explorer = kind(sample)
    explorer.flagged.value = True
    for name in ("growth", "engagement_rate", "flag_counters", "with_age", "curves"):
        monkeypatch.setattr(f"influtics_lab.explore.frame_source.{name}", None)  # would fail if called
    explorer.platform.value = "TikTok"
    explorer.flagged.value = False
    assert explorer.error is None


@every
def test_without_a_widget_the_picture_is_shown(explorer):
    bundle = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert base64.b64decode(bundle["image/png"]) == explorer.image.value


@every
def test_in_an_event_loop_the_last_of_several_changes_is_drawn_once(kind, explorer, monkeypatch):
    drawn, draw = [], kind.draw
    monkeypatch.setattr(kind, "draw", lambda self: drawn.append(self.state) or draw(self))
    monkeypatch.setattr("influtics_lab.explore.explorer.TYPING_DELAY_S", 0.01)

    async def typed():
        for text in ("s", "st", "str"):
            explorer.search.value = text
        assert drawn == []
        await asyncio.sleep(0.05)

    asyncio.run(typed())
    assert [state.filters.search for state in drawn] == ["str"]


@every
def test_a_picture_that_waits_is_drawn_when_it_is_asked_for(explorer, frame):

    async def typed():
        explorer.search.value = "stretch"
        return explorer.png()

    drawn = asyncio.run(typed())
    assert drawn == run(explorer, frame=frame)["png"]
    assert "10 of 30 videos" in explorer.status.value


@pytest.mark.slow
def test_linked_explorers_share_their_filters(frame):
    one, two, three = VideoExplorer(frame), CohortExplorer(frame), PlatformExplorer(frame)
    one.link_to(two, three)
    two.platform.value = "TikTok"
    one.count.value = "likes"
    assert one.state.filters == two.state.filters == three.state.filters == Filters("TikTok", count="likes")
    assert three.platform.value == "TikTok"


def test_an_explorer_that_cannot_follow_shows_why_and_stays(frame):
    one, two = VideoExplorer(frame), CohortExplorer(frame.filter(pl.col("platform") == "TikTok"))
    one.link_to(two)
    one.platform.value = "YouTube"
    assert two.state.filters == Filters()
    assert "Not followed: platform is &#x27;YouTube&#x27;" in two.status.value


@every
def test_a_hostile_title_is_escaped(explorer, frame):
    assert HOSTILE in set(frame["title"])
    for said in (explorer.summary.value, explorer.extra.value, explorer.status.value):
        assert "<b>x" not in said


@every
def test_an_empty_frame_has_a_picture_and_code(kind):
    explorer = kind(empty(FRAME))
    assert explorer.error is None
    assert "0 of 0 videos, 0 of 0 readings left" in explorer.status.value
    same(explorer, frame=empty(FRAME))


@every
def test_a_frame_that_lacks_columns_is_refused(kind, frame):
    with pytest.raises(MissingColumnError, match=f"{kind.__name__} needs the column 'likes'"):
        kind(frame.drop("likes"))
    with pytest.raises(FrameError, match=f"{kind.__name__} accepts a polars DataFrame, not a LazyFrame"):
        kind(frame.lazy())
    for column in ("video_id", "timestamp"):
        gaps = pl.when(pl.int_range(pl.len()) > 0).then(column).alias(column)
        with pytest.raises(FrameError, match=rf"'{column}' is null in 1 row\. Write frame\.drop_nulls\('{column}'\)"):
            kind(frame.with_columns(gaps))
    with pytest.raises(FrameError, match="timestamp is String, not Datetime"):
        kind(frame.with_columns(timestamp=pl.lit("2025-07-01")))


@pytest.mark.slow
@every
def test_the_frame_is_not_changed(kind, frame):
    before, explorer = frame.clone(), kind(frame)
    click(explorer, random.Random(1), 6)
    assert frame.equals(before)


@pytest.mark.slow
@every
def test_the_code_stays_on_public_names(kind, sample):
    explorer, dice = kind(sample), random.Random(2)
    for _ in range(6):
        click(explorer, dice, 3)
        imports = [line for line in explorer.code().splitlines() if "import" in line]
        assert set(imports) <= {
            "import influtics_lab as lab",
            "import polars as pl",
            "from datetime import UTC, datetime",
            "from influtics_lab import plots",
        }


def add_buffers(value, sizes):
    """Add the size of each buffer that a value keeps, by its address: columns that frames share count once."""
    if isinstance(value, pl.DataFrame):
        add_buffers(value.get_columns(), sizes)
    elif isinstance(value, pl.Series):
        arrow = value.to_arrow(compat_level=pl.CompatLevel.newest())
        sizes.update({buffer.address: buffer.size for buffer in arrow.buffers() if buffer is not None})
    elif isinstance(value, np.ndarray):
        sizes[value.__array_interface__["data"][0]] = value.nbytes
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            add_buffers(part, sizes)
    elif type(value).__module__.startswith("influtics_lab") and hasattr(value, "__dict__"):
        add_buffers(vars(value), sizes)


@pytest.mark.slow
@every
def test_it_keeps_at_most_two_copies_of_the_frame(kind):
    frame, whole, kept = many(30, 200), {}, {}
    add_buffers(frame, whole)
    explorer = kind(frame)
    for name, value in (("flagged", True), ("to_days", "20"), ("picture", "velocity"), ("picture", "engagement")):
        if name in explorer.controls:
            explorer.controls[name].value = value
            assert explorer.png()
    add_buffers([vars(explorer._source), explorer.selection], kept)
    assert sum(kept.values()) < 2 * sum(whole.values())
