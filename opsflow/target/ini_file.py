"""Ansible's `ini_file`: an option or a section of an INI file, the rest of which stays as it is written."""

from __future__ import annotations

import os
import re

from opsflow.target import attributes, files
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_IDLE = re.compile(r"[ \t]*([#;].*)?$")


def run(request: Request, path: str, **want: Any) -> dict[str, Any]:
    """Edit the file and write it if it differs."""
    wanted = attributes.split(want)
    path = expand(request, path)
    real = os.path.realpath(path) if want["follow"] else path
    before = _read(real, want["create"])
    text = before or "\n"  # as Ansible: a new file begins with an empty line
    lines = (text if text.endswith("\n") else text + "\n").splitlines(True)
    edit = Edit(lines, want)
    edit.run()
    after = "".join(edit.lines)
    changed = edit.msg != "OK" or not text.endswith("\n")
    result: dict[str, Any] = {"changed": changed, "msg": edit.msg, "path": path}
    if changed and not request.check:
        files.make_directories(request, os.path.dirname(os.path.abspath(real)), {})
        written = files.replace(request, real, [after.encode("utf-8")], wanted, want["backup"])
        if written.backup:
            result["backup_file"] = written.backup
    if os.path.exists(path):
        result["changed"] = attributes.apply(request, real, wanted) or changed
        result.update(attributes.info(path))
    if request.diff:
        header = "%s (content)" % path
        shown = after if changed else before or ""
        result["diff"] = files.diff((before or "").encode(), shown.encode(), header, header)
    return result


def _read(path: str, create: bool) -> str | None:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise Fail("cannot read '%s' as UTF-8: %s" % (path, error)) from None
    except FileNotFoundError:
        if create:
            return None
        raise Fail("Destination %s does not exist!" % path, rc=257) from None


class Option:
    """How an option is found in lines and written as one."""

    def __init__(self, want: dict[str, Any]) -> None:
        self.name: str = want["option"]
        self.loose: bool = want["ignore_spaces"]
        self.inactive: bool = want["modify_inactive_option"]
        self.sign = "=" if want["no_extra_spaces"] else " = "
        self.pattern = _pattern(self.name)

    def value(self, line: str, inactive: bool) -> str | None:
        """Return the value that a line gives the option, None if it is about something else."""
        found = self.pattern.match(line)
        if not found or (found.group(1) and not inactive):
            return None
        return found.group(2)

    def line(self, value: str | None) -> str:
        return self.name + "\n" if value is None else "%s%s%s\n" % (self.name, self.sign, value)

    def same(self, old: str, new: str) -> bool:
        """Tell whether a line may stay: equal, or with `ignore_spaces` active and of the same value."""
        if old == new:
            return True
        kept = self.value(old, False)
        return self.loose and kept is not None and kept == self.value(new, False)


def _pattern(option: str) -> Any:
    return re.compile(r"[ \t]*([#;]?)[ \t]*%s[ \t]*(?:=|$)[ \t]*(.*)" % re.escape(option))


class Edit:
    """The lines of a file while they are edited, and what was done to them."""

    def __init__(self, lines: list[str], want: dict[str, Any]) -> None:
        self.lines = lines
        self.want = want
        self.msg = "OK"
        self.values: list[str] = list(dict.fromkeys(want["values"]))

    def run(self) -> None:
        found = self._section()
        if found is None:
            if self.want["state"] == "present":
                self._append_section()
            return
        header, body, end = found
        if self.want["state"] == "present":
            if self.want.get("option"):
                self.lines[body:end] = self._present(self.lines[body:end])
        elif self.want.get("option"):
            self.lines[body:end] = self._absent(self.lines[body:end])
        else:
            del self.lines[header:end]
            self.msg = "section removed"

    def _section(self) -> tuple[int, int, int] | None:
        """Return where the section's header, its first line and its end are; None if there is no such one."""
        starts = [index for index, line in enumerate(self.lines) if line.startswith("[")]
        ends = [*starts, len(self.lines)]
        if not self.want.get("section"):
            return 0, 0, ends[0]
        header = re.compile(r"\[\s*%s\s*\]" % re.escape(self.want["section"].strip()))
        for start, end in zip(starts, ends[1:]):
            if header.match(self.lines[start]) and self._meant(self.lines[start:end]):
                return start, start + 1, end
        return None

    def _meant(self, lines: list[str]) -> bool:
        """Tell whether a section has the values by which the wanted one is known."""
        for condition in self.want.get("section_has_values", ()):
            matches = [match for match in map(_pattern(condition["option"]).match, lines) if match]
            values = condition["values"]
            if not any(not values or match.group(2) in values for match in matches):
                return False
        return True

    def _present(self, lines: list[str]) -> list[str]:
        option = Option(self.want)
        bare = not self.values  # only with allow_no_value: the option without a value
        used = self._keep(option, lines)
        if self.want["exclusive"] and not self.want["allow_no_value"]:
            lines = self._only(option, lines, used)
        missing = [option.line(value) for value in self.values]
        if bare and not used:
            missing = [option.line(None)]
        if missing:
            at = max((index + 1 for index, line in enumerate(lines) if not _IDLE.match(line)), default=0)
            lines[at:at] = missing
            self.msg = "option added"
        return lines

    def _keep(self, option: Option, lines: list[str]) -> set[int]:
        """Write the lines in the wanted form that have a wanted value, and return which these are."""
        used: set[int] = set()
        bare = not self.values
        for index, line in enumerate(lines):
            value = option.value(line, option.inactive)
            if value is None or not (bare or value in self.values):
                continue
            empty = bare or (not value and self.want["allow_no_value"])
            self._set(option, lines, index, option.line(None if empty else value))
            used.add(index)
            if bare:
                break
            self.values.remove(value)
        return used

    def _only(self, option: Option, lines: list[str], used: set[int]) -> list[str]:
        """Give other lines of the option the values that are left, and drop those that are too many."""
        kept: list[str] = []
        for index, line in enumerate(lines):
            if index in used or option.value(line, option.inactive) is None:
                kept.append(line)
            elif self.values:
                kept.append(line)
                self._set(option, kept, len(kept) - 1, option.line(self.values.pop(0)))
            else:
                self.msg = "option changed"
        return kept

    def _set(self, option: Option, lines: list[str], index: int, new: str) -> None:
        if not option.same(lines[index], new):
            lines[index] = new
            self.msg = "option changed"

    def _absent(self, lines: list[str]) -> list[str]:
        option = Option(self.want)
        values = [option.value(line, False) for line in lines]
        if self.want["exclusive"]:
            kept = [line for line, value in zip(lines, values) if value is None]
        else:
            kept = [line for line, value in zip(lines, values) if value is None or value not in self.values]
        if kept != lines:
            self.msg = "option changed"
        return kept

    def _append_section(self) -> None:
        self.lines.append("[%s]\n" % self.want["section"])
        for condition in self.want.get("section_has_values", ()):
            self._append_condition(condition)
        if self.want.get("option"):
            option = Option(self.want)
            bare = [None] if self.want["allow_no_value"] else []
            self.lines += [option.line(value) for value in self.values or bare]
        self.msg = "section and option added" if self.want.get("option") else "only section added"

    def _append_condition(self, condition: dict[str, Any]) -> None:
        if condition["option"] == self.want.get("option"):
            if not self.want["exclusive"]:
                self.values += [value for value in condition["values"] if value not in self.values]
            return
        option = Option(dict(self.want, option=condition["option"]))
        bare = [None] if self.want["allow_no_value"] else []
        self.lines += [option.line(value) for value in condition["values"] or bare]
