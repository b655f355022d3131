"""How many views each video will have at an age, with limits: from what similar videos of the same frame did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import polars as pl

from influtics_lab.defaults import FORECAST_LEVEL_PCT, FORECAST_MAX_GAP, FORECAST_RECENT, HORIZON
from influtics_lab.metrics._comparison_sample import to_frame_like
from influtics_lab.metrics._durations import HOUR, Duration
from influtics_lab.metrics._engine import FrameT, collect_polars
from influtics_lab.metrics._video_columns import join_to_videos
from influtics_lab.metrics._view_series import MS
from influtics_lab.metrics.backtest import (
    BOOSTING,
    TERCILES_METHOD,
    collect_past,
    find_better_terciles,
    open_request,
)
from influtics_lab.metrics.definitions import look_up_columns
from influtics_lab.platforms import Rules

ADDED: Final = look_up_columns("forecast")
TERCILE: Final = "tercile"
PLAIN_RATIO: Final = "plain ratio"


def forecast(
    frame: FrameT,
    horizon: Duration = HORIZON,
    *,
    level_pct: float = FORECAST_LEVEL_PCT,
    recent: Duration = FORECAST_RECENT,
    max_gap: Duration = FORECAST_MAX_GAP,
    until: datetime | None = None,
    rules: Rules = (),
    method: str = TERCILES_METHOD,
    keep: Sequence[str] = (),
    by: str = "video_id",
) -> FrameT:
    """Return how many views each video will have at an age, with limits, or why that cannot be said.

    Calibrators are the videos of the frame, of the same platform and under the same counting rule, that were published
    in the last `recent`, and have reached the horizon. With V(a) the views at age a, interpolated between readings, t0
    the video's age at its last visible reading, rounded down to 6 hours (to days from 7 days on), and t1 the horizon::

        g = ln(V(t0) / V(t0 - 1 d))             growth; calibrators are cut at its terciles: slow, middle, fast
        y = ln(V(t1) / V(t0)), at least 0       of each calibrator

        point = V(t0) e^(median of y)           in the video's tercile
        upper = V(t0) e^(y_k)                   the k-th smallest of its m ratios, k = (m + 1) level, rounded up
        lower = the views now

    Where the limits of the last weeks' forecasts held less than the level, by outcomes that are known by now, the level
    in k is replaced by one that would have held its share of them: per platform, counting rule and tercile. Where they
    held more, so is it if that is beyond chance. The limits are ratios that occurred, so nothing can explode. The point
    is the tercile's only where that beat the plain ratio, the median over all calibrators, in a backtest by rolling
    dates of the same frame (``point_rule``); else it is that ratio's, at most the upper limit. `backtest` returns how
    often such forecasts were right.

    A forecast is about videos like those of the frame: where these change, so does the coverage. Limits of 90 % held
    90 % of the outcomes of simulated videos in each tercile, 90 to 91 % where the long tail of new videos grew or
    shrank by half within five months, 89 to 90 % where it doubled, 90 to 93 % of those of five real videos over a year,
    and 89 to 98 % of those in charts of YouTube over 13 days: there days of one window move together, as views grow 11
    to 13 % more on a day of a weekend (``tests/bench/forecast.py``).

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Readings of all videos that you have, not only of those to forecast. Needs `by`, ``timestamp``,
        ``published_at`` (Datetime, UTC), ``platform``, and all counts (integers), by which purges and bursts are found;
        or ``views`` with ``is_purge`` and ``is_burst`` of `flag_counters`. A column ``is_short`` (Boolean) says which
        videos of YouTube are Shorts; a counting rule of Shorts is about all others whose format is not known, too.
    horizon : str or datetime.timedelta
        The age, since publication, such as ``"30d"``; above 2 days.
    level_pct : float
        How many outcomes of a hundred are to lie within the limits, from 50 to below 100. 90 needs 9 calibrators in
        the video's tercile, 95 needs 19.
    recent : str or datetime.timedelta
        How long ago calibrators were published at most; 1.5 times as long where there would be too few for three
        terciles. The fewer days, the sooner forecasts follow a change.
    max_gap : str or datetime.timedelta
        The longest gap between two readings across which views are interpolated.
    until : datetime.datetime, optional
        Only readings up to this instant, with a time zone.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known (`counting_rules`).
    method : {"terciles", "boosting"}
        ``boosting`` predicts point and upper limit by gradient boosting instead, calibrated alike, where a platform has
        100 calibrators or more; it needs scikit-learn (``pip install 'influtics-lab[forecast]'``). From 1,000 videos on
        its median errors were 14 to 22 % lower and its limits up to 11 % narrower, at the same coverage
        (``tests/bench/forecast_learner.py``).
    keep : sequence of str
        Further columns of the video to keep, as they are at its last reading.
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        One row for each video that has a reading, sorted by `by`: `by`, the columns of ``videos`` that are there and
        those of `keep`, and

        - ``age_hours`` (Float64, hours), the age at the last visible reading; ``horizon_hours`` (Float64, hours);
        - ``views_now`` (Int64, views), the last visible views, and ``views_now_at`` (Datetime, UTC), when they were
          read;
        - ``views_forecast``, ``views_forecast_low`` and ``views_forecast_high`` (Float64, views): point and limits,
          null where the forecast is refused;
        - ``level_pct`` (Float64, %);
        - ``calibrators`` (Int64), how many there are in the video's tercile, and ``tercile`` (String: ``slow``,
          ``middle`` or ``fast``; ``undivided`` where all calibrators grew alike): both null where neither is known;
        - ``point_rule`` (String): ``tercile``, ``plain ratio`` or ``boosting``, what the point is made of; null where
          it is null;
        - ``refused`` (String): why nothing is forecast; null where something is. Publication or platform is not known,
          views are never visible or fewer than 100, the video is younger than 2 days, has reached the horizon or passed
          it unread, its growth is not known, a purge or burst is flagged before, a counting rule changes between its
          publication and the horizon, or there are no or too few calibrators.

        A lazy frame is computed at once, when this is called; what comes back is lazy again.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a parameter is not one of those above, a count is not an integer, an instant is not in UTC, or a reading
        comes twice (not checked in lazy frames).
    ConfigError
        If a counting rule is none, or comes twice.

    References
    ----------
    Szabo, G. and Huberman, B. A. (2010). Predicting the popularity of online content. Communications of the ACM 53(8),
    80-88. (The logarithms of early and late counts of a video are linearly related.)
    Vovk, V., Gammerman, A. and Shafer, G. (2005). Algorithmic Learning in a Random World. Springer. (The limits.)
    Kuleshov, V., Fenner, N. and Ermon, S. (2018). Accurate uncertainties for deep learning using calibrated regression.
    ICML, PMLR 80, 2796-2804. (A level is replaced by the one at which it held before.)

    Examples
    --------
    Nine videos doubled to tripled from their third to their seventh day. The tenth is three days old, the last one too
    young:

    >>> from datetime import datetime, timedelta, UTC
    >>> import polars as pl
    >>> start = datetime(2025, 6, 1, tzinfo=UTC)
    >>> rows = [(f"v{n}", start, age, views) for n in range(9)
    ...         for age, views in ((2, 1000), (3, 2000), (7, 4000 + 250 * n))]
    >>> rows += [("young", start + timedelta(days=6), age, 500 * age) for age in (0, 1)]
    >>> rows += [("ten", start + timedelta(days=4), age, views) for age, views in ((2, 500), (3, 1000))]
    >>> frame = pl.DataFrame(
    ...     [("TikTok", video, day, day + timedelta(days=age), views, False, False) for video, day, age, views in rows],
    ...     schema=["platform", "video_id", "published_at", "timestamp", "views", "is_purge", "is_burst"],
    ...     orient="row",
    ... )
    >>> forecasts = frame.pipe(forecast, "7d", max_gap="4d").filter(pl.col("video_id").is_in(["ten", "young"]))
    >>> limits = pl.col("views_forecast", "views_forecast_high").round(3)
    >>> forecasts.select("video_id", "views_now", limits, "refused").rows()
    [('ten', 1000, 2500.0, 3000.0, None), ('young', 500, None, None, 'younger than 2 days')]
    """
    request = open_request(
        frame, "forecast", horizon, level_pct=level_pct, recent=recent, max_gap=max_gap, rules=rules, by=by,
        until=until, method=method,
    )  # fmt: skip
    cutoff = request.series.newest
    past = collect_past(request, cutoff)
    made = request.improve_forecasts(request.make_forecasts(cutoff), cutoff, past).to_table()
    better = find_better_terciles(past)
    by_tercile = pl.col("boosted") | pl.col("tercile").is_in(sorted(better))
    ready = pl.col("upper").is_not_null()
    now_at = pl.when(pl.col("now_at") >= 0).then(request.series.find_last_instants(cutoff))
    chosen = pl.when("boosted").then(pl.lit(BOOSTING)).when(by_tercile).then(pl.lit(TERCILE))
    columns = {
        "age_hours": (now_at - request.series.videos["published"]) / HOUR,
        "horizon_hours": pl.lit(request.horizon * MS / HOUR),
        "views_now": pl.when(pl.col("now_at") >= 0).then("views"),
        "views_now_at": now_at.cast(pl.Datetime("us", "UTC")),
        "views_forecast": pl.when(by_tercile).then("point").otherwise(pl.min_horizontal("ratio_point", "upper")),
        "views_forecast_low": pl.when(ready).then("now"),
        "views_forecast_high": pl.col("upper"),
        "level_pct": pl.lit(request.level_pct),
        "calibrators": pl.when(pl.col("tercile").is_not_null()).then("calibrators"),
        "tercile": pl.col("tercile"),
        "point_rule": pl.when(ready).then(chosen.otherwise(pl.lit(PLAIN_RATIO))),
        "refused": pl.col("refused"),
    }
    table = made.select(column.cast(ADDED[name]).alias(name) for name, column in columns.items())
    rows = table.with_columns(request.series.videos["video"].alias(by))
    videos, names = join_to_videos(request.readings, "forecast", [], keep, tuple(ADDED), by=by)
    known = collect_polars(videos.select(*names))
    return to_frame_like(known.join(rows, on=by, how="inner", maintain_order="none").sort(by), frame)
