"""Vault passwords from files, programs and people."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsflow.core.errors import InputError
from opsflow.source.vault import VaultSecret
from opsflow.source.vault_secrets import read_secrets, split_vault_id


def nobody(label: str) -> str:
    raise AssertionError(f"asked for {label}")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("dev@file", ("dev", "file")),
        ("file", ("default", "file")),
        ("@prompt", ("default", "prompt")),
        ("prompt", ("default", "prompt")),
        ("dev@prompt_ask_vault_pass", ("dev", "prompt")),
        ("dev@a@b", ("dev", "a@b")),
    ],
)
def test_a_vault_id_is_a_label_and_a_source(text: str, parts: tuple[str, str]) -> None:
    assert split_vault_id(text) == parts


def test_a_file_holds_the_password_and_perhaps_a_newline(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text(" s p \n")
    assert read_secrets([f"dev@{path}"], nobody) == [VaultSecret("dev", b"s p")]


def test_a_person_is_asked_once_for_each_prompt() -> None:
    assert read_secrets(["@prompt", "b@prompt"], lambda label: f"of {label}") == [
        VaultSecret("default", b"of default"),
        VaultSecret("b", b"of b"),
    ]


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_program_prints_the_password_and_a_client_is_told_for_which_id(tmp_path: Path) -> None:
    plain = program(tmp_path / "plain.sh", 'echo "[$*] "')
    client = program(tmp_path / "vault-client.sh", 'echo "[$*] "')
    assert [secret.password for secret in read_secrets([f"dev@{plain}", f"dev@{client}"], nobody)] == [
        b"[] ",
        b"[--vault-id dev] ",
    ]


def test_what_gives_no_password_is_named(tmp_path: Path) -> None:
    def problem(source: Path) -> str:
        with pytest.raises(InputError) as caught:
            read_secrets([f"dev@{source}"], nobody)
        return str(caught.value).replace(f"{tmp_path}/", "")

    empty = tmp_path / "empty"
    empty.write_text("\n")
    no_program = tmp_path / "text"
    no_program.write_text("password\n")
    no_program.chmod(0o755)
    assert problem(empty) == "the vault password 'dev' from empty is empty"
    assert problem(tmp_path / "none") == "the vault password file none does not exist"
    assert problem(tmp_path).startswith("cannot read the vault password file")
    assert problem(no_program) == "cannot run the vault password program text: Exec format error"
    failing = program(tmp_path / "failing", "echo no key >&2; exit 3")
    assert problem(failing) == "the vault password program failing ended with exit code 3: no key"
    client = program(tmp_path / "x-client", "exit 2")
    assert problem(client) == "the vault password program x-client knows no secret 'dev'"
