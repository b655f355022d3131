"""Check the footer of a Parquet file before any of its rows is read."""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from typing import Any, Final

from influtics_lab.storage import describe_failure

_SMALL_BYTES: Final = 64_000_000  # a table up to this size is read, however well it is compressed
_MOST_COMPRESSED: Final = 1000  # far more than the compression ratio of our own files


def footer_problem(source: Path | io.BytesIO, rows: int) -> str | None:
    """Return the problem of a file's footer; None if the file can be read.

    Parameters
    ----------
    source : pathlib.Path or io.BytesIO
    rows : int
        The number of rows that were written.

    Returns
    -------
    str or None
        A text if the file has a different number of rows, or claims a size that its bytes cannot hold: a reader would
        reserve memory for both.
    """
    parquet: Any = importlib.import_module("pyarrow.parquet")
    try:
        footer = parquet.read_metadata(source)
        stored = source.stat().st_size if isinstance(source, Path) else source.getbuffer().nbytes
    except (OSError, ValueError) as error:  # a concurrent process may delete it
        return f"cannot be read ({describe_failure(error)})"
    groups = [footer.row_group(n) for n in range(footer.num_row_groups)]
    if footer.num_rows != rows or sum(group.num_rows for group in groups) != rows:
        return f"has {footer.num_rows:,} rows by its footer, but {rows:,} were written"
    size = sum(group.total_byte_size for group in groups)
    if size > max(_SMALL_BYTES, _MOST_COMPRESSED * stored):
        return f"claims to hold {size:,} bytes, more than its {stored:,} can"
    return None
