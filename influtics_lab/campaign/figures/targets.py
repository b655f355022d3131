"""How far each target is, and what it still needs a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from influtics_lab.campaign.figures.campaign_costs import compute_money, reported_currency
from influtics_lab.campaign.figures.campaign_data import CampaignData, Window
from influtics_lab.campaign.figures.engagement_rates import RatedReading, find_rated_readings
from influtics_lab.campaign.figures.figure_types import (
    BoundedFigure,
    Figure,
    MoneyFigures,
    OutlookFigure,
    PaceFigure,
    PartFigure,
    PriceFigure,
    TotalFigure,
)
from influtics_lab.campaign.figures.key_figure_types import TargetFigures
from influtics_lab.campaign.figures.outlook import CampaignOutlook, no_outlook
from influtics_lab.campaign.figures.video_counts import CountVideos, sum_figures
from influtics_lab.campaign.figures.video_groups import whole_campaign
from influtics_lab.campaign.file.local_dates import resolve_end
from influtics_lab.campaign.file.model import Target

RECENT: Final = dt.timedelta(days=7)
_DAY: Final = dt.timedelta(days=1)


def compute_targets(
    data: CampaignData, count_in: CountVideos, outlook: CampaignOutlook | None = None
) -> tuple[TargetFigures, ...]:
    """Return each target in the order of the file: its value by then, whether it is reached, and its pace.

    Views are those that money counts. An engagement rate is the pooled one, as last read. A target whose date has
    passed is judged as of that date; else what the snapshot knows counts.

    Parameters
    ----------
    data : CampaignData
    count_in : callable
        Returns the counts of each video in a window.
    outlook : CampaignOutlook, optional
        Without it nothing is forecast.

    Returns
    -------
    tuple of TargetFigures
        ``as_of`` is up to when counts were looked at; ``value`` is over ``n`` of ``of`` videos (views of some videos
        bound the sum, with a reason); ``verdict`` is ``reached``, ``missed``, ``not yet`` or ``unknown``. Then
        ``needed_per_day`` (views), ``expected_by_now`` (views, on a straight line from the period's start) and
        ``recent_per_day`` (views gained a day in the last ``days``: seven before the snapshot's last reading, fewer
        where the period is younger, none below one), and ``outlook``, the limits of the views by its date.
    """
    return tuple(_TargetState(data, target, count_in, outlook).compute_figures() for target in data.campaign.targets)


@dataclass(frozen=True)
class _TargetState:
    """A target, and the figures by its date, or by the snapshot where that is earlier."""

    data: CampaignData
    target: Target
    count_in: CountVideos
    outlook: CampaignOutlook | None

    def compute_figures(self) -> TargetFigures:
        target, value, window = self.target, self.value, self.window
        share = None if value.value is None or target.measure == "cpm" else value.value * 100.0 / target.value
        needed, expected, recent = self._compute_paces()
        return TargetFigures(
            measure=target.measure,
            target=target.value,
            unit=self._find_unit(),
            date=self.by.isoformat(),
            as_of=window.until.isoformat(),
            is_past=not window.running,
            value=value,
            verdict=self._judge_target(),
            reached_pct=share,
            days_left=self.days_left,
            needed_per_day=needed,
            expected_by_now=expected,
            recent_per_day=recent,
            outlook=self._find_outlook(),
        )

    @cached_property
    def by(self) -> dt.datetime:
        return resolve_end(self.target.date, self.data.campaign.period.time_zone)

    @cached_property
    def window(self) -> Window:
        return self.data.window_until(self.by)

    @cached_property
    def views(self) -> TotalFigure:
        counts = self.count_in(self.window).values()
        return sum_figures((video.views.counted for video in counts), len(self.data.chosen.missing))

    @cached_property
    def money(self) -> MoneyFigures:
        return compute_money(self.data, whole_campaign(self.data), self.count_in(self.window), self.window)

    @cached_property
    def value(self) -> BoundedFigure | PriceFigure | PartFigure:
        if self.target.measure == "cpm":
            return self.money.cpm
        if self.target.measure == "engagement_rate":
            rated = find_rated_readings(self.data, self.window)
            return _pool_rates(rated.values(), whole_campaign(self.data).asked)
        views = self.views
        return BoundedFigure(views.known, views.reason, n=views.n, of=views.of, is_bound=views.is_bound)

    @property
    def is_reached(self) -> bool:
        value, goal = self.value.value, self.target.value
        if value is None:
            return False
        return value <= goal if self.target.measure == "cpm" else value >= goal

    @property
    def days_left(self) -> float:
        return (self.by - self.window.until) / _DAY if self.window.running else 0.0

    def _find_unit(self) -> str | None:
        currency = reported_currency(self.data.campaign)
        price = None if currency is None else f"{currency} per 1000 views"
        return {"cpm": price, "views": "views"}.get(self.target.measure, "%")

    def _judge_target(self) -> str:
        """Return the verdict; what is known of some videos only decides where its bound does."""
        value = self.value
        if value.value is None or value.n < value.of:
            if isinstance(value, PriceFigure):
                return "reached" if value.at_most is not None and value.at_most <= self.target.value else "unknown"
            is_bound = isinstance(value, BoundedFigure) and value.is_bound
            return "reached" if is_bound and self.is_reached else "unknown"
        if self.is_reached:
            return "reached"
        return "not yet" if self.window.running else "missed"

    def _compute_paces(self) -> tuple[Figure, Figure, Figure]:
        """Return the views needed a day, those expected by now, and those gained a day lately."""
        if reason := self._explain_missing_pace():
            return Figure(None, reason), Figure(None, reason), Figure(None, reason)
        wanted, current = self._find_wanted_views()
        start, until = self.window.start, self.window.until
        expected = Figure(None, "begun_later")
        if until > start:
            expected = Figure(wanted * ((until - start) / (self.by - start)))
        return Figure((wanted - current) / self.days_left), expected, self._compute_recent_pace()

    def _find_outlook(self) -> OutlookFigure:
        """Return the limits of the views by a date to come; none for other measures and a target that is reached."""
        reason = "only targets of views have a forecast" if self.target.measure != "views" else None
        reason = reason or self._explain_missing_outlook()
        if reason is not None or self.outlook is None:
            return no_outlook(reason or "not asked for", whole_campaign(self.data).asked)
        return self.outlook.judge(self.by, self.count_in(self.window), self.target.value)

    def _explain_missing_outlook(self) -> str | None:
        if not self.window.running:
            return "the date has passed"
        return "the target is reached" if self._judge_target() == "reached" else None

    def _explain_missing_pace(self) -> str | None:
        if self.target.measure == "engagement_rate":
            return "no_accumulation"
        if not self.window.running:
            return "past"
        return self.value.reason if self.value.value is None else "reached" if self.is_reached else None

    def _find_wanted_views(self) -> tuple[float, float]:
        """Return how many views the target needs, and how many there are; a CPM needs those that the spend buys."""
        if self.target.measure == "views":
            return self.target.value, self.value.value or 0
        return (self.money.spend.value or 0) * 1000.0 / self.target.value, self.views.value or 0

    def _compute_recent_pace(self) -> PaceFigure:
        """Return the views gained a day in the last week, or since the start where that is later."""
        window, missing = self.window, len(self.data.chosen.missing)
        length = min(RECENT, window.until - window.start)
        if length < _DAY:
            asked = whole_campaign(self.data).asked
            return PaceFigure(None, "too_early", n=0, of=asked, reasons={}, days=None)
        counts = self.count_in(Window(window.until - length, window.until, running=True)).values()
        gained = sum_figures((video.views.gained for video in counts), missing)
        value, reason, days = None, gained.reason, length / _DAY
        if not gained.is_bound:
            reason = "fell"
        elif gained.known is not None:
            value = gained.known / days
        return PaceFigure(value, reason, n=gained.n, of=gained.of, reasons=gained.reasons, days=days)


def _pool_rates(rated: Collection[RatedReading], asked: int) -> PartFigure:
    """Return the engagements of all videos over their views, each at its last reading that has both."""
    if not rated:
        return PartFigure(None, "no_rate_known", n=0, of=asked)
    engagements, views = (sum(getattr(reading, name) for reading in rated) for name in ("engagements", "views"))
    return PartFigure(engagements * 100.0 / views, n=len(rated), of=asked)
