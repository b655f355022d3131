from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from influtics_lab.errors import ConfigError
from influtics_lab.platforms import COUNTING_RULES, PLATFORMS, CountingRule, collect_rules, counting_rules

MINE = CountingRule(platform="TikTok", changed_on=date(2026, 1, 5), change="replays count", source="a letter")
HEADER = "platform,changed_on,change,source,scope\n"


def test_the_known_rules_have_a_day_a_platform_and_a_source() -> None:
    assert [rule.label for rule in COUNTING_RULES] == [
        "YouTube Shorts 2025-03-31", "Instagram 2025-04-21", "YouTube 2026-08-24",
    ]  # fmt: skip
    assert {rule.platform for rule in COUNTING_RULES} <= set(PLATFORMS)
    assert all(rule.change and rule.source for rule in COUNTING_RULES)
    assert COUNTING_RULES[2].starts_at == datetime(2026, 8, 24, tzinfo=UTC)
    assert COUNTING_RULES[2].starts_us == datetime(2026, 8, 24, tzinfo=UTC).timestamp() * 1e6


def test_a_user_adds_rules_by_argument_and_by_file(tmp_path: Path) -> None:
    path = tmp_path / "rules.csv"
    path.write_text(HEADER + "tiktok,2026-01-05,replays count,a letter,all\n", encoding="utf-8")
    assert collect_rules([MINE]) == collect_rules(path) == collect_rules(str(path))
    assert MINE in collect_rules([MINE])
    assert collect_rules() == COUNTING_RULES


def test_the_table_shows_all_rules_with_their_sources() -> None:
    table = counting_rules([MINE])
    assert table["rule"].to_list() == [rule.label for rule in collect_rules([MINE])]
    assert table.null_count().sum_horizontal().item() == 0
    assert "YouTube Help 2991785" in str(table)


def test_rules_that_overlap_are_kept_and_equal_ones_raise() -> None:
    shorts = CountingRule(platform="YouTube", scope="Shorts", changed_on=date(2026, 8, 24), change="x", source="y")
    assert [rule.scope for rule in collect_rules([shorts])[-2:]] == ["Shorts", "all"]
    with pytest.raises(ConfigError, match="Two counting rules are of TikTok 2026-01-05: 'replays count' and 'x'"):
        collect_rules([MINE, CountingRule(platform="TikTok", changed_on=MINE.changed_on, change="x", source="y")])


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"platform": " "}, "the platform ' '"),
        ({"platform": "You Tube"}, "Do you mean 'YouTube'"),
        ({"changed_on": "2026-01-05"}, "give a date"),
        ({"changed_on": datetime(2026, 1, 5, tzinfo=UTC)}, "give a date"),
        ({"scope": "Reels"}, "one of all, Shorts"),
        ({"source": ""}, "the source ''"),
    ],
)
def test_a_rule_that_is_none_raises(values: dict[str, object], match: str) -> None:
    whole = {"platform": "TikTok", "changed_on": date(2026, 1, 5), "change": "x", "source": "y"} | values
    with pytest.raises(ConfigError, match=match):
        CountingRule(**whole)  # type: ignore[arg-type]


def test_what_is_no_rule_raises() -> None:
    with pytest.raises(ConfigError, match="contains 'a rule'"):
        collect_rules(["a rule"])  # type: ignore[list-item]
    with pytest.raises(ConfigError, match="contains 5"):
        collect_rules(5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("platform,day\nTikTok,2026-01-05\n", "the header is platform, day; expected platform, changed_on, change"),
        (HEADER + "TikTok,5 January,x,y,all\n", r"rules\.csv, line 2: Invalid isoformat"),
        (HEADER + "TikTok,2026-01-05,x,,all\n", r"rules\.csv, line 2: A counting rule has the source ''"),
        (HEADER + "TikTok,2026-01-05\n", r"rules\.csv, line 2"),
        (HEADER + "TikTok,2026-01-05,x,y,all,more\n", r"rules\.csv, line 2"),
        ("", "the header is"),
    ],
)
def test_a_file_that_cannot_be_read_names_the_place(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "rules.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=match):
        collect_rules(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        collect_rules(tmp_path / "nothing.csv")
