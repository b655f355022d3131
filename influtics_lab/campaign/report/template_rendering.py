"""The report's Jinja2 templates: they own its headings, its prose and its HTML, and escape every value."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from influtics_lab.campaign.charts.rate_chart import ESTIMATORS
from influtics_lab.campaign.charts.row_chart import NOBODY
from influtics_lab.campaign.figures import formatting
from influtics_lab.campaign.figures.count_figures import MAY_CONTAIN_EARLIER
from influtics_lab.campaign.figures.delivery_figures import STATES, Deliverable
from influtics_lab.campaign.figures.figure_definitions import DEFINITIONS
from influtics_lab.campaign.figures.key_figure_types import GroupFigures
from influtics_lab.campaign.figures.outlook import describe_outlook, describe_period_end
from influtics_lab.campaign.report import (
    best_content_section,
    cost_explanations,
    figure_bases,
    html_tables,
    learnings_section,
    summary_section,
)
from influtics_lab.errors import import_extra
from influtics_lab.language import find_language, format_number, translate, translate_plural
from influtics_lab.markup import Html
from influtics_lab.platforms import video_page
from influtics_lab.plots.colours import is_readable_on_white
from influtics_lab.plots.font_text import clean_text
from influtics_lab.text_format import capitalise_first, join_words, plural

FOLDER: Final = Path(__file__).parent / "templates"
ADVICE_WORDS: Final = {
    "book again": ("Book again", "sure: clearly more than half above usual"),
    "leaning to yes": ("Leaning to yes", "too few posts to be sure"),
    "open": ("Open", "no usual to compare with"),
    "leaning to no": ("Leaning to no", "too few posts to be sure"),
    "do not book again": ("Do not book again", "sure: clearly less than half above usual"),
}
STATE_WORDS: Final = {
    "on time": "on time", "late": "late", "posted": "posted", "not found": "link not found in the data",
    "overdue": "overdue", "open": "not posted yet",
}  # fmt: skip
COUNTED_WORDS: Final = {
    "auto": "A post from before the period counts what it gained in the period. A post published in it counts from 0. "
    "A post without a publication date counts its last available views.",
    "last_read": "Each post counts its last available views in the period.",
    "gained": "Each post counts what it gained in the period.",
}


def dict_by_name(groups: Sequence[GroupFigures]) -> dict[str | None, GroupFigures]:
    """Return groups by their names."""
    return {group.name: group for group in groups}


def delivery_counts(deliverables: Sequence[Deliverable]) -> list[str]:
    """Return how many promised posts are in which state."""
    numbers = Counter(deliverable.state for deliverable in deliverables)
    return [f"{format_number(numbers[state])} {translate(STATE_WORDS[state])}" for state in STATES if numbers[state]]


def format_iso_day(day: str) -> str:
    """Write a day that is given as 2025-06-03."""
    return formatting.format_day(dt.date.fromisoformat(day))


def translate_all(words: Sequence[str]) -> list[str]:
    """Return words in the language in use."""
    return [translate(word) for word in words]


_FUNCTIONS: Final = (
    # words
    formatting.describe_counted, formatting.describe_reason, formatting.format_count, formatting.list_missing,
    formatting.format_coverage, formatting.format_day, formatting.format_deadline, formatting.format_figure,
    formatting.format_hours, formatting.format_interval, formatting.format_moment, formatting.format_money,
    formatting.format_limits, formatting.format_n_of, formatting.format_percent, formatting.format_percentile,
    formatting.format_period, formatting.format_reasons, formatting.to_local,
    formatting.format_change, formatting.format_multiple, formatting.format_signed_percent,
    formatting.describe_age, formatting.format_range, formatting.in_points,
    capitalise_first, clean_text, describe_outlook, describe_period_end, find_language, format_number, join_words,
    is_readable_on_white, plural, translate_all, video_page,
    # cells of tables, and definitions
    html_tables.allow_break, html_tables.break_at_dots,
    html_tables.count_cell, html_tables.missing_cell, html_tables.money_cell, html_tables.price_cell,
    html_tables.rate_cell, html_tables.shorten_text, html_tables.figure_cell,
    html_tables.figure_label,
    dict_by_name, delivery_counts, format_iso_day,
    # bases of figures, and amounts that cannot be added
    figure_bases.format_base, figure_bases.list_bases, figure_bases.rank_base, figure_bases.rate_base,
    figure_bases.usual_base,
    cost_explanations.list_missing_rates, cost_explanations.list_spent_amounts,
    # which videos are the best, and what was learned
    best_content_section.choose_content, learnings_section.list_learnings,
    # facts of the first page
    summary_section.count_doubtful, summary_section.doubts_by_kind, summary_section.find_advice,
    summary_section.explain_earlier_views, summary_section.list_next_steps,
    summary_section.has_left_out_views, summary_section.main_target, summary_section.other_targets,
)  # fmt: skip
_CONSTANTS: Final = {
    "advice_words": ADVICE_WORDS,
    "state_words": STATE_WORDS,
    "verdict_words": summary_section.VERDICTS,
    "forecast_words": summary_section.FORECASTS,
    "counted_words": COUNTED_WORDS,
    "counted_labels": formatting.COUNTED_LABELS,
    "definitions": DEFINITIONS,
    "definition_numbers": html_tables.DEFINITION_NUMBERS,
    "may_contain_earlier": MAY_CONTAIN_EARLIER,
    "estimator_formulas": ESTIMATORS,
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
    text = "The report's page needs Jinja2. Install the extra: pip install 'influtics-lab[lab]'"
    jinja2 = import_extra("jinja2", text)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(translate, translate_plural, newstyle=True)
    environment.globals.update({function.__name__: function for function in _FUNCTIONS}, **_CONSTANTS)
    return environment
