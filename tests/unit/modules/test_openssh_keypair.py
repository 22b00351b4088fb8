"""openssh_keypair types passphrases into ssh-keygen on a terminal."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run

needs_keygen = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs ssh-keygen")


@needs_keygen
async def test_a_key_with_a_passphrase_is_made_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "key"
    given = {"path": str(path), "type": "ed25519", "comment": "me", "passphrase": "one two"}
    assert (await run("openssh_keypair", check=True, **given))["changed"]
    assert not path.exists()
    made = await run("community.crypto.openssh_keypair", **given)
    assert made["public_key"].startswith("ssh-ed25519 AAAA")
    assert (tmp_path / "key.pub").read_text().strip() == f"{made['public_key']} me"
    assert path.stat().st_mode & 0o777 == 0o600
    again = await run("openssh_keypair", **given)
    assert again == {**made, "changed": False}
    changed = await run("openssh_keypair", **{**given, "comment": "you"})
    assert changed == {**made, "comment": "you"}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["key", "key.pub"]


@needs_keygen
async def test_another_passphrase_fails_or_makes_a_new_key(run: Run, tmp_path: Path) -> None:
    given = {"path": str(tmp_path / "key"), "type": "ed25519"}
    first = await run("openssh_keypair", **given, passphrase="one two")
    for passphrase in (None, "another"):
        with pytest.raises(TaskError, match="can't be read"):
            await run("openssh_keypair", **given, passphrase=passphrase)
    new = await run("openssh_keypair", **given, passphrase="another", regenerate="full_idempotence")
    assert new["fingerprint"] != first["fingerprint"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"type": "rsa1"}, "no SSH server accepts"),
        ({"type": "ecdsa", "size": 300}, "256, 384 or 521"),
        ({"passphrase": "abc"}, "five characters"),
    ],
)
async def test_bad_input(run: Run, given: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        await run("openssh_keypair", path="/x", **given)
