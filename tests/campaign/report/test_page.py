"""The page around a report: any campaign name is text, in the window's title and below each printed page."""

from __future__ import annotations

import re

import pytest
from jinja2 import UndefinedError

from influtics_lab.campaign.report.page import render_page
from influtics_lab.campaign.report.templates import render
from influtics_lab.markup import Html

TITLES = ["Autumn \u2013 a, b & c", '"; } </style><b>', "\\a0 1", "\ud55c\uad6d 1f"]


@pytest.mark.parametrize("title", TITLES)
def test_the_printed_footer_shows_the_title_as_it_is(title: str) -> None:
    text = render_page(title, []).decode()
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (foot,) = re.findall(r'@bottom-left \{ content: "([^"]*)"', style)
    assert re.sub(r"\\([0-9a-f]{6}) ?", lambda found: chr(int(found[1], 16)), foot) == title


def test_a_hostile_title_is_text_and_sections_are_html() -> None:
    text = render_page('A </title></style><script> "title"', [Html("<p>1 &amp; 2</p>")]).decode()
    assert "<script" not in text
    assert text.count("</style>") == 1
    assert "<title>A &lt;/title&gt;&lt;/style&gt;&lt;script&gt; " in text
    assert "<p>1 &amp; 2</p>" in text


def test_templates_escape_text_and_refuse_a_missing_name() -> None:
    assert "No picture: &lt;i&gt;" in render("no_picture", reason="<i>")
    with pytest.raises(UndefinedError, match="'reason' is undefined"):
        render("no_picture")
