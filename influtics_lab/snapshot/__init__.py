"""One complete read, frozen: three frames and a manifest that proves what they are; and frames as files."""

from influtics_lab.snapshot.content_checks import content_digest
from influtics_lab.snapshot.excel_file import to_excel
from influtics_lab.snapshot.export import export_frame
from influtics_lab.snapshot.snapshot_folder import Snapshot

__all__ = ["Snapshot", "content_digest", "export_frame", "to_excel"]
