"""The tests that templates have beside Jinja2's own: `result is changed`, `path is file`, `a is version(b)`.

All are those of ansible.builtin. Tests of files look at the control node.
"""

from __future__ import annotations

import math
import os.path
import re
from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any
from urllib.parse import ParseResult, urlparse

from opsflow.source.values import VaultText

from .guard import guard
from .kinds import is_list, is_mapping, text, type_name
from .versions import compare

_TRUE = frozenset({"y", "yes", "on", "1", "true", "t"})
_FALSE = frozenset({"n", "no", "off", "0", "false", "f"})
_VAULT_HEADER = "$ANSIBLE_VAULT;"


def _result(value: Any) -> Mapping[str, Any]:
    if not is_mapping(value):
        raise TypeError(f"needs the result of a task, not {type_name(value)}")
    return value


def failed(result: Any) -> bool:
    """Tell whether the task failed."""
    return bool(_result(result).get("failed"))


def succeeded(result: Any) -> bool:
    """Tell whether the task did not fail; a skipped one did not."""
    return not failed(result)


def changed(result: Any) -> bool:
    """Tell whether the task, or any item of its loop, changed something."""
    found = _result(result)
    if "changed" in found:
        return bool(found["changed"])
    items = found.get("results")
    return is_list(items) and any(is_mapping(item) and item.get("changed") for item in items)


def skipped(result: Any) -> bool:
    """Tell whether the task was skipped."""
    return bool(_result(result).get("skipped"))


def unreachable(result: Any) -> bool:
    """Tell whether the host could not be reached."""
    return bool(_result(result).get("unreachable"))


def reachable(result: Any) -> bool:
    """Tell whether the host could be reached."""
    return not unreachable(result)


def timedout(result: Any) -> bool:
    """Tell whether the task ran into its time limit."""
    limit = _result(result).get("timedout")
    return bool(is_mapping(limit) and limit.get("period"))


def started(result: Any) -> bool:
    """Tell whether an asynchronous task has started; any other has."""
    return bool(_result(result).get("started", True))


def finished(result: Any) -> bool:
    """Tell whether an asynchronous task has finished; any other has."""
    return bool(_result(result).get("finished", True))


def regex(
    value: Any = "",
    pattern: str = "",
    ignorecase: bool = False,
    multiline: bool = False,
    match_type: str = "search",
) -> bool:
    """Tell whether a pattern occurs in the text (`match_type`: search, match or fullmatch)."""
    if match_type not in ("search", "match", "fullmatch"):
        raise ValueError(f"unknown match_type '{match_type}'; there are search, match and fullmatch")
    flags = (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)
    return getattr(re.compile(pattern, flags), match_type)(text(value)) is not None


def match(value: Any, pattern: str = "", ignorecase: bool = False, multiline: bool = False) -> bool:
    """Tell whether the text begins with a pattern."""
    return regex(value, pattern, ignorecase, multiline, "match")


def search(value: Any, pattern: str = "", ignorecase: bool = False, multiline: bool = False) -> bool:
    """Tell whether a pattern occurs in the text."""
    return regex(value, pattern, ignorecase, multiline)


def version(
    value: Any,
    version: Any,
    operator: str = "eq",
    strict: bool | None = None,
    version_type: str | None = None,
) -> bool:
    """Compare two versions: `'1.10' is version('1.9', '>')`.

    Args:
        value: the version in question.
        version: the one to compare with.
        operator: such as ==, <, <=, >, >=, !=, or eq, lt, le, gt, ge, ne.
        strict: true is the same as version_type='strict'.
        version_type: loose (default), strict, semver, semantic or pep440.
    """
    if strict is not None and version_type is not None:
        raise ValueError("give either strict or version_type, not both")
    if not value or not version:
        raise ValueError("an empty version can't be compared")
    return compare(text(value), operator, text(version), "strict" if strict else version_type or "loose")


