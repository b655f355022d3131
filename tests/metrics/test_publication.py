from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import polars as pl
import pytest

from influtics_lab.errors import DataQualityWarning, FrameError, MissingColumnError
from influtics_lab.metrics.publication import with_published
from influtics_lab.schema import Instant

FIRST, SECOND, THIRD = (datetime(2025, 6, day, 12, tzinfo=UTC) for day in (1, 2, 3))


def videos(*published: datetime | None) -> pl.DataFrame:
    ids = ["a", "b", "c", None][: len(published)]
    return pl.DataFrame(
        {"external_video_id": ids, "published_at": published},
        schema={"external_video_id": pl.String, "published_at": Instant},
    )


def times(frame: pl.DataFrame) -> list[datetime | None]:
    return frame["published_at"].to_list()


def test_only_nulls_are_filled_unless_asked_otherwise() -> None:
    frame, given = videos(FIRST, None, None, None), {"a": SECOND, "b": SECOND}
    assert times(with_published(frame, given)) == [FIRST, SECOND, None, None]
    assert times(with_published(frame, given, overwrite=True)) == [SECOND, SECOND, None, None]
    assert times(frame) == [FIRST, None, None, None]


def test_a_frame_is_a_mapping_too_lazy_or_not() -> None:
    given = videos(None, SECOND, THIRD)
    for mapping in (given, given.lazy(), given.to_pandas(use_pyarrow_extension_array=True)):
        assert times(with_published(videos(FIRST, None, None), mapping)) == [FIRST, SECOND, THIRD]


def test_instants_of_other_zones_are_converted() -> None:
    seoul = SECOND.astimezone(timezone(timedelta(hours=9)))
    assert times(with_published(videos(None), {"a": seoul})) == [SECOND]


def test_the_column_is_made_where_it_is_not_there_and_nothing_is_filled_from_nothing() -> None:
    bare = videos(None).drop("published_at")
    assert with_published(bare, {"a": FIRST}).equals(videos(FIRST))
    assert with_published(bare, {}).equals(videos(None))
    assert with_published(bare, {"a": None}).equals(videos(None))


def test_all_readings_of_a_video_get_it_in_the_order_they_came() -> None:
    frame = pl.concat([videos(None, None), videos(None)])
    assert times(with_published(frame, {"a": FIRST})) == [FIRST, None, FIRST]


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({"a": datetime(2025, 6, 1)}, "give a datetime with a time zone"),
        ({"a": "2025-06-01"}, "give a datetime with a time zone"),
        ({7: FIRST}, "the id 7 is not a text"),
        (pl.concat([videos(FIRST), videos(SECOND)]), "'a' has two instants"),
        (videos(FIRST).with_columns(pl.col("published_at").dt.replace_time_zone(None)), "must be Datetime"),
        (5, "not a int"),
    ],
    ids=["naive", "text", "number", "two instants", "naive frame", "no mapping"],
)
def test_a_mapping_that_cannot_be_used_is_refused(mapping: Any, says: str) -> None:
    with pytest.raises(FrameError, match=says):
        with_published(videos(None), mapping)


def test_the_same_instant_twice_is_reported_once() -> None:
    assert times(with_published(videos(None), pl.concat([videos(FIRST), videos(FIRST)]))) == [FIRST]


def test_a_frame_without_ids_or_with_naive_times_is_refused() -> None:
    with pytest.raises(MissingColumnError, match="'external_video_id'"):
        with_published(videos(None).drop("external_video_id"), {})
    with pytest.raises(MissingColumnError, match="the mapping lacks 'published_at'"):
        with_published(videos(None), videos(None).drop("published_at"))
    with pytest.raises(FrameError, match="the frame's published_at is Datetime"):
        with_published(videos(None).with_columns(pl.col("published_at").dt.replace_time_zone(None)), {})
    with pytest.raises(FrameError, match="external_video_id is Int64; it must be String"):
        with_published(pl.DataFrame({"external_video_id": [7]}), {})


def test_ids_that_match_nothing_are_reported_where_the_frame_is_eager() -> None:
    with pytest.warns(DataQualityWarning, match="2 of 3 ids are of no video in this frame, such as 'x'"):
        with_published(videos(None), {"a": FIRST, "x": FIRST, "y": FIRST})
    lazy = with_published(videos(None).lazy(), {"a": FIRST, "x": FIRST})
    assert times(lazy.collect()) == [FIRST]


def test_duckdb_and_pandas_give_the_same() -> None:
    frame, given = videos(FIRST, None, None), {"a": SECOND, "b": SECOND}
    frame = frame.with_columns(platform=pl.Series(["TikTok", None, None], dtype=pl.String))
    expected = times(with_published(frame, given))
    pandas = with_published(frame.to_pandas(use_pyarrow_extension_array=True), given)
    assert times(pl.from_pandas(pandas).cast(frame.schema)) == expected
    duckdb = pytest.importorskip("duckdb")
    relation = with_published(duckdb.connect().from_arrow(frame.to_arrow()), given)
    found = pl.DataFrame(relation.to_arrow_table()).cast(frame.schema).sort("external_video_id")
    assert times(found) == expected
