"""Numbers on axes."""

import pytest

from influtics_lab.language import use_language
from influtics_lab.plots.canvas import new_axes, to_png
from influtics_lab.plots.ticks import format_short, set_age_ticks, set_number_ticks, set_time_ticks


def said(axis):
    figure = axis.get_figure()
    to_png(figure)
    low, high = axis.get_view_interval()
    return [
        text.get_text()
        for at, text in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
        if low <= at <= high
    ]


def axis_of(low, high, scale):
    ax = new_axes()
    ax.set_yscale(scale)
    ax.set_ylim(low, high)
    set_number_ticks(ax.yaxis, low, high, scale)
    return ax.yaxis


@pytest.mark.parametrize(
    ("low", "high", "scale", "wanted"),
    [
        (0, 2_100_000, "linear", ["0", "500k", "1M", "1.5M", "2M"]),
        (0, 9, "linear", ["0", "2", "4", "6", "8"]),
        (1_000_000, 1_004_000, "linear", ["1M", "1.001M", "1.002M", "1.003M", "1.004M"]),
        (10, 2_000_000, "log", ["10", "100", "1k", "10k", "100k", "1M"]),
        (30, 2_000, "log", ["50", "100", "200", "500", "1k", "2k"]),
        (300, 900, "log", ["300", "400", "500", "600", "700", "800", "900"]),
    ],
)
def test_ticks_are_few_readable_and_different(low, high, scale, wanted):
    assert said(axis_of(low, high, scale)) == wanted


def test_log_scales_have_no_minor_ticks():
    assert len(axis_of(10, 2_000_000, "log").get_minorticklocs()) == 0


@pytest.mark.parametrize(("hours", "unit", "last"), [(12, "hours", "12"), (24 * 30, "days", "30")])
def test_ages_are_hours_when_short_and_days_when_long(hours, unit, last):
    ax = new_axes()
    ax.set_xlim(0, hours)
    assert set_age_ticks(ax.xaxis, hours) == unit
    assert said(ax.xaxis)[-1] == last


def test_numbers_are_short():
    assert [format_short(value) for value in (0, 7, 1_000, 12_345, 1_999_999, 3e9, -1_500, 0.123)] == [
        "0", "7", "1k", "12.3k", "2M", "3B", "-1.5k", "0.123",
    ]  # fmt: skip


@pytest.mark.parametrize("most", [3, 8])
@pytest.mark.parametrize("hours", [0.01, 0.5, 5, 13, 25, 47, 73, 85, 95, 120, 24 * 61, 24 * 700, 24 * 9000])
def test_instants_have_ticks_that_name_their_date_over_any_span(hours, most):
    ax = new_axes()
    ax.set_xlim(20240.3, 20240.3 + hours / 24)
    set_time_ticks(ax.xaxis, most)  # a warning would be an error
    shown = said(ax.xaxis)
    assert 1 <= len(shown) <= most
    assert shown != ["00:00"]


@pytest.mark.parametrize(
    ("hours", "wanted", "offset"),
    [
        (1, ["07:20", "07:30", "07:40", "07:50", "08:00", "08:10"], "01 Jun 2025"),
        (0.05, ["07:14", "07:15", "07:16"], "01 Jun 2025"),
        (30, ["12:00", "18:00", "02 Jun", "06:00", "12:00"], "2025"),
    ],
)
def test_a_date_is_written_once(hours, wanted, offset):
    ax = new_axes()
    ax.set_xlim(20240.301, 20240.301 + hours / 24)
    set_time_ticks(ax.xaxis)
    assert said(ax.xaxis) == wanted
    assert ax.xaxis.get_major_formatter().get_offset() == offset


@pytest.mark.parametrize(
    ("low", "high", "scale", "wanted"),
    [(0, 3.15, "linear", ["0", "1", "2", "3"]), (0.9, 3.3, "log", ["1", "2", "3"]), (0, 1.05, "linear", ["0", "1"])],
)
def test_whole_numbers_have_no_ticks_between_them(low, high, scale, wanted):
    ax = new_axes()
    ax.set_yscale(scale)
    ax.set_ylim(low, high)
    set_number_ticks(ax.yaxis, low, high, scale, whole=True)
    assert said(ax.yaxis) == wanted


@pytest.mark.parametrize(("low", "high"), [(26_280, 26_352), (0, 0.4), (0, 96), (0, 96.5), (0, 100_000)])
@pytest.mark.parametrize("most", [3, 8])
def test_ages_have_ticks_over_any_span(low, high, most):
    ax = new_axes()
    ax.set_xlim(low, high)
    set_age_ticks(ax.xaxis, high, most=most)
    assert 2 <= len(said(ax.xaxis)) <= most + 1


def test_a_lone_tick_has_its_date():
    ax = new_axes()
    ax.set_xlim(20240.3, 20243.5)
    set_time_ticks(ax.xaxis, 3)
    assert said(ax.xaxis) == ["03 Jun"]
    assert ax.xaxis.get_major_formatter().get_offset() == "03 Jun 2025"


def test_a_day_has_no_zero_before_it_in_german():
    ax = new_axes()
    ax.set_xlim(20240.3, 20248.5)
    with use_language("de"):
        set_time_ticks(ax.xaxis, 5)
        assert said(ax.xaxis)[:2] == ["3. Juni", "5. Juni"]
