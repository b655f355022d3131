"""Changes that a full read finds although no ``stats_last_updated`` showed them to the refreshes before it.

Such a change may have come before the last refresh, which then missed it, or after it: the service does not reveal
which. The statements here hold in both cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import polars as pl

from influtics_lab.text_format import plural


@dataclass(frozen=True)
class Unseen:
    """Differences between a full read and the state after the refreshes before it.

    Each was missed by the last refresh, or came after it without moving the video to the top of the list. If the
    previous read was a full one, there are none.

    Parameters
    ----------
    changed : tuple of str
        Videos whose fields or readings differ, while ``stats_last_updated`` is not newer than the newest that the last
        refresh saw.
    gone : tuple of str
        Videos that are no longer in the list.
    other_status : tuple of str
        Videos whose status changed, also without a newer ``stats_last_updated``.
    """

    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    other_status: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone or self.other_status)

    def __str__(self) -> str:
        counted = [
            f"{plural(len(names), 'video')} {what}"
            for names, what in ((self.changed, "changed"), (self.gone, "gone"), (self.other_status, "of other status"))
            if names
        ]
        return f"missed by the refresh before, or newer and not moved to the top: {', '.join(counted)}"

    def as_dict(self) -> dict[str, list[str]]:
        """Return the lists of ids that are not empty, for the log."""
        return {name: list(names) for name, names in asdict(self).items() if names}


def find_unseen(before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame], newest: int) -> Unseen:
    """Compare the state after refreshes with a full read.

    Parameters
    ----------
    before, after : mapping of str to polars.DataFrame
        ``videos`` and ``stats``.
    newest : int
        Microseconds since 1970: the newest ``stats_last_updated`` that the last refresh saw.

    Returns
    -------
    Unseen
    """
    updated = pl.col("stats_last_updated").to_physical()
    not_newer = after["videos"].filter((updated <= newest) | updated.is_null())
    compared = not_newer.join(before["videos"], on="video_id", suffix="_before")
    relabelled = compared.filter(pl.col("status") != pl.col("status_before"))
    removed = before["videos"].join(after["videos"], on="video_id", how="anti")
    return Unseen(
        changed=tuple(find_differing_videos(before, after, not_newer["video_id"])),
        gone=tuple(removed["video_id"].sort()),
        other_status=tuple(relabelled["video_id"].sort()),
    )


def find_differing_videos(
    before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame], ids: pl.Series
) -> list[str]:
    """Return the ids of those of the given videos whose fields, except the status, or readings differ."""
    chosen = pl.col("video_id").is_in(ids.implode())
    differing: set[str] = set()
    for name in ("videos", "stats"):
        old = before[name].filter(chosen).drop("status", strict=False)
        new = after[name].filter(chosen).drop("status", strict=False)
        for left_rows, right_rows in ((old, new), (new, old)):
            differing |= set(left_rows.join(right_rows, on=left_rows.columns, how="anti", nulls_equal=True)["video_id"])
    return sorted(differing)
