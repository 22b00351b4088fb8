"""YAML 1.1 files to values with positions.

Built on the event stream of PyYAML's C parser: it is several times quicker than its constructors and gives
the position of each node. Booleans, numbers and dates are resolved by PyYAML's own YAML 1.1 rules.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from opsflow.core.errors import InputError
from opsflow.core.origin import Origin

from .values import Map, Seq, VaultText, as_source, is_templated
from .vault import Vault, is_encrypted

try:
    from yaml import CSafeLoader as _Parser
except ImportError:  # PyYAML without libyaml: the same events, more slowly
    from yaml import SafeLoader as _Parser

Warn = Callable[[str, Origin], None]

_resolver: Any = yaml.SafeLoader("")
_MERGE = "tag:yaml.org,2002:merge"
_STR = "tag:yaml.org,2002:str"
_SCALARS = {f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "binary", "timestamp")}
_TEXT_TAGS = {_STR, _MERGE, "tag:yaml.org,2002:value"}


def load_file(path: str | Path, warn: Warn | None = None, vault: Vault | None = None) -> Any:
    """Return the value of the one document in a YAML file, None when it is empty.

    Where the file as a whole is encrypted and holds a mapping, its values are secrets.

    Args:
        path: the file; positions name it as given.
        warn: called with a message and a place for each duplicate key (the last one wins).
        vault: decrypts the file.

    Raises:
        InputError: the file can't be read or decrypted, or isn't valid YAML.
    """
    data = read_bytes(path)
    vault = vault or Vault()
    value = load_text(_text(vault.plain(data, str(path)), path), str(path), warn)
    if isinstance(value, Map) and is_encrypted(data):
        vault.hide(value)
    return value


def read_text(path: str | Path, vault: Vault | None = None) -> str:
    """Return the text of a UTF-8 file, decrypted. Raises InputError when it can't be read or decrypted."""
    return text_of(read_bytes(path), path, vault)


