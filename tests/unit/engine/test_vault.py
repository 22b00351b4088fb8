"""Encrypted files and values in a run, and how they are kept out of what it says."""

from __future__ import annotations

import hashlib
import re
from unittest.mock import patch

import pytest

from opsflow.core.errors import InputError
from opsflow.core.origin import Origin
from opsflow.core.results import Status
from opsflow.source.values import VaultText
from opsflow.source.vault import seal
from tests.support.plays import Played, Player
from tests.support.vaulted import (
    FILE,
    PASSWORD,
    PRODUCTION,
    PRODUCTION_VALUE,
    SECRET,
    VALUE,
    inline,
    vault,
)

LENGTH = """
    - hosts: all
      gather_facts: false
      tasks:
      - debug: {msg: "{{ db_password | length }} {{ db_password }}"}
    """
INVENTORY = "all: {hosts: {a: , b: }, vars: {ansible_connection: local, token: from_the_inventory}}\n"


def sealed(text: str) -> str:
    return vault().encrypt(text.encode())


async def test_encrypted_group_and_host_vars_and_an_encrypted_inventory(play: Player) -> None:
    play.write("group_vars/all/vault.yml", FILE)
    play.write("host_vars/b.yml", sealed("db_password: of_b_only\n"))
    more = LENGTH + "  - debug: {msg: 'local {{ token }}'}\n    "
    played = await play(more, inventory=sealed(INVENTORY), vault=vault())
    assert played.said("a") == ["9 ********", "local ********"]
    assert played.said("b") == ["9 ********", "local ********"]
    assert "from_the_inventory" not in repr(played.events)


async def test_encrypted_vars_files_include_vars_roles_and_tasks(play: Player) -> None:
    play.write("one.yml", sealed("one: first_secret\n"))
    play.write("vars/two.yml", sealed("two: second_secret\n"))
    play.write("roles/r/defaults/main.yml", sealed("three: third_secret\n"))
    play.write("roles/r/vars/main.yml", sealed("four: fourth_secret\n"))
    play.write("roles/r/tasks/main.yml", sealed('- debug: {msg: "{{ three | length + four | length }}"}\n'))
    play.write("later.yml", sealed('- debug: {msg: "{{ one | length + two | length }}"}\n'))
    played = await play("""
        - hosts: all
          gather_facts: false
          vars_files: one.yml
          roles: [r]
          tasks:
          - include_vars: two.yml
          - include_tasks: later.yml
          - debug: {msg: "{{ one }} {{ two }} {{ three }} {{ four }} plain"}
        """, hosts=["a"], vault=vault())  # fmt: skip
    assert played.said("a") == [25, 25, "******** ******** ******** ******** plain"]


async def test_an_encrypted_value_is_plain_text_and_never_a_template(play: Player) -> None:
    play.write("group_vars/all.yml", f"db_password: {inline(sealed('{{ 1 + 1 }}'), 2)}")
    played = await play(LENGTH, hosts=["a"], vault=vault())
    assert played.said("a") == ["11 ********"]


async def test_values_are_decrypted_in_options_loops_and_the_environment(play: Player) -> None:
    played = await play(f"""
        - hosts: all
          gather_facts: false
          vars:
            users:
            - name: x
              password: {inline(indent=18).lstrip()}
          tasks:
          - debug: {{msg: "{{{{ item.name }}}} {{{{ item.password | length }}}}"}}
            loop: "{{{{ users }}}}"
          - shell: 'printf %s "$PW" | sha1sum'
            environment:
              PW: {inline(indent=16).lstrip()}
            name: environment
        """, hosts=["a"], vault=vault())  # fmt: skip
    assert played.said("a") == ["x 9"]
    assert hashlib.sha1(SECRET.encode()).hexdigest() in played.results("environment")["a"].data["stdout"]


async def test_only_values_that_are_used_cost_a_key_and_only_one_for_all_hosts(play: Player) -> None:
    play.write("group_vars/all.yml", f"db_password: {inline(indent=2)}other: {inline(PRODUCTION_VALUE, 2)}")
    with patch("hashlib.pbkdf2_hmac", wraps=hashlib.pbkdf2_hmac) as derive:
        played = await play(LENGTH, vault=vault())
    assert played.said("c") == ["9 ********"]
    assert derive.call_count == 1


