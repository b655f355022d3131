"""The dashboard command: it serves a page until Ctrl-C, and leaves no process or file behind."""

from __future__ import annotations

import json
import re
import signal
import socket
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from dashboards import dashboard, needs_voila, page

import influtics_lab as lab
from influtics_lab.cli import main
from influtics_lab.config import find_bundled

pytestmark = needs_voila


def kernels_below(folder: Path) -> list[str]:
    """Return the processes that were started with a connection file in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(folder) in words and ("ipykernel" in words or "voila" in words):
            found.append(words)
    return found


@pytest.mark.kernel
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_it_prints_its_address_first_shows_the_page_and_ends_without_a_kernel_left(tmp_path: Path) -> None:
    with dashboard(tmp_path) as (server, url):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{20,}", url)
        shown = page(url)
        assert "how are my videos doing?" in shown
        assert "views gained in 7" in shown
        assert kernels_below(tmp_path)
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 130
        assert server.stderr is not None
        said = server.stderr.read()
    assert "Traceback" not in shown + said
    assert "sk-very-secret-4711" not in shown + said
    end = time.monotonic() + 10
    while kernels_below(tmp_path) and time.monotonic() < end:
        time.sleep(0.1)
    assert kernels_below(tmp_path) == []
    assert list(tmp_path.glob("influtics-dashboard-*")) == []


@pytest.mark.kernel
def test_it_shows_the_snapshot_that_is_given_with_its_titles_as_text(tmp_path: Path) -> None:
    given = lab.sample_snapshot()
    counted = lab.Snapshot.build(given.videos, given.stats, given.rejected, given.manifest)
    stored = (find_bundled("notebooks") / "02_performance_dashboard.ipynb").read_bytes()
    with dashboard(tmp_path, counted.write(tmp_path / 'o\'hara & "co"')) as (_, url):
        shown = page(url)
    assert given.manifest["content_digest"] in shown
    assert "<script>alert(74)" not in shown
    assert "<img src=x" not in shown
    assert (find_bundled("notebooks") / "02_performance_dashboard.ipynb").read_bytes() == stored


@pytest.mark.kernel
def test_it_runs_in_its_own_interpreter_whatever_kernels_there_are_and_names_no_other_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("python3", "influtics-lab-dashboard"):  # kernels that Jupyter finds first, and that cannot start
        kernel = tmp_path / "path" / "kernels" / name
        kernel.mkdir(parents=True)
        spec = {"argv": ["/bin/false", "{connection_file}"], "display_name": "Python 3", "language": "python"}
        (kernel / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "path"))
    with dashboard(tmp_path) as (_, url):
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        with opener.open(url, timeout=60) as answered:
            policy, shown = answered.headers["Content-Security-Policy"], answered.read().decode()
    assert "views gained in 7" in shown
    assert "default-src 'self'" in policy
    assert "https:" not in policy
    asked = re.findall(r"""(?:src|href)=["'](?:https?:)?//[^"']+""", shown)
    assert asked == []
    assert re.findall(r"""["']https?://[^"']*(?:cdn|unpkg|jsdelivr)[^"']*""", shown) == []


@pytest.mark.kernel
def test_without_its_token_nobody_sees_the_page(tmp_path: Path) -> None:
    with dashboard(tmp_path) as (_, url):
        try:
            shown = page(url.partition("?")[0])
        except urllib.error.HTTPError as refused:
            shown = refused.read().decode()
        assert not kernels_below(tmp_path / "RUNTIME")
    assert "views gained in" not in shown


@pytest.mark.kernel
def test_an_archive_is_shown_too(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(lab.simulate(3, seed=2))
    with dashboard(tmp_path, archive.folder) as (_, url):
        assert archive.snapshot().manifest["content_digest"] in page(url)


def test_invalid_place_is_reported_before_anything_is_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dashboard", "--no-browser", str(tmp_path)]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert len(output.err.splitlines()) == 1


def test_an_unknown_time_zone_is_reported_before_anything_is_served(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboard", "--no-browser", "--tz", "Mars"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "dashboard: --tz is 'Mars', which is no time zone here" in err


def test_port_in_use_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["dashboard", "--no-browser", "--port", str(port)]) == 2
    output = capsys.readouterr().err
    assert f"Port {port}" in output
    assert "--port" in output


def test_dashboard_without_its_extra_names_the_extra(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("influtics_lab.cli.dashboard.find_spec", lambda _: None)
    assert main(["dashboard"]) == 2
    assert "pip install 'influtics-lab[lab]'" in capsys.readouterr().err
