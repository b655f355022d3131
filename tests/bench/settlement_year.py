"""A year of daily reads in an archive, purges planted after the freeze: which adjustments `settle` finds.

Run ``.venv/bin/python tests/bench/settlement_year.py [VIDEOS] [DAYS]``. By default, on half a core, it printed

    60 videos, 365 reads, 36 settlements one since the other, 20 planted purges:
    found 20, missed 0, invented 0;
    295 s for the archive, 20 s for the settlements
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.pop(0)  # its module campaign is another one
sys.path.insert(0, str(Path(__file__).parents[1]))

from campaign.settlement_year import draw_year, settle_year, write_archive


def main() -> None:
    videos, days = (*map(int, sys.argv[1:]), *(60, 365)[len(sys.argv) - 1 :])
    series, planted = draw_year(videos, days)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        archive = write_archive(Path(folder), series, days, every=1)
        written = time.perf_counter()
        adjustments, count = settle_year(archive, list(series), days, every=10)
    found = {change.video_id for change in adjustments if change.kind == "purge"}
    invented = [change for change in adjustments if change.kind != "purge" or change.video_id not in planted]
    print(f"{videos} videos, {days} reads, {count} settlements one since the other, {len(planted)} planted purges:")
    print(f"found {len(found & planted.keys())}, missed {len(planted.keys() - found)}, invented {len(invented)};")
    print(f"{written - start:.0f} s for the archive, {time.perf_counter() - written:.0f} s for the settlements")


if __name__ == "__main__":
    main()
