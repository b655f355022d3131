"""Each simulated failure as a client sees it, over a real socket."""

import contextlib
import time
from datetime import UTC, datetime

import pytest
import requests

from influtics_lab.localapi import Fault, LocalAPI
from influtics_lab.simulation import simulate_videos


@pytest.fixture(scope="module")
def server():
    with LocalAPI(simulate_videos(60)) as running:
        yield running


@pytest.fixture
def api(server):
    server.faults.clear()
    server.requests.clear()
    return server


def get(api, timeout=10, **query):
    headers = {"Authorization": f"Bearer {api.key}"}
    url = f"{api.url}/v1/videos/stats"
    return requests.get(url, params=query, headers=headers, timeout=timeout, allow_redirects=False)


def outcomes(api):
    return [asked.outcome for asked in api.requests]


@pytest.mark.parametrize("status", [403, 404, 408, 429, 500, 502, 503, 504])
def test_a_status_comes_with_a_json_body(api, status):
    api.faults.add(Fault.http(status))
    answer = get(api)
    assert (answer.status_code, answer.json()["success"]) == (status, False)
    assert "retry-after" not in answer.headers
    assert get(api).status_code == 200
    assert outcomes(api) == [f"http {status}", "200"]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (2, "2"),
        (0.5, "0.5"),
        (10**9, "1000000000"),
        ("soon", "soon"),
        (datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC), "Wed, 02 Jan 2030 03:04:05 GMT"),
    ],
)
def test_retry_after_may_be_seconds_a_date_or_absurd(api, given, sent):
    api.faults.add(Fault.http(429, retry_after=given, body={"success": False, "code": "RATE_LIMITED"}))
    answer = get(api)
    assert answer.headers["retry-after"] == sent
    assert answer.json()["code"] == "RATE_LIMITED"


def test_a_status_may_come_with_html(api):
    api.faults.add(Fault.http(502, html=True))
    answer = get(api)
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_an_html_page_may_come_with_200(api):
    api.faults.add(Fault.html())
    answer = get(api)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_fault_unsuccessful_answers_200_with_success_false(api):
    api.faults.add(Fault.unsuccessful())
    answer = get(api)
    assert (answer.status_code, answer.json()["success"]) == (200, False)


@pytest.mark.parametrize("envelope", ["nested", "flat"])
def test_a_page_may_be_empty_under_the_true_total(envelope):
    with LocalAPI(simulate_videos(60), envelope=envelope) as api:
        api.faults.add(Fault.empty())
        body = get(api).json()
        inner = body["data"] if envelope == "nested" else body
        assert inner["data"] == []
        assert inner["pagination"] == {"total": 60, "limit": 50, "offset": 0, "has_more": True}


def test_a_redirect_points_elsewhere_where_nothing_is(api):
    api.faults.add(Fault.redirect())
    answer = get(api)
    assert (answer.status_code, answer.headers["location"]) == (302, "/elsewhere")
    assert requests.get(api.url + "/elsewhere", timeout=10).status_code == 404


def test_a_reset_comes_before_the_answer_or_in_its_middle(api):
    for share in (None, 0.5):
        api.faults.add(Fault.reset(share))
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)) as caught:
            get(api)
        assert "reset" in str(caught.value).lower()
    assert outcomes(api) == ["reset", "reset"]


def test_a_body_may_be_shorter_than_announced(api):
    api.faults.add(Fault.short())
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        get(api)


def test_json_may_be_cut_although_the_answer_is_whole(api):
    api.faults.add(Fault.cut_json())
    answer = get(api)
    assert answer.status_code == 200
    assert len(answer.content) == int(answer.headers["content-length"])
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_stall_sends_half_and_falls_silent(api):
    api.faults.add(Fault.stall(30))
    with pytest.raises(requests.ConnectionError, match="timed out"):
        get(api, timeout=0.3)


def test_a_stall_ends_with_a_closed_connection(api):
    api.faults.add(Fault.stall(0.2))
    start = time.monotonic()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(api)
    assert time.monotonic() - start >= 0.2


def test_a_delay_comes_before_the_true_answer(api):
    api.faults.add(Fault.delay(0.2))
    start = time.monotonic()
    assert get(api).json()["success"] is True
    assert time.monotonic() - start >= 0.2


def test_faults_leave_the_next_request_alone(api):
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {api.key}"
        for fault in (Fault.reset(), Fault.short(), Fault.http(503), Fault.cut_json(), Fault.reset(0.5)):
            api.faults.add(fault)
            with contextlib.suppress(requests.RequestException):
                session.get(f"{api.url}/v1/videos/stats", timeout=10)
            assert session.get(f"{api.url}/v1/videos/stats", timeout=10).json()["success"] is True


def test_faults_come_for_the_next_ones_in_turn(api):
    api.faults.add(Fault.http(500), times=2)
    api.faults.add(Fault.http(429))
    assert [get(api, limit=1).status_code for _ in range(4)] == [500, 500, 429, 200]


def test_faults_come_by_the_number_of_the_request(api):
    api.faults.add(Fault.http(500), at=1)
    api.faults.add(Fault.http(503), at={2, 4})
    assert [get(api, limit=1).status_code for _ in range(6)] == [200, 500, 503, 200, 503, 200]


def test_faults_come_for_ever_until_cleared(api):
    api.faults.add(Fault.http(500), times=None)
    assert [get(api, limit=1).status_code for _ in range(5)] == [500] * 5
    api.faults.clear()
    assert get(api).status_code == 200


def test_faults_come_by_what_is_asked(api):
    api.faults.add(Fault.http(500), times=None, when=lambda query: query.get("offset") == "10")
    assert [get(api, limit=1, offset=offset).status_code for offset in (0, 10, 20, 10)] == [200, 500, 200, 500]


def test_a_fault_comes_before_a_wrong_key_is_noticed(api):
    api.faults.add(Fault.http(503))
    assert requests.get(f"{api.url}/v1/videos/stats", timeout=10).status_code == 503


def test_no_fault_writes_to_the_terminal(capfd):
    with LocalAPI(simulate_videos(60)) as api:
        for fault in (
            Fault.reset(),
            Fault.reset(0.5),
            Fault.short(),
            Fault.stall(0.05),
            Fault.stall(30),
            Fault.delay(30),
        ):
            api.faults.add(fault)
            with pytest.raises(requests.RequestException):
                get(api, timeout=0.2)
    assert capfd.readouterr() == ("", "")
