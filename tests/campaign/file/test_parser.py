"""Campaign files are read into a campaign, or refused with all errors."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from campaign.cases import HEAD, campaign

from influtics_lab.campaign import parse_campaign, read_campaign
from influtics_lab.errors import ConfigError

WHOLE = """
name = "Summer"
client = "A client"
[period]
start = 2025-06-01
end = 2025-06-30T18:00:00
time_zone = "Europe/Berlin"
[videos]
ids = ["a", "a", "b"]
platform = "TikTok"
title_pattern = "*summer*"
created = {since = 2025-06-01}
published = {until = 2025-06-20}
exclude = ["c"]
[published_at]
b = 2025-06-02T12:00:00+02:00
[[creators]]
name = "Ann"
videos = ["a"]
[[spend]]
amount = 100
currency = "USD"
date = 2025-06-01
creator = "Ann"
[[targets]]
measure = "views"
value = 1000000
date = 2025-06-30
[currency]
report = "EUR"
rates = {USD = 0.9}
[emv]
currency = "EUR"
likes = 0.1
[compare]
against = "own history"
[estimators]
counted = "gained"
engagement_rate = ["median", "pooled"]
[look]
colours = ["#A0B1C2"]
[[deals]]
creator = ["Ann"]
currency = "EUR"
cutoff_date = 2025-06-30
tiers = [{cpm = 2.5, up_to = 10000}, {cpm = 1}]
"""

# What `campaign init` of 0.1 wrote, with its comments taken off.
EVERY_KEY_OF_0_1 = """
name = "Campaign"
client = "The client's name"

[period]
start = 2025-06-02
end = 2025-06-30
time_zone = "UTC"

[videos]
ids = [
    "a",  # TikTok: A title
    "b",
]
external_ids = ["7498765432109876543"]
platform = "TikTok"
title_pattern = "*summer*"
created = {since = 2025-06-01, until = 2025-06-30}
published = {since = 2025-06-01, until = 2025-06-30}
exclude = ["c"]

[published_at]
"a" = 2025-06-01T12:00:00Z

[[creators]]
name = "A name"
videos = ["a"]

[[spend]]
amount = 1500.0
currency = "EUR"
date = 2025-06-02
creator = "A name"

[currency]
report = "EUR"
rates = {USD = 0.92}

[[targets]]
measure = "views"
value = 1000000
date = 2025-06-30

[emv]
currency = "EUR"
views = 0.01
likes = 0.10
comments = 0.50
reposts = 0.50

[compare]
against = "platform"
at_age = "7d"
age = "published"

[estimators]
counted = "read"
engagement_rate = ["pooled", "median"]
parts = ["likes", "comments"]
max_gap = "3d"
level_pct = 95
resamples = 2000
draw = "videos"

