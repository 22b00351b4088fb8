"""Everything that is wrong in a playbook is found at once, with its place, before any host is touched."""

import pytest

from tests.support.plays import Player


async def test_all_problems_are_told_at_once(play: Player) -> None:
    problems = await play.problems("""
        - hosts: all
          gather_fact: false
          tasks:
          - pin:
          - ping: {dat: 1}
            whn: true
          - debug: msg="{{ foo | upprt }}"
          - debug:
              msg: "{{ a b }}"
            when: 1 ==
            notify: nothing
          - block: [{ping: }]
            rescu: []
          - 42
          - meta: flush_handler
          - {ping: , debug: }
        """)
    assert problems == [
        "2:3 unknown keyword 'gather_fact' of a play → did you mean 'gather_facts'?",
        "4:5 there is no module or keyword 'pin' → did you mean 'ping'?",
        "5:12 the module 'ping' has no option 'dat' → did you mean 'data'?",
        "6:5 there is no keyword 'whn' → did you mean 'when'?",
        "7:12 template: there is no filter named 'upprt' → did you mean 'upper'?",
        "9:12 template: expected token 'end of print statement', got 'b'",
        "10:11 template: unexpected 'end of template'",
        "11:13 there is no handler named 'nothing' and none listens to it",
        "13:5 unknown keyword 'rescu' of a block → did you mean 'rescue'?",
        "14:5 a task is a mapping with a module's name",
        "15:11 there is no meta action 'flush_handler' → did you mean 'flush_handlers'?",
        "16:14 a task names one module: this one has 'ping' already",
    ]


@pytest.mark.parametrize(
    ("task", "problem"),
    [
        ("{ping: , become: maybe}", "'become' must be a boolean"),
        ("{ping: , retries: many}", "'retries' must be a whole number"),
        ("{ping: , when: ''}", "'when' is empty"),
        ("{ping: , read_only: true, changed_when: false}", "'read_only' decides 'changed_when' already"),
        ("{ping: , loop: [1], with_items: [1]}", "exclude each other"),
        ("{ping: , with_itms: [1]}", "there is no loop 'with_itms'"),
        ("{ping: , loop: [1], loop_control: {labl: x}}", "unknown keyword 'loop_control.labl'"),
        ("{wait_for_connection: {timeout: soon}}", "wait_for_connection: 'timeout' must be a number"),
        ("{copy: {content: x, dest: /x}, async: 10}", "'async': the module 'copy' can't be detached"),
        ("{ping: , debugger: sometimes}", "'debugger' must be one of always, never, on_failed"),
        ("{ping: , listen: x}", "the keyword 'listen' does not belong to a task"),
        ("{rescue: []}", "belong to a 'block'"),
        ("{import_role: {name: x}}", "there is no role 'x'"),
        ("{include_role: {nam: x}}", "the module 'include_role' has no option 'nam'"),
        ("{name: only}", "a task names a module"),
        ("{debug: 'msg'}", "'msg' is no option: write name=value"),
    ],
)
async def test_each_mistake_has_its_sentence(play: Player, task: str, problem: str) -> None:
    found = await play.problems(f"""
        - hosts: all
          tasks:
          - {task}
        """)
    assert len(found) == 1
    assert problem in found[0]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "a playbook is a list of plays"),
        ("hosts: all", "a playbook is a list of plays"),
        ("- tasks: []", "a play needs 'hosts'"),
        ("- hosts: all\n  tasks: [{ping: }\n", "invalid YAML"),
        ("- hosts: all\n  vars:\n    x: {{ y }}\n", "put quotes around a value that starts with a template"),
        ("- hosts: all\n  strategy: fre\n", "host_pinned, debug; did you mean 'free'?"),
        ("- hosts: all\n  roles: [x]\n", "there is no role 'x'"),
        ("- import_playbook: missing.yml\n", "cannot read"),
        ("- import_playbook: play.yml\n", "imports itself"),
    ],
)
async def test_files_that_are_no_playbooks(play: Player, text: str, problem: str) -> None:
    assert problem in "\n".join(await play.problems(text))


