"""Roles: where their variables stand, what they depend on, which handlers they bring."""

import re

from tests.support.plays import Player

WEB = {
    "roles/web/tasks/main.yml": """
        - name: say
          debug: {msg: "{{ role_name }} {{ app_port }} {{ colour }} {{ size | default('no size') }}"}
        - {name: change, debug: {msg: changed}, changed_when: true, notify: reload}
        """,
    "roles/web/defaults/main.yml": "{app_port: 80, colour: default}",
    "roles/web/vars/main.yml": "{kind: server}",
    "roles/web/handlers/main.yml": """
        - {name: reload, debug: {msg: "reload {{ app_port }}"}, listen: web changed}
        """,
}


def write(play: Player, files: dict[str, str]) -> None:
    for name, text in files.items():
        play.write(name, text)


async def test_a_roles_defaults_are_the_weakest_and_its_parameters_among_the_strongest(play: Player) -> None:
    write(play, WEB)
    played = await play(
        """
        - hosts: all
          gather_facts: false
          vars: {kind: play}
          roles:
          - {role: web, app_port: 8080, vars: {size: big}}
          tasks:
          - debug: {msg: "{{ app_port }} {{ kind }} {{ size | default('none') }} {{ role_names }}"}
        """,
        inventory="all: {hosts: {a: {colour: inventory}}}",
    )
    assert played.said("a") == [
        "web 8080 inventory big",
        "changed",
        "80 server none ['web']",
        "reload 8080",
    ]
    assert list(played.results("web : say")) == ["a"]


async def test_a_role_runs_once_for_the_same_use_after_what_it_depends_on(play: Player) -> None:
    play.write("roles/base/tasks/main.yml", '- debug: {msg: "base {{ level | default(0) }}"}')
    play.write("roles/app/meta/main.yml", "dependencies: [{role: base, level: 1}, base]")
    play.write("roles/app/tasks/main.yml", "- debug: {msg: app}")
    played = await play("""
        - hosts: all
          gather_facts: false
          roles: [base, app, app, base]
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["base 0", "base 1", "app"]


async def test_duplicates_run_again_where_the_role_allows_it(play: Player) -> None:
    play.write("roles/more/meta/main.yml", "allow_duplicates: true")
    play.write("roles/more/tasks/main.yml", "- debug: {msg: more}")
    played = await play("- {hosts: all, gather_facts: false, roles: [more, more]}", hosts=["a"])
    assert played.said("a") == ["more", "more"]


async def test_files_and_templates_are_found_in_the_role_first(play: Player) -> None:
    play.write("files/text", "of the playbook")
    play.write("roles/web/files/text", "of the role")
    play.write("roles/web/tasks/main.yml", "- debug: {msg: \"{{ lookup('file', 'text') }}\"}")
    played = await play("""
        - hosts: all
          gather_facts: false
          roles: [web]
          post_tasks:
          - debug: {msg: "{{ lookup('file', 'text') }}"}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["of the role", "of the playbook"]


async def test_handlers_answer_to_their_name_their_roles_and_topics(play: Player) -> None:
    write(play, WEB)
    for name in ("reload", "web : reload", "web changed", "web : web changed"):
        played = await play(f"""
            - hosts: all
              gather_facts: false
              roles: [web]
              tasks:
              - meta: flush_handlers
              - {{name: again, debug: {{msg: again}}, changed_when: true, notify: '{name}'}}
            """, hosts=["a"])  # fmt: skip
        assert played.said("a")[-1] == "reload 80", name


async def test_an_included_roles_variables_stay_its_own_unless_it_is_public(play: Player) -> None:
    write(play, WEB)
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - include_role: {name: web}
            vars: {size: "{{ inventory_hostname }}"}
          - debug: {msg: "{{ app_port | default('private') }}"}
          - include_role: {name: web, public: true}
          - debug: {msg: "{{ app_port | default('private') }}"}
        """, hosts=["a"])  # fmt: skip
    said = played.said("a")
    assert said[0] == "web 80 default a"
    assert said[2] == "private"
    assert said[5:] == [80, "reload 80"]


async def test_an_imported_role_takes_the_tasks_keywords_on_each_of_its_own(play: Player) -> None:
    write(play, WEB)
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - import_role: {name: web}
            when: inventory_hostname == 'b'
        """, hosts=["a", "b"])  # fmt: skip
    assert played.said("a") == []
    assert played.said("b") == ["web 80 default no size", "changed", "reload 80"]


