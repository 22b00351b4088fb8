"""A satisfied task is known from dpkg's database alone, without a process."""

from __future__ import annotations

from typing import Any

import pytest

from opsflow.target import apt_marks, apt_specs
from opsflow.target.dpkg_status import Status
from opsflow.target.request import Completed, Fail

from .recorded import FakeRequest, recorded

STATUS = Status(recorded("dpkg-status").encode(), "amd64")


class Answering(FakeRequest):
    """A request whose only command is `apt-cache policy`, with a recorded answer."""

    env: dict[str, str] = {}  # noqa: RUF012

    def command(self, argv: Any, **_: Any) -> Any:
        assert argv[:2] == ["apt-cache", "policy"]
        return Completed(argv, 0, recorded("policy-names.txt"), "", 0.0, 0.0)


def to_install(request: Any, *names: str, latest: bool = False, only_upgrade: bool = False) -> list[str]:
    specs = [apt_specs.parse(name) for name in names]
    return apt_specs.to_install(request, STATUS, specs, latest, only_upgrade)


@pytest.mark.parametrize(
    "name",
    ["sudo", "sudo=1.9.13p3-1+deb12u4", "sudo=1.9*", "sudo>=1.9", "sudo:amd64", " sudo ", "libdemo>=2:1"],
)
def test_nothing_to_do_and_no_process(name: str) -> None:
    assert to_install(FakeRequest(), name) == []


@pytest.mark.parametrize("name", ["new", "sudo=2", "opsflow-demo-bad", "gone", "sudo:i386"])
def test_what_is_missing_is_installed(name: str) -> None:
    assert to_install(FakeRequest(), name) == [name]


def test_a_version_pattern_takes_the_newest_that_fits() -> None:
    assert to_install(Answering(), "opsflow-demo-lib=1.1*") == ["opsflow-demo-lib=1.1"]
    with pytest.raises(Fail, match="no available installation candidate for opsflow-demo-lib=3"):
        to_install(Answering(), "opsflow-demo-lib=3*")
    with pytest.raises(Fail, match="no available installation candidate for opsflow-demo-lib>=2"):
        to_install(Answering(), "opsflow-demo-lib>=2")


def test_a_virtual_package_that_is_provided_is_there() -> None:
    assert to_install(Answering(), "awk") == []


def test_latest_asks_apt_for_the_candidate_and_never_goes_back() -> None:
    assert to_install(Answering(), "opsflow-demo-good", latest=True) == ["opsflow-demo-good"]
    assert to_install(Answering(), "opsflow-demo-lib", latest=True) == []


def test_only_upgrade_leaves_out_what_is_not_installed() -> None:
    assert to_install(FakeRequest(), "new", only_upgrade=True) == []


@pytest.mark.parametrize("text", ["a=1=2", "=1", "a=", ""])
def test_a_malformed_spec_is_refused(text: str) -> None:
    with pytest.raises(Fail, match="invalid package spec"):
        apt_specs.parse(text)


def test_removal_takes_leftovers_only_when_purging() -> None:
    specs = [apt_specs.parse(name) for name in ("gone", "sudo", "never", "opsflow-demo-l*", "libdemo=1*")]
    assert apt_specs.to_remove(STATUS, specs, purge=False) == ["sudo", "opsflow-demo-lib"]
    assert "gone" in apt_specs.to_remove(STATUS, specs, purge=True)


def test_automatic_packages_are_read_from_apts_own_list(tmp_path: Any) -> None:
    states = tmp_path / "extended_states"
    states.write_text(
        "Package: a\nArchitecture: amd64\nAuto-Installed: 1\n\n"
        "Package: b\nArchitecture: amd64\nAuto-Installed: 0\n\n"
        "Package: b\nArchitecture: i386\nAuto-Installed: 1\n"
    )
    (tmp_path / "arch").write_text("amd64\ni386\n")
    assert apt_marks.automatic(str(states), str(tmp_path)) == {"a", "b:i386"}
    assert apt_marks.automatic(str(tmp_path / "none")) == set()
