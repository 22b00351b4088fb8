"""Keeps known secrets out of everything that people, programs and logs get to see."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

from .errors import InputError, OpsFlowError, TaskError
from .origin import Origin

MASK = "********"

T = TypeVar("T")

_SHORTEST = 4
_LINE = 8  # characters from which a single line of a longer secret gives something away
_TRIVIAL = frozenset(
    {"true", "false", "none", "null", "root", "admin", "localhost", "default", "present", "absent"}
)
_AS_THEY_ARE = (Enum, Origin)
_WHO = frozenset((
    "run_id", "key", "module", "host", "hosts", "failed", "delegated_to", "delegate", "summary", "started",
    "resumes", "source",
))  # fmt: skip
"""Fields of events that say whom and what they are about: masked, nobody would know any more."""


class Redactor:
    """Knows the secrets of a run and masks them in texts, values, events, errors and log records.

    What is shorter than four characters, or a word such as `true`, is no secret: masking it would make
    everything unreadable and hide nothing.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._written: list[str] = []

    def add(self, secret: str) -> None:
        """Mask this text from now on, also as JSON or Python write it, and the lines that it is made of."""
        if secret in self._known:
            return
        self._known.add(str(secret))
        found = set(self._written)
        for part in (secret.strip(), *(line.strip() for line in secret.splitlines() if len(line) >= _LINE)):
            if len(part) >= _SHORTEST and part.lower() not in _TRIVIAL:
                found |= {part, json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1]}
                found.add(repr(part)[1:-1])
        self._written = sorted(found, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Return a text with every secret in it masked."""
        return _replaced(text, self._written)

    def value(self, value: T) -> T:
        """Return a value with the secrets in all of its texts masked; the value itself stays as it is."""
        if not self._written:
            return value
        texts: list[str] = []
        _collect(value, texts)
        joined = "\0".join(texts)
        found = [secret for secret in self._written if secret in joined]
        return _masked(value, found) if found else value

    def error(self, error: OpsFlowError) -> None:
        """Mask what an error says, in place."""
        error.message = self.text(error.message)
        error.hint = self.text(error.hint) if error.hint else None
        error.args = (error.message,)
        if isinstance(error, TaskError):
            error.data = self.value(error.data)
        elif isinstance(error, InputError):
            error.problems = self.value(error.problems)

    @contextmanager
    def errors(self) -> Generator[None]:
        """Mask the errors that leave the block."""
        try:
            yield
        except OpsFlowError as error:
            self.error(error)
            raise

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask a log record: a redactor is a filter of log handlers, too."""
        record.msg, record.args = self.text(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_text = self.text(record.exc_text) if record.exc_text else None
        return True


def _collect(value: object, texts: list[str]) -> None:
    """Add all texts within a value that may be masked: of every event, so the commonest kinds come first."""
    kind = type(value)
    if kind is str:
        texts.append(cast(str, value))
    elif value is None or kind is bool or kind is int or kind is float or isinstance(value, _AS_THEY_ARE):
        return
    elif isinstance(value, Mapping):
        for key, item in cast(Mapping[object, object], value).items():
            _collect(key, texts)
            _collect(item, texts)
    elif (names := _fields(kind)) is not None:
        for name in names:
            _collect(getattr(value, name), texts)
    elif isinstance(value, list | tuple | AbstractSet):
        for item in cast(list[object], value):
            _collect(item, texts)
    elif isinstance(value, str):
        texts.append(value)


@cache
def _fields(kind: Any) -> list[str] | None:
    """Return the fields of a record (a dataclass or a named tuple) that may be masked, None of all else."""
    found: tuple[str, ...] | None = getattr(kind, "_fields", None)
    if is_dataclass(kind):
        found = tuple(field.name for field in fields(kind) if field.init)
    return None if found is None else [name for name in found if name not in _WHO]


def _masked(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, _AS_THEY_ARE):
        return value
    if isinstance(value, str):
        return _replaced(value, secrets)
    if isinstance(value, Mapping):
        items = cast(Mapping[Any, Any], value).items()
        return {_masked(key, secrets): _masked(item, secrets) for key, item in items}
    names = _fields(value.__class__)
    if names is not None:
        masked = {name: _masked(getattr(value, name), secrets) for name in names}
        return value._replace(**masked) if hasattr(value, "_replace") else replace(value, **masked)
    if isinstance(value, list):
        return [_masked(item, secrets) for item in cast(list[Any], value)]
    if isinstance(value, tuple):
        return tuple(_masked(item, secrets) for item in cast(tuple[Any, ...], value))
    if isinstance(value, AbstractSet):
        return {_masked(item, secrets) for item in cast(AbstractSet[Any], value)}
    return value


def _replaced(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, MASK)
    return text
