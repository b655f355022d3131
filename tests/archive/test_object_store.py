"""Archives and snapshots in an object store: a real S3 server on this machine."""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
import socketserver
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import influtics_lab as lab
from influtics_lab.archive import archive_files, commit, log, log_segments
from influtics_lab.cli import main
from influtics_lab.errors import (
    ArchiveBusyError,
    ArchiveError,
    ConfigError,
    InfluticsError,
    MissingExtraError,
    QueryError,
    SnapshotError,
    StorageError,
)
from influtics_lab.storage import ReplacedError, open_place
from tests.archive.days import day, item, same
from tests.gcs_server import client_variables
from tests.s3_server import find_server, make_bucket, read_counts

pytest.importorskip("obstore")
if importlib.util.find_spec("moto") is None:  # to import it here would take every worker a quarter of a second
    pytest.skip("moto is not installed", allow_module_level=True)
SECRET = "secret-that-no-message-shows"


@pytest.fixture(scope="module")
def server(run_folder: Path) -> str:
    return find_server(run_folder)


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    url, env = make_bucket(server)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return url


@pytest.fixture
def url(bucket: str) -> str:
    return f"{bucket}/lab/archive"


SNAPSHOTS = [
    day(1, item("a", {1: 5}), item("b", {1: 7})),
    day(2, item("a", {1: 6, 2: 9}), item("b", {1: 7})),
    day(3, item("a", {1: 6, 2: 9}, title="changed")),
]


@pytest.mark.slow
def test_an_archive_in_a_bucket_equals_one_in_a_folder(url: str, tmp_path: Path) -> None:
    archive, folder = lab.Archive(url), lab.Archive(tmp_path / "archive")
    for snapshot in SNAPSHOTS:
        assert archive.add(snapshot).changes == folder.add(snapshot).changes
    assert archive.add(SNAPSHOTS[2]).already_there
    for nth, snapshot in enumerate(SNAPSHOTS, start=1):
        same(archive, snapshot, f"2025-07-{nth:02d}")
    assert archive.compact().verify().revisions().equals(folder.revisions())
    assert archive.scan().collect().equals(folder.history())
    assert str(archive.status()).splitlines()[0] == "snapshots: 3"
    assert [str(file).startswith(f"{url}/stats/") for file in archive.files()] == [True]
    assert lab.open_snapshot(url).manifest["content_digest"] == SNAPSHOTS[2].manifest["content_digest"]


def test_files_are_copied_for_engines_that_cannot_read_the_store(url: str, tmp_path: Path) -> None:
    archive = lab.Archive(url)
    for snapshot in SNAPSHOTS:
        archive.add(snapshot)
    copies = archive.files("stats", into=tmp_path / "copy")
    assert sorted(copies) == sorted((tmp_path / "copy").rglob("*.parquet"))
    expected = {int(Path(str(file)).name[:6]) for file in archive.files("stats")}
    assert set(pl.read_parquet(copies)["snapshot"]) == expected
    open_place(url).write(str(archive.files("stats")[0]).removeprefix(f"{url}/"), b"PAR1")
    with pytest.raises(ArchiveError, match="has other bytes"):
        archive.files("stats", into=tmp_path / "again")


