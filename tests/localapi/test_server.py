"""The documentation, point by point, over a real socket."""

import itertools
import logging
import shutil
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
import requests

from influtics_lab.errors import ConfigError
from influtics_lab.localapi import Catalogue, LocalAPI
from influtics_lab.simulation import SimulatedVideo, simulate_videos
from influtics_lab.simulation.clock import read_instant


@cache
def videos():
    return {video.answer["video_id"]: video for video in simulate_videos(180)}


@pytest.fixture(scope="module")
def api():
    with LocalAPI(videos().values()) as running:
        yield running


@pytest.fixture(scope="module")
def http(api):
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {api.key}"
        yield session


@pytest.fixture
def get(api, http):
    return lambda **query: http.get(f"{api.url}/v1/videos/stats", params=query, timeout=10)


def items(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["data"]


# What is documented


def test_the_answer_has_the_documented_shape_and_defaults(get):
    answer = get()
    body = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert list(body) == ["success", "data", "meta"]
    assert list(body["data"]) == ["data", "pagination"]
    assert body["success"] is True
    assert body["data"]["pagination"] == {"total": 180, "limit": 50, "offset": 0, "has_more": True}
    assert len(body["data"]["data"]) == 50
    assert list(body["meta"]) == ["processing_time_ms", "request_id"]
    assert isinstance(body["meta"]["processing_time_ms"], int)
    assert body["meta"]["request_id"] != get().json()["meta"]["request_id"]


def test_every_video_comes_as_it_is(get):
    read = [item for offset in range(0, 180, 100) for item in items(get(limit=100, offset=offset))]
    assert len(read) == 180
    assert all(item == videos()[item["video_id"]].answer for item in read)


def test_the_default_order_is_by_creation_the_newest_first(get):
    assert items(get(limit=100)) == items(get(limit=100, sort="created_at", order="desc"))
    created = [read_instant(item["created_at"]) for item in items(get(limit=100))]
    assert created == sorted(created, reverse=True)


@pytest.mark.parametrize("sort", ["created_at", "views", "likes", "updated_at"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_each_sort_holds_over_all_pages_with_nulls_last(get, sort, order):
    read = [
        item for offset in range(0, 180, 60) for item in items(get(limit=60, offset=offset, sort=sort, order=order))
    ]
    assert {item["video_id"] for item in read} == set(videos())
    field = "stats_last_updated" if sort == "updated_at" else sort
    values = [read_instant(item[field]) if sort.endswith("_at") else item[field] for item in read]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=order == "desc")
    assert values == known + [None] * (len(values) - len(known))


@pytest.mark.parametrize("platform", [None, "TikTok", "YouTube", "Instagram"])
@pytest.mark.parametrize("status", [None, "active", "completed", "failed"])
def test_filters_give_exactly_their_videos(get, platform, status):
    answer = get(limit=100, **({"platform": platform} if platform else {}), **({"status": status} if status else {}))
    wanted = {
        name
        for name, video in videos().items()
        if platform in (None, video.answer["platform"]) and status in (None, video.status)
    }
    assert answer.json()["data"]["pagination"]["total"] == len(wanted) > 0
    found = {item["video_id"] for item in items(answer)}
    assert found <= wanted
    assert len(found) == min(100, len(wanted))


def test_status_is_no_field(get):
    assert all("status" not in item for item in items(get(status="failed")))


@pytest.mark.parametrize(
    ("limit", "offset", "count", "more"),
    [(1, 0, 1, True), (100, 0, 100, True), (100, 80, 100, False), (100, 79, 100, True), (50, 179, 1, False),
     (50, 180, 0, False), (50, 10**9, 0, False)],
)  # fmt: skip
def test_limit_and_offset_cut_the_list(get, limit, offset, count, more):
    answer = get(limit=limit, offset=offset)
    assert len(items(answer)) == count
    assert answer.json()["data"]["pagination"] == {"total": 180, "limit": limit, "offset": offset, "has_more": more}


def test_a_wrong_sort_is_refused_in_the_documented_words(get):
    answer = get(sort="date")
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "error": "Invalid sort parameter",
        "code": "INVALID_PARAMETER",
        "details": {"valid_sort_options": ["created_at", "views", "likes", "updated_at"]},
    }


@pytest.mark.parametrize(
    ("name", "value", "details"),
    [
        ("order", "DESC", {"valid_order_options": ["asc", "desc"]}),
        ("status", "done", {"valid_status_options": ["active", "completed", "failed"]}),
        ("status", "", {"valid_status_options": ["active", "completed", "failed"]}),
        ("platform", "tiktok", {"valid_platform_options": ["TikTok", "YouTube", "Instagram"]}),
        *(
            ("limit", value, {"valid_limit_range": {"min": 1, "max": 100}})
            for value in ("0", "101", "-1", "5.0", "x", "")
        ),
        *(("offset", value, {"valid_offset_range": {"min": 0}}) for value in ("-1", "1.5", "x", "", "٣", "9" * 30)),
    ],
)
def test_other_wrong_parameters_are_refused_alike(get, name, value, details):
    answer = get(**{name: value})
    assert answer.status_code == 400
    error = f"Invalid {name} parameter"
    assert answer.json() == {"success": False, "error": error, "code": "INVALID_PARAMETER", "details": details}


def test_parameters_that_are_not_documented_are_passed_over(get):
    assert len(items(get(page="2", limit=7))) == 7


@pytest.mark.parametrize(
    "header", [None, "Bearer wrong", "Bearer", "local-key", "Basic local-key", "Bearer local-key2"]
)
def test_a_missing_or_wrong_key_is_refused_in_the_documented_words(api, header):
    headers = {"Authorization": header} if header else {}
    answer = requests.get(f"{api.url}/v1/videos/stats?sort=wrong", headers=headers, timeout=10)
    assert answer.status_code == 401
    assert answer.json() == {"success": False, "error": "Invalid API key", "code": "INVALID_API_KEY"}


def test_other_paths_are_not_found_and_other_methods_not_allowed(api, http):
    for path in ("/", "/v1/videos", "/v1/videos/stats/", "/v1/videos/stats/x"):
        answer = http.get(api.url + path, timeout=10, allow_redirects=False)
        assert (answer.status_code, answer.json()["success"]) == (404, False)
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = http.request(method, f"{api.url}/v1/videos/stats", timeout=10)
        assert (answer.status_code, answer.headers["allow"], answer.json()["success"]) == (405, "GET", False)
    assert http.head(f"{api.url}/v1/videos/stats", timeout=10).status_code == 405


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_the_documented_curl_line_works(api):
    line = (
        'curl -X GET "https://api.influtics.com/v1/videos/stats?'
        'limit=2&platform=TikTok&status=active&sort=views&order=desc" \\\n'
        '  -H "Authorization: Bearer your_api_key_here"'
    )
    line = line.replace("https://api.influtics.com", api.url).replace("your_api_key_here", api.key)
    done = subprocess.run(["bash", "-c", f"{line} --silent --noproxy '*'"], capture_output=True, check=True)
    body = requests.models.complexjson.loads(done.stdout)
    top = body["data"]["data"]
    wanted = [v.answer for v in videos().values() if v.answer["platform"] == "TikTok" and v.status == "active"]
    assert [item["views"] for item in top] == sorted((v["views"] or 0 for v in wanted), reverse=True)[:2]
    assert body["data"]["pagination"] == {"total": len(wanted), "limit": 2, "offset": 0, "has_more": True}


# The server itself


def test_one_connection_serves_many_requests(api):
    with socket.create_connection(("127.0.0.1", int(api.url.rsplit(":", 1)[1])), timeout=10) as connection:
        for _ in range(3):
            connection.sendall(
                f"GET /v1/videos/stats?limit=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.key}\r\n\r\n".encode()
            )
            text = b""
            while b'"request_id"' not in text:
                text += connection.recv(65536)
            assert text.startswith(b"HTTP/1.1 200 OK")


def test_requests_are_noted_without_the_key(api, get):
    before = len(api.requests)
    get(limit=3, sort="wrong", api_key=api.key)
    asked = api.requests[-1]
    assert len(api.requests) == before + 1
    assert (asked.number, asked.method, asked.path, asked.outcome) == (before, "GET", "/v1/videos/stats", "400")
    assert asked.query == {"limit": "3", "sort": "wrong", "api_key": "***"}
    assert datetime.now(UTC) - asked.at < timedelta(minutes=1)
    assert api.key not in repr(api.requests) + repr(api)


def test_delays_pass_side_by_side():
    with LocalAPI(simulate_videos(3), delay=0.3) as slow:
        start = time.monotonic()
        threads = [threading.Thread(target=requests.get, args=(slow.url,), kwargs={"timeout": 10}) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - start
    assert len(slow.requests) == 8
    assert 0.3 <= took < 8 * 0.3


def test_start_and_stop_can_be_called_again():
    before = set(threading.enumerate())
    api = LocalAPI(simulate_videos(3))
    assert repr(api) == "LocalAPI(stopped, 3 videos)"
    with pytest.raises(ConfigError, match="not running"):
        _ = api.url
    for _ in range(2):
        assert api.start() is api
        assert api.start().url.startswith("http://127.0.0.1:")
        assert requests.get(api.url, timeout=10).status_code == 404
        url = api.url
        api.stop()
        api.stop()
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=10)
    assert set(threading.enumerate()) <= before


def test_stopping_does_not_wait_for_open_connections():
    with LocalAPI(simulate_videos(3)) as api, requests.Session() as session:
        session.get(api.url, timeout=10)
        idle = socket.create_connection(("127.0.0.1", int(api.url.rsplit(":", 1)[1])), timeout=10)
        api.stop()
        assert idle.recv(1) == b""
        idle.close()


def test_unusable_port_is_reported(api):
    taken = int(api.url.rsplit(":", 1)[1])
    for port in (taken, 99_999):
        with pytest.raises(ConfigError, match=f"Port {port} of this machine"):
            LocalAPI(simulate_videos(1), port=port).start()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"key": ""}, "key"),
        ({"key": "a b"}, "key"),
        ({"cap": 0}, "cap"),
        ({"ignore": {"limit"}}, "limit"),
        ({"envelope": "deep"}, "envelope"),
        ({"ties": "odd"}, "ties"),
    ],
)
def test_wrong_settings_are_reported(arguments, message):
    with pytest.raises(ConfigError, match=message):
        LocalAPI([], **arguments)


