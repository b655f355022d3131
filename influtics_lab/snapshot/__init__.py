"""One complete read, frozen: three frames and a manifest that proves what they are."""

from influtics_lab.snapshot.content_checks import content_digest
from influtics_lab.snapshot.snapshot_folder import Snapshot

__all__ = ["Snapshot", "content_digest"]
