"""Titles as they may stand in a picture."""

import dataclasses
import unicodedata

import pytest
from frames import HOSTILE
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.plots import font_text as text_module
from influtics_lab.plots.canvas import new_axes, to_png
from influtics_lab.plots.font_text import (
    PLACEHOLDER,
    bundled_font,
    choose_font,
    clean_text,
    find_names_without_font,
    format_label,
    format_name,
    installed_fonts,
)

TRICKS = {
    "line\nbreaks\r\nand\ttabs\u2028": "line breaks and tabs",
    "right\u202eto\u2066left\u200f": "righttoleft",
    "zero\u200bwidth\u200d\ufeff": "zerowidth",
    "bell\x07 and null\x00": "bell and null",
    "  many    blanks\u3000": "many blanks",
    "variant\ufe0f and tone\U0001f3fd": "variant and tone",
    "private \ue000": f"private {PLACEHOLDER}",
    "e\u0301" + "\u0302" * 40: "é\u0302\u0302",
}


@pytest.mark.parametrize(("text", "wanted"), TRICKS.items())
def test_tricks_are_left_out(text, wanted):
    assert clean_text(text) == wanted


def test_a_long_title_is_shortened_and_wide_characters_count_twice():
    assert format_label("a" * 50, limit=10) == "aaaaaaaaa…"
    assert clean_text("안녕하세요 여러분", 10) == "안녕하세…"


def test_markup_formulas_and_dollars_stay_as_they_are():
    with bundled_font():
        assert format_label("<b>x</b> $1 =SUM(A1) \\frac{") == "<b>x</b> $1 =SUM(A1) \\frac{"


def test_characters_without_a_font_become_one_box():
    with bundled_font():
        assert format_label("안녕 Hannah, hello") == "□ Hannah, hello"


def test_emoji_without_a_font_are_left_out():
    with bundled_font():
        assert format_label("🔥🔥 Kettle 🧿 hack") == "Kettle hack"
        assert format_label("🔥🧿", "7489") == "7489"


def test_the_id_replaces_a_title_that_is_missing_or_cannot_be_drawn():
    with bundled_font():
        assert format_label(None, "7489") == "7489"
        assert format_label("\u202e\u200b", "7489") == "7489"
        assert format_label("안녕하세요 A", "7489") == "7489"
        assert format_label(None, None, "video-1") == "video-1"
        assert format_label(None, None) == "untitled"


def test_plain_text_needs_the_bundled_font_alone():
    assert choose_font("Morning stretch é ß ж", 9).get_family() == ["DejaVu Sans"]


@pytest.mark.parametrize("only_bundled", [False, True])
@pytest.mark.parametrize(
    "text", [HOSTILE, "日本語 ไทย עברית العربية", "🏳️‍🌈👩🏽‍💻🇰🇷", "$\\frac{1}{0}$", "\ud7ff\ue000\U0010ffff"]
)
def test_drawing_any_title_warns_of_nothing(text, only_bundled, monkeypatch):
    monkeypatch.setattr("influtics_lab.plots.font_text._only_bundled", _Fixed(only_bundled))
    said = format_label(text, "id")
    ax = new_axes()
    ax.text(0, 0, said, fontproperties=choose_font(said, 9), parse_math=False)
    to_png(ax)  # a missing glyph would warn, and a warning is an error here


class _Fixed:
    def __init__(self, value):
        self.value = value

    def get(self):
        return self.value


@given(st.text(max_size=80), st.integers(2, 60))
def test_a_label_is_one_short_line_without_control_characters(text, limit):
    said = format_label(text, limit=limit)
    assert said
    assert len(said) <= max(limit, len("untitled")) * 3  # two accents on each letter at most
    assert all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in said)


def test_names_without_a_font_are_distinguished_and_explained():
    names = ["숏랭커", "지식봄", "東京キッチン", "안녕 Hannah", "여보 Hannah", "Hannah", "🔥", "\u200b", ""]
    with bundled_font():
        shown = [format_name(name) for name in names]
    assert len(set(shown)) == len(names)
    assert shown[5] == "Hannah"
    assert find_names_without_font(names) == {
        name: code for name, code in zip(names, shown, strict=True) if name != "Hannah"
    }


@given(st.lists(st.text(min_size=1, max_size=12), unique_by=clean_text, max_size=8))
def test_labels_of_different_names_differ(names):
    with bundled_font():
        assert len({format_name(name) for name in names}) == len(names)


def test_a_stale_list_of_fonts_is_brought_up_to_date(monkeypatch):
    manager = text_module.fontManager
    listed = list(manager.ttflist)
    try:
        path = next(entry.fname for entry in listed if entry.name == "DejaVu Serif")
        monkeypatch.setattr(text_module, "findSystemFonts", lambda: [path, "/nowhere/none.ttf"])
        gone = [entry for entry in listed if entry.fname != path]
        gone[0] = dataclasses.replace(gone[0], fname="/nowhere/gone.ttf")
        manager.ttflist = gone
        text_module._list_installed.cache_clear()
        installed_fonts()
        assert path in {entry.fname for entry in manager.ttflist}
        assert "/nowhere/gone.ttf" not in {entry.fname for entry in manager.ttflist}
    finally:
        manager.ttflist = listed
        text_module._list_installed.cache_clear()
