"""Values for videos from the user, by ids of any spelling or links, found for the rows of a frame."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any, Final

import narwhals.stable.v2 as nw

from influtics_lab.errors import DataQualityWarning, FrameError, MissingColumnError
from influtics_lab.metrics._frame_checks import check_texts
from influtics_lab.platforms import PLATFORMS, canonical_id, find_links
from influtics_lab.platforms.instagram_ids import media_number
from influtics_lab.text_format import limit_list
from influtics_lab.visible_counts import Frame, find_free_prefix

EXTERNAL: Final = "external_video_id"
_PLATFORM: Final = "platform"
_MOST_SHOWN: Final = 5


class IdLookup:
    """Values by video, for one frame: each id under every spelling that rows may have.

    Parameters
    ----------
    function, noun : str
        Whose they are, and what the values are called, for messages.
    """

    def __init__(self, function: str, noun: str) -> None:
        self.function, self.noun = function, noun
        self._exact: dict[str, Any] = {}
        self._canonical: dict[str, Any] = {}
        self._spellings: dict[str, set[str]] = {}
        self._problems: list[str] = []
        self._of_rows: list[tuple[str, str | None]] | None = None

    def add(self, key: str, value: Any) -> None:
        """Add a value under an external id, a canonical id or a link.

        Raises
        ------
        FrameError
            If the same video has another value.
        """
        if "/" in key:
            self._add_links(key, value)
            return
        ids = (canonical_id(platform, key) for platform in PLATFORMS)
        names = {name for name in ids if name is not None} | set(_instagram_spellings(key))
        platform, colon, text = key.partition(":")
        if colon and (canonical := canonical_id(platform, text)) is not None:
            names |= {canonical, *_instagram_spellings(text, canonical)}
        self._put_value(self._exact, key, value, key)
        self._put_canonical(names, value, key)

    def add_problem(self, text: str) -> None:
        """Note what is to be reported and has no value."""
        self._problems.append(text)

    def _add_links(self, key: str, value: Any) -> None:
        for link in find_links(key):
            canonical = link.canonical_id
            if canonical is None or link.external_id is None:
                self.add_problem(f"{link.text!r}: {link.reason}")
            else:
                self._put_canonical({canonical, *_instagram_spellings(link.external_id, canonical)}, value, link.text)

    def _put_canonical(self, names: set[str], value: Any, key: str) -> None:
        for name in names:
            self._put_value(self._canonical, name, value, key)

    def _put_value(self, values: dict[str, Any], name: str, value: Any, key: str) -> None:
        if values.setdefault(name, value) != value:
            raise FrameError(f"{self.function}: {key!r} has two {self.noun}, {values[name]} and {value}; keep one.")
        self._spellings.setdefault(key, set()).add(name)

    def fill(self, frame: Frame, column: str, dtype: nw.dtypes.DType, *, overwrite: bool) -> Frame:
        """Fill a column with the values, made where it is not there: only its nulls, or all with `overwrite`."""
        known = nw.col(column) if column in frame.collect_schema() else nw.lit(None, dtype=dtype)
        given = f"{find_free_prefix(frame)}given"
        matched = frame.with_columns(self._find(frame, dtype).alias(given))
        first, second = (nw.col(given), known) if overwrite else (known, nw.col(given))
        filled = nw.when(~first.is_null()).then(first).otherwise(second)
        return matched.with_columns(filled.alias(column)).drop(given)

    def _find(self, frame: Frame, dtype: nw.dtypes.DType) -> nw.Expr:
        """Return the value for each row; null where there is none."""
        nothing = nw.lit(None, dtype=dtype)
        sources = [(self._exact, nw.col(EXTERNAL))]
        if (known := self._by_row(frame)) is not None:
            sources = [(known, nw.col(EXTERNAL))]
        elif _PLATFORM in frame.collect_schema().names():
            sources.append((self._canonical, _row_key()))
        matches = [
            key.replace_strict(list(values), list(values.values()), default=nothing, return_dtype=dtype)
            for values, key in sources
            if values
        ]
        return nw.coalesce(*matches) if matches else nothing

    def _by_row(self, frame: Frame) -> dict[str, Any] | None:
        """Return the value for each external id of a frame that is computed: one id is matched once, not in each row.

        None where the frame is not computed, has no platforms, or has an id on two platforms with different values.
        """
        if not (isinstance(frame, nw.DataFrame) and _PLATFORM in frame.columns):
            return None
        by_video: dict[str, Any] = {}
        for video, canonical in self._find_ids(frame):
            value = self._exact.get(video)
            if value is None and canonical is not None:
                value = self._canonical.get(canonical)
            if by_video.setdefault(video, value) != value:
                return None
        return {video: value for video, value in by_video.items() if value is not None}

    def warn(self, frame: Frame, stacklevel: int) -> None:
        """Warn of keys that match no row (not of a lazy frame), and of what could not be used at all."""
        texts = limit_list(self._problems, _MOST_SHOWN, "and {} more such problems.")
        unmatched = list(self._find_unmatched(frame)) if isinstance(frame, nw.DataFrame) else []
        if unmatched:
            several = f"{len(unmatched)} of {len(self._spellings)} ids are of no video in this frame"
            texts.insert(0, f"{several}, such as {unmatched[0]!r}.")
        if texts:
            warnings.warn(f"{self.function}: {' '.join(texts)}", DataQualityWarning, stacklevel=stacklevel + 1)

    def _find_unmatched(self, frame: nw.DataFrame[Any]) -> Iterator[str]:
        known: set[str] = set(frame[EXTERNAL].drop_nulls().unique().to_list())
        if _PLATFORM in frame.columns:
            known |= {name for _, name in self._find_ids(frame) if name is not None}
        return (key for key, names in self._spellings.items() if not names & known)

    def _find_ids(self, frame: nw.DataFrame[Any]) -> list[tuple[str, str | None]]:
        """Return each id of the frame, once for each platform, and its canonical id: one lookup serves one frame."""
        if self._of_rows is None:
            named = nw.col(_PLATFORM).cast(nw.String()).fill_null("")  # pandas' own null is neither true nor false
            pairs = frame.select(named, EXTERNAL).unique().drop_nulls(EXTERNAL).rows()
            self._of_rows = [(video, canonical_id(platform, video) if platform else None) for platform, video in pairs]
        return self._of_rows


def _instagram_spellings(text: str, canonical: str | None = None) -> Iterable[str]:
    """Return what rows of Instagram may have for an id, as `_row_key` writes it: the shortcode and the media id."""
    name = canonical or canonical_id("Instagram", text)
    if name is None or not name.startswith("Instagram:"):
        return ()
    number = media_number(text)
    return (name,) if number is None else (name, f"Instagram:{number}")


def _row_key() -> nw.Expr:
    """Return platform and id, without the owner behind a media id of Instagram and the rest of a private shortcode."""
    text = nw.col(EXTERNAL)
    owned = text.str.contains(r"^[0-9]{1,20}_[0-9]+$")
    private = text.str.contains(r"^[A-Za-z0-9_-]{39}$")
    public = nw.when(private).then(text.str.slice(0, 11)).otherwise(text)
    plain = nw.when(owned).then(text.str.replace_all(r"_[0-9]+$", "")).otherwise(public)
    short = nw.when(nw.col(_PLATFORM) == "Instagram").then(plain).otherwise(text)
    return nw.concat_str(nw.col(_PLATFORM), nw.lit(":"), short)


def check_text_columns(frame: Frame, function: str, *optional: str) -> None:
    """Raise where the column of external ids is missing, or one of these columns or of platforms is no text."""
    schema = frame.collect_schema()
    if EXTERNAL not in schema:
        raise MissingColumnError(
            f"{function} needs the column {EXTERNAL!r}. "
            f"lab.load_stats() and Snapshot.frame() give frames that have it.",
            missing=[EXTERNAL],
        )
    for name in (EXTERNAL, *optional):
        if name in schema and not isinstance(schema[name], nw.String):
            raise FrameError(f"{function}: {name} is {schema[name]}; it must be String. Cast it.")
    check_texts(frame, function, _PLATFORM)


def collect_pairs(frame: Frame, key: str, value: str) -> Iterator[tuple[Any, Any]]:
    """Return two columns of a frame row by row, without the rows in which one of them is null."""
    table = frame.select(key, value).drop_nulls()
    rows = table.collect() if isinstance(table, nw.LazyFrame) else table
    return zip(rows[key].to_list(), rows[value].to_list(), strict=True)


def text_keys(pairs: Iterable[tuple[Any, Any]], function: str) -> Iterator[tuple[str, Any]]:
    """Return the pairs in which neither key nor value is null, if the keys are texts."""
    for key, value in pairs:
        if key is None or value is None:
            continue
        if not isinstance(key, str):
            raise FrameError(f"{function}: the id {key!r} is not a text; give platforms' ids as text.")
        yield key, value
