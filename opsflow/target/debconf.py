"""Ansible's `debconf`: answers to the questions of packages."""

from __future__ import annotations

from opsflow.target.programs import need

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_HIDDEN = "(password omitted)"  # what debconf-show says for one


def run(
    request: Request,
    name: str,
    question: str | None = None,
    vtype: str = "",
    value: str | list[str] = "",
    unseen: bool = False,
) -> dict[str, Any]:
    """Answer a question unless that is its answer; without a question tell all answers of a package."""
    known = _selections(request, name)
    if question is None:
        return {"changed": False, "msg": "", "current": known}
    wanted = value if isinstance(value, list) else value.rstrip("\n")
    if question in known and _is_answered(request, name, known[question], question, vtype, wanted):
        return {"changed": False, "msg": "", "current": known}
    text = ", ".join(wanted) if isinstance(wanted, list) else wanted
    msg = "" if request.check else _set(request, [name, question, vtype, text], unseen)
    shown = _HIDDEN if vtype == "password" else text
    before = {question: known[question]} if question in known else {**known, question: ""}
    after = {question: shown}
    diff = {"before": before, "after": after} if request.diff else {}
    return {"changed": True, "msg": msg, "current": after, "previous": before, "diff": diff}


def _is_answered(
    request: Request, name: str, known: str, question: str, vtype: str, wanted: str | list[str]
) -> bool:
    if vtype == "password":
        return _password(request, name, question) == wanted
    if vtype == "boolean":
        return known.lower() == wanted
    if isinstance(wanted, list):
        return sorted(part.strip() for part in known.split(",")) == sorted(wanted)
    return known == wanted


def _selections(request: Request, name: str) -> dict[str, str]:
    done = request.command([need(request, "debconf-show", "debconf"), name]).check("debconf-show")
    pairs = [line.partition(":") for line in done.stdout.splitlines() if ":" in line]
    return {question.strip("* "): answer.strip() for question, _, answer in pairs}


def _password(request: Request, name: str, question: str) -> str:
    """Return an answer that debconf-show hides."""
    line = "GET %s\n" % question
    done = request.command([need(request, "debconf-communicate", "debconf"), name], stdin=line.encode())
    code, _, answer = done.check("debconf-communicate").stdout.strip("\n").partition(" ")
    return answer if code == "0" else ""


def _set(request: Request, words: list[str], unseen: bool) -> str:
    argv = [need(request, "debconf-set-selections", "debconf"), *(["-u"] if unseen else [])]
    done = request.command(argv, stdin=(" ".join(words) + "\n").encode("utf-8", "surrogateescape"))
    return done.check("debconf-set-selections").stdout
