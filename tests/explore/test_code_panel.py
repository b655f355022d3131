"""The row below a picture: code to copy, and files that are the same each time and run nothing."""

import base64
import io
import re
import subprocess
import sys

import polars as pl
import pytest
from frames import HOSTILE, many
from matplotlib.image import imread

import influtics_lab as lab
from influtics_lab import campaign
from influtics_lab.errors import ConfigError, StorageError
from influtics_lab.explore import CampaignExplorer, CohortExplorer, PlatformExplorer, QualityExplorer, VideoExplorer

every = pytest.mark.parametrize("kind", [VideoExplorer, PlatformExplorer, CohortExplorer, QualityExplorer])


@pytest.fixture(scope="module")
def frame():
    return many(12, 8, titles=("=1+1", "@home", HOSTILE))


def downloaded(explorer, kind):
    explorer.panel.files[kind].click()
    name, data = re.search(
        r'download="([^"]+)" href="data:[^;]+;base64,([^"]+)"', explorer.panel.download.value
    ).groups()
    return name, base64.b64decode(data)


@every
def test_the_code_is_shown_escaped_and_follows_the_picture(kind, frame):
    explorer = kind(frame)
    assert explorer.panel.code_box.value == ""
    explorer.panel.show_code.value = True
    explorer.search.value = "</textarea><script>x"
    assert "&lt;/textarea&gt;&lt;script&gt;x" in explorer.panel.code_box.value
    assert "<script>" not in explorer.panel.code_box.value
    assert "copy</button>" in explorer.panel.code_box.value


@pytest.mark.slow
@every
@pytest.mark.parametrize(("file", "starts"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_pictures_are_files_and_the_same_each_time(kind, frame, file, starts):
    explorer = kind(frame)
    name, first = downloaded(explorer, file)
    assert name.endswith(f".{file}")
    assert first.startswith(starts)
    assert downloaded(explorer, file)[1] == first
    assert downloaded(kind(frame), file)[1] == first


@every
def test_the_png_is_the_picture(kind, frame):
    explorer = kind(frame)
    assert downloaded(explorer, "png")[1] == explorer.png()
    assert imread(io.BytesIO(explorer.png())).shape[1] == 900


@every
def test_the_data_comes_as_parquet_and_as_csv(kind, frame):
    explorer = kind(frame)
    assert pl.read_parquet(downloaded(explorer, "parquet")[1]).equals(explorer.data)
    assert pl.read_csv(downloaded(explorer, "csv")[1]).height == explorer.data.height


def test_no_spreadsheet_runs_a_title(frame):
    text = downloaded(VideoExplorer(frame), "csv")[1].decode()
    assert "'=1+1" in text
    assert "'@home" in text
    assert not re.search(r"(^|,)[=+@-][^,0-9]", text, re.MULTILINE)


def test_a_file_of_an_earlier_picture_is_not_offered(frame):
    explorer = VideoExplorer(frame)
    downloaded(explorer, "png")
    explorer.scale.value = "log"
    assert explorer.panel.download.value == ""


def test_with_a_folder_the_buttons_write_there(frame, tmp_path):
    explorer = CohortExplorer(frame, folder=tmp_path / "new")
    explorer.panel.files["svg"].click()
    (file,) = (tmp_path / "new").iterdir()
    assert file.name == "cohort-views-counts-2025-07-04.svg"
    assert file.name in explorer.panel.download.value
    assert file.read_bytes().startswith(b"<?xml")


@pytest.mark.slow
def test_a_file_that_cannot_be_written_shows_an_error_beside_the_buttons(frame, tmp_path):
    (tmp_path / "taken").write_text("a file")
    explorer = CohortExplorer(frame, folder=tmp_path / "taken")
    explorer.panel.files["svg"].click()
    assert 'role="alert"' in explorer.panel.download.value


def test_data_too_large_for_a_page_names_export(frame, monkeypatch):
    monkeypatch.setattr("influtics_lab.explore.code_panel._LARGEST_DOWNLOAD", 100)
    explorer = CohortExplorer(frame)
    explorer.panel.files["csv"].click()
    assert "explorer.export(" in explorer.panel.download.value


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["png", "svg", "pdf", "csv", "parquet"])
def test_export_writes_a_file_by_its_name(frame, tmp_path, suffix):
    explorer = VideoExplorer(frame)
    path = explorer.export(tmp_path / f"views.{suffix}")
    assert path.read_bytes() == downloaded(explorer, suffix)[1]


def test_a_format_that_is_not_known_is_refused(frame, tmp_path):
    with pytest.raises(ConfigError, match=r"'\.gif' is no format"):
        VideoExplorer(frame).export(tmp_path / "views.gif")
    with pytest.raises(StorageError, match="cannot be written"):
        VideoExplorer(frame).export(tmp_path / "no" / "views.png")


@pytest.mark.slow
def test_a_file_is_named_by_what_the_picture_shows(frame):
    explorer = VideoExplorer(frame)
    explorer.platform.value = "YouTube"
    explorer.picture.value = "velocity"
    explorer.video.value = "v00001"
    assert downloaded(explorer, "png")[0] == "video-youtube-views-home-velocity-2025-07-04.png"
    explorer.search.value = '<b>"../x'
    assert re.fullmatch(r"[\w-]+\.csv", downloaded(explorer, "csv")[0])


def test_while_a_file_is_written_the_old_one_is_not_offered(frame, monkeypatch):
    explorer, shown = VideoExplorer(frame), []
    downloaded(explorer, "png")
    draw = VideoExplorer.draw
    monkeypatch.setattr(VideoExplorer, "draw", lambda self: shown.append(self.panel.download.value) or draw(self))
    downloaded(explorer, "svg")
    assert "writing the file" in shown[0]
    assert "download=" not in shown[0]


def test_the_code_uses_the_frame_that_is_there(frame):
    explorer, names = CohortExplorer(frame), {"frame": frame}
    exec(explorer.code(), names)
    assert names["frame"] is frame
    assert names["png"] == explorer.png()


@pytest.mark.slow
def test_the_code_runs_by_itself_in_a_fresh_interpreter(tmp_path):
    """Of explorers over a snapshot in a folder, over the sample, and over what the service returns."""
    snapshot = lab.simulate(12, seed=3)
    stored = lab.Snapshot.read(snapshot.write(tmp_path))
    (tmp_path / "campaign.toml").write_text(campaign.new_campaign(stored), encoding="utf-8")
    with lab.LocalAPI(snapshot) as api, pytest.MonkeyPatch.context() as environment:
        environment.setenv("INFLUTICS_API_KEY", api.key)
        environment.setenv("INFLUTICS_BASE_URL", api.url)
        explorers = [
            *(kind(stored) for kind in (VideoExplorer, CohortExplorer, PlatformExplorer, QualityExplorer)),
            VideoExplorer(lab.sample_snapshot()),
            CohortExplorer(lab.load_stats()),
            CampaignExplorer(campaign.read_campaign(tmp_path / "campaign.toml"), stored),
        ]
        lines = []
        for place, explorer in enumerate(explorers):
            lines += [f"exec({explorer.code()!r}, names := {{}})", f"open('{place}.png', 'wb').write(names['png'])"]
        subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, cwd=tmp_path)
    for place, explorer in enumerate(explorers):
        assert (tmp_path / f"{place}.png").read_bytes() == explorer.png(), explorer.code()
