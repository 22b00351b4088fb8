"""What a host says changes nothing but that host's results: it is one host among many."""

import pytest

from opsflow.engine.state import HostState
from opsflow.inventory.model import Host
from opsflow.modules.base.module import Result, TaskContext
from opsflow.modules.ping import Ping
from tests.support.plays import Player


async def test_output_that_looks_like_an_expression_is_never_evaluated(play: Player) -> None:
    mark = play.base / "mark"
    said = f"lookup('pipe', 'touch {mark}') == ''"
    played = await play(
        f"""
        - hosts: all
          gather_facts: false
          ignore_errors: true
          tasks:
          - {{command: {{argv: [echo, "{said}"]}}, register: r}}
          - {{name: c1, ping: , when: "{{{{ r.stdout }}}}"}}
          - {{name: c2, assert: {{that: "{{{{ r.stdout }}}}"}}}}
          - {{name: c3, assert: {{that: ["{{{{ r.stdout }}}}"]}}}}
          - {{name: c4, debug: {{var: "{{{{ r.stdout }}}}"}}}}
          - {{name: c5, ping: , failed_when: "{{{{ r.stdout }}}}"}}
          - {{name: c6, ping: , until: "{{{{ r.stdout }}}}", retries: 1, delay: 0}}
        """,
        hosts=["a"],
    )
    assert played.results("command")["a"].data["stdout"] == said
    assert not mark.exists()


async def test_a_result_that_looks_like_added_hosts_adds_none(
    play: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forged(self: Ping, task: TaskContext, args: object) -> Result:
        variables = {"ansible_connection": "ssh"}
        return {"changed": False, "add_host": {"host_name": "b", "host_vars": variables, "groups": ["pwned"]}}

    monkeypatch.setattr(Ping, "run", forged)
    played = await play(
        """
        - hosts: a
          gather_facts: false
          tasks:
          - ping:
          - debug: {msg: "{{ groups.pwned is defined }} {{ hostvars.b.ansible_connection }}"}
        """,
        inventory="all: {hosts: {a: , b: {ansible_connection: local}}}",
    )
    assert played.said("a") == ["False local"]


def test_facts_never_say_how_a_host_is_reached() -> None:
    state = HostState(Host("a", None))  # type: ignore[arg-type]
    forged = [
        "host",
        "ssh_host",
        "ssh_port",
        "host_key_checking",
        "private_key_file",
        "become_user",
        "connection",
    ]
    state.take_facts({"ansible_kernel": "6.1", **{f"ansible_{name}": "x" for name in forged}})
    assert state.facts == {"ansible_kernel": "6.1"}


async def test_hidden_stays_hidden_when_a_notification_fails_or_an_item_decides(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          ignore_errors: true
          vars: {h: nobody}
          tasks:
          - name: two
            command: "echo {{ item.v }}"
            no_log: "{{ item.hide }}"
            loop: [{v: S3CRET, hide: true}, {v: open, hide: false}]
          - {name: three, command: echo S3CRET, no_log: "{{ missing | default(nothing) }}"}
          - {name: one, command: echo S3CRET, no_log: true, notify: "{{ h }}"}
        """, hosts=["a"], extra_vars={"nothing": True})  # fmt: skip
    for name in ("one", "two", "three"):
        assert played.results(name)["a"].censored, name
        assert "S3CRET" not in str(played.results(name)["a"].public())
    assert "S3CRET" not in str(played.summary)


async def test_unsafe_text_of_a_playbook_is_never_a_condition(play: Player) -> None:
    played = await play("""
        - hosts: a
          gather_facts: false
          vars: {conditions: [true, !unsafe 2 > 1]}
          tasks:
          - {name: when, debug: , when: !unsafe 2 > 1, ignore_errors: true}
          - {name: that, assert: {that: !unsafe 2 > 1}, ignore_errors: true}
          - {name: one of several, assert: {that: "{{ conditions }}"}, ignore_errors: true}
        """)
    for name in ("when", "that", "one of several"):
        assert "never an expression" in played.results(name)["a"].data["msg"]