async def test_undefined_variables_are_found_unless_the_task_provides_for_them(play: Player) -> None:
    problems = await play.problems("""
        - hosts: all
          vars: {greeting: hi}
          tasks:
          - debug: {msg: "{{ greting }} {{ ansible_hostname }} {{ inventory_hostname }}"}
          - debug: {msg: "{{ perhaps | default('') }} {{ item }}"}
            loop: [1]
          - debug: {msg: "{{ guarded }}"}
            when: guarded is defined
          - ping:
            register: later
          - debug: {msg: "{{ later.ping }} {{ fact }} {{ own }}"}
            vars: {own: 1}
          - set_fact: {fact: 1}
          - debug: {msg: "{% set local = 1 %}{{ local }}{% for i in [1] %}{{ i }}{% endfor %}"}
          - assert: {that: [zzz == 1]}
        """)
    assert problems == [
        "4:18 the variable 'greting' is not defined anywhere → did you mean 'greeting'?",
        "15:21 the variable 'zzz' is not defined anywhere → give it with -e zzz=…, or zzz | default(…)",
    ]


async def test_limits_and_tags_that_match_nothing_are_refused(play: Player) -> None:
    text = """
        - hosts: all:!dbb
          tasks: [{ping: , tags: [web]}]
        """
    problems = await play.problems(text, tags=frozenset({"wep"}), limit="d")
    assert problems == [
        "--limit: no host or group matches 'd'",
        "no task has the tag 'wep' → did you mean 'web'?",
    ]


async def test_problems_of_imported_tasks_say_where_they_come_from(play: Player) -> None:
    play.write("more.yml", "- png:\n")
    problems = await play.problems("""
        - hosts: all
          tasks:
          - import_tasks: more.yml
        """)
    assert problems == ["1:3 there is no module or keyword 'png' → did you mean 'ping'?"]


async def test_keywords_of_plays_are_rendered_before_any_host_is_touched(play: Player) -> None:
    problems = await play.problems("""
        - hosts: all
          vars: {size: many}
          serial: "{{ size }}"
          max_fail_percentage: "{{ nothing }}"
          tasks: []
        """)
    assert "'serial' must be a number or a percentage, not 'many'" in problems[0]
    assert "'max_fail_percentage' of the play: 'nothing' is undefined" in problems[1]


async def test_options_that_module_defaults_give_are_not_missing(play: Player) -> None:
    playbook = """
    - hosts: all
      module_defaults: {copy: {dest: /tmp/x}}
      tasks:
        - copy: {content: x}
        - copy: {contents: x}
        - stat: {}
    """
    assert await play.problems(playbook) == [
        "5:14 the module 'copy' has no option 'contents' → did you mean 'content'?",
        "6:13 stat: 'path' is required",
    ]


async def test_options_within_options_are_checked_as_options_are(play: Player) -> None:
    """A template may yield what fits; what is certainly wrong is told all the same."""
    playbook = """
    - hosts: all
      vars: {port: 80, seconds: 5}
      tasks:
        - health_check:
            checks:
              - {tcp: "localhost:{{ port }}", timeout: "{{ seconds }}"}
              - {http: {url: "http://x/", stauts: 200}, delay: "{{ seconds }}"}
              - {unit: nginx, timeout: long}
        - system_update:
            preflight: {disc: "{{ 'stop' }}", clock: off}
            health: [{unti: nginx}]
    """
    assert await play.problems(playbook) == [
        "7:39 health_check: unknown option 'checks[1].http.stauts' → did you mean 'status'?",
        "8:27 health_check: 'checks[2].timeout' must be a number",
        "10:21 system_update: unknown option 'preflight.disc' → did you mean 'disk'?",
        "11:19 system_update: unknown option 'health[0].unti' → did you mean 'unit'?",
    ]
