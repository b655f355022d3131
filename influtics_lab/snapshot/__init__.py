"""One complete read, frozen: three frames and a manifest that proves what they are."""

from influtics_lab.snapshot.frozen import Snapshot
from influtics_lab.snapshot.proof import content_digest

__all__ = ["Snapshot", "content_digest"]
