"""Where a host is in its play: the next task, and the way through blocks when one fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from opsflow.playbook.model import Block, Node, RoleUse, Task

Position = tuple[int, ...]
"""A place in a play. Positions sort in the order in which tasks are done."""

_ORDER = {"body": 0, "rescue": 1, "always": 2}


@dataclass(slots=True)
class _Frame:
    """A list of nodes that is being gone through, as a section of a block (None for the play itself)."""

    block: Block | None
    section: str
    nodes: list[Node]
    index: int = 0
    failed: bool = False


class Cursor:
    """Goes through a play's tasks for one host."""

    def __init__(self, nodes: list[Node], above: Position = ()) -> None:
        """`above` is where the tasks stand in another list, if they do."""
        self._above = above
        self._frames = [_Frame(None, "body", nodes)]
        self.failed = False

    def copy(self) -> Cursor:
        """Return a cursor that stands in the same place and goes its own way."""
        found = Cursor([], self._above)
        found._frames = [replace(frame) for frame in self._frames]
        found.failed = self.failed
        return found

    def task(self) -> Task | None:
        """Return the next task, or None when the play is over for the host."""
        while self._frames:
            frame = self._frames[-1]
            if frame.index >= len(frame.nodes):
                self._leave()
                continue
            node = frame.nodes[frame.index]
            if isinstance(node, Task):
                return node
            frame.index += 1
            self._frames.append(_Frame(node, "body", node.body))
        return None

    @property
    def ended(self) -> bool:
        """Whether the play is over for the host."""
        return not self._frames

    @property
    def position(self) -> Position:
        """Where the next task stands; empty when the play is over.

        Frames below the last point behind the block that it is in.
        """
        if not self._frames:
            return ()
        *outer, last = self._frames
        numbers = [number for frame in outer for number in (_ORDER[frame.section], frame.index - 1)]
        return (*self._above, *numbers, _ORDER[last.section], last.index)

    @property
    def locals(self) -> list[Mapping[str, Any]]:
        """The variables of includes around the next task, the innermost first."""
        frames = reversed(self._frames)
        return [frame.block.local for frame in frames if frame.block and frame.block.local]

    def advance(self) -> None:
        """The task has ended well: go to the next one, unless the play was ended meanwhile."""
        if self._frames:
            self._frames[-1].index += 1

    def include(self, blocks: list[Block]) -> None:
        """The task was an include: go on with what it brought, then with the task behind it."""
        if self._frames:
            self.advance()
            self._frames.append(_Frame(None, "body", list(blocks)))

    def fail(self) -> bool:
        """The task has failed: go to the nearest rescue or always. Return whether a rescue takes over."""
        while self._frames:
            frame = self._frames[-1]
            block = frame.block
            if block and frame.section == "body" and block.rescue:
                self._frames[-1] = _Frame(block, "rescue", block.rescue)
                return True
            if block and frame.section != "always" and block.always:
                self._frames[-1] = _Frame(block, "always", block.always, failed=True)
                return False
            self._frames.pop()
        self.failed = True
        return False

    def forgive(self) -> None:
        """Forget failures: behind the sections that they led to the play goes on."""
        self.failed = False
        for frame in self._frames:
            frame.failed = False

    def can_be_rescued(self) -> bool:
        """Tell whether a failure now would be taken care of by a rescue section."""
        return any(frame.block and frame.section == "body" and frame.block.rescue for frame in self._frames)

    def leave(self, role: RoleUse) -> None:
        """Go to the next task that is not of a role (`meta: end_role`)."""
        while (task := self.task()) and task.role and role in task.role.chain:
            self.advance()

    def end(self) -> None:
        """The play is over for this host (`meta: end_host`, an unreachable host)."""
        self._frames.clear()

    def _leave(self) -> None:
        """A section is done: on to `always`, or out of the block; a failure goes on outwards."""
        frame = self._frames.pop()
        block = frame.block
        if block is None:
            return
        if frame.section != "always" and block.always:
            self._frames.append(_Frame(block, "always", block.always))
        elif frame.failed:
            self.fail()
