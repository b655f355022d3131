"""The campaign's explorer: its figures by click, each click as code, and what is said where nothing is known."""

import asyncio
import base64
import json
import random
import re
from dataclasses import fields, replace

import pytest
from campaign.cases import HEAD, campaign, snapshot, video
from campaign.figures.test_recomputed import RUNNING, written
from explore.clicks import DRAWS, click, drawn_value, run, same

import influtics_lab as lab
from influtics_lab.campaign import key_figures, read_campaign, tables
from influtics_lab.errors import ConfigError
from influtics_lab.explore import CampaignExplorer, CampaignState
from influtics_lab.explore.campaign_state import MEASURES, TABLES, fill_state

FEW = '[estimators]\nresamples = 100\nmax_gap = "2d"\n'


@pytest.fixture(scope="module")
def sample():
    return lab.simulate(70, seed=11)


@pytest.fixture(scope="module")
def both(sample, tmp_path_factory):
    return read_campaign(written(tmp_path_factory.mktemp("campaign"), sample, RUNNING, FEW))


@pytest.fixture(scope="module")
def figures(both, sample):
    return key_figures(both, sample)


@pytest.fixture
def explorer(both, sample, figures):
    return CampaignExplorer(both, sample, figures=figures)


@pytest.fixture(scope="module")
def shared(both, sample, figures):
    """Return an explorer for tests that show a state of their own first."""
    return CampaignExplorer(both, sample, figures=figures)


def summary_text(explorer):
    return re.sub(r"<[^>]+>", "", explorer.summary.value)


def test_it_starts_with_the_files_own_settings_a_picture_and_words(explorer):
    assert explorer.error is None
    assert explorer.png().startswith(b"\x89PNG")
    assert explorer.state == CampaignState(
        "progress", "views", "video", "auto", "last_read", "pooled", "7d", "2d", "data"
    )
    assert "videos belong to the campaign" in explorer.status.value
    assert "other than in the campaign file" not in explorer.status.value
    assert "Target of 90,000,000" in summary_text(explorer)


@pytest.mark.slow
def test_the_code_gives_the_same_after_any_clicks(both, sample, explorer):
    dice = random.Random("campaign 1")
    for _ in range(DRAWS // 2):
        click(explorer, dice, dice.randint(1, 4))
        same(explorer, campaign=both, snapshot=sample)


@pytest.mark.slow
@pytest.mark.parametrize("picture", MEASURES)
def test_every_measure_of_a_picture_is_code(both, sample, explorer, picture):
    for measure in MEASURES[picture]:
        explorer.show(CampaignState(picture, measure, by="platform"))
        same(explorer, campaign=both, snapshot=sample)


@pytest.mark.slow
def test_its_data_are_the_key_figures(explorer, figures):
    explorer.show(CampaignState("costs", "cpm", "creator"))
    groups = tables(figures)["groups"].filter(kind="creator")
    assert explorer.data.filter(kind="creator")["cpm"].to_list() == groups["cpm"].to_list()
    explorer.show(CampaignState("progress"))
    last = explorer.data.row(-1, named=True)
    known = figures.totals.counts.views.counted.known
    assert last["throughout"] + last["joined"] == pytest.approx(known, rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "control", "value"),
    [
        (CampaignState(), "picture", "standing"),
        (CampaignState(), "measure", "likes"),
        (CampaignState(), "counted", "gained"),
        (CampaignState("standing", max_gap="90m"), "max_gap", "none"),
        (CampaignState("contributions"), "by", "creator"),
        (CampaignState("contributions"), "measure", "engagements"),
        (CampaignState("rates", by="platform"), "estimator", "mean"),
        (CampaignState("rates", by="platform"), "when", "at_age"),
        (CampaignState("rates", by="platform", when="at_age"), "at_age", "24h"),
        (CampaignState("standing"), "at_age", "24h"),
        (CampaignState("standing"), "measure", "engagement_rate"),
        (CampaignState("costs", "spend", "platform"), "measure", "emv"),
    ],
)
def test_each_control_changes_the_picture_and_its_part_of_the_state(explorer, start, control, value):
    explorer.show(start)
    before, drawn = explorer.state, explorer.png()
    explorer.controls[control].value = value
    assert explorer.error is None
    assert explorer.png() != drawn
    after = {
        field.name for field in fields(before) if getattr(before, field.name) != getattr(explorer.state, field.name)
    }
    assert after == {control}


@pytest.mark.slow
def test_controls_that_do_not_matter_to_a_picture_are_off(explorer):
    names = ("by", "counted", "when", "estimator", "at_age", "max_gap")

    def off(**chosen):
        explorer.show(CampaignState(**chosen))
        return {name for name in names if explorer.controls[name].disabled}

    assert off(picture="progress") == {"by", "when", "estimator", "at_age"}
    assert off(picture="rates") == {"counted", "at_age"}
    assert off(picture="rates", when="at_age") == {"counted"}
    assert off(picture="standing") == {"by", "counted", "when", "estimator"}
    assert off(picture="costs") == {"when", "estimator", "at_age"}
    assert off(picture="costs", counted="read") == {"when", "estimator", "at_age", "max_gap"}


