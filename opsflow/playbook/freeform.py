"""Options written in a line: `src=a dest="b c"`, and commands with options before or behind them.

Source of the rules: observed with ansible-core: quotes and `{{ }}` keep blanks together, a backslash
escapes in quotes, and only known options are taken out of a command's text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from opsflow.core.origin import Origin
from opsflow.source.values import Map, Template, as_source, has_template

_OPTION = re.compile(r"^((?:[A-Za-z_]|\{\{.*?\}\})(?:[\w-]|\{\{.*?\}\})*)=(.*)$", re.DOTALL)


COMMAND = "_raw_params"
"""The option that a command's text is given to: its blanks at both ends stay."""


class Word(NamedTuple):
    """A word of a line and where it stands in it."""

    text: str
    start: int
    end: int


def split_words(text: str) -> list[Word]:
    """Return the words of a line. Blanks inside quotes and template braces do not separate.

    Raises ValueError when a quote or brace is not closed.
    """
    words: list[Word] = []
    start, quote, depth, index = -1, "", 0, 0
    while index < len(text):
        char, pair = text[index], text[index : index + 2]
        if char.isspace() and not quote and not depth:
            if start >= 0:
                words.append(Word(text[start:index], start, index))
            start = -1
            index += 1
            continue
        start = index if start < 0 else start
        step = 1
        if pair in ("{{", "{%", "{#"):
            depth, step = depth + 1, 2
        elif pair in ("}}", "%}", "#}") and depth:
            depth, step = depth - 1, 2
        elif char == "\\" and quote:
            step = 2
        elif char in "'\"" and not depth:
            quote = "" if char == quote else quote or char
        index += step
    if quote or depth:
        raise ValueError("a quote or template brace is not closed")
    return [*words, Word(text[start:], start, len(text))] if start >= 0 else words


def parse_options(
    text: str, origin: Origin, *, free_form: str | None = None, taken: Collection[str] = ()
) -> Map:
    """Return the options in a line of text, as a mapping from the line's place.

    Args:
        text: what stands behind the module's name.
        origin: where it stands.
        free_form: the option that takes words that are no options; without it they are an error.
            A lone backslash at the end of a line joins it with the next.
        taken: with `free_form`, the options that are taken out of the text; other `a=b` words stay in it.

    Raises:
        ValueError: a word is no option, or a quote is not closed.
    """
    options = Map(origin)
    rest, cut = "", 0
    for word in split_words(text):
        match = _OPTION.match(word.text)
        if word.text == "\\" and text[word.end : word.end + 1] == "\n" and free_form:
            line = text[word.end + 1 :]
            indent = len(line) - len(line.lstrip(" "))
            rest += text[cut : word.start].rstrip(" ") + " " * max(1, indent)
            cut = word.end + 1 + indent
        elif match and (free_form is None or match[1] in taken):
            _set(options, match[1], _unquote(match[2]))
            rest += text[cut : word.start].rstrip(" ") + " "
            cut = word.end
        elif free_form is None:
            raise ValueError(f"'{word.text}' is no option: write name=value")
    rest = (rest + text[cut:].lstrip(" ")).lstrip() if rest else text
    if rest.strip() and free_form:
        _set(options, free_form, rest if free_form == COMMAND else rest.strip())
    options.templated = any(isinstance(text, Template) for pair in options.items() for text in pair)
    return options


def _set(options: Map, name: str, text: str) -> None:
    name = as_source(name, options.origin) if has_template(name) else name
    options[name] = as_source(text, options.origin)
    options.key_origins[name] = options.origin


def _unquote(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text
