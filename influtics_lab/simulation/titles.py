"""Simulate titles: ordinary ones, and hostile ones that break a careless page, table or plot."""

from __future__ import annotations

from typing import Final

from influtics_lab.simulation.random_draws import Draws

EXHIBIT: Final = "<b>x</b> $1 =SUM(A1) 안녕 🎧"

THINGS: Final = (
    "rain on a tin roof", "paper boats", "a kettle that sings", "pumpkin soup", "three-legged chairs", "moss gardens",
    "the night bus", "lemon bread", "tiny trains", "a very slow race", "wooden spoons", "cloud shapes", "cold noodles",
    "shoelace knots", "an empty pool", "harbour cats", "chalk drawings", "the last pancake", "loud crickets",
)  # fmt: skip
FORMS: Final = (
    "{thing}, day {n}", "I tried {thing} for {n} days", "{n} facts about {thing}", "How we made {thing}",
    "{thing} in {n} minutes", "Nobody told me about {thing}", "{thing} vs. {other}", "POV: {thing}",
    "{thing} & {other} (part {n})", "Is {thing} worth it?", "100 % {thing}", 'The truth about "{thing}"',
)  # fmt: skip

KINDS: Final[dict[str, tuple[str, ...]]] = {
    "untitled": ("Untitled",),
    "korean": ("비 오는 날의 종이배", "{n}일 동안 국수만 먹기", "안녕, 느린 기차"),
    "japanese": ("紙の船と雨の音", "{n}分でつくるレモンパン", "夜のバス、さいごの席"),
    "emoji": ("🎧 {thing} 🎧", "👩‍👩‍👧‍👦🏳️‍🌈 {thing}", "{thing} 🫠🔥" + "🔥" * 12),
    "markup": ("<b>{thing}</b>", "<script>alert({n})</script>",
               "</td></table><img src=x onerror=alert({n})>", "{thing} &amp; &lt;i&gt;"),
    "formula": ("=SUM(A1)", "+1 {thing}", "@cmd {thing}", "-{n}+{n}", '=HYPERLINK("https://thumbnails.example","{thing}")'),
    "dollar": ("$1", "{thing} for $1 or $2", r"$\frac{{a}}{{0}}$ {thing}", r"\textbf{{{thing}}} $x_{{{n}}}$"),
    "right to left": ("שלום {thing}", "مرحبا {n} {thing}", "\u202e{thing}\u202c"),
    "lines": ("{thing}\n{other}\n\n#{n}", "{thing}\r\n\tsecond line", "{thing}\u2028{other}"),
}  # fmt: skip


def draw_title(kind: str, draws: Draws) -> str | None:
    """Return a title of a kind.

    Parameters
    ----------
    kind : str
        A name of `KINDS`, `"ordinary"`, `"long"` or `"null"`.
    draws : Draws

    Returns
    -------
    str or None
        None for the kind `"null"`.
    """
    thing, other, n = draws.choice(THINGS), draws.choice(THINGS), draws.integer(2, 99)
    if kind == "null":
        return None
    if kind == "long":
        return " ".join(f"{draws.choice(THINGS)} #{draws.choice(THINGS).split()[-1]}" for _ in range(90))
    form = draws.choice(KINDS.get(kind, FORMS))
    text = form.format(thing=thing, other=other, n=n)
    return text[0].upper() + text[1:] if kind == "ordinary" else text
