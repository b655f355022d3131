"""Drawn sheets of links as clients send them: read completely, or reported completely.

The default is a few dozen sheets; ``INFLUTICS_LAB_SHEETS=2000`` draws more.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from campaign.cases import HEAD, snapshot, video
from draws import count_draws

from influtics_lab.campaign import check_campaign, parse_campaign
from influtics_lab.campaign.figures.matching import choose_videos
from influtics_lab.errors import ConfigError

SHEETS = count_draws(60, "INFLUTICS_LAB_SHEETS")
IDS = {"TikTok": "74894439669081899{n:02}", "YouTube": "dQw4w9WgX{n:02}", "Instagram": "CuZpLL9ty{n:02}"}
VIDEOS = [(platform, form.format(n=n)) for platform, form in IDS.items() for n in range(12)]
SNAPSHOT = snapshot(
    *(video(external, {1: [5]}, platform=platform, external_video_id=external) for platform, external in VIDEOS)
)
CAPTIONS = [
    "",
    "plain",
    "5,00 €",
    'the "best" day',
    "a;b\tc",
    "two\nlines",
    "Größe",
    "see https://shop.example/x",
    "1/2",
]
UNKNOWN = [
    "https://vm.tiktok.com/ZMabc/",
    "https://www.tiktok.com/t/ZMabc/",
    "https://www.instagram.com/share/reel/BAabc12345",
    "https://www.instagram.com/somebody/",
    "https://notyoutube.com/watch?v=dQw4w9WgXcQ",
]
WORDS = ["to follow", "#REF!", "-"]


def address(draw: random.Random, platform: str, external: str) -> str:
    """Return one of the spellings of the address of a video."""
    form = draw.choice(
        {
            "TikTok": [
                "https://www.tiktok.com/@x/video/{}",
                "http://m.tiktok.com/v/{}.html",
                "tiktok.com/@x/photo/{}?l=de",
            ],
            "YouTube": [
                "https://youtu.be/{}?si=a",
                "HTTPS://WWW.YouTube.com/watch?v={}&amp;t=1",
                "youtube.com/shorts/{}",
            ],
            "Instagram": [
                "https://www.instagram.com/reel/{}/",
                "instagram.com/p/{}/?igsh=a==",
                "https://instagram.com/x/tv/{}",
            ],
        }[platform]
    ).format(external)
    wrapped = f"https://l.instagram.com/?u={quote(form, safe='')}&e=1"
    return draw.choice([form] * 6 + [wrapped, f"{form}.", f" {form} ", f"{form}#from=tiktok.com/@y/video/1"])


@dataclass
class Drawn:
    """A sheet and its contents."""

    data: bytes
    encoding: str
    rows: list[list[str]]
    expected: dict[int, tuple[set[str], bool]] = field(default_factory=dict)
    """By line: the videos of the row, and whether a cell holds something that is not a link."""


def draw_sheet(draw: random.Random) -> Drawn:
    delimiter, end = draw.choice(",;\t"), draw.choice(["\n", "\r\n", "\r"])
    columns = draw.sample(["caption", "creator", "note"], draw.randint(0, 3))
    at = draw.randint(0, len(columns))
    header = [*columns[:at], draw.choice(["link", "Link ", "URL", "Video link"]), *columns[at:]]
    rows: list[list[str]] = [["June"] + [""] * len(columns)] * draw.choice([0, 0, 0, 1, 2])
    rows = [*rows, header] if columns or draw.random() < 0.8 else []
    drawn = Drawn(b"", draw.choice(["utf-8"] * 3 + ["utf-8-sig", "utf-16", "cp1252"]), rows)
    above = len(rows)
    meant = []
    for number in range(draw.randint(1, 30)):
        videos = draw.sample(VIDEOS, draw.choice([1, 1, 1, 1, 1, 1, 2, 0]) if number else 1)
        unknown = number > 1 and draw.random() < 0.1
        kinds = UNKNOWN if videos else UNKNOWN + WORDS  # words beside an address are passed over
        texts = [address(draw, *chosen) for chosen in videos] + [draw.choice(kinds)] * unknown
        texts += [draw.choice(WORDS)] * (number > 0 and bool(texts) and draw.random() < 0.05)
        cells = [draw.choice(CAPTIONS) for _ in columns]
        cells.insert(at, draw.choice([" ", "\n", " , "]).join(texts))
        is_blank = number > 0 and draw.random() < 0.05
        rows.append([""] * len(header) if is_blank else cells)
        meant.append(({external for _, external in videos}, unknown))
    text, line = "", 1
    for number, cells in enumerate(rows):
        if number >= above and any(cell.strip() for cell in cells):
            drawn.expected[line] = meant[number - above]
        written = delimiter.join(quoted(draw, cell, delimiter) for cell in cells) + end
        line += len(re.findall("\r\n|\r|\n", written))
        text += written
        while draw.random() < 0.1:
            text, line = text + draw.choice([end, delimiter * (len(header) - 1) + end]), line + 1
    drawn.data = text.encode(drawn.encoding)
    return drawn


def quoted(draw: random.Random, cell: str, delimiter: str) -> str:
    needed = any(mark in cell for mark in (delimiter, '"', "\n", ";", "\t")) or draw.random() < 0.2
    return '"' + cell.replace('"', '""') + '"' if needed else cell


def read(folder: Path, data: bytes) -> tuple[set[str], str]:
    """Return the chosen videos, and the finding about the sheet."""
    (folder / "links.csv").write_bytes(data)
    campaign = parse_campaign(f'{HEAD}[videos]\nlinks_csv = "links.csv"\n', folder=folder)
    account = next(finding.text for finding in check_campaign(campaign) if finding.code == "links_read")
    return set(choose_videos(campaign, SNAPSHOT.videos).videos), account


def lines_in(account: str, what: str) -> list[int]:
    """Return the lines that a finding names, with its ranges expanded."""
    found = re.search(rf"[0-9,]+ {what} \(lines? ([0-9, -]+)\)", account)
    parts = [part.split("-") for part in found[1].split(", ")] if found else []
    return [line for part in parts for line in range(int(part[0]), int(part[-1]) + 1)]


@pytest.mark.parametrize("seed", range(SHEETS))
def test_each_row_of_a_drawn_sheet_is_used_or_reported(seed: int, tmp_path: Path) -> None:
    drawn = draw_sheet(random.Random(seed))
    chosen, account = read(tmp_path, drawn.data)
    assert chosen == set().union(*(videos for videos, _ in drawn.expected.values()))
    assert account.startswith(f"videos.links_csv: {len(drawn.expected)} row")
    assert lines_in(account, "not recognised") == [line for line, (_, unknown) in drawn.expected.items() if unknown]
    empty = [line for line, (videos, unknown) in drawn.expected.items() if not videos and not unknown]
    assert lines_in(account, "without a link") == empty


DAMAGES = {
    "a mark that is never closed": lambda draw, text: damage(draw, text, r"(?<![^\r\n,;\t])(?=[^\"\r\n,;\t])", '"'),
    "a mark too many": lambda draw, text: damage(draw, text, r"\"", '"'),
    "a mark too few": lambda draw, text: damage(draw, text, r"\"(?=.)", "", 1),
    "a cell too many": lambda draw, text: damage(draw, text, r"[,;\t]", ",x,;x;\tx\t"),
    "a line break": lambda draw, text: damage(draw, text, r"[,;\t]", "\n"),
}


def damage(draw: random.Random, text: str, pattern: str, write: str, width: int = 0) -> str:
    places = [match.start() for match in re.finditer(pattern, text)] or [0]
    at = draw.choice(places)
    return text[:at] + write + text[at + width :]


@pytest.mark.parametrize("kind", DAMAGES)
def test_damaged_sheet_raises_error_with_line_or_loses_no_link(kind: str, tmp_path: Path) -> None:
    for seed in range(SHEETS // 4):
        draw = random.Random(f"{kind} {seed}")
        drawn = draw_sheet(draw)
        meant = set().union(*(videos for videos, _ in drawn.expected.values()))
        text = DAMAGES[kind](draw, drawn.data.decode(drawn.encoding))
        try:
            chosen, account = read(tmp_path, text.encode())
        except ConfigError as error:
            if not re.search(r"links\.csv: line \d+, column \d+: ", str(error)):
                raise
            continue
        reported = lines_in(account, "not recognised") + lines_in(account, "without a link")
        assert chosen <= meant, seed
        assert len(meant - chosen) <= len(reported), (seed, account)


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("link\nhttps://youtu.be/dQw4w9WgX01\n?\n", "2 rows, 1 link, 1 not recognised (line 3). line 3: This is"),
        ("June\nby,link\na,\nb,https://youtu.be/dQw4w9WgX01 https://youtu.be/dQw4w9WgX01?t=1\n",
         "2 rows, 2 links to 1 video, 1 without a link (line 3), 1 above the header (line 1)."),
        ("link\n" + "?\n" * 30 + "https://vm.tiktok.com/x\n", "31 rows, 0 links, 31 not recognised (lines 2-32)."),
    ],
)  # fmt: skip
def test_finding_names_every_unused_row(text: str, account: str, tmp_path: Path) -> None:
    assert account in read(tmp_path, text.encode())[1]


def test_links_in_another_column_are_a_problem(tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text("link,duet\nhttps://youtu.be/dQw4w9WgX01,https://youtu.be/dQw4w9WgX02\n")
    campaign = parse_campaign(f'{HEAD}[videos]\nlinks_csv = "links.csv"\n', folder=tmp_path)
    found = [finding.text for finding in check_campaign(campaign, SNAPSHOT) if finding.level == "problem"]
    assert found[0].startswith("videos.links_csv: column 2 (duet) also holds 1 link, the first in line 2. They are not")


def test_too_long_cell_in_link_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text("link\n" + "x" * 200_000 + "\n")
    with pytest.raises(ConfigError, match=r"line 2, column 1: a cell of 200,000 characters where links must be"):
        parse_campaign(f'{HEAD}[videos]\nlinks_csv = "links.csv"\n', folder=tmp_path)
