"""Random numbers, exp and log with the same results on every machine.

numpy guarantees the raw 64-bit stream of a bit generator, but not the results of `Generator.normal`; and `exp` and
`log` of C libraries differ in the last bit. So the draws are our own transforms of the raw stream, and exp and log
consist of additions, multiplications and divisions, which IEEE 754 rounds equally everywhere.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
T = TypeVar("T")

LN2: Final = 0.6931471805599453
SQRT_HALF: Final = 0.7071067811865476


def exp(x: Floats) -> Floats:
    """Return e to the power of x: 2^n times a Taylor sum of 14 terms."""
    n = np.rint(x / LN2)
    rest = x - n * LN2
    total = np.ones_like(rest)
    for k in range(14, 0, -1):
        total = 1 + rest * total / k
    return np.asarray(np.ldexp(total, n.astype(np.int32)))


def log(x: Floats) -> Floats:
    """Return the natural logarithm of x > 0: the exponent, and the series of (m - 1) / (m + 1)."""
    mantissa, exponent = np.frexp(x)
    small = mantissa < SQRT_HALF
    mantissa = np.where(small, 2 * mantissa, mantissa)
    s = (mantissa - 1) / (mantissa + 1)
    square = s * s
    total = np.zeros_like(s)
    for k in range(21, 0, -2):
        total = total * square + 1 / k
    return np.asarray(2 * s * total + (exponent - small) * LN2)


class Draws:
    """A stream of random draws that depends on its key alone.

    Parameters
    ----------
    *key : int
        Whole numbers from 0: the seed, then numbers for the purpose.

    Examples
    --------
    >>> Draws(1, 2).integer(0, 100) == Draws(1, 2).integer(0, 100)
    True
    """

    def __init__(self, *key: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(key))

    def draw_bits(self) -> int:
        """Return 64 random bits."""
        return int(self._bits.random_raw())

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """Return a number from low to below high."""
        return low + (high - low) * ((self.draw_bits() >> 11) / 2**53)

    def uniforms(self, n: int) -> Floats:
        """Return n numbers from 0 to below 1."""
        return np.asarray(self._draw_53_bits(n).astype(np.float64) / 2**53)

    def normals(self, n: int) -> Floats:
        """Return n nearly normal numbers of mean 0 and deviation 1: sums of 12 uniforms, which never exceed 6."""
        sums = self._draw_53_bits(12 * n).reshape(n, 12).sum(axis=1)  # of integers: exact in any order
        return np.asarray(sums.astype(np.float64) / 2**53 - 6)

    def factors(self, *spreads: float) -> list[float]:
        """Return a log-normal factor of median 1 for each spread (the deviation of its logarithm)."""
        return [float(value) for value in exp(np.array(spreads) * self.normals(len(spreads)))]

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + self.draw_bits() % (high - low + 1)

    def chance(self, share: float) -> bool:
        """Return True with this probability."""
        return self.uniform() < share

    def choice(self, options: Sequence[T]) -> T:
        """Return one of the options, with equal probabilities."""
        return options[self.integer(0, len(options) - 1)]

    def shuffle(self, items: Sequence[T]) -> list[T]:
        """Return the items in random order (Fisher and Yates)."""
        shuffled = list(items)
        for last in range(len(shuffled) - 1, 0, -1):
            other = self.integer(0, last)
            shuffled[last], shuffled[other] = shuffled[other], shuffled[last]
        return shuffled

    def uuid(self) -> str:
        """Return a random UUID of version 4."""
        return str(uuid.UUID(int=(self.draw_bits() << 64) | self.draw_bits(), version=4))

    def _draw_53_bits(self, n: int) -> npt.NDArray[np.uint64]:
        return np.asarray(self._bits.random_raw(n), dtype=np.uint64) >> np.uint64(11)
