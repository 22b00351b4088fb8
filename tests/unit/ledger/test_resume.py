"""A run is gone on with where it stopped: what was done is not done again, and what it led to is there."""

from __future__ import annotations

import random
import re
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Opsflow
from tests.support.waiting import until

HOSTS = ("a", "b", "c")
STATIC = """\
- hosts: all
  gather_facts: false
  tasks:
    - name: Once
      run_once: true
      shell: echo once >> DIRECTORY/log; echo found
      register: once
    - name: First
      shell: echo first {{ inventory_hostname }} >> DIRECTORY/log
      register: first
      notify: Late
    - set_fact: {drawn: "{{ 10 ** 9 | random }}"}
    - include_tasks: more.yml
    - add_host: {name: "added", groups: [later], ansible_connection: local}
    - name: Rescued
      block:
        - name: Break always
          command: "false"
      rescue:
        - name: Rescue
          shell: echo rescue {{ ansible_failed_task.name }} {{ inventory_hostname }} >> DIRECTORY/log
    - name: Gate
      command: test -e DIRECTORY/open-{{ inventory_hostname }}
      changed_when: false
    - name: Tell
      debug: {msg: "{{ first.rc }} {{ inner.stdout }} {{ once.stdout }} {{ groups.later | join }}"}
  handlers:
    - name: Late
      shell: echo late {{ inventory_hostname }} >> DIRECTORY/log
"""
MORE = """\
- name: Inner
  shell: echo inner {{ inventory_hostname }} >> DIRECTORY/log; echo in
  register: inner
"""


@pytest.fixture
def opsflow(tmp_path: Path) -> Opsflow:
    config = f"state: sqlite://{tmp_path}/state/ledger.db\ninventory: a,b,c,\n"
    (tmp_path / "opsflow.yml").write_text(config)
    (tmp_path / "more.yml").write_text(MORE.replace("DIRECTORY", str(tmp_path)))
    return Opsflow(tmp_path)


def static(opsflow: Opsflow) -> str:
    return STATIC.replace("DIRECTORY", str(opsflow.directory))


def log(opsflow: Opsflow) -> Counter[str]:
    return Counter((opsflow.directory / "log").read_text().splitlines())


def let_pass(opsflow: Opsflow, *hosts: str) -> None:
    for host in hosts:
        (opsflow.directory / f"open-{host}").touch()


WHOLE = Counter(
    {
        "once": 1,
        **{
            f"{what} {host}": 1
            for what in ("first", "inner", "rescue Break always", "late")
            for host in HOSTS
        },
    }
)


def test_failed_hosts_go_on_at_their_failed_task(opsflow: Opsflow) -> None:
    let_pass(opsflow, "b")
    first = opsflow.play(static(opsflow), "-c", "local")
    assert first.code == 2
    assert "opsflow resume" in first.out
    assert log(opsflow) == WHOLE - Counter(["late a", "late c"])
    let_pass(opsflow, *HOSTS)
    second = opsflow("resume")
    assert second.code == 0, second.out + second.err
    assert log(opsflow) == WHOLE
    assert second.out.count("0 in found added") == 1
    assert "First" not in second.out
    assert re.search(r"went on with run \S+, \d+ results of 3 hosts taken over", second.out)
    assert "nothing to go on with" in opsflow("resume").err


def test_a_run_is_gone_on_with_again_and_again(opsflow: Opsflow) -> None:
    opsflow.play(static(opsflow), "-c", "local")
    for host in HOSTS:
        let_pass(opsflow, host)
        done = opsflow("resume")
        assert done.code == (0 if host == HOSTS[-1] else 2), done.out + done.err
    assert log(opsflow) == WHOLE


