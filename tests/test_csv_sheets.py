"""A sheet of links is read completely, or an error names the line."""

from __future__ import annotations

import re

import pytest

from influtics_lab.csv_sheets import Sheet, parse_sheet
from influtics_lab.errors import ConfigError


def is_link(cell: str) -> bool:
    return cell.startswith("http") and " " not in cell


def sheet(text: str) -> Sheet:
    return parse_sheet(text, is_link, "links.csv")


def links(text: str) -> list[str]:
    found = sheet(text)
    return [row.cells[index] for row in found.rows for index in found.links if row.cells[index]]


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as error:
        sheet(text)
    return str(error.value)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_and_line_ends_are_found(delimiter: str, end: str) -> None:
    rows = [["Name", "Link "], ["1,5; 2", "http1,a;b"], ["", ""], ["said \nso", "http2"], ["x", ""]]
    text = end.join(delimiter.join(f'"{cell}"' if cell else "" for cell in row) for row in rows)
    found = sheet(text)
    assert links(text) == ["http1,a;b", "http2"]
    assert [row.line for row in found.rows] == [2, 4, 6]


@pytest.mark.parametrize("character", list("\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e"))
def test_only_cr_and_lf_end_a_row(character: str) -> None:
    assert links(f"caption,link\na{character}b,http1\nc,http2\n") == ["http1", "http2"]


def test_line_breaks_in_quoted_cells_keep_the_lines_of_the_rows() -> None:
    found = sheet('caption,link\r\n"a\r\nb\n\nc",http1\r\n"say ""hi""",http2')
    assert [(row.line, row.cells) for row in found.rows] == [(2, ("a\r\nb\n\nc", "http1")), (6, ('say "hi"', "http2"))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('caption,link\na,http1\n"b,http2\nc,http3\n', "line 3, column 1: a quotation mark opens this cell and is nev"),
        ('caption,link\n"b,http2\nthe "end",http3\n', "line 2, column 1: .* is closed in line 3 with text behind it"),
        ('caption,link\n"he \\"said\\" so",http1\n', "line 2, column 1: the quotation mark"),
        ('caption,link\n"b,http2\nx",http3\n', "line 2, column 1: this cell holds whole rows with links"),
        ('link,caption,by\nhttp1,"b,me\nhttp2,c,me\nhttp3,"\n', "line 2, column 3: the row has 2 cells, the header"),
        ('link,caption\nhttp1,"b\nhttp2,c\nhttp3,d"\nhttp4,\n', "line 2, column 2: this cell holds whole rows"),
        ('n,caption,link\n1,"b,http1\n2,c"",http2\n3,d",http3\n', "line 2, column 2: this cell holds whole rows"),
        ('n,caption,link\n1,"b\nc"",http1\n2,""d\ne",http2\n', "line 2, column 2: this cell holds whole rows"),
        ('link,caption\nhttp1,"b\nc""\nhttp2,""d\ne"\n', "line 2, column 2: this cell holds whole rows"),
        ("caption,link\na,b,http1\n", "line 2, column 3: the row has 3 cells, the header in line 1 has 2"),
        ("caption,link\na\nb,http1\n", "line 2, column 2: the row has 1 cells, the header in line 1 has 2"),
        ("a,b\n1,2\n", "line 1, column 1: it begins with a, b; a row must name a column link or url"),
        ("", "it begins with nothing"),
        ("http1,http2\n", "line 1, column 1: column 1 and column 2 all hold links"),
        (
            "TikTok link,YouTube URL\nhttp1,http2\n",
            r"column 1 \(TikTok link\) and column 2 \(YouTube URL\) all hold links",
        ),
        ("creator link,url of logo\na,b\n", "no column holds links"),
        ("link,a;url\nhttp1,b;http2\n", "the delimiter between the cells is not certain"),
    ],
)
def test_uncertain_sheet_is_refused_with_line_and_column(text: str, found: str) -> None:
    assert refusal(text).startswith("links.csv: line ")
    assert re.search(found, refusal(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("link\nhttp1,a\nhttp2;b\n", ["http1,a", "http2;b"]),
        ("Link,by,Link\nhttp1,a,http2\n", ["http1", "http2"]),
        ("url,link\nhttp1,\n,http2\n", ["http1", "http2"]),
        ("June\n\nby,URL\na,http1\n", ["http1"]),
        ("June,,\nby,URL,\na,http1,\n", ["http1"]),
        ("http1\nhttp2\n", ["http1", "http2"]),
        ("a,http1\nb,http2\n", ["http1", "http2"]),
        ("by;Video link;Profile link\na;http1;@a\nb;http2;\n", ["http1", "http2"]),
        ("sep=;\r\nby;link\r\na, b;http1\r\n", ["http1"]),
        ("link,by\nhttp1,a,,\nhttp2,b\n", ["http1", "http2"]),
        ("link,\nhttp1,note\nhttp2\n", ["http1", "http2"]),
        ('5" screen,link\n7" screen,http1\n', ["http1"]),
        ('"link" ,by\n"http1" ,a\n', ["http1"]),
        ("link,by\nhttp1,\n", ["http1"]),
    ],
)
def test_certain_sheet_is_read(text: str, expected: list[str]) -> None:
    assert links(text) == expected


def test_links_in_other_columns_are_reported_with_their_first_line() -> None:
    assert sheet("link,duet of\nhttp1,\nhttp2,http3\nhttp4,http5\n").unread == ((1, 2, 3),)


def test_lines_above_the_header_are_reported() -> None:
    assert sheet("Campaign June\n\nmade by us,\nby,link\na,http1\n").title_lines == (1, 3)


def test_column_is_found_by_unique_name() -> None:
    assert sheet("Creator,link\na,http1\n").find_column("creator") == 0
    assert sheet("by,link\na,http1\n").find_column("creator") is None
    with pytest.raises(ConfigError, match=r"column 1 \(Creator\) and column 2 \(creator\) are both named creator"):
        sheet("Creator,creator,link\na,b,http1\n").find_column("creator")


def test_a_cell_of_a_megabyte_is_read() -> None:
    assert links(f"thumbnail,link\n{'x' * (1 << 20)},http1\n") == ["http1"]
