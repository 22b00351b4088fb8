"""One task on one host: conditions, loops, attempts and what becomes of results."""

from opsflow.core.events import HostRetry
from opsflow.core.results import Status
from tests.support.plays import Player


async def test_a_false_condition_skips_and_says_which(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - name: skips
            ping:
            when: [1 == 1, inventory_hostname == 'z']
            register: r
          - debug: {msg: "{{ r is skipped }} {{ r.skip_reason }}"}
        """, hosts=["a"])  # fmt: skip
    result = played.results("skips")["a"]
    assert result.status is Status.SKIPPED
    assert result.data["false_condition"] == "inventory_hostname == 'z'"
    assert played.said("a") == ["True Conditional result was False"]


async def test_a_condition_must_be_true_or_false(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          vars: {name: x, items: []}
          tasks:
          - ping:
            when: name
        """, hosts=["a"])  # fmt: skip
    result = played.results("ping")["a"]
    assert "the condition 'name' is text, not true or false" in result.message
    assert "play.yml:6:11" in result.message
    assert "name | bool" in result.data["hint"]


async def test_loops_report_items_and_combine_them(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - name: each
            ping: {data: "{{ it }}{{ n }}"}
            loop: [x, y, z]
            loop_control: {loop_var: it, index_var: n, extended: true}
            when: it != 'y'
            register: r
            changed_when: ansible_loop.last
          - debug: {msg: "{{ r.results | map(attribute='ping', default='-') | list }}"}
          - debug: {msg: "{{ r.changed }} {{ r.results[1] is skipped }} {{ r.results[0].it }}"}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == [["x0", "-", "z2"], "True True x"]


async def test_with_items_flattens_one_level(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          vars: {more: [3, [4]]}
          tasks:
          - debug: {msg: "{{ item }}"}
            with_items: [1, [2], "{{ more }}"]
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == [1, 2, 3, [4]]


async def test_an_empty_loop_skips(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - {name: each, ping: , loop: []}
        """, hosts=["a"])  # fmt: skip
    assert played.results("each")["a"].status is Status.SKIPPED


async def test_until_tries_again_and_counts(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - name: again
            ping: {data: "{{ 5 }}"}
            register: r
            until: r.attempts > 7
            retries: 2
            delay: 0
            ignore_errors: true
          - debug: {msg: "{{ r.attempts }} {{ r is failed }}"}
        """, hosts=["a"])  # fmt: skip
    assert [e.attempt for e in played.events if isinstance(e, HostRetry)] == [1, 2]
    assert played.results("again")["a"].status is Status.IGNORED
    assert played.said("a") == ["2 True"]  # as in Ansible: the retries


async def test_failed_when_and_changed_when_see_the_result(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - name: judged
            ping: {data: "7"}
            register: r
            changed_when: r.ping == "7"
            failed_when: [r.ping == "7", false]
          - name: broken
            ping:
            register: r
            failed_when: r.ping == "pong"
        """, hosts=["a"])  # fmt: skip
    assert played.results("judged")["a"].status is Status.CHANGED
    assert played.results("broken")["a"].status is Status.FAILED


async def test_omit_leaves_an_option_out(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - ping: {data: "{{ nothing | default(omit) }}"}
            register: r
          - debug: {msg: "{{ r.ping }}"}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["pong"]


async def test_options_that_do_not_fit_after_rendering_fail_the_task_on_that_host(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          vars: {secs: soon}
          tasks:
          - name: wait
            wait_for_connection: {timeout: "{{ secs }}"}
        """, hosts=["a"])  # fmt: skip
    assert "timeout: must be a number" in played.results("wait")["a"].message


async def test_no_log_hides_results_items_and_messages(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - name: hidden
            fail: {msg: "s3cret {{ item }}"}
            loop: [s3cret]
            no_log: true
        """, hosts=["a"])  # fmt: skip
    result = played.results("hidden")["a"]
    assert result.censored
    assert "s3cret" not in str(result.public())
    assert "s3cret" not in str(played.summary)


async def test_check_mode_of_a_task_outranks_the_run(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - debug: {msg: "{{ ansible_check_mode }}"}
          - {name: waits, wait_for_connection: {timeout: 5}}
          - {name: really, wait_for_connection: {timeout: 5}, check_mode: false}
        """, hosts=["a"], check=True)  # fmt: skip
    assert played.said("a") == [True]
    assert played.results("waits")["a"].status is Status.SKIPPED
    assert played.results("really")["a"].status is Status.OK


async def test_a_module_that_crashes_fails_its_task_only(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - ping: {data: crash}
            ignore_errors: true
          - debug: {msg: after}
        """, hosts=["a"])  # fmt: skip
    assert "boom" in played.results("ping")["a"].message
    assert played.said("a") == ["after"]


async def test_facts_set_in_a_loop_are_seen_by_the_next_item(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - set_fact: {sum: "{{ (sum | default(0)) + item }}"}
            loop: [1, 2, 3]
          - debug: {msg: "{{ sum }}"}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == [6]


async def test_delegated_facts_belong_to_the_delegate(play: Player) -> None:
    played = await play("""
        - hosts: a
          gather_facts: false
          tasks:
          - set_fact: {found: 1}
            delegate_to: b
            delegate_facts: true
          - debug: {msg: "{{ hostvars.b.found }} {{ found is defined }}"}
        """, hosts=["a", "b"])  # fmt: skip
    assert played.said("a") == ["1 False"]


async def test_a_name_may_hold_variables(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          vars: {what: this}
          tasks:
          - {name: "do {{ what }}", ping: }
          - {name: "do {{ nothing | default(missing) }}", ping: }
        """, hosts=["a"], extra_vars={"missing": "that"})  # fmt: skip
    assert list(played.results("do this")) == ["a"]
    assert list(played.results("do that")) == ["a"]


async def test_hosts_and_groups_made_by_tasks_can_be_played_on(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - group_by: {key: "made_{{ inventory_hostname }}"}
          - add_host: {name: new, groups: [fresh], colour: green}
            run_once: true
          - debug: {msg: "{{ group_names }} {{ groups.fresh }}"}
        - hosts: made_b:fresh
          gather_facts: false
          tasks:
          - debug: {msg: "{{ colour | default('none') }}"}
        """, hosts=["a", "b"])  # fmt: skip
    assert played.said("a") == ["['made_a'] ['new']"]
    assert played.said("b") == ["['made_b'] ['new']", "none"]
    assert played.said("new") == ["green"]


async def test_another_hosts_variables_may_have_any_name(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - set_fact: {over: 1, layers: 2, origin: 3}
          - debug: {msg: "{{ hostvars.a.over }} {{ hostvars['a'].layers }} {{ vars.origin }}"}
          - debug: {msg: "{{ hostvars.a.get('over') }} {{ hostvars.b.raw | default('none') }}"}
        """, hosts=["a", "b"])  # fmt: skip
    assert played.said("a") == ["1 2 3", "1 none"]


async def test_a_read_only_task_runs_in_check_mode_and_changes_nothing(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - {name: asks, command: echo up, read_only: true, register: r}
          - {name: acts, command: echo no, register: s}
          - debug: {msg: "{{ r.stdout }} {{ s is skipped }}"}
        """, hosts=["a"], check=True)  # fmt: skip
    assert played.results("asks")["a"].status is Status.OK
    assert played.said("a") == ["up True"]
