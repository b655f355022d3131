"""What a Parquet file says of itself, looked at before any of its rows is read."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Final

_SMALL_BYTES: Final = 64_000_000  # a table of this size is read whatever its compression
_MOST_COMPRESSED: Final = 1000  # times that our own files are smaller than their content, and far more


def footer_problem(path: Path, rows: int) -> str | None:
    """Return what is wrong with a file's footer; None where the file can be read.

    Parameters
    ----------
    path : pathlib.Path
    rows : int
        How many rows were written.

    Returns
    -------
    str or None
        Where the file has another number of rows, or claims a size that its bytes cannot hold: a reader would reserve
        memory for both.
    """
    parquet: Any = importlib.import_module("pyarrow.parquet")
    try:
        footer, stored = parquet.read_metadata(path), path.stat().st_size  # another process may delete it meanwhile
    except (OSError, ValueError) as error:
        return f"cannot be read ({str(error).splitlines()[0]})"
    groups = [footer.row_group(n) for n in range(footer.num_row_groups)]
    if footer.num_rows != rows or sum(group.num_rows for group in groups) != rows:
        return f"has {footer.num_rows:,} rows by its footer, and {rows:,} were written"
    size = sum(group.total_byte_size for group in groups)
    if size > max(_SMALL_BYTES, _MOST_COMPRESSED * stored):
        return f"claims to hold {size:,} bytes, more than its {stored:,} can"
    return None
