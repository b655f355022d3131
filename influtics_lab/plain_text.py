"""Text of others on a terminal: shown, and never executed as escape codes."""

from __future__ import annotations


def escape_unprintable(text: object, keep: str = "") -> str:
    r"""Return a text with control, invisible and direction characters as codes, which a terminal shows and never obeys.

    Parameters
    ----------
    text : object
    keep : str
        Characters that stay as they are, such as a line break.

    Returns
    -------
    str

    Examples
    --------
    >>> print(escape_unprintable("a\x1b[2Jb"))
    a\u{1b}[2Jb
    """
    characters = str(text)
    if characters.isprintable():
        return characters
    return "".join(
        character if character.isprintable() or character in keep else f"\\u{{{ord(character):x}}}"
        for character in characters
    )
