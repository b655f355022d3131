"""The fast way to read timestamps gives the same results as the plain one."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from influtics_lab.api.field_values import read_instants
from influtics_lab.api.timestamps import read_instants_fast

digits = st.integers(0, 99).map("{:02d}".format)
years = st.sampled_from(["2025", "2024", "1970", "1969", "0001", "0000", "9999", "1900"]) | st.integers(0, 9999).map(
    "{:04d}".format
)
fractions = st.sampled_from(["", ".", ".7", ".730104", ".000000", ".7301049", ",7"]) | st.integers(0, 10**7).map(
    ".{}".format
)
offsets = st.sampled_from(["+00", "+00:00", "", "Z", "+0000", "-00", "+02", "+00:30", "+24", "+0", "00", "+00 "])
spelt = st.builds(
    "{}-{}-{}{}{}:{}:{}{}{}".format,
    years,
    digits,
    digits,
    st.sampled_from([" ", "T", "_"]),
    digits,
    digits,
    digits,
    fractions,
    offsets,
)
months, days = st.integers(1, 12), st.integers(1, 31)
hours, minutes = st.integers(0, 24), st.integers(0, 60)
shape = "2025-{:02d}-{:02d} {:02d}:{:02d}:{:02d}{}{}"
likely = st.builds(shape.format, months, days, hours, minutes, minutes, fractions, offsets)


@pytest.mark.slow
@given(st.lists(spelt | likely | st.text(max_size=30), max_size=8))
@example([])
@example(["2025-06-30 08:26:03+00", "2025-06-30\n08:26:03+00", ""])
@example(
    ["2025-02-29 00:00:00+00", "2024-02-29 00:00:00+00:00", "2025-06-30 08:26:60+00", "\uff10025-06-30 08:26:03+00"]
)
def test_both_ways_agree(texts: list[str]) -> None:
    found, why = read_instants_fast(texts)
    values, reasons = read_instants(pl.Series(texts, dtype=pl.String))
    assert why == {i: reason for i, reason in enumerate(reasons) if reason is not None}
    expected = values.to_physical().to_list()
    assert [None if i in why else number for i, number in enumerate(found.tolist())] == expected
