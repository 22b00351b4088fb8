"""template: a file rendered here and put on the host."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path as LocalPath
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from opsflow.core.errors import TaskError
from opsflow.templating.template_files import SYNTAX, variables_of

from .base.files import FileArgs, put, read_plain
from .base.module import Module, Result, TaskContext, modules
from .base.types import Bool, Path, Text, arg

_NEWLINES = {"\\n": "\n", "\\r": "\r", "\\r\\n": "\r\n"}


def _newline(value: Any) -> Any:
    return _NEWLINES.get(value, value) if isinstance(value, str) else value


class TemplateArgs(FileArgs):
    """Options of `template`."""

    src: Path
    """The template on the control node."""
    dest: Path
    """Where to put the result on the host."""
    backup: Bool = False
    """Keep a copy of a file that is replaced."""
    block_start_string: Text = "{%"
    """What begins a statement."""
    block_end_string: Text = "%}"
    """What ends a statement."""
    variable_start_string: Text = "{{"
    """What begins an expression."""
    variable_end_string: Text = "}}"
    """What ends an expression."""
    comment_start_string: Text = "{#"
    """What begins a comment."""
    comment_end_string: Text = "#}"
    """What ends a comment."""
    trim_blocks: Bool = True
    """Drop the newline behind a statement."""
    lstrip_blocks: Bool = False
    """Drop space before a statement at the beginning of a line."""
    newline_sequence: Annotated[Literal["\n", "\r", "\r\n"], BeforeValidator(_newline)] = "\n"
    """How lines end."""
    output_encoding: Text = "utf-8"
    """The encoding of the result."""
    follow: Bool = False
    """Follow links of the host where the destination is one."""
    force: Bool = True
    """Replace what differs; if not, only put what is not there."""
    validation: Text | None = arg(None, name="validate")
    """A command that must accept the new file, `%s` in it."""

    def syntax(self) -> dict[str, Any]:
        """Return the options that the template language takes."""
        return {name: getattr(self, name) for name in SYNTAX}


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

    one_call = True

    async def run(self, task: TaskContext, args: TemplateArgs) -> Result:
        source = task.find_file(args.src, "templates")
        text = await _text(task, source)
        variables = await asyncio.to_thread(variables_of, source, args.src, task.vars)
        variables["template_destpath"] = args.dest
        rendered = task.render(text, file=str(source), variables=variables, **args.syntax())
        try:
            content = rendered.encode(args.output_encoding)
        except (LookupError, UnicodeEncodeError) as error:
            raise TaskError(f"cannot write '{args.dest}' as {args.output_encoding}: {error}") from error
        sent = {**args.wanted(), "dest": args.dest, "name": source.name, "header": str(source)}
        if args.mode == "preserve":
            sent["mode"] = f"{stat.S_IMODE(source.stat().st_mode):04o}"
        for name in ("backup", "follow", "force", "validation"):
            if (value := getattr(args, name)) is not None:
                sent[name] = value
        result = await put(task, content, sent)
        return {"src": str(source), **result} if result["changed"] else result


async def _text(task: TaskContext, source: LocalPath) -> str:
    try:
        return (await read_plain(task, source)).decode("utf-8")
    except UnicodeDecodeError as error:
        raise TaskError(f"the template '{source}' is not UTF-8 text: byte {error.start}") from error
