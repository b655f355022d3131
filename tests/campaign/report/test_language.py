"""The client edition in German: nothing is left in English, and every number is that of the English edition."""

from __future__ import annotations

import html
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from campaign.cases import HEAD, snapshot, tiktok, video
from campaign.report.messages import Message, list_messages
from matplotlib.axes import Axes
from matplotlib.text import Text

import influtics_lab.language as language_module
from influtics_lab.campaign.figures.formatting import (
    NBSP,
    format_count,
    format_day,
    format_hours,
    format_money,
    format_n_of,
    format_percent,
)
from influtics_lab.campaign.file.parser import parse_campaign, read_campaign
from influtics_lab.campaign.report.campaign_report import Report, compute_report
from influtics_lab.campaign.report.report_check import check_report
from influtics_lab.campaign.report.report_folder import build_report
from influtics_lab.errors import ConfigError
from influtics_lab.language import LANGUAGES, NUMBER_FORMATS, read_catalogue, translate, translate_plural, use_language
from influtics_lab.plots.ticks import format_short

builds_reports = pytest.mark.kernel

PLACES = re.compile(r"%\(\w+\)s|%%")
WORD = re.compile(r"[^\W\d_]+")
DATA = {  # words of the campaigns below, units and abbreviations
    "CPM", "CPE", "CPA", "ROAS", "EMV", "EUR", "USD", "UTC", "Europe", "Berlin", "YouTube", "TikTok",
    "KRAKE", "ZOO", "ZIEGE", "ZEBRA", "ZAUN", "DORSCH", "QUALLE",
}  # fmt: skip

SHEET = (
    "link,creator,fee,currency,due date,deliverable\n"
    "https://www.youtube.com/watch?v=AAAAAAAAAAA,ZEBRA,1234.50,EUR,2025-06-03,DORSCH\n"
    "https://www.youtube.com/watch?v=BBBBBBBBBBB,ZEBRA,300,EUR,2025-06-09,DORSCH\n"
    "https://www.youtube.com/watch?v=CCCCCCCCCCC,ZIEGE,200,EUR,2025-06-02,DORSCH\n"
    ",ZIEGE,100,EUR,2025-06-04,DORSCH\n"
    ",ZAUN,100,EUR,,\n"
)
OUTCOMES = "link,clicks,orders,revenue,currency\nhttps://www.youtube.com/watch?v=AAAAAAAAAAA,1500,12,99.5,EUR\nnothing,1,1,1,EUR\n"
PERIOD = HEAD.partition("\n")[2]
FULL = (
    'objectives = ["ZOO"]\nsummary = "**ZOO**"\nlearnings = "- ZOO"\nnext_steps = "1. ZOO"\n'
    f'{PERIOD}time_zone = "Europe/Berlin"\n'
    '[sheet]\npath = "sheet.csv"\n[outcomes]\npath = "outcomes.csv"\n'
    '[budget]\namount = 5000\ncurrency = "EUR"\n[emv]\ncurrency = "EUR"\nviews = 0.01\n'
    '[[spend]]\namount = 70\ncurrency = "EUR"\ndate = 2025-06-03\n'
    '[[spend]]\namount = 80\ncurrency = "EUR"\ndate = 2025-07-03\n'
    '[[targets]]\nmeasure = "views"\nvalue = 1234567\ndate = 2025-06-30\n'
    '[[targets]]\nmeasure = "cpm"\nvalue = 20\ndate = 2025-06-04\n[compare]\nat_age = "24h"\nage = "tracked"\n'
    '[estimators]\nengagement_rate = ["median"]\n'
)
FEW = (
    f"{PERIOD}[videos]\n"
    'ids = ["t", "u", "ghost"]\n[[creators]]\nname = "ZIEGE"\nvideos = ["t"]\n'
    '[[creators]]\nname = "ZAUN"\n[[spend]]\namount = 5\ndate = 2025-06-02\n'
    '[[targets]]\nmeasure = "engagement_rate"\nvalue = 3\ndate = 2025-06-04\n'
)
GAINED = f'{PERIOD.replace("06-05", "06-20")}[videos]\nplatform = "YouTube"\n[estimators]\ncounted = "gained"\n'
CAMPAIGNS = {"full": FULL, "few": FEW, "gained": GAINED}


