"""Texts of the client edition with their values filled in."""

from __future__ import annotations

import html

from influtics_lab.markup import Html


def t(text: str, **values: object) -> Html:
    """Return a text of a template with its values, escaped unless they are HTML.

    Examples
    --------
    >>> print(t("{n} of <b>{name}</b>", n=3, name="A & B"))
    3 of <b>A &amp; B</b>
    """
    safe = {name: value if isinstance(value, Html) else html.escape(str(value)) for name, value in values.items()}
    return Html(text.format(**safe))
