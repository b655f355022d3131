"""The workbook as a spreadsheet program reads it: every number exact, every text a text, the same bytes."""

from __future__ import annotations

import io
import sys
import zipfile
from dataclasses import replace
from typing import Any

import openpyxl
import polars as pl
import pytest
from campaign.cases import HEAD, snapshot, video
from hostile_titles import hostile_sample
from reports import FILE, earlier

from influtics_lab.campaign import key_figures, parse_campaign, tables
from influtics_lab.campaign.changes.campaign_changes import changes
from influtics_lab.campaign.changes.change_tables import change_tables
from influtics_lab.campaign.figures.key_figure_types import Finding, KeyFigures
from influtics_lab.campaign.report.campaign_report import compute_report
from influtics_lab.campaign.report.workbook import build_workbook, format_heading
from influtics_lab.errors import MissingExtraError

pytestmark = pytest.mark.kernel  # each builds a report

HOSTILE = ("=SUM(A1)", "-64+64", "@cmd the night bus", "<script>alert(74)</script>")


@pytest.fixture(scope="module")
def report() -> tuple[KeyFigures, dict[str, Any]]:
    without_files = FILE.replace('links_csv = "lists/links.csv"', "").replace('logo = "logo.svg"', "")
    campaign, sample = parse_campaign(without_files), hostile_sample()
    figures = key_figures(campaign, sample)
    return figures, changes(campaign, sample, earlier(), figures=figures)


@pytest.fixture(scope="module")
def book(report: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(build_workbook(*report)))


def columns(sheet: Any) -> dict[str, list[Any]]:
    head, *rows = sheet.iter_rows(values_only=True)
    return {name: [row[place] for row in rows] for place, name in enumerate(head)}


def test_every_number_equals_the_table_to_the_last_digit(report, book):
    figures, changed = report
    frames = tables(figures) | {f"changed {name}": frame for name, frame in change_tables(changed).items()}
    numbers = 0
    for name, frame in frames.items():
        found = columns(book[name.capitalize()])
        assert set(found) == {format_heading(column) for column in frame.columns}
        for column in frame.select(pl.selectors.numeric()).columns:
            assert found[format_heading(column)] == frame[column].to_list()
            numbers += frame.height - frame[column].null_count()
    assert numbers > 2000


def test_a_number_keeps_its_seventeenth_digit(report):
    figures = replace(report[0], targets=tuple(replace(target, target=0.1 + 0.2) for target in report[0].targets))
    sheet = openpyxl.load_workbook(io.BytesIO(build_workbook(figures)))["Targets"]
    assert columns(sheet)["target"] == [0.30000000000000004]


def test_instants_and_days_are_dates_in_utc(report, book):
    found = columns(book["Videos"])["created at (UTC)"]
    created = [video.created_at for video in report[0].videos]
    assert [f"{instant:%Y-%m-%dT%H:%M:%S}"[:18] for instant in found] == [text[:18] for text in created]
    assert [f"{day:%Y-%m-%d}" for day in columns(book["Spend"])["date"]] == ["2025-06-04", "2025-06-08"]


def test_no_cell_is_a_formula_or_a_comment_and_only_posts_have_links(report, book):
    texts = set()
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.data_type != "f"
            assert cell.hyperlink is None or (sheet.title, cell.column_letter) == ("Posts", "B")
            if cell.data_type == "s" and cell.row > 1:
                assert cell.number_format == "@"  # and stays a text when somebody edits it
                texts.add(cell.value)
    assert texts.issuperset(HOSTILE)
    with zipfile.ZipFile(io.BytesIO(build_workbook(*report))) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


def test_a_row_is_as_high_as_its_longest_text(book):
    sheet = book["Findings"]
    texts = {row[0].row: max(len(str(cell.value)) for cell in row) for row in sheet.iter_rows(min_row=2)}
    heights = {row: sheet.row_dimensions[row].height for row in texts}
    assert max(texts.values()) > 120
    for row, length in texts.items():
        assert heights[row] >= 15 * length / sheet.column_dimensions["C"].width


def test_every_figure_is_defined_and_each_sheet_is_named_first(book):
    defined = columns(book["Definitions"])
    assert {"views_gained", "cpm", "engagement_rate_last_read_pooled_low_pct", "difference"} <= set(defined["name"])
    assert all(defined["formula"])
    first = {row[0] for row in book["About"].iter_rows(values_only=True)}
    assert first >= {sheet.title for sheet in book} - {"About"}
    assert [sheet.title for sheet in book][:3] == ["About", "Groups", "Videos"]


def test_the_same_figures_give_the_same_bytes_and_the_date_is_the_snapshots(report, book):
    assert build_workbook(*report) == build_workbook(*report)
    assert f"{book.properties.created:%Y-%m-%dT%H:%M:%S}" == report[0].snapshot.taken_at[:19]


@pytest.mark.parametrize("text", ["x" * 40_000, "a\x00b\x1fc\ufffed", "_x0041_", "'quoted", "\u202eback", "💥" * 3])
def test_any_text_fits_into_a_cell(report, text):
    figures = replace(report[0], findings=(Finding("c", "note", text),))
    sheet = openpyxl.load_workbook(io.BytesIO(build_workbook(figures)))["Findings"]
    (found,) = columns(sheet)["text"]
    fits = len(text) < 32_767 and text.isprintable()
    assert found == text if fits else found[:1] == text[:1]
    assert len(found) <= 32_767


def test_without_xlsxwriter_the_error_names_the_extra(report, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(MissingExtraError, match=r"influtics-lab\[lab\]"):
        build_workbook(report[0])


def test_readable_sheets_come_first_with_few_columns_frozen_heads_print_areas_and_links(tmp_path):
    (tmp_path / "plan.csv").write_text("creator,link,fee,currency,due\nAnn,,100,EUR,2025-06-03\n")
    (tmp_path / "sales.csv").write_text("creator,orders,revenue,currency\nAnn,4,300,EUR\n")
    people = '[[creators]]\nname = "Ann"\nvideos = ["v"]\n'
    rest = f'[sheet]\npath = "plan.csv"\n[outcomes]\npath = "sales.csv"\n[videos]\nids = ["v"]\n{people}'
    file = parse_campaign(HEAD + rest, folder=tmp_path)
    taken = snapshot(video("v", {1: [9, 1, 1], 3: [90, 2, 2]}, external_video_id="abcdefghijk"))
    report = compute_report(file, taken, None, tmp_path / "camp.toml")
    content = build_workbook(report.key_figures, None, report.results)
    assert content == build_workbook(report.key_figures, None, report.results)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames[:7] == ["About", "Creators", "Posts", "Promised", "Budget", "Outcomes", "Groups"]
    for name in book.sheetnames[1:6]:
        sheet = book[name]
        assert sheet.max_column <= 20
        assert sheet.freeze_panes == "B2"
        assert sheet.print_area
    assert book["Posts"]["B2"].hyperlink.target == "https://www.youtube.com/watch?v=abcdefghijk"
    assert columns(book["Outcomes"])["CPA"][0] == 25
