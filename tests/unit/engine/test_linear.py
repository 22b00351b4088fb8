"""The linear strategy: all hosts do a task before any does the next."""

from tests.support.plays import Player


async def test_hosts_go_through_tasks_in_step(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - {name: one, ping: }
          - {name: two, ping: }
        """)
    assert [task for task, _ in played.order("one", "two")] == ["one"] * 3 + ["two"] * 3


async def test_a_failed_host_leaves_the_play_and_the_others_go_on(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - fail: {msg: broken}
            when: inventory_hostname == 'b'
          - debug: {msg: after}
        - hosts: all
          gather_facts: false
          tasks:
          - debug: {msg: next play}
        """)
    assert played.said("a") == ["after", "next play"]
    assert played.said("b") == []
    assert played.summary.hosts["b"].stats.failed == 1
    assert played.summary.exit_code == 2


async def test_a_rescued_host_waits_for_the_others_before_always(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - block:
            - {name: risky, fail: {msg: no}, when: inventory_hostname == 'a'}
            - {name: rest, ping: }
            rescue:
            - {name: mend, debug: {msg: "{{ ansible_failed_result.msg }} in {{ ansible_failed_task.name }}"}}
            always:
            - {name: last, ping: }
          - {name: after, ping: }
        """)
    assert played.said("a") == ["False in risky"]  # YAML 1.1: `no` is a boolean
    order = played.order("rest", "mend", "last")
    assert [task for task, _ in order] == ["rest", "rest", "mend", "last", "last", "last"]
    assert ("mend", "a") in order
    assert len(played.results("after")) == 3
    assert played.summary.hosts["a"].stats.rescued == 1
    assert played.summary.exit_code == 0


async def test_always_runs_after_a_failure_that_nobody_rescues(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - block:
            - block:
              - fail: {msg: inner}
              always:
              - debug: {msg: inner always}
            always:
            - debug: {msg: outer always}
          - debug: {msg: never}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["inner always", "outer always"]
    assert played.summary.exit_code == 2


async def test_a_failure_in_rescue_is_a_failure(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - block:
            - fail:
            rescue:
            - fail: {msg: worse}
          - debug: {msg: never}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == []
    assert played.summary.exit_code == 2


async def test_any_errors_fatal_ends_the_play_for_all_after_the_task(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          any_errors_fatal: true
          tasks:
          - {name: risky, fail: {msg: no}, when: inventory_hostname == 'b'}
          - debug: {msg: never}
        """)
    assert played.said("a") == []
    assert len(played.results("risky")) == 3


async def test_run_once_registers_on_all_hosts(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - ping: {data: "{{ inventory_hostname }}"}
            run_once: true
            register: first
          - debug: {msg: "{{ first.ping }}"}
        """)
    assert [played.said(host) for host in ("a", "b", "c")] == [["a"], ["a"], ["a"]]


async def test_delegation_uses_the_tasks_variables_and_the_others_connection(play: Player) -> None:
    played = await play(
        """
        - hosts: web
          gather_facts: false
          tasks:
          - ping: {data: "{{ inventory_hostname }} {{ colour }}"}
            delegate_to: other
            register: answer
          - debug: {msg: "{{ answer.ping }}"}
        """,
        inventory="""
        web: {hosts: {a: {colour: red, ansible_host: 203.0.113.1, ansible_connection: ssh}}}
        all: {hosts: {other: {colour: blue}}}
        """,
    )
    assert played.said("a") == ["a red"]


async def test_order_can_be_turned_around(play: Player) -> None:
    played = await play("""
        - hosts: all
          order: reverse_sorted
          serial: 1
          gather_facts: false
          tasks: [{name: one, ping: }]
        """)
    assert [host for _, host in played.order("one")] == ["c", "b", "a"]


async def test_a_host_whose_plays_have_nothing_to_do_was_not_forgotten(play: Player) -> None:
    played = await play("""
        - {hosts: a, gather_facts: false, tasks: [{ping: , tags: x}]}
        - {hosts: b, gather_facts: false, tasks: [{ping: , tags: y}]}
        """, hosts=["a", "b"], tags=frozenset({"x"}))  # fmt: skip
    assert list(played.summary.hosts) == ["a"]
    assert played.summary.not_reached == []
