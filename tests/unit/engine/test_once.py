"""Modules that are done once for all hosts."""

from tests.support.plays import Player


async def test_a_pause_is_one_for_all_hosts(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - pause: {seconds: 0}
            register: r
          - debug: {msg: "{{ r.stdout }}"}
        """, hosts=["a", "b", "c"])  # fmt: skip
    assert list(played.results("pause")) == ["a"]
    assert [played.said(host)[0][:10] for host in "abc"] == ["Paused for"] * 3


async def test_keywords_that_decide_for_all_hosts_may_be_templates(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - {name: each, ping: , run_once: "{{ once }}"}
          - {name: risky, fail: , when: inventory_hostname == 'a', any_errors_fatal: "{{ once }}"}
          - {name: after, ping: }
        """, extra_vars={"once": False})  # fmt: skip
    assert len(played.results("each")) == 3
    assert set(played.results("after")) == {"b", "c"}  # they end in any order


async def test_a_handler_may_run_once(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks: [{ping: , changed_when: true, notify: h}]
          handlers: [{name: h, command: echo x, run_once: true}]
        """)
    assert len([e for e in played.events if type(e).__name__ == "HostStarted" and e.task.name == "h"]) == 1


async def test_run_once_is_once_when_hosts_go_their_own_ways_and_once_for_each_item(play: Player) -> None:
    play.write("one.yml", "- {name: inner, command: 'echo {{ item }}', run_once: true}")
    played = await play("""
        - hosts: all
          gather_facts: false
          strategy: free
          tasks:
          - {name: once, command: echo x, run_once: true}
        - hosts: all
          gather_facts: false
          tasks:
          - {include_tasks: one.yml, loop: [1, 2]}
        """)
    started = [e.task.name for e in played.events if type(e).__name__ == "HostStarted"]
    assert started.count("once") == 1
    assert started.count("inner") == 2


async def test_any_errors_fatal_sends_all_hosts_to_the_rescue(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          any_errors_fatal: true
          tasks:
          - block:
            - {name: risky, fail: , when: inventory_hostname == 'a'}
            rescue:
            - {name: mend, ping: }
          - {name: after, ping: }
        """)
    assert len(played.results("mend")) == 3
    assert len(played.results("after")) == 3
    assert played.summary.exit_code == 0


async def test_hosts_that_are_ended_by_others_under_free_end_well(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          strategy: free
          tasks:
          - {name: slow, command: sleep 0.2, when: inventory_hostname != 'a'}
          - meta: end_batch
        """)
    assert played.summary.exit_code == 0


async def test_a_handler_that_runs_once_does_so_at_each_flush(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          force_handlers: true
          tasks:
          - {name: first, ping: , changed_when: true, notify: h}
          - meta: flush_handlers
          - {name: second, ping: , changed_when: true, notify: h}
          - meta: flush_handlers
          - {name: third, ping: , changed_when: true, notify: h}
          - {name: end, fail: }
          handlers: [{name: h, command: echo x, run_once: true}]
        """)
    started = [e.task.name for e in played.events if type(e).__name__ == "HostStarted"]
    assert started.count("h") == 3
