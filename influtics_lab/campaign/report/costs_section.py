"""What was spent, and what views and engagements cost: the report's tables of money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from influtics_lab.campaign.charts.row_chart import NOBODY
from influtics_lab.campaign.figures.formatting import describe_reason, format_money
from influtics_lab.campaign.figures.plain_formatting import counted_words, money_words
from influtics_lab.campaign.report.html_tables import (
    Cell,
    footnotes,
    grid,
    missing,
    money,
    note,
    paragraph,
    plain,
    short,
)
from influtics_lab.text_format import plural

Figures = Mapping[str, Any]
_PRICES = ("spend", "cpm", "cpv", "cpe")


def costs(figures: Figures) -> str:
    """Give what was spent, and what views and engagements cost, by creator and platform."""
    names = [*_PRICES, *(["emv"] if figures["settings"]["emv_rates"] else [])]
    if not figures["spend"] and len(names) == len(_PRICES):
        return paragraph("The campaign file names no spend, so nothing is told of what views and engagements cost.")
    head = ["For", *(f"{'Spend' if name == 'spend' else name.upper()}{note(name)}" for name in names)]
    groups = [*figures["by_creator"], *figures["by_platform"]]
    rows = [
        _row(figures["totals"], names),
        *_shared_rows(figures, len(head)),
        *(_row(group, names) for group in groups),
    ]
    table = grid(head, rows, name="costs")
    currency = figures["settings"]["currency"]
    said = paragraph(
        f"In {currency}." if currency else "The campaign file does not say in which currency money is to be told.",
        f"Counts are {counted_words(figures)}. Money is never divided: spend on the whole campaign or on a platform "
        "is not allocated to creators. A price is “at most” so much where some counts are not available: more of them "
        "would make it lower.",
    )
    return (
        table + said + _spends(figures) + _emv(figures) + footnotes(*names, "at_most", "not allocated", "later spend")
    )


def _shared_rows(figures: Figures, columns: int) -> Iterator[list[Cell]]:
    """Yield a row for spend that is not allocated, and one for later spend, where there is any."""
    money = figures["totals"]["money"]
    shared, later = money["not_allocated"], money["later"]
    if shared["value"] is not None:
        text = plain(f"{format_money(shared['value'], None)}, in the campaign's spend and in no creator's")
        yield [Cell(f"not allocated{note('not allocated')}"), Cell(text, kind="text", span=columns - 1)]
    if later["spend"]["value"] is not None:
        cpm = money_words(later["cpm"], None)
        text = f"{format_money(later['spend']['value'], None)}" + (f"; CPM with it: {cpm}" if cpm else "")
        yield [Cell(f"later spend{note('later spend')}"), Cell(plain(text), kind="text", span=columns - 1)]


def _row(group: Figures, names: Sequence[str]) -> list[Cell]:
    spend = group["money"]["spend"]
    cells = [money(group["money"][name], None) for name in names]
    if spend["value"] is None:  # without a spend there is no price, for the same reason
        rest = cells[len(_PRICES) :]
        cells = [Cell(plain(describe_reason(spend["reason"])), kind="none text", span=len(_PRICES)), *rest]
    return [Cell(_scope(group)), *cells]


def _scope(group: Figures) -> str:
    if group["kind"] == "campaign":
        return "<b>the campaign</b>"
    return f"{short(group['name'], NOBODY[group['kind']])}<small>{group['kind']}</small>"


def _spends(figures: Figures) -> str:
    if not figures["spend"]:
        return ""
    head = ["Date", "For", "Amount", f"in {plain(figures['settings']['currency'] or 'one currency')}"]
    titles = {video["video_id"]: video["title"] for video in figures["videos"]}
    rows = [_spend(one, titles) for one in figures["spend"]]
    return grid(head, rows, name="spends", caption="What was spent, as the campaign file has it")


def _spend(spend: Figures, titles: Mapping[str, str | None]) -> list[Cell]:
    own = titles.get(spend["videos"][0]) if spend["kind"] == "video" and spend["videos"] else None
    name = "the whole campaign" if spend["kind"] == "campaign" else short(own or spend["name"])
    what = Cell(plain(format_money(spend["amount"], spend["currency"])), "" if spend["currency"] else "no currency")
    reported = spend["reported"]
    worth = (
        missing(reported["reason"]) if reported["value"] is None else Cell(plain(format_money(reported["value"], None)))
    )
    return [Cell(plain(spend["date"]), kind="text"), Cell(name, plain(_videos(spend)), "text"), what, worth]


def _videos(spend: Figures) -> str:
    if spend["kind"] == "campaign":
        return ""
    n = len(spend["videos"])
    if spend["kind"] == "video" and n == 1:
        return "video"
    return f"{spend['kind']}, {plural(n, 'video')}" if n else f"{spend['kind']}, no video of the campaign"


def _emv(figures: Figures) -> str:
    rates, currency = figures["settings"]["emv_rates"], figures["settings"]["emv_currency"]
    if not rates:
        return ""
    told = ", ".join(f"{format_money(value, currency)} a {name[:-1]}" for name, value in rates.items())
    return paragraph(f"EMV takes the rates that the campaign file gives: {told}. It is no revenue, and no saving.")