async def test_secrets_are_masked_in_results_output_errors_and_the_summary(play: Player) -> None:
    play.write("group_vars/all.yml", f"db_password: {inline(indent=2)}")
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - name: "use {{ db_password }}"
            shell: "echo {{ db_password }} and on; exit 3"
            ignore_errors: true
            register: out
          - name: kept
            assert: {that: "out.stdout == db_password ~ ' and on'"}
          - name: bad option
            file: {path: /tmp, mode: "{{ db_password }}"}
        """, hosts=["a"], vault=vault())  # fmt: skip
    assert SECRET not in repr(played.events)
    assert "******** and on" in repr(played.events)
    assert SECRET not in repr(played.summary)
    assert played.results("kept")["a"].status is Status.OK
    assert played.results("bad option")["a"].status is Status.FAILED


async def test_a_become_password_is_masked_as_well(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          vars: {ansible_become_password: sudo-secret}
          tasks:
          - {command: "true", become: true, become_method: doas, ignore_errors: true}
          - debug: {msg: "it is {{ ansible_become_password }}"}
        """, hosts=["a"], vault=vault())  # fmt: skip
    assert played.said("a") == ["it is ********"]


async def test_options_that_are_secrets_are_masked(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          vars: {token: url-secret}
          tasks:
          - {uri: {url: "http://127.0.0.1:9/", url_password: "{{ token }}"}, ignore_errors: true}
          - debug: {msg: "it is {{ token }}"}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["it is ********"]


async def test_a_password_that_is_the_users_name_stays_readable(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          vars: {ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 9, ansible_user: deploy,
                 ansible_password: deploy}
          tasks:
          - {ping: , ignore_unreachable: true}
          - debug: {msg: "log in as {{ ansible_user }}"}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["log in as deploy"]


def failed(played: Played, task: str) -> str:
    result = played.results(task)["a"]
    assert result.failed
    return str(result.data["msg"])


async def test_what_cannot_be_decrypted_fails_where_it_is_used_and_no_default_hides_it(play: Player) -> None:
    play.write("group_vars/all.yml", f"db_password: {inline(PRODUCTION_VALUE, 2)}")
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - {name: unused, debug: {msg: fine}}
          - {name: used, debug: {msg: "{{ db_password | default('x') }}"}, ignore_errors: true}
          - {name: in a loop, debug: {msg: "{{ db_password }}"}, loop: [1]}
        """, hosts=["a"], vault=vault())  # fmt: skip
    assert played.results("unused")["a"].status is Status.OK
    wanted = r"group_vars/all\.yml:1:14: can't be decrypted: the password is another one"
    assert re.search(wanted, str(played.results("used")["a"].data["msg"]))
    assert re.search(wanted, failed(played, "in a loop"))


async def test_an_encrypted_file_without_a_password_is_found_before_any_host(play: Player) -> None:
    play.write("group_vars/all.yml", FILE)
    with pytest.raises(InputError, match=r"group_vars/all\.yml:1:1: encrypted, and no vault password"):
        await play(LENGTH)


async def test_problems_with_encrypted_values_do_not_show_them(play: Player) -> None:
    target = VaultText(VALUE, Origin("vars.yml", 1, 1))
    text = "- {hosts: all, serial: '{{ target }}', tasks: []}"
    with pytest.raises(InputError, match=r"must be a number or a percentage, not '\*{8}'"):
        await play(text, extra_vars={"target": target}, vault=vault())


async def test_values_with_one_salt_share_a_key_for_each_secret(play: Player) -> None:
    secrets = vault(("dev", PASSWORD), ("prod", PRODUCTION))
    texts = [seal(b"value-%d" % n, secrets.secrets[1], b"s" * 32) for n in range(20)]
    variables = "".join(f"v{n}: {inline(text, 2)}" for n, text in enumerate(texts))
    play.write("group_vars/all.yml", variables + f"unused: {inline(VALUE, 2)}")
    with patch("hashlib.pbkdf2_hmac", wraps=hashlib.pbkdf2_hmac) as derive:
        played = await play("""
            - hosts: all
              gather_facts: false
              tasks:
              - debug: {msg: "{{ lookup('vars', 'v' ~ item) | length }}"}
                loop: "{{ range(20) }}"
            """, vault=secrets)  # fmt: skip
    assert played.said("a") == [7] * 10 + [8] * 10
    assert derive.call_count == 1