def _youtube(name: str, letter: str, scale: int) -> dict[str, Any]:
    readings = {0.5 + day: [scale * (day + 1) * 1000, scale * (day + 1) * 50, scale * day] for day in range(5)}
    return video(name, readings, title="KRAKE", external_video_id=letter * 11)


VIDEOS = (
    *(_youtube(letter.lower(), letter, scale) for scale, letter in enumerate("ABCDEFGHI", start=1)),
    video("t", {1.5: [400, 10, 1], 2.4: [600, 0, 2], 4: [500, 0, 2]}, platform="TikTok", title="QUALLE",
          external_video_id=tiktok(1.2)),
    video("u", {6: [70, 7, 7]}, platform=None, title=""),
)  # fmt: skip


def make_report(folder: Path, name: str, code: str) -> Report:
    (folder / "sheet.csv").write_text(SHEET, encoding="utf-8")
    (folder / "outcomes.csv").write_text(OUTCOMES, encoding="utf-8")
    file = folder / f"{name}.toml"
    file.write_text(f'name = "ZOO"\nlanguage = "{code}"\n{CAMPAIGNS[name]}', encoding="utf-8")
    since = snapshot(*VIDEOS[:5]) if name == "full" else None
    other = parse_campaign(f'{HEAD}[videos]\nids = ["e", "f", "g", "h"]\n') if name != "few" else None
    other = None if other is None else replace(other, name="ZAUN")
    return compute_report(read_campaign(file), snapshot(*VIDEOS), since, file, other)


def read_texts(report: Report) -> str:
    """Return what the client edition shows, to eyes and to those who cannot see, and the texts of its pictures."""
    page = re.sub(r"(?s)<style>.*?</style>", "", report.page().decode())
    unseen = re.findall(r'(?:alt|title|aria-label)="([^"]*)"', page)
    bare = re.sub(r"<[^>]+>", " | ", page)
    drawn = []
    with use_language(report.campaign.language):
        for axes in report.pictures().values():
            axes.figure.canvas.draw()
            drawn += [text.get_text() for text in axes.figure.findobj(Text) if text.get_visible()]
    return html.unescape(" | ".join([bare, *unseen, *drawn])).replace(NBSP, " ")


class BlankCatalogue(dict[str, Any]):
    """A language without letters: each message keeps its places and marks only."""

    def get(self, _: str, default: Any = None) -> Any:
        return self._blank(default) if isinstance(default, str) else [self._blank(form) for form in default]

    @staticmethod
    def _blank(message: str) -> str:
        return re.sub(r"%\(\w+\)s|%%|%[a-z]|</?b>|[^\W\d_]", lambda part: part[0] if len(part[0]) > 1 else "", message)


@builds_reports
@pytest.mark.parametrize("name", CAMPAIGNS)
def test_no_text_of_the_client_edition_bypasses_the_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(language_module, "read_catalogue", BlankCatalogue)
    report = make_report(tmp_path, name, "de")
    text = read_texts(report).replace(report.key_figures.snapshot.content_digest[:12], "")
    assert {word for word in WORD.findall(text) if word not in DATA} == set()
    assert {"ZOO", "YouTube" if name != "few" else "TikTok"} <= set(WORD.findall(text))


@pytest.mark.slow
def test_the_catalogue_has_the_messages_in_use_and_no_others() -> None:
    assert set(read_catalogue()) == {_name_of(message) for message in list_messages()}


@pytest.mark.slow
def test_each_translation_has_the_places_of_its_message() -> None:
    catalogue = read_catalogue()
    for message in list_messages():
        forms = catalogue[_name_of(message)]
        english = [message] if isinstance(message, str) else list(message)
        german = [forms] if isinstance(forms, str) else forms
        assert isinstance(message, str) or len(german) == 2, message
        for one, other in zip(english, german, strict=False):
            assert Counter(PLACES.findall(one)) == Counter(PLACES.findall(other)), one


