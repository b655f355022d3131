"""Numbers and instants on the axes: thousands as k and M, log scales with few and readable ticks."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Any, Final

from matplotlib.axis import Axis
from matplotlib.dates import (
    DAILY,
    HOURLY,
    MINUTELY,
    MONTHLY,
    SECONDLY,
    AutoDateLocator,
    ConciseDateFormatter,
    num2date,
)
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, MultipleLocator, NullFormatter, NullLocator

from influtics_lab.language import find_language, format_number, place_marks, resume_language, translate
from influtics_lab.text_format import format_percentage
from influtics_lab.time_zones import AXIS_ENDS

AXES: Final[dict[str, str]] = {
    "timestamp": "time of reading (UTC)",
    "age_hours": "since publication",
    "tracked_age_hours": "since tracking began",
}
_WHOLE_UNITS: Final = {MONTHLY: 12, DAILY: 31, HOURLY: 24, MINUTELY: 60, SECONDLY: 60}  # steps that wide spans need
_FAR: Final = (-354_000, 2_567_000)  # the years 1000 and 8998: beyond, ticks of years in a zone leave the calendar
UNITS: Final = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def format_short(value: float) -> str:
    """Return a number with k, M, B or T and three digits at most before them; beyond 999T more.

    Examples
    --------
    >>> [format_short(number) for number in (950, 1_500, 2_000_000, -1_234, 0.25, 999_999, 1e16)]
    ['950', '1.5k', '2M', '-1.23k', '0.25', '1M', '10,000T']
    """
    for size, unit in UNITS:
        if abs(value) >= size * 0.9995:
            return _add_unit(format_number(value / size, ".3g" if abs(value) < size * 999.5 else ",.0f"), unit)
    return format_number(value, ".3g")


def format_in(unit: str, value: float) -> str:
    """Return a number as its unit wants it: a percentage as tables have it, any other one short.

    Examples
    --------
    >>> format_in(" %", 3.4), format_in(" views", 3_400)
    ('3.40', '3.4k')
    """
    return format_percentage(value) if "%" in unit else format_short(value)


def format_age(hours: float) -> str:
    """Return an age in days from two days on, else in hours.

    Examples
    --------
    >>> format_age(720), format_age(36)
    ('30 days', '36 hours')
    """
    return f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} hours"


def set_number_ticks(axis: Axis, low: float, high: float, scale: str, *, whole: bool = False) -> None:
    """Set the ticks of an axis between low and high, of whole numbers alone where there are no others.

    Minor ones are off, as they cost more than the data.
    """
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    decades = math.log10(high / low) if scale == "log" and low > 0 else 0.0
    if decades > 2.5:
        axis.set_major_locator(LogLocator(subs=(1.0,), numticks=8))
    elif decades > 0.9:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
    else:
        axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10], integer=whole))
    write = resume_language(find_language())  # a picture that is saved later keeps its language
    if decades > 0.9:
        axis.set_major_formatter(FuncFormatter(write(lambda value, _: format_short(value))))
    else:
        axis.set_major_formatter(FuncFormatter(write(lambda value, _: _format_tick(value, high - low))))


def _format_tick(value: float, span: float) -> str:
    """Return a tick with enough digits to differ from its neighbours."""
    value += 0.0  # no minus sign before a zero
    size, unit = next(((size, unit) for size, unit in UNITS if abs(value) >= size * 0.9995), (1.0, ""))
    digits = max(0, min(6, 1 - math.floor(math.log10(span / size / 6)))) if span > 0 else 3
    number = f"{value / size:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value / size:.0f}"
    return _add_unit(place_marks(number), unit)


def _add_unit(number: str, unit: str) -> str:
    return translate(f"%(number)s{unit}", number=number) if unit else number


class _DateFormatter(ConciseDateFormatter):
    """Writes the date of a lone tick, and none beside an axis on which a tick has one; keeps its language."""

    _has_days = False

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)  # type: ignore[no-untyped-call]  # matplotlib's stubs
        self._language = find_language()

    def get_offset(self) -> str:
        offset: str = super().get_offset()  # type: ignore[no-untyped-call]  # matplotlib's stubs
        with resume_language(self._language):
            return offset[-4:] if self._has_days else _translate_months(offset)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        texts: list[str] = super().format_ticks(values)  # type: ignore[no-untyped-call]  # matplotlib's stubs
        self._has_days = len(values) > 1 and any(text[-3:].isalpha() for text in texts)
        with resume_language(self._language):
            if len(values) != 1:
                return [_translate_months(text) for text in texts]
            instant: Any = num2date(values[0], tz=self._tz)  # type: ignore[no-untyped-call]  # matplotlib's stubs
            day = _translate_months(f"{instant:{translate('%d %b')}}")
            return [day if instant.hour + instant.minute == 0 else f"{day} {instant:%H:%M}"]


def _translate_months(text: str) -> str:
    day = re.sub(r"\b0(?=\d\. )", "", text)  # German writes no zero before a day
    return re.sub(r"[A-Z][a-z]{2}", lambda month: translate(month[0]), day)


def name_axis(by: str, zone: tzinfo = UTC) -> str:
    """Return the name of a horizontal axis, with the time zone of an axis of time.

    Examples
    --------
    >>> name_axis("timestamp"), name_axis("age_hours")
    ('time of reading (UTC)', 'since publication')
    """
    return AXES[by].replace("(UTC)", f"({zone})")


def set_time_ticks(axis: Axis, most: int = 8, *, zone: tzinfo = UTC) -> None:
    """Set the ticks of an axis of days since 1970, and cut the axis at the ends of the calendar."""
    low, high = axis.get_view_interval()
    axis.set_view_interval(max(low, AXIS_ENDS[0]), min(high, AXIS_ENDS[1]), ignore=True)
    zone = zone if low > _FAR[0] and high < _FAR[1] else UTC
    # With more ticks at least, spans between two units, such as 3.5 days, would have no step that fits, and a warning.
    locator = AutoDateLocator(tz=zone, minticks=max(2, (most - 1) // 2), maxticks=most)  # type: ignore[no-untyped-call]  # matplotlib's stubs
    for unit, whole in _WHOLE_UNITS.items():
        locator.intervald[unit] = [*locator.intervald[unit], whole]
    axis.set_major_locator(locator)
    day = translate("%d %b")
    axis.set_major_formatter(
        _DateFormatter(
            locator,
            tz=zone,
            formats=["%Y", "%b", day, "%H:%M", "%H:%M", "%H:%M:%S"],
            zero_formats=["", "%Y", day, day, "%H:%M", "%H:%M"],
            offset_formats=["", "%Y", "%Y", f"{day} %Y", f"{day} %Y", f"{day} %Y"],
        )
    )


def set_age_ticks(axis: Axis, longest: float, known: Callable[[float], int] | None = None, *, most: int = 8) -> str:
    """Set the ticks of an axis of hours, in days where it is long, and return the name of the unit.

    With ``known``, the number of videos known at each tick is written below it.
    """
    unit, name = (24.0, "days") if longest > 96 else (1.0, "hours")
    steps = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500) if name == "days" else (1, 2, 6, 12, 24, 48)
    span = (longest - max(axis.get_view_interval()[0], 0.0)) / unit
    step = next((step for step in (0.05, 0.1, 0.25, 0.5, *steps) if span / step <= most), 5000)
    axis.set_major_locator(MultipleLocator(step * unit))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / unit + 0.0:,g}{_format_known(value, known)}"))
    return name


def _format_known(value: float, known: Callable[[float], int] | None) -> str:
    n = known(value) if known else 0
    return f"\nn {n:,}" if n else ""
