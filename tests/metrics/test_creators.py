"""Creators from a mapping, a frame or a file, found under every spelling of an id."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.errors import ConfigError, DataQualityWarning, FrameError, MissingColumnError
from influtics_lab.metrics import with_creator, with_published
from influtics_lab.platforms.instagram_ids import encode_shortcode

T, Y, I = "7489443966908189959", "dQw4w9WgXcQ", "CuZpLL9tyuW"  # noqa: E741  # the three platforms
NUMBER = "3141723303735405462"
SPELLINGS = [I, NUMBER, f"{NUMBER}_4711", f"{I}{'aB3_' * 7}"]
LINK = f"https://www.tiktok.com/@ann/video/{T}"


def videos(instagram: str | None = I) -> pl.DataFrame:
    rows = [("Instagram", instagram), ("TikTok", T), ("YouTube", Y), (None, None)]
    return pl.DataFrame(rows, schema={"platform": pl.String, "external_video_id": pl.String}, orient="row")


def names(frame: pl.DataFrame) -> list[str | None]:
    return frame["creator"].to_list()


@pytest.mark.parametrize("written", SPELLINGS)
@pytest.mark.parametrize("key", [*SPELLINGS, f"Instagram:{I}", f"instagram:{NUMBER}", f"instagram.com/ann/reel/{I}/"])
def test_every_spelling_of_an_instagram_id_finds_its_video(written: str, key: str) -> None:
    assert names(with_creator(videos(written), {key: "Ann"})) == ["Ann", None, None, None]


@examples()
@given(st.integers(64**9, 2**63 - 1), st.booleans(), st.booleans())
def test_number_and_shortcode_find_each_other(number: int, short: bool, short_key: bool) -> None:
    spell = {True: encode_shortcode, False: str}
    frame = videos(spell[short](number))
    assert names(with_creator(frame, {spell[short_key](number): "Ann"}))[0] == "Ann"


def test_ids_and_links_of_all_platforms_find_their_videos() -> None:
    given = {LINK: "Ann", Y: "Bo", f"instagram:{NUMBER}": "Cy"}
    assert names(with_creator(videos(), given)) == ["Cy", "Ann", "Bo", None]


def test_a_canonical_id_is_of_its_platform_only() -> None:
    with pytest.warns(DataQualityWarning, match="1 of 1 ids are of no video"):
        assert names(with_creator(videos(), {f"YouTube:{T}": "Ann"})) == [None] * 4


def test_an_id_of_another_platform_has_no_other_spelling() -> None:
    frame = pl.DataFrame({"platform": ["TikTok"], "external_video_id": [NUMBER]})
    with pytest.warns(DataQualityWarning, match="1 of 1 ids are of no video"):
        assert names(with_creator(frame, {I: "Ann"})) == [None]


def test_only_nulls_are_filled_unless_asked_otherwise() -> None:
    frame = videos().with_columns(creator=pl.Series(["Old", None, None, None]))
    given = {I: "Ann", T: "Bo"}
    assert names(with_creator(frame, given)) == ["Old", "Bo", None, None]
    assert names(with_creator(frame, given, overwrite=True)) == ["Ann", "Bo", None, None]


def test_null_and_empty_creators_are_skipped() -> None:
    assert names(with_creator(videos(), {I: None, T: "  ", Y: " Bo "})) == [None, None, "Bo", None]
    assert names(with_creator(videos(), {})) == [None] * 4


@pytest.mark.parametrize("key", ["canonical_id", "link", "external_video_id"])
def test_a_frame_is_a_mapping(key: str) -> None:
    values = {"canonical_id": f"TikTok:{T}", "link": LINK, "external_video_id": T}
    mapping = pl.DataFrame({key: [values[key], None], "creator": ["Ann", "Bo"]})
    for kind in (mapping, mapping.lazy(), mapping.to_pandas(use_pyarrow_extension_array=True)):
        assert names(with_creator(videos(), kind)) == [None, "Ann", None, None]


def test_a_file_of_links_is_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text(f"Creator;Link\nAnn;{LINK}\nBo;https://youtu.be/{Y} instagram.com/p/{I}\n", encoding="utf-8")
    for mapping in (path, str(path)):
        assert names(with_creator(videos(), mapping)) == ["Bo", "Ann", "Bo", None]


def test_what_a_file_holds_and_cannot_be_used_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    rows = [
        f"Ann,{LINK}",
        "Bo,https://vm.tiktok.com/ZM1/",
        f",https://youtu.be/{Y}",
        "Cy,",
        "Di,https://youtu.be/aaaaaaaaaaa",
    ]
    path.write_text("\n".join(["creator,link", *rows]), encoding="utf-8")
    with pytest.warns(DataQualityWarning) as caught:
        assert names(with_creator(videos(), path)) == [None, "Ann", None, None]
    text = str(caught[0].message)
    assert "1 of 2 ids are of no video in this frame, such as 'https://youtu.be/aaaaaaaaaaa'" in text
    assert "'https://vm.tiktok.com/ZM1/': This short link does not name the video" in text
    assert "Line 4 has no creator." in text
    assert "Line 5 has no link." in text


def test_a_file_without_creators_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text(f"who,link\nAnn,{LINK}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="has who, link; name the column of creators 'creator'"):
        with_creator(videos(), path)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({T: "Ann", LINK: "Bo"}, "has two creators"),
        ({I: "Ann", NUMBER: "Bo"}, "has two creators"),
        ({7: "Ann"}, "the id 7 is not a text"),
        ({T: 7}, "has the creator 7; give a text"),
        (5, "not a int"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(mapping: Any, message: str) -> None:
    with pytest.raises(FrameError, match=message):
        with_creator(videos(), mapping)


def test_a_frame_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(MissingColumnError, match="'external_video_id'"):
        with_creator(videos().drop("external_video_id"), {})
    with pytest.raises(FrameError, match="creator is Int64; it must be String"):
        with_creator(videos().with_columns(creator=pl.lit(7, dtype=pl.Int64)), {})
    with pytest.raises(MissingColumnError, match="the mapping needs 'creator'"):
        with_creator(videos(), pl.DataFrame({"external_video_id": [T]}))


def test_engines_agree() -> None:
    given = {LINK: "Ann", Y: "Bo", NUMBER: "Cy"}
    known = videos(f"{NUMBER}_4711")
    unknown = known.tail(1).with_columns(platform=pl.lit(None, pl.String), external_video_id=pl.lit("x"))
    frame = pl.concat([known, unknown])
    expected = sorted(with_creator(frame, given).rows(), key=str)
    assert sorted(with_creator(frame.lazy(), given).collect().rows(), key=str) == expected
    pandas = with_creator(frame.to_pandas(use_pyarrow_extension_array=True), given)
    assert sorted(pl.from_pandas(pandas).rows(), key=str) == expected
    relation = with_creator(duckdb.connect().from_arrow(frame.to_arrow()), given)
    assert sorted(pl.DataFrame(relation.to_arrow_table()).rows(), key=str) == expected


def test_publication_times_are_found_under_every_spelling_too() -> None:
    at = pl.Series([1_700_000_000_000_000], dtype=pl.Datetime("us", "UTC"))[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for key in (NUMBER, f"Instagram:{I}", f"https://www.instagram.com/p/{I}/"):
            found = with_published(videos(f"{NUMBER}_4711"), {key: at})
            assert found["published_at"].to_list() == [at, None, None, None]


def test_a_link_that_names_no_video_is_reported_not_dropped() -> None:
    with pytest.warns(DataQualityWarning, match="'https://vm.tiktok.com/ZM1/': This short link"):
        with_creator(videos().lazy(), {"https://vm.tiktok.com/ZM1/": "Ann"})


def test_one_external_id_on_two_platforms_has_the_creator_of_each() -> None:
    rows = pl.DataFrame({"platform": ["YouTube", "Instagram", None], "external_video_id": [Y] * 3})
    creators = {f"YouTube:{Y}": "Ann", f"Instagram:{Y}": "Bo"}
    assert names(rows.pipe(with_creator, creators)) == ["Ann", "Bo", None]
    assert names(rows.lazy().pipe(with_creator, creators).collect()) == ["Ann", "Bo", None]
