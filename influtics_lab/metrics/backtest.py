"""How often forecasts of views were right: each made from what was known on a day, and judged by what came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

import numpy as np
import polars as pl

from influtics_lab.defaults import FORECAST_LEVEL_PCT, FORECAST_MAX_GAP, FORECAST_RECENT, HORIZON
from influtics_lab.errors import FrameError
from influtics_lab.metrics._boosted_rule import boost_forecasts, load_learner
from influtics_lab.metrics._comparison_sample import to_frame_like
from influtics_lab.metrics._distributions import clustered_limits
from influtics_lab.metrics._durations import HOUR, Duration, parse_duration
from influtics_lab.metrics._engine import FrameT, to_narwhals
from influtics_lab.metrics._frame_checks import check_level, open_readings
from influtics_lab.metrics._tercile_rule import TERCILES, YOUNGEST, ForecastRule, VideoForecasts, forecast_views
from influtics_lab.metrics._view_series import DAY_MS, FLAGS, MS, NEVER, Integers, ViewSeries, build_series
from influtics_lab.metrics.definitions import look_up_columns
from influtics_lab.platforms import Rules, collect_rules
from influtics_lab.schema import COUNTS
from influtics_lab.visible_counts import Frame

ALL: Final = "all"
TERCILES_METHOD: Final = "terciles"
BOOSTING: Final = "boosting"
METHODS: Final = (TERCILES_METHOD, BOOSTING)
_WEEK: Final = 7 * DAY_MS
_ORDER: Final = (*TERCILES, "undivided", ALL)


@dataclass(frozen=True)
class ForecastRequest:
    """The settings of a forecast or a backtest, checked."""

    function: str
    horizon: int
    level_pct: float
    rule: ForecastRule
    readings: Frame
    series: ViewSeries
    method: str = TERCILES_METHOD

    def make_forecasts(self, cutoff: int, flags: Mapping[str, Integers] | None = None) -> VideoForecasts:
        """Return what is forecast for each video at an instant by the terciles, at the level asked for."""
        known = None if flags is None else dict(flags)
        return forecast_views(self.series, cutoff, self.ages, self.rule, known)

    def improve_forecasts(self, made: VideoForecasts, cutoff: int, past: pl.DataFrame) -> VideoForecasts:
        """Return forecasts with limits corrected by what came of past ones, or by boosting in their place."""
        known = past.filter(pl.col("missed_to").is_not_null(), pl.col("known_at") <= cutoff)
        improved = made.move_limits(self.series.groups, self.rule.correct_levels(known))
        if self.method == BOOSTING:
            boost_forecasts(self.series, cutoff, self.horizon, self.rule, improved)
        return improved

    @property
    def begin(self) -> int:
        """Return the instant before which no video can be forecast."""
        return self.series.first + YOUNGEST

    @property
    def ages(self) -> Integers:
        """Return the age that is asked for, of each video."""
        return np.full(len(self.series.published), self.horizon)


def open_request(
    frame: object,
    function: str,
    horizon: Duration,
    *,
    level_pct: float,
    recent: Duration,
    max_gap: Duration,
    rules: Rules,
    by: str,
    until: object = None,
    method: str = TERCILES_METHOD,
) -> ForecastRequest:
    """Return the settings and the views of a frame; raise where one of them is not allowed."""
    age = parse_duration(function, "horizon", horizon) // MS
    if age <= YOUNGEST:
        raise FrameError(f"{function}: horizon is {horizon!r}; it must be an age above 2 days, such as '30d'.")
    if method not in METHODS:
        raise FrameError(f"{function}: method is {method!r}; it must be one of {', '.join(METHODS)}.")
    if method == BOOSTING:
        load_learner()
    level = check_level(function, level_pct)
    if until is not None and (until.tzinfo is None if isinstance(until, datetime) else True):
        raise FrameError(f"{function}: until is {until!r}; give a datetime with a time zone.")
    lengths = [parse_duration(function, name, value) for name, value in (("recent", recent), ("max_gap", max_gap))]
    flagged = set(FLAGS) <= set(to_narwhals(frame, function).collect_schema().names())
    readings = open_readings(
        frame,
        function,
        by=by,
        counts=("views",) if flagged else COUNTS,
        instants=("published_at",),
        texts=("platform",),
    )
    series = build_series(readings, collect_rules(rules), lengths[1], until, by=by)
    rule = ForecastRule(Fraction(str(level)) / 100, lengths[0] // MS)
    return ForecastRequest(function, age, level, rule, readings, series, method)


def backtest(
    frame: FrameT,
    horizon: Duration = HORIZON,
    *,
    every: Duration = "7d",
    level_pct: float = FORECAST_LEVEL_PCT,
    recent: Duration = FORECAST_RECENT,
    max_gap: Duration = FORECAST_MAX_GAP,
    rules: Rules = (),
    method: str = TERCILES_METHOD,
    by: str = "video_id",
) -> FrameT:
    """Return how often `forecast` was right on this frame, by rolling dates: coverage, width and error.

    At each date every video is forecast from the readings up to that date alone, by calibrators whose outcome was known
    by then. Later readings decide what came. Nothing is shuffled. An outcome below the views of that date is a miss, as
    is one above the upper limit.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        As `forecast` needs it, with readings up to the horizon's age of videos that have reached it.
    horizon, level_pct, recent, max_gap, rules, method, by
        As in `forecast`.
    every : str or datetime.timedelta
        How far apart the dates are; the last one is the newest visible reading.

    Returns
    -------
    frame of the kind that came in
        One row for each tercile of growth with a forecast, the slowest first, and one for ``all``; none for no video:

        - ``tercile`` (String); ``level_pct`` (Float64, %); ``horizon_hours`` (Float64, hours); ``dates`` (Int64), at
          how many dates there was a forecast;
        - ``forecasts`` (Int64); ``outcomes`` (Int64), of how many of them it is known what came; ``videos`` (Int64), of
          how many videos these outcomes are; ``outcomes_effective`` (Float64, outcomes), how many independent ones say
          as much, as forecasts of one date, and of one video, hold or fail together;
        - ``calibrators`` (Float64), the median of how many there were;
        - ``coverage_pct`` (Float64, %), how many of the outcomes lay within the limits, with the
          Clopper-Pearson interval at 95 % of so many effective outcomes, ``coverage_low_pct`` and ``coverage_high_pct``
          (Float64, %);
        - ``width_pct`` (Float64, %), the median of 100 (upper limit - views then) / views then;
        - ``error_pct`` (Float64, %), the median of 100 abs(point - outcome) / outcome, the point being the
          median of the tercile's ratios; ``ratio_error_pct`` and ``no_growth_error_pct`` (Float64, %), the same for
          the plain ratio (the median of all calibrators of the platform and age) and for the views of that date;
        - ``beats_ratio`` (Boolean), whether ``error_pct`` is below ``ratio_error_pct``: then `forecast` uses it;
        - ``refused`` (Int64) and ``refusals`` (String), how many forecasts were refused and why: only in the row
          ``all``.

        Figures are null without an outcome. A lazy frame is computed at once; what comes back is lazy again.

    Raises
    ------
    MissingColumnError, FrameError, ConfigError
        As `forecast`.

    References
    ----------
    Vovk, V., Gammerman, A. and Shafer, G. (2005). Algorithmic Learning in a Random World. Springer. (Why the k-th of m
    exchangeable ratios, k the level's share of m + 1, covers at that level.)
    Korn, E. L. and Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data. Survey Methodology 24(2), 193-201. (The interval: of outcomes of simulated videos
    whose days move together, one of independent outcomes held the coverage of all populations in 43 to 68 %, this one
    in 93 to 100 %, and of readings over 13 days in 83 to 97 %.)
    Hansen, L. P. and Hodrick, R. J. (1980). Forward exchange rates as optimal predictors of future spot rates. Journal
    of Political Economy 88(5), 829-853. (Forecasts whose outcomes lie in the same days fail together: dates closer
    than the median wait for an outcome count as fewer.)
    Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy. International Journal of Forecasting 16(4),
    437-450. (Rolling origins.)

    Examples
    --------
    Without a video that has reached the age, each forecast is refused:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a"] * 4,
    ...     "platform": ["TikTok"] * 4,
    ...     "published_at": [datetime(2025, 6, 1, tzinfo=UTC)] * 4,
    ...     "timestamp": [datetime(2025, 6, day, tzinfo=UTC) for day in (1, 2, 3, 4)],
    ...     "views": [0, 1000, 1500, 1800],
    ...     "is_purge": [False] * 4,
    ...     "is_burst": [False] * 4,
    ... })
    >>> backtest(frame, "7d").select("tercile", "outcomes", "coverage_pct", "refused", "refusals").rows()
    [('all', 0, None, 1, '1: no calibrators on its platform')]
    """
    request = open_request(
        frame,
        "backtest",
        horizon,
        level_pct=level_pct,
        recent=recent,
        max_gap=max_gap,
        rules=rules,
        by=by,
        method=method,
    )
    step = parse_duration("backtest", "every", every) // MS
    rows = _backtest_dates(request, step)
    judged = rows.filter(pl.col("upper").is_not_null())["tercile"].unique().to_list()
    named = [name for name in _ORDER if name in judged or (name == ALL and len(request.series.published))]
    columns = look_up_columns("backtest")
    made = [_summarise(rows if name == ALL else rows.filter(tercile=name), name, request) for name in named]
    return to_frame_like(pl.DataFrame(made, schema=columns), frame)


def collect_past(request: ForecastRequest, cutoff: int) -> pl.DataFrame:
    """Return the forecasts of earlier weeks, and what came of them by an instant, as `_judge` does."""
    dates = _find_past_dates(cutoff, request)
    return _concat(
        request, [_judge(request, request.make_forecasts(date, _never(request)), date, cutoff) for date in dates]
    )


def find_better_terciles(past: pl.DataFrame) -> frozenset[str]:
    """Return the terciles whose point beat the plain ratio in past forecasts."""
    rows = past.filter(pl.col("tercile").is_not_null())
    names = rows["tercile"].unique().to_list()
    return frozenset(name for name in names if _beats(_find_errors(rows.filter(tercile=name))))


def _backtest_dates(request: ForecastRequest, step: int) -> pl.DataFrame:
    """Return one row for each date and video below the horizon, as `forecast` would have it on that date."""
    series = request.series
    dates = set(_find_dates(request, step))
    needed = dates | {past for date in dates for past in _find_past_dates(date, request)}
    flags = series.find_flags(series.numbers)
    history: dict[int, pl.DataFrame] = {}
    tables = []
    for date in sorted(needed):
        made = request.make_forecasts(date, flags)
        history[date] = _judge(request, made, date, series.newest).filter(pl.col("missed_to").is_not_null())
        if date in dates:
            past = [history[day] for day in _find_past_dates(date, request)]
            improved = request.improve_forecasts(made, date, _concat(request, past))
            tables.append(_judge(request, improved, date, series.newest))
    return _concat(request, tables)


def _find_dates(request: ForecastRequest, step: int) -> list[int]:
    """Return the dates, from the newest reading back, at which a video is below the horizon."""
    dates = np.arange(request.series.newest, request.begin, -step)
    published = np.sort(request.series.published)
    ever = np.searchsorted(published, dates, "right") > np.searchsorted(published, dates - request.horizon, "right")
    return [int(date) for date in dates[ever]]


def _find_past_dates(cutoff: int, request: ForecastRequest) -> range:
    """Return the dates of the time that calibrators are from: a week apart, in the first four weeks a day."""
    step = _WEEK if cutoff - request.begin > 4 * _WEEK else DAY_MS
    return range(cutoff - step, max(cutoff - request.rule.recent, request.begin), -step)


def _judge(request: ForecastRequest, made: VideoForecasts, date: int, until: int) -> pl.DataFrame:
    """Return one row for each video that was below the horizon at a date, with what came if it was read by `until`."""
    outcome, known_at = request.series.measure_at(request.horizon)
    came = pl.Series("outcome", np.where(known_at <= until, outcome, np.nan), nan_to_null=True)
    rows = made.to_table().with_columns(
        came,
        pl.Series("known_at", known_at),
        pl.Series("group", request.series.groups),
        date=pl.lit(date, dtype=pl.Int64),
    )
    return rows.filter(pl.col("now_at") >= 0, pl.col("age") < request.horizon).with_columns(
        (pl.col("point") - pl.col("outcome")).abs().alias("error"),
        (pl.col("ratio_point") - pl.col("outcome")).abs().alias("ratio_error"),
        (pl.col("now") - pl.col("outcome")).abs().alias("no_growth_error"),
        pl.col("outcome").is_between(pl.col("now"), pl.col("upper")).alias("covered"),
    )


def _never(request: ForecastRequest) -> dict[str, Integers]:
    """Return flags of counters that never misbehave."""
    return {name: np.full(len(request.series.published), NEVER) for name in FLAGS}


def _concat(request: ForecastRequest, tables: list[pl.DataFrame]) -> pl.DataFrame:
    """Return tables of `_judge` as one, also where there are none."""
    return pl.concat(tables) if tables else _judge(request, request.make_forecasts(0, _never(request)), 0, 0).clear()


def _find_errors(rows: pl.DataFrame) -> dict[str, float | None]:
    """Return the median errors in percent of the outcome."""
    judged = rows.filter(pl.col("upper").is_not_null(), pl.col("outcome") > 0)
    names = ("error", "ratio_error", "no_growth_error")
    medians = judged.select((pl.col(name) * 100.0 / pl.col("outcome")).median() for name in names)
    return {f"{name}_pct": medians[name][0] for name in names}


def _beats(errors: Mapping[str, float | None]) -> bool | None:
    own, plain = errors["error_pct"], errors["ratio_error_pct"]
    return None if own is None or plain is None else own < plain


def _summarise(rows: pl.DataFrame, name: str, request: ForecastRequest) -> dict[str, Any]:
    made = rows.filter(pl.col("upper").is_not_null())
    judged = made.filter(pl.col("outcome").is_not_null())
    errors = _find_errors(rows)
    refused = rows["refused"].drop_nulls() if name == ALL else None
    return {
        "tercile": name,
        "level_pct": request.level_pct,
        "horizon_hours": request.horizon * MS / HOUR,
        "dates": made["date"].n_unique(),
        "forecasts": made.height,
        "outcomes": judged.height,
        "videos": judged["number"].n_unique(),
        "calibrators": made["calibrators"].median(),
        **_describe_coverage(judged),
        "width_pct": judged.select(((pl.col("upper") - pl.col("now")) * 100.0 / pl.col("now")).median()).item(),
        **errors,
        "beats_ratio": _beats(errors),
        "refused": None if refused is None else len(refused),
        "refusals": None if refused is None else _count_refusals(refused),
    }


def _describe_coverage(judged: pl.DataFrame) -> dict[str, float]:
    """Return how many outcomes lay within the limits, with an interval by dates and videos as clusters.

    Dates that are closer than forecasts wait for their outcome share days, and say less than as many separate ones.
    """
    if not judged.height:
        return {}
    covered, dates, videos = (judged[name].to_numpy() for name in ("covered", "date", "number"))
    wait = judged.select((pl.col("known_at") - pl.col("date")).median()).item()
    low, high, effective = clustered_limits(covered, dates, videos, separate=1 + np.ptp(dates) / wait)
    return {
        "outcomes_effective": effective,
        "coverage_pct": 100.0 * float(covered.mean()),
        "coverage_low_pct": low,
        "coverage_high_pct": high,
    }


def _count_refusals(refused: pl.Series) -> str | None:
    """Return how often each reason occurred, the most frequent first; numbers in reasons are left out."""
    reasons = refused.str.split(": ").list.first() if len(refused) else refused
    counted = reasons.value_counts(sort=False).sort(["count", "refused"], descending=[True, False])
    return "; ".join(f"{number:,}: {reason}" for reason, number in counted.rows()) or None
