"""Files and folders are written whole or not at all, and a lock ends with its process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import influtics_lab as lab
from influtics_lab.errors import ConfigError, StorageError
from influtics_lab.storage import acquire_lock, hold_exclusively, replace_file, report_write_errors, write_folder

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full, such as /dev/full")
@pytest.mark.parametrize("write", [pl.DataFrame.write_parquet, pl.DataFrame.write_csv, pl.DataFrame.write_ipc])
def test_a_full_disk_is_reported_without_the_words_of_polars(write: Callable[[pl.DataFrame, Path], None]) -> None:
    with pytest.raises(StorageError) as caught, report_write_errors("It cannot be written", "Free some space."):
        write(pl.DataFrame({"views": range(100_000)}), FULL)
    assert str(caught.value) == "It cannot be written: No space left on device. Free some space."


def test_a_snapshot_on_a_full_disk_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = pl.DataFrame.write_parquet
    monkeypatch.setattr(pl.DataFrame, "write_parquet", lambda frame, _path, **options: write(frame, FULL, **options))
    with pytest.raises(StorageError) as caught:
        lab.simulate(120).write(tmp_path)
    reason = "No space left on device. Free some space or choose another folder."
    assert str(caught.value) == f"The snapshot cannot be written to {tmp_path}: {reason}"
    assert list(tmp_path.iterdir()) == []


def test_errors_of_our_own_pass_unchanged() -> None:
    with (
        pytest.raises(ConfigError, match="another reason"),
        report_write_errors("It cannot be written", "Free some space."),
    ):
        raise ConfigError("another reason")


def test_a_replaced_file_has_the_new_content_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    for data in (b"older", b"newer"):
        replace_file(path, data)
        assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_appears_at_the_end_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b"
    with pytest.raises(FileNotFoundError), write_folder(target) as folder:
        (folder / "nowhere" / "file").write_text("half")
    assert list((tmp_path / "a").iterdir()) == []
    with write_folder(target) as folder:
        (folder / "file").write_text("whole")
        assert not target.exists()
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["a", "a/b", "a/b/file"]


def test_a_lock_has_one_holder_and_its_file_is_deleted_afterwards(tmp_path: Path) -> None:
    file = tmp_path / ".lock-query"
    with hold_exclusively(file):
        with pytest.raises(StorageError, match="Another process is at work"), hold_exclusively(file):
            pass
        with pytest.raises(TimeoutError):
            acquire_lock(file, 0.1)
    with hold_exclusively(file):
        pass
    assert not file.exists()
