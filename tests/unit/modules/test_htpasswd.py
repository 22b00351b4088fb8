"""htpasswd keeps users with hashed passwords."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from opsflow.modules.htpasswd import SCHEMES
from opsflow.target import password_hash
from tests.support.local import Run


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_user_is_added_once_in_each_scheme(run: Run, tmp_path: Path, scheme: str) -> None:
    path = tmp_path / "new" / "users"
    given = {"path": str(path), "name": "jo", "password": "sécret", "hash_scheme": scheme}
    assert (await run("htpasswd", check=True, **given))["changed"]
    assert not path.exists()
    assert (await run("htpasswd", **given))["msg"] == f"Created {path} and added jo"
    assert (await run("htpasswd", **given)) == {"changed": False, "msg": "jo already present"}
    assert (await run("htpasswd", **{**given, "password": "other"}))["changed"]
    assert path.read_text().count("jo:") == 1


@pytest.mark.parametrize(
    ("password", "stored"),
    [
        ("a longer password than one digest", "$apr1$8oG3kFfq$ArWvUo7Q1V5iW6KGMb1rl/"),
        ("password", "$1$abcdefgh$G//4keteveJp0qb8z2DxG/"),
        (
            "password",
            "$6$abc$rvqzMBuMVukmply9mZJpW0wJMdDfgUKLDrSNxf9l66h/ytQiKNAdqHSj5YPJpxWJpVjRXibQXRddCl9xYHQnd0",
        ),
        ("foo", "{SHA}C+7Hteo/D9vJXQ3UfzxbwnXaijM="),
        ("myPassword", "$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/"),
        ("plain", "plain"),
    ],
)
def test_hashes_of_other_programs_are_understood(password: str, stored: str) -> None:
    assert password_hash.fits(password, stored)
    assert not password_hash.fits("wrong", stored)


async def test_other_lines_stay_and_empty_ones_go(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_text("# note\nann:x\n\nbob:y")
    await run("htpasswd", path=str(path), name="ann", password="p", hash_scheme="plaintext", mode="0600")
    assert path.read_text() == "# note\nann:p\nbob:y\n"
    assert path.stat().st_mode & 0o777 == 0o600
    for changed in (True, False):
        assert (await run("htpasswd", path=str(path), name="bob", state="absent"))["changed"] is changed
    assert path.read_text() == "# note\nann:p\n"


async def test_an_unknown_scheme_is_bad_input(run: Run) -> None:
    with pytest.raises(ValidationError, match="hash_scheme 'rot13' is none of"):
        await run("htpasswd", path="/x", name="a", password="b", hash_scheme="rot13")
