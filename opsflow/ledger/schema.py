"""The tables of a ledger. Times are seconds since the epoch, durations seconds; hosts and trails are JSON.

`seq` counts what happened in a run, whatever it was: put in its order, the rows tell the run again.
"""

from __future__ import annotations

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE runs (
            number {integer} PRIMARY KEY, run_id TEXT NOT NULL UNIQUE,
            who TEXT NOT NULL, node TEXT NOT NULL, client TEXT, directory TEXT NOT NULL,
            command TEXT NOT NULL, playbooks TEXT NOT NULL, playbooks_digest TEXT, git_commit TEXT,
            git_dirty {integer}, inventory TEXT NOT NULL, inventory_digest TEXT, versions TEXT NOT NULL,
            check_mode {integer} NOT NULL, pid {integer} NOT NULL, pid_started {integer} NOT NULL,
            started {real} NOT NULL, seen {real} NOT NULL, ended {real}, end_seq {integer},
            outcome TEXT, exit_code {integer}, hosts {integer}, changed {integer}, failed {integer},
            unreachable {integer}, stopped TEXT, interrupted {integer}, not_reached TEXT, details TEXT)""",
        "CREATE INDEX runs_by_time ON runs (started)",
        """CREATE TABLE plays (
            run {integer} NOT NULL, seq {integer} NOT NULL, name TEXT NOT NULL, hosts TEXT NOT NULL,
            batches {integer} NOT NULL, started {real} NOT NULL, ended {real}, end_seq {integer},
            stopped TEXT, PRIMARY KEY (run, seq))""",
        """CREATE TABLE waves (
            run {integer} NOT NULL, seq {integer} NOT NULL, play {integer}, number {integer} NOT NULL,
            total {integer} NOT NULL, hosts TEXT NOT NULL, started {real} NOT NULL, ended {real},
            end_seq {integer}, failed TEXT, PRIMARY KEY (run, seq))""",
        """CREATE TABLE tasks (
            run {integer} NOT NULL, seq {integer} NOT NULL, wave {integer}, task_key {integer} NOT NULL,
            name TEXT NOT NULL, module TEXT NOT NULL, origin TEXT, trail TEXT, section TEXT NOT NULL,
            handler {integer} NOT NULL, hosts TEXT, started {real} NOT NULL, PRIMARY KEY (run, seq))""",
        """CREATE TABLE results (
            run {integer} NOT NULL, seq {integer} NOT NULL, task {integer} NOT NULL, host TEXT NOT NULL,
            delegated_to TEXT, status TEXT NOT NULL, rescued {integer} NOT NULL, retries {integer} NOT NULL,
            censored {integer} NOT NULL, ended {real} NOT NULL, duration {real} NOT NULL, items TEXT,
            data TEXT, packed {bytes}, file TEXT, PRIMARY KEY (run, seq))""",
        "CREATE INDEX results_by_host ON results (host, run)",
        """CREATE TABLE notes (
            run {integer} NOT NULL, seq {integer} NOT NULL, time {real} NOT NULL, kind TEXT NOT NULL,
            data TEXT NOT NULL, PRIMARY KEY (run, seq))""",
        """CREATE TABLE audit (
            id {integer} PRIMARY KEY, time {real} NOT NULL, run_id TEXT NOT NULL, seq {integer} NOT NULL,
            who TEXT NOT NULL, kind TEXT NOT NULL, host TEXT, task TEXT, module TEXT, what TEXT, name TEXT,
            old TEXT, new TEXT, hash TEXT NOT NULL)""",
        "CREATE INDEX audit_by_host ON audit (host, id)",
        "CREATE INDEX audit_by_name ON audit (name, id)",
        "CREATE INDEX audit_by_time ON audit (time)",
    ),
    ("CREATE INDEX audit_by_run ON audit (run_id, id)",),
    (
        """CREATE TABLE notifications (
            id TEXT PRIMARY KEY, run_id TEXT NOT NULL, source TEXT NOT NULL, notifier TEXT NOT NULL,
            route TEXT NOT NULL, event TEXT NOT NULL, severity TEXT NOT NULL, title TEXT NOT NULL,
            created {real} NOT NULL, state TEXT NOT NULL, attempts {integer} NOT NULL,
            folded {integer} NOT NULL, owner TEXT, until {real}, ended {real}, error TEXT,
            message {bytes})""",
        "CREATE INDEX notifications_by_way ON notifications (notifier, state, created)",
        "CREATE INDEX notifications_by_run ON notifications (run_id)",
    ),
    (
        """CREATE TABLE requests (
            number {integer} PRIMARY KEY, run {integer} NOT NULL, asked {real} NOT NULL, data TEXT,
            taken {real}, refused {integer}, answer TEXT)""",
        "CREATE INDEX requests_by_run ON requests (run, number)",
        "ALTER TABLE runs ADD COLUMN paused TEXT",
        "ALTER TABLE runs ADD COLUMN unfinished TEXT",
    ),
    (
        "ALTER TABLE runs ADD COLUMN resumes TEXT",
        "ALTER TABLE runs ADD COLUMN files TEXT",
        """CREATE TABLE recalled (
            run {integer} NOT NULL, seq {integer} NOT NULL, host TEXT NOT NULL,
            from_run {integer} NOT NULL, from_seq {integer} NOT NULL, PRIMARY KEY (run, seq))""",
    ),
    (
        """CREATE TABLE leases (
            host TEXT NOT NULL, token TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
            run_id TEXT NOT NULL, who TEXT NOT NULL, node TEXT NOT NULL, machine TEXT NOT NULL,
            pid {integer} NOT NULL, pid_started {integer} NOT NULL, since {real} NOT NULL,
            beat {real} NOT NULL, lasts {real} NOT NULL, until {real}, reason TEXT, lost_to TEXT,
            PRIMARY KEY (host, token))""",
        "CREATE INDEX leases_by_token ON leases (token)",
    ),
    (
        "ALTER TABLE tasks ADD COLUMN ended {real}",
        "ALTER TABLE tasks ADD COLUMN end_seq {integer}",
    ),
)
"""The statements that lead from each version to the next; the first ones make the tables."""

VERSION = len(MIGRATIONS)

META = "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
