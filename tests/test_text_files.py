"""Text files are read where their encoding is certain."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from influtics_lab.errors import ConfigError
from influtics_lab.storage import read_user_file
from influtics_lab.text_files import decode_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_text_is_decoded_with_and_without_byte_order_mark(encoding: str) -> None:
    text = "Müller,https://youtu.be/dQw4w9WgXcQ\r\nsecond line, plain\r\n"
    assert decode_text(text.encode(encoding), "x") == text


@pytest.mark.parametrize(
    "text",
    [
        "Müller",
        "Café „Größe“ \N{EN DASH} 5 €",
        "Ærø, Ålesund",
        "JÄGER",
        "¿Qué? año",
        "créée",
        "l\N{RIGHT SINGLE QUOTATION MARK}été",
    ],
)
def test_western_european_text_in_cp1252_is_decoded(text: str) -> None:
    assert decode_text(f"a,{text}".encode("cp1252"), "x") == f"a,{text}"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Привет", "cp1251"),
        ("안녕하세요", "euc-kr"),
        ("東京キッチン", "shift-jis"),
        ("Müller", "mac-roman"),
        ("Łukasz", "cp1250"),
        ("Ağaoğlu Şen", "cp1254"),
        ("10 m³", "cp1252"),
    ],
)
def test_text_in_other_encodings_is_refused_with_its_place(text: str, encoding: str) -> None:
    with pytest.raises(ConfigError, match=r"^links\.csv: line 2, character [0-9]+: the byte 0x.. is not UTF-8"):
        decode_text(f"a\nb {text}".encode(encoding), "links.csv")


def test_text_that_mixes_utf_8_and_cp1252_is_refused() -> None:
    with pytest.raises(ConfigError, match="line 2, character 2: the byte 0xfc"):
        decode_text("Müller\n".encode() + "Bübchen".encode("cp1252"), "x")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"PK\x03\x04rest", "an Excel or ZIP file"),
        (b"%PDF-1.7", "a PDF"),
        (b"a\nb\0c", "line 2, character 2: a NUL character"),
        ("ab".encode("utf-16") + b"\x00", "is not UTF-16-LE"),
    ],
)
def test_binary_data_is_refused(data: bytes, found: str) -> None:
    with pytest.raises(ConfigError, match=found):
        decode_text(data, "x")


def test_special_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(tmp_path)  # a socket's path is short
        listener.bind("socket")
        for name, kind in {"pipe": "pipe", "socket": "socket", ".": "folder", "/dev/zero": "device"}.items():
            with pytest.raises(ConfigError, match=f"is a {kind}, not a file"):
                read_user_file(tmp_path / name)


@pytest.mark.slow
def test_paths_that_cannot_be_opened_are_refused_in_plain_characters(tmp_path: Path) -> None:
    for path, found in {
        "none": "No such file",
        "a\0b": "null byte",
        "\x1b[2J": r"\\u\{1b\}\[2J cannot be read",
    }.items():
        with pytest.raises(ConfigError, match=found) as error:
            read_user_file(tmp_path / path)
        assert str(error.value).isprintable()


def test_too_large_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * (1 << 20))
    assert len(read_user_file(path, 1 << 20)) == 1 << 20
    path.write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        read_user_file(path, 1 << 20)
