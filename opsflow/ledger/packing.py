"""Values of results as the ledger keeps them: without what can be made again, small, and bounded."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from opsflow.core.failures import tail
from opsflow.core.jsonable import jsonable

SMALL = 1024
"""Characters of JSON up to which values are kept as they are; longer ones are compressed."""
LARGE = 256 * 1024
"""Characters of JSON from which values are cut, and kept whole in a file."""
TEXT = 8 * 1024
"""Characters that a text is cut to then: its end, where commands say what came of them."""
ITEMS = 100
"""How many items a list is cut to then."""

BEFORE_AFTER = "_before_after"
"""Under which key it is kept how files were and are that the result itself does not tell of."""

_STREAMS = ("stdout", "stderr")
_text = json.JSONEncoder(default=jsonable, separators=(",", ":")).encode


def dumped(data: Mapping[str, Any]) -> str:
    """Return values as JSON, without the lines of texts that are there as well."""
    kept = _without_lines(data)
    try:
        return _text(kept)
    except (TypeError, ValueError):  # keys that JSON doesn't know
        return json.dumps(jsonable(kept), separators=(",", ":"))


def _without_lines(data: Mapping[str, Any]) -> Mapping[str, Any]:
    gone = {f"{stream}_lines" for stream in _STREAMS if isinstance(data.get(stream), str)}
    if not gone & data.keys() and "results" not in data:
        return data
    kept = {key: value for key, value in data.items() if key not in gone}
    if isinstance(kept.get("results"), list):
        items = cast(list[Any], kept["results"])
        kept["results"] = [_item_without_lines(item) for item in items]
    return kept


def _item_without_lines(item: Any) -> Any:
    return _without_lines(cast(Mapping[str, Any], item)) if isinstance(item, Mapping) else item


def loaded(text: str | None, packed: bytes | None, file: str | None = None) -> dict[str, Any]:
    """Return values that were kept: from a file where there is one that can still be read."""
    if file:
        with suppress(OSError, EOFError, ValueError, zlib.error):  # it is gone: the end of each text is left
            return _with_lines(json.loads(gzip.decompress(Path(file).read_bytes())))
    if text is None and packed is not None:
        text = zlib.decompress(packed).decode()
    return _with_lines(json.loads(text)) if text else {}


def _with_lines(data: dict[str, Any]) -> dict[str, Any]:
    for stream in _STREAMS:
        if isinstance(data.get(stream), str):
            data[f"{stream}_lines"] = data[stream].splitlines()
    for item in data.get("results") or () if isinstance(data.get("results"), list) else ():
        if isinstance(item, dict):
            _with_lines(cast(dict[str, Any], item))
    return data


def packed(text: str, directory: Path, name: str) -> tuple[str | None, bytes | None, str | None]:
    """Return JSON as it is kept: as text, compressed, and the file that has all of it where it was cut.

    Args:
        text: the JSON.
        directory: where files are, made if it isn't there.
        name: what the file is called.

    Raises:
        OSError: the file can't be written.
    """
    file = None
    if len(text) > LARGE:
        file = str(_written(directory, f"{name}.json.gz", gzip.compress(text.encode(), 1)))
        text = json.dumps(_cut(json.loads(text)), separators=(",", ":"))
    if len(text) <= SMALL:
        return text, None, file
    return None, zlib.compress(text.encode(), 1), file


def _written(directory: Path, name: str, content: bytes) -> Path:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = directory / name
    handle = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(handle, "wb") as stream:
        stream.write(content)
    return file


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= TEXT else tail(value, lines=len(value), characters=TEXT)
    if isinstance(value, list):
        items = cast(list[Any], value)
        return [_cut(item) for item in items[:ITEMS]]
    if isinstance(value, dict):
        return {key: _cut(item) for key, item in cast(dict[str, Any], value).items()}
    return value
