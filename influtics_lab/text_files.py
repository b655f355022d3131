"""Decode the text files of users, if their encoding is certain."""

from __future__ import annotations

import re
from typing import Final

from influtics_lab.errors import ConfigError

LINE_END: Final = re.compile(r"\r\n|\r|\n")
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_BINARY: Final = {b"PK\x03\x04": "an Excel or ZIP file", b"\xd0\xcf\x11\xe0": "an old Excel file", b"%PDF": "a PDF"}
# The characters of Western European text in cp1252. Where a byte means another character (a superscript three, or
# Cyrillic text in another encoding), the encoding is not certain.
_CAPITALS: Final = "ÄÖÜÆŒÑÁÉÈÊËÀÂÇÎÏÔÛÙÍÓÚÅØÃÕÌÒ"
_LETTERS: Final = _CAPITALS + _CAPITALS.lower() + "ß"
_MARKS: Final = (
    b"\x80\x84\x85\x91\x92\x93\x94\x95\x96\x97\x99\xa0\xa1\xa3\xa7\xa9\xab\xae\xb0\xb4\xb7\xbb\xbf\xd7".decode("cp1252")
)
_UTF8_INSIDE: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_UNLIKELY: Final = re.compile(f"[{_LETTERS}]{{3}}|[a-z][{_CAPITALS}¡¿]|[£§·][A-Za-z]")


def decode_text(data: bytes, name: str, *, only_utf8: bool = False) -> str:
    r"""Return the text of bytes in UTF-8, UTF-16 or cp1252, where the encoding is certain.

    UTF-8 and UTF-16 may begin with a byte order mark. UTF-16 without a mark is accepted where at least a third
    of the bytes in even places, or in odd places, are 0, and none of the others. cp1252 is accepted where the bytes
    beyond ASCII are letters and marks of Western European text, in places where such text has them.

    Parameters
    ----------
    data : bytes
    name : str
        The file's name, for messages.
    only_utf8 : bool
        Accept no other encoding.

    Returns
    -------
    str

    Raises
    ------
    ConfigError
        With the line and character at which decoding failed.

    Examples
    --------
    >>> decode_text(b"caf\xe9", "links.csv")
    'café'
    """
    for start, file_type in _BINARY.items():
        if data.startswith(start):
            raise ConfigError(f"{name} is {file_type}, not text. Save it as text in UTF-8.")
    marks = _BOMS[:1] if only_utf8 else _BOMS
    encoding, size = next(((encoding, len(bom)) for bom, encoding in marks if data.startswith(bom)), ("", 0))
    encoding = encoding or (not only_utf8 and _detect_utf16(data)) or "utf-8"
    try:
        text = data[size:].decode(encoding)
    except UnicodeDecodeError as error:
        western = _decode_cp1252(data) if encoding == "utf-8" and not (size or only_utf8) else None
        if western is None:
            before = data[size : size + error.start].decode(encoding, "replace")
            problem = f"the byte 0x{data[size + error.start]:02x} is not {encoding.upper()}"
            raise ConfigError(f"{name}: {_format_place(before)}: {problem}. Save the file as UTF-8.") from None
        text = western
    before, nul, _ = text.partition("\0")
    if nul:
        raise ConfigError(f"{name}: {_format_place(before)}: a NUL character. Save the file as text in UTF-8.")
    return text


def _format_place(before: str) -> str:
    lines = LINE_END.split(before)
    return f"line {len(lines)}, character {len(lines[-1]) + 1}"


def _detect_utf16(data: bytes) -> str | None:
    for encoding, zeros, others in (("utf-16-le", data[1::2], data[::2]), ("utf-16-be", data[::2], data[1::2])):
        if len(data) % 2 == 0 and 3 * zeros.count(0) >= len(zeros) > 0 == others.count(0):
            return encoding
    return None


def _decode_cp1252(data: bytes) -> str | None:
    """Return the text of bytes in cp1252; None where another encoding is possible."""
    if _UTF8_INSIDE.search(data):
        return None  # UTF-8 that was damaged or mixed
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    is_western = all(character.isascii() or character in _LETTERS or character in _MARKS for character in text)
    return text if is_western and not _UNLIKELY.search(text) else None
