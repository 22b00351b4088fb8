"""The inventory of a run: where a host was named, and what is read again while the run goes on."""

from pathlib import Path

from tests.support.plays import Player


async def test_each_host_knows_the_file_that_named_it(play: Player, tmp_path: Path) -> None:
    played = await play(
        """
        - hosts: all:localhost
          gather_facts: false
          tasks:
          - debug: {msg: "{{ inventory_file }} {{ hostvars['a'].inventory_dir }}"}
            when: inventory_file is defined
          - debug: {msg: "{{ inventory_dir | default('nowhere') }}"}
        """,
        inventory="all: {hosts: {a: }}",
    )
    assert played.said("a") == [f"{tmp_path}/hosts.yml {tmp_path}", str(tmp_path)]
    assert played.said("localhost") == ["nowhere"]


async def test_the_inventory_can_be_read_again(play: Player, tmp_path: Path) -> None:
    played = await play(
        """
        - hosts: a
          gather_facts: false
          tasks:
          - add_host: {name: mine, groups: fresh}
          - copy: {dest: "{{ inventory_file }}", content: "all: {hosts: {a: {x: 2}}}\\nlate: {hosts: {b: }}"}
          - debug: {msg: "{{ x }} {{ groups.all }}"}
          - meta: refresh_inventory
          - debug: {msg: "{{ x }} {{ groups.all }}"}
        - hosts: late:fresh
          gather_facts: false
          tasks:
          - debug: {msg: "{{ group_names }}"}
        """,
        inventory="all: {hosts: {a: {x: 1}}}",
    )
    assert played.said("a") == ["1 ['a', 'mine']", "2 ['a', 'b', 'mine']"]
    assert played.said("b") == [["late"]]
    assert played.said("mine") == [["fresh"]]


async def test_a_host_that_is_gone_when_the_inventory_is_read_again_ends_its_play(play: Player) -> None:
    played = await play(
        """
        - hosts: all
          gather_facts: false
          tasks:
          - group_by: {key: "{{ inventory_hostname }}s"}
          - copy: {dest: "{{ inventory_file }}", content: "all: {hosts: {b: {x: three}, c: {x: four}}}"}
            run_once: true
          - meta: refresh_inventory
          - debug: {msg: "{{ x }} {{ groups.all }}"}
        - hosts: all
          gather_facts: false
          tasks:
          - debug: {msg: "{{ x }}"}
        """,
        inventory="all: {hosts: {a: {x: 1}, b: {x: 2}}}",
    )
    assert played.said("a") == ["1 ['b', 'c']"]
    assert played.said("b") == ["three ['b', 'c']", "three"]
    assert played.said("c") == ["four"]


async def test_a_group_that_would_contain_itself_fails_the_task(play: Player) -> None:
    played = await play("""
        - hosts: a
          gather_facts: false
          tasks:
          - {name: below, group_by: {key: x, parents: y}}
          - {name: above, group_by: {key: y, parents: x}}
        """)
    assert played.results("above")["a"].data["msg"] == "group 'y' would contain itself through 'x'"
