"""The command line as a person or cron calls it; in a separate process where that matters."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
from commands import KEY, run_here

import influtics_lab as lab
from influtics_lab.localapi import Fault


def run(*words: object, key: str | None = KEY, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("INFLUTICS_")} | environment
    if key is not None:
        env["INFLUTICS_API_KEY"] = key
    command = [Path(sys.executable).parent / "influtics-lab", *map(str, words)]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert KEY not in result.stderr + result.stdout
    return lines[0]


@pytest.fixture(scope="module")
def api() -> Iterator[lab.LocalAPI]:
    with lab.LocalAPI(lab.simulate(120, seed=4), key=KEY) as running:
        yield running


@pytest.fixture(autouse=True)
def no_faults(api: lab.LocalAPI) -> None:
    api.faults.clear()


@contextmanager
def serving(*words: object) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    command = [Path(sys.executable).parent / "influtics-lab", "serve", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            ready, _, _ = select.select([server.stdout], [], [], 60)
            assert ready, "no first line"
            yield server, dict(word.split("=", 1) for word in server.stdout.readline().split())
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(10)


@pytest.mark.slow
def test_snapshot_writes_a_folder_and_its_path_is_the_last_line(api: lab.LocalAPI, tmp_path: Path) -> None:
    result = run("snapshot", "--out", tmp_path / "out", "--with-status", "--base-url", api.url)
    assert result.returncode == 0, result.stderr
    path = Path(result.stdout.splitlines()[-1])
    snapshot = lab.Snapshot.read(path).verify()
    assert snapshot.videos["status"].null_count() == 0
    assert "120 videos" in one_line(result)
    again = run("verify", path)
    assert (again.returncode, again.stderr) == (0, "")
    assert snapshot.manifest["content_digest"] in again.stdout


@pytest.mark.slow
def test_kept_pages_give_the_same_again(api: lab.LocalAPI, tmp_path: Path) -> None:
    result = run_here("snapshot", "--out", tmp_path, "--keep-pages", "--platform", "TikTok", "--base-url", api.url)
    path = Path(result.stdout.splitlines()[-1])
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    with serving(path / "pages") as (_, environment):
        second = run_here("snapshot", "--out", tmp_path / "again", "--platform", "TikTok", key=None, **environment)
    other = lab.Snapshot.read(second.stdout.splitlines()[-1])
    assert other.manifest["content_digest"] == lab.Snapshot.read(path).verify().manifest["content_digest"]


def test_verify_names_a_damaged_file(api: lab.LocalAPI, tmp_path: Path) -> None:
    path = lab.simulate(5).write(tmp_path)
    with (path / "stats.parquet").open("r+b") as file:
        file.seek(40)
        file.write(b"x")
    result = run_here("verify", path)
    assert result.returncode == 1
    assert "stats.parquet" in one_line(result)


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (Fault.http(401), 3, "INFLUTICS_API_KEY"),
        (Fault.http(403), 3, "403"),
        (Fault.http(404), 4, "base URL"),
        (Fault.http(400), 4, "400"),
        (Fault.redirect(), 4, "redirects are not followed"),
    ],
)
def test_a_refusal_is_one_line_and_its_exit_code(
    api: lab.LocalAPI, tmp_path: Path, fault: Fault, code: int, words: str
) -> None:
    api.faults.add(fault, times=None)
    result = run_here("snapshot", "--out", tmp_path, "--base-url", api.url)
    assert result.returncode == code
    assert words in one_line(result)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_wrong_key_is_exit_3(api: lab.LocalAPI, tmp_path: Path) -> None:
    result = run("snapshot", "--out", tmp_path, "--base-url", api.url, key="wrong")
    assert result.returncode == 3
    assert "refused" in one_line(result)


@pytest.mark.slow
def test_an_unreachable_host_is_exit_5(tmp_path: Path) -> None:
    result = run_here("snapshot", "--out", tmp_path, "--base-url", "http://127.0.0.1:9")
    assert result.returncode == 5
    assert "nothing listens" in one_line(result)


@pytest.mark.slow
def test_a_server_that_ignores_offset_is_exit_6(tmp_path: Path) -> None:
    with lab.LocalAPI(lab.simulate(250), key=KEY, ignore={"offset"}) as deviant:
        result = run_here("snapshot", "--out", tmp_path, "--base-url", deviant.url)
    assert result.returncode == 6
    assert "offset" in one_line(result)


@pytest.mark.parametrize(
    ("words", "key", "says"),
    [
        (["snapshot", "--out", "x"], None, "INFLUTICS_API_KEY"),
        (["snapshot", "--out", "x", "--base-url", "http://example.com"], KEY, "https"),
        (["snapshot", "--out", "x", "--workers", "0", "--base-url", "http://127.0.0.1:9"], KEY, "workers"),
        (["snapshot", "--out", "/proc/nowhere", "--base-url", "http://127.0.0.1:9"], KEY, "Choose another --out"),
    ],
)
def test_a_wrong_configuration_is_one_line_and_exit_2(
    words: list[str], key: str | None, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run_here(*words, key=key)
    assert result.returncode == 2
    assert says in one_line(result)


@pytest.mark.slow
def test_the_script_exits_with_the_code_of_its_command(tmp_path: Path) -> None:
    assert run("explode").returncode == 2
    assert run("verify", tmp_path).returncode == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["snapshot", "--out", "x", "--platform", "tik-tok"], "TikTok"),
        (["snapshot", "--out", "x", "--status", "done"], "completed"),
        (["snapshot"], "--out"),
        (["explode"], "demo"),
        ([], "COMMAND"),
    ],
)
def test_wrong_usage_exits_with_2_and_names_the_allowed_values(words: list[str], says: str) -> None:
    result = run_here(*words)
    assert result.returncode == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_verify_of_a_folder_without_a_snapshot_is_exit_1(tmp_path: Path) -> None:
    result = run_here("verify", tmp_path)
    assert result.returncode == 1
    assert "is not a snapshot" in one_line(result)


@pytest.mark.slow
def test_serve_prints_its_address_answers_and_ends(tmp_path: Path) -> None:
    path = lab.simulate(30, seed=9).write(tmp_path)
    with serving(path, "--port", "0") as (server, environment):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", environment["INFLUTICS_BASE_URL"])
        client = lab.Client(environment["INFLUTICS_API_KEY"], environment["INFLUTICS_BASE_URL"])
        assert client.page(limit=1).manifest["total_reported"] == [30, 30]
    assert server.returncode == 130


def test_serve_of_an_invalid_catalogue_prints_one_line(tmp_path: Path) -> None:
    result = run_here("serve", tmp_path)
    assert result.returncode == 2
    assert "Traceback" not in one_line(result)


@pytest.mark.slow
def test_ctrl_c_ends_a_read_within_two_seconds_and_leaves_nothing(tmp_path: Path) -> None:
    with lab.LocalAPI(lab.simulate(250), key=KEY) as slow:
        slow.faults.add(Fault.stall(60), times=None)
        command = [Path(sys.executable).parent / "influtics-lab", "snapshot", "--out", tmp_path, "--base-url", slow.url]
        env = os.environ | {"INFLUTICS_API_KEY": KEY}
        with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as reader:
            while not slow.requests:
                time.sleep(0.05)
            time.sleep(0.3)
            reader.send_signal(signal.SIGINT)
            started = time.monotonic()
            _, said = reader.communicate(timeout=20)
    assert reader.returncode == 130
    assert time.monotonic() - started < 10
    assert said == "influtics-lab: stopped. --resume continues from here.\n"
    assert list(tmp_path.glob("[!.]*")) == []


@pytest.mark.slow
def test_the_demo_does_all_of_it(tmp_path: Path) -> None:
    result = run("demo", "--out", tmp_path / "demo", key=None)
    assert result.returncode == 0, result.stderr
    written = tmp_path / "demo"
    (snapshot,) = (written / "snapshots").iterdir()
    assert lab.Snapshot.read(snapshot).verify().videos.height == 120
    for picture in ("views.png", "engagement.png"):
        assert (written / picture).read_bytes().startswith(b"\x89PNG")
    assert json.loads((written / "notebooks" / "01_quickstart.ipynb").read_bytes())["nbformat"] == 4
    assert f"jupyter lab {written / 'notebooks' / '01_quickstart.ipynb'}\n" in result.stdout
    following = [line for line in result.stdout.partition("Next, one of these:")[2].splitlines() if line]
    assert len([line for line in following if not line.startswith("  # ")]) == 3
    assert lab.with_creator(lab.Snapshot.read(snapshot).frame(), written / "costs.csv")["creator"].null_count() == 0
    table = [line.split() for line in result.stdout.splitlines() if line.startswith(("Instagram", "TikTok", "YouTube"))]
    assert sum(int(row[1]) for row in table) == 120
    frame = pl.read_parquet(snapshot / "stats.parquet")
    assert sum(int(row[2].replace(",", "")) for row in table) == frame.height


@pytest.mark.slow
def test_a_second_demo_keeps_the_snapshot_of_the_first(tmp_path: Path) -> None:
    for _ in range(2):
        assert run_here("demo", "--out", tmp_path, key=None).returncode == 0
    (snapshot,) = (tmp_path / "snapshots").iterdir()
    assert lab.Snapshot.read(snapshot).verify()


@pytest.mark.slow
def test_help_names_every_command_and_exit_code() -> None:
    shown = run("--help").stdout
    for word in ("demo", "snapshot", "verify", "serve", "130"):
        assert word in shown
    assert run("--version").stdout.strip() == lab.__version__


@pytest.mark.slow
def test_the_demo_leaves_notebooks_that_somebody_changed(tmp_path: Path) -> None:
    notebook = tmp_path / "notebooks" / "01_quickstart.ipynb"
    notebook.parent.mkdir()
    notebook.write_text("my work")
    assert run_here("demo", "--out", tmp_path, key=None).returncode == 0
    assert notebook.read_text() == "my work"


@pytest.mark.slow
def test_existing_file_in_the_way_prints_one_line(tmp_path: Path) -> None:
    (tmp_path / "views.png").mkdir()
    result = run_here("demo", "--out", tmp_path, key=None)
    assert result.returncode == 2
    assert "views.png" in one_line(result)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_exit_2(tmp_path: Path) -> None:
    path = lab.simulate(5).write(tmp_path)
    with Path("/dev/full").open("w") as full:
        command = [Path(sys.executable).parent / "influtics-lab", "verify", path]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_missing_extra_is_named(tmp_path: Path) -> None:
    code = "import sys; sys.modules['uvicorn'] = None\nfrom influtics_lab.cli import main; sys.exit(main(['serve']))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "influtics-lab[lab]" in one_line(result)


@pytest.mark.parametrize(
    "words",
    [
        ("settle", "june.toml", "--out"),
        ("settle", "june.toml", "--since"),
        ("report", "june.toml", "--out"),
        ("watch", "watch.toml", "--state"),
        ("demo", "--out"),
        ("campaign", "init", "--out"),
        ("archive", "history", "archive", "--out"),
    ],
)
def test_a_url_where_a_path_is_needed_makes_no_folder_of_its_name(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run_here(*words, "s3://bucket/place")
    assert result.returncode == 2
    assert f"argument {words[-1]}: s3://bucket/place is a URL; this has to be a path of this machine" in result.stderr
    assert list(tmp_path.iterdir()) == []
