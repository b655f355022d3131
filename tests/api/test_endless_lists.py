"""Endless lists stop at a limit that users can set, and the error names the parameter."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import influtics_lab as lab
from influtics_lab.errors import IncompleteReadError
from tests.answers import video
from tests.sockets import Handler, http_answer, raw_server

FIRST = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def page(numbers: range, total: int, offset: int, **pagination: Any) -> bytes:
    videos = [video(f"v{n}", created_at=(FIRST + dt.timedelta(minutes=n)).isoformat()) for n in numbers]
    whole = {"total": total, "limit": 100, "offset": offset} | pagination
    return json.dumps({"success": True, "data": {"data": videos, "pagination": whole}}).encode()


def served(answer: Any) -> Handler:
    count = itertools.count()

    def handler(connection: socket.socket, request: bytes) -> bool:
        query = parse_qs(urlsplit(request.split(b" ")[1].decode()).query)
        connection.sendall(http_answer(answer(int(query["offset"][0]), int(query["limit"][0]), next(count))))
        return True

    return handler


ENDLESS = {
    "total grows": lambda offset, limit, _: page(range(offset, offset + limit), offset + 2 * limit, offset),
    "there is always more": lambda offset, limit, _: page(
        range(offset, offset + limit), offset + limit, offset, has_more=True
    ),
    "a huge total": lambda offset, limit, _: page(range(offset, offset + limit), 10**12, offset),
    "one video a page": lambda offset, *_: page(range(offset, offset + 1), 10**12, offset),
    "the list runs ahead": lambda offset, limit, nth: page(range(98 * nth, 98 * nth + limit), 10**9, offset),
}


@pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS.keys())
@pytest.mark.parametrize("read", ["snapshot", "statuses", "refresh"])
def test_a_list_without_end_ends_at_the_bound(answer: Any, read: str, tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path)
    with raw_server(served(answer)) as url, lab.Client("some-key", url, max_pages=30, patience=2) as client:
        reads = {
            "snapshot": lambda: lab.take_snapshot(client=client),
            "statuses": lambda: lab.take_snapshot(client=client, with_status=True),
            "refresh": lambda: archive.refresh(client),
        }
        with pytest.raises(IncompleteReadError, match=r"max_pages|could not be proven complete"):
            reads[read]()


def test_a_list_as_long_as_the_bound_is_read() -> None:
    def answer(offset: int, limit: int, _: int) -> bytes:
        return page(range(offset, min(offset + limit, 290)), 290, offset)

    with raw_server(served(answer)) as url:
        with lab.Client("some-key", url, max_pages=3) as client:
            assert lab.take_snapshot(client=client).videos.height == 290
        with lab.Client("some-key", url, max_pages=2) as client, pytest.raises(IncompleteReadError, match="2 answers"):
            lab.take_snapshot(client=client)
