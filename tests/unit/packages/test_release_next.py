"""Which release follows: distro-info data, the archive's own word, Ubuntu's meta-release."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsflow.target import meta_release, release_next, releases
from opsflow.target.release_next import Release
from opsflow.target.request import Fail

CSV = """version,codename,series,created,release,eol,eol-lts,eol-elts
12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-06-10,2028-06-30,2033-06-30
13,Trixie,trixie,2023-06-10,2025-08-09,2028-08-09,2030-06-30,2035-06-30
14,Forky,forky,2025-08-09
,Sid,sid,1993-08-16
"""
META = """Dist: jammy
Name: Jammy Jellyfish
Version: 22.04.5 LTS
Date: Thu, 21 April 2022 22:04:05 UTC
Supported: 1
Description: This is the 22.04.5 LTS release
Release-File: http://archive.ubuntu.com/ubuntu/dists/jammy-updates/Release
UpgradeTool: http://archive.ubuntu.com/ubuntu/dists/jammy-updates/main/dist-upgrader-all/current/jammy.tar.gz

Dist: noble
Name: Noble Numbat
Version: 24.04.3 LTS
Date: Thu, 25 April 2024 00:24:04 UTC
Supported: 1

Dist: plucky
Version: 25.04
Supported: 0

Dist: resolute
Version: 26.04.1 LTS
Supported: 1
"""


def test_debians_order_is_that_of_distro_info(tmp_path: Path) -> None:
    (tmp_path / "debian.csv").write_text(CSV)
    assert releases.following("bookworm", str(tmp_path)) == ("13", "trixie")
    assert releases.following("trixie", str(tmp_path)) == ("14", "forky")
    assert releases.following("sid", str(tmp_path)) is None


def test_hosts_without_distro_info_know_the_releases_of_the_day(tmp_path: Path) -> None:
    assert releases.following("bullseye", str(tmp_path)) == ("12", "bookworm")
    assert releases.following("warty", str(tmp_path)) is None


class Seen:
    """A request that sees the lists of a folder."""

    def __init__(self, folder: Path) -> None:
        self.env = {"APT_CONFIG": str(folder / "first.conf")}


@pytest.mark.parametrize(
    ("suite", "codename", "available", "told"),
    [
        ("stable", "trixie", True, "the archive calls Debian 13 (trixie) stable"),
        ("testing", "trixie", False, "Debian 13 (trixie) is not released: its archive calls it testing"),
        ("stable", "bookworm", False, "no archive of this host says that it is trixie"),
    ],
)
def test_the_archive_says_whether_a_release_is_out(
    tmp_path: Path, suite: str, codename: str, available: bool, told: str
) -> None:
    folder = tmp_path / "opsflow-lists-x"
    lists = folder / "lists"
    lists.mkdir(parents=True)
    (lists / "d.example_dists_x_InRelease").write_text(
        f"-----BEGIN PGP SIGNED MESSAGE-----\nOrigin: Debian\nSuite: {suite}\nCodename: {codename}\nSHA256:\n"
        f" 00 0 main/Suite: nonsense\n"
    )
    found = release_next.judged(Seen(folder), Release("debian", "trixie", "13"))  # type: ignore[arg-type]
    assert (found.available, found.reason) == (available, told)


def test_ubuntus_list_offers_the_next_supported_release() -> None:
    listed = meta_release.parse(META)
    assert [one.version for one in listed] == ["22.04.5", "24.04.3", "25.04", "26.04.1"]
    assert meta_release.following(listed, "jammy") == ("noble", "24.04.3", True)
    assert meta_release.following(listed, "noble") == ("resolute", "26.04.1", True)
    assert meta_release.following(listed, "resolute") is None
    with pytest.raises(Fail, match="does not know questing"):
        meta_release.following(listed, "questing")


def test_the_administrators_policy_chooses_the_list(tmp_path: Path) -> None:
    policy, addresses = tmp_path / "release-upgrades", tmp_path / "meta-release"
    addresses.write_text("[METARELEASE]\nURI = http://m.example/all\nURI_LTS = http://m.example/lts\n")
    assert meta_release.policy(str(policy)) == "lts"
    for prompt, url in (("lts", "http://m.example/lts"), ("normal", "http://m.example/all")):
        policy.write_text(f"# comment\n[DEFAULT]\nPrompt={prompt}\n")
        assert meta_release.policy(str(policy)) == prompt
        assert meta_release.address(prompt, str(addresses)) == url
    policy.write_text("[DEFAULT]\nPrompt=never\n")
    assert meta_release.policy(str(policy)) == "never"
    assert meta_release.address("lts", str(tmp_path / "none")).startswith("https://changelogs.ubuntu.com/")


def test_a_list_that_cannot_be_fetched_is_told(tmp_path: Path) -> None:
    with pytest.raises(Fail, match=r"list of releases cannot be fetched from http://127\.0\.0\.1:9/x: "):
        meta_release.fetch("http://127.0.0.1:9/x", {})
