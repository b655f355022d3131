"""Pictures of posts: fetched on command, shrunk and pinned; what is no picture is left out, with a reason."""

from __future__ import annotations

import http.server
import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from campaign.cases import HEAD, snapshot, video
from PIL import Image

from influtics_lab.campaign import parse_campaign
from influtics_lab.campaign.report.campaign_report import compute_report
from influtics_lab.campaign.report.thumbnails import FOLDER, fetch_thumbnails, list_thumbnail_files, read_thumbnails
from influtics_lab.errors import ConfigError


def picture(size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, "PNG")
    return buffer.getvalue()


ANSWERS = {"/good.png": picture((640, 360)), "/text": b"<html>not found</html>", "/large": b"\0" * 5_000_001}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = ANSWERS.get(self.path)
        self.send_response(404 if content is None else 200)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def place() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


REST = '[videos]\nplatform = "YouTube"\n'


def posts(place: str, *names: str | None) -> list[dict]:
    addresses = [name if name is None or "://" in name else f"{place}{name}" for name in names]
    counts = {1: [10, 1, 1], 3: [90, 2, 2]}
    return [video(f"v{n}", counts, thumbnail_url=address) for n, address in enumerate(addresses)]


def fetch(folder: Path, *videos: dict) -> list[str]:
    (folder / "camp.toml").write_text(HEAD + REST)
    return list(fetch_thumbnails(folder / "camp.toml", snapshot(*videos)))


@pytest.mark.slow
def test_a_picture_is_shrunk_pinned_and_shown_in_the_report(tmp_path: Path, place: str) -> None:
    videos = posts(place, "/good.png")
    assert fetch(tmp_path, *videos) == ["Title of v0: fetched"]
    names = list_thumbnail_files(tmp_path)
    assert len(names) == 2
    with Image.open(tmp_path / names[1]) as small:
        assert small.size == (160, 90)
    found = compute_report(parse_campaign(HEAD + REST), snapshot(*videos), None, tmp_path / "camp.toml")
    assert 'class="thumbnail" alt="" src="data:image/jpeg;base64,' in found.best_content()
    (tmp_path / names[1]).write_bytes(picture((9, 9)))
    with pytest.raises(ConfigError, match="is missing or was changed"):
        read_thumbnails(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/text", "the answer is no picture"),
        ("/large", "it is larger than 5 MB"),
        ("/nowhere", "it cannot be fetched"),
        ("http://192.0.2.1/a.png", "its address is not https"),
        ("file:///etc/passwd", "its address is not https"),
        (None, "the service has no address of one"),
    ],
)
def test_what_is_no_picture_is_left_out_with_a_reason(
    tmp_path: Path, place: str, name: str | None, reason: str
) -> None:
    (line,) = fetch(tmp_path, *posts(place, name))
    assert line.startswith("Title of v0: no picture, ")
    assert reason in line
    assert read_thumbnails(tmp_path) == {}


def test_a_damaged_index_is_an_error_and_none_is_no_picture(tmp_path: Path) -> None:
    assert read_thumbnails(tmp_path) == {}
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "thumbnails.json").write_text('{"v0": 3}')
    with pytest.raises(ConfigError, match="is damaged"):
        read_thumbnails(tmp_path)
