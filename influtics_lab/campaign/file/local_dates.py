"""From the dates of a campaign file to instants: a day begins and ends in the campaign's time zone."""

from __future__ import annotations

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

from influtics_lab.campaign.file.field_types import DateOrInstant, hours_of
from influtics_lab.campaign.file.model import Campaign

_SHARE_OF_PERIOD: Final = 0.25
_LEAST_GAP: Final = dt.timedelta(days=2)


def begin(moment: DateOrInstant, zone: str) -> dt.datetime:
    """Give the instant, in UTC, at which a day begins; an instant is itself.

    Examples
    --------
    >>> begin(dt.date(2025, 6, 1), "Europe/Berlin")
    datetime.datetime(2025, 5, 31, 22, 0, tzinfo=datetime.timezone.utc)
    """
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime.combine(moment, dt.time(), tzinfo=ZoneInfo(zone))
    elif moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(dt.UTC)


def close(moment: DateOrInstant, zone: str) -> dt.datetime:
    """Give the instant, in UTC, at which a day ends, which is when the next one begins; an instant is itself.

    Examples
    --------
    >>> close(dt.date(2025, 6, 30), "UTC")
    datetime.datetime(2025, 7, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if not isinstance(moment, dt.datetime):
        moment = moment + dt.timedelta(days=1)
    return begin(moment, zone)


def period(campaign: Campaign) -> tuple[dt.datetime, dt.datetime]:
    """Give when the campaign begins and ends, in UTC."""
    zone = campaign.period.time_zone
    return begin(campaign.period.start, zone), close(campaign.period.end, zone)


def longest_gap(campaign: Campaign) -> dt.timedelta:
    """Return the longest gap that needs no finding: ``max_gap``, else a quarter of the period, at least 2 days."""
    if campaign.estimators.max_gap is not None:
        return dt.timedelta(hours=hours_of(campaign.estimators.max_gap))
    start, end = period(campaign)
    return max(_SHARE_OF_PERIOD * (end - start), _LEAST_GAP)


def written(instant: dt.datetime | None) -> str | None:
    """Give an instant as figures write it: ISO 8601, in UTC."""
    return None if instant is None else instant.astimezone(dt.UTC).isoformat()
