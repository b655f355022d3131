"""An Excel file holds what the frame holds, as a spreadsheet shows it."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

import influtics_lab as lab
from influtics_lab.errors import ConfigError, FrameError, MissingExtraError, StorageError
from influtics_lab.snapshot import excel_file

NOON = dt.datetime(2025, 6, 30, 12, tzinfo=dt.UTC)


def cells(path: Path) -> list[list[Any]]:
    return [list(row) for row in openpyxl.load_workbook(path)["data"].iter_rows(values_only=True)]


def test_values_keep_their_types_and_nulls_are_empty(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "title": ["=1+1", None],
            "views": [1_234_567, None],
            "rate_pct": [4.25, None],
            "known": [True, None],
            "day": [dt.date(2025, 6, 30), None],
        }
    )
    path = lab.to_excel(frame, tmp_path / "out.xlsx")
    day = dt.datetime(2025, 6, 30)
    assert cells(path) == [frame.columns, ["=1+1", 1_234_567, 4.25, True, day], [None] * 5]
    sheet = openpyxl.load_workbook(path)["data"]
    assert sheet["A2"].data_type == "s"  # a text, no formula
    assert [sheet[cell].number_format for cell in ("B2", "C2", "E2")] == ["#,##0", "#,##0.00", "yyyy-mm-dd"]
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold
    assert list(sheet.tables) != []  # it has the filter


@pytest.mark.parametrize(
    ("tz", "hour"), [("UTC", 12), ("Europe/Berlin", 14), ("America/New_York", 8), ("Asia/Kolkata", 17)]
)
def test_instants_are_shown_in_the_zone_that_the_heading_names(tmp_path: Path, tz: str, hour: int) -> None:
    frame = pl.DataFrame({"timestamp": [NOON]}, schema={"timestamp": pl.Datetime("us", "UTC")})
    (heading,), (instant,) = cells(lab.to_excel(frame, tmp_path / "out.xlsx", tz=tz))
    assert heading == f"timestamp ({tz})"
    assert instant.hour == hour


def test_lists_structs_large_numbers_and_control_characters_become_texts(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "parts": [["likes", "comments"]],
            "range": [{"low": 1, "high": 2}],
            "large": [2**53 + 1],
            "text": ["a\x00b\ud7ffc"],
            "infinite": [float("inf")],
        }
    )
    _, row = cells(lab.to_excel(frame, tmp_path / "out.xlsx"))
    assert row == ["likes, comments", '{"low":1,"high":2}', "9007199254740993", "a�b\ud7ffc", "=1/0"]


def test_a_frame_without_rows_has_its_headings(tmp_path: Path) -> None:
    frame = pl.DataFrame(schema={"video_id": pl.String, "views": pl.Int64})
    assert cells(lab.to_excel(frame, tmp_path / "out.xlsx"))[0] == ["video_id", "views"]


@pytest.mark.slow
def test_the_same_frame_gives_the_same_bytes_and_columns_fit_their_contents(tmp_path: Path) -> None:
    frame = lab.sample_snapshot().frame()
    first, second = (lab.to_excel(frame, tmp_path / f"{name}.xlsx") for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    sheet = openpyxl.load_workbook(first)["data"]
    assert sheet.max_row == frame.height + 1
    assert [column for column in sheet.column_dimensions.values() if not 5 < column.width < 60] == []


@pytest.mark.parametrize(
    ("name", "options", "error", "words"),
    [
        ("out.xls", {}, ConfigError, r"'out.xls' does not end in .xlsx"),
        ("out.xlsx", {"tz": "Mars/Olympus"}, ConfigError, r"tz is 'Mars/Olympus', which is no time.*'Europe/Berlin'"),
        ("none/out.xlsx", {}, StorageError, r"Choose another place"),
    ],
)
def test_unwritable_content_is_reported_with_the_reason(
    tmp_path: Path, name: str, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        lab.to_excel(pl.DataFrame({"views": [1]}), tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


def test_more_than_a_sheet_or_a_cell_holds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FrameError, match=r"title has a text of more than 32,767 characters in row 1"):
        lab.to_excel(pl.DataFrame({"title": ["a", "b" * 32_768]}), tmp_path / "out.xlsx")
    monkeypatch.setattr(excel_file, "MOST_ROWS", 2)
    with pytest.raises(FrameError, match=r"The frame has 3 rows, and a sheet holds 2: filter or resample it"):
        lab.to_excel(pl.DataFrame({"views": [1, 2, 3]}), tmp_path / "out.xlsx")


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pl.DataFrame({"views": [1], "Views": [2]}), "'views' and 'Views' have the same heading in a sheet"),
        (
            pl.DataFrame({"at": [dt.datetime(2025, 6, 1, tzinfo=dt.UTC)], "at (UTC)": [1]}),
            r"'at' and 'at \(UTC\)' have",
        ),
        (pl.DataFrame({"x" * 256: [1]}), "has more than 255 characters: rename it"),
        (pl.DataFrame({"gap": [dt.timedelta(hours=1)]}), "gap is Duration.*, which a cell cannot hold. Cast it"),
        (pl.DataFrame({"pairs": [[[1, 2]]]}), "pairs is List.*, which a cell cannot hold"),
        (pl.DataFrame({"parts": [{"x": [b"a"]}]}), "parts is Struct.*, which a cell cannot hold"),
    ],
)
def test_columns_that_a_sheet_cannot_have_are_refused(tmp_path: Path, frame: pl.DataFrame, words: str) -> None:
    with pytest.raises(FrameError, match=words):
        lab.to_excel(frame, tmp_path / "out.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_control_characters_in_headings_are_replaced(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a\x01\tb": [1], "=1+1": [2]})
    sheet = openpyxl.load_workbook(lab.to_excel(frame, tmp_path / "out.xlsx"))["data"]
    assert [cell.value for cell in sheet[1]] == ["a\N{REPLACEMENT CHARACTER} b", "=1+1"]
    assert [cell.data_type for cell in sheet[1]] == ["s", "s"]


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(MissingExtraError, match=r"influtics-lab\[lab\]"):
        lab.to_excel(pl.DataFrame({"views": [1]}), tmp_path / "out.xlsx")


def test_narrow_integers_are_numbers_in_a_sheet(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1, -2, None]}, schema={"a": pl.Int32}).with_columns(
        pl.lit(200, pl.UInt8).alias("b"), pl.lit(-(2**63)).alias("c")
    )
    sheet = openpyxl.load_workbook(lab.to_excel(frame, tmp_path / "narrow.xlsx")).active
    assert [row[:2] for row in sheet.iter_rows(min_row=2, values_only=True)] == [(1, 200), (-2, 200), (None, 200)]
    assert sheet["C2"].value == str(-(2**63))
