"""What a person reads in the places that show figures: tables, tiles and sentences, as texts."""

from __future__ import annotations

import html
import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Rows = list[dict[str, str]]


def text_of(markup: str) -> str:
    """The words of a fragment of a page, without its pictures."""
    bare = re.sub(r"<(style|svg|script)\b.*?</\1>", " ", markup.replace("<wbr>", ""), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", bare))).strip()


def rows_of(markup: str) -> Rows:
    """The rows of the tables of a fragment, by the names of their columns; small print is left out."""
    found: Rows = []
    for table in re.findall(r"<table\b.*?</table>", markup, flags=re.DOTALL):
        head, _, body = re.sub(r"<(small|sup)\b.*?</\1>", "", table, flags=re.DOTALL).partition("</thead>")
        names = [text_of(cell) for cell in re.findall(r"<th\b.*?</th>", head, flags=re.DOTALL)]
        for row in re.findall(r"<tr\b.*?</tr>", body, flags=re.DOTALL):
            cells = re.findall(r"<t[hd]\b.*?</t[hd]>", row, flags=re.DOTALL)
            found.append(dict(zip(names, map(text_of, cells), strict=False)))
    return found


def printed_rows(text: str, separator: str) -> list[list[str]]:
    """The cells of the lines of a printed table that begin with a platform."""
    lines = [line.strip("│ ") for line in text.splitlines()]
    rows = [re.split(separator, line) for line in lines if line.startswith(("Instagram", "TikTok", "YouTube"))]
    return [[cell.strip() for cell in row] for row in rows]


def shown_by(notebook: Any, cell: str) -> str:
    """What a cell of a notebook that was run shows, as a page has it."""
    (outputs,) = (found.outputs for found in notebook.cells if found.id == cell)
    kinds = ("text/html", "text/markdown")
    return "\n".join(
        out.text if out.output_type == "stream" else next((out.data[kind] for kind in kinds if kind in out.data), "")
        for out in outputs
    )


def shown_on_page(page: str) -> str:
    """What the cells of the notebook show that a page of Voilà was made of: it holds them as JSON."""
    decoder = json.JSONDecoder()
    starts = (match.start() for match in re.finditer(r'\{"data": \{', page))
    outputs = (decoder.raw_decode(page, start)[0]["data"] for start in starts)
    return "\n".join(data["text/html"] for data in outputs if "text/html" in data)


def sentence(notebook: Any, begins: str) -> str:
    """The text of a widget that begins so."""
    states = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    texts = (text_of(state["state"]["value"]) for state in states if state["model_name"] == "HTMLModel")
    return next(text for text in texts if text.startswith(begins))


def found(pattern: str, text: str, group: int = 1) -> str:
    """What is in the brackets of a pattern, which the text must have."""
    match = re.search(pattern, text)
    assert match, f"{pattern!r} is not in {text[:500]!r}"
    return match[group]


def total(rows: Iterable[str]) -> str:
    return str(sum(int(value.replace(",", "")) for value in rows))


@dataclass
class Walk:
    """Every figure, what it must be, and how each place shows it."""

    expected: dict[str, float | str] = field(default_factory=dict)
    places: dict[str, dict[str, tuple[str, int]]] = field(default_factory=lambda: defaultdict(dict))

    def figure(
        self,
        name: str,
        expected: float | str,
        places: Mapping[str, str],
        *,
        digits: int = 0,
        exact: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """Add a figure: its value by a plain count, and its text in each place.

        It has so many digits behind the point, or three in all where it is not `exact`.
        """
        self.expected[name] = expected
        for place, text in places.items():
            leading = 0 if exact(place) or isinstance(expected, str) else 2 - math.floor(math.log10(abs(expected)))
            self.places[name][place] = (text, digits if exact(place) else leading)

    def also(self, name: str, places: Mapping[str, str], *, digits: int = 0) -> None:
        """Add places to a figure that is there."""
        self.figure(name, self.expected[name], places, digits=digits)

    def wrong(self) -> list[str]:
        """Which figure in which place is not what it must be."""
        return [
            f"{name}, {place}: {text!r} instead of {self.expected[name]!r}"
            for name, places in self.places.items()
            for place, (text, digits) in places.items()
            if not _agrees(text, self.expected[name], digits)
        ]

    def table(self) -> str:
        """The figures by place as a Markdown table."""
        columns = list(dict.fromkeys(place for places in self.places.values() for place in places))
        lines = ["| figure | plain count | " + " | ".join(columns) + " |", "|---" * (len(columns) + 2) + "|"]
        for name, places in self.places.items():
            cells = [places[column][0] if column in places else "" for column in columns]
            value = self.expected[name]
            shown = f"{value:,.6g}" if isinstance(value, float) and not value.is_integer() else str(value)
            lines.append(f"| {name} | {shown} | " + " | ".join(cells) + " |")
        return "\n".join(lines) + "\n"


def _agrees(text: str, expected: float | str, digits: int) -> bool:
    if isinstance(expected, str):
        return text == expected
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return False
    return abs(value - expected) <= 0.5 * 10.0**-digits + 1e-9