def test_a_file_that_is_written_again_is_not_deleted_as_an_old_one(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = lab.Archive(url)
    archive.add(SNAPSHOTS[0])
    place, names = open_place(url), [f"log/{digit * 64}.json.gz" for digit in "12"]
    for name in names:
        place.write(name, b"of a writer that was killed")
    monkeypatch.setattr(archive_files, "_KEPT", dt.timedelta(0))
    archive.compact()
    assert {*names} <= {*place.list_names()}
    time.sleep(1.1)  # the store counts whole seconds
    place.write(names[0], b"of its second try, which is about to list it")
    archive.add(SNAPSHOTS[1])
    archive.compact()
    assert names[0] in place.list_names()
    assert names[1] not in place.list_names()


@pytest.mark.parametrize("into", ["s3://bucket/copies", "archive"])
def test_copies_are_refused_where_they_would_do_harm(tmp_path: Path, into: str) -> None:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(SNAPSHOTS[0])
    with pytest.raises(ConfigError, match="expected a folder of this machine, not the archive's own"):
        archive.files(into=into if "://" in into else tmp_path / "other/.." / into)
    with pytest.raises(StorageError, match=r"copies cannot be written to .*: Not a directory\. Choose another"):
        archive.files(into=tmp_path / "archive/archive.json")
    with pytest.raises(QueryError, match="table is 'stat'; expected one of videos, stats, rejected"):
        archive.files("stat")


def test_earlier_entries_of_the_log_are_objects_of_their_own(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (log, log_segments):
        monkeypatch.setattr(module, "WIDTH", 2)
    archive = lab.Archive(url)
    for snapshot in SNAPSHOTS:
        archive.add(snapshot)
    (segment,) = [name for name in open_place(url).list_names() if name.startswith("log/")]
    assert archive.verify().snapshots()["number"].to_list() == [1, 2, 3]
    same(lab.Archive(url), SNAPSHOTS[0], "2025-07-01")
    open_place(url).delete(segment)
    with pytest.raises(ArchiveError, match=f"{segment} is missing"):
        archive.history("2025-07-01")


def test_a_writer_that_was_overtaken_starts_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = lab.Archive(url)
    archive.add(SNAPSHOTS[0])
    load_log, faster = commit.load_log, [SNAPSHOTS[1]]

    def load_and_be_overtaken(store: archive_files.Store) -> Any:
        loaded = load_log(store)
        while faster:
            lab.Archive(url).add(faster.pop())
        return loaded

    monkeypatch.setattr(commit, "load_log", load_and_be_overtaken)
    assert archive.add(SNAPSHOTS[2]).number == 3
    same(archive.verify(), SNAPSHOTS[2])


def test_a_writer_that_is_always_overtaken_gives_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ReplacedError

    monkeypatch.setattr(archive_files.Store, "write_log", refuse)
    with pytest.raises(ArchiveBusyError, match="Nothing was changed"):
        lab.Archive(url).add(SNAPSHOTS[0])


def test_an_add_of_an_hour_does_not_commit(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = lab.Archive(url)
    archive.add(SNAPSHOTS[0])
    monkeypatch.setattr(archive_files, "_LONGEST_ADD_S", -1.0)
    with pytest.raises(StorageError, match="more than an hour"):
        archive.add(SNAPSHOTS[1])
    assert lab.Archive(url).verify().snapshots().height == 1


def test_replaced_files_stay_for_a_day(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = lab.Archive(url)
    for snapshot in SNAPSHOTS:
        archive.add(snapshot)
    before = set(map(str, archive.files()))
    archive.compact()
    assert set(map(str, archive.files())).isdisjoint(before)
    place = open_place(url)
    kept = set(place.list_names())
    assert {name.removeprefix(f"{url}/") for name in before} <= kept
    archive.compact()
    assert set(place.list_names()) == kept
    monkeypatch.setattr(archive_files, "_KEPT", -archive_files._KEPT)  # the store counts in seconds
    archive.compact()
    assert {name.removeprefix(f"{url}/") for name in before}.isdisjoint(place.list_names())
    archive.verify()


def test_verify_names_objects_that_are_missing_or_changed(url: str) -> None:
    archive = lab.Archive(url)
    for snapshot in SNAPSHOTS[:2]:
        archive.add(snapshot)
    names = [str(file).removeprefix(f"{url}/") for file in archive.files()]
    open_place(url).delete(names[0])
    open_place(url).write(names[1], b"PAR1")
    with pytest.raises(ArchiveError) as caught:
        lab.Archive(url).verify()
    missing, changed = caught.value.problems
    assert missing == f"{names[0]} is missing"
    assert changed == f"{names[1]} has other bytes than when it was written"


def test_a_bucket_with_data_but_no_log_is_refused(url: str) -> None:
    lab.Archive(url).add(SNAPSHOTS[0])
    open_place(url).delete("archive.json")
    for use in (lambda: lab.Archive(url).add(SNAPSHOTS[1]), lab.Archive(url).history):
        with pytest.raises(ArchiveError, match=r"no archive.json that lists them"):
            use()


def test_a_snapshot_is_written_to_a_bucket_and_read(bucket: str, capsys: pytest.CaptureFixture[str]) -> None:
    written = SNAPSHOTS[0].write(f"{bucket}/snapshots")
    assert written == SNAPSHOTS[0].write(f"{bucket}/snapshots/")
    read = lab.Snapshot.read(written).verify()
    assert read.stats.equals(SNAPSHOTS[0].stats)
    assert read.path == written
    assert main(["archive", "add", f"{bucket}/archive", str(written)]) == 0
    assert main(["verify", f"{bucket}/archive"]) == 0
    assert main(["verify", str(written)]) == 0
    assert f"{bucket}/archive holds: 1 snapshot" in capsys.readouterr().out
    open_place(str(written)).write("stats.parquet", b"PAR1")
    with pytest.raises(SnapshotError, match="has other bytes"):
        lab.Snapshot.read(written)


@pytest.mark.parametrize(
    "wrong",
    ["s3://key:hush@bucket/a", "s3://bucket/a?key=hush", "ftp://host/a", "s3://", "s3:///a", "s3://bucket/../a"],
)
def test_a_wrong_url_is_refused_without_its_secret(wrong: str) -> None:
    with pytest.raises(ConfigError) as caught:
        lab.Archive(wrong)
    assert "hush" not in "".join(traceback.format_exception(caught.value, chain=True))


@pytest.mark.parametrize("wrong", ["s3://bucket/per%20cent", "gs://bucket/back\\slash", "az://container/a%2Fb"])
def test_escapes_in_urls_are_refused(wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"which some programs replace\. Use a path without it"):
        lab.Archive(wrong)


def test_keys_that_need_an_escape_are_found_by_other_engines(bucket: str) -> None:
    deltalake, name = pytest.importorskip("deltalake"), "a b+c=d&ünï"
    archive = lab.Archive(f"{bucket}/{name}/archive")
    archive.add(SNAPSHOTS[0])
    archive.publish()
    archive.verify()
    assert f"{name}/archive/archive.json" in open_place(bucket).list_names()
    assert deltalake.DeltaTable(f"{archive.folder}/stats").to_pyarrow_table().num_rows == 2
    assert pl.read_parquet(str(archive.files()[0]), glob=False, hive_partitioning=False).height == 2


def test_credentials_are_in_no_message(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    archive = lab.Archive(url)
    monkeypatch.setattr(archive._store.place, "_store", _refusing_store())
    with pytest.raises(StorageError) as caught:
        archive.history()
    text = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert SECRET not in text
    assert url in str(caught.value)


def _refusing_store() -> Any:
    from obstore.store import S3Store  # noqa: PLC0415

    return S3Store("bucket", endpoint="http://127.0.0.1:1", retry_config={"max_retries": 0})


def test_a_log_that_is_written_too_often_counts_as_written_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    from obstore.store import GCSStore  # noqa: PLC0415

    with socketserver.TCPServer(("127.0.0.1", 0), _Throttle) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        for name, value in client_variables(f"http://127.0.0.1:{server.server_address[1]}").items():
            monkeypatch.setenv(name, value)
        place: Any = open_place("gs://bucket/path")
        place._store = GCSStore("bucket", retry_config={"max_retries": 0})
        with pytest.raises(ReplacedError):
            place.replace("archive.json", b"{}", None)
        with pytest.raises(
            StorageError, match=r"Try again later, or check its variables \(GOOGLE_APPLICATION_CREDENTI"
        ):
            place.write("other", b"{}")
        server.shutdown()


class _Throttle(socketserver.StreamRequestHandler):
    """Refuses each write as Google's storage does within a second of another one."""

    def handle(self) -> None:
        while self.rfile.readline().strip():
            pass
        self.rfile.read(2)
        self.wfile.write(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def test_without_obstore_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(MissingExtraError, match=r"influtics-lab\[cloud\]"):
        lab.Archive("s3://bucket/path")


@pytest.mark.slow
def test_four_writers_at_once_lose_and_double_nothing(url: str) -> None:
    items = [item(f"v{n}", {1: n}) for n in range(4)]
    errors: list[InfluticsError] = []

    def write(n: int) -> None:
        for _ in range(20):
            try:
                lab.Archive(url).add(day(1, items[n], platform=("TikTok", "YouTube", "Instagram", None)[n]))
            except ArchiveBusyError:
                continue
            except InfluticsError as error:
                errors.append(error)
            return

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert lab.Archive(url).verify().snapshots().height == 4


def test_the_requests_of_an_add_and_of_a_verification_are_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_server = find_server(tmp_path)  # the shared one counts what other workers ask for
    bucket, environment = make_bucket(own_server)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    archive = lab.Archive(f"{bucket}/archive")
    archive.add(SNAPSHOTS[0])
    read_counts(own_server)
    archive.add(SNAPSHOTS[1])
    assert read_counts(own_server)["requests"] <= 8
    archive.verify()
    assert read_counts(own_server)["requests"] <= 3 + len([*archive.files(), *archive.files("videos")])


@pytest.mark.slow
def test_a_killed_writer_leaves_the_state_before_or_after(url: str) -> None:
    archive = lab.Archive(url)
    archive.add(SNAPSHOTS[0])
    program = (
        "import sys; sys.path.insert(0, 'tests'); from tests.archive.test_object_store import SNAPSHOTS, lab\n"
        f"print('ready', flush=True); lab.Archive({url!r}).add(SNAPSHOTS[1])"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        threading.Event().wait(0.03)
        writer.kill()
    assert lab.Archive(url).verify().snapshots().height in {1, 2}
    archive.add(SNAPSHOTS[2])
    same(lab.Archive(url).verify(), SNAPSHOTS[2])


@pytest.mark.slow
def test_commands_accept_urls(bucket: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with lab.LocalAPI(lab.simulate(3)) as api:
        monkeypatch.setenv("INFLUTICS_API_KEY", api.key)
        reads = ["--base-url", api.url]
        assert main(["archive", "refresh", f"{bucket}/archive", *reads]) == 0
        assert main(["archive", "refresh", f"{bucket}/archive", *reads]) == 0
        assert main(["snapshot", "--out", f"{bucket}/snapshots", *reads]) == 0
        path = capsys.readouterr().out.splitlines()[-1]
        assert path.startswith(f"{bucket}/snapshots/")
        assert main(["snapshot", "--out", f"{bucket}/snapshots", "--resume", *reads]) == 2
    assert main(["verify", path]) == 0
    assert main(["archive", "export", f"{bucket}/archive", "--out", f"{bucket}/exports"]) == 0
    assert lab.open_snapshot(path).stats.equals(lab.open_snapshot(f"{bucket}/archive").stats)


def test_only_storage_touches_files_and_stores() -> None:
    package = Path(lab.__file__).parent
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.parent.name != "storage":
            assert "obstore." not in text.replace("needs obstore.", ""), path
            assert "import filelock" not in text
            assert "from filelock" not in text
        if path.parent.name == "archive":
            touched = re.findall(
                r"\.(?:read|write)_(?:bytes|text)\(|\bopen\(|\.(?:mkdir|unlink|glob|iterdir|l?stat)\(", text
            )
            assert touched == [], path
