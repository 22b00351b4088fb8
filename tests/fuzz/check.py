"""Reads one file in the way that `opsflow play` would, and judges what comes of it."""

from __future__ import annotations

import signal
import subprocess
import traceback
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from unittest.mock import patch

from opsflow.api import prepare
from opsflow.core.errors import InputError, OpsFlowError
from opsflow.inventory.load import load_inventory
from opsflow.inventory.variables import InventoryVariables
from opsflow.source.config import load_config
from opsflow.source.loader import load_file
from opsflow.source.vault import Vault, VaultSecret
from opsflow.templating.inventory import InventoryTemplates
from opsflow.templating.render import Renderer

from .corpus import PASSWORD, Seed

LIMIT = 5.0
"""Seconds of processor time that reading a file may take."""
_HOSTS = b"all: {children: {web: {hosts: {w1: {ansible_connection: local}, w2: }}, db: {hosts: {w3: }}}}\n"


_SOURCES = (".yml", ".ini", ".toml", ".cfg", ".json", "/", "--", "inventory")
"""A problem without a place in a file is about a whole file or the command line, and says which."""


_OWN_HOSTS = ("hosts.yml", "hosts.ini", "inventory")


class Verdict(NamedTuple):
    """What came of a file: `accepted`, `refused`, or a finding, with what it is in a line and in full."""

    outcome: str
    line: str = ""
    detail: str = ""


class _Hang(BaseException):
    """The time is over."""


def check(seed: Seed, data: bytes, directory: Path) -> Verdict:
    """Write a seed's files, with `data` in place of the victim's, and read them."""
    for name, content in {**seed.files, seed.victim: data}.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    try:
        with chdir(directory), _bounded(), patch.object(subprocess, "Popen", _no_program):
            _READERS[seed.kind](directory, seed.main)
    except InputError as error:
        return _judged(error)
    except OpsFlowError as error:
        return Verdict("refused", error.message)
    except _Hang as error:
        return Verdict("hang", _last(error), traceback.format_exc())
    except Exception as error:
        return Verdict("traceback", _last(error), traceback.format_exc())
    return Verdict("accepted")


def _judged(error: InputError) -> Verdict:
    """Return the verdict on a refusal: each problem has a place, or names what it is about."""
    for problem in error.problems:
        if problem.origin is None and not any(word in problem.message for word in _SOURCES):
            return Verdict("no position", problem.message)
    return Verdict("refused", error.problems[0].message)


def _last(error: BaseException) -> str:
    """Return the kind of an error and our own line that it came from."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/opsflow/" in frame.filename]
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].name}" if frames else ""
    return f"{type(error).__name__}{where}"


@contextmanager
def _bounded() -> Iterator[None]:
    def over(_signal: int, _frame: object) -> NoReturn:
        raise _Hang

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _no_program(*_args: object, **_options: object) -> NoReturn:
    raise OSError(1, "no program is started here")


def _playbook(directory: Path, main: str) -> None:
    own = [path for name in _OWN_HOSTS if (path := directory / name).exists()]
    if not own:
        (directory / "hosts.yml").write_bytes(_HOSTS)
    prepare([directory / main], [str(own[0] if own else directory / "hosts.yml")])


def _inventory(directory: Path, main: str) -> None:
    vault = Vault()
    (directory / "first.yml").write_bytes(_HOSTS)
    sources = [directory / "first.yml", directory / main]
    found = load_inventory(sources, templates=lambda: InventoryTemplates(Renderer(vault)), vault=vault)
    InventoryVariables(found).check(found.hosts.values())


def _vault(directory: Path, main: str) -> None:
    vault = Vault([VaultSecret("default", PASSWORD)])
    vault.values(load_file(directory / main, vault=vault))


def _settings(directory: Path, main: str) -> None:
    load_config(warn=lambda _message: None, environ={}, directory=directory)


_READERS: dict[str, Callable[[Path, str], Any]] = {
    "playbook": _playbook,
    "inventory": _inventory,
    "vault": _vault,
    "settings": _settings,
}
