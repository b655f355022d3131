"""The client's sheet is the campaign: columns are found, guesses reported, and no row or value dropped silently."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from campaign.cases import FIRST, HEAD, snapshot, tiktok, video
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.campaign import Campaign, check_campaign, key_figures, parse_campaign
from influtics_lab.campaign.file.budget import sum_budget
from influtics_lab.campaign.file.model import SheetFile
from influtics_lab.campaign.file.outcome_sheet import OUTCOME_COLUMNS
from influtics_lab.campaign.file.plan_sheet import PLAN_COLUMNS, read_plan_sheet
from influtics_lab.errors import ConfigError

SHEET = '[sheet]\npath = "creators.csv"\n'
YT = [f"https://youtu.be/{name * 11}" for name in "abcdefgh"]


def plan(folder: Path, sheet: str, rest: str = SHEET) -> Campaign:
    (folder / "creators.csv").write_text(sheet, encoding="utf-8")
    return parse_campaign(HEAD + rest, folder=folder)


def refusal(folder: Path, sheet: str, rest: str = SHEET) -> str:
    with pytest.raises(ConfigError) as caught:
        plan(folder, sheet, rest)
    return str(caught.value)


def findings(campaign: Campaign, *videos: dict[str, Any]) -> dict[str, str]:
    return {finding.code: finding.text for finding in check_campaign(campaign, snapshot(*videos))}


def youtube(name: str, views: int = 100) -> dict[str, Any]:
    return video(name, {1: [views], 3: [2 * views]}, external_video_id=name * 11)


def test_english_sheet_with_odd_names_is_read(tmp_path: Path) -> None:
    found = plan(
        tmp_path,
        "Summer campaign,,,,,,,,\n"
        "Influencer Name,Video URL,Creator fee (EUR),Due date,Deliverables,Tier,Notes,Paid,E-mail\n"
        f'Ann,{YT[0]},"1,500.50",2025-06-03,1 Short,Macro,"nice, early",2025-06-10,ann@example.org\n'
        f"Ben,{YT[1]},300,June 5 2025,1 Video,Micro,,no,\n"
        "Cy,TBD,250,,1 Video,Nano,,,\n"
        "Total,,2050.50,,,,,,\n",
    )
    ann, ben, cy = found.posts
    assert (ann.line, ann.creator, ann.fee, ann.currency) == (3, "Ann", Decimal("1500.50"), "EUR")
    assert (ann.due, ann.paid, ann.is_paid, ann.deliverable) == (
        dt.date(2025, 6, 3),
        dt.date(2025, 6, 10),
        True,
        "1 Short",
    )
    assert (ann.tier, ann.notes, ben.due, ben.is_paid) == ("Macro", "nice, early", dt.date(2025, 6, 5), False)
    assert (cy.links, cy.fee) == ((), Decimal(250))
    assert [(creator.name, len(creator.videos)) for creator in found.creators] == [("Ann", 1), ("Ben", 1), ("Cy", 0)]
    assert [(spend.amount, spend.currency) for spend in found.spend] == [(1500.5, "EUR"), (300, "EUR"), (250, "EUR")]
    texts = findings(found, youtube("a"), youtube("b"))
    assert texts["sheet_read"] == (
        'sheet: 4 rows, 3 used, not used line 6 (a row of totals). Read: link from "Video URL", creator from '
        '"Influencer Name", fee from "Creator fee (EUR)", due from "Due date", paid from "Paid", deliverable from '
        '"Deliverables", tier from "Tier" and notes from "Notes". Not read: "E-mail".'
    )
    assert texts["creator_without_videos"].startswith("creators: 'Cy' has no video")


def test_german_sheet_with_semicolons_and_decimal_commas_is_read(tmp_path: Path) -> None:
    found = plan(
        tmp_path,
        f"Kanalname;Beitragslink;Honorar netto;Währung;Fällig am;Leistung\nAnn;{YT[0]};1.500,50;EUR;30.6.2025;Reel\n"
        f"Ben;{YT[1]};2.000;Euro;1.7.2025;Story\n",
    )
    assert [post.fee for post in found.posts] == [Decimal("1500.50"), Decimal(2000)]
    assert [post.currency for post in found.posts] == ["EUR", "EUR"]
    assert [post.due for post in found.posts] == [dt.date(2025, 6, 30), dt.date(2025, 7, 1)]


def test_price_of_a_tier_that_is_unclear_is_reported(tmp_path: Path) -> None:
    found = plan(tmp_path, f"creator,link,tiers,currency,cutoff\nAnn,{YT[0]},100.000: 2.500; 5.00,EUR,30d\n")
    assert "2.500 in line 2, column 3 (tiers) is read as 2,500" in findings(found, youtube("a"))["sheet_guessed"]


def test_unknown_currency_of_outcomes_is_a_problem(tmp_path: Path) -> None:
    rest = '[videos]\nids = ["a"]\n[outcomes]\npath = "creators.csv"\ncurrency = "EUO"\n'
    found = plan(tmp_path, "creator,revenue\nAnn,5\n", rest)
    assert "outcomes.currency is 'EUO'" in findings(found, youtube("a"))["unknown_currency"]


def test_guesses_are_reported(tmp_path: Path) -> None:
    found = plan(tmp_path, f"Creator,Post 1,Agreed fee,Currency\nAnn,{YT[0]},1.500,EUR\nBen,folgt,20,EUR\n")
    assert found.posts[0].fee == Decimal(1500)
    texts = findings(found, youtube("a"))["sheet_guessed"]
    assert texts == (
        "sheet, guessed: column 2 (Post 1) is read as link; column 3 (Agreed fee) is read as fee; "
        "1.500 in line 2, column 3 (Agreed fee) is read as 1,500; "
        "'folgt' in line 3 is no link: nothing is posted yet. See sheet.columns."
    )


def test_columns_that_the_file_names_are_read(tmp_path: Path) -> None:
    rest = SHEET + 'columns = {fee = "Gage brutto", creator = "Wer"}\ncurrency = "CHF"\n'
    found = plan(tmp_path, f"Wer,Link,Fee,Gage brutto\nAnn,{YT[0]},1,20\n", rest)
    assert [(post.creator, post.fee, post.currency) for post in found.posts] == [("Ann", Decimal(20), "CHF")]


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        ("Wer,Was\nAnn,Reel\n", "creators.csv: line 1: no column is recognised as link or creator; this row has Wer"),
        ("", "creators.csv: the sheet is empty."),
        ("creator,fee,fee\nAnn,1,2\n", "line 1, column 3: columns 2 (fee) and 3 (fee) may both be fee. Name one"),
        ("creator,fee\nAnn,soon\n", "line 2, column 2 (fee): 'soon'; allowed is an amount such as 1500.00"),
        ("creator,fee\nAnn,-5\n", "line 2, column 2 (fee): '-5'; allowed is an amount"),
        ("creator,fee\nAnn,1.2.3\n", "line 2, column 2 (fee): '1.2.3'; allowed is an amount"),
        ("creator,due\nAnn,3/4/2025\n", "line 2, column 2 (due): '3/4/2025'; allowed is a date such as 2025-06-30, in"),
        ("creator,due\nAnn,31.6.2025\n", "line 2, column 2 (due): '31.6.2025'; allowed is a date"),
        (
            "creator,fee,currency\nAnn,5 USD,EUR\n",
            "line 2, column 3 (currency): 'EUR and USD'; allowed is one currency",
        ),
        ("creator,fee,currency\nAnn,5,Taler\n", "line 2, column 3 (currency): 'Taler'; allowed is a code of ISO 4217"),
        ("creator,fee\nAnn,1,2\n", "line 2, column 3: the row has 3 cells, the header in line 1 has 2."),
        ('creator,fee\nAnn,"1\n', "line 2, column 2: a quotation mark opens this cell and is never closed."),
    ],
)
def test_sheets_that_are_not_certain_are_refused_with_line_and_column(
    sheet: str, expected: str, tmp_path: Path
) -> None:
    text = refusal(tmp_path, sheet)
    assert expected in text
    assert "line 6: sheet.path cannot be used: " in text


def test_keys_of_columns_are_checked(tmp_path: Path) -> None:
    sheet = "creator,fee\nAnn,1\n"
    assert "line 7: sheet.columns.fe is no column that is read; allowed are link, creator" in refusal(
        tmp_path, sheet, SHEET + 'columns = {fe = "fee"}\n'
    )
    text = refusal(tmp_path, sheet, SHEET + 'columns = {fee = "Gage"}\n')
    assert "no column is named 'Gage', which the campaign file gives for fee." in text


def test_order_of_day_and_month_is_found_by_the_column(tmp_path: Path) -> None:
    found = plan(tmp_path, "creator,due\nAnn,6/3/2025\nBen,6/30/2025\n")
    assert [post.due for post in found.posts] == [dt.date(2025, 6, 3), dt.date(2025, 6, 30)]


def test_sum_without_a_word_is_not_another_fee(tmp_path: Path) -> None:
    found = plan(tmp_path, "creator,fee,currency\nAnn,10,EUR\nBen,20,EUR\n,30,EUR\n,40,EUR\n")
    assert [post.fee for post in found.posts] == [Decimal(10), Decimal(20), Decimal(40)]
    texts = findings(found, youtube("a"))["sheet_read"]
    assert "not used line 4 (its fee is the sum of the fees above)" in texts
    assert found.spend[2].is_for_all


def test_links_of_several_columns_are_one_post(tmp_path: Path) -> None:
    found = plan(tmp_path, f"creator,YouTube link,TikTok link,profile link,fee\nAnn,{YT[0]},{YT[1]},{YT[2]},10 EUR\n")
    assert [link.video for link in found.posts[0].links] == ["YouTube:aaaaaaaaaaa", "YouTube:bbbbbbbbbbb"]
    assert (found.spend[0].creator, found.spend[0].video) == ("Ann", None)


def test_names_that_differ_in_case_are_one_creator(tmp_path: Path) -> None:
    rest = SHEET + f'[[creators]]\nname = "Ann B"\nvideos = ["{YT[2]}"]\n'
    found = plan(tmp_path, f"creator,link\n@ann  b,{YT[0]}\nANN B,{YT[1]}\n", rest)
    assert [(creator.name, creator.videos) for creator in found.creators] == [("Ann B", (YT[2], YT[0], YT[1]))]


def test_the_likeliest_of_several_columns_is_read_and_reported(tmp_path: Path) -> None:
    sheet = f"Handle,Creator,Link,Date,Post info notes,Brief notes\n@a,Ann,{YT[0]},2025-06-03,x,y\n"
    found = plan(tmp_path, sheet)
    assert [(post.creator, post.due, post.notes) for post in found.posts] == [("Ann", dt.date(2025, 6, 3), None)]
    texts = findings(found, youtube("a"))
    assert texts["sheet_guessed"] == (
        "sheet, guessed: column 2 (Creator) is read as creator; column 4 (Date) is read as due; "
        "columns 5 (Post info notes) and 6 (Brief notes) may all be notes: none is read. See sheet.columns."
    )
    assert 'Not read: "Handle"; "Post info notes"; "Brief notes".' in texts["sheet_read"]
    both = "columns 2 (Fee) and 3 (Cost) may both be fee."
    assert both in refusal(tmp_path, "Creator,Fee,Cost\nAnn,1,2\n")


def test_terms_without_a_price_of_views_are_reported_as_not_used(tmp_path: Path) -> None:
    found = plan(tmp_path, f"creator,link,Budget,cap\nAnn,{YT[0]},500 EUR,1.000\n")
    assert found.deals == ()
    text = "budget and cap are terms of deals: without a cpm or tiers they are not used"
    assert findings(found, youtube("a"))["sheet_guessed"] == f"sheet, guessed: {text}. See sheet.columns."


@pytest.mark.slow
def test_two_creators_for_one_video_is_a_problem_and_the_first_one_has_it(tmp_path: Path) -> None:
    found = plan(tmp_path, f"creator,link,fee,currency\nAnn,{YT[0]},10,EUR\nBen,{YT[0]},20,EUR\n")
    texts = findings(found, youtube("a"))
    assert texts["claimed_twice"] == "creators: a is claimed by Ann, Ben. It counts for Ann."
    assert texts["video_in_two_rows"].startswith("sheet: lines 2-3 name the same video, a. Its counts count once")
    assert key_figures(found, snapshot(youtube("a"))).to_dict()["totals"]["money"]["spend"]["value"] == 30.0


@pytest.mark.slow
def test_fees_in_three_currencies_without_a_rate_are_a_problem(tmp_path: Path) -> None:
    sheet = f"creator,link,fee\nAnn,{YT[0]},10 EUR\nBen,{YT[1]},$20\nCy,{YT[2]},30 GBP\n"
    texts = findings(plan(tmp_path, sheet), *map(youtube, "abc"))
    assert texts["currency_without_rate"] == (
        "Money is in EUR, GBP, USD, and currency.report names no currency for all of it: it is null."
    )
    assert "$ is read as USD" in texts["sheet_guessed"]
    rates = SHEET + '[currency]\nreport = "EUR"\nrates = {USD = 0.5, GBP = 2}\n'
    found = key_figures(plan(tmp_path, sheet, rates), snapshot(*map(youtube, "abc"))).to_dict()
    assert found["totals"]["money"]["spend"]["value"] == 80.0


def test_due_dates_before_the_period_are_noted(tmp_path: Path) -> None:
    texts = findings(plan(tmp_path, f"creator,link,due\nAnn,{YT[0]},2025-05-20\n"), youtube("a"))
    assert texts["due_before_period"].startswith("sheet, line 2: the post was due before the period begins.")


def test_links_that_name_no_video_are_problems(tmp_path: Path) -> None:
    found = plan(tmp_path, f"creator,link\nAnn,https://vm.tiktok.com/ZM1/\nBen,{YT[1]}\nCy,{YT[0]}\n")
    texts = findings(found, youtube("a"))
    assert texts["sheet_link_unknown"].startswith("sheet, line 2: https://vm.tiktok.com/ZM1/: This short link")
    assert texts["unmatched"].startswith(f"sheet, line 3: '{YT[1]}' is of no video in the snapshot.")


def test_posts_of_sheet_belong_to_the_campaign_without_a_table_of_videos(tmp_path: Path) -> None:
    name = tiktok(1, "x")
    found = plan(tmp_path, f"creator,link\nAnn,https://www.tiktok.com/@ann/video/{name}\n")
    figures = key_figures(found, snapshot(video("v", {2: [5]}, platform="TikTok", external_video_id=name)))
    assert [row["video_id"] for row in figures.to_dict()["videos"]] == ["v"]
    assert "videos is missing; allowed is a table [videos]" in refusal(tmp_path, "", "")


def test_budget_is_committed_due_and_paid_by_date(tmp_path: Path) -> None:
    found = plan(
        tmp_path,
        "creator,fee,due,payment due,paid\nAnn,10.10 EUR,2025-06-01,2025-06-20,\nBen,20.20 EUR,2025-06-02,,2025-06-03\n"
        "Cy,40.40 EUR,,,yes\nDi,5 USD,2025-06-30,,no\n",
        SHEET
        + '[budget]\namount = 100\ncurrency = "EUR"\n[[spend]]\namount = 0.3\ncurrency = "EUR"\ndate = 2025-06-02\n',
    )
    assert found.budget is not None
    assert (found.budget.amount, found.budget.currency) == (Decimal(100), "EUR")
    euro, dollar = sum_budget(found, dt.date(2025, 6, 10))
    assert (euro.committed, euro.due, euro.paid, euro.entries) == (
        Decimal("71.0"),
        Decimal("60.9"),
        Decimal("60.9"),
        4,
    )
    assert (dollar.currency, dollar.committed, dollar.due, dollar.paid) == ("USD", Decimal(5), 0, 0)
    assert sum_budget(found, dt.date(2025, 6, 20))[0].due == Decimal("71.0")


def test_texts_and_language_are_read(tmp_path: Path) -> None:
    head = 'language = "de"\nobjectives = ["Sell"]\nsummary = "s"\nlearnings = "l"\nnext_steps = "n"\n'
    found = parse_campaign(head + HEAD + '[videos]\nids = ["a"]\n', folder=tmp_path)
    assert (found.language, found.objectives, found.summary) == ("de", ("Sell",), "s")
    assert (found.learnings, found.next_steps) == ("l", "n")
    assert found.sheet is None


def write_book(path: Path, rows: list[list[Any]], title: str = "Plan") -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return book


def test_excel_sheet_with_typed_cells_hyperlinks_and_merged_names_is_read(tmp_path: Path) -> None:
    file = tmp_path / "creators.xlsx"
    book = write_book(
        file,
        [
            ["Creator", "Link", "Fee", "Due"],
            ["Ann", "see here", 1234.5, FIRST.replace(tzinfo=None)],
            [None, f'=HYPERLINK("{YT[1]}","Post")', 0.125, dt.date(2025, 6, 4)],
        ],
    )
    sheet = book["Plan"]
    sheet["B2"].hyperlink = YT[0]
    sheet["C2"].number_format = "#,##0.00 [$€-407]"
    sheet.merge_cells("A2:A3")
    book.create_sheet("Other")
    book.save(file)
    found = parse_campaign(HEAD + SHEET.replace("csv", "xlsx"), folder=tmp_path)
    assert [post.creator for post in found.posts] == ["Ann", "Ann"]
    assert [link.video for post in found.posts for link in post.links] == ["YouTube:aaaaaaaaaaa", "YouTube:bbbbbbbbbbb"]
    assert [(post.fee, post.currency) for post in found.posts] == [
        (Decimal("1234.5"), "EUR"),
        (Decimal("0.1250"), None),
    ]
    assert [post.due for post in found.posts] == [dt.date(2025, 6, 1), dt.date(2025, 6, 4)]
    texts = findings(found, youtube("a"))
    assert "worksheet 'Plan' is read, and not 'Other'" in texts["sheet_guessed"]
    assert "the text of the merged cells A2:A3 is read in each of their rows" in texts["sheet_guessed"]


@pytest.mark.parametrize(
    ("number_format", "currency"),
    [
        ("[$-407]#,##0.00", None),
        ('#,##0.00 "$"', "USD"),
        ("[$CHF-807] 0", "CHF"),
        ("0 [$£]", "GBP"),
        ("[$¥-411]0", None),
    ],
)
def test_currencies_of_number_formats_are_read(number_format: str, currency: str | None, tmp_path: Path) -> None:
    book = write_book(tmp_path / "creators.xlsx", [["creator", "fee"], ["Ann", 1500]])
    book["Plan"]["B2"].number_format = number_format
    book.save(tmp_path / "creators.xlsx")
    (post,) = parse_campaign(HEAD + SHEET.replace("csv", "xlsx"), folder=tmp_path).posts
    assert (post.fee, post.currency) == (Decimal(1500), currency)


def test_damaged_or_uncomputed_excel_sheets_are_refused(tmp_path: Path) -> None:
    rest = SHEET.replace("csv", "xlsx")
    write_book(tmp_path / "creators.xlsx", [["creator", "fee"], ["Ann", "=1+1"]])
    assert "line 2, column 2: the cell holds a formula without its value." in refusal(tmp_path, "", rest)
    assert "has no worksheet 'Plans'; it has 'Plan'." in refusal(tmp_path, "", rest + 'worksheet = "Plans"\n')
    (tmp_path / "creators.xlsx").write_bytes(b"PK\x03\x04broken")
    assert "cannot be read as XLSX (BadZipFile). Save it again" in refusal(tmp_path, "", rest)
    assert "is no XLSX file, and worksheet is 'a'." in refusal(tmp_path, "creator\nAnn\n", SHEET + 'worksheet = "a"\n')


OUTCOMES = SHEET + '[outcomes]\npath = "outcomes.csv"\ncurrency = "EUR"\n'


def test_outcomes_are_joined_by_link_or_creator(tmp_path: Path) -> None:
    (tmp_path / "outcomes.csv").write_text(
        f"Link;Creator;Code;Clicks;Orders;Umsatz\n{YT[0]};;ANN10;1.000;12;99,50 €\n;ann;;5;;\n;Nobody;;1;;\n"
        "Gesamt;;;1006;12;\n;;;3;;\n;Ben;;;;\n"
    )
    found = plan(tmp_path, f"creator,link\nAnn,{YT[0]}\nAnn,{YT[1]}\n", OUTCOMES)
    first, second, third = found.outcome_rows
    assert (first.clicks, first.orders, first.revenue, first.currency, first.code) == (
        1000,
        12,
        Decimal("99.50"),
        "EUR",
        "ANN10",
    )
    assert (second.clicks, second.revenue, third.creator) == (5, None, "Nobody")
    texts = findings(found, youtube("a"), youtube("b"))
    assert (
        "6 rows, 3 used, not used line 5 (a row of totals), not used line 6 (no creator or link)"
        in (texts["outcomes_read"])
    )
    assert "not used line 7 (no clicks, codes, orders or revenue)" in texts["outcomes_read"]
    assert texts["outcomes_unmatched"].startswith(
        "outcomes: 1 row of 3 match no video or creator of the campaign (line 4)"
    )


def test_outcomes_that_match_nothing_are_a_problem(tmp_path: Path) -> None:
    (tmp_path / "outcomes.csv").write_text(f"link,clicks,revenue\n{YT[3]},7,5\n")
    found = plan(tmp_path, f"creator,link\nAnn,{YT[0]}\n", OUTCOMES.replace('currency = "EUR"\n', ""))
    texts = findings(found, youtube("a"))
    assert (
        "outcomes: 1 row of 1 match no video or creator of the campaign (line 2): they are in no total."
        in (texts["outcomes_unmatched"])
    )
    assert "Nothing matches" in texts["outcomes_unmatched"]
    assert texts["revenue_without_currency"].startswith("outcomes, line 2: revenue has no currency.")


def test_each_name_of_a_column_means_one_key() -> None:
    for columns in (PLAN_COLUMNS, OUTCOME_COLUMNS):
        names = [name for names in columns.values() for name in names]
        assert len(names) == len(set(names))


CELLS = st.sampled_from(
    [
        "Ann",
        "1.500,50",
        "EUR",
        "€ 5",
        "-",
        "30/6/2025",
        "6/30/2025",
        "2025-06-01",
        "Total",
        "tbd",
        "x",
        '"',
        "7d",
        "Ann; Ben",
        "https://youtu.be/aaaaaaaaaaa",
        "",
    ]
)


@examples(100)
@given(
    header=st.lists(
        st.sampled_from([*PLAN_COLUMNS, "Honorar (USD)", "e-mail", "", "Link 2"]), min_size=1, max_size=8
    ).filter(any),  # of an empty first row the next one is the header
    rows=st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=6),
    delimiter=st.sampled_from(",;\t"),
)
def test_any_sheet_is_refused_or_every_row_is_accounted_for(
    header: list[str], rows: list[list[str]], delimiter: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "drawn.csv"
    body = [cells[: len(header)] for cells in rows]
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows([header, *body])
    try:
        found = read_plan_sheet(file, SheetFile(path=file.name))
    except ConfigError:
        return
    account = found.account
    assert (account.used, account.rows) == (len(found.posts), len(found.posts) + len(account.unused))
    lines = sorted([post.line for post in found.posts] + [row.line for row in account.unused])
    if account.above_header == ():
        assert lines == [number for number, cells in enumerate(body, 2) if any(cells)]
    for post in found.posts:
        assert post.fee is None or post.fee >= 0


def test_fees_without_a_currency_are_one_problem_that_names_their_lines_and_what_to_add(tmp_path: Path) -> None:
    rows = "creator,link,fee,currency\n" + "".join(f"Ann,{link},5,\n" for link in YT[:2]) + f"Ben,{YT[2]},5,EUR\n"
    texts = findings(plan(tmp_path, rows), *map(youtube, "abc"))
    assert texts["spend_without_currency"] == (
        "sheet, lines 2-3: fees have no currency, so cost figures are null. Add sheet.currency."
    )
    assert "spend_without_currency" not in findings(plan(tmp_path, rows, f'{SHEET}currency = "EUR"\n'))
