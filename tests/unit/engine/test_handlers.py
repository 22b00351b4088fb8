"""Handlers: due once, in the order of their definition, dropped when a host fails."""

from tests.support.plays import Player


async def test_handlers_run_once_in_order_of_definition_at_the_end_of_a_section(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          pre_tasks:
          - debug: {msg: pre}
            changed_when: true
            notify: second
          tasks:
          - debug: {msg: task}
            changed_when: true
            notify: [third, topic, second]
          - debug: {msg: again}
            changed_when: true
            notify: third
          handlers:
          - {name: first, debug: {msg: h1}, listen: topic}
          - {name: second, debug: {msg: h2}}
          - {name: third, debug: {msg: h3}}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["pre", "h2", "task", "again", "h1", "h2", "h3"]


async def test_a_handler_may_notify_one_behind_it(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - debug: {msg: task}
            changed_when: true
            notify: one
          handlers:
          - {name: one, debug: {msg: h1}, changed_when: true, notify: two}
          - {name: two, debug: {msg: h2}}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["task", "h1", "h2"]


async def test_flush_runs_them_now_and_unchanged_tasks_notify_nobody(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - debug: {msg: quiet}
            notify: h
          - meta: flush_handlers
          - debug: {msg: loud}
            changed_when: true
            notify: h
          - meta: flush_handlers
          - debug: {msg: end}
          handlers:
          - {name: h, debug: {msg: handled}}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["quiet", "loud", "handled", "end"]


FAILING = """
    - hosts: all
      gather_facts: false
      force_handlers: {force}
      tasks:
      - debug: {{msg: task}}
        changed_when: true
        notify: h
      - fail:
      handlers:
      - {{name: h, debug: {{msg: handled}}}}
    """


async def test_a_failed_host_drops_its_handlers_unless_they_are_forced(play: Player) -> None:
    assert (await play(FAILING.format(force="false"), hosts=["a"])).said("a") == ["task"]
    assert (await play(FAILING.format(force="true"), hosts=["a"])).said("a") == ["task", "handled"]


async def test_meta_ends_hosts_and_plays(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - meta: end_host
            when: inventory_hostname == 'a'
          - debug: {msg: one}
          - meta: end_play
          - debug: {msg: never}
        - hosts: all
          gather_facts: false
          tasks:
          - debug: {msg: next}
        """, hosts=["a", "b"])  # fmt: skip
    assert played.said("a") == ["next"]
    assert played.said("b") == ["one", "next"]
    assert played.summary.exit_code == 0
