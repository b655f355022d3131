"""The stored tables: those of a snapshot, each row with the number of the snapshot that added it."""

from __future__ import annotations

import importlib
import io
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from influtics_lab.schema import COUNTS, REJECTED, STATS, VIDEOS, Column, Instant, dtypes

_NTH: Final = Column("nth", pl.Int64(), "", "number among equal rows of one read, from 0", "never")
_AS_READ: Final = Column(
    "as_read", pl.Boolean(), "", "latest_* and stats_last_updated are those of the last reading: null here", "removed"
)
_ADDED: Final = (
    Column("removed", pl.Boolean(), "", "the row existed before and no longer does: its values are null", "never"),
    Column("snapshot", pl.Int64(), "", "number of the snapshot that added the row, from 1", "never"),
    Column("seen_at", Instant, "UTC", "when the read of that snapshot ended", "never"),
)
_ROWS_A_GROUP: Final = 65_536


@dataclass(frozen=True)
class Table:
    """One table as it is stored.

    Parameters
    ----------
    columns : tuple of Column
        As in ``schema.py``; for ``videos`` also ``as_read``, for ``rejected`` also ``nth``.
    key : tuple of str
        The columns that identify a row across snapshots.
    compared : tuple of str
        The columns whose change makes it a changed row.
    """

    columns: tuple[Column, ...]
    key: tuple[str, ...]
    compared: tuple[str, ...]

    @property
    def stored_schema(self) -> dict[str, pl.DataType]:
        """The schema of its files."""
        return dtypes((*self.columns, *_ADDED))


TABLES: Final = {
    "videos": Table((*VIDEOS, _AS_READ), ("video_id",), (*(c.name for c in VIDEOS[1:]), "as_read")),
    "stats": Table(STATS, ("video_id", "timestamp"), COUNTS),
    "rejected": Table(
        (*REJECTED, _NTH), ("video_id", "field", "raw_timestamp", "raw_value", "reason", "nth"), ()
    ),
}  # fmt: skip


def to_parquet(rows: pl.DataFrame) -> bytes:
    """Return rows as the bytes of a Parquet file: equal rows, equal bytes.

    Whole numbers and instants are stored as differences, which are small where rows are sorted.
    """
    pq: Any = importlib.import_module("pyarrow.parquet")  # heavy, untyped, and only writers need it
    whole = [name for name, dtype in rows.schema.items() if dtype.is_integer() or dtype.is_temporal()]
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    sink = io.BytesIO()
    pq.write_table(
        rows.rechunk().to_arrow(),
        sink,
        compression="zstd",
        compression_level=9,
        use_dictionary=texts,
        column_encoding=dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
        row_group_size=_ROWS_A_GROUP,
        write_page_checksum=True,
        store_schema=False,
    )
    return sink.getvalue()
