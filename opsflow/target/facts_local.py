"""Facts that a host's administrator provides: `*.fact` files and programs, JSON or INI."""

from __future__ import annotations

import configparser
import json
import os

from opsflow.target.facts import names, read
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.facts import Gather


def local(gather: Gather) -> dict[str, Any]:
    """Return what the files of the fact directory say, by their names without `.fact`."""
    found: dict[str, Any] = {}
    folder = os.path.expanduser(gather.fact_path)
    for name in names(folder):
        if name.endswith(".fact"):
            found[name[: -len(".fact")]] = _one(gather, os.path.join(folder, name))
    return {"local": found}


def _one(gather: Gather, path: str) -> Any:
    try:
        text = _text(gather, path)
        return _parse(text) if text else {}
    except (Fail, OSError, ValueError, configparser.Error) as error:
        message = "error in local fact '%s': %s" % (path, getattr(error, "msg", None) or error)
        gather.warnings.append(message)
        return message


def _text(gather: Gather, path: str) -> str:
    if not os.access(path, os.X_OK):
        return read(path)
    return gather.request.command([path], timeout=gather.timeout).check(path).stdout.strip()


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(text)
        except configparser.Error:
            raise ValueError("neither JSON nor INI") from None
        return {section: dict(parser.items(section)) for section in parser.sections()}
