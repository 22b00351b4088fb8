"""Ansible's `deb822_repository`: a file of apt's sources, and the key that it names."""

from __future__ import annotations

import hashlib
import os
import re

from opsflow.target import attributes, files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

    Result = dict[str, Any]

ETC = "/etc/apt"
_NAMES = {"name": "X-Repolib-Name", "uris": "URIs"}


def run(
    request: Request,
    name: str,
    state: str,
    mode: Any,
    fields: dict[str, Any],
    key: bytes | None = None,
    directory: str = ETC,
) -> Result:
    """Write the file, or remove it and its key.

    Args:
        fields: what is in it, by the names of the options.
        key: the content of the key that `signed_by` is to name.
        directory: where apt's configuration is.
    """
    slug = re.sub(r"[^a-z0-9-]+", "", re.sub(r"[_\s]+", "-", name.lower()))
    path = os.path.join(directory, "sources.list.d", slug + ".sources")
    keys = [os.path.join(directory, "keyrings", "%s.%s" % (slug, kind)) for kind in ("asc", "gpg")]
    if state == "absent":
        gone = [_removed(request, one) for one in (path, *keys)]
        result: Result = {"changed": any(gone), "repo": None, "dest": path, "key_filename": keys[-1]}
        return _with_attributes(result)
    changed = False
    key_path = None
    if key is not None:
        key_path = keys[0] if b"-----BEGIN PGP PUBLIC KEY BLOCK-----" in key else keys[1]
        changed = _put_key(request, key_path, key)
        fields = dict(fields, signed_by=key_path)
    elif fields.get("signed_by") and os.path.isfile(fields["signed_by"]):
        key_path = fields["signed_by"]
    text = render(fields)
    result = {"repo": text, "dest": path, "key_filename": key_path}
    if request.diff:
        result["diff"] = files.diff(files.beginning(path), text.encode(), path, path)
    result["changed"] = _put(request, path, text.encode(), mode) or changed
    return _with_attributes(result)


def _with_attributes(result: Result) -> Result:
    """Add owner, mode and size of the file, where there is one now."""
    return {**attributes.info(result["dest"]), **result} if os.path.lexists(result["dest"]) else result


def render(fields: dict[str, Any]) -> str:
    """Return the file's text: a line a field, in the order of the options' names."""
    return "".join("%s:%s\n" % (_field(name), _value(fields[name])) for name in sorted(fields))


def _field(name: str) -> str:
    return _NAMES.get(name, name.replace("_", "-").title())


def _words(value: Any) -> list[str]:
    return [str(word) for word in value]


def _value(value: Any) -> str:
    """Return a value with what stands before it: a blank, or a new line for one that has several."""
    if isinstance(value, bool):
        return " yes" if value else " no"
    if isinstance(value, list):
        return "".join(" %s" % word for word in _words(value))
    text = str(value)
    if "\n" not in text:
        return " " + text if text else ""
    return "".join("\n    " + (line.strip() or ".") for line in text.strip().splitlines())


def _removed(request: Request, path: str) -> bool:
    if not os.path.exists(path):
        return False
    if not request.check:
        os.unlink(path)
    return True


def _put_key(request: Request, path: str, key: bytes) -> bool:
    folder = os.path.dirname(path)
    wanted = {"owner": "root", "group": "root", "mode": "0755"} if os.geteuid() == 0 else {"mode": "0755"}
    made = bool(files.make_directories(request, folder, wanted))
    if not made:
        made = attributes.apply(request, folder, wanted)
    return _put(request, path, key, "0644") or made


def _put(request: Request, path: str, content: bytes, mode: Any) -> bool:
    """Write a file where its content differs; return whether that, or its mode, did."""
    if files.checksum(path) == hashlib.sha1(content).hexdigest():  # noqa: S324
        return attributes.apply(request, path, {"mode": mode})
    if not request.check:
        files.replace(request, path, [content], {"mode": mode})
    return True
