"""The campaign file on the command line: written once, checked, one line for each error."""

from __future__ import annotations

from pathlib import Path

import pytest

import influtics_lab as lab
from influtics_lab.campaign import read_campaign
from influtics_lab.campaign.figures.matching import choose_videos
from influtics_lab.cli import main


def call(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    output = capsys.readouterr()
    return code, output.out, output.err


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    return lab.simulate(20, seed=6).write(tmp_path / "snapshots")


def test_a_file_is_written_once_and_is_valid(capsys: pytest.CaptureFixture[str], taken: Path, tmp_path: Path) -> None:
    file = tmp_path / "campaign.toml"
    assert call(capsys, "campaign", "init", "--snapshot", taken, "--out", file) == (0, f"{file}\n", "")
    assert call(capsys, "campaign", "check", file) == (0, f"{file}: valid.\n", "")
    code, out, _ = call(capsys, "campaign", "check", file, "--snapshot", taken)
    assert (code, out.splitlines()[-1]) == (0, f"{file}: valid.")
    assert all(line.startswith("note: ") for line in out.splitlines()[:-1])
    before = file.read_bytes()
    code, out, err = call(capsys, "campaign", "init", "--snapshot", taken, "--out", file)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "already exists" in err
    assert file.read_bytes() == before


def test_a_file_that_fits_no_snapshot_is_1(capsys: pytest.CaptureFixture[str], taken: Path, tmp_path: Path) -> None:
    file = tmp_path / "campaign.toml"
    call(capsys, "campaign", "init", "--snapshot", taken, "--out", file)
    file.write_text(file.read_text().replace("\nids = [", '\nids = ["ghost",'))
    assert call(capsys, "campaign", "check", file)[0] == 0
    code, out, err = call(capsys, "campaign", "check", file, "--snapshot", taken)
    assert (code, err) == (1, "")
    assert out.splitlines()[0].startswith("problem: videos.ids: 'ghost' is of no video")
    assert out.splitlines()[-1] == f"{file}: 1 problem."


def test_invalid_campaign_file_exits_with_2_and_one_line(
    capsys: pytest.CaptureFixture[str], taken: Path, tmp_path: Path
) -> None:
    file = tmp_path / "campaign.toml"
    call(capsys, "campaign", "init", "--snapshot", taken, "--out", file)
    file.write_text(file.read_text().replace('time_zone = "UTC"', 'time_zone = "Nowhere"'))
    code, out, err = call(capsys, "campaign", "check", file)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    line = file.read_text().splitlines().index('time_zone = "Nowhere"') + 1
    assert f'{file}: line {line}: period.time_zone is "Nowhere"; allowed is a name of the IANA time zones' in err


@pytest.mark.parametrize("action", ["check", "init"])
def test_missing_videos_are_reported(capsys: pytest.CaptureFixture[str], tmp_path: Path, action: str) -> None:
    words = {"check": [tmp_path / "no.toml"], "init": ["--snapshot", tmp_path / "no", "--out", tmp_path / "x.toml"]}
    code, out, err = call(capsys, "campaign", action, *words[action])
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert not (tmp_path / "x.toml").exists()


def test_a_place_that_cannot_be_written_is_2(capsys: pytest.CaptureFixture[str], taken: Path, tmp_path: Path) -> None:
    code, _, err = call(capsys, "campaign", "init", "--snapshot", taken, "--out", tmp_path / "none" / "x.toml")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "cannot be written" in err


@pytest.mark.slow
def test_an_archive_serves_as_well_as_a_snapshot(
    capsys: pytest.CaptureFixture[str], taken: Path, tmp_path: Path
) -> None:
    lab.Archive(tmp_path / "archive").add(lab.Snapshot.read(taken))
    for place in (taken, tmp_path / "archive"):
        file = tmp_path / f"{place.name}.toml"
        assert call(capsys, "campaign", "init", "--snapshot", place, "--out", file)[0] == 0
        assert call(capsys, "campaign", "check", file, "--snapshot", place)[0] == 0
    first, second = (file.read_text(encoding="utf-8") for file in sorted(tmp_path.glob("*.toml")))
    assert first == second


def test_a_file_is_written_around_a_sheet(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = [f"Ann,https://youtu.be/{n:011},10,2025-06-{n % 28 + 1:02}" for n in range(60)]
    (tmp_path / "creators.csv").write_text("\n".join(["creator,link,fee EUR,due", *rows, "Total,,600,"]))
    file = tmp_path / "campaign.toml"
    assert call(capsys, "campaign", "init", "--sheet", tmp_path / "creators.csv", "--out", file)[0] == 0
    text = file.read_text()
    assert '[sheet]\npath = "creators.csv"\n' in text
    assert "# 61 rows, 60 used, not used line 62 (a row of totals)." in text
    assert "start = 2025-06-01\nend = 2025-06-28\n" in text
    assert len(text.splitlines()) < 200
    code, out, _ = call(capsys, "campaign", "check", file)
    assert (code, out.splitlines()[-1]) == (0, f"{file}: valid.")
    assert len(read_campaign(file).posts) == 60


def test_sheets_without_dates_or_in_other_folders_are_refused(
    capsys: pytest.CaptureFixture[str], taken: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "creators.csv"
    sheet.write_text("creator,fee\nAnn,10 EUR\n")
    file = tmp_path / "campaign.toml"
    assert (
        "the sheet has no due dates. Pass a snapshot"
        in call(capsys, "campaign", "init", "--sheet", sheet, "--out", file)[2]
    )
    assert call(capsys, "campaign", "init", "--sheet", sheet, "--snapshot", taken, "--out", file)[0] == 0
    assert (
        "is not in the folder of"
        in call(capsys, "campaign", "init", "--sheet", sheet, "--out", taken / "campaign.toml")[2]
    )
    assert "Pass --sheet SHEET, --snapshot PATH, or both." in call(capsys, "campaign", "init", "--out", file)[2]


@pytest.mark.slow
def test_file_of_a_large_account_is_short(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    place = lab.simulate(300, seed=6).write(tmp_path / "snapshots")
    file = tmp_path / "campaign.toml"
    assert call(capsys, "campaign", "init", "--snapshot", place, "--out", file)[0] == 0
    assert len(file.read_text(encoding="utf-8").splitlines()) < 200
    snapshot = lab.Snapshot.read(place)
    assert choose_videos(read_campaign(file), snapshot.videos).videos == tuple(snapshot.videos["video_id"].sort())
    assert call(capsys, "campaign", "check", file, "--snapshot", place)[0] == 0
