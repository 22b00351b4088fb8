"""Plays a case with OpsFlow, in this process."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any

from opsflow.api import prepare
from opsflow.cli.options import extra_vars
from opsflow.cli.vault_options import vault_secrets
from opsflow.connection.settings import ConnectionDefaults
from opsflow.core.errors import EXIT_BAD_INPUT, InputError
from opsflow.core.events import Event, HostFinished
from opsflow.engine.options import RunOptions
from opsflow.source.config import Config
from opsflow.source.vault import Vault

from .case import Case, parse_options
from .story import Story, counts, portable, row


async def play(case: Case) -> tuple[Story, str]:
    """Return what OpsFlow tells of a case, and the problems for which it refused to begin."""
    hosts: dict[str, list[Any]] = {}

    def listen(event: Event) -> None:
        if isinstance(event, HostFinished):
            result = event.result
            named = (event.task.name, event.task.module, result.status.value)
            told = row(*named, result.data, whole=case.whole, without=case.without)
            if told:
                hosts.setdefault(event.host, []).append(told)

    try:
        with contextlib.chdir(case.directory):  # for `-e @file` and files of passwords
            sources = [str(case.inventory)]
            run = prepare(
                [case.playbook], sources, options_of(case), subscribers=[listen], vault=vault_of(case)
            )
            summary = await run.run()
    except InputError as error:
        return portable({"hosts": hosts, "recap": {}, "exit": EXIT_BAD_INPUT}, case), str(error)
    recap = {name: counts(dataclasses.asdict(host.stats)) for name, host in summary.hosts.items()}
    return portable({"hosts": hosts, "recap": recap, "exit": summary.exit_code}, case), ""


def options_of(case: Case) -> RunOptions:
    given = parse_options(case.options)
    return RunOptions(
        extra_vars=extra_vars(given.extra_vars),
        tags=_names(given.tags) or frozenset({"all"}),
        skip_tags=_names(given.skip_tags),
        start_at=given.start_at_task,
        limit=given.limit,
        check=given.check,
        diff=given.diff,
        play_defaults={"force_handlers": True} if given.force_handlers else {},
        connection=ConnectionDefaults(),
    )


def vault_of(case: Case) -> Vault:
    given = parse_options(case.options)
    return Vault(vault_secrets(Config(), given.vault_id, given.vault_password_file, ask=False))


def _names(given: list[str] | None) -> frozenset[str]:
    return frozenset(name for text in given or [] for name in text.split(","))
