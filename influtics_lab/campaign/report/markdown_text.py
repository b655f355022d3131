"""Free texts of the campaign file as HTML: a small part of Markdown, and everything else escaped."""

from __future__ import annotations

import html
import re
from itertools import groupby
from typing import Final

from influtics_lab.markup import Html

_ITEM: Final = re.compile(r"\s*(?:([-*+])|\d{1,3}[.)])\s+")
_INLINE: Final = (
    (re.compile(r"\*\*(\S(?:.*?\S)?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"\*(\S(?:.*?\S)?)\*"), r"<em>\1</em>"),
)


def render_markdown(text: str | None) -> Html:
    r"""Return paragraphs, lists with ``-`` or numbers, **bold** and *italic* as HTML; all else is text.

    Examples
    --------
    >>> print(render_markdown("Good **views**.\n\n- <b>one\n- two"))
    <p>Good <strong>views</strong>.</p>
    <ul><li>&lt;b&gt;one</li><li>two</li></ul>
    >>> print(render_markdown("1. Book *Ann*.\n2. Wait."))
    <ol><li>Book <em>Ann</em>.</li><li>Wait.</li></ol>
    """
    blocks = re.split(r"\n\s*\n", (text or "").strip())
    return Html("\n".join(part for block in blocks if block.strip() for part in _render_block(block.splitlines())))


def read_lines(text: str | None) -> list[str]:
    r"""Return the items and paragraphs of a text, without the marks of lists, bold and italic.

    Examples
    --------
    >>> read_lines("1. Book **Ann** again.\n2. Wait.\n\nThen\nmeet."), read_lines(None)
    (['Book Ann again.', 'Wait.', 'Then meet.'], [])
    """
    lines = []
    for block in re.split(r"\n\s*\n", (text or "").strip()):
        for kind, group in groupby(block.splitlines(), key=_find_kind):
            parts = [_ITEM.sub("", line, count=1).strip() for line in group]
            lines += [" ".join(parts)] if kind == "p" else parts
    for pattern, _ in _INLINE:
        lines = [pattern.sub(r"\1", line) for line in lines]
    return [line for line in lines if line]


def _render_block(lines: list[str]) -> list[str]:
    parts = []
    for kind, group in groupby(lines, key=_find_kind):
        if kind == "p":
            parts.append(f"<p>{' '.join(_render_inline(line) for line in group)}</p>")
        else:
            items = "".join(f"<li>{_render_inline(_ITEM.sub('', line, count=1))}</li>" for line in group)
            parts.append(f"<{kind}>{items}</{kind}>")
    return parts


def _find_kind(line: str) -> str:
    item = _ITEM.match(line)
    return "p" if item is None else "ul" if item[1] else "ol"


def _render_inline(line: str) -> str:
    escaped = html.escape(line.strip(), quote=False)
    for pattern, replacement in _INLINE:
        escaped = pattern.sub(replacement, escaped)
    return f"<bdi>{escaped}</bdi>" if re.search("[\u0590-\u08ff\u202a-\u202e\u2066-\u2069]", escaped) else escaped
