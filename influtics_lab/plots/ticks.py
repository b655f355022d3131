"""Numbers and instants on the axes: thousands as k and M, log scales with few and readable ticks."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC
from typing import Final

from matplotlib.axis import Axis
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, MultipleLocator, NullFormatter, NullLocator

_UNITS: Final = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def short(value: float) -> str:
    """Write a number with k, M, B or T and three digits at most before them.

    Examples
    --------
    >>> short(950), short(1_500), short(2_000_000), short(-1_234), short(0.25), short(999_999)
    ('950', '1.5k', '2M', '-1.23k', '0.25', '1M')
    """
    for size, unit in _UNITS:
        if abs(value) >= size * 0.9995:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def numbers(axis: Axis, low: float, high: float, scale: str) -> None:
    """Give an axis of numbers between low and high its ticks; minor ones are off, for they cost more than the data."""
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    decades = math.log10(high / low) if scale == "log" and low > 0 else 0.0
    if decades > 2.5:
        axis.set_major_locator(LogLocator(subs=(1.0,), numticks=8))
    elif decades > 0.9:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
    else:
        axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    if decades > 0.9:
        axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    else:
        axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value, high - low)))


def _tick(value: float, span: float) -> str:
    """Write a tick with as many digits as tell it from its neighbours."""
    value += 0.0  # no minus sign before a zero
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(value) >= size * 0.9995), (1.0, ""))
    digits = max(0, min(6, 1 - math.floor(math.log10(span / size / 6)))) if span > 0 else 3
    return f"{value / size:.{digits}f}".rstrip("0").rstrip(".") + unit if digits else f"{value / size:.0f}{unit}"


def instants(axis: Axis, most: int = 8) -> None:
    """Give an axis of days since 1970 its ticks, in UTC."""
    locator = AutoDateLocator(tz=UTC, minticks=most // 2, maxticks=most)  # type: ignore[no-untyped-call]  # matplotlib's stubs
    axis.set_major_locator(locator)
    axis.set_major_formatter(
        ConciseDateFormatter(  # type: ignore[no-untyped-call]  # matplotlib's stubs have no dates
            locator,
            tz=UTC,
            formats=["%Y", "%b", "%d %b", "%H:%M", "%H:%M", "%H:%M:%S"],
            zero_formats=["", "%Y", "%d %b", "%d %b", "%H:%M", "%H:%M"],
            offset_formats=["", "%Y", "%Y", "%d %b %Y", "%d %b %Y", "%d %b %Y"],
        )
    )


def ages(axis: Axis, longest: float, known: Callable[[float], int] | None = None, *, most: int = 8) -> str:
    """Give an axis of hours its ticks, in days where it is long; the unit's name is returned.

    With ``known``, how many videos are known at each tick stands below it.
    """
    unit, name = (24.0, "days") if longest > 96 else (1.0, "hours")
    steps = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000) if name == "days" else (1, 2, 6, 12, 24)
    step = next((step for step in steps if longest / unit / step <= most), 5000)
    axis.set_major_locator(MultipleLocator(step * unit))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / unit:g}{_below(value, known)}"))
    return name


def _below(value: float, known: Callable[[float], int] | None) -> str:
    n = known(value) if known else 0
    return f"\nn {n:,}" if n else ""
