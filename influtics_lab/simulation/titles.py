"""Simulate titles of cooking videos, as creators write them on each platform."""

from __future__ import annotations

from typing import Final

from influtics_lab.simulation.random_draws import Draws

UNTITLED: Final = "Untitled"
DISHES: Final = (
    "lemon pasta", "garlic noodles", "overnight focaccia", "crispy tofu", "one-pan gnocchi", "miso salmon",
    "banana bread", "iced matcha", "chilli oil eggs", "pumpkin soup", "sourdough pancakes", "peach crumble",
    "smashed potatoes", "halloumi wraps", "mango sticky rice", "cardamom buns", "tomato galette", "pork dumplings",
    "birria tacos",
)  # fmt: skip
FORMS: Final[dict[str, tuple[str, ...]]] = {
    "TikTok": (
        "{dish} in {minutes} minutes", "POV: you finally nail {dish}", "{dish}, day {days}",
        "rating {few} recipes for {dish}", "{dish}: things I wish I knew", "{dish} or {other}?",
        "I made {dish} for {days} days", "{dish}, {other}: what I eat in a day", "{dish}, but on a budget",
        "{dish}: your questions answered", "wait for the {dish}", "the {dish} everyone asked for",
    ),
    "YouTube": (
        "How to Make {Dish} at Home", "I Made {Dish} Every Day for {days} Days", "{Dish} vs. {Other}: Which Is Better?",
        "The Best {Dish} I Have Ever Made", "{few} Mistakes Everyone Makes with {Dish}", "{Dish} in {minutes} Minutes",
        "{Dish}: Worth the Effort?", "{Dish} for Beginners, Step by Step", "Cheap vs. Expensive {Dish}",
        "What {few} Chefs Taught Me about {Dish}", "My Grandmother's {Dish}", "{Dish} and {Other} for the Whole Week",
    ),
    "Instagram": (
        "{dish}, to save for later", "{minutes}-minute {dish} for busy weeknights", "{dish} and {other}: Sunday reset",
        "The {dish} you keep asking me about", "{few} ways to serve {dish}", "We tried {dish}, so you do not have to",
        "{dish}, and dinner is sorted", "{dish} for the lunch box", "{dish} with {other}: would you try it?",
        "{dish} for {few}, behind the scenes", "{dish} from my kitchen", "{dish}, new on the blog",
    ),
}  # fmt: skip
TAGS: Final[dict[str, tuple[str, ...]]] = {
    "TikTok": ("#foodtok", "#easyrecipes #foodtok", "#ad #foodtok"),
    "YouTube": ("#shorts", "#recipe", "#shorts #cooking"),
    "Instagram": ("#foodie", "#weeknightdinner #foodie", "#ad #homecooking"),
}
EMOJI: Final = ("🔥", "✨", "😍", "🍋")


def draw_title(kind: str, platform: str, draws: Draws) -> str | None:
    """Return a title of a kind.

    Parameters
    ----------
    kind : str
        "ordinary", "hashtags", "emoji", "untitled" (which the service fills in) or "null".
    platform : str
    draws : Draws

    Returns
    -------
    str or None
        One line. None for the kind "null".
    """
    dish, other, number = draws.choice(DISHES), draws.choice(DISHES), draws.integer(2, 99)
    if kind == "null":
        return None
    form = draws.choice(FORMS[platform])
    if kind == "untitled":
        return UNTITLED
    if other == dish:
        other = DISHES[(DISHES.index(dish) + number % 18 + 1) % len(DISHES)]
    words = {"dish": dish, "other": other, "Dish": dish.title(), "Other": other.title()}
    text = form.format(minutes=5 + number % 9 * 5, days=number, few=3 + number % 8, **words)
    if kind == "hashtags":
        text = f"{text} {TAGS[platform][number % 3]}"
    if kind == "emoji":
        text = f"{text} {EMOJI[number % 4]}"
    return text if platform == "TikTok" else text[0].upper() + text[1:]
