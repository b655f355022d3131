"""Pictures of campaigns, read from their artists: they show key figures, and say what they cannot show."""

from __future__ import annotations

from typing import Any

import pytest
from campaign.cases import campaign, figures, snapshot, tiktok, video
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influtics_lab.campaign import (
    key_figures,
    plot_contributions,
    plot_costs,
    plot_progress,
    plot_rates,
    plot_standing,
    to_svg,
)
from influtics_lab.campaign.charts.row_chart import choose_look
from influtics_lab.campaign.figures.daily_progress import progress
from influtics_lab.errors import ConfigError
from influtics_lab.plots import bundled_font
from influtics_lab.plots.colours import LOOKS, compute_luminance

OLD = video("old", {0: [1000, 10, 1], 1: [1000, 10, 1], 2.5: [2000, 40, 2], 4.5: [3000, 60, 3]}, title="$x$ <b>=1+1")
NEW = video("new", {2: [500, 9, 1], 4: [900, 20, 2]}, platform="TikTok", external_video_id=tiktok(1.5))
LATE = video("late", {3: [7000, 70, 7], 4: [7100, 71, 7]})
LOST = video("lost", {})
EVERY = (OLD, NEW, LATE, LOST)
ALL = '[videos]\nids = ["old", "new", "late", "lost"]\n'
CREATORS = (
    '[[creators]]\nname = "Ann"\nvideos = ["old", "new"]\n[[creators]]\nname = "Bo"\nvideos = ["late", "lost"]\n'
    '[[spend]]\namount = 30\ncurrency = "EUR"\ndate = 2025-06-02\ncreator = "Ann"\n'
    '[[spend]]\namount = 71\ncurrency = "EUR"\ndate = 2025-06-02\ncreator = "Bo"\n'
)
GAINED = '[estimators]\ncounted = "gained"\n'
READ = '[estimators]\ncounted = "read"\n'


def texts(ax: Axes) -> list[str]:
    return [text.get_text().replace("\u00a0", " ") for text in ax.texts]


