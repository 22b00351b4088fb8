"""Ansible's `replace`: every match of a regular expression in a file."""

from __future__ import annotations

import re

from opsflow.target.request import Fail
from opsflow.target.text import Text, compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request,
    path: str,
    regexp: str,
    replace: str = "",
    after: str | None = None,
    before: str | None = None,
    backup: bool = False,
    validation: str | None = None,
    encoding: str = "utf-8",
    **wanted: Any,
) -> dict[str, Any]:
    """Replace every match, in the part of the file between `after` and `before`."""
    text = Text(request, path, encoding)
    content = "".join(text.lines(create=False))
    start, end = 0, len(content)
    if after is not None or before is not None:
        pattern = "%s(?P<subsection>.*%s)%s" % (after or "", "?" if before else "", before or "")
        section = compiled(pattern, "after or before", re.DOTALL).search(content)
        if not section:
            msg = "Pattern for before/after params did not match the given file: %s" % pattern
            return {"changed": False, "msg": msg, "rc": 0}
        start, end = section.span("subsection")
    try:
        new, count = compiled(regexp, "regexp", re.MULTILINE).subn(replace, content[start:end])
    except (re.error, IndexError) as error:
        raise Fail("replace does not fit the groups of regexp: %s" % error) from None
    whole = content[:start] + new + content[end:]
    result = text.finish(whole, "%d replacements made" % count, wanted, backup, validation)
    return dict(result, rc=0, backup_file=text.backup) if text.backup else dict(result, rc=0)
