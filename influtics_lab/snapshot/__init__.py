"""A snapshot: one complete read as three frames and a manifest with digests. Also: write any frame as a file."""

from influtics_lab.snapshot.content_checks import content_digest
from influtics_lab.snapshot.excel_file import to_excel
from influtics_lab.snapshot.export import export_frame
from influtics_lab.snapshot.snapshot_folder import Snapshot

__all__ = ["Snapshot", "content_digest", "export_frame", "to_excel"]
