"""What a lookup is, what it may use, and how it fails."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from jinja2.exceptions import TemplateError, UndefinedError

from opsflow.core.errors import InputError, TaskError
from opsflow.source.vault import Vault, is_encrypted_file
from opsflow.templating.guard import describe, refuse_undefined
from opsflow.templating.kinds import text


class LookupContext(Protocol):
    """The task on whose behalf a lookup is made: its variables, and where it looks for files."""

    @property
    def variables(self) -> Mapping[str, Any]:
        """The variables of the host, rendered when they are read."""
        ...

    @property
    def search(self) -> Sequence[str]:
        """The directories in which files are looked for, the nearest first (`ansible_search_path`)."""
        ...

    @property
    def folder(self) -> str:
        """The folder in each of them that suits the task's action: `files`, `templates` or `vars`."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the configuration says, by the names of `opsflow.yml`."""
        ...

    @property
    def vault(self) -> Vault:
        """Decrypts files."""
        ...

    def find_file(self, name: str, kind: str) -> Path:
        """Return the file or directory `name`, looked for in the folders `kind` first. Raises TaskError."""
        ...

    def render(
        self, text: str, *, file: str, variables: Mapping[str, Any] | None = None, **options: Any
    ) -> Any:
        """Return what a template file yields, with `variables` over the host's and Jinja2's `options`.

        Raises TaskError.
        """
        ...


class Lookup(Protocol):
    """Finds values on the control node. Raises TaskError."""

    def __call__(self, terms: list[Any], context: LookupContext, **options: Any) -> list[Any]: ...


def guard(name: str, function: Callable[..., list[Any]], *, takes_undefined: bool = False) -> Lookup:
    """Return the lookup `name`: `function`, whose errors become TaskErrors that name it.

    With `takes_undefined` the function decides itself what undefined terms mean.
    """

    @functools.wraps(function)
    def guarded(terms: list[Any], context: LookupContext, **options: Any) -> list[Any]:
        try:
            if not takes_undefined:
                refuse_undefined(terms)
            return function(terms, context, **options)
        except UndefinedError:
            raise
        except TaskError as error:
            raise TaskError(
                f"lookup '{name}': {error.message}", hint=error.hint, origin=error.origin
            ) from error
        except InputError as error:
            raise TaskError(f"lookup '{name}': {error}") from error
        except TemplateError as error:
            raise TaskError(f"lookup '{name}': {error.message}") from error
        except OSError as error:
            raise TaskError(f"lookup '{name}': {error.filename or ''}: {error.strerror or error}") from error
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            raise TaskError(f"lookup '{name}': {describe(error)}") from error

    return guarded


_WORD = re.compile(r"""(?:"[^"]*"|'[^']*'|\S)+""")
_QUOTED = re.compile(r"""(["']).*\1""", re.DOTALL)


def split_options(term: Any, known: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the words of a term such as "user section=db file='x y.ini'", and the options among them.

    Raises:
        ValueError: the term gives an option that is not in `known`.
    """
    words: list[str] = []
    options: dict[str, str] = {}
    for word in _WORD.findall(text(term)):
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            words.append(word)
        elif name in known:
            options[name] = value[1:-1] if _QUOTED.fullmatch(value) else value
        else:
            raise ValueError(f"unknown option '{name}'; there are {', '.join(known)}")
    return " ".join(words), options


def integer(name: str, value: Any) -> int:
    """Return an option's value as a whole number; None counts as none given. Raises ValueError."""
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a whole number, not '{value}'") from None


def read(path: Path, encoding: str = "utf-8") -> str:
    """Return a file's text; bytes that are none in `encoding` are kept as surrogates."""
    return path.read_text(encoding=encoding, errors="surrogateescape")


def read_secret(path: Path, vault: Vault) -> str:
    """Return a file's text, decrypted where it is encrypted as a whole: then the text is a secret."""
    if not is_encrypted_file(path):
        return read(path)
    found = vault.plain(path.read_bytes(), str(path)).decode(errors="surrogateescape")
    vault.redactor.add(found)
    return found
