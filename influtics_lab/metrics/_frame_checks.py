"""Whether a frame has what a metric needs. Bad structure raises here, before anything is computed."""

from __future__ import annotations

import math
import numbers as kinds
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import narwhals.stable.v2 as nw

from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics._engine import is_of_nulls, is_text, is_utc, to_lazy, to_narwhals
from influtics_lab.metrics.definitions import METRICS
from influtics_lab.schema import COUNTS, FRAME
from influtics_lab.text_format import name_columns, plural
from influtics_lab.visible_counts import TIMESTAMP, Frame

_LOADED: Final = frozenset(column.name for column in FRAME)
_ADDED_BY: Final = {name: metric.function for metric in METRICS for name in metric.columns()}
_ADVICE: Final = {
    "parse": {
        "pandas": 'frame["{0}"] = pandas.to_datetime(frame["{0}"], utc=True)',
        "polars": 'frame.with_columns(polars.col("{0}").str.to_datetime(time_zone="UTC"))',
    },
    "localize": {
        "pandas": 'frame["{0}"] = frame["{0}"].dt.tz_localize("UTC")',
        "polars": 'frame.with_columns(polars.col("{0}").dt.replace_time_zone("UTC"))',
    },
    "convert": {
        "pandas": 'frame["{0}"] = frame["{0}"].dt.tz_convert("UTC")',
        "polars": 'frame.with_columns(polars.col("{0}").dt.convert_time_zone("UTC"))',
    },
    "cast": {
        "pandas": 'frame["{0}"] = frame["{0}"].astype("int64[pyarrow]")',
        "polars": 'frame.with_columns(polars.col("{0}").cast(polars.Int64))',
    },
}
"""The line that brings a column to the type that is needed, by what is wrong and by engine."""
_TOO_WIDE: Final = (nw.UInt64, nw.UInt128, nw.Int128)


def check_counts(function: str, names: Iterable[str], allowed: Sequence[str] = COUNTS) -> list[str]:
    """Return the names once each, in the order of `allowed`; raise where one is not allowed."""
    if not isinstance(names, Iterable):
        raise FrameError(f"{function} accepts names of {', '.join(allowed)}; found {names!r}.")
    wanted = list(names)
    if any(hasattr(name, "columns") for name in wanted):
        raise FrameError(f'{function}: the frame comes first. Write frame.pipe(lab.{function}, "{allowed[0]}").')
    if unknown := [name for name in wanted if name not in allowed]:
        raise FrameError(f"{function} accepts {', '.join(allowed)}; found {', '.join(map(repr, unknown))}.")
    return [name for name in allowed if name in wanted]


def check_number(
    function: str,
    name: str,
    value: object,
    low: float,
    high: float = math.inf,
    *,
    whole: bool = False,
    above: bool = False,
) -> Any:
    """Return a parameter as a float, or as an int where it must be whole; raise where it is out of range.

    Parameters
    ----------
    function, name : str
        Which function's parameter it is, for the message.
    value : int, float, decimal.Decimal, fractions.Fraction, or a number of NumPy
        No Boolean, and no text.
    low, high : float
        The least and the largest that it may be; without `high` also infinity, unless it must be whole.
    whole : bool
        Whether it must be a whole number: 3 and 3.0 are, 2.5 is not.
    above : bool
        Whether it must be above `low`.

    Raises
    ------
    FrameError
        If it is anything else.

    Examples
    --------
    >>> check_number("compare", "resamples", 2000, 1, whole=True)
    2000
    >>> check_number("flag_counters", "purge_pct", "1", 0)
    Traceback (most recent call last):
    ...
    influtics_lab.errors.FrameError: flag_counters: purge_pct is '1'; it must be a number, 0 or more.
    """
    converted = _to_float(value)
    fits = low < converted <= high if above else low <= converted <= high  # neither holds for NaN
    if fits and not whole:
        return converted
    if fits and converted.is_integer():
        whole_number: Any = value
        return int(whole_number)
    least = f" above {low:g}" if above else f", {low:g} or more"
    most = f" and at most {high:g}" if high < math.inf else ""
    kind = "a whole number" if whole else "a number"
    raise FrameError(f"{function}: {name} is {value!r}; it must be {kind}{least}{most}.")


def check_level(function: str, level_pct: object) -> float:
    """Return a confidence level in percent; raise where it is none from 50 to below 100."""
    level: float = check_number(function, "level_pct", level_pct, 0, 100)
    if not 50 <= level < 100:
        raise FrameError(
            f"{function}: level_pct is {level:g}, in percent; give one from 50 to below 100, such as 95 for 95 %."
        )
    return level


def _to_float(value: object) -> float:
    """Return a number as a float; NaN where it is none, or beyond the range of floats."""
    if isinstance(value, bool) or not isinstance(value, kinds.Real | Decimal):
        return math.nan
    try:
        return float(value)
    except (OverflowError, ValueError):
        return math.nan


def open_readings(
    frame: object,
    function: str,
    *,
    by: str,
    counts: Sequence[str] = (),
    instants: Sequence[str] = (),
    numbers: Sequence[str] = (),
    texts: Sequence[str] = (),
    unique: bool = True,
) -> Frame:
    """Open a frame of readings if it has the columns and types that a function needs; `to_native` closes it.

    ``timestamp`` is always needed. That no two readings of a video have the same timestamp is looked at where the
    frame is eager and it matters (`unique`); a lazy frame would have to be computed for it.
    A count or number of the type Null is all null, and becomes Int64.
    """
    if not isinstance(by, str):
        raise FrameError(
            f"{function}: by is {by!r}; it must be the name of one column, the one that identifies a video."
        )
    if by == TIMESTAMP:
        raise FrameError(f"{function}: by is {TIMESTAMP!r}; it must name the column that identifies a video.")
    readings = _open_typed(frame, function, counts, numbers, instants=(TIMESTAMP, *instants), others=(by, *texts))
    check_texts(readings, function, *texts)
    if unique and isinstance(readings, nw.DataFrame):
        _check_unique(readings, function, by)
    return to_lazy(readings)


