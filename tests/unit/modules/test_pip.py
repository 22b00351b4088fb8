"""pip: packages of a virtual environment, from a directory of wheels; what is there needs no pip."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from opsflow.target import pep440
from opsflow.target.pip_installed import Installed, requirements_in
from tests.support.local import Run

# An environment whose pip is that of the tests: making it takes a moment and not ten seconds.
MAKE_VENV = f"""#!/bin/sh
{sys.executable} -m venv --without-pip "$2" && exec > "$2/bin/pip3" && chmod +x "$2/bin/pip3"
echo '#!/bin/sh' && echo "exec {sys.executable} -m pip --python $2/bin/python \\"\\$@\\""
"""


def wheel(folder: Path, name: str, version: str, *needs: str) -> None:
    """Make a wheel that holds nothing but what it says of itself."""
    info = f"{name}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as file:
        file.writestr(f"{name}.py", f"VERSION = '{version}'\n")
        file.writestr(
            f"{info}/METADATA", "\n".join([*lines, *(f"Requires-Dist: {one}" for one in needs)]) + "\n"
        )
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    wheel(folder, "Small_Tool", "1.0", "helper>=1", 'other; python_version < "3"', 'more; extra == "all"')
    wheel(folder, "Small_Tool", "1.1", "helper>=1")
    wheel(folder, "helper", "2.0")
    return folder


@pytest.fixture
def venv(tmp_path: Path, run: Run, wheels: Path) -> Path:
    run.task.env = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    made = tmp_path / "make-venv"
    made.write_text(MAKE_VENV)
    made.chmod(0o755)
    return tmp_path / "venv"


async def test_the_life_of_a_package(run: Run, venv: Path) -> None:
    options: dict[str, Any] = {
        "name": "small-tool",
        "virtualenv": str(venv),
        "virtualenv_command": str(venv.parent / "make-venv"),
    }
    assert (await run("pip", **options, check=True))["changed"] is True
    assert not venv.exists()
    first = await run("pip", **options, version="1.0")
    assert (first["changed"], first["name"], first["version"], first["virtualenv"]) == (
        True,
        ["small-tool"],
        "1.0",
        str(venv),
    )
    assert "Successfully installed" in first["stdout"]
    pip = venv / "bin" / "pip3"
    real = pip.read_text()
    pip.write_text("#!/bin/sh\nexit 42\n")
    same: dict[str, Any]
    for same in ({}, {"version": "1.0"}, {"name": ["small_tool>=1.0,", "<2", "helper"]}):
        assert (await run("pip", **{**options, **same}))["changed"] is False
        assert (await run("pip", **{**options, **same}, check=True))["changed"] is False
    with pytest.raises(TaskError, match="pip failed with exit code 42"):
        await run("pip", **options, version=">=1.1")
    assert (await run("pip", **options, version=">=1.1", check=True))["changed"] is True
    pip.write_text(real)
    assert (await run("pip", **options, state="latest"))["changed"] is True
    assert (await run("pip", **options, state="absent", check=True))["changed"] is True
    assert (await run("pip", **options, state="absent"))["changed"] is True
    (venv / "requirements.txt").write_text("# ours\nsmall-tool==1.1  # the newest\n")
    del options["name"]
    options["requirements"] = str(venv / "requirements.txt")
    assert (await run("pip", **options))["changed"] is True
    assert (await run("pip", **options))["changed"] is False
    with pytest.raises(TaskError, match="No matching distribution found for nonesuch"):
        await run("pip", name="nonesuch", virtualenv=str(venv))


async def test_what_can_not_be_done_is_told(run: Run, venv: Path) -> None:
    with pytest.raises(TaskError, match="python3-venv"):
        await run("pip", name="x", virtualenv=str(venv), virtualenv_command="nonesuch")
    with pytest.raises(TaskError, match="virtualenv_python should not be used"):
        await run(
            "pip", name="x", virtualenv=str(venv), virtualenv_command="python3 -m venv", virtualenv_python="p"
        )
    with pytest.raises(TaskError, match="Unable to find any of nonesuch"):
        await run("pip", name="x", executable="nonesuch")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "needed"),
        ({"name": "a", "requirements": "b"}, "cannot be given together"),
        ({"name": "a", "executable": "b", "virtualenv": "c"}, "cannot be given together"),
        ({"name": "a", "version": "1", "state": "latest"}, "incompatible with state=latest"),
        ({"name": "a,b", "version": "1"}, "ambiguous"),
        ({"name": "a>1", "version": "1"}, "conflicts"),
        ({"name": "a", "umask": 18}, "in quotes"),
    ],
)
async def test_what_can_not_be_is_refused(run: Run, options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        await run("pip", **options)


@pytest.mark.parametrize(
    ("specifier", "yes", "no"),
    [
        (">=1.0,<2", ["1.0", "1.0.0", "1.9.post1", "2.0b1.dev0+x"][:3], ["2.0", "2.0rc1", "0.9"]),
        ("==1.2.*", ["1.2", "1.2.7"], ["1.3", "1.20"]),
        ("==1.0", ["1.0.0", "1.0+local"], ["1.0.post1", "1.0rc1"]),
        ("!=1.0,~=1.4.2", ["1.4.2", "1.4.9"], ["1.5", "1.4.1"]),
        (">1.0", ["1.1", "1.0.1"], ["1.0", "1.0.post1", "1.0rc1"]),
        ("<=1!1.0", ["99", "1!0.5"], ["1!2"]),
        ("===1.0x", ["1.0x"], ["1.0"]),
        ("", ["1.0.dev3"], []),
    ],
)
def test_specifiers(specifier: str, yes: list[str], no: list[str]) -> None:
    assert [one for one in yes if not pep440.accepts(specifier, one)] == []
    assert [one for one in no if pep440.accepts(specifier, one)] == []


def test_versions_are_ordered() -> None:
    ordered = ["1.dev0", "1a1.dev1", "1a1", "1rc1", "1", "1.post1.dev1", "1.post1", "1.0.1", "1.1", "1!0"]
    assert sorted(ordered, key=lambda one: pep440.Version(one).key()) == ordered


def test_only_what_is_sure_counts_as_there(tmp_path: Path) -> None:
    metadata = {
        "a": ["b>=2"],
        "c": ['d; python_version > "3" or extra == "x"', "b"],
        "e": ['f; extra == "y"', 'b ; python_version >= "3"', 'g; sys_platform != "linux"'],
    }
    for name, needs in metadata.items():
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("\n".join(f"Requires-Dist: {one}" for one in needs) + "\n\ntext")
    (tmp_path / "b-1.5-py3.11.egg-info").write_text("Name: b\n")
    found = Installed.in_directories([str(tmp_path), str(tmp_path / "missing")], "3.11")
    assert found.versions == {"a": "1.0", "b": "1.5", "c": "1.0", "e": "1.0"}
    assert [
        one for one in ("a", "b", "c", "e", "e[y]", "g", "b>1", "http://x/e") if found.has_all([one])
    ] == [
        "b",
        "e",
        "b>1",
    ]
    (tmp_path / "r").write_text("a\n-r other\n")
    assert requirements_in(str(tmp_path / "r")) is None
