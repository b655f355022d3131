"""How far each target is, and what it still needs a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from influtics_lab.campaign.figures.campaign_costs import money, reported_currency
from influtics_lab.campaign.figures.campaign_data import Material, Window
from influtics_lab.campaign.figures.count_figures import Figure
from influtics_lab.campaign.figures.engagement_rates import Rated, rated_readings
from influtics_lab.campaign.figures.missing_reasons import known, unknown
from influtics_lab.campaign.figures.video_counts import COUNTED, standings, total
from influtics_lab.campaign.figures.video_groups import campaign
from influtics_lab.campaign.file.local_dates import format_instant, resolve_end, resolve_period
from influtics_lab.campaign.file.model import Target

RECENT: Final = dt.timedelta(days=7)
_DAY: Final = dt.timedelta(days=1)
_PACES: Final = ("needed_per_day", "expected_by_now", "recent_per_day")


@dataclass(frozen=True)
class _State:
    """A target, and how things stood by its date, or by the snapshot where that is earlier."""

    target: Target
    by: dt.datetime
    window: Window
    views: Figure
    money: Figure
    found: Figure

    @property
    def is_reached(self) -> bool:
        value, target = self.found["value"], self.target
        if value is None:
            return False
        return bool(value <= target.value if target.measure == "cpm" else value >= target.value)

    @property
    def days_left(self) -> float:
        return (self.by - self.window.until) / _DAY if self.window.running else 0.0


def targets(material: Material) -> list[Figure]:
    """Give each target in the order of the file: its value by then, whether it is reached, and its pace.

    Views are those that money counts, too. An engagement rate is the pooled one, as last read. A target's date in the
    past is looked at as it was on that date; else what the snapshot knows counts.

    Returns
    -------
    list of dict
        ``measure``, ``target``, ``unit``, ``date``, ``as_of`` (up to when counts were looked at), ``is_past``,
        ``value`` (with ``n`` of ``of`` videos; views of some videos bound the sum, with a reason), ``verdict``
        (``reached``, ``missed``, ``not yet``, ``unknown``), ``reached_pct``, ``days_left``, and the figures
        ``needed_per_day`` (views), ``expected_by_now`` (views, on a straight line from the period's start) and
        ``recent_per_day`` (views gained a day in the last ``days``: seven before the snapshot's last reading, fewer
        where the period is younger, none below one).
    """
    return [_target(material, _state(material, one)) for one in material.campaign.targets]


def _state(material: Material, target: Target) -> _State:
    start, _ = resolve_period(material.campaign)
    by = resolve_end(target.date, material.campaign.period.time_zone)
    window = material.window_until(by, start)
    standing = standings(material, window)
    rated = rated_readings(material, window)
    whole = campaign(material)
    views = total((counts["views"][COUNTED] for counts in standing.values()), whole.missing)
    paid = money(material, whole, standing, window)
    found: Mapping[str, Figure] = {
        "views": {
            "value": views["known"],
            "reason": views["reason"],
            "n": views["n"],
            "of": views["of"],
            "is_bound": views["is_bound"],
        },
        "cpm": paid["cpm"],
        "engagement_rate": _pooled(rated.values(), whole.asked),
    }
    return _State(target, by, window, views, paid, found[target.measure])


def _pooled(rated: Collection[Rated], asked: int) -> Figure:
    """Return the engagements of all videos over their views, of each at its last reading that has both."""
    facts = {"n": len(rated), "of": asked}
    if not rated:
        return unknown("no_rate_known", **facts)
    return known(sum(one.engagements for one in rated) * 100.0 / sum(one.counts["views"] for one in rated), **facts)


def _target(material: Material, state: _State) -> Figure:
    target, found = state.target, state.found
    share = None if found["value"] is None or target.measure == "cpm" else found["value"] * 100.0 / target.value
    return {
        "measure": target.measure,
        "target": target.value,
        "unit": _unit(material, target.measure),
        "date": format_instant(state.by),
        "as_of": format_instant(state.window.until),
        "is_past": not state.window.running,
        "value": found,
        "verdict": _verdict(state),
        "reached_pct": share,
        "days_left": state.days_left,
        **_pace(material, state),
    }


def _unit(material: Material, measure: str) -> str | None:
    currency = reported_currency(material.campaign)
    priced = None if currency is None else f"{currency} per 1000 views"
    return {"cpm": priced, "views": "views"}.get(measure, "%")


def _verdict(state: _State) -> str:
    """Return how a target stands; what is known of some videos only decides where its bound does."""
    found, target = state.found, state.target
    if found["value"] is None or found["n"] < found["of"]:
        if target.measure == "cpm":
            most = found.get("at_most")
            return "reached" if most is not None and most <= target.value else "unknown"
        bounded = target.measure == "views" and found["is_bound"]
        return "reached" if bounded and state.is_reached else "unknown"
    if state.is_reached:
        return "reached"
    return "not yet" if state.window.running else "missed"


def _pace(material: Material, state: _State) -> Figure:
    nothing = _why_no_pace(state)
    if nothing is not None:
        return {name: unknown(nothing) for name in _PACES}
    window = state.window
    wanted, has = _wanted(state)
    begun = window.until > window.start
    share = (window.until - window.start) / (state.by - window.start) if begun else 0.0
    return {
        "needed_per_day": known((wanted - has) / state.days_left),
        "expected_by_now": known(wanted * share) if begun else unknown("begun_later"),
        "recent_per_day": _recent(material, window),
    }


def _why_no_pace(state: _State) -> str | None:
    if state.target.measure == "engagement_rate":
        return "no_accumulation"
    if not state.window.running:
        return "past"
    if state.found["value"] is None:
        return str(state.found["reason"])
    return "reached" if state.is_reached else None


def _wanted(state: _State) -> tuple[float, float]:
    """Give how many views the target needs, and how many there are; a CPM needs those that the spend is spread over."""
    if state.target.measure == "views":
        return state.target.value, state.found["value"]
    return state.money["spend"]["value"] * 1000.0 / state.target.value, state.views["value"]


def _recent(material: Material, window: Window) -> Figure:
    """Return the views gained a day in the last week, or since the start where that is later: none below one day."""
    whole = campaign(material)
    length = min(RECENT, window.until - window.start)
    if length < _DAY:
        return unknown("too_early", n=0, of=whole.asked, reasons={}, days=None)
    standing = standings(material, Window(window.until - length, window.until, running=True))
    gained = total((counts["views"]["gained"] for counts in standing.values()), whole.missing)
    facts = {"n": gained["n"], "of": gained["of"], "reasons": gained["reasons"], "days": length / _DAY}
    if gained["known"] is None or not gained["is_bound"]:
        return unknown("fell" if not gained["is_bound"] else str(gained["reason"]), **facts)
    return {"value": gained["known"] / (length / _DAY), "reason": gained["reason"], **facts}
