"""Currency codes of ISO 4217, and suggestions for codes that are not among them."""

from __future__ import annotations

from typing import Final

MAJOR: Final = (
    "EUR", "USD", "GBP", "JPY", "KRW", "CNY", "INR", "BRL", "CAD", "AUD", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK",
    "MXN", "TRY", "AED", "SGD", "HKD",
)  # fmt: skip
"""Currencies to suggest first."""

_CODES: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
    CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
    GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL
    LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR
    PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY
    TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CODES: Final = frozenset(_CODES.split())
SYMBOLS: Final = {"€": "EUR", "£": "GBP", "$": "USD"}
"""Symbols that name a currency; a bare $ is read as US dollars, and reported."""
_OTHER_NAMES: Final = {
    "RMB": "CNY", "YUA": "CNY", "YEN": "JPY", "WON": "KRW", "UKP": "GBP", "STG": "GBP", "SFR": "CHF", "NTD": "TWD",
}  # fmt: skip

_DIGITS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}


def minor_digits(code: str) -> int:
    """Return how many digits behind the point the smallest unit of a currency has, by ISO 4217.

    Examples
    --------
    >>> minor_digits("EUR"), minor_digits("JPY"), minor_digits("KWD")
    (2, 0, 3)
    """
    return next((digits for digits, codes in _DIGITS.items() if code in codes.split()), 2)


def suggest_currency(code: str) -> str | None:
    """Return the currency that a misspelt code probably means; None where no code is close.

    A close code is another name of the currency, has the same letters in another order, or is a major currency with
    one other letter.

    Examples
    --------
    >>> suggest_currency("EUO"), suggest_currency("GPB"), suggest_currency("RMB"), suggest_currency("BTC")
    ('EUR', 'GBP', 'CNY', None)
    """
    if code in _OTHER_NAMES:
        return _OTHER_NAMES[code]
    one_off = [major for major in MAJOR if sum(a == b for a, b in zip(code, major, strict=False)) == len(code) - 1]
    swapped = [known for known in (*MAJOR, *sorted(CODES)) if sorted(known) == sorted(code)]
    return next(iter([*swapped, *one_off]), None)
