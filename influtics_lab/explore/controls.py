"""The controls of an explorer, declared: the field each one sets, how it looks, and how its text becomes a value.

They are buttons rather than lists, because JupyterLab uses the arrow keys and letters of a list for itself.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

import ipywidgets as w  # type: ignore[import-untyped]  # ships neither stubs nor a py.typed marker

from influtics_lab.errors import ConfigError
from influtics_lab.explore.explorer_state import read_field

Option: TypeAlias = tuple[str, Any]
Options: TypeAlias = Callable[[Any, Any], Sequence[Option]]

NONE: Final = ""  # how a widget holds None: ipywidgets reads None as "nothing is selected", and shows nothing
_SIDE: Final = "19rem"
_HEADING: Final = "font-weight:600;line-height:1.5;margin-top:4px;border-bottom:1px solid #c4cad2"
_LABEL: Final = "4.6rem"
_WIDE: Final = "calc(100% - 4px)"
_MOST_BUTTONS: Final = 7


@dataclass(frozen=True)
class Control:
    """One control.

    Attributes
    ----------
    name : str
        The field of the state, or of its filters, that it sets.
    build : callable
        From the options (empty where there are none) to the widget.
    options : callable, optional
        From the source and the state to texts and values to choose from. Where that is empty, the control is left out.
    is_enabled : callable, optional
        From the state to whether the control matters.
    parse, format : callable
        From what the widget holds to a value of the state, and back; `parse` raises ConfigError.
    is_typed : bool
        Whether people type: the picture waits until they have finished, and an error is shown below the field.
    steps : int
        For a button that sets no field: how many places it moves along the list of videos.
    """

    name: str
    build: Callable[[tuple[Option, ...]], Any]
    options: Options | None = None
    is_enabled: Callable[[Any], bool] | None = None
    parse: Callable[[Any], Any] = lambda value: None if value == NONE else value
    format: Callable[[Any], Any] = lambda value: NONE if value is None else value
    is_typed: bool = False
    steps: int = 0

    def list_options(self, source: Any, state: Any) -> tuple[Option, ...]:
        """Return the options as the widget holds them."""
        options = () if self.options is None else self.options(source, state)
        return tuple((text, self.format(value)) for text, value in options)

    def update(self, widget: Any, source: Any, state: Any) -> None:
        """Bring the widget in line with the state: its options, its value, and whether it is enabled."""
        options = self.list_options(source, state)
        if options and widget.options != options:
            widget.options = options
        if self.is_enabled is not None:
            widget.disabled = not self.is_enabled(state)
        value = read_field(state, self.name)
        if not self._holds(widget, value):
            widget.value = self.format(value)

    def _holds(self, widget: Any, value: object) -> bool:
        """Return whether the widget has this value already: "1,5" stays as it was typed."""
        try:
            return bool(self.parse(widget.value) == value)
        except ConfigError:
            return False


Section: TypeAlias = tuple[str, Sequence[Sequence[Control]]]  # a heading, and the controls below it in rows


def buttons(
    name: str, label: str, options: Iterable[Any] | Options, is_enabled: Callable[[Any], bool] | None = None
) -> Control:
    """Declare a row of buttons; one of them is pressed.

    Parameters
    ----------
    name, label : str
    options : iterable of (str, value) or of str, or callable
        A callable gets the source and the state; more than seven options from it become a list.
    is_enabled : callable, optional
    """
    style, layout = {"button_width": "auto", "description_width": _LABEL}, {"width": "100%", "margin": "2px"}
    is_fixed = not callable(options)

    def build(options: tuple[Option, ...]) -> Any:
        if is_fixed or len(options) <= _MOST_BUTTONS:
            return w.ToggleButtons(options=options, description=label, style=style, layout=layout)
        return _build_field(w.Dropdown, label, "100%", options=options)

    if callable(options):
        return Control(name, build, options, is_enabled)
    pairs = tuple(option if isinstance(option, tuple) else (option, option) for option in options)
    return Control(name, build, lambda *_: pairs, is_enabled)


def video_list(label: str, options: Options) -> Control:
    """Declare the list of videos."""
    return Control("video_id", lambda options: _build_field(w.Dropdown, label, _WIDE, options=options), options)


def step_button(name: str, steps: int, tooltip: str) -> Control:
    """Declare a button that moves along the list of videos."""
    return Control(name, lambda _: build_button(name, tooltip), steps=steps)


def switch(name: str, label: str, tooltip: str) -> Control:
    """Declare a button that stays pressed."""
    layout = {"width": "7.5rem", "margin": "2px"}
    return Control(name, lambda _: w.ToggleButton(description=label, tooltip=tooltip, layout=layout))


def text_field(name: str, label: str, placeholder: str, tooltip: str) -> Control:
    """Declare a field for a text."""
    return Control(
        name,
        lambda _: _build_field(w.Text, label, _WIDE, placeholder=placeholder, tooltip=tooltip),
        parse=str.strip,
        is_typed=True,
    )


def days_field(name: str, label: str, tooltip: str) -> Control:
    """Declare a field for a number of days; empty is None."""

    def parse(typed: str) -> float | None:
        text = typed.strip().replace(",", ".")
        try:
            number = float(text) if text else None
        except ValueError:
            number = float("nan")
        if number is not None and not abs(number) < 1e6:
            raise ConfigError(f"{label} is {typed.strip()!r}: type a number of days, such as 7 or 1.5, or nothing.")
        return number

    return Control(
        name,
        lambda _: _build_field(w.Text, label, "9.2rem", placeholder="days", tooltip=tooltip),
        parse=parse,
        format=lambda days: NONE if days is None else f"{days:g}",
        is_typed=True,
    )


def date_field(name: str, label: str, tooltip: str) -> Control:
    """Declare a field for a day; empty is None."""
    return Control(
        name,
        lambda _: _build_field(w.DatePicker, label, "16rem", tooltip=tooltip),
        parse=lambda day: None if day is None else day.isoformat(),
        format=lambda text: None if text is None else date.fromisoformat(text),
        is_typed=True,
    )


def build_button(label: str, tooltip: str, width: str = "5.5rem") -> Any:
    """Return a button that does something."""
    return w.Button(description=label, tooltip=tooltip, layout={"width": width})


class ErrorBox(w.HTML):  # type: ignore[misc]  # ipywidgets has no types
    """A line below a field for what is wrong there; it is not displayed while it is empty."""

    def __init__(self) -> None:
        super().__init__(layout=w.Layout(width="100%", display="none"))
        self.add_class("influtics-error")

    def show(self, error: object = "") -> None:
        """Show an error, or none."""
        self.value, self.layout.display = (format_alert(error), None) if error else ("", "none")


def arrange(groups: Sequence[tuple[str, Sequence[Sequence[Any]]]], picture: Sequence[Any]) -> Any:
    """Return controls beside a picture, or above it where the column is narrow.

    Parameters
    ----------
    groups : sequence of (str, rows)
        A heading, and the widgets below it in rows that break where they do not fit.
    picture : sequence of ipywidgets.Widget
        What is beside them, from top to bottom.

    Returns
    -------
    ipywidgets.Widget
    """
    row = w.Layout(flex_flow="row wrap", align_items="center", width="100%")
    parts: list[Any] = []
    for heading, rows in groups:
        parts.append(w.HTML(f'<div style="{_HEADING}">{heading}</div>'))
        parts.extend(w.HBox(list(widgets), layout=row) for widgets in rows if widgets)
    side = w.VBox(parts, layout=w.Layout(width=_SIDE, max_width="100%", flex="0 0 auto", margin="0 12px 0 0"))
    main = w.VBox(list(picture), layout=w.Layout(flex="1 1 520px", min_width="0", max_width="920px"))
    return w.HBox([side, main], layout=w.Layout(flex_flow="row wrap", align_items="flex-start", width="100%"))


def format_alert(text: object) -> str:
    """Return what went wrong, as HTML that a screen reader reads out."""
    return f'<b role="alert" style="display:block;line-height:1.4;color:#b00020">{html.escape(str(text))}</b>'


def _build_field(kind: Any, label: str, width: str, **settings: Any) -> Any:
    style, layout = {"description_width": _LABEL}, {"width": width, "max_width": "100%"}
    return kind(description=label, style=style, layout=layout, **settings)