def test_serving_leaves_logging_as_it_was():
    def state():
        loggers = [logging.getLogger(name) for name in (None, "uvicorn", "uvicorn.error")]
        return [(logger.level, logger.handlers[:], logger.propagate, logger.disabled) for logger in loggers]

    before = state()
    with LocalAPI(simulate_videos(1)) as running:
        requests.get(running.url, timeout=10)
        assert state() == before


@pytest.mark.slow
def test_missing_extra_is_reported_with_the_command_to_install_it():
    code = "import sys; sys.modules['uvicorn'] = None\nimport influtics_lab.localapi"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "MissingExtraError" in done.stderr
    assert "pip install 'influtics-lab[lab]'" in done.stderr


# Deviations and changes


def asked(api, **query):
    headers = {"Authorization": f"Bearer {api.key}"}
    return requests.get(f"{api.url}/v1/videos/stats", params=query, headers=headers, timeout=10).json()


def ids(page):
    videos = page["data"]["data"] if isinstance(page["data"], dict) else page["data"]
    return [video["video_id"] for video in videos]


def test_a_cap_answers_fewer_than_asked():
    with LocalAPI(simulate_videos(30), cap=8) as api:
        page = asked(api, limit=20)
        assert len(ids(page)) == 8
        assert page["data"]["pagination"] == {"total": 30, "limit": 20, "offset": 0, "has_more": True}
        assert len(ids(asked(api, limit=20, offset=24))) == 6