def test_whom_a_person_skipped_stays_out(opsflow: Opsflow) -> None:
    ready = f"until test -e {opsflow.directory}/go; do sleep 0.05; done; echo"
    tasks: list[Any] = [
        {"name": name, "shell": f"{ready} {name} {{{{ inventory_hostname }}}} >> {opsflow.directory}/log"}
        for name in ("one", "two")
    ]
    tasks.append(
        {"name": "gate", "command": f"test -e {opsflow.directory}/open-{{{{ inventory_hostname }}}}"}
    )
    play = [{"hosts": "all", "connection": "local", "gather_facts": False, "tasks": tasks}]
    with opsflow.playing(play) as run:
        run.begun("one")
        assert opsflow("skip", "c", "--reason", "its disk is full").code == 0
        (opsflow.directory / "go").touch()
        ended = run.end()
    assert ended.code == 2
    skipped = ended.events[-1]["summary"]["skipped"]["c"]
    let_pass(opsflow, "a")
    for left in (["b"], []):
        again = opsflow("resume")
        assert again.code == (2 if left else 0), again.out + again.err
        assert again.events[-1]["summary"]["skipped"] == {"c": skipped}
        assert log(opsflow) == Counter(["one a", "one b", "one c", "two a", "two b"])
        let_pass(opsflow, "b")


def test_changed_files_are_named_and_refused_without_a_flag(opsflow: Opsflow) -> None:
    opsflow.play(static(opsflow), "-c", "local")
    let_pass(opsflow, *HOSTS)
    changed = static(opsflow).replace("    - name: Gate", "    - name: New\n      ping:\n    - name: Gate")
    (opsflow.directory / "play.yml").write_text(changed)
    refused = opsflow("resume")
    assert refused.code == 5
    assert "these have changed: play.yml" in refused.err
    done = opsflow("resume", "--changed")
    assert done.code == 0, done.out + done.err
    assert "New" in done.out
    assert log(opsflow) == WHOLE


def test_a_secret_result_is_not_kept_and_never_taken_for_a_value(opsflow: Opsflow) -> None:
    text = f"""\
    - hosts: a
      gather_facts: false
      tasks:
        - name: Secret
          shell: echo x >> {opsflow.directory}/log; echo hunter22
          no_log: true
          register: secret
        - name: Read
          command: echo hunter22
          no_log: true
          changed_when: false
          register: read
        - name: Read once
          command: echo hunter222
          run_once: true
          no_log: true
          changed_when: false
          register: once
        - name: Gate
          command: test -e {opsflow.directory}/open-a
          changed_when: false
        - name: Known
          debug: {{msg: "{{{{ read.stdout | length }}}} {{{{ secret is changed }}}}"}}
        - name: Known of all
          debug: {{msg: "{{{{ once.stdout | length }}}} characters"}}
        - name: Lost
          debug: {{msg: "{{{{ secret.stdout }}}}"}}
    """
    opsflow.play(text, "-c", "local")
    let_pass(opsflow, "a")
    done = opsflow("resume")
    assert done.code == 2
    assert "8 True" in done.out
    assert "9 characters" in done.out
    assert log(opsflow) == Counter({"x": 1})
    assert "stdout" in done.out
    assert "****" not in done.out


def test_retry_does_all_again_on_hosts_that_did_not_do_well(opsflow: Opsflow) -> None:
    let_pass(opsflow, "b")
    opsflow.play(static(opsflow), "-c", "local")
    let_pass(opsflow, *HOSTS)
    done = opsflow("retry", "--failed")
    assert done.code == 0, done.out + done.err
    assert log(opsflow)["first a"] == log(opsflow)["first c"] == 2
    assert log(opsflow)["first b"] == 1


def test_a_command_line_with_a_secret_has_to_be_typed_again(opsflow: Opsflow) -> None:
    opsflow.play(static(opsflow), "-c", "local", "-e", "password=hunter22")
    let_pass(opsflow, *HOSTS)
    refused = opsflow("resume")
    assert refused.code == 5
    assert "hunter22" not in refused.err
    run = re.search(r"--resume (\S+):", refused.err)
    assert run
    done = opsflow("play", "play.yml", "-c", "local", "-e", "password=hunter22", "--resume", run[1])
    assert done.code == 0, done.out + done.err
    assert log(opsflow) == WHOLE


