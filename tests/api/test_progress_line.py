"""The progress bar appears on a terminal, not in a log."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import influtics_lab as lab
from influtics_lab.api.progress_line import Progress


def test_progress_line_shows_pages_videos_readings_and_retries(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("videos", show=True) as progress:
        progress.add_page(100, 5000, expected_pages=2, retries=0)
        progress.add_page(20, 1000, expected_pages=2, retries=3)
    last = capsys.readouterr().err.rstrip().split("\r")[-1]
    assert "2/2" in last
    assert "120 videos, 6,000 readings, 3 retries" in last


def test_the_bar_ends_full_although_the_number_of_pages_was_an_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("videos", show=True) as progress:
        progress.add_page(100, 5000, expected_pages=5, retries=0)
        progress.add_page(20, 1000, expected_pages=5, retries=0)
    assert "2/2" in capsys.readouterr().err.rstrip().split("\r")[-1]


def test_the_bar_of_a_failed_read_does_not_end_full(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="stop"), Progress("videos", show=True) as progress:  # noqa: PT012
        progress.add_page(100, 5000, expected_pages=5, retries=0)
        raise ValueError("stop")
    assert "1/5" in capsys.readouterr().err.rstrip().split("\r")[-1]


def test_a_log_gets_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("videos") as progress:
        progress.add_page(100, 5000, expected_pages=2, retries=0)
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_a_terminal_gets_it(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with lab.LocalAPI(lab.simulate(120)) as api:
        command = [Path(sys.executable).parent / "influtics-lab", "snapshot", "--out", tmp_path, "--base-url", api.url]
        env = os.environ | {"INFLUTICS_API_KEY": api.key}
        subprocess.run(command, env=env, stdout=subprocess.DEVNULL, stderr=theirs, check=True, timeout=60)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # the terminal has gone
        pass
    os.close(ours)
    assert b"pages" in shown
    assert b"readings" in shown
