"""What differs between what is wanted of something in Docker and what is there."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.docker_api import Docker


class Differences:
    """Things that are not as wanted, in the order in which they were found."""

    def __init__(self) -> None:
        self.items: list[tuple[str, Any, Any]] = []

    def add(self, name: str, wanted: Any, found: Any) -> None:
        self.items.append((name, wanted, found))

    def compare(self, name: str, wanted: Any, found: Any) -> None:
        """Add a difference where there is one; None is wanted by nobody."""
        if wanted is not None and wanted != found:
            self.add(name, wanted, found)

    def compare_entries(self, name: str, wanted: dict[str, Any] | None, found: dict[str, Any] | None) -> None:
        """Add a difference for each entry of a mapping that is not as wanted; others may be there too."""
        if wanted and not found:
            self.add(name, wanted, found)
            return
        for key, value in (wanted or {}).items():
            self.compare("%s.%s" % (name, key), value, (found or {}).get(key))

    def names(self) -> list[str]:
        return [name for name, _, _ in self.items]

    def sides(self) -> dict[str, Any]:
        """Return `before` and `after` for a diff."""
        return {
            "before": {name: found for name, _, found in self.items},
            "after": {name: wanted for name, wanted, _ in self.items},
        }


def told(
    api: Docker, result: dict[str, Any], diff: Differences, differs: Differences, present: bool
) -> dict[str, Any]:
    """Return the result of a volume or a network: what was done is told in check mode, and for debugging."""
    request = api.request
    telling = request.check or api.debug
    if present and not telling:
        del result["actions"]
    if telling or request.diff:
        result["diff"] = {"differences": differs.names()} if present else {}
        diff.items += differs.items
        if request.diff:
            result["diff"].update(diff.sides())
    return result
