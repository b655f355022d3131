"""The places that show figures of the sample: README, demo, notebooks, dashboard and report."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from notebooks.shown import found, rows_of, shown_by, text_of

HOME: Final = Path(__file__).parents[2]
README: Final = re.findall(r"(?ms)^```text\n(.*?)^```$", (HOME / "README.md").read_text(encoding="utf-8"))[0]
NUMBER: Final = r"([+-]?[\d,.]*\d)"
ENDS: Final = r"([\d.]+) to ([\d.]+)"


class Places(NamedTuple):
    """What was printed or shown of the sample."""

    notebooks: Mapping[str, Any]
    demo: str
    dashboard: str
    report: Path

    @property
    def figures(self) -> Any:
        """The numbers of the report."""
        return json.loads((self.report / "report.json").read_bytes())["figures"]

    @property
    def pages(self) -> dict[str, str]:
        """Notebook 03 and the two pages that the command line made of it."""
        cells = (shown_by(self.notebooks["03"], cell.id) for cell in self.notebooks["03"].cells if "outputs" in cell)
        editions = (self.report / name for name in ("report.html", "appendix.html"))
        return {"03": "\n".join(cells), "report": "\n".join(page.read_text(encoding="utf-8") for page in editions)}

    def in_report(self, pattern: str) -> dict[str, str]:
        return {place: found(pattern, text_of(page)) for place, page in self.pages.items()}

    def report_rows(self, column: str) -> dict[str, list[dict[str, str]]]:
        """The rows of the report's tables that have this column."""
        return {place: [row for row in rows_of(page) if column in row] for place, page in self.pages.items()}

    def cell(self, number: str, cell: str) -> str:
        return shown_by(self.notebooks[number], cell)

    @property
    def tiles(self) -> dict[str, str]:
        """The first row of notebook 02, there and on the dashboard's page."""
        return {"02": self.cell("02", "answer"), "dashboard": self.dashboard}

    def in_tiles(self, pattern: str) -> dict[str, str]:
        return {place: found(pattern, text) for place, text in self.tiles.items()}

    def tables(self, cell: str, column: str) -> dict[str, list[dict[str, str]]]:
        """The rows of a table of notebook 02 that has this column, there and on the dashboard's page if it has one."""
        texts = {"02": self.cell("02", cell), "dashboard": self.dashboard}
        rows = {place: [row for row in rows_of(text) if column in row] for place, text in texts.items()}
        assert rows["02"]
        return {place: found for place, found in rows.items() if found}
