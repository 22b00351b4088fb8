"""Rules of a PAM service; lines that are not meant stay as they are written."""

from __future__ import annotations

import os
import re

from opsflow.target import files
from opsflow.target.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from opsflow.target.request import Request

_RULE = re.compile(
    r"""^(?P<type>-?(?:account|auth|password|session))\s+
         (?P<control>\[[^\]]*\]|\S+)\s+
         (?P<module>\S+)
         [ \t]*(?P<args>.*?)\s*$""",
    re.VERBOSE,
)
_ARGUMENT = re.compile(r"\[[^\]]*\]|\S+")


class Rule:
    """A line of a service: a rule, or something else that has no type."""

    def __init__(self, line: str) -> None:
        self.line = line
        found = _RULE.match(line)
        self.names: list[str] = []  # type, control, module
        self.args: list[str] = []
        if found:
            self.names = [
                found.group("type"),
                " ".join(found.group("control").split()),
                found.group("module"),
            ]
            self.args = _ARGUMENT.findall(found.group("args"))

    @property
    def idle(self) -> bool:
        """Whether it is a comment or an empty line."""
        return not self.line.strip() or self.line.lstrip().startswith("#")


def made(names: list[str], args: list[str]) -> Rule:
    """Return a rule in the form in which Ansible writes it."""
    return Rule("%-11s%s\n" % (names[0], " ".join(names[1:] + args)))


def run(request: Request, name: str, path: str, state: str, backup: bool, **want: Any) -> dict[str, Any]:
    """Do to the rules of a service what is wanted, and write its file if that changes them."""
    text = Text(request, os.path.join(path, name))
    rules = [Rule(line) for line in text.lines(create=False, kind="PAM module file")]
    meant = [want["type"], " ".join(want["control"].split()), want["module_path"]]
    wanted = [want.get("new_type"), want.get("new_control"), want.get("new_module_path")]
    given = want.get("module_arguments")
    args = None if given is None else [one for words in given for one in _ARGUMENT.findall(words)]
    after = _ACTIONS[state](rules, meant, wanted, args)
    changes = _changes([rule.line for rule in rules], after)
    result: dict[str, Any] = {"changed": changes > 0, "change_count": changes, "backupdest": ""}
    content = text.encode("".join(after))
    if changes and not request.check:
        result["backupdest"] = files.replace(request, text.path, [content], {}, backup).backup or ""
    if request.diff:
        result["diff"] = files.diff(text.encode(text.before or ""), content, text.path, text.path)
    return result


def _changes(before: list[str], after: list[str]) -> int:
    if len(before) != len(after):
        return abs(len(before) - len(after))
    return sum(old != new for old, new in zip(before, after))


def _updated(rules: list[Rule], meant: list[str], wanted: list[Any], args: list[str] | None) -> list[str]:
    def update(rule: Rule) -> Rule:
        names = [new or old for new, old in zip(wanted, rule.names)]
        arguments = rule.args if args is None else args
        same = names == rule.names and arguments == rule.args
        return rule if same else made(names, arguments)

    return _each(rules, meant, update)


def _with_args(rules: list[Rule], meant: list[str], _: list[Any], args: list[str] | None) -> list[str]:
    return _each(rules, meant, lambda rule: _rewritten(rule, _merged(rule.args, args or [])))


def _without_args(rules: list[Rule], meant: list[str], _: list[Any], args: list[str] | None) -> list[str]:
    return _each(
        rules, meant, lambda rule: _rewritten(rule, [one for one in rule.args if one not in (args or [])])
    )


def _rewritten(rule: Rule, args: list[str]) -> Rule:
    return rule if args == rule.args else made(rule.names, args)


def _merged(old: list[str], new: list[str]) -> list[str]:
    """Return arguments with new ones: `key=value` takes the place of the key's old value."""
    merged = list(old)
    for one in new:
        key, sign, _ = one.partition("=")
        same = [
            index for index, other in enumerate(merged) if sign and other.partition("=")[:2] == (key, sign)
        ]
        if same:
            merged[same[0]] = one
        elif one not in merged:
            merged.append(one)
    return merged


def _each(rules: list[Rule], meant: list[str], change: Callable[[Rule], Rule]) -> list[str]:
    return [(change(rule) if rule.names == meant else rule).line for rule in rules]


def _absent(rules: list[Rule], meant: list[str], *_: Any) -> list[str]:
    return [rule.line for rule in rules if rule.names != meant]


def _before(rules: list[Rule], meant: list[str], wanted: list[Any], args: list[str] | None) -> list[str]:
    lines: list[str] = []
    previous: list[str] = []
    for rule in rules:
        if rule.names == meant and previous != wanted:
            lines.append(made(wanted, args or []).line)
        lines.append(rule.line)
        if not rule.idle:
            previous = rule.names
    return lines


def _after(rules: list[Rule], meant: list[str], wanted: list[Any], args: list[str] | None) -> list[str]:
    lines: list[str] = []
    following: list[str] = []
    for rule in reversed(rules):
        if rule.names == meant and following != wanted:
            lines.append(made(wanted, args or []).line)
        lines.append(rule.line if rule.line.endswith("\n") else rule.line + "\n")
        if not rule.idle:
            following = rule.names
    return lines[::-1]


_ACTIONS = {
    "updated": _updated,
    "absent": _absent,
    "before": _before,
    "after": _after,
    "args_present": _with_args,
    "args_absent": _without_args,
}