def truthy(value: Any, convert_bool: bool = False) -> bool:
    """Tell whether Python holds the value for true; with convert_bool "no", "off", "false"… are not."""
    word = text(value).lower().strip() if convert_bool and isinstance(value, str | int) else None
    return bool(value) if word not in _TRUE | _FALSE else word in _TRUE


def falsy(value: Any, convert_bool: bool = False) -> bool:
    """Tell whether a value is not truthy."""
    return not truthy(value, convert_bool)


def subset(first: Iterable[Any], second: Iterable[Any]) -> bool:
    """Tell whether all items are in the second list."""
    others = list(second)
    return all(item in others for item in first)


def superset(first: Iterable[Any], second: Iterable[Any]) -> bool:
    """Tell whether all items of the second list are in the first."""
    return subset(second, first)


def contains(items: Container[Any], item: Any) -> bool:
    """Tell whether a list has an item: `in` turned round, for selectattr."""
    return item in items


def nan(value: Any) -> bool:
    """Tell whether a number is the one that is none."""
    return isinstance(value, float) and math.isnan(value)


def uri(value: Any, schemes: Any = None) -> bool:
    """Tell whether a text is a URI (of the given schemes)."""
    parsed = _parsed(value)
    return parsed is not None and (not schemes or parsed.scheme in schemes)


def url(value: Any, schemes: Any = None) -> bool:
    """Tell whether a text is a URL: a URI with a host, or of a file."""
    parsed = _parsed(value)
    return parsed is not None and uri(value, schemes) and bool(parsed.netloc or parsed.scheme == "file")


def _parsed(value: Any) -> ParseResult | None:
    try:
        return urlparse(value) if isinstance(value, str) else None
    except ValueError:
        return None


def urn(value: Any) -> bool:
    """Tell whether a text is a URN."""
    return uri(value, ["urn"])


def vault_encrypted(value: Any) -> bool:
    """Tell whether a value is still in vault's encrypted form."""
    return isinstance(value, VaultText) or (isinstance(value, str) and value.startswith(_VAULT_HEADER))


def vaulted_file(path: Any) -> bool:
    """Tell whether a file of the control node is encrypted by vault."""
    with open(path, "rb") as file:
        return file.read(len(_VAULT_HEADER)) == _VAULT_HEADER.encode()


_FUNCTIONS: dict[str, Callable[..., bool]] = {
    "abs": os.path.isabs,
    "all": all,
    "any": any,
    "change": changed,
    "changed": changed,
    "contains": contains,
    "directory": os.path.isdir,
    "exists": os.path.exists,
    "failed": failed,
    "failure": failed,
    "falsy": falsy,
    "file": os.path.isfile,
    "finished": finished,
    "is_abs": os.path.isabs,
    "is_dir": os.path.isdir,
    "is_file": os.path.isfile,
    "is_link": os.path.islink,
    "is_mount": os.path.ismount,
    "is_same_file": os.path.samefile,
    "isnan": nan,
    "issubset": subset,
    "issuperset": superset,
    "link": os.path.islink,
    "link_exists": os.path.lexists,
    "match": match,
    "mount": os.path.ismount,
    "nan": nan,
    "reachable": reachable,
    "regex": regex,
    "same_file": os.path.samefile,
    "search": search,
    "skip": skipped,
    "skipped": skipped,
    "started": started,
    "subset": subset,
    "succeeded": succeeded,
    "success": succeeded,
    "successful": succeeded,
    "superset": superset,
    "timedout": timedout,
    "truthy": truthy,
    "unreachable": unreachable,
    "uri": uri,
    "url": url,
    "urn": urn,
    "vault_encrypted": vault_encrypted,
    "vaulted_file": vaulted_file,
    "version": version,
    "version_compare": version,
}

TESTS: dict[str, Callable[..., bool]] = {
    name: guard("test", name, function) for name, function in _FUNCTIONS.items()
}
