"""Any answer of a server is read, or raises an error of the package, in time. More draws: tests/bench."""

from __future__ import annotations

import time
import warnings

import pytest

import influtics_lab as lab
from tests.hostile import hostile_handler
from tests.sockets import raw_server

TIMEOUT = 0.3


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 60, 20))
def test_hostile_answer_is_read_or_raises_an_error_of_the_package(first: int) -> None:
    with (
        raw_server(hostile_handler) as url,
        lab.Client("some-key", url, timeout=TIMEOUT, patience=0.01, max_page_mb=8) as client,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", lab.DataQualityWarning)
        for number in range(first, first + 20):
            started = time.monotonic()
            try:
                client.page(offset=number)
            except lab.InfluticsError:
                pass
            except Exception as error:
                error.add_note(f"answer {number}")
                raise
            assert time.monotonic() - started < 5 * TIMEOUT + 3, number  # the machine may be busy