def read_bytes(path: str | Path) -> bytes:
    """Return the content of a file as it is. Raises InputError when it can't be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError.at(None, f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:  # its name holds a NUL
        raise InputError.at(None, f"cannot read {path}: {error}") from error


def text_of(data: bytes, path: str | Path, vault: Vault | None = None) -> str:
    """Return the content of the file `path` as text, decrypted; errors as in `read_text`."""
    return _text((vault or Vault()).plain(data, str(path)), path)


def _text(data: bytes, path: str | Path) -> str:
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InputError.at(Origin(str(path), 1, 1), f"not UTF-8 text: {error.reason}") from error


def load_text(text: str, file: str, warn: Warn | None = None) -> Any:
    """Return the value of the one YAML document in `text`; see `load_file`. `file` is used in positions."""
    try:
        return _Builder(text, file, warn).document()
    except yaml.MarkedYAMLError as error:
        mark = _mark(error)
        origin = Origin(file, mark.line + 1, mark.column + 1) if mark else Origin(file, 1, 1)
        message = ", ".join(part for part in (error.context, error.problem) if part)
        raise InputError.at(origin, f"invalid YAML: {message}", hint=_yaml_hint(text, origin)) from error
    except yaml.YAMLError as error:
        raise InputError.at(Origin(file, 1, 1), f"invalid YAML: {error}") from error
    except RecursionError:
        raise InputError.at(Origin(file, 1, 1), "invalid YAML: nested too deeply") from None


def _mark(error: yaml.MarkedYAMLError) -> yaml.Mark | None:
    """Return the place to look at: where something began when it has no end."""
    endless = "end of stream" in (error.problem or "") and error.context_mark is not None
    return error.context_mark if endless else error.problem_mark or error.context_mark


def _yaml_hint(text: str, origin: Origin) -> str | None:
    lines = text.splitlines()
    line = lines[origin.line - 1] if origin.line <= len(lines) else ""
    if ": {{" in line or "- {{" in line:
        return 'put quotes around a value that starts with a template: "{{ … }}"'
    if "\t" in line:
        return "indent with spaces: YAML does not allow tabs"
    return None


class _Builder:
    """Builds one document from the parser's events."""

    def __init__(self, text: str, file: str, warn: Warn | None) -> None:
        parser: Any = _Parser(text)
        self.next: Callable[[], Any] = parser.get_event
        self.file = file
        self.warn = warn
        self.anchors: dict[str, Any] = {}

    def document(self) -> Any:
        self.next()  # stream start
        if isinstance(self.next(), yaml.StreamEndEvent):
            return None
        value = self.node(self.next())
        self.next()  # document end
        extra = self.next()
        if not isinstance(extra, yaml.StreamEndEvent):
            raise InputError.at(self.at(extra), "a second YAML document: only one is allowed in a file")
        return value

    def at(self, event: Any) -> Origin:
        mark = event.start_mark
        return Origin(self.file, mark.line + 1, mark.column + 1)

    def node(self, event: Any) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            value = self.scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            return self.mapping(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(event)
        else:
            if event.anchor not in self.anchors:
                raise InputError.at(self.at(event), f"unknown anchor '*{event.anchor}'")
            return self.anchors[event.anchor]
        if event.anchor:
            self.anchors[event.anchor] = value
        return value

    def scalar(self, event: Any) -> Any:
        tag: str | None = event.tag
        text: str = event.value
        if tag is None or tag == "!":
            if event.implicit[0] and tag is None:
                resolved = _resolve_plain(text)
                if resolved is not _IS_TEXT:
                    return resolved
            return as_source(text, self.at(event))
        if tag == _STR:
            return as_source(text, self.at(event))
        if tag == "!unsafe":
            return text  # data: no template, and no condition
        if tag in ("!vault", "!vault-encrypted"):
            return VaultText(text, self.at(event))
        return self._construct(tag, text, event)

    def _construct(self, tag: str, text: str, event: Any) -> Any:
        if tag not in _SCALARS:
            raise InputError.at(self.at(event), f"unknown YAML tag '{tag}'")
        try:
            return _construct_scalar(tag, text)
        except (ValueError, KeyError, AttributeError, OverflowError, yaml.YAMLError) as error:
            raise InputError.at(self.at(event), f"'{text}' is not a valid {tag.rsplit(':')[-1]}") from error

    def sequence(self, event: Any) -> Seq:
        seq = Seq(self.at(event))
        if event.anchor:
            self.anchors[event.anchor] = seq
        while not isinstance(item := self.next(), yaml.SequenceEndEvent):
            seq.item_origins.append(self.at(item))
            value = self.node(item)
            seq.append(value)
            if is_templated(value):
                seq.templated = True
        return seq

    def mapping(self, event: Any) -> Map:
        result = Map(self.at(event))
        if event.anchor:
            self.anchors[event.anchor] = result
        merges: list[Any] = []
        while not isinstance(key_event := self.next(), yaml.MappingEndEvent):
            at = self.at(key_event)
            if _is_merge(key_event):
                merges.append((self.node(self.next()), at))
                continue
            key = self.node(key_event)
            if isinstance(key, Map | Seq):
                raise InputError.at(at, "a mapping's key must be a plain value", hint=_KEY_HINT)
            value = self.node(self.next())
            if key in result and self.warn:
                self.warn(f"'{key}' is given twice: first at line {result.key_origins[key].line}", at)
            result[key] = value
            result.key_origins[key] = at
            if is_templated(value) or is_templated(key):
                result.templated = True
        for merged, at in merges:
            _merge(result, merged, at)
        return result


_KEY_HINT = 'put quotes around a value that starts with a template: "{{ … }}"'
_IS_TEXT = object()


def _is_merge(event: Any) -> bool:
    return type(event) is yaml.ScalarEvent and event.value == "<<" and event.implicit[0]


def _merge(into: Map, merged: Any, at: Origin) -> None:
    for source in merged if isinstance(merged, Seq) else [merged]:
        if not isinstance(source, Map):
            raise InputError.at(at, "'<<' takes a mapping or a list of mappings")
        for key, value in source.items():
            if key not in into:
                into[key] = value
                into.key_origins[key] = source.origin_of(key)
        into.templated = into.templated or source.templated


@lru_cache(maxsize=4096)
def _resolve_plain(text: str) -> Any:
    """Return the value of an unquoted scalar, or _IS_TEXT. Few distinct ones fill most files."""
    tag = _resolver.resolve(yaml.ScalarNode, text, (True, False))
    if tag in _TEXT_TAGS:
        return _IS_TEXT
    try:
        return _construct_scalar(tag, text)
    except ValueError:  # looks like a date or number, but is none: 2024-13-45
        return _IS_TEXT


def _construct_scalar(tag: str, text: str) -> Any:
    return yaml.SafeLoader.yaml_constructors[tag](_resolver, yaml.ScalarNode(tag, text))