@pytest.mark.slow
@pytest.mark.parametrize("picture", MEASURES)
def test_controls_that_are_off_would_change_nothing(explorer, picture):
    explorer.show(CampaignState(picture, by="platform"))
    before, dice = explorer.png(), random.Random(picture)
    off = {name: control for name, control in explorer.controls.items() if control.disabled}
    for _ in range(3):
        explorer.show(replace(explorer.state, **{name: drawn_value(name, one, dice) for name, one in off.items()}))
        assert explorer.png() == before


def test_a_measure_that_a_picture_does_not_have_becomes_its_first_and_groups_too(both):
    assert fill_state(CampaignState("costs", "likes"), both).measure == "cpm"
    assert fill_state(CampaignState("rates", by="video"), both).by == "creator"


@pytest.mark.slow
def test_the_status_names_settings_that_differ_from_the_file(explorer):
    explorer.show(CampaignState("rates", estimator="mean", at_age="24h", max_gap="none", counted="gained"))
    told = "other than in the campaign file: gained counts, gaps up to any, at age 24h, mean rate"
    assert told in explorer.status.value


@pytest.mark.slow
def test_the_age_and_gap_of_the_state_are_offered(both, sample, figures):
    state = CampaignState("standing", at_age="36h", max_gap="90m")
    explorer = CampaignExplorer(both, sample, state, figures=figures)
    assert (explorer.at_age.value, explorer.max_gap.value) == ("36h", "90m")
    same(explorer, campaign=both, snapshot=sample)


@pytest.mark.slow
def test_setting_the_state_redraws(explorer):
    drawn = explorer.png()
    explorer.state = CampaignState("costs", counted="gained")
    assert explorer.png() != drawn
    assert (explorer.picture.value, explorer.counted.value) == ("costs", "gained")


def test_it_has_no_filters_to_share(shared):
    with pytest.raises(ConfigError, match="CampaignExplorer has no filters to share"):
        shared.link_to(shared)


@pytest.mark.slow
def test_figures_of_a_setting_are_made_once(explorer, monkeypatch):
    explorer.counted.value = "gained"
    monkeypatch.setattr("influtics_lab.explore.campaign_explorer.key_figures", None)  # would fail if called
    for picture in MEASURES:
        explorer.picture.value = picture
        assert explorer.error is None
    explorer.picture.value = "costs"
    for counted in ("auto", "gained"):
        explorer.counted.value = counted
        assert explorer.error is None


def test_another_campaigns_or_snapshots_figures_are_refused(both, sample, figures):
    other = lab.simulate(60, seed=2)
    with pytest.raises(ConfigError, match="figures are of 'Both' in the snapshot"):
        CampaignExplorer(both, other, figures=figures)
    with pytest.raises(ConfigError, match="not of 'June'"):
        CampaignExplorer(campaign('[videos]\nplatform = "TikTok"'), sample, figures=figures)
    with pytest.raises(ConfigError, match="The snapshot is a DataFrame, not a Snapshot"):
        CampaignExplorer(both, sample.frame())


@pytest.mark.slow
def test_the_state_goes_to_json_and_back(explorer):
    dice = random.Random(3)
    for _ in range(4):
        click(explorer, dice, 3)
        assert CampaignState.from_json(json.loads(json.dumps(explorer.state.to_json()))) == explorer.state
    with pytest.raises(ConfigError, match="CampaignState has no colour"):
        CampaignState.from_json({"colour": "red"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"picture": "pie"}, {"measure": "shares"}, {"by": "day"}, {"counted": "all"}, {"when": "now"},
        {"estimator": "mode"}, {"at_age": "soon"}, {"max_gap": "-1d"}, {"table": "long"},
    ],
)  # fmt: skip
def test_states_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError, match=f"{next(iter(wrong))} is "):
        CampaignState(**wrong)


@pytest.mark.parametrize("picture", MEASURES)
def test_the_summary_of_each_picture_names_how_many_videos(shared, picture):
    shared.show(CampaignState(picture, by="platform"))
    assert len(summary_text(shared)) > 80
    assert re.search(r"\d+ (of \d+ )?videos?|not (known|available|read)", summary_text(shared))


def test_the_words_of_rates_are_the_figures(shared, figures):
    shared.show(CampaignState("rates", by="platform"))
    rate = figures.totals.engagement_rate.last_read
    assert f"The campaign: {rate.estimators['pooled'].value:.2f}" in summary_text(shared)
    assert f"{rate.n} of {rate.of} videos" in summary_text(shared)


