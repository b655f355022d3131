"""What is lost, side by side with dlt's REST client, while the list changes or the server misbehaves.

    python tests/bench/against_dlt.py

needs dlt beside the package. Each case serves 250 videos and counts what came of those listed throughout the read.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import OffsetPaginator

import influtics_lab as lab
from influtics_lab.localapi import Catalogue, Fault
from influtics_lab.simulation import SimulatedVideo

warnings.simplefilter("ignore")


@dataclass
class Case:
    """A way for a read to go wrong."""

    name: str
    change: Callable[[Catalogue, int], object] = lambda _catalogue, _number: None
    server: dict[str, Any] = field(default_factory=dict)
    fault: Fault | None = None


def videos(ties: int = 1) -> list[SimulatedVideo]:
    stats = {"views": {"2025-06-30 08:26:03+00": 7}}
    at = [f"2025-06-01T{i // ties // 60:02d}:{i // ties % 60:02d}:00+00:00" for i in range(250)]
    made = [{"video_id": f"v{i:03d}", "stats": stats, "platform": "TikTok", "created_at": at[i]} for i in range(250)]
    return [SimulatedVideo(video, "active") for video in made]


def delete_three(catalogue: Catalogue, number: int) -> None:
    for name in [entry.answer()["video_id"] for entry in catalogue][:3] if number in {1, 2} else []:
        catalogue.delete(name)


def insert_three(catalogue: Catalogue, number: int) -> None:
    for n in range(3 if number in {1, 2} else 0):
        new = videos()[0].answer | {"video_id": f"n{number}{n}", "created_at": "2025-06-02T00:00:00+00:00"}
        catalogue.insert(new)


CASES = (
    Case("nothing changes"),
    Case("three deletions between pages", delete_three),
    Case("three insertions between pages", insert_three),
    Case("ties of 12 in a new order each time", server={"ties": "random"}),
    Case("the server caps the page at 50", server={"cap": 50}),
    Case("an empty page", fault=Fault.empty()),
    Case('200 with "success": false', fault=Fault.unsuccessful()),
    Case("JSON cut short", fault=Fault.cut_json()),
    Case("503 once", fault=Fault.http(503)),
)


def ours(api: lab.LocalAPI) -> list[str]:
    return lab.take_snapshot(client=lab.Client(api.key, api.url)).videos["video_id"].to_list()


def dlts(api: lab.LocalAPI, order: str) -> list[str]:
    client = RESTClient(
        api.url,
        auth=BearerTokenAuth(api.key),
        paginator=OffsetPaginator(limit=100, total_path="data.pagination.total"),
        data_selector="data.data",
    )
    pages = client.paginate("/v1/videos/stats", params={"sort": "created_at", "order": order})
    return [video["video_id"] for page in pages for video in page]


def outcome(case: Case, read: Callable[[lab.LocalAPI], list[str]]) -> str:
    listed = {f"v{i:03d}" for i in range(250)}
    throughout = set(listed)

    def watch(catalogue: Catalogue, number: int) -> None:
        case.change(catalogue, number)
        throughout.intersection_update(entry.answer()["video_id"] for entry in catalogue)

    with lab.LocalAPI(videos(12 if "ties" in case.server else 1), **case.server) as api:
        api.before_request = watch
        if case.fault is not None:
            api.faults.add(case.fault, at=1)
        try:
            got = read(api)
        except Exception as error:  # noqa: BLE001  # any error is an honest outcome here
            return f"error: {type(error).__name__}"
    lost, twice = len(throughout - set(got)), len(got) - len(set(got))
    return f"{lost} lost, {twice} doubled"


def main() -> None:
    print("| case | influtics-lab | dlt, newest first | dlt, oldest first |\n|---|---|---|---|")
    for case in CASES:
        readers = (ours, lambda api: dlts(api, "desc"), lambda api: dlts(api, "asc"))
        print(f"| {case.name} | {' | '.join(outcome(case, read) for read in readers)} |", flush=True)


if __name__ == "__main__":
    main()
