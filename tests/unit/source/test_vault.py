"""The vault's format, read and written as Ansible does."""

from __future__ import annotations

import hashlib
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.core.errors import InputError
from opsflow.core.origin import Origin
from opsflow.source.loader import load_file, load_text
from opsflow.source.values import Map, Str, Template
from opsflow.source.vault import Vault, VaultSecret, id_of, seal
from tests.support.vaulted import (
    FILE,
    PASSWORD,
    PRODUCTION,
    PRODUCTION_SECRET,
    PRODUCTION_VALUE,
    SECRET,
    VALUE,
    VARIABLES,
    inline,
    vault,
)

PLACE = Origin("g.yml", 3, 4)


def test_what_ansible_encrypted_is_decrypted() -> None:
    both = vault(("default", PASSWORD), ("prod", PRODUCTION))
    assert both.decrypt(VALUE, PLACE) == SECRET.encode()
    assert both.decrypt(PRODUCTION_VALUE.encode(), PLACE) == PRODUCTION_SECRET.encode()
    assert both.decrypt(FILE, PLACE) == VARIABLES.encode()
    assert (id_of(VALUE), id_of(PRODUCTION_VALUE)) == ("default", "prod")


def test_the_format_is_ansibles_to_the_byte() -> None:
    salt = bytes.fromhex(bytes.fromhex("".join(VALUE.splitlines()[1:])).decode().split("\n")[0])
    assert seal(SECRET.encode(), VaultSecret("default", b"pw"), salt) == VALUE
    lines = seal(b"x" * 100, VaultSecret("prod", b"pw"), salt).splitlines()
    assert lines[0] == "$ANSIBLE_VAULT;1.2;AES256;prod"
    assert {len(line) for line in lines[1:-1]} == {80}


@settings(max_examples=20, deadline=None)
@given(st.binary(max_size=100), st.sampled_from(["default", "dev"]))
def test_what_is_encrypted_comes_back(data: bytes, name: str) -> None:
    some = vault((name, "p"))
    assert some.decrypt(some.encrypt(data), None) == data


def test_no_salt_is_used_twice() -> None:
    some = vault()
    assert some.encrypt(b"same") != some.encrypt(b"same")


def test_the_secret_that_a_text_names_is_tried_first_and_then_the_others() -> None:
    misnamed = vault(("prod", "wrong"), ("a", "wrong too"), ("b", PRODUCTION))
    assert misnamed.decrypt(PRODUCTION_VALUE, PLACE) == PRODUCTION_SECRET.encode()
    named = vault(("a", "x"), ("prod", PRODUCTION))
    with patch("hashlib.pbkdf2_hmac", wraps=hashlib.pbkdf2_hmac) as derive:
        named.decrypt(PRODUCTION_VALUE, PLACE)
    assert derive.call_count == 1


def test_a_key_is_made_once_for_a_secret_and_a_salt() -> None:
    secret = VaultSecret("default", b"pw")
    texts = [seal(b"value %d" % number, secret, b"s" * 32) for number in range(100)]
    some = Vault([secret])
    with patch("hashlib.pbkdf2_hmac", wraps=hashlib.pbkdf2_hmac) as derive:
        assert [some.decrypt(text, None) for text in texts] == [b"value %d" % number for number in range(100)]
        assert derive.call_count == 1
        some.decrypt(VALUE, None)
    assert derive.call_count == 2


def wrong(text: str, some: Vault) -> str:
    with pytest.raises(InputError) as caught:
        some.decrypt(text, PLACE)
    (problem,) = caught.value.problems
    assert problem.origin == PLACE
    assert problem.hint
    return f"{problem.message} → {problem.hint}"


def test_a_missing_and_a_wrong_password_say_what_to_do() -> None:
    how = "give its password with --vault-password-file, --vault-id or --ask-vault-pass"
    assert wrong(VALUE, Vault()) == f"encrypted, and no vault password is known → {how}"
    assert wrong(VALUE, vault(("dev", "x"), ("prod", "y"))) == (
        "can't be decrypted: the password is another one, or the text was changed"
        f" → the secrets that were tried: dev, prod; {how}"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (VALUE.replace("6263\n", "6264\n"), "can't be decrypted"),
        (VALUE.replace("6263\n", "626\n"), "damaged"),
        (VALUE.replace("6263\n", "zz\n"), "damaged"),
        ("$ANSIBLE_VAULT;1.1;AES256\n3030\n", "damaged"),
        ("$ANSIBLE_VAULT;1.1;AES256\n", "damaged"),
        ("$ANSIBLE_VAULT;1.3;AES256\n3030\n", "format 1.3 with AES256 is not known"),
        ("$ANSIBLE_VAULT;1.0;AES\n3030\n", "format 1.0 with AES is not known"),
        ("$ANSIBLE_VAULT\n3030\n", "not in the vault's format"),
        ("plain", "not in the vault's format"),
        ("", "not in the vault's format"),
        ("$ANSIBLE_VAULT;1.1;AES256;\udcff\n\udcff", "damaged"),
    ],
)
def test_what_is_damaged_is_told(text: str, message: str) -> None:
    assert message in wrong(text, vault())


@given(st.binary(max_size=200))
def test_no_content_crashes_the_parser(rest: bytes) -> None:
    with pytest.raises(InputError):
        vault().decrypt(b"$ANSIBLE_VAULT;1.1;AES256\n" + rest, PLACE)


def test_no_secret_shows_itself() -> None:
    assert "pw" not in repr(VaultSecret("x", b"pw"))


def test_an_encrypted_file_is_read_as_if_it_were_plain_and_its_values_are_secrets(tmp_path: Path) -> None:
    path = tmp_path / "vars.yml"
    path.write_text(FILE)
    some = vault()
    value = load_file(path, vault=some)
    assert value == {"db_password": SECRET, "user": "app_user", "port": 8080, "url": "{{ scheme }}://x"}
    assert isinstance(value["url"], Template)
    assert some.redactor.text(f"{SECRET} of app_user at 8080") == "******** of ******** at 8080"


def test_bad_yaml_in_an_encrypted_file_has_its_line_but_no_excerpt(tmp_path: Path) -> None:
    from opsflow.source.excerpt import describe_all

    path = tmp_path / "vars.yml"
    path.write_text(vault().encrypt(b"a: 1\nb: [}\n"))
    with pytest.raises(InputError) as caught:
        load_file(path, vault=vault())
    assert describe_all(caught.value).startswith(f"{path}:2:5: invalid YAML")
    assert " | " not in describe_all(caught.value)


def test_values_are_decrypted_where_they_stand_and_keep_their_places() -> None:
    loaded = load_text(f"a:\n  - {inline(indent=6)}b: {{c: 1}}\n", "x.yml")
    found = vault().values(loaded)
    assert found == {"a": [SECRET], "b": {"c": 1}}
    assert isinstance(found, Map)
    assert isinstance(found["a"][0], Str)
    assert str(found["a"][0].origin) == "x.yml:2:5"


def test_encrypting_needs_a_secret_that_is_there() -> None:
    with pytest.raises(InputError, match="there is no vault password to encrypt with"):
        Vault().encrypt(b"x")
    with pytest.raises(InputError, match="there is no vault secret 'c'") as caught:
        vault(("a", "1"), ("b", "2")).encrypt(b"x", "c")
    assert caught.value.problems[0].hint == "there are a, b"
