"""Columns of the client's sheet are deals: terms, fees and cut-offs in decimals, each traced to its lines."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from campaign.cases import HEAD, snapshot, video

from influtics_lab.campaign import Settlement, parse_campaign, settle
from influtics_lab.errors import ConfigError

SHEET = '[sheet]\npath = "creators.csv"\ncutoff_date = 2025-06-04T12:00:00\n'
YT = [f"https://youtu.be/{name * 11}" for name in "abcd"]


def youtube(name: str, views: int) -> dict[str, Any]:
    return video(name, {3: [views], 4: [views], 6: [views]}, external_video_id=name * 11)


READ = snapshot(youtube("a", 3000), youtube("b", 5000), youtube("c", 100))


def settled(folder: Path, sheet: str, rest: str = SHEET, **options: Any) -> Settlement:
    (folder / "creators.csv").write_text(sheet, encoding="utf-8")
    return settle(parse_campaign(HEAD + rest, folder=folder), READ, **{"as_of": "2025-06-10", **options})


def lines(found: Settlement) -> list[list[tuple[str, int | None, str]]]:
    return [[(line.kind, line.views, str(line.amount)) for line in statement.lines] for statement in found.statements]


def test_rows_of_a_creator_with_equal_terms_are_one_deal(tmp_path: Path) -> None:
    found = settled(
        tmp_path,
        "Creator;Link;Fee;CPM (EUR);Min views;Cap;Cut-off\n"
        f"Ann;{YT[0]};100,10 €;2,5;1.000;4.000;\nBen;{YT[2]};;1,25;1.000;;2d\nann;{YT[1]};0,20 €;2,5;1.000;4.000;\n",
    )
    ann, ben = found.statements
    assert (ann.creator, ann.deal.currency, ann.deal.lines) == ("Ann", "EUR", (2, 4))
    assert lines(found)[0] == [("fixed fee", None, "100.30"), ("tier", 7000, "17.50")]
    assert (ann.at_least, ann.is_exact) == (Decimal("117.80"), True)
    assert ann.sources == (
        "The terms are in lines 2, 4 of creators.csv.",
        "The fixed fee is the sum of 100.10 (line 2) and 0.20 (line 4).",
    )
    assert [video.link for video in ann.videos] == [f"https://www.youtube.com/watch?v={name * 11}" for name in "ab"]
    assert (ben.deal.cutoff_age, ben.deal.cutoff_date) == ("2d", None)
    assert ben.videos[0].views.reason == "no_publication"


def test_tiers_and_budgets_are_columns(tmp_path: Path) -> None:
    sheet = f'creator,link,tiers,budget,currency\nAnn,"{YT[0]} {YT[1]}","2000: 10.00; 3000: 5; 1.5",30,EUR\n'
    found = settled(tmp_path, sheet)
    assert lines(found) == [
        [("tier", 2000, "20.00"), ("tier", 1000, "5.00"), ("tier", 5000, "7.50"), ("cut to the budget", None, "-2.50")]
    ]


def test_rows_without_a_link_are_paid_their_fee_and_no_views(tmp_path: Path) -> None:
    found = settled(tmp_path, f"creator,link,fee,cpm,currency\nAnn,{YT[0]},5,10,EUR\nAnn,,7,12,EUR\nBen,tbd,,12,EUR\n")
    assert lines(found) == [
        [("fixed fee", None, "5.00"), ("tier", 3000, "30.00")],
        [("fixed fee", None, "7.00"), ("tier", 0, "0.00")],
        [("tier", 0, "0.00")],
    ]
    assert found.statements[1].sources[1] == "Line 3 has no link yet: fees are in the sum, and no views."


def test_a_sheet_without_prices_of_views_makes_no_deals(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has no \[\[deals\]\]"):
        settled(tmp_path, f"creator,link,fee\nAnn,{YT[0]},5 EUR\n")


def test_a_cap_of_0_is_of_no_interest_where_no_views_are_paid(tmp_path: Path) -> None:
    found = settled(tmp_path, f"creator,link,fee,cpm,cap,currency\nAnn,{YT[0]},5,,0,EUR\nBen,{YT[1]},,10,9,EUR\n")
    assert [str(statement.at_least) for statement in found.statements] == ["5.00", "0.09"]


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        ("creator,cpm\nAnn,10\n", 'creators.csv: line 2: currency is ""; allowed is a code of ISO 4217.'),
        ("creator,cpm,cap,minimum\nAnn,10 EUR,5,6\n", "line 2: cap is 5; allowed is at least the minimum, 6."),
        ("creator,tiers,currency\nAnn,9: 1; 8: 2,EUR\n", "line 2: tiers 1 ends at 8 views; allowed is above 9"),
        ("creator,tiers,cpm,currency\nAnn,9: 1,5,EUR\n", "line 2: the row has cpm and tiers; allowed is one of them."),
        ("creator,tiers,currency\nAnn,many,EUR\n", "column 2 (tiers): 'many'; allowed is ranges and their CPM"),
        ("creator,cpm,minimum rule,currency\nAnn,1,maybe,EUR\n", "'maybe'; allowed is qualify or deduct"),
        ("creator,cpm,cut-off,currency\nAnn,1,soon,EUR\n", "column 3 (cut-off): 'soon'; allowed is a date"),
        ("creator,cpm,cut-off,currency\nAnn,1,0 days,EUR\n", "column 3 (cut-off): '0 days'; allowed is a date"),
        ("creator,cpm,cap,currency\nAnn,1,0,EUR\n", "column 3 (cap): '0'; allowed is a whole number, 1 or more"),
        ("creator,cpm,cut-off,currency\nAnn,1,9999 weeks,EUR\n", "'9999 weeks'; allowed is a date"),
        (f"creator,link,cpm,cap,currency\nAnn,{YT[0]},1,,EUR\nAnn,{YT[0]},1,9,EUR\n",
         "a is in sheet, line 2 and sheet, line 3: it would be paid twice."),
        (f"creator,link,cpm,currency\nAnn,{YT[0]},1,EUR\nBen,{YT[0]},1,EUR\n",
         "sheet, line 3 is for Ben, and its video a belongs to Ann. Move it to a deal for Ann."),
    ],
)  # fmt: skip
def test_terms_that_contradict_each_other_are_refused_with_their_line(sheet: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        settled(tmp_path, sheet)
    assert message in str(error.value)


def test_a_cut_off_is_needed_where_views_are_paid(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"line 2: the row has no cut-off; allowed are cutoff_date and cutoff_age"):
        settled(tmp_path, f"creator,link,cpm,currency\nAnn,{YT[0]},1,EUR\n", SHEET.split("cutoff", maxsplit=1)[0])


def test_a_row_that_is_inserted_above_changes_no_other_statement(tmp_path: Path) -> None:
    head = "creator,link,fee,cpm,currency\n"
    former = settled(tmp_path, f"{head}Ben,{YT[1]},5,10,EUR\n", as_of="2025-06-08")
    found = settled(tmp_path, f"{head}Ann,{YT[0]},1,10,EUR\nBen,{YT[1]},5,10,EUR\n", since=former)
    assert [(change.statement, change.kind, str(change.amount)) for change in found.adjustments] == [
        ("Ann, deal 1", "new deal", "31.00")
    ]
