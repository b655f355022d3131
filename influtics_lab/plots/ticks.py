"""Numbers and instants on the axes: thousands as k and M, log scales with few and readable ticks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, num2date
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, MultipleLocator, NullFormatter, NullLocator

_UNITS: Final = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def format_short(value: float) -> str:
    """Return a number with k, M, B or T and three digits at most before them.

    Examples
    --------
    >>> [format_short(number) for number in (950, 1_500, 2_000_000, -1_234, 0.25, 999_999)]
    ['950', '1.5k', '2M', '-1.23k', '0.25', '1M']
    """
    for size, unit in _UNITS:
        if abs(value) >= size * 0.9995:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def format_age(hours: float) -> str:
    """Return an age in days from two days on, else in hours.

    Examples
    --------
    >>> format_age(720), format_age(36)
    ('30 days', '36 hours')
    """
    return f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} hours"


def set_number_ticks(axis: Axis, low: float, high: float, scale: str) -> None:
    """Set the ticks of an axis of numbers between low and high; minor ones are off, as they cost more than the data."""
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
        axis.set_major_formatter(FuncFormatter(lambda value, _: format_short(value)))
    else:
        axis.set_major_formatter(FuncFormatter(lambda value, _: _format_tick(value, high - low)))


def _format_tick(value: float, span: float) -> str:
    """Return a tick with enough digits to differ from its neighbours."""
    value += 0.0  # no minus sign before a zero
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(value) >= size * 0.9995), (1.0, ""))
    digits = max(0, min(6, 1 - math.floor(math.log10(span / size / 6)))) if span > 0 else 3
    return f"{value / size:.{digits}f}".rstrip("0").rstrip(".") + unit if digits else f"{value / size:.0f}{unit}"


class _DateFormatter(ConciseDateFormatter):
    """Writes a lone tick with its date: the base class writes its time only, since no neighbour has another date."""

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        texts: list[str] = super().format_ticks(values)  # type: ignore[no-untyped-call]  # matplotlib's stubs
        if len(values) != 1:
            return texts
        instant: Any = num2date(values[0], tz=self._tz)  # type: ignore[no-untyped-call]  # matplotlib's stubs
        return [f"{instant:%d %b}" if instant.hour + instant.minute == 0 else f"{instant:%d %b %H:%M}"]


def show_time_zone(ax: Axes, zone: tzinfo) -> Axes:
    """Return axes whose time of reading is in another zone than UTC, which the axis names."""
    ax.set_xlabel(ax.get_xlabel().replace("(UTC)", f"({zone})"))
    set_time_ticks(ax.xaxis, zone=zone)
    return ax


def set_time_ticks(axis: Axis, most: int = 8, *, zone: tzinfo = UTC) -> None:
    """Set the ticks of an axis of days since 1970."""
    # With more ticks at least, spans between two units, such as 3.5 days, would have no step that fits, and a warning.
    locator = AutoDateLocator(tz=zone, minticks=(most - 1) // 2, maxticks=most)  # type: ignore[no-untyped-call]  # matplotlib's stubs
    axis.set_major_locator(locator)
    axis.set_major_formatter(
        _DateFormatter(  # type: ignore[no-untyped-call]  # matplotlib's stubs have no dates
            locator,
            tz=zone,
            formats=["%Y", "%b", "%d %b", "%H:%M", "%H:%M", "%H:%M:%S"],
            zero_formats=["", "%Y", "%d %b", "%d %b", "%H:%M", "%H:%M"],
            offset_formats=["", "%Y", "%Y", "%d %b %Y", "%d %b %Y", "%d %b %Y"],
        )
    )


def set_age_ticks(axis: Axis, longest: float, known: Callable[[float], int] | None = None, *, most: int = 8) -> str:
    """Set the ticks of an axis of hours, in days where it is long, and return the name of the unit.

    With ``known``, the number of videos known at each tick is written below it.
    """
    unit, name = (24.0, "days") if longest > 96 else (1.0, "hours")
    steps = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000) if name == "days" else (1, 2, 6, 12, 24)
    step = next((step for step in steps if longest / unit / step <= most), 5000)
    axis.set_major_locator(MultipleLocator(step * unit))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / unit:g}{_format_known(value, known)}"))
    return name


def _format_known(value: float, known: Callable[[float], int] | None) -> str:
    n = known(value) if known else 0
    return f"\nn {n:,}" if n else ""
