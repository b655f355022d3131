"""The report's section on what was learned: what the data support, beside what the campaign file has to say."""

from __future__ import annotations

import math
from collections.abc import Iterator

from influtics_lab.campaign.figures.formatting import describe_age, format_n_of, format_percent, format_percentile
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.report.markdown_text import render_markdown
from influtics_lab.campaign.report.template_rendering import render
from influtics_lab.language import format_number, translate, translate_plural
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
        yield translate(
            "The typical post beat %(share)s of comparable posts in views %(age)s (%(n_of)s).",
            share=translate("half") if round(ranks.value) == 50 else format_percentile(ranks.value),
            age=describe_age(figures.settings),
            n_of=format_n_of(ranks.n, ranks.of),
        )
    shares = sorted((video.share_pct.views.value or 0.0 for video in figures.videos), reverse=True)
    most = math.ceil(len(shares) / 10)
    if sum(shares) > 0 and len(shares) > most > 0:
        yield translate_plural(
            "The best post of %(posts)s brought %(share)s of the views.",
            "The best %(best)s of %(posts)s together brought %(share)s of the views.",
            most,
            best=format_number(most),
            posts=plural(len(shares), "post"),
            share=format_percent(math.fsum(shares[:most])),
        )
