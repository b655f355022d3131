"""Parsing of JSON that other parsers drop silently: repeated keys, NaN, byte order marks, half characters."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import influtics_lab as lab
from influtics_lab.api.json_body import RepeatedKeys, parse_json
from influtics_lab.errors import PayloadError
from tests.answers import answer, video

pytestmark = pytest.mark.filterwarnings("ignore::influtics_lab.errors.DataQualityWarning")
AT, LATER = '"2025-06-30 08:00:00+00"', '"2025-07-01 08:00:00+00"'


def read(stats: str, fields: str = '"video_id": "a", ') -> lab.Snapshot:
    body = f'{{"data": [{{{fields}"stats": {stats}}}], "pagination": {{"total": 1}}}}'
    return lab.parse_pages([body.encode()])


def points(snapshot: lab.Snapshot) -> tuple[list[int], list[tuple[str, str]], dict[str, int]]:
    rejected = snapshot.rejected.select("raw_value", "reason").rows()
    return snapshot.stats["views"].drop_nulls().to_list(), rejected, snapshot.manifest["accounting"]


def account(received: int, kept: int, rejected: int, duplicates: int) -> dict[str, int]:
    return {"received": received, "kept": kept, "rejected": rejected, "duplicates": duplicates}


TWICE = {
    "instant, two values": (f'{{"views": {{{AT}: 5, {AT}: 7}}}}', [5], [("7", "conflict")], account(2, 1, 1, 0)),
    "instant, one value": (f'{{"views": {{{AT}: 5, {AT}: 5.0}}}}', [5], [], account(2, 1, 0, 1)),
    "instant, null first": (f'{{"views": {{{AT}: null, {AT}: 7}}}}', [7], [], account(1, 1, 0, 0)),
    "instant, null last": (f'{{"views": {{{AT}: 5, {AT}: null}}}}', [5], [], account(1, 1, 0, 0)),
    "instant, true": (f'{{"views": {{{AT}: 1, {AT}: true}}}}', [1], [("true", "conflict")], account(2, 1, 1, 0)),
    "instant thrice": (
        f'{{"views": {{{AT}: 5, {AT}: 7, {AT}: 5}}}}',
        [5],
        [("7", "conflict")],
        account(3, 1, 1, 1),
    ),
    "metric": (f'{{"views": {{{AT}: 5}}, "views": {{{LATER}: 7}}}}', [5, 7], [], account(2, 2, 0, 0)),
    "metric, same instant": (
        f'{{"views": {{{AT}: 5}}, "views": {{{AT}: 7}}}}',
        [5],
        [("7", "conflict")],
        account(2, 1, 1, 0),
    ),
    "metric, no map": (f'{{"views": {{{AT}: 5}}, "views": 7}}', [5], [("7", "not_a_map")], account(2, 1, 1, 0)),
    "metric, no map first": (f'{{"views": 7, "views": {{{AT}: 5}}}}', [5], [("7", "not_a_map")], account(2, 1, 1, 0)),
    "stats": (f'{{"views": {{{AT}: 5}}}}, "stats": {{"views": {{{LATER}: 7}}}}', [5, 7], [], account(2, 2, 0, 0)),
    "stats, null first": (f'null, "stats": {{"views": {{{AT}: 5}}}}', [5], [], account(1, 1, 0, 0)),
    "blanks before a colon": (f'{{"views": {{{AT} : 5, {AT}\t: 7}}}}', [5], [("7", "conflict")], account(2, 1, 1, 0)),
}


@pytest.mark.parametrize(("stats", "kept", "rejected", "counted"), TWICE.values(), ids=TWICE.keys())
def test_a_key_that_comes_twice_loses_no_value(
    stats: str, kept: list[int], rejected: list[tuple[str, str]], counted: dict[str, int]
) -> None:
    assert points(read(stats)) == (kept, rejected, counted)
    read(stats).verify()


def test_a_field_that_comes_twice_is_rejected_with_its_second_value() -> None:
    snapshot = read("{}", '"video_id": "a", "title": "one", "title": "two", "title": "one", "new": 1, "new": 2, ')
    assert snapshot.videos["title"].to_list() == ["one"]
    assert snapshot.rejected.select("field", "raw_value", "reason").rows() == [("title", '"two"', "conflict")]


def test_points_of_nobody_that_come_twice_are_counted() -> None:
    _, rejected, counted = points(read(f'{{"views": {{{AT}: 5, {AT}: 7, {AT}: 5}}}}', ""))
    assert sorted(rejected) == [("5", "no_video_id"), ("7", "conflict"), ("null", "no_video_id")]
    assert counted["received"] == counted["kept"] + counted["rejected"] + counted["duplicates"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": [], "data": [1], "pagination": {"total": 1}}',
        b'{"data": [], "pagination": {"total": 1, "total": 2}}',
        b'{"data": {"data": [], "data": [], "pagination": {"total": 0}}}',
        b'{"success": false, "success": true, "data": [], "pagination": {"total": 0}}',
    ],
)
def test_an_envelope_with_a_key_twice_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadError, match="twice"):
        lab.parse_pages([body])


MAPS = st.lists(st.tuples(st.sampled_from([AT, LATER, '"2025-06-30 10:00:00+02"']), st.integers(0, 3)), max_size=5)
METRICS = st.lists(st.tuples(st.sampled_from(["views", "likes"]), MAPS), max_size=4)


@pytest.mark.slow
@given(st.lists(METRICS, min_size=1, max_size=2), st.sampled_from(["", " ", "\n\t"]))
@examples(60)
def test_every_point_is_kept_rejected_or_a_duplicate_whatever_keys_repeat(
    values: list[list[tuple[str, list[tuple[str, int]]]]], blank: str
) -> None:
    def written(pairs: list[tuple[str, Any]]) -> str:
        return "{" + ", ".join(f"{name}{blank}: {value}" for name, value in pairs) + "}"

    stats = [written([(f'"{metric}"', written(pairs)) for metric, pairs in metrics]) for metrics in values]
    snapshot = read(', "stats": '.join(stats))
    came = [str(count) for metrics in values for _, pairs in metrics for _, count in pairs]
    counted = snapshot.manifest["accounting"]
    assert counted["received"] == len(came)
    assert counted["received"] == counted["kept"] + counted["rejected"] + counted["duplicates"]
    kept = {str(n) for name in ("views", "likes") for n in snapshot.stats[name].drop_nulls()}
    assert set(came) == kept | set(snapshot.rejected["raw_value"])
    snapshot.verify()


TREES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text('":\\ a\x7fé😀', max_size=4),
    lambda parts: st.lists(parts, max_size=3) | st.lists(st.tuples(st.text('":\\ab', max_size=2), parts), max_size=3),
    max_leaves=12,
)


@given(TREES, st.booleans(), st.sampled_from(["", " "]))
@examples(200)
def test_objects_are_those_of_a_parser_that_keeps_all_pairs(tree: Any, ascii_only: bool, blank: str) -> None:
    def written(value: Any) -> str:
        if isinstance(value, list) and value and all(isinstance(part, tuple) for part in value):
            pairs = (f"{json.dumps(name, ensure_ascii=ascii_only)}{blank}:{written(part)}" for name, part in value)
            return "{" + ",".join(pairs) + "}"
        if isinstance(value, list):
            return "[" + ",".join(map(written, value)) + "]"
        return json.dumps(value, ensure_ascii=ascii_only)

    def pairs(value: Any) -> Any:
        if isinstance(value, dict):
            others = value.others if isinstance(value, RepeatedKeys) else []
            return sorted(([name, pairs(part)] for name, part in [*value.items(), *others]), key=repr)
        return [pairs(part) for part in value] if isinstance(value, list) else value

    def all_pairs(found: list[tuple[str, Any]]) -> Any:
        return sorted(([name, part] for name, part in found), key=repr)

    text = written(tree)
    assert pairs(parse_json(text.encode())) == json.loads(text, object_pairs_hook=all_pairs)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-8"])
def test_a_page_is_read_with_a_byte_order_mark_or_as_utf_16(encoding: str) -> None:
    body = json.dumps(answer(video("a", title="Süß 🎧")), ensure_ascii=False).encode(encoding)
    assert lab.parse_pages([body]).videos["title"].to_list() == ["Süß 🎧"]


@pytest.mark.parametrize("number", ["1e400", "1E+999999999", "9" * 400, "9" * 5000, f"{'9' * 400}.5"])
@pytest.mark.parametrize("title", ["plain", "cut \\ud83d"])
def test_a_number_beyond_every_float_rejects_that_value_alone(number: str, title: str) -> None:
    snapshot = read(f'{{"views": {{{AT}: {number}, {LATER}: 7}}}}', f'"video_id": "a", "title": "{title}", ')
    assert snapshot.stats["views"].to_list() == [7]
    assert snapshot.rejected["field"].to_list() == ["stats.views"]
    snapshot.verify()


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_nan_and_infinity_reject_that_value_alone(word: str) -> None:
    snapshot = read(f'{{"views": {{{AT}: {word}, {LATER}: 7}}}}', f'"video_id": "a", "er": {word}, "likes": {word}, ')
    assert snapshot.stats["views"].to_list() == [7]
    assert sorted(snapshot.rejected.select("field", "raw_value", "reason").rows()) == [
        ("er", word, "not_a_number"),
        ("likes", word, "not_a_count"),
        ("stats.views", word, "not_a_count"),
    ]
    snapshot.verify()


@pytest.mark.parametrize("body", [b"", b"\xef\xbb\xbf", b"nan", b"[1, NaN", b"[" * 200_000, b'{"a": ' * 5000 + b"NaN"])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadError):
        parse_json(body)


def test_numbers_of_any_length_are_read() -> None:
    digits = "9" * 5000
    assert math.isinf(parse_json(f'{{"a": {digits}, "a": 1, "b": NaN}}'.encode())["a"])
