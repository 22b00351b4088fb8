"""What is old goes: the results of runs, never the audit."""

from __future__ import annotations

import shutil
from pathlib import Path

from .store import Execute

TABLES = ("requests", "results", "recalled", "notes", "tasks", "waves", "plays")
_TOLD = "DELETE FROM notifications WHERE run_id = ? AND state NOT IN ('waiting', 'held')"
AT_ONCE = 20
"""How many runs are removed in one transaction: others wait for it."""


def remove_old(execute: Execute, before: float, run: int) -> list[str]:
    """Remove some runs that came before a run and began before a time, and return their ids.

    `before` is in seconds since the epoch, `run` the number of the run that cleans up.
    """
    sql = "SELECT number, run_id FROM runs WHERE started < ? AND number < ? ORDER BY started LIMIT ?"
    rows = execute(sql, (before, run, AT_ONCE))
    for number, run_id in rows:
        execute(_TOLD, (run_id,))
        for table in TABLES:
            execute(f"DELETE FROM {table} WHERE run = ?", (number,))  # noqa: S608
        execute("DELETE FROM runs WHERE number = ?", (number,))
    return [str(run_id) for _, run_id in rows]


def remove_outputs(outputs: Path, run_ids: list[str]) -> None:
    """Remove the files that held the long output of runs."""
    for run_id in run_ids:
        shutil.rmtree(outputs / run_id, ignore_errors=True)
