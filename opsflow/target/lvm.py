"""Asking LVM: rows of its reports, sizes in bytes."""

from __future__ import annotations

from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsflow.target.request import Request

    Row = dict[str, str]


def rows(request: Request, report: str, fields: str, *options: str) -> list[Row] | None:
    """Return what vgs, lvs or pvs report; None where that of which they are asked does not exist."""
    argv = [need(request, report, "lvm2"), "--noheadings", "--nosuffix", "--units", "b", "--separator", ";"]
    done = request.command([*argv, "-o", fields, *options])
    if done.rc != 0:
        return None
    names = fields.split(",")
    lines = [line.strip().split(";") for line in done.stdout.splitlines() if line.strip()]
    return [dict(zip(names, line)) for line in lines]


def change(request: Request, program: str, *words: str) -> None:
    """Run a program of LVM that changes something, but not in check mode. Raises Fail."""
    argv = [need(request, program, "lvm2"), *words]
    if request.check:
        return
    done = request.command(argv)
    if done.rc != 0:
        said = done.stderr.strip() or done.stdout.strip()
        raise Fail(
            "%s failed: %s" % (program, said), rc=done.rc, stdout=done.stdout, stderr=done.stderr, cmd=argv
        )
