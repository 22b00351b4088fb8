"""The lookup of a password that is made up once and kept in a file of the control node."""

from __future__ import annotations

import os
import string
from collections.abc import Callable
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

from opsflow.templating.filters.crypto import password_hash, random_salt
from opsflow.templating.kinds import is_list, text

from .base import LookupContext, integer, read

_OPTIONS = ("length", "chars", "seed", "encrypt", "ident")
_CHARACTERS = ("ascii_letters", "digits", ".,:-_")


def password(terms: list[Any], context: LookupContext, **options: Any) -> list[Any]:
    """Return the password in a file; when there is no such file, make one up and keep it there.

    Args:
        terms: paths, relative to the playbook; options may follow: "db.txt length=12 chars=digits". The
            path /dev/null keeps nothing.
        context: the task.
        options: `length` (20), `chars` (names such as ascii_letters, digits, punctuation, or characters),
            `seed` (the same seed gives the same password), `encrypt` (a hash as of the filter
            password_hash is returned; its salt is kept in the file) and `ident` (the variant of bcrypt).
    """
    return [_password(text(term), context, options) for term in terms]


def _password(term: str, context: LookupContext, options: dict[str, Any]) -> str:
    path, own = _split(term)
    options = {**options, **own}
    if unknown := set(options) - set(_OPTIONS):
        raise ValueError(f"unknown option '{min(unknown)}'; there are {', '.join(_OPTIONS)}")
    encrypt = options.get("encrypt")
    if path == "/dev/null":
        secret = _make(options)
        return password_hash(secret, encrypt, ident=options.get("ident")) if encrypt else secret
    file = Path(str(context.variables.get("playbook_dir") or "."), path).expanduser()
    if not file.exists():
        _keep(file, _make(options))
    secret, _, kept = read(file).rstrip("\n").partition(" salt=")
    if not encrypt:
        return secret
    salt, _, ident = kept.partition(" ident=")
    if not salt or (options.get("ident") and not ident):
        salt, ident = salt or random_salt(encrypt), str(options.get("ident") or "")
        _keep(file, f"{secret} salt={salt}" + (f" ident={ident}" if ident else ""), anew=True)
    return password_hash(secret, encrypt, salt, ident=ident or None)


def _split(term: str) -> tuple[str, dict[str, str]]:
    """Return the path and the options that follow it; a path may hold blanks."""
    words = term.split(" ")
    first = next((place for place, word in enumerate(words) if place and "=" in word), len(words))
    options = dict(word.split("=", 1) for word in words[first:] if "=" in word)
    return " ".join(words[:first]).strip(), options


def _make(options: dict[str, Any]) -> str:
    seed = options.get("seed")
    chance = SystemRandom() if seed is None else Random(text(seed))  # noqa: S311 the same for the same seed
    characters = _characters(options.get("chars", _CHARACTERS))
    return "".join(chance.choice(characters) for _ in range(integer("length", options.get("length", 20))))


def _characters(chars: Any) -> str:
    """Return all characters that sets mean: a list, or text with commas in which `,,` is a comma itself."""
    if is_list(chars):
        sets = [text(name) for name in chars]
    else:
        rest = text(chars)
        sets = [",", *rest.replace(",,", ",").split(",")] if ",," in rest else rest.split(",")
    characters = "".join(getattr(string, name, name) if name.isidentifier() else name for name in sets)
    if not characters:
        raise ValueError("chars names no character")
    return characters


def _keep(file: Path, line: str, anew: bool = False) -> None:
    """Write a file that only its owner can read. Where another host's task was quicker, its file stays.

    With `anew` an older one is replaced.
    """
    import tempfile

    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(line + "\n")
        if anew:
            os.replace(draft, file)
            return
        os.link(draft, file)
    except FileExistsError:
        return
    finally:
        Path(draft).unlink(missing_ok=True)


LOOKUPS: dict[str, Callable[..., list[Any]]] = {"password": password}
