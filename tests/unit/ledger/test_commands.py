"""A playbook is played here, and all commands that read the ledger tell of it."""

from __future__ import annotations

import csv
import io
import json
import signal
import sqlite3
from pathlib import Path

import pytest

from tests.support.cli import Opsflow
from tests.support.ledgers import ledger_text
from tests.support.vaulted import FILE, PASSWORD, SECRET

PLAY = """\
- name: Web servers
  hosts: all
  gather_facts: false
  vars: {password: "hunter2-{{ inventory_hostname }}"}
  tasks:
    - name: Write
      copy: {content: "x\\n", dest: "DIRECTORY/{{ inventory_hostname }}.txt"}
    - name: Line
      lineinfile: {path: "DIRECTORY/{{ inventory_hostname }}.conf", line: "a=1", create: true}
    - name: Fetch
      fetch: {src: "DIRECTORY/{{ inventory_hostname }}.conf", dest: DIRECTORY/fetched/}
    - name: Hide
      command: echo {{ password }}
      no_log: true
    - name: Break
      command: sh -c 'echo broken >&2; exit 3'
      when: inventory_hostname == 'web2'
"""


@pytest.fixture
def opsflow(tmp_path: Path) -> Opsflow:
    (tmp_path / "opsflow.yml").write_text(
        f"state: sqlite://{tmp_path}/state/ledger.db\ninventory: web1,web2,\n"
    )
    return Opsflow(tmp_path)


def played(opsflow: Opsflow, *arguments: str) -> int:
    text = PLAY.replace("DIRECTORY", str(opsflow.directory))
    return opsflow.play(text, "-c", "local", "--diff", *arguments).code


def test_before_the_first_run(opsflow: Opsflow) -> None:
    for command in (["runs"], ["show"], ["history", "web1"], ["audit"], ["audit", "verify"]):
        done = opsflow(*command)
        assert done.code == 1
        assert "there is no ledger at" in done.err
        assert "→ `opsflow play` makes it" in done.err
    assert not (opsflow.directory / "state").exists()
    assert opsflow("doctor").code == 0


def test_a_run_from_play_to_audit(opsflow: Opsflow) -> None:
    assert played(opsflow, "-e", "token=hunter2") == 2
    (run,) = json.loads(opsflow("runs", "--output", "json").out)
    assert (run["state"], run["hosts"], run["changed"], run["failed"]) == ("failed", 2, 2, 1)
    assert "-e 'token=********'" in run["command"]
    assert run["playbooks_digest"]
    assert run["run_id"] in opsflow("runs", "--failed", "--host", "web1").out
    assert opsflow("runs", "--live").out == "no such run in the ledger\n"

    shown = opsflow("show", "last", "--diff").out
    for part in (run["run_id"], "TASK  Write", "+x", "| broken", "at play.yml:15:7", "RECAP  failed", "NEXT"):
        assert part in shown
    assert "web1.txt" not in opsflow("show", run["run_id"][:-3], "--host", "web2", "--diff").out
    assert "Write" not in opsflow("show", "--failed").out
    document = json.loads(opsflow("show", "--output", "json").out)
    assert document["record"]["run_id"] == document["run"]["run_id"] == run["run_id"]
    assert document["summary"]["exit_code"] == 2

    history = opsflow("history", "web1").out
    assert f"file {opsflow.directory}/web1.txt" in history
    assert f"file {opsflow.directory}/web1.conf" in history
    assert run["run_id"] in history
    assert "web2.txt" not in history
    rows = json.loads(opsflow("history", "web2", "--output", "json").out)
    assert [row["task"] for row in rows] == ["Write", "Line", "Hide", "Break", "Break"]
    assert [row["kind"] for row in rows[-2:]] == ["changed", "failed"]
    assert "failed  " in opsflow("history", "web2").out

    assert "the audit is whole: 10 rows, head 10:" in opsflow("audit", "verify").out
    lines = opsflow("audit", "--path", f"{opsflow.directory}/*", "--output", "jsonl").out.splitlines()
    assert {json.loads(line)["host"] for line in lines} == {"web1", "web2"}
    table = list(csv.DictReader(io.StringIO(opsflow("audit", "--output", "csv").out)))
    assert [row["kind"] for row in table][-2:] == ["failed", "finished"]
    doctor = {one["check"]: one["level"] for one in json.loads(opsflow("doctor", "--output", "json").out)}
    assert doctor == {"configuration": "ok", "ledger": "ok", "integrity": "ok", "audit": "ok"}


SECRETS = """\
- hosts: all
  gather_facts: false
  vars_files: [vault.yml]
  environment: {API_TOKEN: "{{ db_password }}"}
  tasks:
    - name: "Say {{ db_password }}"
      command: sh -c 'echo $API_TOKEN; echo {{ db_password }}; exit 3'
      ignore_errors: true
    - debug: {msg: "{{ db_password }} {{ token }}"}
    - name: Hidden
      command: echo h1dden {{ item }}
      loop: [h1dden1, h1dden2]
      no_log: true
    - name: Refused
      file: {path: "/nowhere/{{ db_password }}", state: file}
      ignore_errors: true
    - copy:
        content: "{{ db_password }} {{ 'x' * 300000 }}\n"
        dest: "DIRECTORY/{{ inventory_hostname }}.txt"
    - name: Long
      command: cat DIRECTORY/{{ inventory_hostname }}.txt
    - name: Undefined
      debug: {msg: "{{ db_password.nothing.more }}"}
"""


