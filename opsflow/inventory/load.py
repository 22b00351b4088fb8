"""Inventory sources to one Inventory."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from opsflow.core.errors import InputError
from opsflow.core.origin import Origin
from opsflow.source.loader import read_text

from . import ini_format, yaml_format
from .draft import Draft
from .model import Inventory

YAML_SUFFIXES = (".yml", ".yaml", ".json")

_IGNORED_NAMES = ("group_vars", "host_vars", "vars_plugins")
_IGNORED_ENDINGS = (
    *("~", ".orig", ".cfg", ".retry", ".bak", ".swp", ".pyc", ".pyo"),
    *(".rpm", ".md", ".txt", ".rst"),
)
# The first line that counts, in a file whose name doesn't tell: a document start, a JSON object, or a key.
_LOOKS_LIKE_YAML = re.compile(r"---|%YAML|\{|[^=\[#]+:(\s|$)")


def load_inventory(sources: Sequence[str | Path], *, playbook_dir: Path | None = None) -> Inventory:
    """Return the inventory that all sources make together; where they disagree the later one wins.

    Args:
        sources: files (YAML, JSON or INI), directories of them, or lists of hosts such as `a,b,`.
        playbook_dir: where the playbook is: its `group_vars/` and `host_vars/` count too.

    Raises:
        InputError: with every problem found in any of them.
    """
    texts = [str(source) for source in sources]
    draft = Draft(Inventory(texts, vars_dirs=_vars_dirs(texts), playbook_dir=playbook_dir))
    for text in texts:
        if "," in text:
            _read_host_list(draft, text)
        else:
            _read_path(draft, Path(text))
    return draft.finish()


def refuse_vault(text: str, path: str | Path) -> None:
    """Raise InputError when `text` is a file that is encrypted as a whole."""
    if text.startswith("$ANSIBLE_VAULT"):
        hint = "decrypt it, or encrypt single values in it instead (!vault)"
        raise InputError.at(
            Origin(str(path), 1, 1), "the whole file is encrypted: it can't be read", hint=hint
        )


def _vars_dirs(sources: Iterable[str]) -> list[Path]:
    """Return the directories beside the sources, each once, at the place of its last and strongest one."""
    paths = [Path(source) for source in sources if "," not in source]
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
    text = read_text(path)
    refuse_vault(text, path)
    draft.source = path
    if text.startswith("#!"):
        draft.problem("inventory scripts are not available", Origin(str(path), 1, 1))
    elif path.suffix == ".toml":
        draft.problem("TOML is not an inventory format here: use YAML", Origin(str(path), 1, 1))
    elif path.suffix in YAML_SUFFIXES or (path.suffix != ".ini" and _looks_like_yaml(text)):
        yaml_format.parse(draft, text, str(path))
    else:
        ini_format.parse(draft, text, str(path))


def _looks_like_yaml(text: str) -> bool:
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and line[0] not in "#;"), "")
    return bool(_LOOKS_LIKE_YAML.match(first))
