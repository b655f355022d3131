"""The report's section on what was learned: what the data support, beside what the campaign file has to say."""

from __future__ import annotations

import math
from collections.abc import Iterator

from influtics_lab.campaign.figures.formatting import describe_age, format_n_of, format_percent, format_percentile
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.report.markdown_text import render_markdown
from influtics_lab.campaign.report.template_rendering import render
from influtics_lab.markup import Html
from influtics_lab.text_format import plural


def render_learnings(campaign: Campaign, figures: KeyFigures) -> Html:
    """Return the learnings and next steps of the campaign file, and what the data of the campaign support."""
    return render(
        "learnings_section",
        lines=list(_list_facts(figures)),
        learnings=render_markdown(campaign.learnings),
        next_steps=render_markdown(campaign.next_steps),
    )


def _list_facts(figures: KeyFigures) -> Iterator[str]:
    ranks = figures.comparison.views
    if ranks.value is not None:
        share = "half" if round(ranks.value) == 50 else format_percentile(ranks.value)
        n = format_n_of(ranks.n, ranks.of)
        yield f"The typical post beat {share} of comparable posts in views {describe_age(figures.settings)} ({n})."
    shares = sorted((video.share_pct.views.value or 0.0 for video in figures.videos), reverse=True)
    most = math.ceil(len(shares) / 10)
    if sum(shares) > 0 and len(shares) > most > 0:
        verb = "brought" if most == 1 else "together brought"
        best = "best post" if most == 1 else f"{most:,} best posts"
        share = format_percent(math.fsum(shares[:most]))
        yield f"The {best} of {plural(len(shares), 'post')} {verb} {share} of the views."
