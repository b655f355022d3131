"""The page around a report: its name stands at the foot of each printed page as it is."""

from __future__ import annotations

import re

import nbformat
import pytest

from influtics_lab.campaign.report.page import page


@pytest.mark.parametrize("title", ["Autumn \u2013 a, b & c", '"; } </style><b>', "\\a0 1", "\ud55c\uad6d 1f"])
def test_the_foot_says_the_title_as_it_is(title: str) -> None:
    text = page(nbformat.v4.new_notebook(), title).decode()
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (foot,) = re.findall(r'@bottom-left \{ content: "([^"]*)"', style)
    assert re.sub(r"\\([0-9a-f]{6}) ?", lambda found: chr(int(found[1], 16)), foot) == title
