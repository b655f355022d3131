"""Days and instants in every time zone, also at the ends of the calendar and where clocks skip midnight."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from frames import many

import influtics_lab as lab
from influtics_lab import explore, plots
from influtics_lab.campaign.figures.formatting import format_deadline, last_day
from influtics_lab.campaign.file.parser import parse_campaign
from influtics_lab.errors import ConfigError, FrameError, QueryError
from influtics_lab.explore.filters import Filters, list_conditions
from influtics_lab.time_zones import find_local_time, find_time_zone

ZONES = ("UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Chatham", "Pacific/Apia", "Etc/GMT+12")
DAYS = ("0001-01-01", "0001-01-02", "1900-01-01", "2011-12-30", "2025-03-09", "9999-12-30", "9999-12-31")
ENDS = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))


def read_at(at: datetime) -> pl.DataFrame:
    """Readings of one video, the last one at an instant, and readings of others."""
    frame = many(4)
    odd = frame.tail(1).with_columns(timestamp=pl.lit(at, frame.schema["timestamp"]))
    return pl.concat([frame, odd]).sort("video_id", "timestamp")


@pytest.mark.slow
@pytest.mark.parametrize("at", ENDS, ids=str)
@pytest.mark.parametrize("zone", ["Pacific/Apia", "Etc/GMT+12"])
def test_tables_sheets_and_dashboards_show_readings_at_the_ends_of_the_calendar(
    at: datetime, zone: str, tmp_path: Path
) -> None:
    frame = read_at(at)
    assert f">{find_local_time(at, zone):%Y-%m-%d %H:%M:%S}<" in str(lab.table(frame, frame.height, tz=zone))
    assert lab.to_excel(frame, tmp_path / "readings.xlsx", tz=zone).exists()
    for part in (frame, frame.filter(timestamp=at)):
        explore.Dashboard(part, tz=zone)


def test_windows_and_backtests_reach_no_further_than_the_calendar() -> None:
    first, last = (read_at(at) for at in ENDS)
    window = lab.gained(first.filter(timestamp=ENDS[0]), last="7d")
    assert window.select("window_start", "window_end").row(0) == (ENDS[0], ENDS[0])
    table = lab.backtest(last.with_columns(is_purge=False, is_burst=False), "7d")
    assert (table["tercile"].to_list(), table["forecasts"].to_list()) == (["all"], [0])


@pytest.mark.parametrize("zone", ZONES)
def test_days_of_the_whole_calendar_are_filters_and_their_code_means_the_same(zone: str) -> None:
    for day in DAYS:
        names: dict[str, Any] = {"datetime": datetime, "UTC": UTC}
        since, until = list_conditions(Filters(since=day, until=day, tz=zone))
        first, end = (eval(code.split(maxsplit=2)[2], names) for code in (since.code, until.code))
        assert since.expression.meta.eq(pl.col("timestamp") >= first)
        assert until.expression.meta.eq(pl.col("timestamp") < end)
        assert (first < end) == ((zone, day) != ("Pacific/Apia", "2011-12-30"))  # a day that this zone left out
        if day[:4] not in {"0001", "9999"}:
            local = first.astimezone(ZoneInfo(zone))
            assert str(local.date()) == day or first == end


@pytest.mark.parametrize("zone", ["localtime", "posixrules", "Factory", "Europe", "", "../UTC", "a\0b", "Mars"])
def test_a_zone_that_polars_does_not_have_is_none(zone: str) -> None:
    frame = lab.sample_snapshot().frame().head(3)
    assert find_time_zone(zone) is None
    with pytest.raises(ConfigError, match=r"plot_posting_times: tz is .*, which is no time zone here"):
        plots.plot_posting_times(frame, tz=zone)
    with pytest.raises(FrameError, match=r"resample: tz is .*; give the IANA name of a time zone"):
        lab.resample(frame, tz=zone)
    with pytest.raises(ConfigError, match=r"period\.time_zone is .*; allowed is a name of the IANA time zones"):
        parse_campaign(f"""
            name = "June"
            period = {{start = 2025-06-01, end = 2025-06-30, time_zone = '{zone if zone.isprintable() else "?"}'}}
            videos = {{platform = "TikTok"}}""")


def test_a_day_that_ends_where_clocks_skip_midnight_is_named_as_that_day() -> None:
    end = "2025-09-07T04:00:00+00:00"  # 1:00 in Chile, the first instant of 7 September there
    assert str(last_day(end, "America/Santiago")) == "2025-09-06"
    assert format_deadline(end, "America/Santiago").replace("\N{NBSP}", " ") == "6 Sep 2025"
    later = format_deadline("2025-09-07T05:00:00+00:00", "America/Santiago")
    assert later.replace("\N{NBSP}", " ") == "7 Sep 2025, 02:00"


def test_an_archive_as_of_the_ends_of_the_calendar(tmp_path: Any) -> None:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(lab.sample_snapshot())
    assert archive.history(as_of="9999-12-31").equals(archive.history())
    with pytest.raises(QueryError, match="the archive begins with the read of"):
        archive.history(as_of="0001-01-01")
    for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        with pytest.raises(QueryError, match="expected a date such as 2025-07-01"):
            archive.history(as_of=text)
