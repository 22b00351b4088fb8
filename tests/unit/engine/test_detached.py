"""Tasks with `async`: a process of their own does the work, whatever becomes of the connection."""

from pathlib import Path

from opsflow.core.results import Status
from tests.support.plays import Player


async def test_a_polled_task_returns_what_it_would_have_returned(play: Player, tmp_path: Path) -> None:
    played = await play(f"""
        - hosts: all
          gather_facts: false
          vars: {{ansible_async_dir: {tmp_path}/jobs}}
          tasks:
          - name: job
            shell: echo out; exit 3
            async: 30
            poll: 1
            register: r
            failed_when: r.rc != 3
          - debug: {{msg: "{{{{ r.stdout }}}} {{{{ r.finished }}}} {{{{ r is changed }}}}"}}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["out True True"]
    assert list((tmp_path / "jobs").iterdir()) == []


async def test_a_task_that_nobody_waits_for_is_asked_for_later(play: Player, tmp_path: Path) -> None:
    played = await play(f"""
        - hosts: all
          gather_facts: false
          vars: {{ansible_async_dir: {tmp_path}/jobs}}
          tasks:
          - command: sleep 0.3
            async: 30
            poll: 0
            register: job
          - async_status: {{jid: "{{{{ job.ansible_job_id }}}}"}}
            register: now
          - meta: reset_connection
          - async_status: {{jid: "{{{{ job.ansible_job_id }}}}"}}
            register: later
            until: later is finished
            retries: 50
            delay: 0.1
          - debug: {{msg: "{{{{ now is finished }}}} {{{{ later.rc }}}} {{{{ later.cmd }}}}"}}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["False 0 ['sleep', '0.3']"]


async def test_a_task_over_its_limit_is_ended(play: Player, tmp_path: Path) -> None:
    played = await play(f"""
        - hosts: all
          gather_facts: false
          vars: {{ansible_async_dir: {tmp_path}/jobs}}
          tasks:
          - {{name: long, command: sleep 60, async: 1, poll: 1}}
        """, hosts=["a"])  # fmt: skip
    result = played.results("long")["a"]
    assert result.status is Status.FAILED
    assert "time limit of 1 s" in result.message


async def test_an_unknown_job_is_an_error(play: Player) -> None:
    played = await play(
        "- {hosts: all, gather_facts: false, tasks: [{async_status: {jid: j1.2}}]}", hosts=["a"]
    )
    assert "could not find job" in played.results("async_status")["a"].message
