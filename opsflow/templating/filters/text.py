"""Filters on text: comments, quoting, base64, regular expressions."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Callable
from typing import Any

from opsflow.templating.kinds import text, type_name

_COMMENT_STYLES = {
    "plain": {"decoration": "# "},
    "erlang": {"decoration": "% "},
    "c": {"decoration": "// "},
    "cblock": {"beginning": "/*", "decoration": " * ", "end": " */"},
    "xml": {"beginning": "<!--", "decoration": " - ", "end": "-->"},
}


def comment(value: Any, style: str = "plain", **options: Any) -> str:
    """Return `value` as a comment of a programming language: each line decorated, with a frame around."""
    if style not in _COMMENT_STYLES:
        raise ValueError(f"unknown style '{style}'; there are {', '.join(_COMMENT_STYLES)}")
    look = {"beginning": "", "end": "", "newline": "\n", **_COMMENT_STYLES[style], **options}
    decoration, newline = str(look["decoration"]), str(look["newline"])
    frame = decoration.rstrip()
    lines = [str(look["beginning"])] if look["beginning"] else []
    if prefix := str(look.get("prefix", frame)):  # one that is a line's end makes an empty line, not two
        lines += ["" if prefix == newline else prefix] * int(look.get("prefix_count", 1))
    *body, last = text(value).split(newline)
    lines += [decoration + line if line else frame for line in body]
    lines.append(decoration + last)
    lines += [str(look.get("postfix", frame))] * int(look.get("postfix_count", 1))
    lines += [str(look["end"])] if look["end"] else []
    return newline.join(lines)


def quote(value: Any) -> str:
    """Return `value` quoted for a POSIX shell; None is an empty word."""
    return shlex.quote("" if value is None else text(value))


def split(value: Any, separator: str | None = None, maxsplit: int = -1) -> list[str]:
    """Return the parts of a text, cut at `separator` or at white space."""
    if not isinstance(value, str):
        raise TypeError(f"needs text, not {type_name(value)}")
    return value.split(separator, maxsplit)


def b64encode(value: Any, encoding: str = "utf-8", urlsafe: bool = False) -> str:
    """Return the base64 form of a text's bytes in `encoding`."""
    data = text(value).encode(encoding, "surrogateescape")
    return (base64.urlsafe_b64encode(data) if urlsafe else base64.b64encode(data)).decode("ascii")


def b64decode(value: Any, encoding: str = "utf-8", urlsafe: bool = False) -> str:
    """Return the text in a base64 form; bytes that are not text in `encoding` are kept as surrogates."""
    data = text(value)
    return (base64.urlsafe_b64decode(data) if urlsafe else base64.b64decode(data)).decode(
        encoding, "surrogateescape"
    )


def regex_replace(
    value: Any = "",
    pattern: str = "",
    replacement: str = "",
    ignorecase: bool = False,
    multiline: bool = False,
    count: int = 0,
    mandatory_count: int = 0,
) -> str:
    """Return `value` with each match (or the first `count`) replaced; fail unless `mandatory_count` were."""
    result, done = re.compile(pattern, _flags(ignorecase, multiline)).subn(replacement, text(value), count)
    if mandatory_count and done != mandatory_count:
        raise ValueError(f"'{pattern}' matches {done} times, not {mandatory_count}")
    return result


def regex_search(
    value: Any, pattern: str, *groups: str, ignorecase: bool = False, multiline: bool = False
) -> Any:
    r"""Return the first match, None without one; with groups (`\1`, `\g<name>`) the list of theirs."""
    wanted = [_group(group) for group in groups]
    found = re.search(pattern, text(value), _flags(ignorecase, multiline))
    if found is None:
        return None
    return [found.group(group) for group in wanted] if wanted else found.group()


def _group(reference: str) -> str | int:
    parsed = re.fullmatch(r"\\(?:g<(?P<name>\S+)>|(?P<number>\d+))", reference)
    if not parsed:
        raise ValueError(rf"'{reference}' is no group: write '\\1' or '\\g<name>'")
    return parsed["name"] or int(parsed["number"])


def regex_findall(value: Any, pattern: str, multiline: bool = False, ignorecase: bool = False) -> list[Any]:
    """Return all matches: texts, or tuples where the pattern has several groups."""
    return re.findall(pattern, text(value), _flags(ignorecase, multiline))


def regex_escape(value: Any, re_type: str = "python") -> str:
    """Return `value` with the special characters of regular expressions escaped."""
    if re_type == "python":
        return re.escape(text(value))
    if re_type == "posix_basic":
        return re.sub(r"[].[^$*\\]", r"\\\g<0>", text(value))
    raise ValueError(f"unknown re_type '{re_type}'; there are python and posix_basic")


def _flags(ignorecase: bool, multiline: bool) -> int:
    return (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)


FILTERS: dict[str, Callable[..., Any]] = {
    "b64decode": b64decode,
    "b64encode": b64encode,
    "comment": comment,
    "quote": quote,
    "regex_escape": regex_escape,
    "regex_findall": regex_findall,
    "regex_replace": regex_replace,
    "regex_search": regex_search,
    "split": split,
}
