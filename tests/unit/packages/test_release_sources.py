"""apt's sources for the next release: what is rewritten, turned off, kept, refused."""

from __future__ import annotations

import pytest

from opsflow.target import apt_sources, release_sources
from opsflow.target.release_sources import Rewriting
from opsflow.target.request import Fail

DEBIAN, SECURITY, OTHER = (
    "http://deb.debian.org/debian",
    "http://security.debian.org/debian-security",
    "https://o.example",
)
KNOWN = {
    **{(DEBIAN, suite): "Debian" for suite in ("bookworm", "bookworm-updates", "stable", "trixie", "sid")},
    **{(SECURITY, suite): "Debian" for suite in ("bookworm-security", "buster/updates", "stable-security")},
    (DEBIAN, "bookworm-backports"): "Debian Backports",
    (DEBIAN, "buster"): "Debian",
    (DEBIAN, "bullseye"): "Debian",
    (OTHER, "bookworm"): "Other",
}
LIST, SOURCES = "/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources"


def rewritten(
    text: str, path: str = LIST, current: str = "bookworm", new: str = "trixie", third_party: str = "disable"
) -> tuple[str, Rewriting]:
    found = release_sources.rewritten({path: text}, KNOWN, current, new, third_party)
    return found.texts.get(path, text), found


def test_lines_keep_comments_options_and_blanks() -> None:
    text = (
        "# deb http://deb.debian.org/debian bookworm contrib\n"
        "\n"
        "deb\t[arch=amd64 signed-by=/etc/apt/d.gpg]  http://deb.debian.org/debian   bookworm  main # ours\n"
        "deb-src http://deb.debian.org/debian bookworm-updates main\n"
        "deb http://security.debian.org/debian-security/ bookworm-security main\n"
        "deb http://deb.debian.org/debian bookworm-backports main"
    )
    after, _ = rewritten(text)
    assert after == (
        "# deb http://deb.debian.org/debian bookworm contrib\n"
        "\n"
        "deb\t[arch=amd64 signed-by=/etc/apt/d.gpg]  http://deb.debian.org/debian   trixie  main # ours\n"
        "deb-src http://deb.debian.org/debian trixie-updates main\n"
        "deb http://security.debian.org/debian-security/ trixie-security main\n"
        "deb http://deb.debian.org/debian trixie-backports main"
    )


def test_stanzas_keep_comments_keys_and_what_is_turned_off() -> None:
    text = (
        "# the mirror\n"
        "Types: deb deb-src\n"
        "URIs: http://deb.debian.org/debian\n"
        "Suites: bookworm\n"
        "# and its updates\n"
        " bookworm-updates\n"
        "Components: main\n"
        "Signed-By:\n"
        " -----BEGIN PGP PUBLIC KEY BLOCK-----\n"
        " .\n"
        " bookworm\n"
        "\n"
        "Types: deb\n"
        "URIs: https://o.example\n"
        "Suites: bookworm\n"
        "Enabled: no\n"
    )
    after, found = rewritten(text, SOURCES)
    assert after == text.replace("Suites: bookworm\n# and", "Suites: trixie\n# and").replace(
        " bookworm-updates", " trixie-updates"
    )
    assert found.disabled == []


def test_third_parties_are_turned_off_in_both_formats() -> None:
    after, found = rewritten(f"deb {DEBIAN} bookworm main\ndeb https://o.example bookworm main\n")
    assert after == (
        f"deb {DEBIAN} trixie main\n# deb https://o.example bookworm main # disabled on upgrade to trixie\n"
    )
    assert found.disabled == ["https://o.example bookworm main (/etc/apt/sources.list)"]
    stanza = "Types: deb\nURIs: https://o.example\nSuites: bookworm\nComponents: main\nEnabled: yes\n"
    after, _ = rewritten(
        f"Types: deb\nURIs: {DEBIAN}\nSuites: bookworm\nComponents: main\n\n{stanza}", SOURCES
    )
    ours, _, theirs = after.partition("\n\n")
    assert "Suites: trixie" in ours
    assert theirs == "# disabled on upgrade to trixie\nEnabled: no\n" + stanza.replace("Enabled: yes\n", "")
    again = apt_sources.entries({SOURCES: after})
    assert [entry.uris for entry in again] == [[DEBIAN]]


def test_third_parties_are_kept_or_refused_by_policy() -> None:
    text = f"deb {DEBIAN} bookworm main\ndeb https://me:secret@o.example bookworm main\n"
    after, found = rewritten(text, third_party="keep")
    assert after == text.replace("debian bookworm", "debian trixie")
    assert found.kept == ["https://o.example bookworm main (/etc/apt/sources.list)"]
    with pytest.raises(Fail, match=r"not Debian's: https://o\.example bookworm main \(") as caught:
        rewritten(text, third_party="stop")
    assert "secret" not in caught.value.msg


def test_firmware_follows_non_free_from_debian_12_on() -> None:
    text = f"deb {DEBIAN} bullseye main contrib non-free # all\n"
    after, _ = rewritten(text, current="bullseye", new="bookworm")
    assert after == f"deb {DEBIAN} bookworm main contrib non-free non-free-firmware # all\n"
    stanza = f"Types: deb\nURIs: {DEBIAN}\nSuites: bullseye\nComponents:\n main\n non-free\n"
    after, _ = rewritten(stanza, SOURCES, current="bullseye", new="bookworm")
    assert after.endswith("Components:\n main\n non-free non-free-firmware\n")
    after, _ = rewritten(f"deb {DEBIAN} buster non-free\n", current="buster", new="bullseye")
    assert after == f"deb {DEBIAN} bullseye non-free\n"


def test_the_security_suite_of_debian_10_had_another_form() -> None:
    after, _ = rewritten(f"deb {SECURITY} buster/updates main\n", current="buster", new="bullseye")
    assert after == f"deb {SECURITY} bullseye-security main\n"


def test_what_a_release_is_called_for_the_moment_becomes_its_code_name() -> None:
    text = (
        f"deb {DEBIAN} stable main\ndeb {SECURITY} stable-security main\ndeb https://o.example stable main\n"
    )
    pinned = release_sources.pinned({LIST: text}, KNOWN, "bookworm")
    assert pinned[LIST] == text.replace("debian stable", "debian bookworm").replace(
        "stable-security", "bookworm-security"
    )
    after, _ = rewritten(text)
    assert after.splitlines()[:2] == [f"deb {DEBIAN} trixie main", f"deb {SECURITY} trixie-security main"]


@pytest.mark.parametrize("suite", ["trixie", "sid"])
def test_sources_of_another_release_are_refused(suite: str) -> None:
    with pytest.raises(Fail, match=f"names {suite}, where bookworm is expected"):
        rewritten(f"deb {DEBIAN} bookworm main\ndeb {DEBIAN} {suite} main\n")


def test_a_host_without_any_source_of_debian_is_refused() -> None:
    with pytest.raises(Fail, match="no source names Debian's release bookworm"):
        rewritten("deb https://o.example bookworm main\n")


def test_a_stanza_of_debian_and_others_is_refused() -> None:
    text = f"Types: deb\nURIs: {DEBIAN} https://o.example\nSuites: bookworm\nComponents: main\n"
    with pytest.raises(Fail, match="names Debian's sources and others in one"):
        rewritten(text, SOURCES)


def test_a_release_file_is_found_by_apts_name_for_it() -> None:
    name = release_sources.list_name("http://me:x@10.77.3.1:8077/my_mirror/debian", "buster/updates")
    assert name == "10.77.3.1:8077_my%5fmirror_debian_dists_buster_updates_InRelease"
