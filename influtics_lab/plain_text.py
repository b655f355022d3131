"""Text from strangers on a terminal: shown as it is, never obeyed."""

from __future__ import annotations


def escape_unprintable(text: object, keep: str = "") -> str:
    r"""Write control, invisible and direction characters as codes, so that a terminal shows and never obeys them.

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