@pytest.mark.parametrize("table", TABLES)
def test_the_table_below_follows_its_buttons_and_the_picture_stays(shared, table):
    shared.show(CampaignState())
    before = shared.png()
    shared.table.value = table
    assert shared.png() == before
    assert {"data": "known since the start", "targets": "unknown", "findings": "note:"}[
        table
    ] in shared.extra.value.lower()


@pytest.mark.slow
@pytest.mark.parametrize("picture", MEASURES)
def test_a_campaign_without_videos_has_a_summary_and_findings(picture):
    empty, found = campaign('[videos]\nids = ["ghost"]'), snapshot(video("a", {1: [5]}))
    explorer = CampaignExplorer(empty, found, CampaignState(picture))
    assert explorer.error is None
    assert "No" in summary_text(explorer)
    assert "to fix: see findings" in explorer.status.value
    same(explorer, campaign=empty, snapshot=found)


@pytest.mark.slow
@pytest.mark.parametrize("picture", MEASURES)
def test_a_period_without_readings_has_pictures(picture):
    other = campaign('[videos]\nids = ["a"]', HEAD.replace("2025", "2024"))
    found = snapshot(video("a", {1: [5, 1, 1]}))
    for by in ("video", "creator", "platform"):
        explorer = CampaignExplorer(other, found, CampaignState(picture, by=by))
        assert explorer.error is None
        same(explorer, campaign=other, snapshot=found)


@pytest.mark.slow
def test_hostile_names_are_text():
    names = 'name = "<b>x"\n' + HEAD.split("\n", 1)[1]
    text = '[videos]\nids = ["a"]\n[[creators]]\nname = "<i>=1"\nvideos = ["a"]\n'
    found = snapshot(video("a", {1: [5, 1, 1], 3: [50, 2, 2]}, title="<script>alert(1)</script>"))
    explorer = CampaignExplorer(campaign(text, names), found)
    for picture in MEASURES:
        for by in ("video", "creator"):
            explorer.show(CampaignState(picture, by=by))
            assert explorer.error is None
            for part in (explorer.summary, explorer.extra, explorer.status):
                assert not re.search(r"<(b>x|i>|script)", part.value)


@pytest.mark.slow
def test_an_error_is_shown_in_place_and_gone_with_the_next_picture(explorer, monkeypatch):
    def broken(*_):
        raise ValueError("<script>no</script>")

    with monkeypatch.context() as patch:
        patch.setattr("influtics_lab.explore.campaign_explorer.key_figures", broken)
        explorer.counted.value = "gained"
    assert "Could not draw: &lt;script&gt;no&lt;/script&gt;" in explorer.status.value
    assert explorer.image.layout.visibility == "hidden"
    assert explorer.png() == b""
    explorer.counted.value = "read"
    assert explorer.error is None
    assert explorer.image.layout.visibility == "visible"


@pytest.mark.slow
def test_pictures_and_data_are_files_and_the_same_each_time(both, sample, explorer, figures, tmp_path):
    again = CampaignExplorer(both, sample, figures=figures)
    for suffix in ("png", "svg", "pdf", "csv", "parquet"):
        one = explorer.export(tmp_path / f"one.{suffix}").read_bytes()
        assert one == again.export(tmp_path / f"two.{suffix}").read_bytes()
    explorer.panel.files["csv"].click()
    assert 'download="campaign-progress-views-auto-pooled-7d-2d-both.csv"' in explorer.panel.download.value


@pytest.mark.slow
def test_the_code_is_shown_and_stays_on_importable_names(explorer):
    explorer.panel.show_code.value = True
    explorer.picture.value = "rates"
    assert "plot_rates" in explorer.panel.code_box.value
    dice, seen = random.Random(2), set()
    for _ in range(6):
        click(explorer, dice, 2)
        seen |= {line.split(" import ")[0] for line in explorer.code().splitlines() if " import " in line}
    assert seen <= {
        "from dataclasses", "import polars as pl", "from influtics_lab", "from influtics_lab.campaign",
        "from influtics_lab.campaign.figures.daily_progress",
    }  # fmt: skip


@pytest.mark.slow
def test_without_a_widget_the_picture_is_shown_and_a_picture_that_waits_is_drawn(both, sample, explorer):
    async def clicked():
        explorer.picture.value = "standing"
        return explorer.png()

    assert asyncio.run(clicked()) == run(explorer, campaign=both, snapshot=sample)["png"]
    bundle = explorer._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]) == explorer.image.value


def test_controls_have_names_and_classes_and_are_buttons_for_the_keyboard(explorer):
    for name, control in explorer.controls.items():
        assert control.description
        assert f"influtics-{name}" in control._dom_classes
        assert type(control).__name__ == "ToggleButtons"


@pytest.mark.slow
def test_neither_campaign_nor_snapshot_is_changed(both, sample, explorer):
    videos, stats, before = sample.videos.clone(), sample.stats.clone(), replace(both)
    click(explorer, random.Random(1), 8)
    assert (both, sample.videos.equals(videos), sample.stats.equals(stats)) == (before, True, True)