[look]
colours = ["#1f4e79", "#c55a11"]
"""


def refusal(text: str, folder: Path | str = ".") -> str:
    with pytest.raises(ConfigError) as error:
        parse_campaign(text, folder=folder)
    return str(error.value)


def test_campaign_has_all_values_of_the_file() -> None:
    found = parse_campaign(WHOLE)
    assert (found.name, found.client, found.period.time_zone) == ("Summer", "A client", "Europe/Berlin")
    assert found.period.end == dt.datetime(2025, 6, 30, 18)
    assert (found.videos.ids, found.videos.platform) == (("a", "b"), ("TikTok",))
    assert found.published_at[0][0] == "b"
    assert found.spend[0].amount == 100.0
    assert found.currency is not None
    assert found.currency.rates == (("USD", 0.9),)
    assert found.estimators.engagement_rate == ("pooled", "median")
    assert found.look.colours == ("#a0b1c2",)
    with pytest.raises(FrozenInstanceError):
        found.name = "x"  # type: ignore[misc]  # which is the test


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('name = "Summer"', "name = 5", "line 2: name is 5; allowed is a text."),
        ('name = "Summer"', 'nam = "Summer"', "line 2: nam is no key of a campaign file; allowed are name, client"),
        ("start = 2025-06-01", 'start = "1 June"', 'line 5: period.start is "1 June"; allowed is a date such as'),
        ("Europe/Berlin", "Berlin", 'line 7: period.time_zone is "Berlin"; allowed is a name of the IANA time zones'),
        ("Europe/Berlin", "../etc", "line 7: period.time_zone"),
        ('["a", "a", "b"]', "[]", "line 9: videos.ids is []; allowed is a list of texts"),
        ("{since = 2025-06-01}", "{from = 2025-06-01}", "line 12: videos.created.from is no key"),
        ("{since = 2025-06-01}", "{}", "line 12: videos.created is empty; allowed are since and until"),
        ("{since = 2025-06-01}", "{since = 2025-06-02, until = 2025-06-01}", "line 12: videos.created.until is"),
        ('videos = ["a"]', "videos = 7", "line 19: creators[1].videos is 7; allowed is a list of texts"),
        ("amount = 100", "amount = -1", "line 21: spend[1].amount is -1; allowed is a number, 0 or more, up to 1e15."),
        ("amount = 100", "amount = 1e300", "line 21: spend[1].amount is 1e+300"),
        ("start = 2025-06-01", "start = 9999-12-31", "line 5: period.start is 9999-12-31; allowed is a date"),
        ('name = "Summer"', 'name = ["\\u001b[2J"]', "line 2: name is ['\\x1b[2J']; allowed is a text."),
        ("Europe/Berlin", "\\u001b[2J", 'line 7: period.time_zone is "\\u{1b}[2J"; allowed'),
        ("amount = 100", "amount = inf", "line 21: spend[1].amount is inf"),
        ("amount = 100", "amount = true", "line 21: spend[1].amount is true"),
        ('currency = "USD"', 'currency = "Dollar"', 'line 22: spend[1].currency is "Dollar"; allowed is a code'),
        ('creator = "Ann"', 'creator = "Bo"', 'line 24: spend[1].creator is "Bo"; allowed are Ann.'),
        ('creator = "Ann"', 'creator = "Ann"\nvideo = "a"', "line 20: spend[1] has video and creator; allowed"),
        ("date = 2025-06-01\n", "", "line 20: spend[1].date is missing; allowed is a date"),
        ('measure = "views"', 'measure = "likes"', 'line 26: targets[1].measure is "likes"; allowed is one of views'),
        ("value = 1000000", "value = 0", "line 27: targets[1].value is 0; allowed is a number above 0"),
        ("{USD = 0.9}", "{usd = 0.9}", "line 31: currency.rates is"),
        ("likes = 0.1", "", "line 32: emv has no rate; allowed are rates of views"),
        ('against = "own history"', 'against = "videos"', 'line 36: compare.against is "videos"; allowed where'),
        ('against = "own history"', 'at_age = "0d"', 'line 36: compare.at_age is "0d"; allowed is a duration'),
        ('against = "own history"', 'at_age = "99999w"', 'line 36: compare.at_age is "99999w"'),
        ('"gained"', '"all"', 'line 38: estimators.counted is "all"; allowed is one of auto, read, gained.'),
        ('["median", "pooled"]', '["average"]', "line 39: estimators.engagement_rate"),
        ("#A0B1C2", "red", "line 41: look.colours is ['red']; allowed is a list of colours such as #1a2b3c."),
    ],
)  # fmt: skip
def test_error_has_line_key_value_and_allowed_values(old: str, new: str, expected: str) -> None:
    assert old in WHOLE
    assert expected in refusal(WHOLE.replace(old, new, 1))


RULES = """\
[[rules]]
platform = "tiktok"
changed_on = 2025-06-10
change = "replays count"
source = "a letter"
[[rules]]
platform = "YouTube"
changed_on = 2025-06-12
change = "loops count"
source = "a post"
scope = "Shorts"
"""


def test_a_campaign_adds_counting_rules() -> None:
    found = parse_campaign(WHOLE + RULES)
    assert [rule.label for rule in found.added_rules] == ["TikTok 2025-06-10", "YouTube Shorts 2025-06-12"]
    assert (found.added_rules[1].change, found.added_rules[1].source) == ("loops count", "a post")
    assert parse_campaign(WHOLE).added_rules == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"tiktok"', "5", "line 48: rules[1].platform is 5; allowed is a text."),
        ('"tiktok"', '"TicTok"', 'line 48: rules[1].platform is "TicTok"; do you mean "TikTok"?'),
        ("2025-06-10", '"10.06.2025"', 'line 49: rules[1].changed_on is "10.06.2025"; allowed is a date such as'),
        ("2025-06-10", "2025-06-10T12:00:00", "line 49: rules[1].changed_on is 2025-06-10T12:00:00; allowed is a date"),
        ('"replays count"', '" "', 'line 50: rules[1].change is " "; allowed is a text.'),
        ('source = "a letter"\n', "", "line 47: rules[1].source is missing; allowed is a text."),
        ('"Shorts"', '"Reels"', 'line 57: rules[2].scope is "Reels"; allowed is one of all, Shorts.'),
        (
            "scope =",
            "format =",
            "line 57: rules[2].format is no key of a campaign file; allowed are platform, changed_on",
        ),
        ("[[rules]]", "[rules]", "line 47: rules is a table; allowed are tables [[rules]]."),
        (
            '"Shorts"',
            '"Shorts"\n[[rules]]\nplatform = "TikTok"\nchanged_on = 2025-06-10\nchange = "x"\nsource = "y"',
            "line 60: rules[3].changed_on is 2025-06-10; TikTok 2025-06-10 is rules[1]. Remove this one.",
        ),
        (
            '"tiktok"\nchanged_on = 2025-06-10',
            '"Instagram"\nchanged_on = 2025-04-21',
            "line 49: rules[1].changed_on is 2025-04-21; Instagram 2025-04-21 is a rule that is known. Remove",
        ),
    ],
)
def test_an_error_of_a_counting_rule_has_line_and_key(old: str, new: str, expected: str) -> None:
    rules = RULES if old != "[[rules]]" else RULES.partition('[[rules]]\nplatform = "YouTube"')[0]
    assert old in rules
    assert expected in refusal(WHOLE + rules.replace(old, new, 1))


def test_all_errors_are_reported_at_once_in_order_of_lines() -> None:
    message = refusal("name = 1\n[period]\nstart = 2\nend = 2025-06-05\n[videos]\nids = 3\nnames = 4\n")
    assert re.findall(r"line (\d+):", message) == ["1", "3", "6", "7"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "name is missing"),
        ("", "videos is missing; allowed is a table [videos]"),
        ('name = "a', "line 1: Unterminated string"),
        (HEAD + "[videos]", "videos names no video"),
        (HEAD + "[[videos]]", "allowed is a table [videos]"),
        (HEAD + 'videos = {ids = ["a"]}\nspend = 5', "no TOML|period.videos is no key"),
        (HEAD.replace("06-05", "06-01") + '[videos]\nids = ["a"]', "period.end is 2025-06-01; allowed is a time after"),
        (
            HEAD + '[videos]\nids = ["a"]\n[[targets]]\nmeasure = "views"\nvalue = 5\ndate = 2025-06-01',
            "targets[1].date is 2025-06-01; allowed is a time after 2025-06-02.",
        ),
        (HEAD + '[videos]\nids = ["a"]\n[creators]\nname = "a"', "allowed are tables [[creators]]"),
        (HEAD + '[videos]\nids = ["a"]\n[[creators]]\nname = "a"\n[[creators]]\nname = "a"', 'name is "a" again'),
        (HEAD + '[videos]\nids = ["a"]\n[compare]\nvideos = ["a"]', "compare.videos is given"),
        (HEAD + '[videos]\nids = ["a"]\n[compare]\nagainst = "own history"', "allowed where there are [[creators]]"),
        (HEAD + '[videos]\nids = ["a"]\n[look]\nlogo = "logo.exe"', "allowed is a file ending in .png or .svg"),
        (HEAD + '[videos]\nids = ["a"]\n[look]\nlogo = "logo.svg"', "which does not exist"),
        (HEAD + '[videos]\nlinks_csv = "links.csv"', "cannot be read: No such file"),
    ],
)
def test_files_without_a_campaign_are_refused(text: str, expected: str, tmp_path: Path) -> None:
    assert any(sentence in refusal(text, tmp_path) for sentence in expected.split("|"))


def test_error_of_unreadable_file_has_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"campaign\.toml cannot be read: No such file"):
        read_campaign(tmp_path / "campaign.toml")
    (tmp_path / "campaign.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(ConfigError, match="line 1, character 9: the byte 0xff is not UTF-8"):
        read_campaign(tmp_path / "campaign.toml")


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    text = HEAD + '[videos]\nids = ["a"]\nplatfrom = "x"\n'
    (tmp_path / "campaign.toml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    with pytest.raises(ConfigError, match=r"line 7: videos\.platfrom is no key .* Do you mean platform"):
        read_campaign(tmp_path / "campaign.toml")


def test_links_csv_is_read_from_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text("Creator;Link\nAnn;https://youtu.be/abc\n;\nBo; https://youtu.be/def \n")
    (tmp_path / "campaign.toml").write_text(HEAD + '[videos]\nlinks_csv = "links.csv"\n')
    links = read_campaign(tmp_path / "campaign.toml").videos.links
    assert [(link.row, link.text) for link in links] == [(2, "https://youtu.be/abc"), (4, "https://youtu.be/def")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\n1,2\n", "begins with a, b"),
        (b"", "nothing"),
        (b"\xff", "line 1, character 1: the byte 0xff is not UTF-8"),
    ],
)
def test_links_csv_without_column_of_links_is_refused(content: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_bytes(content)
    assert expected in refusal(HEAD + '[videos]\nlinks_csv = "links.csv"\n', tmp_path)
    assert "line 6: videos.links_csv" in refusal(HEAD + '[videos]\nlinks_csv = "links.csv"\n', tmp_path)


def test_a_file_of_version_0_1_with_every_key_is_read() -> None:
    found = parse_campaign(EVERY_KEY_OF_0_1)
    assert (found.estimators.counted, found.estimators.resamples, found.estimators.draw) == ("read", 2000, "videos")
    assert (found.videos.ids, found.spend[0].creator, found.currency is not None) == (("a", "b"), "A name", True)
    assert found.compare.against == "platform"


def test_only_name_period_and_videos_are_required() -> None:
    found = campaign('[videos]\nids = ["a"]')
    assert (found.compare.at_age, found.estimators.counted, found.spend) == ("7d", "auto", ())
