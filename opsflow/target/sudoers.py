"""Files of sudoers.d."""

from __future__ import annotations

import os
import stat

from opsflow.target import files
from opsflow.target.programs import need, which
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_MODE = 0o440


def run(request: Request, name: str, state: str, sudoers_path: str, **rule: Any) -> dict[str, Any]:
    """Write or remove the file of a rule."""
    path = os.path.join(sudoers_path, name)
    before = _read(path)
    after = None if state == "absent" else _content(rule)
    if after is not None:
        _validate(request, after, rule["validation"])
    same = before == after and (after is None or stat.S_IMODE(os.stat(path).st_mode) == _MODE)
    if not same and not request.check:
        if after is None:
            os.unlink(path)
        else:
            files.replace(request, path, [after], {"mode": _MODE})
    result: dict[str, Any] = {"changed": not same}
    if request.diff:
        result["diff"] = files.diff(before, after, path, path)
    return result


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _content(rule: dict[str, Any]) -> bytes:
    who = rule.get("user") or "%" + rule["group"]
    tags = [tag for option, tag in _TAGS if rule[option]]
    runas = "(%s)" % rule["runas"] if "runas" in rule else ""
    lines = ["Defaults:%s %s" % (who, setting) for setting in rule.get("defaults", ())]
    lines.append("%s %s=%s%s %s" % (who, rule["host"], runas, "".join(tags), ", ".join(rule["commands"])))
    return "".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape")


_TAGS = (("noexec", "NOEXEC:"), ("nopassword", "NOPASSWD:"), ("setenv", "SETENV:"))


def _validate(request: Request, content: bytes, how: str) -> None:
    """Let visudo read a rule. Raises Fail when it does not accept it."""
    if how == "absent":
        return
    visudo = need(request, "visudo", "sudo") if how == "required" else which(request, "visudo")
    if visudo is None:
        return
    done = request.command([visudo, "-c", "-f", "-"], stdin=content)
    if done.rc != 0:
        said = (done.stdout or done.stderr).strip()
        raise Fail("visudo does not accept the rule: %s" % said, stdout=done.stdout, stderr=done.stderr)