def test_no_sentence_is_its_own_translation() -> None:
    same = {name for name, german in read_catalogue().items() if german == name and len(WORD.findall(name)) > 2}
    assert same <= {"%(n)s views", "in %(currency)s"}


def _name_of(message: Message) -> str:
    return message if isinstance(message, str) else message[0]


@builds_reports
@pytest.mark.parametrize("name", CAMPAIGNS)
def test_every_number_is_the_same_in_both_languages(tmp_path: Path, name: str) -> None:
    english, german = (make_report(tmp_path, name, code) for code in ("en", "de"))
    first = Counter(_read_numbers(read_texts(english), ",", "."))
    second = Counter(_read_numbers(read_texts(german), ".", ","))
    assert first == second
    assert sum(first.values()) > 60
    assert english.figures == german.figures
    assert english.appendix() == german.appendix()


def _read_numbers(text: str, thousands: str, decimal: str) -> Iterator[float]:
    before, behind = re.escape(thousands), re.escape(decimal)
    pattern = rf"\d{{1,3}}(?:{before}\d{{3}})+(?!\d)(?:{behind}\d+)?|\d+(?:{behind}\d+)?"
    for number in re.findall(pattern, text):
        yield float(number.replace(thousands, "").replace(decimal, "."))


@builds_reports
def test_the_client_edition_is_german_and_the_appendix_says_nothing_of_it(tmp_path: Path) -> None:
    report = make_report(tmp_path, "full", "de")
    page, appendix = report.page().decode(), report.appendix().decode()
    assert '<html lang="de">' in page
    assert '<html lang="en">' in appendix
    for text in ("Wieder buchen", "Nächste Schritte", "Zugesagt und gepostet", "im Anhang, auf Englisch", "1.500"):
        assert text in page, text
    assert "Data quality" in appendix
    assert f"2.{NBSP}Juni{NBSP}2025" in page


@builds_reports
@pytest.mark.parametrize(
    ("number_format", "text"), [("1,234.5", "1,500"), ("1.234,5", "1.500"), ("1 234,5", "1\u202f500"), (None, "1,500")]
)
def test_number_format_sets_the_marks_of_the_client_edition_alone(
    tmp_path: Path, number_format: str | None, text: str
) -> None:
    plain = make_report(tmp_path, "full", "en")
    report = replace(plain, campaign=replace(plain.campaign, number_format=number_format))
    assert f">{text}<" in report.budget_and_cost()
    assert report.appendix() == plain.appendix()
    assert (report.page() == plain.page()) == (number_format in {None, "1,234.5"})


def test_an_unknown_number_format_is_refused_with_those_allowed() -> None:
    with pytest.raises(ConfigError, match=r"allowed is one of 1,234\.5, 1\.234,5, 1 234,5"):
        parse_campaign(f'number_format = "1234"\n{HEAD}')