async def test_what_is_wrong_with_roles_is_known_before_the_run(play: Player) -> None:
    play.write("roles/self/meta/main.yml", "dependencies: [other]")
    play.write("roles/other/meta/main.yml", "dependencies: [self]")
    play.write("roles/broken/tasks/main.yml", "- png:")
    problems = await play.problems("- {hosts: all, roles: [missing, self, broken, {rol: x}]}")
    found = "\n".join(problems)
    assert len(problems) == 4
    assert "there is no role 'missing'" in found
    assert "an entry of 'roles' names a role" in found
    assert re.search(
        r"the role depends on itself: self \(.*:1:\d+\) → other \(.*:1:16\) → self$", found, re.MULTILINE
    )
    assert "1:3 there is no module or keyword 'png'" in found


async def test_a_role_that_includes_itself_without_end_is_stopped_with_the_cycle_named(play: Player) -> None:
    play.write("roles/ping/tasks/main.yml", "- include_role: {name: pong}")
    play.write("roles/pong/tasks/main.yml", "- include_role: {name: ping}")
    played = await play("- {hosts: all, gather_facts: false, roles: [ping]}", hosts=["a"])
    assert played.summary.exit_code == 2
    message = played.summary.hosts["a"].failures[0].message
    assert re.search(r"nested 400 deep, which seems to have no end: .*ping.* → .*pong.* → .*ping", message)


async def test_names_of_imports_see_no_facts(play: Player) -> None:
    problems = await play.problems("""
        - hosts: all
          tasks:
          - import_role: {name: "{{ ansible_distribution }}"}
          - import_tasks: "{{ x }}.yml"
          - import_role: {tasks_from: x}
        """)  # fmt: skip
    assert [problem.split(" →")[0] for problem in problems] == [
        "3:25 'name' of a role must be text: 'ansible_distribution' is undefined",
        "4:19 import_tasks needs the name of a file: 'x' is undefined",
        "5:5 'name' of a role must be text",
    ]


SPEC = """
    argument_specs:
      main:
        short_description: an application
        options:
          app_port: {type: int, required: true}
          level: {type: str, choices: [low, high]}
          users:
            type: list
            elements: dict
            options: {name: {required: true}, uid: {type: int}}
    """


async def test_a_roles_arguments_are_checked_before_its_first_task(play: Player) -> None:
    play.write("roles/app/meta/argument_specs.yml", SPEC)
    play.write("roles/app/tasks/main.yml", "- debug: {msg: in the role}")
    fine = """
        - hosts: all
          gather_facts: false
          roles: [{role: app, app_port: '80', level: low, users: [{name: x, uid: 1}]}]
        """
    assert (await play(fine, hosts=["a"])).said("a") == ["in the role"]
    wrong = """
        - hosts: all
          gather_facts: false
          roles: [{role: app, level: middle, users: [{uid: many, nme: x}]}]
        """
    played = await play(wrong, hosts=["a"])
    assert played.said("a") == []
    (result,) = played.results("app : Validating arguments against arg spec 'main' - an application").values()
    assert result.data["argument_errors"] == [
        "missing required arguments: app_port",
        "value of level must be one of: low, high, got: middle",
        "missing required arguments: name found in users[0]",
        "argument 'users[0].uid' must be a whole number, not text",
        "users[0] has no argument 'nme': did you mean 'name'?",
    ]


async def test_the_check_can_be_left_out(play: Player) -> None:
    play.write("roles/app/meta/argument_specs.yml", SPEC)
    play.write("roles/app/tasks/main.yml", "- debug: {msg: in the role}")
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - include_role: {name: app, rolespec_validate: false}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["in the role"]


async def test_files_that_a_use_names_are_the_roles_own(play: Player) -> None:
    play.write("roles/web/tasks/sub/more.yml", "- debug: {msg: more}")
    play.write("roles/web/tasks/main.yml", "- debug: {msg: main}")
    outside = play.write("outside.yml", "- debug: {msg: outside}")

    def using(module: str, place: str) -> str:
        task = f"{{name: use, {module}: {{name: web, tasks_from: '{place}'}}}}"
        return f"- {{hosts: all, gather_facts: false, vars: {{way: '{place}'}}, tasks: [{task}]}}"

    assert (await play(using("import_role", "sub/more"))).said("a") == ["more"]
    assert (await play(using("import_role", "sub/../main.yml"))).said("a") == ["main"]
    for place in (str(outside), "../../../outside.yml"):
        problem = f"'tasks_from' must be a file in {play.base}/roles/web/tasks, which '{place}' is not"
        assert problem in (await play.problems(using("import_role", place)))[0]
        played = await play(using("include_role", "{{ way }}").replace("way: '{{ way }}'", f"way: '{place}'"))
        assert problem in played.results("use")["a"].data["msg"]
