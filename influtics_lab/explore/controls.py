"""The controls of an explorer: buttons rather than lists, for JupyterLab takes a list's arrow keys and letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import ipywidgets as w  # type: ignore[import-untyped]  # ships neither stubs nor a py.typed marker

from influtics_lab.errors import ConfigError
from influtics_lab.plots.font_text import clean_text
from influtics_lab.schema import COUNTS

NONE: Final = ""  # the value of "all": ipywidgets takes None for no choice, and shows nothing
FILTERS: Final = ("platform", "status", "search", "since", "until", "age", "from_days", "to_days", "flagged", "count")
DAYS: Final = ("from_days", "to_days")
TYPED: Final = ("search", "since", "until", "from_days", "to_days")
_SIDE: Final = "19rem"
_HEADING: Final = "font-weight:600;line-height:1.5;margin-top:4px;border-bottom:1px solid #c4cad2"
_LABEL: Final = "4.6rem"
_BUTTONS: Final = 6  # more values than these are a list


def filter_controls(offered: Mapping[str, Sequence[str]], *, count: bool) -> dict[str, Any]:
    """Give the controls that all explorers share, by the name of what they set in ``Filters``.

    Parameters
    ----------
    offered : mapping of str to sequence of str
        What there is to choose from of ``platform`` and ``status``; where there is nothing, there is no control.
    count : bool
        Whether pictures are of a count.

    Returns
    -------
    dict of str to ipywidgets.Widget
    """
    made = {
        name: choice(name.capitalize(), [("all", NONE), *((clean_text(v, 20) or "?", v) for v in offered[name])])
        for name in ("platform", "status")
        if offered[name]
    }
    made |= {"count": toggles("Count", COUNTS)} if count else {}
    return made | {
        "search": _text("Search", "in titles", "calc(100% - 4px)", "only videos whose title holds this text"),
        "since": _day("From", "only readings from this day (UTC)"),
        "until": _day("To", "only readings up to this day (UTC), the day itself included"),
        "age": toggles("Age since", [("publication", "published"), ("tracking", "tracked")]),
        "from_days": _text("Age from", "days", "9.2rem", "only readings of this age or older, in days"),
        "to_days": _text("Age to", "days", "9.2rem", "only readings of this age or younger, in days"),
        "flagged": w.ToggleButton(
            description="only flagged",
            tooltip="only videos with a reading that flag_counters flags for more than a cached answer",
            layout=w.Layout(width="7.5rem", margin="2px"),
        ),
    }


def toggles(description: str, options: Iterable[Any]) -> Any:
    """Give a row of buttons of which one is pressed."""
    return w.ToggleButtons(
        options=tuple(options),
        description=description,
        style={"button_width": "auto", "description_width": _LABEL},
        layout=w.Layout(width="100%", margin="2px"),
    )


def choice(description: str, options: Sequence[Any]) -> Any:
    """Give buttons, or a list where there are too many for buttons."""
    if len(options) > _BUTTONS + 1:
        return w.Dropdown(
            options=options,
            description=description,
            style={"description_width": _LABEL},
            layout=w.Layout(width="100%"),
        )
    return toggles(description, options)


def listed(description: str) -> Any:
    """Give a list of videos, to be filled."""
    return w.Dropdown(
        options=[("all", NONE)],
        description=description,
        style={"description_width": _LABEL},
        layout=w.Layout(width="calc(100% - 4px)"),
    )


def offer(control: Any, offered: Sequence[tuple[str, str | None]], value: str | None) -> str | None:
    """Let a list offer these; give back the value if it is among them, else None."""
    options = tuple((text, key or NONE) for text, key in offered)
    if control.options != options:
        control.options = options
    return value if value in {key for _, key in offered} else None


def button(description: str, tooltip: str, width: str = "5.5rem") -> Any:
    """Give a button that does something."""
    return w.Button(description=description, tooltip=tooltip, layout=w.Layout(width=width))


def beside(groups: Sequence[tuple[str, Sequence[Sequence[Any]]]], picture: Sequence[Any]) -> Any:
    """Give controls beside a picture, or above it where the column is narrow.

    Parameters
    ----------
    groups : sequence of (str, rows)
        A heading, and the controls below it in rows that break where they do not fit.
    picture : sequence of ipywidgets.Widget
        What stands beside them, from top to bottom.

    Returns
    -------
    ipywidgets.Widget
    """
    row = w.Layout(flex_flow="row wrap", align_items="center", width="100%")
    parts: list[Any] = []
    for heading, rows in groups:
        parts.append(w.HTML(f'<div style="{_HEADING}">{heading}</div>'))
        parts.extend(w.HBox(list(each), layout=row) for each in rows if each)
    side = w.VBox(parts, layout=w.Layout(width=_SIDE, max_width="100%", flex="0 0 auto", margin="0 12px 0 0"))
    main = w.VBox(list(picture), layout=w.Layout(flex="1 1 520px", min_width="0", max_width="920px"))
    return w.HBox([side, main], layout=w.Layout(flex_flow="row wrap", align_items="flex-start", width="100%"))


def read(name: str, control: Any) -> Any:
    """Give what a control says, as its state has it.

    Raises
    ------
    ConfigError
        If what was typed is no number.
    """
    value = control.value
    if isinstance(value, date):
        return value.isoformat()
    if name in DAYS:
        return _number(control.description, value)
    if name == "search":
        return value.strip()
    return None if value == NONE else value


def write(name: str, control: Any, value: Any) -> None:
    """Show in a control what its state has."""
    if name in {"since", "until"}:
        control.value = None if value is None else date.fromisoformat(value)
    elif name in DAYS:
        if value != _number_or_none(control.value):
            control.value = "" if value is None else f"{value:g}"
    elif name == "search":
        if control.value.strip() != value:
            control.value = value
    else:
        control.value = NONE if value is None else value


def _number(description: str, typed: str) -> float | None:
    text = typed.strip().replace(",", ".")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e6:
        raise ConfigError(f"{description} is {typed.strip()!r}: type a number of days, such as 7 or 1.5, or nothing.")
    return number


def _number_or_none(typed: str) -> float | None:
    try:
        return _number("", typed)
    except ConfigError:
        return None


def _text(description: str, placeholder: str, width: str, tooltip: str) -> Any:
    return w.Text(
        description=description,
        placeholder=placeholder,
        tooltip=tooltip,
        style={"description_width": _LABEL},
        layout=w.Layout(width=width, max_width="100%"),
    )


def _day(description: str, tooltip: str) -> Any:
    return w.DatePicker(
        description=description,
        tooltip=tooltip,
        style={"description_width": _LABEL},
        layout=w.Layout(width="16rem", max_width="100%"),
    )
