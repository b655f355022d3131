"""Lines of keys, in every spelling of TOML."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.campaign.file.toml_lines import find_line, map_lines

NASTY = '''# a comment with [brackets] and "quotes
"a key" = """
[not a table]
"not a key" = 1 \\
"""
'single' = \'\'\'
x = 1\'\'\'
list = [ # [
  "]", 1,
  {b = "}"}, # }
]
dotted . keys = 1
[table."with.dot"]
a = "\\"#"
[[many]]
b = 1
[[many.inner]]
c = 2
[[many]]
[many.inner]
"\\u0063" = 3
'''
EXPECTED = {
    ("a key",): 2, ("single",): 6, ("list",): 8, ("dotted",): 12, ("dotted", "keys"): 12,
    ("table", "with.dot"): 13, ("table", "with.dot", "a"): 14, ("many", 0): 15, ("many", 0, "b"): 16,
    ("many", 0, "inner", 0): 17, ("many", 0, "inner", 0, "c"): 18, ("many", 1): 19,
    ("many", 1, "inner"): 20, ("many", 1, "inner", "c"): 21,
}  # fmt: skip


def test_keys_in_strings_lists_and_comments_are_ignored() -> None:
    assert tomllib.loads(NASTY)["many"][1]["inner"] == {"c": 3}
    assert map_lines(NASTY) == EXPECTED


def test_key_in_inline_table_has_line_of_the_table() -> None:
    assert find_line(map_lines("\na = {b = {c = 1}}"), ("a", "b", "c")) == 2
    assert find_line({}, ("a",)) is None


def _values(value: Any, path: tuple[Any, ...] = ()) -> Any:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _values(item, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for n, item in enumerate(value):
            yield from _values(item, (*path, n))
    else:
        yield path, value


@given(st.lists(st.sampled_from(["[t{n}]", "[[l]]", "k{n} = {n}", "k{n} = '''\n{n}\n'''", "", "# x = 1"]), max_size=30))
def test_every_value_is_in_its_mapped_line(lines: list[str]) -> None:
    text = "\n".join(line.format(n=n) for n, line in enumerate(lines))
    found, rows = map_lines(text), text.split("\n")
    for path, _ in _values(tomllib.loads(text)):
        if path[-1] != "l" and not str(path[-1]).startswith("t"):
            assert rows[found[path] - 1].startswith(str(path[-1]))


@pytest.mark.parametrize("text", ["", "\n", "# only", "a = 1"])
def test_small_texts_end(text: str) -> None:
    assert len(map_lines(text)) == ("=" in text)


def test_unclosed_line_hides_no_other_key() -> None:
    assert map_lines('[period\na = "x\nb = 1\n') == {("period",): 1, ("period", "a"): 2, ("period", "b"): 3}
