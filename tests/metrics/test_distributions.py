from __future__ import annotations

import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.metrics._distributions import binomial_limits, incomplete_beta, t_quantile

BY_SCIPY = {
    1: (-12.706204736174705, 3.0776835371752544, 636.6192487687897),
    2: (-4.302652729749464, 1.8856180831641272, 31.599054576445365),
    4: (-2.7764451051977943, 1.533206274058944, 8.610301581379522),
    4.5: (-2.658912347204404, 1.5008853175085577, 7.580740499372756),
    10: (-2.2281388519862753, 1.372183641110336, 4.586893858702708),
    29.3: (-2.04432042150014, 1.3111205919858122, 3.6552656943310198),
    120: (-1.9799304050824411, 1.288646233656378, 3.373453768562533),
    1000: (-1.9623390808264085, 1.2823987214609247, 3.300282648423944),
    5000: (-1.9604385517065075, 1.2817209053357184, 3.2924737233708825),
    1e6: (-1.9599663568141072, 1.281552412129939, 3.2905364612487222),
}


@pytest.mark.parametrize("df", BY_SCIPY)
def test_quantiles_of_t_are_those_of_scipy_to_11_digits(df: float) -> None:
    assert [t_quantile(p, df) for p in (0.025, 0.9, 0.9995)] == pytest.approx(BY_SCIPY[df], rel=1e-11)
    assert t_quantile(0.5, df) == 0.0


@examples(50)
@given(p=st.floats(0.001, 0.999), df=st.floats(1, 200))
def test_a_quantile_is_where_the_distribution_reaches_its_probability(p: float, df: float) -> None:
    t = t_quantile(p, df)
    tail = incomplete_beta(df / (df + t**2), df / 2, 0.5) / 2
    assert (1 - tail if t > 0 else tail) == pytest.approx(p, abs=1e-10)


def test_the_incomplete_beta_function_of_whole_numbers_is_a_binomial_tail() -> None:
    tail = sum(comb * 0.3**k * 0.7 ** (5 - k) for k, comb in ((2, 10), (3, 10), (4, 5), (5, 1)))
    assert incomplete_beta(0.3, 2, 4) == pytest.approx(tail, rel=1e-13)
    assert (incomplete_beta(0.0, 2, 4), incomplete_beta(1.0, 2, 4)) == (0.0, 1.0)


def test_binomial_limits_are_those_of_scipy() -> None:
    low, high = (
        limits.tolist() for limits in binomial_limits(*(np.array([0, 3, 9, 50]),) * 2, np.array([5, 7, 10, 1000]))
    )
    assert low == pytest.approx([0.0, 9.898827844250786, 55.49838829718037, 3.733539760466178], rel=1e-10)
    assert high == pytest.approx(
        [52.18237501049814, 81.59484323599169, 99.74714214555382, 6.539048791549364], rel=1e-10
    )


def test_limits_of_none_are_none() -> None:
    none = np.array([], dtype=np.int64)
    assert [len(limits) for limits in binomial_limits(none, none, none)] == [0, 0]
