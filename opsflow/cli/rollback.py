"""`opsflow rollback`: bring hosts back to what they were before a run upgraded them."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options as o
from .flags import RunFlags, with_flags

NEWEST = "newest"


@with_flags(RunFlags)
def rollback(
    flags: RunFlags,
    run_id: Annotated[
        str,
        typer.Argument(metavar="RUN", help="The run, as `show` takes it; or `newest`: each host's newest."),
    ],
    pattern: Annotated[str, typer.Argument(metavar="[PATTERN]", help="Which hosts.")] = "all",
    force: Annotated[
        bool, typer.Option("--force", help="Also where packages have changed again since.")
    ] = False,
) -> int:
    """Undo what a run upgraded: versions, configuration files, marks and holds. --check only tells."""
    from opsflow.api import prepare_task

    from .execute import execute

    settings = flags.settings()
    vault = flags.vault(settings)
    chosen = flags.options(settings, vault)
    wanted = "" if run_id == NEWEST else f"run_id={_whole(flags, run_id)}"
    arguments = f"{wanted} force={str(force).lower()}"
    places = o.own_places(settings)
    run = prepare_task(pattern, "package_rollback", arguments, settings.inventory, chosen, vault, places)
    return execute(run, settings, output=flags.output, verbosity=flags.verbose, diff=flags.diff)


def _whole(flags: RunFlags, wanted: str) -> str:
    """Return the id of a run. A whole one need not be in the ledger: hosts know what was done to them."""
    import re

    if re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{6}", wanted):
        return wanted
    from opsflow.ledger.runs import find_run

    from .ledger_view import reading

    with reading(flags) as store:
        return find_run(store, wanted).run_id
