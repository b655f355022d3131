"""Assign phenomena to videos like cards from a deck, so that every sixty videos in a row have all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from influtics_lab.simulation.random_draws import Draws

SIZE: Final = 60
Card = Mapping[str, str]

DECK: Final[Mapping[str, Mapping[str, int]]] = {
    "platform": {"TikTok": 24, "YouTube": 18, "Instagram": 18},
    "fate": {"tracked": 54, "fails early": 2, "fails at once": 2, "not read yet": 2},
    "published": {"fresh": 34, "days ago": 18, "long ago": 8},
    "id": {"number": 30, "shortcode": 30},
    "fraction": {"microseconds": 44, "milliseconds": 10, "seconds": 6},
    "keys": {"rising": 56, "falling": 4},
    "points": {"complete": 46, "absent": 6, "null": 4, "apart": 4},
    "likes": {"shown": 54, "zero": 2, "fall to zero": 2, "no map": 2},
    "fall": {"none": 44, "correction": 10, "purge": 6},
    "quirk": {"none": 50, "cached poll": 4, "stall": 3, "burst": 3},
    "revival": {"none": 53, "late": 7},
    "impossible": {"none": 56, "one": 4},
    "shown as": {"exact": 40, "abbreviated": 20},
    "updated": {"last": 52, "before": 8},
    "er": {"first": 16, "updated": 14, "latest": 22, "null": 6, "absent": 2},
    "er cut": {"raw": 30, "truncated": 20, "rounded": 10},
    "cpm": {"zero": 44, "null": 10, "absent": 6},
    "no reposts": {"absent": 30, "null": 30},
    "thumbnail": {"given": 54, "null": 4, "absent": 2},
    "title": {"ordinary": 35, "null": 4, "untitled": 3, "emoji": 3, "hashtags": 15},
}


def deal_cards(seed: int, round_: int) -> list[Card]:
    """Deal the cards of sixty videos.

    Parameters
    ----------
    seed : int
    round_ : int
        0 for the first sixty videos, 1 for the next.

    Returns
    -------
    list of dict
        One card for each video: its phenomenon from each suit of `DECK`.

    Examples
    --------
    >>> cards = deal_cards(1, 0)
    >>> len(cards), sum(card["fall"] == "purge" for card in cards)
    (60, 6)
    """
    draws = Draws(seed, 1, round_)
    columns = {
        suit: draws.shuffle([name for name, n in counts.items() for _ in range(n)]) for suit, counts in DECK.items()
    }
    return [{suit: names[i] for suit, names in columns.items()} for i in range(SIZE)]