def test_what_a_person_types_wrong_is_told(opsflow: Opsflow) -> None:
    assert "no ledger" in opsflow("resume").err
    opsflow.play(static(opsflow), "-c", "local")
    assert "there is no run 'lats'" in opsflow("resume", "lats").err
    wrong = opsflow("resume", "--unknown", "redoo")
    assert wrong.code == 5
    assert "did you mean 'redo'" in wrong.err


def test_a_broken_off_command_is_not_done_again_unasked(opsflow: Opsflow) -> None:
    """The control node is killed while a command runs that outlasts the time that it has to end by itself."""
    text = f"""\
    - hosts: a
      gather_facts: false
      tasks:
        - name: Long
          shell: echo begun >> {opsflow.directory}/log; sleep 30; echo ended >> {opsflow.directory}/log
    """
    with opsflow.playing(text, "-c", "local") as run:
        run.begun("Long")
        until((opsflow.directory / "log").exists)
        run.signal(signal.SIGKILL)
        run.process.wait()
    left = opsflow("resume")
    assert left.code == 2
    assert "nobody knows how far it came" in left.out
    assert "--unknown redo" in left.out
    assert opsflow("resume", "--unknown", "done").code == 0
    assert log(opsflow) == Counter({"begun": 1})


MOMENTS = 5


def test_a_control_node_that_is_killed_at_random_moments_repeats_nothing(opsflow: Opsflow) -> None:
    """Counted by what the commands did, not in the ledger. Results end some moments before their record."""
    tasks = "".join(
        f"""\
    - name: Do {number}
      shell: echo {number} {{{{ inventory_hostname }}}} >> {opsflow.directory}/log; sleep 0.02
      register: done_{number}
      notify: Late
    - name: Copy {number}
      copy: {{content: "{number}", dest: "{opsflow.directory}/{{{{ inventory_hostname }}}}-{number}"}}
      notify: Copied
"""
        for number in range(8)
    )
    handlers = "".join(
        f"""\
    - name: {name}
      shell: echo {name} {{{{ inventory_hostname }}}} >> {opsflow.directory}/log
"""
        for name in ("Late", "Copied")
    )
    text = f"- hosts: all\n  gather_facts: false\n  tasks:\n{tasks}  handlers:\n{handlers}"
    wanted = Counter(f"{what} {host}" for what in (*range(8), "Late", "Copied") for host in HOSTS)
    for _ in range(MOMENTS):
        (opsflow.directory / "log").unlink(missing_ok=True)
        for host in HOSTS:
            for file in opsflow.directory.glob(f"{host}-*"):
                file.unlink()
        with opsflow.playing(text, "-c", "local") as run:
            run.begun(f"Do {random.randrange(8)}")
            time.sleep(random.uniform(0, 0.1))
            run.signal(signal.SIGKILL)
            run.process.wait()
        done = opsflow("resume", "--unknown", "redo")
        unknown = "ended well" in done.err or "no run yet" in done.err  # the ledger knows only earlier ones
        assert done.code == 0 or unknown, done.out + done.err
        if not unknown or (opsflow.directory / "log").exists():  # or it was quicker than we were
            assert log(opsflow) == wanted


def test_what_failed_is_done_again_though_the_host_remembers_it(opsflow: Opsflow) -> None:
    """The control node dies after the failure is recorded, so that the host's journal is there still."""
    text = f"""\
    - hosts: a,b
      gather_facts: false
      strategy: free
      tasks:
        - name: Gate
          command: test -e {opsflow.directory}/open-{{{{ inventory_hostname }}}}
        - name: Long
          shell: until test -e {opsflow.directory}/go; do sleep 0.05; done
          when: inventory_hostname == 'b'
    """
    let_pass(opsflow, "b")
    with opsflow.playing(text, "-c", "local") as run:
        run.begun("Long")
        until(lambda: "  FAILED  " in opsflow("show").out)
        run.signal(signal.SIGKILL)
        run.process.wait()
    (opsflow.directory / "go").touch()
    let_pass(opsflow, "a")
    done = opsflow("resume", "--unknown", "done")
    assert done.code == 0, done.out + done.err
