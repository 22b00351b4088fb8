"""`opsflow vault` and the options that say where passwords are."""

from __future__ import annotations

import io
import stat
import sys
from pathlib import Path

import pytest
import yaml

from opsflow.source.loader import load_text
from tests.support.vaulted import FILE, PASSWORD, PRODUCTION, SECRET, VARIABLES, inline, vault

from .conftest import Opsflow

PW = "--vault-password-file=pw"


@pytest.fixture(autouse=True)
def passwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pw").write_text(f"{PASSWORD}\n")
    (tmp_path / "other").write_text(f"{PRODUCTION}\n")
    for name in ("OPSFLOW_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_IDENTITY_LIST"):
        monkeypatch.delenv(name, raising=False)


def type_in(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    path = tmp_path / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(path))


def test_files_are_encrypted_and_decrypted_in_place_and_keep_their_mode(
    opsflow: Opsflow, tmp_path: Path
) -> None:
    path = tmp_path / "vars.yml"
    path.write_text("a: 1\n")
    path.chmod(0o640)
    assert opsflow("vault", "encrypt", "vars.yml", PW) == (0, "", "")
    assert vault().decrypt(path.read_bytes(), None) == b"a: 1\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert opsflow("vault", "view", "vars.yml", PW) == (0, "a: 1\n", "")
    assert opsflow("vault", "decrypt", "vars.yml", PW) == (0, "", "")
    assert path.read_text() == "a: 1\n"
    assert sorted(found.name for found in tmp_path.iterdir()) == ["other", "pw", "vars.yml"]


