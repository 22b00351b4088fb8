"""Lookups that wait hold up neither the other hosts nor the event loop."""

from __future__ import annotations

from tests.support.plays import Player

# Each command waits for a file that the other host's makes: one after the other they would never end.
MEET = (
    "touch {dir}/$ME; for i in $(seq 100); do test -e {dir}/$OTHER && echo $ME met $OTHER && exit 0; "
    "sleep 0.05; done; exit 1"
)


async def test_commands_of_lookups_run_side_by_side(play: Player) -> None:
    command = MEET.replace("{dir}", str(play.base))
    played = await play(
        """
        - hosts: all
          gather_facts: false
          vars:
            other: {a: b, b: a}
            names: "ME={{ inventory_hostname }}; OTHER={{ other[inventory_hostname] }}; "
            met: "{{ lookup('pipe', names ~ meet) }}"
          tasks:
          - debug: {msg: "{{ met }}"}
            when: met is search('met')
        """,
        hosts=["a", "b"],
        extra_vars={"meet": command},
    )
    assert (played.said("a"), played.said("b")) == (["a met b"], ["b met a"])


async def test_a_command_that_fails_there_fails_its_task(play: Player) -> None:
    played = await play(
        """
        - hosts: all
          gather_facts: false
          tasks:
          - {name: pipe, debug: {msg: "{{ lookup('pipe', 'echo no >&2; exit 3') }}"}, ignore_errors: true}
          - name: fallback
            debug: {msg: "{{ lookup('pipe', 'exit 3', errors='ignore') | default('x', true) }}"}
          - {name: loop, debug: {msg: "{{ item }}"}, with_lines: printf '1\\n2\\n'}
        """,
        hosts=["a"],
    )
    assert "lookup 'pipe': the command" in str(played.results("pipe")["a"].data["msg"])
    assert played.said("a")[1:] == ["x", "1", "2"]
