"""The report's Jinja2 templates: they own its headings, its prose and its HTML, and escape every value."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from influtics_lab.campaign.charts.row_chart import NOBODY
from influtics_lab.campaign.figures import formatting
from influtics_lab.campaign.figures.count_figures import MAY_CONTAIN_EARLIER
from influtics_lab.campaign.figures.figure_definitions import DEFINITIONS
from influtics_lab.campaign.report import html_tables, summary_section
from influtics_lab.errors import MissingExtraError
from influtics_lab.markup import Html
from influtics_lab.plots.font_text import clean_text
from influtics_lab.text_format import capitalise_first, join_words, plural

FOLDER: Final = Path(__file__).parent / "templates"
_FUNCTIONS: Final = (
    # words
    formatting.describe_counted, formatting.describe_missing, formatting.describe_reason, formatting.format_count,
    formatting.format_coverage, formatting.format_day, formatting.format_deadline, formatting.format_figure,
    formatting.format_hours, formatting.format_interval, formatting.format_moment, formatting.format_money,
    formatting.format_n_of, formatting.format_percent, formatting.format_percentile, formatting.format_period,
    formatting.format_reasons, formatting.to_local,
    capitalise_first, clean_text, join_words, plural,
    # cells of tables, and definitions
    html_tables.count_cell, html_tables.missing_cell, html_tables.money_cell, html_tables.rate_cell,
    html_tables.share_cell, html_tables.shorten_text, html_tables.definition_number, html_tables.figure_label,
    html_tables.sort_definitions,
    # facts of the first page
    summary_section.count_doubtful, summary_section.count_verdicts, summary_section.doubts_by_kind,
    summary_section.main_target, summary_section.verdict_words,
)  # fmt: skip
_CONSTANTS: Final = {
    "counted_labels": formatting.COUNTED_LABELS,
    "definitions": DEFINITIONS,
    "may_contain_earlier": MAY_CONTAIN_EARLIER,
    "nobody": NOBODY,
}


def render(name: str, /, **values: object) -> Html:
    """Render a template.

    Parameters
    ----------
    name : str
        Its file's name, without ``.html.j2``.
    **values
        What it shows. Text is escaped; `Html` is not. A name that the template uses and lacks is an error.

    Returns
    -------
    Html

    Raises
    ------
    MissingExtraError
        If Jinja2 is not installed.
    """
    return render_from(FOLDER, name, **values)


def render_from(folder: Path, name: str, /, **values: object) -> Html:
    """Render a template of another folder, see `render`."""
    return Html(_load_environment(folder).get_template(f"{name}.html.j2").render(values))


@cache
def _load_environment(folder: Path) -> Any:
    try:
        jinja2 = importlib.import_module("jinja2")
    except ImportError:
        text = "The report's page needs Jinja2. Install the extra: pip install 'influtics-lab[lab]'"
        raise MissingExtraError(text) from None
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update({function.__name__: function for function in _FUNCTIONS}, **_CONSTANTS)
    return environment