@pytest.fixture(scope="module")
def german_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a German report, built where English is in use."""
    place = tmp_path_factory.mktemp("german")
    make_report(place, "gained", "de")
    taken = snapshot(*VIDEOS).write(place / "snapshots")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHROMIUM", "none")
        return build_report(place / "gained.toml", taken, place / "report").folder


@builds_reports
@pytest.mark.parametrize("code", LANGUAGES)
def test_a_german_report_comes_out_the_same_again_whatever_language_is_in_use(german_folder: Path, code: str) -> None:
    with use_language(code):
        assert check_report(german_folder).is_same
    assert "Methode" in (german_folder / "report.html").read_text(encoding="utf-8")


@builds_reports
def test_a_check_names_the_files_that_another_language_changes(german_folder: Path, tmp_path: Path) -> None:
    here = shutil.copytree(german_folder, tmp_path / "report")
    file = here / "inputs" / "gained.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('language = "de"', 'language = "en"'), encoding="utf-8")
    result = check_report(here, next((german_folder.parent / "snapshots").iterdir()))
    assert result.inputs["inputs/gained.toml"] == "differs: it was changed"
    changed = {name for name, state in result.outputs.items() if state != "same"}
    assert {"report.html", "figures/progress.svg"} <= changed
    assert not changed & {"appendix.html", "report.json", "report.xlsx"}
    assert result.numbers == ()


@builds_reports
def test_a_report_against_one_of_another_language_is_in_its_own(tmp_path: Path) -> None:
    report = make_report(tmp_path, "gained", "de")
    other = parse_campaign(f'language = "en"\n{HEAD}[videos]\nids = ["e", "f"]\n')
    pages = [
        compute_report(report.campaign, report.snapshot, None, Path("a.toml"), replace(other, language=code)).page()
        for code in LANGUAGES
    ]
    assert pages[0] == pages[1]
    assert "Gegenüber einer anderen Kampagne" in pages[0].decode()


@builds_reports
def test_changes_since_a_report_of_another_language_are_in_that_of_the_new_one(tmp_path: Path) -> None:
    summaries = {}
    for code in LANGUAGES:
        report = make_report(tmp_path, "gained", code)
        with use_language("de" if code == "en" else "en"):
            since = compute_report(report.campaign, report.snapshot, report.snapshot, Path("a.toml"))
            summaries[code] = since.summary()
            assert "Both snapshots have the same content" in since.appendix().decode()
    assert "Both reports are of the same data." in summaries["en"]
    assert "Beide Berichte beruhen auf denselben Daten." in summaries["de"]


@builds_reports
def test_a_picture_that_is_saved_later_keeps_its_language(tmp_path: Path) -> None:
    report = make_report(tmp_path, "full", "de")
    for name, axes in report.pictures().items():
        with use_language("de"):
            expected = _read_ticks(axes)
        assert _read_ticks(axes) == expected, name
    assert "30. Juni" in _read_ticks(report.pictures()["progress"])


def _read_ticks(axes: Axes) -> list[str]:
    axes.figure.canvas.draw()
    labels = [*axes.get_xticklabels(), *axes.get_yticklabels()]
    return [label.get_text().replace(NBSP, " ") for label in labels]


@builds_reports
def test_the_texts_of_the_progress_chart_are_within_it_in_german(tmp_path: Path) -> None:
    report = make_report(tmp_path, "full", "de")
    with use_language("de"):
        for axes in (report.pictures()[name] for name in ("progress", "costs")):
            figure = axes.figure
            figure.canvas.draw()
            width = figure.bbox.width
            for text in (text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()):
                box = text.get_window_extent()
                assert box.x0 >= 0, text.get_text()
                assert box.x1 <= width, text.get_text()


def test_words_and_numbers_in_german() -> None:
    amounts = (1234567.0, 1999.9)
    with use_language("de"):
        texts = [
            format_count(amounts[0]), format_count(amounts[1], "at least"), format_money(1234.5, "EUR"),
            format_percent(3.4019), format_n_of(3, 4), format_n_of(4, 4), format_n_of(1, 1), format_hours(168),
            format_hours(1), format_short(1_500), format_short(2.5e6), format_day(date(2026, 11, 15)),
            format_day(date(2026, 5, 1)), translate_plural("post", "posts", 1), translate("video"),
        ]  # fmt: skip
    assert [text.replace(NBSP, " ") for text in texts] == [
        "1.234.567", "mindestens 1.999", "1.234,50 EUR", "3,40 %", "3 von 4 Videos", "alle 4 Videos", "1 Video",
        "7 Tage", "1 Stunde", "1,5 Tsd.", "2,5 Mio.", "15. Nov. 2026", "1. Mai 2026", "Post", "Video",
    ]  # fmt: skip
    assert format_count(amounts[0]) == "1,234,567"


def test_a_number_has_the_same_digits_in_every_format() -> None:
    for name, marks in NUMBER_FORMATS.items():
        with use_language("en", name):
            assert format_money(1234567.891, None) == f"1{marks[0]}234{marks[0]}567{marks[1]}89"
