"""The report's section on what was learned: what the data support, beside what the campaign file has to say."""

from __future__ import annotations

import math
from collections.abc import Iterator

from influtics_lab.campaign.figures.formatting import describe_age, format_percent, format_percentile
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.report.figure_bases import format_base, rank_base, views_base
from influtics_lab.language import format_number, translate, translate_plural


def list_learnings(figures: KeyFigures) -> Iterator[str]:
    """Yield what the data of the campaign support, a sentence each."""
    ranks = figures.comparison.views
    if ranks.value is not None:
        yield translate(
            "The typical post beat %(share)s of comparable posts in views %(age)s (%(base)s).",
            share=translate("half") if round(ranks.value) == 50 else format_percentile(ranks.value),
            age=describe_age(figures.settings),
            base=format_base(rank_base(figures)),
        )
    counted = [video.counts.views.counted.shown for video in figures.videos]
    views = sorted((count for count in counted if count is not None), reverse=True)
    most = math.ceil(len(views) / 10)
    if len(views) > most > 0 and views[-1] >= 0 and views[0] > 0:
        yield translate_plural(
            "The best post brought %(share)s of the views that are counted (%(base)s).",
            "The best %(best)s posts together brought %(share)s of the views that are counted (%(base)s).",
            most,
            best=format_number(most),
            share=format_percent(100.0 * math.fsum(views[:most]) / math.fsum(views)),
            base=format_base(views_base(figures)),
        )
