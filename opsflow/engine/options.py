"""What a person asks of a run, apart from what the playbooks say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opsflow.connection.settings import ConnectionDefaults

if TYPE_CHECKING:
    from opsflow.packages.approval import Approval


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of one run.

    Args:
        forks: how many hosts are worked on at once.
        extra_vars: the strongest variables (`-e`), values from source text so that they may be templates.
        tags, skip_tags: which tasks run (`-t`, `--skip-tags`).
        start_at: the name (or a pattern) of the first task to run.
        limit: a pattern that cuts down the hosts of every play.
        check, diff: tell only, and show differences.
        connection: user, key, passwords and become of the command line: weaker than the inventory.
        play_defaults: keywords for plays that do not set them.
        smart_gathering: gather facts of a host once in a run, not in each play.
        settings: what the configuration says, for the lookup `config`.
        debugger: stop at each failure for a person to look at.
        planning: collect plans of upgrades, with the states of hosts that they rest on.
        approval: the plans that a person approved: their hosts get just that, others are not touched.
        record_files: have hosts tell how small files were before and after, for the ledger.
        repeated: options of the command line that a command to go on with needs as well; no secrets.
    """

    forks: int = 50
    extra_vars: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tags: frozenset[str] = frozenset({"all"})
    skip_tags: frozenset[str] = frozenset()
    start_at: str | None = None
    limit: str | None = None
    check: bool = False
    diff: bool = False
    play_defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    smart_gathering: bool = False
    debugger: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    planning: bool = False
    approval: Approval | None = None
    record_files: bool = False
    repeated: tuple[str, ...] = ()
    verbosity: int = 0
    connection: ConnectionDefaults = field(default_factory=ConnectionDefaults)
