"""What a full read finds that no ``stats_last_updated`` showed to the refreshes before it.

Whether such a change came before the last refresh, which then missed it, or after it cannot be known from outside: the
service says of a change only when it was, if that. So what is stated here is what holds in both cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import polars as pl

from influtics_lab.text_format import plural


@dataclass(frozen=True)
class Unseen:
    """Differences between a full read and what the refreshes before it had left.

    Each was missed by the last refresh, or came after it without moving the video to the top of the list. There are
    none after a full read, by whose side nothing can be missed.

    Parameters
    ----------
    changed : tuple of str
        Videos with other fields or readings, whose ``stats_last_updated`` is not newer than the newest that the last
        refresh saw.
    gone : tuple of str
        Videos that are not in the list any more.
    other_status : tuple of str
        Videos with another status, and no newer ``stats_last_updated`` either.
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
        """Return what the log keeps of it: lists of ids, without the empty ones."""
        return {name: list(names) for name, names in asdict(self).items() if names}


def find_unseen(before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame], newest: int) -> Unseen:
    """Compare what the refreshes left with a full read.

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
    both = not_newer.join(before["videos"], on="video_id", suffix="_before")
    other = both.filter(pl.col("status") != pl.col("status_before"))
    gone = before["videos"].join(after["videos"], on="video_id", how="anti")
    return Unseen(
        changed=tuple(differing(before, after, not_newer["video_id"])),
        gone=tuple(gone["video_id"].sort()),
        other_status=tuple(other["video_id"].sort()),
    )


def differing(before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame], ids: pl.Series) -> list[str]:
    """Return those of these videos whose fields or readings are not the same, whatever their status."""
    chosen = pl.col("video_id").is_in(ids.implode())
    found: set[str] = set()
    for name in ("videos", "stats"):
        old = before[name].filter(chosen).drop("status", strict=False)
        new = after[name].filter(chosen).drop("status", strict=False)
        for one, other in ((old, new), (new, old)):
            found |= set(one.join(other, on=one.columns, how="anti", nulls_equal=True)["video_id"])
    return sorted(found)
