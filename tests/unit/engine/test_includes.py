"""Includes: read while the run goes on, done in the place of the task that asks for them."""

from opsflow.core.results import Status
from tests.support.plays import Player


async def test_each_host_includes_its_own_file_and_all_meet_again(play: Player) -> None:
    play.write("for_a.yml", "- {name: one, debug: {msg: a only}}\n- {name: two, debug: {msg: a again}}")
    play.write("for_b.yml", "- {name: three, debug: {msg: b only}}")
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - include_tasks: "for_{{ inventory_hostname }}.yml"
          - {name: last, debug: {msg: end}}
        """, hosts=["a", "b"])  # fmt: skip
    assert played.said("a") == ["a only", "a again", "end"]
    assert played.said("b") == ["b only", "end"]
    names = [task for task, _ in played.order("one", "two", "three", "last")]
    assert names[-2:] == ["last", "last"]


async def test_a_looped_include_gives_its_tasks_the_item(play: Player) -> None:
    play.write("each.yml", '- {name: say, debug: {msg: "{{ thing }} {{ own }} {{ n }}"}}')
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - include_tasks: each.yml
            loop: [x, y, z]
            loop_control: {loop_var: thing, index_var: n}
            when: thing != 'y'
            vars: {own: "<{{ thing }}>"}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["x <x> 0", "z <z> 2"]


async def test_an_includes_variables_outrank_set_facts(play: Player) -> None:
    play.write(
        "say.yml", '- debug: {msg: "{{ level }}"}\n- set_fact: {level: again}\n- debug: {msg: "{{ level }}"}'
    )
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - set_fact: {level: fact}
          - include_tasks: say.yml
            vars: {level: include}
          - debug: {msg: "{{ level }}"}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["include", "include", "again"]


async def test_apply_gives_keywords_to_the_included_tasks(play: Player) -> None:
    play.write("inner.yml", '- {name: inner, debug: {msg: "{{ applied }}"}}')
    text = """
        - hosts: all
          gather_facts: false
          tasks:
          - include_tasks: {file: inner.yml, apply: {tags: [deep], vars: {applied: 1}}}
            tags: [top]
        """
    assert (await play(text, hosts=["a"])).said("a") == [1]
    assert (await play(text, hosts=["a"], tags=frozenset({"top"}))).said("a") == []


async def test_a_failure_inside_an_include_is_rescued_outside(play: Player) -> None:
    play.write("bad.yml", "- {name: bad, fail: {msg: broken}}\n- debug: {msg: never}")
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - block:
            - include_tasks: bad.yml
            rescue:
            - debug: {msg: "rescued {{ ansible_failed_result.msg }}"}
          - debug: {msg: after}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["rescued broken", "after"]


async def test_includes_may_include_and_import(play: Player) -> None:
    play.write("tasks/outer.yml", "- include_tasks: inner.yml\n- import_tasks: other.yml")
    play.write("tasks/inner.yml", "- debug: {msg: inner}")
    play.write("tasks/other.yml", "- debug: {msg: other}")
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - include_tasks: tasks/outer.yml
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["inner", "other"]


async def test_a_file_that_is_missing_or_wrong_fails_its_hosts_only(play: Player) -> None:
    play.write("for_a.yml", "- png:")
    play.write("for_c.yml", "- debug: {msg: fine}")
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - {name: include, include_tasks: "for_{{ inventory_hostname }}.yml"}
        """)
    results = played.results("include")
    assert results["a"].status is Status.FAILED
    assert "for_a.yml:1:3" in results["a"].message
    assert "there is no file of tasks 'for_b.yml'" in results["b"].message
    assert played.said("c") == ["fine"]


async def test_a_handler_may_include_tasks(play: Player) -> None:
    play.write("more.yml", "- debug: {msg: one}\n- debug: {msg: two}")
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - debug: {msg: task}
            changed_when: true
            notify: h
          handlers:
          - {name: h, include_tasks: more.yml}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["task", "one", "two"]


async def test_a_long_loop_of_includes_stays_linear(play: Player) -> None:
    play.write("one.yml", "- {name: one, set_fact: {last: '{{ item }}'}}")
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - include_tasks: one.yml
            loop: "{{ range(300) | list }}"
          - debug: {msg: "{{ last }}"}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == [299]


async def test_keywords_for_included_tasks_can_not_be_a_template(play: Player) -> None:
    play.write("one.yml", "- ping:")
    played = await play("""
        - hosts: all
          gather_facts: false
          vars: {words: {become: false}}
          tasks:
          - {name: include, include_tasks: {file: one.yml, apply: "{{ words }}"}}
        """, hosts=["a"])  # fmt: skip
    assert "'apply' must be a mapping" in played.results("include")["a"].message
