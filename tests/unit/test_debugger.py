"""The task debugger: a keyword, a strategy or a setting stops at tasks, and a person goes on from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Opsflow


@pytest.fixture
def opsflow(tmp_path: Path) -> Opsflow:
    return Opsflow(tmp_path)


PLAY = """\
- hosts: localhost
  gather_facts: false
  vars: {word: hello, secret: tulip-garden}
  tasks:
    - {name: say, command: "ech {{ word }}", register: said, debugger: on_failed}
    - {debug: {msg: "said {{ said.stdout }}"}}
"""


def test_a_failed_task_is_looked_at_changed_and_done_again(opsflow: Opsflow) -> None:
    typed = """\
p task
p task.args
p task_vars['word'] + '!'
p host.name, result['rc'], result._result['failed']
p nonsense
task.args['_raw_params'] = 'echo {{ word }} {{ more }}'
task_vars['more'] = '{{ word | upper }}'
r
"""
    done = opsflow.play(PLAY, typed=typed)
    assert done.code == 0
    assert "said hello HELLO" in done.out
    assert "FAILED" not in done.out
    prompt = "[localhost] TASK: say (debug)> "
    answers = done.err.split(prompt)
    assert (
        answers[0] == "failed: localhost: say at play.yml:5:7\n  cannot run ech: No such file or directory\n"
    )
    assert [answer.strip() for answer in answers[1:6]] == [
        "TASK: say",
        "{'_raw_params': 'ech {{ word }}'}",
        "'hello!'",
        "('localhost', 2, True)",
        "*** NameError: name 'nonsense' is not defined",
    ]


def test_going_on_leaves_the_failure_and_the_end_of_the_input_quits(opsflow: Opsflow) -> None:
    assert opsflow.play(PLAY, typed="task.args['_raw_params'] = 'false'\nu\np task.args\nc\n").code == 2
    ended = opsflow.play(PLAY, typed="h\n")
    assert (ended.code, "STOPPED  interrupted by a person" in ended.out) == (99, True)
    assert "task_vars['name'] = VALUE" in ended.err
    assert opsflow.play(PLAY, typed="q\n").code == 99


@pytest.mark.parametrize(
    ("keyword", "stops"),
    [
        ("strategy: debug", ["failed"]),
        ("strategy: linear", []),
        ("debugger: always", ["ok", "skipped", "ignored", "failed"]),
        ("debugger: on_skipped", ["skipped"]),
        ("debugger: '{{ when_to }}'", ["failed"]),
        ("strategy: debug\n  debugger: never", []),
    ],
)
def test_what_stops(opsflow: Opsflow, keyword: str, stops: list[str]) -> None:
    play = f"""\
- hosts: localhost
  gather_facts: false
  {keyword}
  vars: {{when_to: on_failed}}
  tasks:
    - {{name: one, debug: {{msg: x}}}}
    - {{name: two, debug: {{msg: x}}, when: false}}
    - {{name: three, fail: , ignore_errors: true}}
    - {{name: four, fail: }}
"""
    done = opsflow.play(play, typed="c\n" * 9)
    assert done.code == 2
    lines = done.err.replace("(debug)> ", "\n").splitlines()
    assert [line.split(":")[0] for line in lines if ": localhost: " in line] == stops


def test_the_setting_stops_at_failures_of_all_plays_and_secrets_stay_hidden(opsflow: Opsflow) -> None:
    play = """\
- hosts: localhost
  gather_facts: false
  vars: {key: value}
  tasks:
    - {name: hidden, fail: {msg: "{{ key }}"}, no_log: true}
"""
    done = opsflow.play(play, typed="p result\nq\n", env={"ANSIBLE_ENABLE_TASK_DEBUGGER": "1"})
    assert done.code == 99
    assert "'censored': 'the output is hidden because the task says no_log'" in done.err
    assert "value" not in done.err
