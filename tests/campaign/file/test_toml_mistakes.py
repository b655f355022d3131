"""A campaign file written by hand: each mistake is reported with its line and how to write it, all at once."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest
from campaign.cases import HEAD
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.campaign import parse_campaign, read_campaign
from influtics_lab.campaign.file.toml_mistakes import explain_line, parse_toml, suggest_value
from influtics_lab.errors import ConfigError

BASE = HEAD + '[videos]\nplatform = "TikTok"\n'


def refusal(text: str, folder: Path | str = ".") -> str:
    with pytest.raises(ConfigError) as error:
        parse_campaign(text, folder=folder)
    assert str(error.value).isprintable()
    return str(error.value)


WHOLE = (
    BASE
    + """
[[creators]]
name = "Ann"
videos = ["a"]
[[spend]]
amount = 5
date = 2025-06-03
currency = "EUR"
creator = "Ann"
[[targets]]
measure = "views"
value = 5
date = 2025-06-05
"""
)


@pytest.mark.parametrize(
    "value", ["3,5", "19.05.2025", r'"C:\Users\x"', "“x”", '"\0"', "{", "[1,", "x y", "[“a”]", "--5", '"""']
)
def test_wrong_value_is_an_error_of_its_line(value: str) -> None:
    parse_campaign(WHOLE)
    lines = WHOLE.splitlines()
    for number, line in enumerate(lines):
        if "=" in line:
            wrong = "\n".join([*lines[:number], f"{line.partition('=')[0]}= {value}", *lines[number + 1 :]])
            found = refusal(wrong)
            assert "\\x00" not in found.replace("character '\\x00'", "")  # no sign of what stands in its place
            assert value in {"{", "[1,", '"""'} or f"line {number + 1}: " in found


@pytest.mark.parametrize(
    ("line", "what", "write"),
    [
        ("amount = 1500,50", "1500,50 has a decimal comma", "amount = 1500.50"),
        ("amount = 1.500,50", "1.500,50 has a decimal comma", "amount = 1500.50"),
        ("amount = -0,5 # half", "0,5 has a decimal comma", "amount = -0.5 # half"),
        ("amount = 1.234.567", "1.234.567 has separators of thousands", "amount = 1234567"),
        ("amount = 1,234,567.5", "1,234,567.5 has separators of thousands", "amount = 1234567.5"),
        ("amount = 1'500", "has separators of thousands", "amount = 1500"),
        ("amount = 1 500", "1 500 has separators of thousands", "amount = 1500"),
        ("level_pct = 3.5%", "3.5% has a percent sign", "level_pct = 3.5"),
        ("level_pct = 3,5 %", "3,5 has a decimal comma and a percent sign", "level_pct = 3.5"),
        ("amount = 1500 €", "1500 € has a currency", "amount = 1500"),
        ("amount = $1500.25", "$1500.25 has a currency", "amount = 1500.25"),
        ("rates = {USD = 0,92}", "0,92 has a decimal comma", "rates = {USD = 0.92}"),
        ("start = 19.05.2025", "19.05.2025 has the day first", "start = 2025-05-19"),
        ("start = 1.6.25", "1.6.25 has the day first", "start = 2025-06-01"),
        ("start = 19/05/2025", "19/05/2025 has no year first", "start = 2025-05-19"),
        ("start = 05/19/2025", "05/19/2025 has no year first", "start = 2025-05-19"),
        ("start = 2025-6-1", "2025-6-1 has another form than 2025-06-01", "start = 2025-06-01"),
        ("start = 2025.06.01", "2025.06.01 has another form", "start = 2025-06-01"),
        ("created = {since = 19.05.2025}", "19.05.2025 has the day first", "created = {since = 2025-05-19}"),
        ("name = \u201cJune\u201d", "quotation marks are typographic", 'name = "June"'),
        ("name = \u201eJune\u201c", "quotation marks are typographic", 'name = "June"'),
        ("name = \u00abJune\u00bb", "quotation marks are typographic", 'name = "June"'),
        ("name = \u2018June\u2019", "quotation marks are typographic", 'name = "June"'),
        ("ids = [\u201ca\u201d, \u201cb\u201d]", "quotation marks are typographic", 'ids = ["a", "b"]'),
        ("name = June sale", "a text needs quotation marks", 'name = "June sale"'),
        ('logo = "C:\\Users\\a.png"', "a backslash in double quotes begins an escape", "logo = 'C:\\Users\\a.png'"),
    ],
)
def test_mistake_is_named_with_the_corrected_line(line: str, what: str, write: str) -> None:
    found = parse_toml(f"a = 1\n{line}\nb = 2\n")
    assert found[0].keys() >= {"a", "b"}
    assert [number for number, _ in found[1]] == [2]
    assert what in found[1][0][1]
    assert found[1][0][1].endswith(f"Write {write}")
    assert parse_toml(write)[1] == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("end = 2025-06-31", "2025-06-31 is not a date: June 2025 has 30 days. Correct end."),
        ("end = 2025-02-29", "2025-02-29 is not a date: February 2025 has 28 days."),
        ("end = 2025-06-31T12:00:00", "2025-06-31 is not a date: June 2025 has 30 days."),
        ("end = 31.06.2025", "31.06.2025 is not a date: June 2025 has 30 days."),
        ("end = 2025-13-01", "2025-13-01 is not a date: a year has 12 months."),
        ("end = 01.06.0000", "01.06.0000 is not a date: there is no year 0. Correct end."),
        ("end = 05/06/2025", "05/06/2025 may be two dates: write 2025-06-05 or 2025-05-06."),
        ("amount = 1,500", "1,500 may be two numbers: write 1.5 or 1500."),
        ("[period", "[period. Correct this line."),
        ("amount 5", "amount 5. Correct this line."),
        ("\x1b[2J = 1", r"\u{1b}[2J = 1. Correct this line."),
        ("amount = " + "9" * 5000, "amount is a number of more than 4,300 digits. Write a smaller one."),
    ],
)
def test_unclear_value_is_reported_without_a_guess(line: str, found: str) -> None:
    assert f"line 7: {found}" in refusal(f"{BASE}{line}\n") or found in refusal(f"{BASE}{line}\n")
    assert "line 7: " in refusal(f"{BASE}{line}\n")