def test_ignored_parameters_change_nothing():
    with LocalAPI(simulate_videos(30), ignore={"offset", "sort", "order"}) as api:
        plain = ids(asked(api))
        assert plain == ids(asked(api, offset=10)) == ids(asked(api, sort="views")) == ids(asked(api, order="asc"))
        assert asked(api, offset=10)["data"]["pagination"]["offset"] == 10


def test_the_flat_envelope_has_data_and_pagination_at_the_top():
    with LocalAPI(simulate_videos(30), envelope="flat") as api:
        page = asked(api, limit=4)
        assert list(page) == ["success", "data", "pagination", "meta"]
        flat = ids(page)
        api.manners.envelope = "nested"
        assert ids(asked(api, limit=4)) == flat


def test_ties_come_by_id_or_in_a_new_order_at_each_request():
    same = [
        SimulatedVideo({"video_id": f"{n:02d}", "created_at": "2025-06-30T08:00:00+00:00"}, "active") for n in range(20)
    ]
    with LocalAPI(same) as api:
        assert ids(asked(api)) == ids(asked(api, order="asc")) == sorted(f"{n:02d}" for n in range(20))
    orders = []
    for _ in range(2):
        with LocalAPI(same, ties="random") as api:
            orders.append([ids(asked(api)) for _ in range(3)])
    assert orders[0] == orders[1]  # seeded
    assert len(set(map(tuple, orders[0]))) == 3
    assert all(sorted(order) == sorted(orders[0][0]) for order in orders[0])