def test_standard_input_becomes_standard_output(
    opsflow: Opsflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_in(monkeypatch, b"x\n")
    code, out, _ = opsflow("vault", "encrypt", "--vault-id=prod@other")
    assert (code, out.splitlines()[0]) == (0, "$ANSIBLE_VAULT;1.2;AES256;prod")
    type_in(monkeypatch, out.encode())
    assert opsflow("vault", "decrypt", "--vault-id=other", "--output", "out")[0] == 0
    assert (tmp_path / "out").read_text() == "x\n"
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600


def test_values_are_printed_to_be_pasted(opsflow: Opsflow, monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, b"three")
    code, out, _ = opsflow(
        "vault", "encrypt-string", "one", "two", "-", "-n", "a", "-n", "b", "--stdin-name", "c", PW
    )
    assert code == 0
    assert vault().values(load_text(out, "x.yml")) == {"a": "one", "b": "two", "c": "three"}
    code, _, error = opsflow("vault", "encrypt-string", "one", "-n", "a", "-n", "b", PW)
    assert (code, error.splitlines()[0]) == (5, "opsflow: there is no value for the name 'b'")


def test_rekey_changes_the_password(opsflow: Opsflow, tmp_path: Path) -> None:
    (tmp_path / "f").write_text(FILE)
    assert opsflow("vault", "rekey", "f", PW, "--new-vault-id", "prod@other")[0] == 0
    sealed = (tmp_path / "f").read_text()
    assert sealed.startswith("$ANSIBLE_VAULT;1.2;AES256;prod\n")
    assert vault(("prod", PRODUCTION)).decrypt(sealed, None).decode() == VARIABLES
    assert opsflow("vault", "view", "f", PW)[0] == 3


def test_edit_keeps_the_password_and_an_unchanged_file(
    opsflow: Opsflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "f.yml").write_text(vault(("prod", PRODUCTION)).encrypt(b"a: 1\n"))
    ids = ("--vault-id=dev@pw", "--vault-id=prod@other")
    editor(
        tmp_path,
        monkeypatch,
        f'stat -c %a "$1" > {tmp_path}/mode; case $1 in *.yml) echo "b: 2" >> "$1";; esac',
    )
    assert opsflow("vault", "edit", "f.yml", *ids) == (0, "", "")
    assert (tmp_path / "mode").read_text() == "600\n"
    edited = (tmp_path / "f.yml").read_text()
    assert edited.startswith("$ANSIBLE_VAULT;1.2;AES256;prod\n")
    assert vault(("prod", PRODUCTION)).decrypt(edited, None) == b"a: 1\nb: 2\n"
    editor(tmp_path, monkeypatch, ":")
    assert opsflow("vault", "edit", "f.yml", *ids) == (0, "", "")
    assert (tmp_path / "f.yml").read_text() == edited
    editor(tmp_path, monkeypatch, 'echo lost >> "$1"; exit 4')
    code, _, error = opsflow("vault", "edit", "f.yml", *ids)
    assert (code, "ended with exit code 4: nothing was changed" in error) == (1, True)
    assert (tmp_path / "f.yml").read_text() == edited


def test_create_writes_a_new_file_only(
    opsflow: Opsflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, 'echo "a: 1" > "$1"')
    assert opsflow("vault", "create", "new.yml", PW) == (0, "", "")
    assert vault().decrypt((tmp_path / "new.yml").read_bytes(), None) == b"a: 1\n"
    code, _, error = opsflow("vault", "create", "new.yml", PW)
    assert (code, error.splitlines()[0]) == (3, "new.yml exists already")


def test_mistakes_are_told(opsflow: Opsflow, tmp_path: Path) -> None:
    def first(*arguments: str) -> tuple[int, str]:
        code, _, error = opsflow("vault", *arguments)
        return code, error.splitlines()[0]

    (tmp_path / "f").write_text(FILE)
    assert first("encrypt", "f", PW) == (3, "f is encrypted already")
    assert first("view", "pw", PW)[1].startswith("pw:1:1: not in the vault's format")
    assert first("view", "none", PW) == (3, "cannot read none: No such file or directory")
    two = (PW, "--vault-id=b@other")
    assert first("encrypt", "pw", *two) == (3, "which vault secret shall encrypt: b, default?")
    assert first("encrypt", "pw", *two, "--encrypt-vault-id=c") == (3, "there is no vault secret 'c'")
    assert first("encrypt", "pw", "other", PW, "--output=x") == (5, "opsflow: --output is for a single file")
    assert (tmp_path / "pw").read_text() == f"{PASSWORD}\n"


def test_a_new_password_is_asked_for_twice(
    opsflow: Opsflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["one", "two", "one", "one"])
    asked: list[str] = []

    def answer(text: str) -> str:
        asked.append(text)
        return next(answers)

    monkeypatch.setattr("getpass.getpass", answer)
    (tmp_path / "f").write_text("x")
    code, _, error = opsflow("vault", "encrypt", "f")
    assert (code, error) == (5, "opsflow: the two passwords differ: nothing was done\n")
    assert opsflow("vault", "encrypt", "f", "--vault-id", "dev@prompt")[0] == 0
    assert vault(("dev", "one")).decrypt((tmp_path / "f").read_bytes(), None) == b"x"
    assert asked == [
        *("New vault password: ", "Confirm new vault password: "),
        *("New vault password (dev): ", "Confirm new vault password (dev): "),
    ]


PLAY = "- {hosts: all, gather_facts: false, tasks: [{debug: {msg: 'it is {{ db_password }}'}}]}\n"


_PLACES = (
    "option",
    "OPSFLOW_VAULT_PASSWORD_FILE",
    "ANSIBLE_VAULT_PASSWORD_FILE",
    "ids",
    "opsflow.yml",
    "ansible.cfg",
)


@pytest.mark.parametrize("where", _PLACES)
def test_a_run_finds_the_password(
    where: str, opsflow: Opsflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "play.yml").write_text(PLAY)
    (tmp_path / "vars.yml").write_text(FILE)
    options = [PW] if where == "option" else []
    if where == "opsflow.yml":
        (tmp_path / where).write_text("vault_ids: [prod@other, dev@pw]\n")
    elif where == "ansible.cfg":
        (tmp_path / where).write_text("[defaults]\nvault_password_file = pw\n")
    elif where == "ids":
        monkeypatch.setenv("ANSIBLE_VAULT_IDENTITY_LIST", "prod@other, dev@pw")
    elif where != "option":
        monkeypatch.setenv(where, "pw")
    code, out, error = opsflow("play", "play.yml", "-i", "a,", "-e", "@vars.yml", "-c", "local", *options)
    assert (code, error) == (0, "")
    assert "it is ********" in out


@pytest.mark.parametrize("output", ["text", "json", "ndjson"])
def test_no_output_shows_a_secret(output: str, opsflow: Opsflow, tmp_path: Path) -> None:
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/all.yml").write_text(f"db_password: {inline(indent=2)}")
    (tmp_path / "play.yml").write_text(PLAY.replace("debug: {msg", "fail: {msg"))
    code, out, error = opsflow("play", "play.yml", "-i", "a,", "-c", "local", PW, "--output", output, "-vvv")
    assert code == 2
    assert "it is ********" in out
    assert SECRET not in out + error


def test_an_inventory_shows_encrypted_values_as_ansible_does(opsflow: Opsflow, tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text(f"all:\n  hosts: {{a: }}\n  vars:\n    x: {inline(indent=6)}")
    code, out, _ = opsflow("inventory", "host", "a", "-i", "hosts.yml")
    assert (code, list(yaml.safe_load(out)["x"])) == (0, ["__ansible_vault"])