def test_secrets_are_nowhere_in_the_ledger(opsflow: Opsflow) -> None:
    (opsflow.directory / "vault.yml").write_text(FILE)
    (opsflow.directory / "password").write_text(PASSWORD)
    state = opsflow.directory / "xdg"
    done = opsflow.play(
        SECRETS.replace("DIRECTORY", str(opsflow.directory)),
        *("-c", "local", "--diff", "-vvv", "--vault-password-file", "password"),
        *("-e", "token=hunter2", "-e", '{"api_key": "hunter2 too", "a": 1}'),
        env={"XDG_STATE_HOME": str(state)},
    )
    assert done.code == 2
    words = "true --password hunter2 --token=hunter2 http://u:hunter2@host/"
    opsflow("exec", "all", "-c", "local", "-a", words)
    text = ledger_text(f"sqlite://{opsflow.directory}/state/ledger.db", state)
    assert "--password ********" in text
    assert "x" * 300_000 in text  # long output is looked at, too
    for secret in (SECRET, "h1dden", "hunter2"):
        assert [line[:300] for line in text.splitlines() if secret in line] == []
    for command in (["show", "-vv"], ["audit"], ["history", "web1"]):
        assert "hunter2" not in opsflow(*command).out


def test_words_that_mean_no_run(opsflow: Opsflow) -> None:
    for _ in range(2):
        opsflow("exec", "all", "-c", "local", "true")
    first, second = (run["run_id"] for run in json.loads(opsflow("runs", "--output", "json").out))
    wrong = opsflow("show", first[:-1] + "x")
    assert (wrong.code, f"did you mean '{first}'?" in wrong.err) == (5, True)
    many = opsflow("show", first[:4])
    assert (many.code, "may be 2 runs" in many.err, second in many.err) == (5, True, True)
    assert "did you mean 'web" in opsflow("history", "web").err
    assert "did you mean 'web" in opsflow("show", "--host", "web").err
    assert opsflow("audit", "--since", "yesterday").code == 5
    assert opsflow("audit", "--output", "xml").code == 5
    assert opsflow("audit", "verify", "--head", "7").code == 5


def test_tampering_is_told_of(opsflow: Opsflow) -> None:
    played(opsflow)
    file = opsflow.directory / "state" / "ledger.db"
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("DROP TRIGGER audit_is_never_changed")
    connection.execute("UPDATE audit SET who = 'somebody else' WHERE id = 2")
    connection.close()
    done = opsflow("audit", "verify")
    assert (done.code, done.out.startswith("BROKEN: row 2 is not as it was written")) == (1, True)
    assert opsflow("doctor").code == 1


def test_rows_that_cannot_be_read_are_told_of(opsflow: Opsflow) -> None:
    played(opsflow)
    connection = sqlite3.connect(opsflow.directory / "state" / "ledger.db", isolation_level=None)
    connection.execute("UPDATE results SET data = '{', packed = NULL")
    connection.close()
    done = opsflow("show")
    assert (done.code, "the ledger is damaged" in done.err) == (1, True)


def test_without_a_home(opsflow: Opsflow) -> None:
    (opsflow.directory / "opsflow.yml").unlink()
    program = "import pathlib\ndef home(): raise RuntimeError('no home')\npathlib.Path.home = home\n"
    (opsflow.directory / "sitecustomize.py").write_text(program)
    path = f"{opsflow.directory}:{Path(__file__).parents[3]}"
    words = ("exec", "all", "-i", "web1,", "-c", "local", "true")
    started = Opsflow(opsflow.directory, forked=False)
    done = started(*words, env={"XDG_STATE_HOME": "", "PYTHONPATH": path})
    assert (done.code, "there is no home directory to keep the ledger in" in done.out) == (0, True)


def test_a_run_goes_on_without_its_ledger(opsflow: Opsflow) -> None:
    done = opsflow("exec", "all", "-c", "local", "true", "--state", "sqlite:///proc/ledger.db")
    assert done.code == 0
    assert "warning: this run is not recorded: the ledger /proc/ledger.db can't be used" in done.out
    damaged = opsflow.directory / "damaged.db"
    damaged.write_bytes(b"nonsense" * 1000)
    done = opsflow("exec", "all", "-c", "local", "true", env={"OPSFLOW_STATE": f"sqlite://{damaged}"})
    assert (done.code, "is damaged" in done.out) == (0, True)


def test_a_run_that_requires_its_ledger_does_not_begin(opsflow: Opsflow) -> None:
    with (opsflow.directory / "opsflow.yml").open("a") as config:
        config.write("ledger: required\n")
    done = opsflow("exec", "all", "-c", "local", "touch here", "--state", "sqlite:///proc/ledger.db")
    assert done.code == 1
    assert "the ledger /proc/ledger.db can't be used" in done.err
    assert not (opsflow.directory / "here").exists()


def test_no_ledger_where_nobody_wants_one(opsflow: Opsflow) -> None:
    with (opsflow.directory / "opsflow.yml").open("a") as config:
        config.write("ledger: off\n")
    assert opsflow("exec", "all", "-c", "local", "true").code == 0
    assert not (opsflow.directory / "state").exists()
    assert "switched off" in opsflow("doctor").out


def test_a_killed_run_is_lost_and_a_running_one_lives(opsflow: Opsflow) -> None:
    play = "- hosts: all\n  gather_facts: false\n  tasks:\n    - command: 'true'\n    - command: sleep 60\n"
    with opsflow.playing(play, "-c", "local") as run:
        run.until(lambda event: event["event"] == "task_started" and event["task"]["key"] > 1)
        listed: list[dict[str, str]] = []
        while not listed:
            done = opsflow("runs", "--live", "--output", "json")
            listed = json.loads(done.out)
        assert [one["state"] for one in listed] == ["running"]
        run.signal(signal.SIGKILL)
    (lost,) = json.loads(opsflow("runs", "--failed", "--output", "json").out)
    assert lost["state"] == "lost"
    assert "the process ended before the run did" in opsflow("show").out
    assert "never came to an end" in opsflow("doctor").out
