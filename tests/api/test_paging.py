"""Paging over lists that change: every video listed throughout is read, or the read fails."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from influtics_lab.api.page_overlap import Piece
from influtics_lab.api.paging import Fetch, Proof, read_all, usable_pieces
from influtics_lab.errors import IncompleteReadError


@dataclass
class Drifting:
    """A list of (created, id) that is changed between any two requests."""

    rows: list[tuple[int, str]]
    change: Callable[[Drifting], None] = lambda _: None
    rng: random.Random = field(default_factory=lambda: random.Random(0))
    cap: int = 100
    shuffle_ties: bool = False
    got: set[str] = field(default_factory=set)
    throughout: set[str] = field(default_factory=set)
    requests: int = 0

    def __post_init__(self) -> None:
        self.throughout = {name for _, name in self.rows}

    def fetch(self, offset: int) -> Piece:
        if self.requests:
            self.change(self)
        self.requests += 1
        self.throughout &= {name for _, name in self.rows}
        order = sorted(self.rows, key=lambda row: (row[0], self.rng.random() if self.shuffle_ties else row[1]))
        page = order[offset : offset + self.cap]
        self.got |= {name for _, name in page}
        created, ids = tuple(row[0] for row in page), tuple(row[1] for row in page)
        return Piece(offset, len(order), ids, created, offset, offset + len(page) < len(order))

    def read(self, workers: int = 1) -> Proof:
        return read_all(self.fetch, workers=workers)


def numbered(n: int, ties: int = 1) -> list[tuple[int, str]]:
    return [(i // ties, f"v{i:05d}") for i in range(n)]


@pytest.mark.parametrize("n", [0, 1, 2, 99, 100, 101, 102, 198, 199, 250, 1000])
@pytest.mark.parametrize("workers", [1, 4])
def test_unchanging_list_is_read_completely(n: int, workers: int) -> None:
    api = Drifting(numbered(n))
    proof = api.read(workers)
    assert api.got == {name for _, name in api.rows}
    assert (proof.how, proof.refetched, proof.totals) == ("strict", 0, (n, n))


def test_two_per_cent_more_requests_than_plain_paging() -> None:
    api = Drifting(numbered(10_000))
    assert api.read().requests <= 103


@pytest.mark.parametrize("cap", [3, 7, 50, 99])
def test_a_server_that_caps_the_page_is_read_whole(cap: int) -> None:
    api = Drifting(numbered(250), cap=cap)
    assert api.read().how == "strict"
    assert len(api.got) == 250


@pytest.mark.parametrize("ties", [3, 12, 60])
def test_ties_in_a_new_order_at_each_request_are_no_hole(ties: int) -> None:
    for seed in range(20):
        api = Drifting(numbered(400, ties), shuffle_ties=True, rng=random.Random(seed))
        assert api.read().how == "strict"
        assert len(api.got) == 400


def test_videos_are_counted_if_one_instant_fills_a_page() -> None:
    api = Drifting([(5, f"v{i:05d}") for i in range(250)])
    assert api.read().how == "counted"
    assert len(api.got) == 250


def test_read_fails_if_one_instant_fills_a_page_and_its_order_changes() -> None:
    api = Drifting([(5, f"v{i:05d}") for i in range(450)], shuffle_ties=True)
    with pytest.raises(IncompleteReadError, match="same created_at"):
        api.read()


def drift(most: int, ties: int) -> Callable[[Drifting], None]:
    def change(api: Drifting) -> None:
        for _ in range(api.rng.randint(0, most)):
            if api.rng.random() < 0.5 and api.rows:
                api.rows.pop(api.rng.randrange(len(api.rows)))
            else:  # new videos come at the end; those that join a filter, anywhere
                at = api.rng.choice([api.rng.randrange(1 + len(api.rows) // ties), 10**6 + api.requests])
                api.rows.append((at, f"n{api.requests}-{api.rng.random()}"))

    return change


@pytest.mark.parametrize("ties", [1, 3])
def test_nothing_is_lost_while_videos_come_and_go(ties: int) -> None:
    incomplete = 0
    for seed in range(150):
        rng = random.Random(seed)
        api = Drifting(numbered(rng.randint(90, 700), ties), drift(3, ties), rng, shuffle_ties=True)
        try:
            api.read()
        except IncompleteReadError:
            incomplete += 1
        else:
            assert api.throughout <= api.got
    assert incomplete == 0


def test_nothing_is_lost_when_the_first_page_goes() -> None:
    def change(api: Drifting) -> None:
        if api.requests == 2:
            del api.rows[:130]

    api = Drifting(numbered(600), change)
    api.read()
    assert api.throughout <= api.got


def test_unreadable_instants_are_passed_over() -> None:
    api = Drifting(numbered(300))
    plain = api.fetch

    def fetch(offset: int) -> Piece:
        piece = plain(offset)
        created = tuple(
            None if int(name[1:]) % 7 == 0 else at for at, name in zip(piece.created, piece.ids, strict=True)
        )
        return Piece(offset, piece.total, piece.ids, created, offset, piece.has_more)

    assert read_all(fetch).how == "strict"
    assert len(api.got) == 300


def ignoring_offset(offset: int) -> Piece:
    page = numbered(100)
    return Piece(offset, 250, tuple(name for _, name in page), tuple(at for at, _ in page), None, True)


def answering_elsewhere(offset: int) -> Piece:
    page = numbered(100)
    return Piece(offset, 250, tuple(name for _, name in page), tuple(at for at, _ in page), 0, True)


def descending(offset: int) -> Piece:
    page = numbered(250)[::-1][offset : offset + 100]
    return Piece(offset, 250, tuple(name for _, name in page), tuple(at for at, _ in page), offset, offset < 150)


@pytest.mark.parametrize(
    ("fetch", "why"),
    [(ignoring_offset, "ignore offset"), (answering_elsewhere, "answered for offset 0"), (descending, "ignores sort")],
)
def test_a_server_that_ignores_a_parameter_fails_the_read(fetch: Callable[[int], Piece], why: str) -> None:
    with pytest.raises(IncompleteReadError, match=why):
        read_all(fetch, workers=1)


def test_error_in_one_page_ends_the_read_without_further_requests() -> None:
    asked = []

    def fetch(offset: int) -> Piece:
        asked.append(offset)
        if offset == 98:
            raise ConnectionError
        return api.fetch(offset)

    api = Drifting(numbered(10_000))
    with pytest.raises(ConnectionError):
        read_all(fetch, workers=2)
    assert len(asked) < 20


def lying(
    rows: list[tuple[int, str]], total: Callable[[int], int], at: Callable[[int], int] = lambda offset: offset
) -> Fetch:
    def fetch(offset: int) -> Piece:
        page = rows[at(offset) : at(offset) + 100]
        ids, created = tuple(name for _, name in page), tuple(instant for instant, _ in page)
        return Piece(offset, total(len(rows)), ids, created)

    return fetch


def leaving_out(offset: int) -> Piece:
    page = [row for row in numbered(1000)[offset : offset + 100] if int(row[1][1:]) % 250 != 249]
    return Piece(
        offset, 1000, tuple(name for _, name in page), tuple(at for at, _ in page), offset, offset + 100 < 1000
    )


@pytest.mark.parametrize(
    "fetch",
    [
        lying(numbered(400), lambda _: 150),
        lying(numbered(100), lambda _: 0),
        lying(numbered(2060), lambda n: n, lambda offset: min(offset, 1000)),
        lying(numbered(2000), lambda n: n, lambda offset: min(offset, 1000)),
        leaving_out,
    ],
    ids=["150 of 400", "0 of 100", "offset clamped", "offset clamped at the end", "rows left out"],
)
def test_pages_that_contradict_their_total_prove_nothing(fetch: Fetch) -> None:
    with pytest.raises(IncompleteReadError):
        read_all(fetch)


@pytest.mark.parametrize("ties", [1, 3])
def test_a_server_that_ignores_offset_is_seen_although_its_list_changes(ties: int) -> None:
    def change(api: Drifting) -> None:
        if api.requests == 1:
            api.rows.pop(0)

    api = Drifting(numbered(250, ties), change, shuffle_ties=True)
    with pytest.raises(IncompleteReadError):
        read_all(lambda offset: replace(api.fetch(0), offset=offset, answered_offset=offset, has_more=None), workers=1)


def test_videos_without_an_id_do_not_look_like_a_repeated_page() -> None:
    rows = [(i, f"v{i}" if i % 98 else "") for i in range(600)]

    def fetch(offset: int) -> Piece:
        page = rows[offset : offset + 100]
        return Piece(offset, 600, tuple(name or None for _, name in page), tuple(at for at, _ in page))

    assert read_all(fetch).how == "strict"


def test_an_interrupted_read_goes_on_from_its_start_only() -> None:
    api = Drifting(numbered(600))
    pieces = [api.fetch(offset) for offset in (98, 0, 500, 196)]
    assert [piece.offset for piece in usable_pieces(pieces)] == [0, 98, 196]
    assert usable_pieces(pieces[:1]) == []
    unsorted = replace(pieces[0], created=pieces[0].created[::-1])
    assert [piece.offset for piece in usable_pieces([unsorted, *pieces[1:]])] == [0, 196]


@pytest.mark.slow
def test_nobody_waits_at_the_end_for_a_page_that_is_still_on_its_way() -> None:
    code = (
        "import sys, time\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from influtics_lab.api.paging import read_all\n"
        "from influtics_lab.api.page_overlap import Piece\n"
        "def fetch(offset):\n"
        "    if offset == 98: raise KeyboardInterrupt\n"
        "    if offset: time.sleep(60)\n"
        "    return Piece(offset, 1000, tuple(map(str, range(100))), tuple(range(100)))\n"
        "try:\n    read_all(fetch)\n"
        "except KeyboardInterrupt:\n    print('stopped')\n"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", code, root], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == "stopped\n"
