"""Whether a campaign's views will reach a target by its date: a forecast of their sum, with joint limits.

Each draw has one uniform number for each creator. It is the quantile that all videos of the creator take among the
ratios of their calibrators (`influtics_lab.metrics.forecast`), as videos of one creator rise and fall together. Limits
are quantiles of the sums over videos, never sums of the videos' limits.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Final

import narwhals.stable.v2 as nw
import numpy as np

from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.figures.figure_types import AT_LEAST, OutlookFigure
from influtics_lab.campaign.figures.formatting import format_count, format_deadline, format_n_of, format_range
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.figures.video_counts import CountsByVideo
from influtics_lab.defaults import FORECAST_LEVEL_PCT, FORECAST_MAX_GAP, FORECAST_RECENT
from influtics_lab.language import format_number, translate
from influtics_lab.metrics._bootstrap import random_words, seed_generator
from influtics_lab.metrics._durations import parse_duration
from influtics_lab.metrics._tercile_rule import ForecastRule, VideoForecasts, forecast_views
from influtics_lab.metrics._view_series import DAY_MS, MS, Floats, ViewSeries, build_series
from influtics_lab.text_format import capitalise_first, plural

ON_TRACK: Final = "on track"
BEHIND: Final = "behind"
UNKNOWN: Final = "cannot be said"
_MAX_GAP_US: Final = parse_duration("outlook", "max_gap", FORECAST_MAX_GAP)
_RULE: Final = ForecastRule(
    Fraction(FORECAST_LEVEL_PCT) / 100, parse_duration("outlook", "recent", FORECAST_RECENT) // MS
)
_DRAWS: Final = 4_000
_STEP: Final = DAY_MS // 4


def no_outlook(reason: str, of: int) -> OutlookFigure:
    """Return an outlook without a forecast, and why there is none."""
    return OutlookFigure(None, reason, None, None, FORECAST_LEVEL_PCT, 0, of)


def describe_outlook(outlook: OutlookFigure | None) -> str:
    """Return what the forecast says of a target as a sentence; empty where there is nothing to say.

    Examples
    --------
    >>> describe_outlook(OutlookFigure("behind", None, 10_000.0, 20_000.0, 90.0, 3, 3))
    'Behind: the forecast is 10,000 to 20,000 (90 % limits, 3 of 3 videos).'
    >>> describe_outlook(OutlookFigure("cannot be said", "1 of 3 videos have no forecast (...)", 9e3, None, 90.0, 2, 3))
    'On track or behind cannot be said: 1 of 3 videos have no forecast (...).'
    """
    if outlook is None or outlook.verdict is None:
        return ""
    limits, coverage = _format_limits(outlook)
    if outlook.verdict == UNKNOWN:
        found = f"; the forecast is {limits} ({coverage})" if outlook.high is not None else ""
        return f"On track or behind cannot be said: {outlook.because}{found}."
    return f"{capitalise_first(outlook.verdict)}: the forecast is {limits} ({coverage})."


def describe_period_end(figures: KeyFigures, *, with_reasons: bool = True) -> str:
    """Return the forecast of the views at the end of the period as a sentence; empty where the period is over.

    Where videos have no forecast, it says how many and, with reasons, why.
    """
    outlook, campaign = figures.period_end, figures.campaign
    if outlook is None or not campaign.running:
        return ""
    end, because = format_deadline(campaign.end, campaign.time_zone), outlook.because
    if because and not with_reasons:
        because = translate("no forecast for %(n_of)s", n_of=format_n_of(outlook.of - outlook.n, outlook.of))
    if not outlook.n:
        return translate("No forecast for the end of the period (%(end)s): %(because)s.", end=end, because=because)
    limits, coverage = _format_limits(outlook)
    sentence = translate(
        "Forecast for the end of the period (%(end)s): %(limits)s views (%(coverage)s)",
        end=end,
        limits=limits,
        coverage=coverage,
    )
    return f"{sentence}; {because}." if because else f"{sentence}."


def _format_limits(outlook: OutlookFigure) -> tuple[str, str]:
    """Return the limits of a forecast, and their level with the number of videos."""
    low = format_count(outlook.low or 0.0)
    limits = f"{translate(AT_LEAST)} {low}" if outlook.high is None else format_range(low, format_count(outlook.high))
    level = translate("%(level)s %% limits", level=format_number(outlook.level_pct, "g"))
    n_of = translate("%(n)s of %(whole)s", n=format_number(outlook.n), whole=plural(outlook.of, "video"))
    return limits, f"{level}, {n_of}"


class CampaignOutlook:
    """Forecasts of a campaign's counted views, from the readings of the whole snapshot."""

    def __init__(self, data: CampaignData) -> None:
        self._data = data

    @cached_property
    def _series(self) -> ViewSeries:
        readings = nw.from_native(self._data.readings.lazy())
        return build_series(readings, self._data.rules, _MAX_GAP_US, by="video_id")

    def judge(self, by: dt.datetime, counts: CountsByVideo, wanted: float | None = None) -> OutlookFigure:
        """Return the limits of the views counted by an instant after the snapshot, and what they say of a target.

        Parameters
        ----------
        by : datetime
        counts : dict of str to VideoCounts
            Those of now.
        wanted : float, optional
            The views that the target wants; without it there is no verdict.
        """
        made, numbers = self._forecast_videos(by)
        known = {video: count.views.counted for video, count in counts.items()}
        reasons = {
            video: made.reasons[numbers[video]] if video in numbers else "no visible views"
            for video in self._data.chosen.videos
        }
        reasons |= {video: "counted views not available" for video in reasons if known[video].value is None}
        ready = [video for video, reason in reasons.items() if reason is None]
        now = sum(known[video].value or known[video].at_least or 0.0 for video in reasons)
        low, high = self._draw_limits(by, made, numbers, {video: known[video].value or 0.0 for video in ready})
        low += now - sum(known[video].value or 0.0 for video in ready)
        closed = len(ready) == len(reasons) and not self._data.chosen.missing
        why = self._explain_open(reasons)
        verdict = None
        if wanted is not None:
            verdict = ON_TRACK if low >= wanted else BEHIND if closed and high < wanted else UNKNOWN
        if verdict == UNKNOWN and closed:
            why = "the limits are on both sides of the target"
        return OutlookFigure(
            verdict=verdict,
            because=None if verdict in {ON_TRACK, BEHIND} else why,
            low=float(round(low)),
            high=float(round(high)) if closed else None,
            level_pct=FORECAST_LEVEL_PCT,
            n=len(ready),
            of=len(reasons) + len(self._data.chosen.missing),
        )

    def _forecast_videos(self, by: dt.datetime) -> tuple[VideoForecasts, dict[str, int]]:
        series = self._series
        numbers = {video: number for number, video in enumerate(series.videos["video"])}
        own = np.array([numbers[video] for video in self._data.chosen.videos if video in numbers], dtype=np.int64)
        horizon = np.zeros(len(series.published), dtype=np.int64)
        ages = int(by.timestamp() * 1000) - series.published[own]
        horizon[own] = np.maximum((ages + _STEP // 2) // _STEP * _STEP, 0)
        return forecast_views(series, series.newest, horizon, _RULE), numbers

    def _draw_limits(
        self, by: dt.datetime, made: VideoForecasts, numbers: Mapping[str, int], counted: Mapping[str, float]
    ) -> tuple[float, float]:
        """Return the limits of the sum over the videos of their views then, less what does not count of them now."""
        owners = {video: self._data.chosen.creator_of.get(video, video) for video in counted}
        places = {owner: place for place, owner in enumerate(dict.fromkeys(owners.values()))}
        bits = seed_generator(self._data.seed, "outlook", by.isoformat())
        uniform: Floats = (random_words(bits, _DRAWS, max(1, len(places))).astype(np.float64) + 0.5) / 2.0**32
        sums = np.zeros(_DRAWS)
        for video, value in counted.items():
            number = numbers[video]
            ratios, now = made.ratios[number], float(made.now[number])
            if ratios is not None:
                place = np.ceil(uniform[:, places[owners[video]]] * (len(ratios) + 1)).astype(np.int64) - 1
                then = made.base[number] * np.exp(ratios[np.clip(place, 0, len(ratios) - 1)])
                sums += np.maximum(then, now) - now + value
        outside = (100 - FORECAST_LEVEL_PCT) / 200
        low, high = np.quantile(sums, [outside, 1 - outside])
        return float(low), float(high)

    def _explain_open(self, reasons: Mapping[str, str | None]) -> str | None:
        """Return which videos have no forecast, and why."""
        counted = Counter(reason.split(":")[0] for reason in reasons.values() if reason is not None)
        if self._data.chosen.missing:
            counted["not in the snapshot"] = len(self._data.chosen.missing)
        if not counted:
            return None
        of = len(reasons) + len(self._data.chosen.missing)
        parts = "; ".join(f"{number:,} {reason}" for reason, number in sorted(counted.items()))
        return f"{sum(counted.values()):,} of {of:,} videos have no forecast ({parts})"
