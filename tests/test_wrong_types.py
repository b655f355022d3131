"""What a newcomer passes in place of what is expected is refused in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import influtics_lab as lab
from influtics_lab import campaign, explore
from influtics_lab.errors import ConfigError, FrameError, InfluticsError, MissingColumnError

SNAPSHOT: Any = lab.sample_snapshot()
FRAME: Any = SNAPSHOT.frame()
TEXT: Any = "campaign.toml"
HALF: Any = 1.5
NOTHING: Any = None
PLAN: Any = campaign.parse_campaign(
    'name = "June"\nperiod = {start = 2025-06-01, end = 2025-06-30}\nvideos = {platform = "TikTok"}'
)
NO_CAMPAIGN = r"The campaign is a str, not a Campaign\. Pass what campaign\.read_campaign\(path\) returns\."
NO_SNAPSHOT = r"The snapshot is a DataFrame, not a Snapshot\. Pass what lab\."
CALLS: dict[str, tuple[Callable[[], Any], type[InfluticsError], str]] = {
    "figures of a path": (lambda: campaign.key_figures(TEXT, SNAPSHOT), ConfigError, NO_CAMPAIGN),
    "figures of a frame": (lambda: campaign.key_figures(PLAN, FRAME), ConfigError, NO_SNAPSHOT),
    "progress": (lambda: campaign.plot_progress(PLAN, FRAME), ConfigError, NO_SNAPSHOT),
    "explorer": (lambda: explore.CampaignExplorer(PLAN, FRAME), ConfigError, NO_SNAPSHOT),
    "settle a path": (lambda: campaign.settle(TEXT, SNAPSHOT, as_of="2025-06-30"), ConfigError, NO_CAMPAIGN),
    "settle a frame": (lambda: campaign.settle(PLAN, FRAME, as_of="2025-06-30"), ConfigError, NO_SNAPSHOT),
    "state": (lambda: explore.VideoExplorer(FRAME, "TikTok"), ConfigError, "The state is a str, not a State"),
    "total": (lambda: lab.total_gained(FRAME), MissingColumnError, r"Pass what lab\.gained\(frame, 'views'\) returns"),
    "simulate a text": (lambda: lab.simulate(TEXT), ConfigError, "videos is 'campaign.toml'; pass a whole number"),
    "simulate half": (lambda: lab.simulate(HALF), ConfigError, "videos is 1.5; pass a whole number"),
    "seed": (lambda: lab.simulate(3, seed=TEXT), ConfigError, "seed is 'campaign.toml'; pass a whole number"),
    "read a frame": (
        lambda: lab.Snapshot.read(FRAME),
        ConfigError,
        "is a DataFrame, not a path. Pass its folder",
    ),
    "archive of nothing": (lambda: lab.Archive(NOTHING), ConfigError, "is a NoneType, not a path"),
    "sheet": (lambda: lab.to_excel(TEXT, "x.xlsx"), FrameError, r"to_excel\(\) writes a polars DataFrame; this is str"),
}


@pytest.mark.parametrize(("call", "kind", "message"), CALLS.values(), ids=CALLS)
def test_the_message_names_what_was_passed_and_what_to_pass(
    call: Callable[[], Any], kind: type[InfluticsError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        call()


def test_a_frame_is_no_snapshot_for_an_archive(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=NO_SNAPSHOT):
        lab.Archive(tmp_path / "archive").add(FRAME)
    assert not (tmp_path / "archive").exists()


def test_a_state_of_another_explorer_is_refused() -> None:
    explorer: Any = explore.VideoExplorer(FRAME)
    with pytest.raises(ConfigError, match="The state is a CohortState, not a VideoState"):
        explorer.state = explore.CohortState()
