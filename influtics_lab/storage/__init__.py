"""Files, folders, locks and object stores: the only place where archives and snapshots are read and written.

============= ====================================================================================================
local_files   files and folders on the disk: read within limits, written whole or not at all, locked for one process
locations     `open_place`: the place at a path or URL
places        a folder on the disk
object_store  the objects below a URL such as ``s3://bucket/path``, read and written with obstore
============= ====================================================================================================
"""

from influtics_lab.storage.local_files import (
    MOST_BYTES,
    acquire_lock,
    describe_difference,
    describe_failure,
    digest_file,
    hold_exclusively,
    list_files,
    open_workspace,
    read_user_file,
    refuse_existing,
    replace_file,
    report_write_errors,
    sync,
    write_folder,
    write_synced,
)
from influtics_lab.storage.locations import REPLACED, Location, Place, is_url, open_place, resolve_location, to_location
from influtics_lab.storage.object_store import Bucket
from influtics_lab.storage.places import ANY, LOCK, Folder, ReplacedError, Version

__all__ = [
    "ANY",
    "LOCK",
    "MOST_BYTES",
    "REPLACED",
    "Bucket",
    "Folder",
    "Location",
    "Place",
    "ReplacedError",
    "Version",
    "acquire_lock",
    "describe_difference",
    "describe_failure",
    "digest_file",
    "hold_exclusively",
    "is_url",
    "list_files",
    "open_place",
    "open_workspace",
    "read_user_file",
    "refuse_existing",
    "replace_file",
    "report_write_errors",
    "resolve_location",
    "sync",
    "to_location",
    "write_folder",
    "write_synced",
]
