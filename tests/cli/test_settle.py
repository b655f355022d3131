"""A settlement is a folder that comes out the same everywhere; the check names what moved."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from campaign.cases import snapshot, video
from reports import COMMAND

import influtics_lab as lab
from influtics_lab.cli import main
from tests.s3_server import find_server, make_bucket

FILE = """
name = "June <b>"
client = "=Kettle & Co"
period = {start = 2025-06-02, end = 2025-06-05, time_zone = "Europe/Berlin"}
videos = {ids = ["a", "b"]}
creators = [{name = "Ann Löwe", videos = ["a"]}, {name = "=SUM(A1)", videos = ["b"]}]
[[deals]]
creator = "Ann Löwe"
currency = "EUR"
fixed_fee = 50
minimum = 100
cap = 100000
cutoff_date = 2025-06-04T14:00:00
tiers = [{cpm = 2.5, up_to = 2000}, {cpm = 1.25}]
[[deals]]
creator = "=SUM(A1)"
currency = "JPY"
cpm = 400
budget = 500
cutoff_date = 2025-06-04
"""
READINGS: list[dict[str, Any]] = [
    video("a", {1: [1000], 2.5: [5000], 3: [2000], 4: [4000], 6: [5000]}, title="<script>alert(1)</script>"),
    video("b", {1: [1000], 3: [1100]}, title="=1+1"),
]
OPTIONS = ("--as-of", "2025-06-07")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "june.toml").write_text(FILE, encoding="utf-8")
    lab.Snapshot.build(**parts(snapshot(*READINGS))).write(tmp_path / "snapshots")
    return tmp_path


def parts(read: lab.Snapshot, taken_at: str = "2025-06-08T10:00:00+00:00") -> dict[str, Any]:
    frames = {name: getattr(read, name) for name in ("videos", "stats", "rejected")}
    return frames | {"facts": read.manifest | {"taken_at": taken_at}}


def source(home: Path) -> Path:
    (found,) = (home / "snapshots").iterdir()
    return found


def call(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main(["settle", *map(str, words)])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def build(home: Path, capsys: pytest.CaptureFixture[str], name: str = "out") -> Path:
    words = (home / "june.toml", "--snapshot", source(home), *OPTIONS, "--out", home / name)
    code, out, err = call(capsys, *words)
    assert (code, out) == (0, f"{home / name}\n"), err
    assert err == "2 statements, EUR 56.25; at least JPY 440, at most JPY 500: see settlement.html.\n"
    return home / name


def test_a_settlement_has_statements_tables_numbers_inputs_and_a_lock(home, capsys) -> None:
    folder = build(home, capsys)
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    lock = json.loads((folder / "settlement.lock.json").read_bytes())
    assert files == {*lock["outputs"], "inputs/june.toml", "settlement.lock.json"}
    assert set(lock["outputs"]) == {
        "settlement.csv", "settlement.html", "settlement.json", "settlement.xlsx", "statements/01-ann-lowe.html",
        "statements/02-sum-a1.html",
    }  # fmt: skip
    assert lock["settings"]["as_of"] == "2025-06-07"
    assert re.fullmatch(
        r"influtics-lab settle june.toml --snapshot \S+ --as-of 2025-06-07 --out settlement",
        lock["settings"]["command"],
    )
    numbers = json.loads((folder / "settlement.json").read_bytes())
    assert numbers["totals"][0] == {"name": "EUR", "at_least": "56.25", "at_most": "56.25"}
    assert numbers["snapshot"]["content_digest"] == lock["inputs"]["snapshot"]["content_digest"]


def test_accounting_gets_one_line_for_each_amount_and_no_formula(home, capsys) -> None:
    folder = build(home, capsys)
    with (folder / "settlement.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["line"], row["views"], Decimal(row["amount"]), row["currency"]) for row in rows] == [
        ("fixed fee", "", 50, "EUR"), ("tier", "2000", 5, "EUR"), ("tier", "1000", Decimal("1.25"), "EUR"),
        ("tier", "1100", 440, "JPY"),
    ]  # fmt: skip
    assert rows[-1]["creator"] == "'=SUM(A1)"
    book = openpyxl.load_workbook(folder / "settlement.xlsx")
    assert book.sheetnames == ["statements", "lines", "videos"]
    assert [row[5] for row in book["statements"].iter_rows(min_row=2, values_only=True)] == [56.25, 440]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_a_creator_can_check_the_statement_by_hand(home, capsys) -> None:
    page = (
        (build(home, capsys) / "statements" / "01-ann-lowe.html").read_text(encoding="utf-8").replace("\N{NBSP}", " ")
    )
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    purge = "Purge: 3,000 of 5,000 views were taken back by 4 Jun 2025, 02:00:00, before the cut-off. "
    for words in (
        "Statement for Ann Löwe",
        "Deal 1: EUR 56.25",
        "A video with fewer than 100 views pays nothing.",
        "2,000 4 Jun 2025, 02:00:00 4,000 5 Jun 2025, 02:00:00 3,000 12 of 24 hours 3,000",
        "View 1 to 2,000: 2,000 views \N{MULTIPLICATION SIGN} EUR 2.5 / 1,000 EUR 5.00",
        "View 2,001 on: 1,000 views \N{MULTIPLICATION SIGN} EUR 1.25 / 1,000 EUR 1.25",
        f"{purge}Consistent with paid or invalid traffic; the amount is not changed.",
    ):
        assert words in text
    assert "<script" not in page
    other = (home / "out" / "statements" / "02-sum-a1.html").read_text(encoding="utf-8")
    assert "No reading after the cut-off yet: at least the views of the last reading before it." in other


@pytest.mark.slow
def test_the_archive_may_be_in_a_bucket(
    home: Path, capsys: pytest.CaptureFixture[str], run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket, environment = make_bucket(find_server(run_folder))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    place = f"{bucket}/lab/archive"
    lab.Archive(place).add(lab.Snapshot.read(source(home)))
    csvs = []
    for name, option, of in (("folder", "--snapshot", source(home)), ("bucket", "--archive", place)):
        out = home / name
        code, _, err = call(capsys, home / "june.toml", option, of, "--as-of", "2025-06-08", "--out", out)
        assert (code, err) == (0, "2 statements, EUR 56.25; at least JPY 440, at most JPY 500: see settlement.html.\n")
        csvs.append((out / "settlement.csv").read_bytes())
    assert csvs[0] == csvs[1]
    code, lines, _ = call(capsys, "--check", out)
    assert (code, lines.splitlines()[-1]) == (0, f"{out}: comes out the same again.")


@pytest.mark.slow
def test_it_comes_out_the_same_in_another_place_zone_and_locale(home, capsys, tmp_path) -> None:
    folder, other = build(home, capsys), tmp_path / "another place"
    other.mkdir()
    shutil.copytree(home / "snapshots", other / "snapshots")
    shutil.copy(home / "june.toml", other)
    words = [COMMAND, "settle", "june.toml", "--snapshot", f"snapshots/{source(home).name}", *OPTIONS, "--out", "out"]
    variables = os.environ | {"TZ": "Asia/Tokyo", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "7"}
    subprocess.run(words, cwd=other, env=variables, check=True, capture_output=True)
    locks = [json.loads((place / "settlement.lock.json").read_bytes()) for place in (folder, other / "out")]
    assert locks[0] == locks[1]
    code, out, _ = call(capsys, "--check", folder)
    assert (code, out.splitlines()[-1]) == (0, f"{folder}: comes out the same again.")


@pytest.mark.slow
def test_the_check_names_what_moved(home, capsys) -> None:
    folder = build(home, capsys)
    numbers = folder / "settlement.json"
    numbers.write_text(numbers.read_text(encoding="utf-8").replace('"56.25"', '"65.25"'), encoding="utf-8")
    code, out, _ = call(capsys, "--check", folder)
    assert code == 1
    assert "settlement.json: differs: it was changed after it was written" in out
    assert 'statements[Ann Löwe, deal 1].at_least: "65.25" in settlement.json, "56.25" rebuilt' in out
    shutil.rmtree(folder)
    build(home, capsys)
    read = snapshot(video("a", {1: [1000], 2.5: [5000], 3: [2000], 4: [4002], 6: [5000]}), READINGS[1])
    moved = lab.Snapshot.build(**parts(read)).write(home / "later")
    code, out, _ = call(capsys, "--check", folder, "--snapshot", moved)
    assert code == 1
    assert "snapshot: differs: " in out
    assert "].views.after.views: 4000 then, 4002 now" in out


@pytest.mark.slow
def test_an_archive_is_settled_as_it_was_known_then(home, capsys) -> None:
    early = snapshot(*READINGS)
    archive = lab.Archive(home / "archive")
    archive.add(lab.Snapshot.build(**parts(early)))
    revised = early.stats.with_columns(pl.when(pl.col("views") == 4000).then(4400).otherwise("views").alias("views"))
    later = parts(early, "2025-07-08T10:00:00+00:00") | {"stats": revised}
    archive.add(lab.Snapshot.build(**later))
    words = (home / "june.toml", "--archive", home / "archive", "--out")
    amounts = []
    for day in ("2025-06-08", "2025-07-08"):
        assert call(capsys, *words, home / day, "--as-of", day)[0] == 0
        amounts.append(json.loads((home / day / "settlement.json").read_bytes())["totals"][0]["at_least"])
        assert call(capsys, "--check", home / day)[0] == 0
    assert amounts == ["56.25", "56.50"]


@pytest.mark.slow
def test_a_later_settlement_lists_adjustments_and_is_reproducible_without_the_former_folder(home, capsys) -> None:
    former = build(home, capsys)
    read = snapshot(video("a", {1: [1000], 2.5: [5000], 3: [2000], 4: [4000], 6: [5000], 9: [2500]}), READINGS[1])
    later = lab.Snapshot.build(**parts(read, "2025-06-15T10:00:00+00:00")).write(home / "later")
    words = (home / "june.toml", "--snapshot", later, "--as-of", "2025-06-14", "--since", former, "--out", home / "new")
    code, _, err = call(capsys, *words)
    assert (code, err.split(",")[0]) == (0, "2 statements and 1 adjustment since 2025-06-07")
    with (home / "new" / "adjustments.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["creator"], row["kind"], row["amount"]) == ("Ann Löwe", "purge", "-0.62")
    page = (home / "new" / "statements" / "01-ann-lowe.html").read_text(encoding="utf-8").replace("\N{NBSP}", " ")
    assert "Changes since the settlement of 2025-06-07" in page
    assert "5,000 to 2,500 by 10 Jun 2025, 02:00:00. Paid for were 3,000." in page
    assert "EUR -0.62" in page
    assert "Settled are 2,500 views: the counter fell to that after the first settlement." in page
    assert "after the cut-off. Consistent with paid or invalid traffic; it is after the first settlement" in page
    assert "Views count up to 4 Jun 2025, 14:00:00 (Europe/Berlin)." in page
    shutil.rmtree(former)
    code, out, _ = call(capsys, "--check", home / "new")
    assert (code, "inputs/former.settlement.json: same" in out) == (0, True)


def test_a_former_settlement_that_was_edited_is_refused(home, capsys) -> None:
    numbers = build(home, capsys) / "settlement.json"
    numbers.write_text(numbers.read_text(encoding="utf-8").replace('"56.25"', '"65.25"'), encoding="utf-8")
    words = (home / "june.toml", "--snapshot", source(home), "--as-of", "2025-06-08", "--since", numbers.parent)
    code, _, err = call(capsys, *words, "--out", home / "new")
    assert (code, "settlement.json was changed after it was written" in err) == (2, True)


@pytest.mark.parametrize(
    ("part", "entry"),
    [
        ("inputs", {"campaign": 7}),
        ("inputs", {"campaign": {"file": None, "sha256": "0"}}),
        ("inputs", {"snapshot": []}),
        ("inputs", {"snapshot": {}}),
        ("inputs", {"snapshot": {"snapshot_id": "x", "content_digest": None}}),
        ("inputs", {"since": "../../x"}),
        ("where", {"snapshot": 7}),
        ("settings", None),
    ],
)
def test_a_lock_that_is_damaged_is_refused(home, capsys, part: str, entry: dict[str, Any] | None) -> None:
    file = build(home, capsys) / "settlement.lock.json"
    lock = json.loads(file.read_bytes())
    lock[part] = None if entry is None else lock[part] | entry
    file.write_text(json.dumps(lock), encoding="utf-8")
    code, out, err = call(capsys, "--check", home / "out")
    assert (code, out) == (2, "")
    assert err.endswith("settlement.lock.json is incomplete. Build the settlement again.\n")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_that_no_calendar_has_is_refused(home, capsys, day: str) -> None:
    code, _, err = call(capsys, home / "june.toml", "--snapshot", source(home), "--as-of", day, "--out", home / "out")
    assert (code, err) == (2, f"influtics-lab settle: --as-of is '{day}'; allowed is a date such as 2025-07-10.\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "CAMPAIGN.toml, --snapshot or --archive, --as-of, --out not given."),
        (("--check", "x", "--as-of", "2025-06-07"), "--check DIR needs no campaign file, --as-of, --since or --out"),
        (("--check", "x"), "x does not exist. Pass the folder that `influtics-lab settle --out` wrote."),
        (("FILE", "--snapshot", "SOURCE", "--as-of", "June", "--out", "OUT"), "--as-of is 'June'; allowed is a date"),
        (
            ("FILE", "--snapshot", "SOURCE", "--as-of", "2025-06-09", "--out", "OUT"),
            "was last read on 2025-06-08. Choose that day or an earlier one.",
        ),
        (("FILE", "--snapshot", "SOURCE", *OPTIONS, "--out", "HOME"), "exists already. Choose another folder"),
    ],
)
def test_wrong_use_is_one_line(home, capsys, words: tuple[str, ...], message: str) -> None:
    names = {"FILE": home / "june.toml", "SOURCE": source(home), "OUT": home / "out", "HOME": home}
    code, out, err = call(capsys, *(names.get(word, word) for word in words))
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1
    assert not (home / "out").exists()


@pytest.mark.slow
def test_a_settlement_from_a_sheet_keeps_the_sheet_and_is_reproducible(home, capsys, tmp_path) -> None:
    ids = {name: name * 11 for name in "ab"}
    read = snapshot(*(row | {"external_video_id": ids[row["video_id"]]} for row in READINGS))
    place = lab.Snapshot.build(**parts(read)).write(home / "youtube")
    (home / "june.toml").write_text(
        FILE.split("videos =", maxsplit=1)[0] + '[sheet]\npath = "sheets/plan.csv"\n', encoding="utf-8"
    )
    (home / "sheets").mkdir()
    rows = [f"{name};https://youtu.be/{ids[name]};1.000,50 €;2,50;04.06.2025" for name in "ab"]
    (home / "sheets" / "plan.csv").write_text("\n".join(["Creator;Link;Honorar;TKP;Stichtag", *rows]), encoding="utf-8")
    words = [COMMAND, "settle", "june.toml", "--snapshot", f"youtube/{place.name}", *OPTIONS, "--out", "out"]
    locks = []
    for folder, zone, language in ((home, "UTC", "C"), (tmp_path / "b", "America/New_York", "de_DE.UTF-8")):
        if folder != home:
            shutil.copytree(home, folder, ignore=shutil.ignore_patterns("out", "b"))
        variables = os.environ | {"TZ": zone, "LC_ALL": language}
        subprocess.run(words, cwd=folder, env=variables, check=True, capture_output=True)
        locks.append(json.loads((folder / "out" / "settlement.lock.json").read_bytes()))
    assert locks[0] == locks[1]
    files = [entry["file"] for entry in locks[0]["inputs"].values() if entry and "file" in entry]
    assert files == ["inputs/june.toml", "inputs/sheets/plan.csv"]
    assert call(capsys, "--check", home / "out")[0] == 0
    copy = home / "out" / "inputs" / "sheets" / "plan.csv"
    copy.write_text(copy.read_text(encoding="utf-8").replace("2,50", "2,60"), encoding="utf-8")
    code, out, _ = call(capsys, "--check", home / "out")
    assert (code, "inputs/sheets/plan.csv: differs: it was changed" in out) == (1, True)
    assert 'statements[a, deal 1].deal.cpm: "2.50" then, "2.60" now' in out


def test_an_archive_that_is_none_is_refused_by_its_name(home, capsys) -> None:
    for place in (home / "nowhere", source(home)):
        code, _, err = call(capsys, home / "june.toml", "--archive", place, *OPTIONS, "--out", home / "out")
        advice = "Pass an archive's folder or URL, or a snapshot as --snapshot."
        assert (code, err) == (2, f"influtics-lab settle: {place} is not an archive. {advice}\n")
    assert not (home / "out").exists()