def check_texts(frame: Frame, function: str, *names: str) -> None:
    """Raise where one of these columns is there, and is neither of texts nor of nulls."""
    schema = frame.collect_schema()
    for name in names:
        if name in schema and not is_text(frame, name):
            raise FrameError(f"{function}: {name} is {schema[name]}; it must be String. Cast it.")


def open_sums(frame: object, function: str, *, counts: Sequence[str], numbers: Sequence[str] = ()) -> Frame:
    """Open a frame of sums over videos, such as a creator's: it has counts, but neither videos nor instants."""
    return to_lazy(_open_typed(frame, function, counts, numbers))


def has_only_sums(frame: object, function: str, by: object) -> bool:
    """Return whether a frame has neither the column that identifies a video nor ``timestamp``."""
    columns = to_narwhals(frame, function).collect_schema().names()
    return by not in columns and TIMESTAMP not in columns


def _open_typed(
    frame: object,
    function: str,
    counts: Sequence[str],
    numbers: Sequence[str],
    *,
    instants: Sequence[str] = (),
    others: Sequence[str] = (),
) -> Frame:
    opened = to_narwhals(frame, function)
    require_columns(opened, function, (*others, *instants, *counts, *numbers))
    all_null = {name for name in (*counts, *numbers) if is_of_nulls(opened, name)}
    if all_null:
        opened = opened.with_columns(nw.col(name).cast(nw.Int64()) for name in all_null)
    _check_types(opened, function, counts, instants, numbers)
    return opened


def require_columns(frame: Frame, function: str, needed: Sequence[Any]) -> None:
    """Raise where a column is missing; the message names what adds it, if that is known."""
    if others := [name for name in needed if not isinstance(name, str)]:
        raise FrameError(f"{function}: {others[0]!r} is not the name of a column; give one as text.")
    columns = frame.collect_schema().names()
    missing = [name for name in dict.fromkeys(needed) if name not in columns]
    if not missing:
        return
    if _LOADED.issuperset(missing):
        advice = "lab.load_stats() and Snapshot.frame() give frames that have them all."
    elif adding := list(dict.fromkeys(_ADDED_BY[name] for name in missing if name in _ADDED_BY)):
        advice = f"Pipe the frame through {', '.join(f'lab.{name}' for name in adding)} first."
    else:
        advice = f"The frame has: {', '.join(columns)}."
    raise MissingColumnError(f"{function} needs {name_columns(missing)}. {advice}", missing=missing)


def _check_types(
    frame: Frame, function: str, counts: Sequence[str], instants: Sequence[str], numbers: Sequence[str]
) -> None:
    schema = frame.collect_schema()
    for name in instants:
        dtype = schema[name]
        if not isinstance(dtype, nw.Datetime):
            advice = _advise(frame, "parse", name)
            raise FrameError(f"{function}: {name} is {dtype}; it must be Datetime with the time zone UTC. {advice}")
        if not is_utc(frame, dtype.time_zone):
            raise FrameError(
                f"{function}: the time zone of {name} is {dtype.time_zone}; it must be UTC. "
                f"{_advise(frame, 'convert' if dtype.time_zone else 'localize', name)}"
            )
    for name in counts:
        dtype = schema[name]
        if not dtype.is_integer() or isinstance(dtype, _TOO_WIDE):
            raise FrameError(f"{function}: {name} is {dtype}; a count must be Int64. {_advise(frame, 'cast', name)}")
    for name in numbers:
        if not schema[name].is_numeric():
            raise FrameError(f"{function}: {name} is {schema[name]}; it must be a number. Cast it.")


def _advise(frame: Frame, problem: str, name: str) -> str:
    """Return what brings a column to the type that is needed."""
    engine = "pandas" if frame.implementation.is_pandas() else "polars" if frame.implementation.is_polars() else ""
    otherwise = "Cast it." if problem == "cast" else "Convert it."
    return f"Write {_ADVICE[problem][engine].format(name)}." if engine else otherwise


def _check_unique(frame: nw.DataFrame[Any], function: str, by: str) -> None:
    if _is_in_order(frame, by):
        return
    readings = frame.select(by, TIMESTAMP).drop_nulls()
    twice = len(readings) - len(readings.unique())
    if not twice:
        return
    first = readings.filter(readings.is_duplicated()).head(1)
    video, instant = first[by][0], first[TIMESTAMP][0]
    come = f"{plural(twice, 'reading')} {'comes' if twice == 1 else 'come'} twice"
    raise FrameError(
        f"{function}: {come}, such as {by} {video!r} at {instant}. Keep one row for each {by} and {TIMESTAMP}."
    )


def _is_in_order(frame: nw.DataFrame[Any], by: str) -> bool:
    """Return whether each video's rows lie together, each later than the one before: then there are no duplicates."""
    videos, instants = frame[by], frame[TIMESTAMP]
    if not len(frame) or videos.null_count() or instants.null_count():
        return False
    same, later = videos[1:] == videos[:-1], instants[1:] > instants[:-1]
    if (same & ~later).any():
        return False
    others = videos[1:].filter(~same)
    return others.n_unique() == len(others) and not (others == videos[0]).any()
