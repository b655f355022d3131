"""Pictures of posts: fetched once, on the user's command, into the campaign's folder, and pinned by their digests."""

from __future__ import annotations

import base64
import hashlib
import io
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from PIL import Image

from influtics_lab.campaign.figures.key_figures import key_figures
from influtics_lab.campaign.file.parser import read_campaign
from influtics_lab.campaign.report.best_content_section import choose_content
from influtics_lab.errors import ConfigError
from influtics_lab.markup import Html
from influtics_lab.snapshot import Snapshot
from influtics_lab.storage import report_write_errors

FOLDER: Final = "thumbnails"
INDEX: Final = "thumbnails.json"
_MOST_BYTES: Final = 5_000_000
_MOST_PIXELS: Final = 50_000_000
_SIZE: Final = (160, 214)  # pixels: sharp at the size of the report
_TIMEOUT_S: Final = 20.0
_LOOPBACK: Final = frozenset(("127.0.0.1", "localhost", "::1"))


class PictureError(ValueError):
    """A picture that cannot be used, and why."""


def fetch_thumbnails(file: Path, snapshot: Snapshot) -> Iterator[str]:
    """Fetch the pictures of the best and the weakest posts into ``thumbnails/`` beside a campaign file.

    Parameters
    ----------
    file : pathlib.Path
        The campaign file.
    snapshot : Snapshot

    Yields
    ------
    str
        What came of each post. Pictures of an earlier call stay, unless they are fetched again.

    Raises
    ------
    ConfigError
        If the campaign file is not valid.
    StorageError
        If the folder cannot be written.
    """
    best, weakest = choose_content(key_figures(read_campaign(file), snapshot))
    addresses = dict(snapshot.videos.select("video_id", "thumbnail_url").rows())
    folder = file.parent / FOLDER
    index: dict[str, Any] = _read_index(file.parent)
    with report_write_errors(f"{folder} cannot be written", "Choose another folder for the campaign file."):
        folder.mkdir(exist_ok=True)
        for video in [*best, *weakest]:
            name = video.title or video.external_video_id or video.video_id
            try:
                content = _shrink(_fetch(addresses.get(video.video_id)))
            except PictureError as error:
                yield f"{name}: no picture, {error}"
                continue
            digest = hashlib.sha256(content).hexdigest()
            (folder / f"{digest[:16]}.jpg").write_bytes(content)
            index[video.video_id] = {"file": f"{digest[:16]}.jpg", "sha256": digest}
            yield f"{name}: fetched"
        (folder / INDEX).write_bytes(orjson.dumps(index, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))


def read_thumbnails(folder: Path) -> dict[str, Html]:
    """Return the pinned pictures beside a campaign file as data URIs, by video; none where none were fetched.

    Raises
    ------
    ConfigError
        If a picture is missing, or was changed after it was fetched.
    """
    pictures = {}
    for video, entry in _read_index(folder).items():
        path = folder / FOLDER / Path(entry["file"]).name
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            text = f"{path} is missing or was changed. Run influtics-lab campaign thumbnails again."
            raise ConfigError(text)
        pictures[video] = Html(f"data:image/jpeg;base64,{base64.b64encode(content).decode()}")
    return pictures


def list_thumbnail_files(folder: Path) -> list[str]:
    """Return the files of the pinned pictures, relative to the folder of the campaign file."""
    index = _read_index(folder)
    names = [INDEX, *sorted({Path(entry["file"]).name for entry in index.values()})] if index else []
    return [f"{FOLDER}/{name}" for name in names]


def _read_index(folder: Path) -> dict[str, Any]:
    path = folder / FOLDER / INDEX
    if not path.is_file():
        return {}
    try:
        index: dict[str, Any] = orjson.loads(path.read_bytes())
        return {str(video): {name: str(entry[name]) for name in ("file", "sha256")} for video, entry in index.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ConfigError(f"{path} is damaged. Remove the folder, and fetch the pictures again.") from None


def _fetch(address: str | None) -> bytes:
    """Return what an address holds, of at most 5 MB."""
    if not address:
        raise PictureError("the service has no address of one")
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise PictureError("its address is not https")
    try:
        request = urllib.request.Request(address, headers={"User-Agent": "influtics-lab"})  # noqa: S310  # checked above
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            content: bytes = answer.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise PictureError(f"it cannot be fetched ({type(error).__name__})") from None
    if len(content) > _MOST_BYTES:
        raise PictureError("it is larger than 5 MB")
    return content


def _shrink(content: bytes) -> bytes:
    """Return a picture as a small JPEG."""
    buffer = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content)) as picture:
            is_large = picture.width * picture.height > _MOST_PIXELS
            if not is_large:
                small = picture.convert("RGB")
                small.thumbnail(_SIZE)
                small.save(buffer, "JPEG", quality=85)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise PictureError("the answer is no picture") from None
    if is_large:
        raise PictureError("it has more than 50 million pixels")
    return buffer.getvalue()
