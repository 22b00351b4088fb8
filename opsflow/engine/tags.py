"""Which tasks run, by their tags."""

from __future__ import annotations

from collections.abc import Set


def selected(tags: Set[str], only: Set[str], skip: Set[str]) -> bool:
    """Tell whether a task with `tags` runs under `--tags only --skip-tags skip`.

    The rule is ansible-core's: `always` runs unless it is skipped by name, `never` only when one of the
    task's tags is asked for by name; `all`, `tagged` and `untagged` stand for groups of tasks.
    """
    own = tags or {"untagged"}
    wanted = (
        bool(own & only)
        or ("all" in only and "never" not in own)
        or ("tagged" in only and bool(tags) and "never" not in own)
        or "always" in own
    )
    if not wanted:
        return False
    if "all" in skip:
        return "always" in own and "always" not in skip
    return not (own & skip or ("tagged" in skip and tags))
