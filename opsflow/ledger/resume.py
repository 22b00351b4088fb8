"""What a run has done, for another one that goes on with it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

from opsflow.core.errors import EXIT_USAGE
from opsflow.core.events import Decided
from opsflow.core.origin import Origin
from opsflow.core.redact import MASK
from opsflow.core.results import Status, TaskResult
from opsflow.engine.recall import Done, Recall

from .header import digests
from .packing import BEFORE_AFTER, dumped, loaded
from .place import LedgerError
from .runs import RunRow, find_run
from .store import Row, Store


class CannotResume(LedgerError):
    """There is nothing to go on with, or not like this."""

    exit_code = EXIT_USAGE


def recall(store: Store, run: RunRow, *, changed: bool = False) -> Recall:
    """Return what a run has done until it ended.

    Args:
        store: the ledger.
        run: one that does not go on any more.
        changed: the playbooks or the inventory may have changed since.

    Raises:
        CannotResume: they have, or there is nothing left to do.
    """
    if not changed and (files := changed_files(run)):
        raise CannotResume(
            f"since run {run.run_id} these have changed: {', '.join(files)}",
            hint="look whether what it did still fits, then add --changed: tasks are told by their names",
        )
    chain = _chain(store, run)
    tries = Counter(host for one in chain for host in failed_hosts(store, one))
    first = chain[-1].run_id
    return Recall(run.run_id, first, done(store, run), tries, skips=_skips(store, run), changed=changed)


def changed_files(run: RunRow) -> list[str]:
    """Return which files of a run are not what they were."""
    now = digests(run.files)
    return [path for path, digest in run.files.items() if now.get(path) != digest]


def resumed_by(store: Store, run: RunRow) -> str | None:
    """Return the newest run that went on with a run, None where nobody did."""
    sql = "SELECT run_id FROM runs WHERE resumes = ? ORDER BY number DESC LIMIT 1"
    return next((str(row[0]) for row in store.rows(sql, (run.run_id,))), None)


def _chain(store: Store, run: RunRow) -> list[RunRow]:
    """Return a run, the one that it went on with, and so on."""
    found = [run]
    while found[-1].resumes:
        found.append(find_run(store, found[-1].resumes))
    return found


def failed_hosts(store: Store, run: RunRow) -> list[str]:
    """Return the hosts that failed in a run, except for what was broken off and left as it was."""
    cleared = _cleared(store, run)
    ended = map(_read, store.rows(_FAILED, (run.number,)))
    return list(
        dict.fromkeys(
            host
            for place, host, one, rescued in ended
            if not rescued and cleared.get(host, -1) < place and not one.result.data.get("unknown")
        )
    )


def done(store: Store, run: RunRow) -> dict[str, list[Done]]:
    """Return what has ended on each host, in order, until something failed there and stayed so."""
    cleared = _cleared(store, run)
    found: dict[str, list[Done]] = defaultdict(list)
    over: set[str] = set()
    for place, host, one, rescued in _ended(store, run):
        if host in over:
            continue
        if _is_final(one, rescued) and cleared.get(host, -1) < place:
            over.add(host)
        else:
            found[host].append(one)
    return dict(found)


def _is_final(one: Done, rescued: bool) -> bool:
    status = one.result.status
    left_out = status is Status.SKIPPED and "busy" in one.result.data  # another run had the host
    return left_out or status is Status.UNREACHABLE or (status is Status.FAILED and not rescued)


def _skips(store: Store, run: RunRow) -> list[Decided]:
    """Return what people decided about hosts that were to take no further part in a run."""
    sql = "SELECT data FROM notes WHERE run = ? AND kind = 'decided' ORDER BY seq"
    decided = (Decided(**json.loads(text)) for (text,) in store.rows(sql, (run.number,)))
    return [one for one in decided if one.what == "skip"]


def _cleared(store: Store, run: RunRow) -> dict[str, int]:
    """Return where failures of hosts were last cleared in a run."""
    sql = "SELECT seq, data FROM notes WHERE run = ? AND kind = 'errors_cleared' ORDER BY seq"
    return {host: seq for seq, text in store.rows(sql, (run.number,)) for host in json.loads(text)["hosts"]}


_COLUMNS = (
    "r.run, r.seq, r.host, r.delegated_to, r.status, r.rescued, r.censored, r.duration, r.data, r.packed, "
    "r.file, t.name, t.module, t.origin"
)
_OWN = (
    f"SELECT r.seq, {_COLUMNS} FROM results r JOIN tasks t ON t.run = r.run AND t.seq = r.task "  # noqa: S608
    "WHERE r.run = ?"
)
_FAILED = f"{_OWN} AND r.status IN ('failed', 'unreachable') ORDER BY r.seq"
_EARLIER = (
    f"SELECT c.seq, {_COLUMNS} FROM recalled c "  # noqa: S608
    "JOIN results r ON r.run = c.from_run AND r.seq = c.from_seq "
    "JOIN tasks t ON t.run = r.run AND t.seq = r.task WHERE c.run = ?"
)


_Ended = tuple[int, str, Done, bool]


def _ended(store: Store, run: RunRow) -> Iterator[_Ended]:
    """Yield what ended in a run or was recalled by it, in order."""
    rows = [*store.rows(_OWN, (run.number,)), *store.rows(_EARLIER, (run.number,))]
    yield from map(_read, sorted(rows, key=lambda row: row[0]))


def _read(row: Row) -> _Ended:
    """Return the place of a result in its run, its host, what ended there, and whether it was rescued."""
    place, number, seq, host, delegate, status, rescued, censored, duration, data, packed, file, *task = row
    values = loaded(data, packed, file)
    before_after = tuple(values.pop(BEFORE_AFTER, ()))
    result = TaskResult(Status(status), values, duration, bool(censored), (), delegate, before_after)
    name, module, origin = task
    written = Origin(*json.loads(origin)) if origin else None
    whole = not censored and MASK not in dumped(values)
    return place, host, Done(name, module, written, (number, seq), result, whole), bool(rescued)


def hosts_that(store: Store, run: RunRow, *, failed: bool, unreachable: bool, unknown: bool) -> list[str]:
    """Return the hosts of a run that did not do well.

    Args:
        store: the ledger.
        run: one that does not go on any more.
        failed: those on which a task failed.
        unreachable: those that were not reached.
        unknown: those on which a task had begun and has no result.
    """
    last: dict[str, str] = {}
    sql = "SELECT host, status, rescued FROM results WHERE run = ? ORDER BY seq"
    for host, status, rescued in store.rows(sql, (run.number,)):
        last[host] = "" if rescued else status
    wanted = {Status.FAILED.value: failed, Status.UNREACHABLE.value: unreachable}
    found = [host for host, status in last.items() if wanted.get(status)]
    return [*found, *(host for host in _begun(store, run) if host not in found)] if unknown else found


def _begun(store: Store, run: RunRow) -> list[str]:
    """Return the hosts on which the last task that began has no result."""
    begun: dict[str, int] = {}
    sql = "SELECT t.seq, t.hosts, w.hosts FROM tasks t LEFT JOIN waves w ON w.run = t.run AND w.seq = t.wave "
    for seq, own, wave in store.rows(f"{sql} WHERE t.run = ? ORDER BY t.seq", (run.number,)):
        begun.update(dict.fromkeys(json.loads(own or wave or "[]"), seq))
    ended = dict(store.rows("SELECT host, max(task) FROM results WHERE run = ? GROUP BY host", (run.number,)))
    return [host for host, seq in begun.items() if ended.get(host, -1) < seq]
