"""Every message that pages and pictures of a report can write, read from the code and the templates."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import jinja2

import influtics_lab
from influtics_lab.campaign.charts import cost_chart, equal_age_chart, progress_chart, rate_chart, row_chart
from influtics_lab.campaign.figures.figure_types import AT_LEAST, AT_MOST
from influtics_lab.campaign.figures.formatting import COUNTED_LABELS
from influtics_lab.campaign.figures.missing_reasons import REASONS, SHORT_REASONS
from influtics_lab.campaign.figures.video_counts import ALL_COUNTS
from influtics_lab.campaign.report import summary_section, template_rendering
from influtics_lab.language import MONTHS
from influtics_lab.platforms import PLATFORMS
from influtics_lab.plots.ticks import UNITS

PACKAGE = Path(influtics_lab.__file__).parent
SPEND_REASONS = ("no_spend", "spent_later", "no_currency", "no_exchange_rate", "not_divided")
Message = str | tuple[str, str]  # a text, or the singular and the plural


def list_messages() -> set[Message]:
    """Return each message; those of a table of words are looked up by their values."""
    return {*_list_words(), *_read_code(), *_read_templates()}


def _read_code() -> Iterator[Message]:
    for path in sorted(PACKAGE.glob("**/*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                yield from _read_call(getattr(call.func, "id", ""), [_constant(node) for node in call.args])


def _constant(node: ast.expr) -> Any:
    return node.value if isinstance(node, ast.Constant) else None


def _read_call(name: str, values: list[Any]) -> Iterator[Message]:
    if name == "translate" and values[0]:
        yield values[0]
    elif name == "translate_plural" and values[0]:
        yield values[0], values[1]


def _read_templates() -> Iterator[Message]:
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
    environment.policies["ext.i18n.trimmed"] = True
    for path in sorted(template_rendering.FOLDER.glob("*.j2")):
        source = path.read_text(encoding="utf-8")
        for _, _, message in cast("Any", environment).extract_translations(source):
            if isinstance(message, tuple):
                yield message[0] if message[1] is None else (message[0], message[1])
            elif message is not None:  # else the message is a value of a table
                yield message
        for call in environment.parse(source).find_all(jinja2.nodes.Call):
            if getattr(call.node, "name", "") == "plural" and has_german(path):
                yield _count_noun(call.args[1].value)


def has_german(template: Path) -> bool:
    """Return whether a template is of the client edition: those of the appendix are English."""
    return "_(" in template.read_text(encoding="utf-8")


def _count_noun(noun: str) -> tuple[str, str]:
    return noun, f"{noun}s"


def _list_words() -> Iterator[Message]:
    yield from SHORT_REASONS.values()
    yield from (REASONS[name] for name in SPEND_REASONS)
    yield from (AT_LEAST, AT_MOST, *MONTHS)
    yield from (f"{label} in the period" for label in COUNTED_LABELS.values())
    yield from (platform.view for platform in PLATFORMS.values())
    yield from (f"%(number)s{unit}" for _, unit in UNITS)
    yield from ("creators or videos", "videos", "creator", "platform", "video", *ALL_COUNTS)
    for table in (
        cost_chart.MEASURES, equal_age_chart.MEASURES, equal_age_chart.OTHERS, progress_chart.COUNTED_AS,
        rate_chart.ESTIMATORS, row_chart.NOBODY, summary_section.VERDICTS, summary_section.DOUBTS,
        template_rendering.STATE_WORDS, template_rendering.COUNTED_WORDS, summary_section.FORECASTS,
    ):  # fmt: skip
        yield from table.values() if table is not summary_section.DOUBTS else table
    yield from rate_chart.ESTIMATORS
    for advice in (template_rendering.ADVICE_WORDS, summary_section.ADVICE):
        yield from (word for words in advice.values() for word in words)
    yield from (row_chart.NO_VIDEO, row_chart.NONE_KNOWN, equal_age_chart.ACROSS)
    yield from map(_count_noun, ("video", "post", "other"))
