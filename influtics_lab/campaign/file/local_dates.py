"""Instants of the dates in a campaign file: a day begins and ends in the campaign's time zone."""

from __future__ import annotations

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

from influtics_lab.campaign.file.field_types import DateOrInstant, parse_hours
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.time_zones import find_day_end, find_day_start

_SHARE_OF_PERIOD: Final = 0.25
_SHORTEST_LIMIT: Final = dt.timedelta(days=2)


def resolve_start(moment: DateOrInstant, zone: str) -> dt.datetime:
    """Return the instant, in UTC, at which a day begins; an instant stays as it is.

    Examples
    --------
    >>> resolve_start(dt.date(2025, 6, 1), "Europe/Berlin")
    datetime.datetime(2025, 5, 31, 22, 0, tzinfo=datetime.timezone.utc)
    """
    if not isinstance(moment, dt.datetime):
        return find_day_start(moment, zone)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(dt.UTC)


def resolve_end(moment: DateOrInstant, zone: str) -> dt.datetime:
    """Return the instant, in UTC, at which a day ends and the next one begins; an instant stays as it is.

    Examples
    --------
    >>> resolve_end(dt.date(2025, 6, 30), "UTC")
    datetime.datetime(2025, 7, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    return resolve_start(moment, zone) if isinstance(moment, dt.datetime) else find_day_end(moment, zone)


def resolve_period(campaign: Campaign) -> tuple[dt.datetime, dt.datetime]:
    """Return the start and the end of the campaign, in UTC."""
    zone = campaign.period.time_zone
    return resolve_start(campaign.period.start, zone), resolve_end(campaign.period.end, zone)


def resolve_max_gap(campaign: Campaign) -> dt.timedelta:
    """Return the longest gap that is not a finding: ``max_gap``, else a quarter of the period, at least 2 days."""
    if campaign.estimators.max_gap is not None:
        return dt.timedelta(hours=parse_hours(campaign.estimators.max_gap))
    start, end = resolve_period(campaign)
    return max(_SHARE_OF_PERIOD * (end - start), _SHORTEST_LIMIT)


def format_instant(instant: dt.datetime | None) -> str | None:
    """Return an instant as figures write it: ISO 8601, in UTC."""
    return None if instant is None else instant.astimezone(dt.UTC).isoformat()
