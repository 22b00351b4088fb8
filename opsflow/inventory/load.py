"""Inventory sources to one Inventory."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

from opsflow.core.errors import InputError, did_you_mean
from opsflow.core.origin import Origin
from opsflow.source.loader import load_text, read_bytes, text_of
from opsflow.source.values import Map
from opsflow.source.vault import Vault, is_encrypted

from . import ini_format, script, toml_format, yaml_format
from .draft import Draft, Templates
from .model import Inventory
from .yaml_format import YAML_SUFFIXES

_PLUGINS = ("constructed", "generator")
_IGNORED_NAMES = ("group_vars", "host_vars", "vars_plugins")
_IGNORED_ENDINGS = (
    *("~", ".orig", ".cfg", ".retry", ".bak", ".swp", ".pyc", ".pyo"),
    *(".rpm", ".md", ".txt", ".rst"),
)
# The first line that counts, in a file whose name doesn't tell: a document start, a JSON object, or a key.
_LOOKS_LIKE_YAML = re.compile(r"---|%YAML|\{|[^=\[#]+:(\s|$)")


def load_inventory(
    sources: Sequence[str | Path],
    *,
    playbook_dir: Path | None = None,
    templates: Callable[[], Templates] | None = None,
    vault: Vault | None = None,
) -> Inventory:
    """Return the inventory that all sources make together; where they disagree the later one wins.

    Args:
        sources: files (YAML, JSON, INI, TOML, programs), directories of them, or lists such as `a,b,`.
        playbook_dir: where the playbook is: its `group_vars/` and `host_vars/` count too.
        templates: makes what renders templates, for sources that compute hosts and groups (`plugin:`).
        vault: decrypts the files, and later those of variables.

    Raises:
        InputError: with every problem found in any of them.
    """
    texts = [str(source) for source in sources]
    found = Inventory(texts, vars_dirs=_vars_dirs(texts), playbook_dir=playbook_dir, vault=vault)
    draft = Draft(found, templates)
    for text in texts:
        if is_host_list(text):
            _read_host_list(draft, text)
        else:
            _read_path(draft, Path(text))
    inventory = draft.finish()
    inventory.read_again = partial(
        load_inventory, sources, playbook_dir=playbook_dir, templates=templates, vault=vault
    )
    return inventory


def is_host_list(source: str) -> bool:
    """Tell whether a source is names with commas such as `a,b,`, and no path that holds one."""
    return "," in source and not os.path.exists(source)


def _vars_dirs(sources: Iterable[str]) -> list[Path]:
    """Return the directories beside the sources, each once, at the place of its last and strongest one."""
    paths = [Path(source) for source in sources if not is_host_list(source)]
    directories = [path if os.path.isdir(path) else path.parent for path in paths]
    return list(dict.fromkeys(reversed(directories)))[::-1]


def _read_host_list(draft: Draft, text: str) -> None:
    draft.source = None
    column = 1
    for name in text.split(","):
        if name.strip():
            draft.hosts(name.strip(), draft.inventory.ungrouped, Origin(text, 1, column))
        column += len(name) + 1


def _read_path(draft: Draft, path: Path) -> None:
    try:
        if path.is_dir():
            for entry in sorted(path.iterdir()):
                if not _ignored(entry.name):
                    _read_path(draft, entry)
        elif path.exists():
            _read_file(draft, path)
        else:
            hint = f"for a single host write '{path},'" if len(path.parts) == 1 else None
            draft.problem(f"inventory {path} does not exist", None, hint)
    except InputError as error:
        draft.problems.extend(error.problems)
    except OSError as error:
        draft.problem(f"cannot read inventory {path}: {error.strerror}", None)


def _ignored(name: str) -> bool:
    return name.startswith(".") or name in _IGNORED_NAMES or name.endswith(_IGNORED_ENDINGS)


def _read_file(draft: Draft, path: Path) -> None:
    """Read one file with the parser of its format. A new format is one more line here."""
    content = read_bytes(path)  # once: it may be a pipe
    draft.source, draft.encrypted = path, is_encrypted(content)
    if script.is_script(content):
        script.parse(draft, path)
        return
    text = text_of(content, path, draft.inventory.vault)
    if path.suffix == ".toml":
        toml_format.parse(draft, text, str(path))
    elif path.suffix in YAML_SUFFIXES or (path.suffix != ".ini" and _looks_like_yaml(text)):
        _read_yaml(draft, text, str(path))
    else:
        ini_format.parse(draft, text, str(path))


def _read_yaml(draft: Draft, text: str, file: str) -> None:
    """Read a YAML file: one with `plugin:` says how to compute hosts and groups, any other names them."""
    document = load_text(text, file, draft.warn)
    if not isinstance(document, Map) or not isinstance(document.get("plugin"), str):
        yaml_format.parse(draft, document, file)
        return
    name = document["plugin"].removeprefix("ansible.builtin.")
    origin = document.origin_of_value("plugin")
    if name not in _PLUGINS:
        hint = did_you_mean(name, _PLUGINS) or "there are constructed and generator; a script can do the rest"
        draft.problem(f"there is no inventory plugin '{document['plugin']}'", origin, hint)
    elif draft.templates is None:
        draft.problem(f"the inventory plugin '{name}' can't be used here: it needs templates", origin)
    elif not draft.problems:  # it would only add problems that follow from those
        import_module(f".{name}", __package__).parse(draft, document, draft.templates())


def _looks_like_yaml(text: str) -> bool:
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and line[0] not in "#;"), "")
    return bool(_LOOKS_LIKE_YAML.match(first))
