"""A mail of events: a subject, plain text and HTML, in which titles are only text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Final

from influtics_lab.markup import escape_html, render_table
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.schema import COUNTS
from influtics_lab.text_format import plural, shorten
from influtics_lab.watch.alert_text import ENDS, format_instant

_LONGEST_SUBJECT: Final = 120
_MOST_IN_FULL: Final = 50
_PAGE: Final = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
    '<body style="font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:1.45;color:#1a1f26;'
    'max-width:44em;margin:0 auto;padding:12px">{body}</body></html>'
)
_CARD: Final = "border-left:4px solid {colour};padding:2px 0 2px 14px;margin:0 0 22px"
_TABLES: Final = "font-size:14px;overflow-x:auto;margin-bottom:10px"
_CODE: Final = (
    "background:#f3f5f7;padding:10px;font-family:Consolas,Menlo,monospace;font-size:13px;"
    "white-space:pre-wrap;overflow-wrap:anywhere"
)
_BEGUN, _OVER, _GREY = "#b3261e", "#1b6e3c", "#5a6470"


def write_subject(events: Sequence[dict[str, Any]]) -> str:
    r"""Return the subject of a message: the only event's sentence, or how many events of which conditions.

    Examples
    --------
    >>> event = {"condition": "views taken back", "summary": "Views of \"A\" fell by 12.3 %.", "change": "begins"}
    >>> write_subject([event]), write_subject([event, event])
    ('views taken back: Views of "A" fell by 12.3 %.', '2 alerts: views taken back')
    """
    names = ", ".join(dict.fromkeys(event["condition"] for event in events))
    text = f"{names}: {events[0]['summary']}" if len(events) == 1 else f"{plural(len(events), 'alert')}: {names}"
    return shorten(escape_unprintable(text), _LONGEST_SUBJECT)


def write_text(events: Sequence[dict[str, Any]]) -> str:
    """Return a message as plain text; of many events the last ones only as a sentence."""
    blocks = [_write_block(event) for event in events[:_MOST_IN_FULL]]
    rest = "\n".join(f"{event['condition']}: {event['summary']}" for event in events[_MOST_IN_FULL:])
    parts = [*blocks, *([rest] if rest else []), _write_footer(events[-1])]
    return escape_unprintable("\n\n".join(parts), keep="\n")


def _write_block(event: dict[str, Any]) -> str:
    evidence = [f"  {name}: {value}" for name, value in _list_evidence(event)]
    readings = ["  " + ", ".join(f"{cell}" for cell in row) for row in _list_readings(event)]
    python = [f"  {line}" for line in event["python"]]
    head = [f"{event['condition']}{' (over)' if event['change'] == ENDS else ''}", event["summary"]]
    readings = ["Readings (UTC, views, likes, comments, reposts):", *readings] if readings else []
    return "\n".join([*head, f"At {format_instant(event['at'])}", *evidence, *readings, "In Python:", *python])


def _write_footer(event: dict[str, Any]) -> str:
    archive = event["archive"]
    return f"Archive {archive['place']}, read until {format_instant(archive['read_until'])}."


def _list_evidence(event: dict[str, Any]) -> list[tuple[str, str]]:
    """Return names and values of the evidence, instants and numbers as people read them."""
    return [
        (
            name.removesuffix("_pct").replace("_", " "),
            f"{_format_value(name, value)}{' %' if name.endswith('_pct') else ''}",
        )
        for name, value in event["evidence"].items()
    ]


def _format_value(name: str, value: Any) -> str:
    if isinstance(value, str) and (name.endswith(("_at", "_of")) or name == "by"):
        return format_instant(value)
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return "unknown" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def _list_readings(event: dict[str, Any]) -> list[list[str]]:
    return [
        [
            format_instant(row["timestamp"]).removesuffix(" UTC"),
            *(_format_value(name, row[name]).replace("unknown", "-") for name in COUNTS),
        ]
        for row in event["readings"]
    ]


def write_html(events: Sequence[dict[str, Any]]) -> str:
    """Return a message as HTML without any link or picture: nothing is loaded when it is opened."""
    cards = "".join(_write_card(event) for event in events[:_MOST_IN_FULL])
    rest = "".join(
        f"<li>{escape_html(event['condition'])}: {escape_html(event['summary'])}</li>"
        for event in events[_MOST_IN_FULL:]
    )
    footer = f'<p style="color:{_GREY};font-size:13px">{escape_html(_write_footer(events[-1]))}</p>'
    body = f"{cards}{f'<ul>{rest}</ul>' if rest else ''}{footer}"
    return _PAGE.format(
        title=escape_html(write_subject(events)).removeprefix("<bdi>").removesuffix("</bdi>"), body=body
    )


def _write_card(event: dict[str, Any]) -> str:
    is_over = event["change"] == ENDS
    label = f"{event['condition']} · {'over' if is_over else 'new'} · {format_instant(event['at'])}"
    readings = (
        render_table(_list_readings(event), ("Reading (UTC)", *COUNTS), numeric=range(1, 5))
        if event["readings"]
        else ""
    )
    evidence = render_table(_list_evidence(event), wrap=True) if event["evidence"] else ""
    lines = "\n".join(event["python"])
    colour = _OVER if is_over else _BEGUN
    return (
        f'<div style="{_CARD.format(colour=colour)}">'
        f'<p style="margin:0;color:{_GREY};font-size:13px">{escape_html(label)}</p>'
        f'<p style="margin:4px 0 10px;font-size:17px;font-weight:600">{escape_html(event["summary"])}</p>'
        f'<div style="{_TABLES}">{readings}<div style="height:10px"></div>{evidence}</div>'
        f'<pre style="{_CODE}">{escape_html(lines)}</pre></div>'
    )


def build_mail(events: Sequence[dict[str, Any]], sender: str, to: Sequence[str]) -> EmailMessage:
    """Return the mail of some events; the same events have the same ``Message-ID``."""
    key = hashlib.sha256(" ".join(event["key"] for event in events).encode()).hexdigest()[:32]
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = write_subject(events)
    mail["From"], mail["To"] = sender, ", ".join(to)
    mail["Message-ID"] = f"<{key}@influtics-lab.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(write_text(events))
    mail.add_alternative(write_html(events), subtype="html")
    return mail
