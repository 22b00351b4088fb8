"""template: a file rendered here and put on the host."""

from __future__ import annotations

import ast
import asyncio
import datetime
import os
import pwd
import re
import socket
from pathlib import Path as LocalPath
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from opsflow.core.errors import TaskError

from .base.files import FileArgs, put, read_plain
from .base.module import Module, Result, TaskContext, modules
from .base.types import Bool, Path, Text, arg

_NEWLINES = {"\\n": "\n", "\\r": "\r", "\\r\\n": "\r\n"}
_HEADER = re.compile(r"\A#jinja2:(?P<options>[^\n]*)\n")


def _newline(value: Any) -> Any:
    return _NEWLINES.get(value, value) if isinstance(value, str) else value


class TemplateArgs(FileArgs):
    """Options of `template`."""

    src: Path
    dest: Path
    backup: Bool = False
    block_start_string: Text = "{%"
    block_end_string: Text = "%}"
    variable_start_string: Text = "{{"
    variable_end_string: Text = "}}"
    comment_start_string: Text = "{#"
    comment_end_string: Text = "#}"
    trim_blocks: Bool = True
    lstrip_blocks: Bool = False
    newline_sequence: Annotated[Literal["\n", "\r", "\r\n"], BeforeValidator(_newline)] = "\n"
    output_encoding: Text = "utf-8"
    follow: Bool = False
    force: Bool = True
    validation: Text | None = arg(None, name="validate")

    def syntax(self) -> dict[str, Any]:
        """Return the options that the template language takes."""
        return {name: getattr(self, name) for name in _SYNTAX}


@modules.register("template")
class Template(Module):
    """Render a Jinja2 template with the task's variables and put the text on the host, where it differs.

    Returns:
        dest, path: the file.
        owner, group, mode, uid, gid, size, state: what it is like now.
        checksum: SHA-1 of the file.
        src: the template.
        backup_file: the copy of the old file, with `backup`.

    Examples:
        - name: Configure a site
          template:
            src: site.conf.j2
            dest: "/etc/nginx/sites-available/{{ site_name }}"
            owner: root
            group: root
            mode: "0644"
          notify: Reload nginx
    """

    Args = TemplateArgs

    async def run(self, task: TaskContext, args: TemplateArgs) -> Result:
        source = task.find_file(args.src, "templates")
        text, syntax = _header(await _text(task, source), source)
        variables = await asyncio.to_thread(_variables, source, args)
        variables["ansible_managed"] = task.vars.get("ansible_managed", "Ansible managed")
        rendered = task.render(text, file=str(source), variables=variables, **{**args.syntax(), **syntax})
        try:
            content = rendered.encode(args.output_encoding)
        except (LookupError, UnicodeEncodeError) as error:
            raise TaskError(f"cannot write '{args.dest}' as {args.output_encoding}: {error}") from error
        sent = {**args.wanted(), "dest": args.dest, "name": source.name, "header": str(source)}
        for name in ("backup", "follow", "force", "validation"):
            if (value := getattr(args, name)) is not None:
                sent[name] = value
        result = await put(task, content, sent)
        return {"src": str(source), **result} if result["changed"] else result


_SYNTAX = (
    "block_start_string",
    "block_end_string",
    "variable_start_string",
    "variable_end_string",
    "comment_start_string",
    "comment_end_string",
    "trim_blocks",
    "lstrip_blocks",
    "newline_sequence",
)


async def _text(task: TaskContext, source: LocalPath) -> str:
    try:
        return (await read_plain(task, source)).decode("utf-8")
    except UnicodeDecodeError as error:
        raise TaskError(f"the template '{source}' is not UTF-8 text: byte {error.start}") from error


def _header(text: str, source: LocalPath) -> tuple[str, dict[str, Any]]:
    """Take off a first line such as `#jinja2: trim_blocks: False`; return the rest and its options."""
    found = _HEADER.match(text)
    if not found:
        return text, {}
    options: dict[str, Any] = {}
    for pair in found["options"].split(","):
        name, _, value = (part.strip() for part in pair.partition(":"))
        if name not in _SYNTAX:
            raise TaskError(f"{source}:1: '{name}' is not an option of templates")
        try:
            options[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            raise TaskError(f"{source}:1: '{value}' is not a value for {name}") from None
    return text[found.end() :], options


def _variables(source: LocalPath, args: TemplateArgs) -> dict[str, Any]:
    """Return the variables that only templates have."""
    found = source.stat()
    try:
        owner: str | int = pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        owner = found.st_uid
    uname = os.uname()
    modified = datetime.datetime.fromtimestamp(found.st_mtime)  # local time, as Ansible's
    return {
        "template_host": uname.nodename or socket.gethostname(),
        "template_path": args.src,
        "template_fullpath": str(source.absolute()),
        "template_mtime": modified,
        "template_uid": owner,
        "template_run_date": datetime.datetime.now(),
        "template_destpath": args.dest,
    }