def test_mistakes_and_contradictions_are_reported_at_once(tmp_path: Path) -> None:
    text = """name = \u201cJune\u201d
[period]
start = 19.05.2025
end = "2025-06-31"
[videos]
ids = ["a"]
links_csv = "none.csv"
created = {since = 2025-06-05, until = 2025-06-01}
[[spend]]
amount = 3,5
date = 2025-06-02
creator = "Bo"
platfrom = "x"
[emv]
currency = "EUR"
[look]
logo = "logo.exe"
"""
    found = refusal(text, tmp_path)
    assert [int(n) for n in re.findall(r"line (\d+):", found)] == [1, 3, 4, 7, 8, 10, 13, 14, 17]
    assert "missing" not in found
    assert "2025-06-31 is not a date: June 2025 has 30 days." in found


@pytest.mark.parametrize(
    ("value", "hint"),
    [("19.05.2025", " Write 2025-05-19."), ("2025-06-01", " Write 2025-06-01."), ("1.500,50", " Write 1500.50."),
     ("3,5 %", " Write 3.5."), ("12", " Write 12."), ("31.6.2025", " 31.6.2025 is not a date: June 2025 has 30 days."),
     ("1 June", ""), ("", ""), ("x\ny", "")],
)  # fmt: skip
def test_quoted_date_or_number_is_suggested_without_quotes(value: str, hint: str) -> None:
    assert suggest_value(value) == hint


def test_suggestion_is_an_allowed_value() -> None:
    text = BASE + '[estimators]\nresamples = "{}"\n'
    assert refusal(text.format("1.000")).endswith("allowed is a whole number from 100 to 100000.")
    assert refusal(text.format("1 000")).endswith("allowed is a whole number from 100 to 100000. Write 1000.")


def test_quoted_date_is_refused_with_a_suggestion() -> None:
    text = BASE.replace("start = 2025-06-02", 'start = "02.06.2025"')
    assert 'period.start is "02.06.2025"; allowed is a date' in refusal(text)
    assert "without quotes. Write 2025-06-02." in refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        BASE + "x = " + "[" * 5000 + "]" * 5000,
        BASE + "x = " + "{a = " * 5000 + "1" + "}" * 5000,
        BASE + "x." * 3000 + "y = 1",
        BASE + "x = " + "[" * 300 + "]" * 300,
        BASE + "x = 0x" + "f" * 5000,
        BASE + 'links_csv = "a\\u0000b"',
        BASE + '[look]\nlogo = "a\\u0000.png"',
        "\x00\x01",
        'name = """June',
        "x = [1,\n2,\n",
        "a" * 100_000,
        "a = " + " " * 50_000 + "?",
        "[[",
        r'"\UFFFFFFFF" = 1',
        "a = 1\n" * 100_000,
    ],
)
def test_hostile_text_raises_error_with_line(text: str) -> None:
    assert re.search(r"line \d+: ", refusal(text))


def test_pipes_devices_and_folders_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, kind in {"pipe": "pipe", "/dev/zero": "device", ".": "folder"}.items():
        with pytest.raises(ConfigError, match=f"is a {kind}, not a file"):
            read_campaign(tmp_path / name)
        assert f"is a {kind}, not a file" in refusal(BASE + f'links_csv = "{name}"', tmp_path)


@given(st.lists(st.sampled_from(list("a1=,.%\"'[]{}#-\u201c\u201d\n \\0T:")), max_size=30).map("".join))
def test_any_text_is_toml_or_reported_with_toml_suggestions(text: str) -> None:
    found, wrong = parse_toml(text)
    try:
        assert found == tomllib.loads(text)
        assert wrong == []
    except tomllib.TOMLDecodeError:
        assert wrong
    for _, message in wrong:
        if " Write " in message and "smaller" not in message:
            tomllib.loads(message.split(" Write ", 1)[1])


def test_a_long_line_is_explained_in_linear_time() -> None:
    assert explain_line("a = " + "1," * 100_000, "bad").startswith("bad: a = 1,1,")
