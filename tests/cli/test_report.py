"""A report comes out the same byte for byte in another folder, time zone and locale; the check names what does not."""

from __future__ import annotations

import errno
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hostile_titles import hostile_sample
from reports import earlier, report, with_one_more_view, write_campaign

import influtics_lab as lab
from influtics_lab.campaign.report.report_check import CheckResult, check_report
from influtics_lab.cli import main
from influtics_lab.errors import ConfigError

CHANGED = "820fa0b7-38c9-46c3-8e04-e97b13e02798"


def locked(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.lock.json").read_bytes())
    return found


def call(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main(["report", *map(str, words)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def texts(folder: Path) -> Iterator[str]:
    yield from (path.read_text("utf-8") for path in folder.rglob("*") if path.suffix in {".html", ".json", ".svg"})
    book = openpyxl.load_workbook(folder / "report.xlsx")
    yield from (str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)


@pytest.mark.smoke
def test_a_report_has_all_its_files(built_report):
    assert set(locked(built_report)["outputs"]) >= {
        "report.html", "appendix.html", "report.json", "report.xlsx", "figures/progress.svg",
    }  # fmt: skip
    files = {path.relative_to(built_report).as_posix() for path in built_report.rglob("*") if path.is_file()}
    inputs = {"inputs/boats.toml", "inputs/lists/links.csv", "inputs/logo.svg"}
    assert files - {"report.pdf", "appendix.pdf"} == {*locked(built_report)["outputs"], *inputs, "report.lock.json"}
    assert {path.suffix for path in (built_report / "figures").iterdir()} == {".svg", ".png"}


def test_nothing_of_this_machine_or_day_and_no_key_is_in_it(built_report):
    content = "\n".join(texts(built_report))
    for secret in ("sk-secret-4711", str(built_report.parent), str(built_report.parents[1]), sys.prefix):
        assert secret not in content
    assert json.loads((built_report / "report.json").read_bytes())["changes"]["came"] == []


def test_the_same_bytes_in_another_folder_time_zone_and_locale_without_chromium(built_report, tmp_path):
    home = tmp_path / "another place"
    write_campaign(home)
    hostile_sample().write(home), earlier().write(home)
    names = [source["snapshot_id"] for source in map(locked(built_report)["inputs"].get, ("snapshot", "since"))]
    settings = tmp_path / "matplotlibrc"
    settings.write_text("axes.facecolor: red\nfont.size: 20\nsvg.fonttype: none\ntimezone: Asia/Tokyo\n")
    other = {"TZ": "America/Los_Angeles", "LC_ALL": "de_DE.UTF-8", "CHROMIUM": str(tmp_path / "none")}
    other |= {"MATPLOTLIBRC": str(settings), "MPLBACKEND": "svg", "PYTHONHASHSEED": "7", "PYTHONUTF8": "0"}
    ended = report("boats.toml", "--snapshot", names[0], "--since", names[1], "--out", "out", folder=home, **other)
    assert (ended.returncode, ended.stdout) == (0, "out\n")
    summary, pdf = ended.stderr.splitlines()
    assert re.fullmatch(r"43 videos, \d+ problems? to fix, \d+ notes?: see appendix\.html\.", summary)
    assert pdf.startswith("No report.pdf: CHROMIUM names ")
    assert not (home / "out" / "report.pdf").exists()
    then, now = locked(built_report), locked(home / "out")
    assert now.pop("where") == {"snapshot": f"../{names[0]}", "since": f"../{names[1]}"}
    assert then.pop("where") == {"snapshot": f"../snapshots/{names[0]}", "since": f"../snapshots/{names[1]}"}
    assert now == then


def test_one_changed_reading_is_named(built_report, tmp_path, capsys):
    other = with_one_more_view(CHANGED).write(tmp_path)
    before = locked(built_report)
    code, out, _ = call(capsys, "--check", built_report, "--snapshot", other)
    assert code == 1
    assert f"figures.videos[{CHANGED}].counts.views.last_read.value: " in out
    assert f"snapshot: differs: {before['inputs']['snapshot']['snapshot_id']} (content " in out
    assert "report.xlsx: differs: the rebuilt file is different" in out
    assert "inputs/boats.toml: same" in out
    assert out.splitlines()[-1] == f"{built_report}: does not come out the same."
    assert locked(built_report) == before


@pytest.fixture(scope="module")
def damaged(built_report: Path, tmp_path_factory: pytest.TempPathFactory) -> CheckResult:
    """What a check says of a report to which much was done."""
    here = tmp_path_factory.mktemp("damaged") / "report"
    shutil.copytree(built_report, here)
    book = bytearray((here / "report.xlsx").read_bytes())
    book[1000] ^= 1
    (here / "report.xlsx").write_bytes(book)
    (here / "figures" / "progress.png").unlink()
    (here / "figures" / "more.png").write_bytes(b"png")
    with (here / "inputs" / "boats.toml").open("a") as file:
        file.write("# a word more\n")
    lock = locked(here)
    lock["versions"] |= {"polars": "0.1.2"}
    (here / "report.lock.json").write_text(json.dumps(lock))
    places = [built_report / lock["where"][name] for name in ("snapshot", "since")]
    return check_report(here, *places)


def test_each_damage_is_named_and_all_else_is_the_same(damaged):
    assert not damaged.is_same
    differing = {name: state for name, state in (damaged.inputs | damaged.outputs).items() if state != "same"}
    assert differing == {
        "inputs/boats.toml": "differs: it was changed",
        "figures/more.png": "extra: not part of the report",
        "figures/progress.png": "missing",
        "report.xlsx": "differs: it was changed after it was written",
    }
    assert damaged.numbers == ()
    assert not damaged.is_edited
    assert list(damaged.versions) == ["polars"]
    assert any(line.startswith("version of polars: 0.1.2 then, ") for line in damaged.lines())


def test_an_edited_number_is_not_reported_as_the_original(built_report, tmp_path):
    first = built_report
    here, lock = tmp_path / "report", locked(first)
    shutil.copytree(first, here)
    numbers = json.loads((here / "report.json").read_bytes())
    numbers["figures"]["totals"]["videos"] += 1
    (here / "report.json").write_text(json.dumps(numbers))
    (here / "report.pdf").write_bytes(b"%PDF another one")
    found = check_report(here, *(first / lock["where"][name] for name in ("snapshot", "since")))
    lines = list(found.lines())
    assert "report.json: differs: it was changed after it was written" in lines
    assert "  figures.totals.videos: 44 in report.json, 43 rebuilt" in lines
    assert "report.pdf: not checked, its bytes hold the time of printing" in lines
    assert not any(" then, " in line for line in lines)


def test_a_changed_version_alone_is_no_difference():
    assert CheckResult({"a": "same"}, {"b": "same"}, {"polars": ("1", "2")}, ()).is_same


@pytest.mark.kernel
@pytest.mark.parametrize("module", ["jinja2", "xlsxwriter"])
def test_without_the_extra_the_error_names_it(tmp_path, module):
    write_campaign(tmp_path / "files")
    snapshot = lab.simulate(2).write(tmp_path / "snapshots")
    words = ["report", str(tmp_path / "files" / "boats.toml"), "--snapshot", str(snapshot), "--out", "out"]
    code = f"import sys; sys.modules[{module!r}] = None\nfrom influtics_lab.cli import main\nsys.exit(main({words!r}))"
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert "pip install 'influtics-lab[lab]'" in ended.stderr
    assert not (tmp_path / "out").exists()


def test_an_invalid_campaign_file_exits_2_with_line_and_key_and_leaves_nothing(tmp_path, capsys):
    file = write_campaign(tmp_path / "files")
    file.write_text(file.read_text().replace('time_zone = "Europe/Berlin"', 'time_zone = "Berlin"'))
    code, out, err = call(capsys, file, "--snapshot", tmp_path, "--out", tmp_path / "out")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert f'{file}: line 7: period.time_zone is "Berlin"; allowed is ' in err
    assert not (tmp_path / "out").exists()


def test_an_existing_folder_is_never_overwritten(tmp_path, capsys):
    code, _, err = call(capsys, tmp_path / "no.toml", "--snapshot", tmp_path, "--out", tmp_path)
    assert (code, len(err.splitlines())) == (2, 1)
    assert "exists already" in err


@pytest.mark.parametrize("lost", ["mkdir", "copyfile"])
def test_an_unwritable_place_is_named_and_not_the_copied_file(tmp_path, capsys, monkeypatch, lost):
    file = write_campaign(tmp_path / "files")
    snapshot = lab.simulate(2).write(tmp_path / "snapshots")
    place = tmp_path / "out"
    if lost == "mkdir":
        place = file / "out"
    else:
        full = OSError(errno.ENOSPC, "No space left on device", str(file))  # as shutil names the source of a copy
        monkeypatch.setattr(shutil, "copyfile", lambda *_: (_ for _ in ()).throw(full))
    code, _, err = call(capsys, file, "--snapshot", snapshot, "--out", place)
    assert (code, len(err.splitlines())) == (2, 1)
    assert f"The report cannot be written to {place}: " in err
    assert {path.name for path in tmp_path.iterdir()} == {"files", "snapshots"}


def test_a_file_from_elsewhere_is_refused_and_nothing_is_left(tmp_path, capsys):
    file = write_campaign(tmp_path / "files")
    (tmp_path / "files" / "logo.svg").rename(tmp_path / "logo.svg")
    file.write_text(file.read_text().replace('"logo.svg"', '"../logo.svg"'))
    snapshot = lab.simulate(2).write(tmp_path / "snapshots")
    code, _, err = call(capsys, file, "--snapshot", snapshot, "--out", tmp_path / "out")
    assert (code, len(err.splitlines())) == (2, 1)
    assert 'look.logo is "../logo.svg"; a report uses only files beside or below the campaign file' in err
    assert {path.name for path in tmp_path.iterdir()} == {"files", "logo.svg", "snapshots"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "CAMPAIGN.toml, --snapshot, --out not given"),
        (["a.toml", "--out", "b"], "--snapshot not given"),
        (["a.toml", "--check", "b"], "needs no campaign file"),
        (["--check", "no/such/folder"], "no/such/folder does not exist"),
    ],
)
def test_wrong_usage_exits_2_in_one_line(words, message, capsys):
    code, out, err = call(capsys, *words)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert message in err


def test_a_snapshot_that_was_moved_is_asked_for(built_report, tmp_path):
    here = tmp_path / "elsewhere" / "report"
    shutil.copytree(built_report, here)
    with pytest.raises(ConfigError, match=r"The snapshot 2025\w+-\w+ is not at .*: --snapshot PATH"):
        check_report(here)


@pytest.mark.slow
def test_a_report_against_another_campaign_has_its_file_and_comes_out_the_same(tmp_path, capsys):
    snapshot = lab.simulate(12, seed=3)
    ids, place = snapshot.videos["video_id"].to_list(), snapshot.write(tmp_path)
    for name, videos in (("a", ids[:7]), ("b", ids[6:])):
        head = f'name = "{name}"\nperiod = {{start = 2025-06-01, end = 2025-06-30}}\n[videos]\nids = {videos}\n'
        (tmp_path / f"{name}.toml").write_text(head.replace("'", '"'))
    words = (tmp_path / "a.toml", "--against", tmp_path / "b.toml", "--snapshot", place, "--out", tmp_path / "out")
    assert call(capsys, *words)[0] == 0
    assert "1 post of both campaigns is left out here." in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert json.loads((tmp_path / "out" / "report.json").read_bytes())["against"]["shared"] == [ids[6]]
    code, out, _ = call(capsys, "--check", tmp_path / "out")
    assert code == 0
    assert "inputs/against/b.toml: same" in out
