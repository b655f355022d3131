"""Instagram's ids: a shortcode is the media id in base 64, and an owner's id may follow the media id."""

from __future__ import annotations

import base64
import re
from typing import Final

import polars as pl

BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
EPOCH_MS: Final = 1_314_220_021_721
_NUMBER: Final = r"^([0-9]{1,20})(?:_[0-9]+)?$"
_PRIVATE: Final = r"^[A-Za-z0-9_-]{39}$"
_NUMBER_FORM: Final = re.compile(_NUMBER)
_PRIVATE_FORM: Final = re.compile(_PRIVATE)
_SHORTCODE_FORM: Final = re.compile(r"[A-Za-z0-9_-]{10,12}")
_PUBLIC_LENGTH: Final = 11  # characters of a private shortcode that are the shortcode of the media id
_DIGITS: Final = 11  # 64 bits are at most 11 digits of 6 bits


def encode_shortcode(number: int) -> str:
    """Return a whole number in base 64, the highest digit first.

    Examples
    --------
    >>> encode_shortcode(64), encode_shortcode(4095)
    ('BA', '__')
    """
    digits = ""
    while number:
        number, digit = divmod(number, 64)
        digits = BASE64[digit] + digits
    return digits


def media_number(text: str) -> int | None:
    """Return the media id behind an id of Instagram in any spelling; None where there is none.

    Examples
    --------
    >>> media_number("3141723303735405462_4711"), media_number("CuZpLL9tyuW")
    (3141723303735405462, 3141723303735405462)
    """
    if digits := _NUMBER_FORM.fullmatch(text):
        return int(digits[1])
    code = unify_spelling(text)
    if not _SHORTCODE_FORM.fullmatch(code):
        return None
    return int.from_bytes(base64.urlsafe_b64decode(code.rjust(12, BASE64[0])), "big")


def unify_spelling(text: str) -> str:
    """Return an id of Instagram as a shortcode; a text that is no id stays as it is.

    Digits alone are a media id: a shortcode without a letter comes once in 10^8 ids.

    Examples
    --------
    >>> [unify_spelling(text) for text in ("3141723303735405462", "3141723303735405462_4711", "CuZpLL9tyuW")]
    ['CuZpLL9tyuW', 'CuZpLL9tyuW', 'CuZpLL9tyuW']
    """
    if (match := _NUMBER_FORM.fullmatch(text)) and 0 < int(match[1]) < 2**64:
        return encode_shortcode(int(match[1]))
    return text[:_PUBLIC_LENGTH] if _PRIVATE_FORM.fullmatch(text) else text


def unify_spellings(text: pl.Expr) -> pl.Expr:
    """Return `unify_spelling` as a polars expression."""
    number = text.str.extract(_NUMBER, 1).cast(pl.UInt64, strict=False)
    digits = (number // 64**place % 64 for place in reversed(range(_DIGITS)))
    letters = [digit.replace_strict(range(64), list(BASE64), return_dtype=pl.String) for digit in digits]
    code = pl.concat_str(letters).str.strip_chars_start(BASE64[0])
    private = pl.when(text.str.contains(_PRIVATE)).then(text.str.slice(0, _PUBLIC_LENGTH)).otherwise(text)
    return pl.when(number > 0).then(code).otherwise(private)


def media_time_us(text: str) -> int | None:
    """Return the publication time of an id of Instagram: ``(media id >> 23) + 1314220021721`` is Unix milliseconds.

    Examples
    --------
    >>> media_time_us("CuZpLL9tyuW") // 1_000_000
    1688742624
    """
    number = media_number(text)
    return None if number is None or number < 10**14 else ((number >> 23) + EPOCH_MS) * 1000
