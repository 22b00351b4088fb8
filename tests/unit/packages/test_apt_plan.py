"""What apt prints about its plans is understood."""

from __future__ import annotations

import pytest

from opsflow.target import apt_plan

from .recorded import recorded


def test_a_simulation_lists_changes_with_their_origins() -> None:
    plan = apt_plan.parse_simulation(recorded("simulate-dist-upgrade.txt"))
    changes = {c["name"]: (c["old"], c["new"], c["origin"], c["security"]) for c in plan.upgrade}
    assert changes == {
        "opsflow-demo-app": ("1.0", "1.1", "Debian:oldstable", False),
        "opsflow-demo-conf": ("1.0", "1.1", "Debian:oldstable", False),
        "opsflow-demo-good": ("1.0", "1.1", "Debian-Security:oldstable-security", True),
        "opsflow-demo-lib": ("1.0", "1.2", "Debian:oldstable", False),
    }
    assert [(c["name"], c["old"], c["new"]) for c in plan.install] == [("opsflow-demo-new", None, "1.0")]
    assert plan.kept_back == ["opsflow-demo-held", "opsflow-demo-kept", "opsflow-demo-phase"]
    assert (plan.remove, plan.phased) == ([], [])


def test_ubuntu_tells_what_is_deferred_and_its_security_archives_end_in_security() -> None:
    plan = apt_plan.parse_simulation(recorded("simulate-ubuntu.txt"))
    assert plan.phased == ["snapd", "ubuntu-drivers-common"]
    assert plan.kept_back == ["linux-image-generic"]
    assert [(c["name"], c["security"]) for c in plan.upgrade] == [
        ("libexpat1", True),
        ("python3-urllib3", True),
    ]


def test_a_purge_is_a_removal() -> None:
    plan = apt_plan.parse_simulation(recorded("simulate-purge.txt"))
    assert [(c["name"], c["old"], c["new"]) for c in plan.remove] == [
        ("opsflow-demo-app", "1.0", None),
        ("opsflow-demo-lib", "1.0", None),
    ]


def test_sizes_come_from_the_list_of_downloads() -> None:
    sizes = apt_plan.parse_sizes(recorded("print-uris.txt"))
    assert sizes["opsflow-demo-app"] == 1274
    assert sum(sizes.values()) == 4506


@pytest.mark.parametrize(
    ("origin", "security"),
    [
        ("Debian-Security:12/stable-security", True),
        ("Debian:12.4/stable, Debian-Security:12/stable-security", True),
        ("Ubuntu:24.04/noble-security", True),
        ("UbuntuESM:16.04/xenial-infra-security", True),
        ("Debian:12.4/stable", False),
        ("Ubuntu:24.04/noble-updates", False),
        ("deb.example.org:stable", False),
        ("", False),
    ],
)
def test_a_security_archive_is_known_by_its_label_or_suite(origin: str, security: bool) -> None:
    assert apt_plan.is_security(origin) is security


def test_the_security_update_may_be_older_than_the_candidate() -> None:
    releases = apt_plan.parse_releases(recorded("policy.txt"))
    policies = apt_plan.parse_policies(recorded("policy-names.txt"))
    found = {name: apt_plan.security_version(policy, releases) for name, policy in policies.items()}
    assert found == {
        "opsflow-demo-lib": "1.1",
        "opsflow-demo-good": "1.1",
        "opsflow-demo-phase": None,
        "awk": None,
    }


def test_a_phased_candidate_is_known() -> None:
    policies = apt_plan.parse_policies(recorded("policy-names.txt"))
    assert [name for name, policy in policies.items() if apt_plan.is_phased(policy)] == ["opsflow-demo-phase"]
