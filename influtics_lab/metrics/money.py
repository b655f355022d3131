"""Money: what views and engagements cost, and what they would have cost."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Final

import narwhals.stable.v2 as nw

from influtics_lab.errors import FrameError
from influtics_lab.metrics._engine import FrameT, as_float, keep_finite, to_microseconds, to_native
from influtics_lab.metrics._frame_checks import check_counts, check_number, has_only_sums, open_readings, open_sums
from influtics_lab.metrics._rule_crossings import has_platform, name_crossed
from influtics_lab.platforms import CountingRule, Rules, collect_rules
from influtics_lab.schema import COUNTS
from influtics_lab.visible_counts import TIMESTAMP, Frame, with_masked_counts

_ORIGINS: Final = ("published_at", "created_at")


def cpm(frame: FrameT, spend: str = "spend", *, by: str = "video_id", rules: Rules = ()) -> FrameT:
    """Add what a thousand views cost: the cost per mille.

    ::

        cpm = 1000 spend / views

    The spend of a row is what was paid for all its views: for a campaign's price, add this first, then keep each
    video's last reading (`latest`).

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Readings: needs `by`, ``timestamp`` (Datetime, UTC), ``views`` (integers) and the spend. Or sums, such as one
        row for each creator: needs ``views`` and the spend, and has neither `by` nor ``timestamp``.
    spend : str
        The column of money (integers, floats or decimals, in one currency). The library converts no currencies.
    by : str
        The column that identifies a video.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with ``cpm`` (Float64, currency of the spend per 1000 views): null where the
        spend is null, negative or not finite, and where views is null, or 0 or less. Not ``cpm_reported``, which is
        the endpoint's. Of readings with ``platform``, ``published_at`` and ``created_at`` also ``cpm_rule`` (String):
        the counting rules that changed between publication (or, where that is not known, the begin of tracking) and
        the reading, so that its views are counted in two ways; null where none did.

    Raises
    ------
    MissingColumnError
        If a column is not there; join your spend on by video first.
    FrameError
        If the spend is not a number, a count is not an integer, ``timestamp`` is not in UTC, or a reading comes twice
        (not checked in lazy frames).
    ConfigError
        If a counting rule is none, or comes twice.

    Examples
    --------
    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "b"],
    ...     "timestamp": [datetime(2025, 6, 30, tzinfo=UTC)] * 2,
    ...     "views": [200_000, 0],
    ...     "spend": [500.0, 500.0],
    ... })
    >>> frame.pipe(cpm)["cpm"].to_list()
    [2.5, None]
    """
    return _add_cost(frame, "cpm", spend, per=1000.0, by=by, rules=collect_rules(rules))


def cpv(frame: FrameT, spend: str = "spend", *, by: str = "video_id", rules: Rules = ()) -> FrameT:
    """Add what a view cost.

    ::

        cpv = spend / views

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs what `cpm` needs.
    spend, by, rules
        As in `cpm`.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with ``cpv`` (Float64, currency of the spend per view): null where `cpm` is;
        and ``cpv_rule`` (String), as ``cpm_rule`` of `cpm`.

    Raises
    ------
    MissingColumnError, FrameError, ConfigError
        As `cpm`.

    Examples
    --------
    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "b"],
    ...     "timestamp": [datetime(2025, 6, 30, tzinfo=UTC)] * 2,
    ...     "views": [2000, 2000],
    ...     "spend": [500.0, None],
    ... })
    >>> frame.pipe(cpv)["cpv"].to_list()
    [0.25, None]
    """
    return _add_cost(frame, "cpv", spend, per=1.0, by=by, rules=collect_rules(rules))


def cpe(frame: FrameT, spend: str = "spend", *, by: str = "video_id") -> FrameT:
    """Add what an engagement cost.

    ::

        cpe = spend / engagements

    Add the engagements and this first, then keep each video's last reading (`latest`): that reading alone does not
    show whether a count is hidden, or a platform never reports it.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs what `cpm` needs, with ``engagements`` (integers; `engagement_rate` adds it) in place of ``views``.
    spend, by : str
        As in `cpm`.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with ``cpe`` (Float64, currency of the spend per engagement): null where the
        spend is null, negative or not finite, and where engagements is null, or 0 or less.

    Raises
    ------
    MissingColumnError
        If a column is not there; the message names the function that adds it.
    FrameError
        As `cpm`.

    Examples
    --------
    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "b"],
    ...     "timestamp": [datetime(2025, 6, 30, tzinfo=UTC)] * 2,
    ...     "engagements": [250, None],
    ...     "spend": [500.0, 500.0],
    ... })
    >>> frame.pipe(cpe)["cpe"].to_list()
    [2.0, None]
    """
    return _add_cost(frame, "cpe", spend, per=1.0, by=by, count="engagements")


def emv(frame: FrameT, rates: Mapping[str, float], *, by: str = "video_id") -> FrameT:
    """Add what the counts would be worth at prices that you give: the earned media value.

    ::

        emv = sum of rates[count] count

    There are no default rates: published ones differ manyfold. Say in a report which ones were used. Add this first,
    then keep each video's last reading (`latest`): that reading alone does not show whether a count is hidden.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Readings: needs `by`, ``timestamp`` (Datetime, UTC), ``views`` and the counts that have a rate (integers). Or
        sums, such as one row for each creator: needs the counts that have a rate, and has neither `by` nor
        ``timestamp``.
    rates : mapping of str to float
        For each of ``views``, ``likes``, ``comments`` and ``reposts`` that counts, what one is worth, in one currency.
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with ``emv`` (Float64, currency of the rates): null where a count that has a
        rate is missing or hidden (see `engagement_rate`): a part of a value is not the value.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If no rate is given, one is negative or no finite number, a count is not known or no integer, ``timestamp`` is
        not in UTC, or a reading comes twice (not checked in lazy frames).

    Examples
    --------
    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "b"],
    ...     "timestamp": [datetime(2025, 6, 30, tzinfo=UTC)] * 2,
    ...     "views": [10_000, 10_000],
    ...     "likes": [400, None],
    ... })
    >>> frame.pipe(emv, {"views": 0.01, "likes": 0.25})["emv"].to_list()
    [200.0, None]
    """
    prices = _check_prices(rates)
    if has_only_sums(frame, "emv", by):
        sums = open_sums(frame, "emv", counts=tuple(prices))
        return to_native(sums.with_columns(_sum_worth(prices, {name: name for name in prices})), frame)
    readings = open_readings(frame, "emv", by=by, counts=("views", *prices))
    masked, columns = with_masked_counts(readings, list(prices), by=by)
    return to_native(masked.with_columns(_sum_worth(prices, columns)).drop(*columns.values()), frame)


def _sum_worth(prices: Mapping[str, float], columns: Mapping[str, str]) -> nw.Expr:
    worth = reduce(add, (as_float(nw.col(columns[count])) * price for count, price in prices.items()))
    return keep_finite(worth).alias("emv")


def _check_prices(rates: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(rates, Mapping):
        raise FrameError(f"emv: rates is {rates!r}; give a mapping, such as {{'views': 0.01}}.")
    names = check_counts("emv(rates=)", rates, COUNTS)
    if not names:
        raise FrameError(f"emv: rates is empty; say what one of {', '.join(COUNTS)} is worth. There is no default.")
    return {name: check_number("emv", f"the rate of {name}", rates[name], 0, sys.float_info.max) for name in names}


def _add_cost(
    frame: FrameT,
    name: str,
    spend: str,
    *,
    per: float,
    by: str,
    count: str = "views",
    rules: Sequence[CountingRule] = (),
) -> FrameT:
    crossed: list[nw.Expr] = []
    if has_only_sums(frame, name, by):
        rows = open_sums(frame, name, counts=(count,), numbers=(spend,))
    else:
        rows = open_readings(frame, name, by=by, counts=(count,), numbers=(spend,))
        if rules and has_platform(rows) and _has_origins(rows):
            start = nw.coalesce(*(to_microseconds(rows, column) for column in _ORIGINS))
            crossed = [name_crossed(rows, rules, start, to_microseconds(rows, TIMESTAMP)).alias(f"{name}_rule")]
    price = cost_per(nw.col(spend), as_float(nw.col(count)), per)
    return to_native(rows.with_columns(price.alias(name), *crossed), frame)


def _has_origins(frame: Frame) -> bool:
    schema = frame.collect_schema()
    return all(isinstance(schema.get(column), nw.Datetime) for column in _ORIGINS)


def cost_per(spend: nw.Expr, units: nw.Expr, per: float) -> nw.Expr:
    """Return what so many units cost: null where the spend is negative or not finite, and where there are no units."""
    paid = spend.cast(nw.Float64())
    return nw.when((paid >= 0) & (paid < math.inf) & (units > 0)).then(keep_finite(paid * per / units))
