"""The controls of an explorer: buttons rather than lists, for JupyterLab takes a list's arrow keys and letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import ipywidgets as w  # type: ignore[import-untyped]  # ships neither stubs nor a py.typed marker

from influtics_lab.explore.state import PICTURES, SCALES
from influtics_lab.plots.text import clean
from influtics_lab.schema import COUNTS

NONE: Final = ""  # the value of "all": ipywidgets takes None for no choice, and shows nothing
NAMES: Final = ("platform", "search", "video", "picture", "count", "scale")
_BUTTONS: Final = 6  # more platforms than these are a list


def video_controls(platforms: Sequence[str]) -> dict[str, Any]:
    """Give the controls of a ``VideoExplorer`` by name, each with a class of its own, ``influtics-NAME``.

    Parameters
    ----------
    platforms : sequence of str

    Returns
    -------
    dict of str to ipywidgets.Widget
        ``platform search video picture count scale``, and the buttons ``previous`` and ``next``.
    """
    choices = [("all", NONE), *((clean(name, 20) or "?", name) for name in platforms)]
    made = {
        "platform": _platforms(choices),
        "search": w.Text(
            description="Search",
            placeholder="in titles, then Enter",
            continuous_update=False,
            layout=w.Layout(width="20rem", max_width="100%"),
        ),
        "video": w.Dropdown(
            options=[("all", NONE)], description="Video", layout=w.Layout(width="auto", flex="1 1 16rem")
        ),
        "previous": _button("previous"),
        "next": _button("next"),
        "picture": _toggles("Picture", PICTURES),
        "count": _toggles("Count", COUNTS),
        "scale": _toggles("Scale", SCALES),
    }
    for name, control in made.items():
        control.add_class(f"influtics-{name}")
    return made


def laid_out(made: dict[str, Any]) -> Any:
    """Give the controls in rows that break where the column is narrow."""
    rows = (("platform", "picture"), ("count", "scale", "search"), ("video", "previous", "next"))
    box = w.Layout(flex_flow="row wrap", align_items="flex-end", width="100%", max_width="900px")
    return w.VBox([w.HBox([made[name] for name in row], layout=box) for row in rows])


def _platforms(choices: Sequence[tuple[str, str]]) -> Any:
    if len(choices) > _BUTTONS + 1:
        return w.Dropdown(options=choices, description="Platform")
    return _toggles("Platform", choices)


def _toggles(description: str, options: Iterable[Any]) -> Any:
    return w.ToggleButtons(
        options=tuple(options),
        description=description,
        style={"button_width": "auto", "description_width": "4.5rem"},
        layout=w.Layout(width="auto", max_width="100%", margin="2px 1.5rem 2px 2px"),
    )


def _button(name: str) -> Any:
    return w.Button(description=name, tooltip=f"the {name} video of the list", layout=w.Layout(width="5.5rem"))
