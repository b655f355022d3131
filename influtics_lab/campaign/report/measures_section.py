"""The appendix's table of the measures that the guidelines of the Association of National Advertisers name.

===========================  =========================================================================================
Measure (ANA 2022)           In a report
===========================  =========================================================================================
Total reach, cost per reach  not computable: public counts do not tell how many people watched
Total impressions            not computable: public counts are views, and platforms count few of them alike
Total video views            "Summary", "Totals and engagement"
Cost per engagement          "Cost", where the campaign file or the sheet has the spend
Engagement rate              "Summary", by views, not by followers or reach, which the service lacks
Campaign sentiment           not computable: the service has the number of comments, not their text
Total traffic, conversions,  "Cost", given by the client: clicks, orders, CPA, revenue and ROAS of ``[outcomes]``; the
cost per conversion, sales,  service counts none of them. ROAS is revenue over spend; the return on investment in the
return on investment         narrow sense is ROAS less 1
===========================  =========================================================================================

CPM is in "Cost" too, on views. What the guidelines name is from the ANA's announcement of them, of July 2022.
"""

from __future__ import annotations

from collections.abc import Iterator

from influtics_lab.campaign.figures.campaign_results import CampaignResults
from influtics_lab.campaign.figures.formatting import describe_reason
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.report.template_rendering import render
from influtics_lab.markup import Html
from influtics_lab.text_format import capitalise_first

_ASK = "Ask the creators or the platforms' own statistics."


def render_measures(figures: KeyFigures, results: CampaignResults) -> Html:
    """Return which measures the report has, and why it lacks others."""
    return render("measures_section", measures=list(_list_measures(figures, results)))


def _list_measures(figures: KeyFigures, results: CampaignResults) -> Iterator[tuple[str, bool, str]]:
    given = results.outcomes.total if results.outcomes is not None else None
    cpe = figures.totals.money.cpe

    def judge_outcome(name: str, where: str, key: str) -> tuple[bool, str]:
        if given is not None and getattr(given, name).value is not None:
            return True, f"“Cost”, given by the client: {where}"
        return False, f"The service counts none. Add {key} to the sheet of [outcomes]."

    yield "Total reach", False, f"Public counts do not tell who watched. {_ASK}"
    yield "Cost per reach", False, f"It needs the reach. {_ASK}"
    yield "Total impressions", False, f"Public counts are views, not impressions. {_ASK}"
    yield "Total video views", True, "“Summary”, “Totals and engagement”"
    has_price = cpe.shown is not None
    yield (
        "Cost per engagement",
        has_price,
        "“Cost”" if has_price else f"{capitalise_first(describe_reason(cpe.reason))}.",
    )
    yield "Engagement rate", True, "“Summary”, by views; “Totals and engagement” with intervals"
    yield "Campaign sentiment", False, "The service has the number of comments, not their text."
    yield "Total traffic generated", *judge_outcome("clicks", "clicks", "clicks")
    yield "Total conversions", *judge_outcome("orders", "orders", "orders")
    yield "Cost per conversion", *judge_outcome("cpa", "CPA", "orders")
    yield "Total sales", *judge_outcome("revenue", "revenue", "revenue")
    yield "Return on investment", *judge_outcome("roas", "ROAS, revenue over spend", "revenue")