def rows_of(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def widths(ax: Axes) -> list[float]:
    return [bar.get_width() for bar in ax.patches]


def drawn(rest: str, **settings: Any) -> Axes:
    return plot_progress(campaign(ALL + rest), snapshot(*EVERY), **settings)


def test_progress_by_hand_as_last_read() -> None:
    found = progress(campaign(ALL + READ), snapshot(*EVERY))
    assert [instant.day for instant in found.instants] == [2, 3, 4, 5, 5]
    assert found.throughout == (1000.0, 1500.0, 2500.0, 2900.0, 3900.0)
    assert found.joined == (0.0, 0.0, 7000.0, 7100.0, 7100.0)
    assert (found.n_throughout, found.n_joined, found.of) == (2, 1, 4)


def test_progress_by_hand_of_gains() -> None:
    found = progress(campaign(ALL + GAINED), snapshot(*EVERY))
    old = (0.0, 1000 * 2 / 3, 1250.0, 1750.0, 2000.0)
    new = (0.0, 500.0, 700.0, 900.0, 900.0)
    late = (0.0, 0.0, 0.0, 100.0, 100.0)
    assert found.throughout == pytest.approx([sum(parts) for parts in zip(old, new, late, strict=True)])
    assert found.joined == (0.0,) * 5
    assert (found.n, found.is_bounded) == (3, True)


def test_progress_by_hand_of_what_a_campaign_counts_by_itself() -> None:
    found = progress(campaign(ALL), snapshot(*EVERY))
    old = (0.0, 1000 * 2 / 3, 1250.0, 1750.0, 2000.0)
    new = (0.0, 500.0, 700.0, 900.0, 900.0)
    assert found.throughout == pytest.approx([a + b for a, b in zip(old, new, strict=True)])
    assert found.joined == (0.0, 0.0, 7000.0, 7100.0, 7100.0)
    assert (found.n_throughout, found.n_joined, found.of, found.is_bounded) == (2, 1, 4, True)


@pytest.mark.slow
@pytest.mark.parametrize("rest", ["", READ, GAINED])
@pytest.mark.parametrize("count", ["views", "likes", "comments"])
def test_progress_ends_with_the_key_figure(rest: str, count: str) -> None:
    file, read = campaign(ALL + rest), snapshot(*EVERY)
    found = progress(file, read, count)
    total = key_figures(file, read).to_dict()["totals"]["counts"][count]["counted"]
    assert found.throughout[-1] + found.joined[-1] == pytest.approx(total["known"])
    assert (found.n, found.of) == (total["n"] + sum(total["bounds"].values()), total["of"])


def test_progress_days_are_those_of_the_time_zone_also_where_clocks_change() -> None:
    head = 'name = "a"\n[period]\nstart = 2025-03-29\nend = 2025-03-31\ntime_zone = "Europe/Berlin"\n'
    read = snapshot(video("a", {-63.5: [1], -50: [5]}))
    found = progress(campaign('[videos]\nids = ["a"]\n', head), read)
    assert [instant.hour for instant in found.instants] == [23, 23, 22, 22]


def test_progress_says_how_many_videos_and_which_target() -> None:
    ax = drawn('[[targets]]\nmeasure = "views"\nvalue = 20000\ndate = 2025-06-05\n')
    assert {"at least 10k", "3 of 4 videos", "target 20k by 5 Jun"} <= set(texts(ax))
    assert ax.get_ylim()[1] > 20_000


def test_progress_names_each_day_at_its_end_and_the_target_stands_at_its_day() -> None:
    ax = drawn('[[targets]]\nmeasure = "views"\nvalue = 20000\ndate = 2025-06-07\n')
    ax.figure.canvas.draw()
    labels = {label.get_position()[0]: label.get_text().replace("\u00a0", " ") for label in ax.get_xticklabels()}
    (diamond,) = (line.get_xdata()[0] for line in ax.lines if line.get_marker() == "D")
    assert labels[diamond] == "7 Jun"
    named = [text for at, text in sorted(labels.items()) if text and at <= diamond]
    assert named == ["2 Jun", "3 Jun", "4 Jun", "5 Jun", "6 Jun", "7 Jun"]


def test_progress_of_a_long_period_names_its_last_day() -> None:
    head = 'name = "a"\n[period]\nstart = 2025-06-02\nend = 2026-02-17\n'
    ax = plot_progress(campaign(ALL, head), snapshot(*EVERY))
    ax.figure.canvas.draw()
    texts = [label.get_text().replace("\u00a0", " ") for label in ax.get_xticklabels()]
    assert "17 Feb" in texts
    assert 4 <= sum(map(bool, texts)) <= 9


@pytest.mark.slow
def test_progress_without_a_known_count_says_so() -> None:
    ax = drawn("", count="reposts")
    assert texts(ax)[-1] == "Reposts are not available for any video of the campaign in the period."
    nobody = plot_progress(campaign('[videos]\nids = ["ghost"]\n'), snapshot(*EVERY))
    assert texts(nobody)[-1] == "No video of the snapshot belongs to the campaign."


def test_contributions_are_the_known_counts_the_largest_first_and_say_what_lacks() -> None:
    ax = plot_contributions(figures(ALL + READ, *EVERY))
    assert widths(ax)[:3] == [7100.0, 3000.0, 900.0]
    assert "3k  (27.3 %)" in texts(ax)
    assert any("not included: no readings (1)" in text for text in texts(ax))


def test_contributions_hold_lower_bounds_and_call_them_so() -> None:
    ax = plot_contributions(figures(ALL, *EVERY))
    assert widths(ax)[:3] == [7100.0, 2000.0, 900.0]
    assert {"7.1k  (71.0 %)", "2k  (20.0 %)", "at least 900"} <= set(texts(ax))
    assert any("incomplete: last read before the end (1)" in text for text in texts(ax))
    assert any("not included: no readings (1)" in text for text in texts(ax))


@pytest.mark.slow
def test_contributions_of_very_many_videos_leave_none_out() -> None:
    many = [video(f"v{n:02}", {1: [n + 1], 4: [n + 1]}) for n in range(30)]
    ax = plot_contributions(figures('[videos]\nplatform = "YouTube"\n' + READ, *many))
    assert sum(widths(ax)) == 30 * 31 / 2
    assert rows_of(ax)[-1] == "18 other videos"


def test_a_group_that_is_known_in_part_says_at_least() -> None:
    ax = plot_contributions(figures(ALL + CREATORS, *EVERY), by="creator")
    assert "at least 7.1k  (1 of 2 videos)" in texts(ax)
    assert "at least 2.9k  (all 2 videos)" in texts(ax)


def test_rates_have_the_campaign_first_and_say_where_there_is_no_interval() -> None:
    ax = plot_rates(figures(ALL + CREATORS, *EVERY), by="creator")
    assert [row.splitlines()[0] for row in rows_of(ax)] == ["the campaign", "Ann", "Bo"]
    assert "too few for an interval" in texts(ax)
    subtitle = " ".join(" ".join(texts(ax)).split())
    assert "bootstrap intervals over videos" in subtitle  # two named creators are too few to draw


@pytest.mark.slow
def test_costs_are_open_where_they_are_bounds() -> None:
    found = figures(ALL + CREATORS + READ, *EVERY)
    ax = plot_costs(found)
    assert widths(ax) == pytest.approx([101 * 1000 / 11000, 30 * 1000 / 3900, 10.0])
    assert [bar.get_linestyle() == "--" for bar in ax.patches] == [True, False, True]
    assert {"EUR 7.69", "at most EUR 10.00"} <= set(texts(ax))


def test_costs_without_spend_say_why() -> None:
    assert texts(plot_costs(figures(ALL, *EVERY)))[-1] == "No cost is known: no spend given."


def test_standing_has_a_row_for_each_video_that_can_be_compared() -> None:
    others = [
        video(f"o{n}", {1: [100 * n], 4: [400 * n]}, platform="TikTok", external_video_id=tiktok(0.5 + n / 1000))
        for n in range(1, 9)
    ]
    rest = '[videos]\nids = ["o3", "o8", "old"]\n[compare]\nat_age = "2d"\n'
    ax = plot_standing(figures(rest, *others, OLD))
    assert rows_of(ax) == ["Title of o8", "Title of o3"]
    assert {"100 %", "33 %", "of 6 others"} <= set(texts(ax))
    assert any("left out: publication date missing (1)" in text for text in texts(ax))


@pytest.mark.slow
def test_standing_without_anybody_to_compare_with_says_why() -> None:
    assert "publication date missing" in texts(plot_standing(figures(ALL, *EVERY)))[-1]


@pytest.mark.slow
@pytest.mark.parametrize("plot", [plot_contributions, plot_rates, plot_costs, plot_standing])
def test_the_same_figures_give_the_same_svg_on_its_own_and_on_given_axes(plot: Any) -> None:
    found = figures(ALL + CREATORS, *EVERY)
    with bundled_font():
        first, second = to_svg(plot(found)), to_svg(plot(found))
        ax = Figure().subplots()
        assert plot(found, ax=ax) is ax
    assert first == second
    assert b"<text" not in first
    assert b"<dc:date" not in first


def test_titles_are_text() -> None:
    ax = plot_contributions(figures(ALL, *EVERY))
    assert "$x$ <b>=1+1" in rows_of(ax)
    assert not any(label.get_parse_math() for label in ax.get_yticklabels())


def test_settings_that_are_not_allowed_are_refused() -> None:
    found = figures(ALL, *EVERY)
    for call in (
        lambda: plot_contributions(found, "clicks"),
        lambda: plot_rates(found, estimator="mode"),
        lambda: plot_rates(found, by="video"),
        lambda: plot_costs(found, "cpx"),
        lambda: plot_standing(found, "likes"),
        lambda: drawn("", count="clicks"),
    ):
        with pytest.raises(ConfigError, match="it can be"):
            call()


@pytest.mark.slow
def test_a_target_on_the_first_day_stands_inside() -> None:
    ax = drawn('[[targets]]\nmeasure = "views"\nvalue = 2000\ndate = 2025-06-02\n')
    ax.figure.canvas.draw()
    (text,) = [one for one in ax.texts if one.get_text().startswith("target")]
    assert text.get_window_extent().x0 > ax.bbox.x0


def test_a_sum_that_lacks_videos_is_not_rounded_up() -> None:
    most = video("most", {0: [0, 1, 1], 4: [1_999_999, 1, 1]})
    rest = '[videos]\nids = ["most", "lost"]\n[[creators]]\nname = "Ann"\nvideos = ["most", "lost"]\n'
    ax = plot_contributions(figures(rest, most, LOST), by="creator")
    assert any(text.startswith("at least 1.99M") for text in texts(ax))


def test_a_band_that_is_too_thin_to_be_seen_is_not_in_the_key() -> None:
    target = '[[targets]]\nmeasure = "views"\nvalue = {}\ndate = 2025-06-05\n'
    for value, is_hatched in ((9000, True), (9_000_000, False)):
        ax = drawn(READ + target.format(value))
        assert any(area.get_hatch() for area in ax.collections) == is_hatched
        keys = [text.get_text() for text in ax.get_legend().get_texts()]
        assert ("first read later (1)" in keys) == is_hatched
        assert "straight line to the target" in keys


@pytest.mark.parametrize("brand", ["#ffffff", "#ffee00", "#114466"])
def test_progress_can_be_read_in_black_and_white_under_any_brand_colour(brand: str) -> None:
    target = '[[targets]]\nmeasure = "views"\nvalue = 9000\ndate = 2025-06-05\n'
    ax = drawn(READ + target + f'[look]\ncolours = ["{brand}"]\n')
    assert [area.get_hatch() for area in ax.collections[:2]] == [None, "////"]
    total, *_, to_target = (line for line in ax.get_lines() if len(line.get_xdata()) > 1)
    assert (total.get_linestyle(), to_target.get_linestyle()) == ("-", "--")
    assert compute_luminance(total.get_color()) < 0.2
    known, later = ax.get_legend().get_patches()
    assert later.get_hatch()
    assert not known.get_hatch()
    assert compute_luminance(known.get_edgecolor()[:3]) < 0.2
    assert known.get_linewidth() > 1


def test_bars_of_platforms_differ_in_hatch_and_bounds_in_their_outline() -> None:
    looks = [choose_look("platform", name) for name in (*LOOKS, "Vimeo")]
    assert len({look.hatch for look in looks}) == len(looks)
    assert len({look.marker for look in looks}) == len(looks)
    ax = plot_costs(figures(ALL + CREATORS + READ, *EVERY))
    filled, bound = ax.patches[1], ax.patches[0]
    assert compute_luminance(bound.get_facecolor()[:3]) - compute_luminance(filled.get_facecolor()[:3]) > 0.5
