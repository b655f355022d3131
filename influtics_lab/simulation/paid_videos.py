"""Simulate who made a video and for what fee: what an agency keeps in a spreadsheet, since the service has neither."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

from influtics_lab.platforms.instagram_ids import encode_shortcode
from influtics_lab.simulation.random_draws import Draws

CREATORS: Final = (  # name, handle, usual fee of a video
    ("Maya Lindqvist", "mayacooks", 450), ("Tomás Rivera", "tomas.eats", 380), ("Priya Nair", "priyaspantry", 620),
    ("Jonas Weber", "jonasbakt", 240), ("Aiko Tanaka", "aikokitchen", 520), ("Chloé Martin", "chloeataplate", 310),
    ("Sam Okafor", "samokfood", 280), ("Lucia Rossi", "luciarossi.cucina", 350),
)  # fmt: skip
ADDRESSES: Final = {
    "TikTok": "https://www.tiktok.com/@{handle}/video/{id}",
    "YouTube": "https://www.youtube.com/watch?v={id}",
    "Instagram": "https://www.instagram.com/reel/{id}/",
}


@dataclass(frozen=True, slots=True)
class PaidVideo:
    """One row of an agency's spreadsheet.

    Attributes
    ----------
    link : str
    creator : str
    cost : float
    """

    link: str
    creator: str
    cost: float


def draw_paid_video(platform: str, external_video_id: str) -> PaidVideo:
    """Return the link to a simulated video, its creator and its fee, in steps of ten: equal ids give equal rows.

    Examples
    --------
    >>> draw_paid_video("YouTube", "CkSGCN1hSwA")
    PaidVideo(link='https://www.youtube.com/watch?v=CkSGCN1hSwA', creator='Aiko Tanaka', cost=380.0)
    """
    draws = Draws(4, zlib.crc32(external_video_id.encode()))
    name, handle, fee = draws.choice(CREATORS)
    is_number = platform == "Instagram" and external_video_id.isdigit()
    code = encode_shortcode(int(external_video_id)) if is_number else external_video_id
    link = ADDRESSES[platform].format(handle=handle, id=code)
    return PaidVideo(link, name, float(round(fee * draws.uniform(0.7, 1.3) / 10) * 10))
