"""What a plan says beyond versions: vendors, configuration files, services, reboots, its state."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from opsflow.target import apt_plan, conffiles, host_state, plan_depth, plan_services
from opsflow.target.dpkg_status import Status

RELEASES = {
    "deb.example.net_dists_bookworm_InRelease": ("Debian", "Debian", "12.5", "stable"),
    "security.example.net_dists_InRelease": ("Debian", "Debian-Security", "12", "stable-security"),
    "acme.example_apt_Release": ("Acme", "Acme tools", "1", "stable"),
    "esm.ubuntu.com_InRelease": ("UbuntuESMApps", "UbuntuESMApps", "24.04", "noble-apps-security"),
    "liar.example_InRelease": ("Liar", "Debian", "13", "stable"),
    "deb.example.net_dists_trixie_InRelease": ("Debian", "Debian", "13", "stable"),
    "deb.example.net_dists_bookworm_main_binary-amd64_Packages": ("Debian", "Debian", "99", "stable"),
}


def lists_in(directory: Path) -> str:
    for name, values in RELEASES.items():
        fields = zip(("Origin", "Label", "Version", "Suite"), values, strict=True)
        head = "".join(f"{key}: {value}\n" for key, value in fields)
        sums = "SHA256:\n 00 1 main/x\nOrigin: nobody\n"
        (directory / name).write_text(f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{head}{sums}")
    return str(directory)


@pytest.mark.parametrize(
    ("origin", "third_party"),
    [
        ("Debian:12.5/stable", False),
        ("Debian-Security:12/stable-security", False),
        ("Acme tools:1/stable, Debian:12.5/stable", False),
        ("UbuntuESMApps:24.04/noble-apps-security", False),
        ("Acme tools:1/stable", True),
        ("Debian:13/stable", True),  # two say that they are this, and one of them is not
        ("Debian:99/stable", True),
        ("files.example.org", True),
        ("", True),
    ],
)
def test_what_the_distribution_does_not_release_comes_from_a_third_party(
    tmp_path: Path, origin: str, third_party: bool
) -> None:
    change: dict[str, Any] = {"name": "a", "origin": origin, "third_party": False}
    plan_depth.mark_third_parties([change], lists_in(tmp_path))
    assert change["third_party"] is third_party


@pytest.mark.parametrize(
    ("line", "size"),
    [
        ("After this operation, 61.4 kB of additional disk space will be used.", 61_400),
        ("After this operation, 1,234 MB of additional disk space will be used.", 1_234_000_000),
        ("After this operation, 3072 B disk space will be freed.", -3072),
        ("  Space needed: 12.3 MB / 4 GB available", 12_300_000),
        ("  Freed space: 2048 B", -2048),
        ("nothing of the kind", 0),
    ],
)
def test_apt_says_how_much_more_disk_is_used(line: str, size: int) -> None:
    assert apt_plan.parse_disk(f"0 upgraded\n{line}\n'http://x' y_1_all.deb 5 MD5Sum:1\n") == size


def status_of(name: str, files: dict[Path, str]) -> Status:
    sums = "".join(f" {path} {hashlib.md5(text.encode()).hexdigest()}\n" for path, text in files.items())
    stanza = (
        f"Package: {name}\nStatus: install ok installed\nArchitecture: all\nVersion: 1\nConffiles:\n{sums}"
    )
    return Status(f"{stanza} /etc/forgotten {'0' * 32} obsolete\nDescription: x\n".encode())


def test_configuration_files_that_an_administrator_changed_are_at_risk(tmp_path: Path) -> None:
    same, changed, gone = (tmp_path / name for name in ("same", "changed", "gone"))
    same.write_text("packaged")
    changed.write_text("mine")
    status = status_of("app", dict.fromkeys((same, changed, gone), "packaged"))
    risks = conffiles.at_risk(status, ["app"], [])
    assert [(one["path"], one["package"]) for one in risks] == [(str(changed), "app"), (str(gone), "app")]
    assert [one["why"].partition(":")[0] for one in risks] == ["changed on this host", "deleted on this host"]
    assert "replaces it" in conffiles.at_risk(status, ["app"], [], "new")[0]["why"]
    purged = conffiles.at_risk(status, [], ["app"])
    assert [(one["path"], one["why"]) for one in purged] == [
        (str(changed), "changed on this host: it is deleted with its package")
    ]
    assert conffiles.at_risk(status, ["other"], []) == []


def test_files_in_the_hands_of_ucf_count_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine.conf"
    mine.write_text("mine")
    (tmp_path / "registry").write_text(f"app {mine}\nother /etc/other\n")
    (tmp_path / "hashfile").write_text(f"{hashlib.md5(b'packaged').hexdigest()}  {mine}\n")
    monkeypatch.setattr(conffiles, "UCF", str(tmp_path))
    assert [one["path"] for one in conffiles.at_risk(Status(b""), ["app"], [])] == [str(mine)]


def process(proc: Path, pid: int, cgroup: str, maps: str, cmdline: str = "") -> None:
    folder = proc / str(pid)
    folder.mkdir(parents=True)
    (folder / "cgroup").write_text(f"9:name=systemd:/\n0::{cgroup}\n")
    (folder / "maps").write_text(maps)
    (folder / "cmdline").write_text(cmdline)
    (folder / "root").symlink_to("/")


def code(path: str, flags: str = "r-xp") -> str:
    return f"7f00-7f01 {flags} 00000000 00:2f 1234                       {path}\n"


def test_services_that_run_files_of_a_package_are_known(tmp_path: Path) -> None:
    proc, info = tmp_path / "proc", tmp_path / "info"
    info.mkdir()
    script = tmp_path / "script.py"
    script.touch()
    library = "/opt/lib/libssl.so.3"
    (info / "libssl3:amd64.list").write_text(f"/.\n/opt\n{library}\n")
    (info / "app.list").write_text(f"{script}\n/usr/lib/systemd/system/worker@.service\n")
    process(proc, 10, "/system.slice/web.service", code("/usr/sbin/nginx") + code(library))
    process(proc, 11, "/system.slice/old.service", code(library + " (deleted)"))
    process(proc, 12, "/system.slice/data.service", code(library, "r--p"))
    process(proc, 13, "/user.slice/user-0.slice/session-1.scope", code(library))
    process(proc, 14, "/user.slice/user-0.slice/user@0.service/app.slice/x.service", code(library))
    process(proc, 15, "/system.slice/py.service", code("/usr/bin/python3"), f"/usr/bin/python3\0{script}\0")
    process(proc, 16, "/system.slice/system-worker.slice/worker@1.service", "")
    process(proc, 17, "/system.slice/box.service/payload", code(library))
    (proc / "17" / "root").unlink()
    (proc / "17" / "root").symlink_to(tmp_path)
    known = {"native": "amd64", "proc": str(proc), "info": str(info)}
    assert plan_services.running(["libssl3"], **known) == ["old.service", "web.service"]
    assert plan_services.running(["app"], **known) == ["py.service", "worker@1.service"]
    assert plan_services.running(["unknown"], **known) == []


def test_the_own_process_of_this_machine_can_be_looked_at() -> None:
    assert isinstance(plan_services.running([], "amd64"), list)


@pytest.mark.parametrize(
    ("release", "next_"),
    [("6.1.0-26-amd64", True), ("6.1.0-25-amd64", True), ("6.1.0-24-amd64", False), ("6.1.0-26-rt", False)],
)
def test_a_kernel_asks_for_a_reboot_when_it_would_be_the_next_to_run(release: str, next_: bool) -> None:
    assert plan_depth._is_next_kernel(release, "6.1.0-25-amd64", "/nonexistent") is next_  # pyright: ignore[reportPrivateUsage]
    assert not plan_depth._is_next_kernel(release, "6.1.0-25-amd64", os.devnull)  # pyright: ignore[reportPrivateUsage]


def test_the_installed_script_tells_whether_a_package_asks_for_a_reboot(tmp_path: Path) -> None:
    (tmp_path / "direct.postinst").write_text("touch /run/reboot-required")
    (tmp_path / "tool.postinst").write_text("[ -x /usr/share/x ] && /x/notify-reboot-required")
    asks = plan_depth._script_asks  # pyright: ignore[reportPrivateUsage]
    assert asks("direct", str(tmp_path))
    assert asks("tool:amd64", str(tmp_path), notify=os.devnull)
    assert not asks("tool", str(tmp_path), notify="/nonexistent")
    assert not asks("unknown", str(tmp_path))


def state(**more: Any) -> dict[str, Any]:
    return {"packages": {"a": "1", "b": "1"}, "holds": [], "unfinished": [], "sources": {"/s": "x"}, **more}


def test_states_that_differ_say_where() -> None:
    assert host_state.fingerprint(state()) == host_state.fingerprint(state())
    now = state(packages={"a": "2", "c": "1"}, holds=["a"], unfinished=["c"], sources={"/s": "y", "/t": "z"})
    assert host_state.fingerprint(now) != host_state.fingerprint(state())
    assert host_state.differences(state(), now) == [
        "a is 2 and was 1",
        "b is gone",
        "c 1 is installed",
        "a is held",
        "c is half done",
        "/s is not what it was",
        "/t is new",
    ]
    assert host_state.differences(now, state())[3:5] == [
        "a is not held any more",
        "c is not half done any more",
    ]
    many = state(packages={f"p{n}": "1" for n in range(9)})
    assert host_state.differences(state(packages={}), many)[-1] == "4 more"


def test_sources_are_told_by_digests_only(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("deb https://user:secret@example.org stable main")
    (tmp_path / "sources.list.d" / "acme.sources").write_text("Types: deb")
    (tmp_path / "trusted.gpg").write_text("")
    sources = host_state.read(str(tmp_path))["sources"]
    assert sorted(sources) == [
        str(tmp_path / "sources.list"),
        str(tmp_path / "sources.list.d" / "acme.sources"),
    ]
    assert "secret" not in str(sources)