def test_the_catalogue_may_change_between_requests():
    with LocalAPI(simulate_videos(10)) as api:
        first, second, *_ = ids(asked(api))
        api.catalogue.delete(first)
        api.catalogue.set_status(second, "failed")
        api.catalogue.insert({"video_id": "new", "created_at": "2026-01-01T00:00:00+00:00"}, "failed")
        api.catalogue.update("new", title="changed")
        page = asked(api)
        assert first not in ids(page)
        assert page["data"]["data"][0] == {
            "video_id": "new",
            "created_at": "2026-01-01T00:00:00+00:00",
            "title": "changed",
        }
        assert set(ids(asked(api, status="failed"))) >= {"new", second}


def test_a_hook_changes_the_catalogue_before_each_answer():
    numbers = []

    def hook(catalogue, number):
        numbers.append(number)
        if number == 1:
            catalogue.delete(next(iter(catalogue)).video_id)

    with LocalAPI(simulate_videos(10)) as api:
        api.before_request = hook
        totals = [asked(api)["data"]["pagination"]["total"] for _ in range(3)]
    assert (numbers, totals) == ([0, 1, 2], [10, 9, 9])


def test_hook_that_raises_answers_500_and_raises_again_at_stop():
    api = LocalAPI(simulate_videos(1)).start()
    api.before_request = lambda catalogue, _: catalogue["nobody"]
    assert asked(api)["code"] == "INTERNAL_ERROR"
    assert [request.outcome for request in api.requests] == ["500"]
    with pytest.raises(KeyError, match="nobody"):
        api.stop()


def test_each_request_sees_one_consistent_state():
    with LocalAPI(simulate_videos(40)) as api:
        names, done = [entry.video_id for entry in api.catalogue], threading.Event()

        def shuffle():
            for name in itertools.cycle(names):
                with api.catalogue.lock:  # out and in again, as one change
                    entry = api.catalogue[name]
                    api.catalogue.delete(name)
                    api.catalogue.insert(entry.answer(), entry.status)
                if done.wait(0.001):
                    return

        thread = threading.Thread(target=shuffle)
        thread.start()
        try:
            assert all(len(set(ids(asked(api)))) == 40 for _ in range(25))
        finally:
            done.set()
            thread.join()


def test_a_catalogue_can_be_given():
    catalogue = Catalogue(simulate_videos(4))
    with LocalAPI(catalogue) as api:
        assert api.catalogue is catalogue
