"""A failure of apt is told in a sentence that names the culprit; the outputs are recorded ones."""

from __future__ import annotations

import pytest

from opsflow.target import apt_cache, apt_get
from opsflow.target.apt_errors import explain

from .recorded import recorded

SENTENCES = {
    "bad": "package opsflow-demo-bad is broken: installed opsflow-demo-bad package post-installation script "
    "subprocess returned error exit status 1; "
    "its last words: opsflow-demo-bad 1.0: this package fails on purpose",
    "disk": "the disk is full: cannot copy extracted data for './usr/share/opsflow-demo-big/data' to "
    "'/usr/share/opsflow-demo-big/data.dpkg-new': failed to write (No space left on device)",
    "space": "there is not enough free disk space in /var/cache/apt/archives",
    "lock": "/var/lib/dpkg/lock-frontend is held by process 514 (python3)",
    "nope": "no package matching 'opsflow-nope' is available",
    "nover": "no available installation candidate for opsflow-demo-lib=9",
    "unmet": "the packages do not fit together: "
    "opsflow-demo-kept : Depends: opsflow-nonexistent but it is not installable",
    "held": "the change touches held packages; release them, or set allow_change_held_packages",
    "unreach": "cannot fetch http://127.0.0.1:9/nowhere/dists/bookworm/InRelease: "
    "Could not connect to 127.0.0.1:9 (127.0.0.1). - connect (111: Connection refused)",
    "unsigned": "the repository file:/tmp/r2 bookworm Release is not signed",
    "nokey": "the signature of the repository file:/repo/r bookworm InRelease cannot be verified: "
    "The following signatures couldn't be verified "
    "because the public key is not available: NO_PUBKEY 79B7A0F2F9BBB7F3",
    "nosuite": "the repository file:/repo/r nosuite Release does not have a Release file",
    "expired": "the index of the repository file:/repo/r/dists/bookworm/InRelease is expired "
    "(invalid since 17min 23s)",
}


def outputs(case: str) -> tuple[str, str]:
    return apt_get.clean(recorded(f"error-{case}.stdout")), apt_get.clean(recorded(f"error-{case}.stderr"))


@pytest.mark.parametrize("case", SENTENCES)
def test_says_what_failed(case: str) -> None:
    assert explain(*outputs(case))[0] == SENTENCES[case]


def test_a_broken_package_is_named_with_its_output() -> None:
    told = [("opsflow-demo-bad", "installed opsflow-demo-bad package post-installation script failed")]
    sentence, data = explain(*outputs("bad"), told)
    assert sentence.startswith("package opsflow-demo-bad is broken: installed opsflow-demo-bad package")
    assert data["broken_packages"] == ["opsflow-demo-bad"]
    assert data["package_output"] == ["opsflow-demo-bad 1.0: this package fails on purpose"]


def test_an_unknown_failure_shows_what_apt_said() -> None:
    assert explain("", "W: something\nE: the moon is wrong\n")[0] == "the moon is wrong"
    assert explain("", "")[0] == "it printed no reason"


@pytest.mark.parametrize("case", ["unreach", "nokey", "unsigned", "nosuite", "expired"])
def test_a_list_that_was_not_fetched_counts_although_apt_ends_with_zero(case: str) -> None:
    assert apt_cache.failed(outputs(case)[1])


def test_only_what_may_pass_is_tried_again() -> None:
    again = {
        case: apt_cache.may_pass(outputs(case)[1]) for case in ("unreach", "nokey", "unsigned", "expired")
    }
    assert again == {"unreach": True, "nokey": False, "unsigned": False, "expired": False}


def test_what_a_terminal_overwrites_is_gone() -> None:
    stdout, _ = outputs("bad")
    assert "\r" not in stdout
    assert "(Reading database ... 9346 files and directories currently installed.)\n" in stdout
    assert apt_get.conffiles_kept(stdout) == ["/etc/opsflow-demo-conf.conf"]


def test_a_configuration_file_that_was_replaced_is_not_kept() -> None:
    stdout, _ = outputs("bad")
    replaced = stdout.replace("Keeping old config file as default", "Using new file as you requested")
    assert apt_get.conffiles_kept(replaced) == []
