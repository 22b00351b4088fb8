"""What a run knows about each host while it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opsflow.connection.settings import VARIABLES
from opsflow.core.results import Status, TaskResult
from opsflow.inventory.model import Host
from opsflow.playbook.model import Block, RoleUse, Task

from .cursor import Cursor

if TYPE_CHECKING:
    from .ahead import Ahead


@dataclass(slots=True)
class HostState:
    """One host in one run.

    `facts` are gathered facts by their full names and `bare_facts` the same without the prefix, `results`
    what `set_fact` and `register` stored, `included` what `include_vars` loaded, `play_layers` the play's
    variables for this host. `brought` is what the include that ran last brings, `notified` holds the keys
    of handlers that are due, `roles` the uses of roles that it did in this play by their keys. `gathered`
    says that a play gathered its facts. `occurrences` counts tasks by module and name. `failed`,
    `unreachable` and `skipped` (by a person, or as another run has the host) take the host out of the rest of
    the run, `ended` out of the rest of its play. `ahead` has its tasks under way where it goes on by itself.
    """

    host: Host
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    bare_facts: dict[str, Any] = field(default_factory=dict[str, Any])
    results: dict[str, Any] = field(default_factory=dict[str, Any])
    included: dict[str, Any] = field(default_factory=dict[str, Any])
    play_layers: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    notified: set[int] = field(default_factory=set[int])
    roles: dict[str, RoleUse] = field(default_factory=dict[str, RoleUse])
    gathered: bool = False
    failed: bool = False
    unreachable: bool = False
    skipped: bool = False
    ended: bool = False
    occurrences: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    brought: list[Block] = field(default_factory=list[Block])
    cursor: Cursor = field(default_factory=lambda: Cursor([]))
    ahead: Ahead | None = None

    @property
    def name(self) -> str:
        return self.host.name

    @property
    def out(self) -> bool:
        """Whether the host takes no more part in the run."""
        return self.failed or self.unreachable or self.skipped

    def leave(self, *, skipped: bool) -> None:
        """Take the host out of the run, as another one has it; nothing rescues that."""
        self.cursor.end()
        self.failed, self.skipped = not skipped, skipped

    def next_task(self) -> Task | None:
        """Return the next task of the play, None at its end; a role that another use did is left out."""
        while task := self.cursor.task():
            use = task.role
            if use is None or self.roles.get(use.key, use) is use:
                return task
            self.cursor.advance()
        return None

    def count(self, task: Task) -> None:
        """Note that the host has come to a task."""
        key = (task.info.module, task.own_name)
        self.occurrences[key] = self.occurrences.get(key, 0) + 1

    def counted(self, task: Task) -> int:
        """Return how many tasks of the same module and name the host has come to."""
        return self.occurrences.get((task.info.module, task.own_name), 0)

    def did(self, task: Task, result: TaskResult) -> None:
        """Note that a task was done: its role is done too, unless the task was skipped or has failed it."""
        if task.role is None or not task.role.key or task.info.handler:
            return
        if result.status is Status.FAILED:
            self.roles.pop(task.role.key, None)
        elif result.status is not Status.SKIPPED and not result.data.get("unreachable"):
            self.roles.setdefault(task.role.key, task.role)

    def take_facts(self, facts: Mapping[str, Any]) -> None:
        """Store gathered facts; names that decide how a host is reached are never taken from a host."""
        for name, value in facts.items():
            if name not in VARIABLES and not name.startswith(_PREFIXES):
                self.facts[name] = value
                self.bare_facts[name.removeprefix("ansible_")] = value

    def clear_facts(self) -> None:
        """Forget what was gathered."""
        self.gathered = False
        self.facts.clear()
        self.bare_facts.clear()


_PREFIXES = (
    "ansible_become", "ansible_ssh_common", "ansible_ssh_extra", "ansible_ssh_args", "ansible_ssh_pass",
    "ansible_ssh_private", "ansible_python_interpreter", "ansible_shell",
)  # fmt: skip
