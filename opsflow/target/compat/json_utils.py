"""JSON in the midst of other output."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _filter_non_json_lines(  # pyright: ignore[reportUnusedFunction]
    data: str, objects_only: bool = False
) -> tuple[str, list[str]]:
    """Return the lines from the first that begins JSON to the last that ends it, and what was left out.

    Raises ValueError when there is no beginning or no end.
    """
    lines = data.splitlines()
    ends: dict[str, str] = {"{": "}"} if objects_only else {"{": "}", "[": "]"}
    first = next((n for n, line in enumerate(lines) if line.strip()[:1] in ends and line.strip()), None)
    if first is None:
        raise ValueError("No start of json char found")
    end = ends[lines[first].strip()[0]]
    last = next((n for n in range(len(lines), first, -1) if lines[n - 1].strip().endswith(end)), None)
    if last is None:
        raise ValueError("No end of json char found")
    junk: list[Any] = [line for line in lines[last:] if line.strip()]
    warnings = ["Module invocation had junk after the JSON data: %s" % "\n".join(junk)] if junk else []
    return "\n".join(lines[first:last]), warnings
